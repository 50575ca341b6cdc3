"""A PostgreSQL server for tests and benchmarks: of the system's packages, in a temporary folder, on a socket of its own.

Nothing of a server that the system runs is used or touched.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

SERVER_USER = "postgres"
"""Who runs the server where the tests run as root: PostgreSQL refuses root."""

MISSING = "PostgreSQL is not installed, so this is not tested on it: apt-get install postgresql"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None where PostgreSQL is not installed, or root has nobody to run it as."""
    if os.geteuid() == 0 and SERVER_USER not in (user.pw_name for user in pwd.getpwall()):
        return None
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next(
        (f for f in folders if all((f / name).exists() for name in ("initdb", "pg_ctl", "postgres"))), None
    )


@contextmanager
def server(*, is_durable: bool = False) -> Iterator[Path]:
    """A server that runs within the block; gives the folder of its socket.

    Parameters
    ----------
    is_durable : whether commits wait for the disk, as servers do outside of tests.

    Raises
    ------
    FileNotFoundError
        PostgreSQL is not installed.
    """
    folder = programs()
    if folder is None:
        raise FileNotFoundError(MISSING)
    user = SERVER_USER if os.geteuid() == 0 else None
    # A short path: that of a socket may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="stockrail-pg-"))
    try:
        if user is not None:
            shutil.chown(home, user)
        data = home / "data"
        _run(
            [
                str(folder / "initdb"),
                "--pgdata",
                str(data),
                "--username",
                SERVER_USER,
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--no-sync",
            ],
            user,
            home,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync={'on' if is_durable else 'off'}"
        control = [str(folder / "pg_ctl"), "--pgdata", str(data), "--wait"]
        _run([*control, "--log", str(home / "log"), "--options", options, "start"], user, home)
        try:
            yield home
        finally:
            _run([*control, "--mode", "immediate", "stop"], user, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def new_database(socket: Path, artifacts: Path) -> str:
    """Make an empty database and return the address of a store in it."""
    name = f"store_{uuid4().hex[:12]}"
    with psycopg.connect(f"host={socket} user={SERVER_USER} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://{SERVER_USER}@/{name}?host={socket}&artifacts={artifacts}"


def _run(command: list[str], user: str | None, folder: Path) -> None:
    # To a file: a server inherits what it is started with, and would keep a pipe open.
    with (folder / "setup.log").open("ab") as log:
        done = subprocess.run(
            command, check=False, user=user, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {(folder / 'setup.log').read_text(errors='replace')[-2000:]}")
