"""Limits on a process: time, memory, failure; and memory of what it starts."""

import sys
from pathlib import Path

import pytest

from benchmarks.limited_process import run_limited

SLEEP = "import time; time.sleep(60)"
LARGE = "x = bytearray(400_000_000); import time; time.sleep(60)"
IN_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LARGE!r}])"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('done')", "finished"),
        (SLEEP, "time"),
        (LARGE, "memory"),
        (IN_CHILD, "memory"),
        ("1 / 0", "failed"),
    ],
)
def test_how_it_ends(code: str, reason: str, tmp_path: Path) -> None:
    """A process of 400 MB breaks a limit of 0.2 GB, its own or a child's; one that sleeps runs out of time."""
    wall = 2.0 if reason == "time" else 20.0
    ended = run_limited(
        [sys.executable, "-c", code], wall_seconds=wall, most_gigabytes=0.2, log=tmp_path / "log.txt"
    )
    assert ended.reason == reason
    assert ended.seconds < 20.0
    if reason == "memory":
        assert ended.peak_gigabytes > 0.2
    if reason == "failed":
        assert "ZeroDivisionError" in ended.last_line
