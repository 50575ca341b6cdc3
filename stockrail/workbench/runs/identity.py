"""Which process a run has, so that it is known whether it is still there."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

_STATE, _START_TICKS = 0, 19
"""Places in /proc/PID/stat after the name, which may hold anything."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process of a machine.

    Attributes
    ----------
    started : what the system says of its start; with the number it tells a process from a later one with the same number.
    token : drawn by the process itself: what it writes is taken only while the run has this token.
    """

    pid: int
    started: str
    host: str
    token: str

    @classmethod
    def own(cls) -> Self:
        """The process that asks, with a new token."""
        return cls.here(os.getpid())

    @classmethod
    def here(cls, pid: int) -> Self:
        """A process of this machine, with a new token."""
        return cls(pid, _start_of(pid) or "", socket.gethostname(), uuid4().hex)

    @classmethod
    def of(cls, record: dict[str, Any] | None) -> Self | None:
        """From the column `process` of a run; None where no process has taken the run."""
        if not record or "token" not in record:
            return None
        return cls(record["pid"], record["started"], record["host"], record["token"])

    def record(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, on this machine. Of others nothing is known but what they write."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether it is still there; for processes of this machine only."""
        return bool(self.started) and _start_of(self.pid) == self.started

    def kill(self) -> None:
        """End it at once, and what it started; nothing where it is gone. It leads a session of its own."""
        if not (self.is_here and self.is_alive) or self.pid == os.getpid():
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)


def _start_of(pid: int) -> str | None:
    """What the system says of a process' start; None where there is none, or it has ended and only its number is left."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[_STATE] in "ZX" else f"{_boot()} {fields[_START_TICKS]}".strip()
    listed = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def _boot() -> str:
    """Ticks are counted from the start of the machine, so a restart is part of the time."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
