"""A command in processes of its own, under a limit on wall clock and memory, with its peak memory measured."""

import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    reason : "finished", "time" or "memory" where it was stopped for one of the two, or "failed".
    peak_gigabytes : most memory that it and its children had at one time.
    last_line : of what it wrote to standard error, for a message.
    """

    reason: str
    seconds: float
    peak_gigabytes: float
    last_line: str


def run_limited(
    command: Sequence[str],
    *,
    wall_seconds: float,
    most_gigabytes: float,
    log: Path,
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run a command to its end, or stop it and its children at a limit.

    Memory is looked at every fifth of a second, so a shorter peak can be missed; shared pages count once per process.

    Parameters
    ----------
    log : file for what it prints.
    environment : variables on top of those of this process.
    """
    began, peak, reason = time.perf_counter(), 0.0, "finished"
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
            cwd=log.parent,
        )
        try:
            while process.poll() is None:
                peak = max(peak, sum(descendants(process.pid).values()))
                if peak > most_gigabytes:
                    reason = "memory"
                elif time.perf_counter() - began > wall_seconds:
                    reason = "time"
                if reason != "finished":
                    break
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            if process.poll() is None:
                end_all(process.pid)
            process.wait()
    if reason == "finished" and process.returncode:
        # The system ends a process with SIGKILL where memory runs out.
        reason = "memory" if process.returncode == -signal.SIGKILL else "failed"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return Ended(reason, time.perf_counter() - began, peak, lines[-1] if lines else "")


def descendants(process: int) -> dict[int, float]:
    """A process and all that it has started, with their resident memory now in gigabytes."""
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=False
    ).stdout
    rows = [tuple(int(value) for value in line.split()) for line in listing.splitlines()]
    memory, children = {pid: rss / 1e6 for pid, _, rss in rows}, defaultdict(list)
    for pid, parent, _ in rows:
        children[parent].append(pid)
    found, waiting = {}, [process]
    while waiting:
        pid = waiting.pop()
        found[pid] = memory.get(pid, 0.0)
        waiting += children[pid]
    return found


def end_all(process: int) -> None:
    """End a process and what it has started; launchers of MPI put theirs into groups of their own."""
    for pid in descendants(process):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
