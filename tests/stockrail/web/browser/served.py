"""`stockrail serve` in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

_STARTED = re.compile(r"http://127\.0\.0\.1:(\d+)/")
_PATIENCE_SECONDS = 60.0


class Served:
    """A service on the store in a folder.

    Attributes
    ----------
    port : it listens on, also after it was started again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._log = folder.with_name(f"{folder.name}-service.log")
        self.start()

    @property
    def address(self) -> str:
        """Beginning of every address of the service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the service has said."""
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, on the port that it had."""
        before = len(self.log) if self._log.exists() else 0
        command = [
            sys.executable,
            "-m",
            "stockrail.cli",
            "serve",
            "--store",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        with self._log.open("a", encoding="utf-8") as log:
            # Runs go on when the service is killed: they have sessions of their own; so does it, that Ctrl-C ends the tests alone.
            environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (started := _STARTED.search(self.log, before)) is None:
            assert self._process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.05)
        self.port = int(started.group(1))

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
