"""`stockrail serve` in a process of its own, and what the system says of it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.people import accounts, tokens
from stockrail.workbench.store import Store

ROLES = ("demand_planning", "supply_planning", "finance", "executive")
_PASSWORD = "only for this measurement"
_STARTED = re.compile(r"http://127\.0\.0\.1:(\d+)/")
_PATIENCE_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME = 11  # fields of /proc/PID/stat after the name: user and system time


def add_tokens(store: Store, who: str) -> None:
    """Name somebody who may do everything, with an account."""
    store.governance_file.write_text(default_text({who: ROLES}), encoding="utf-8")
    accounts.create_on_machine(store, who, who, _PASSWORD)


class Service:
    """The service on the store in a folder, until the end of the block. Requests come with an API token."""

    def __init__(self, folder: Path, who: str) -> None:
        with Store.open(folder) as store:
            token, _ = tokens.create(store, who, who, "measurement")
        self.headers = {"Authorization": f"Bearer {token}"}
        self._log = folder.with_name("service.log")
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "stockrail.cli", "serve", "--store", str(folder), "--port", "0"],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
            )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (started := _STARTED.search(self._log.read_text(encoding="utf-8"))) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text(encoding="utf-8"))
            time.sleep(0.05)
        self.address = f"http://127.0.0.1:{started.group(1)}"

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._process.pid

    def client(self) -> httpx2.Client:
        """Somebody who asks."""
        return httpx2.Client(base_url=self.address, headers=self.headers, timeout=60.0, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(15)


def resident_megabytes(pid: int) -> float:
    """Memory that a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kilobytes = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    if kilobytes is None:
        raise RuntimeError(f"The system does not say how much memory process {pid} has.")
    return int(kilobytes.group(1)) / 1024


def processor_seconds(pid: int) -> float:
    """Time that a process has had on processors."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_UTIME + 1])) / _TICKS
