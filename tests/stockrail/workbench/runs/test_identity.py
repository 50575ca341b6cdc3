"""Whether a process is still there."""

import os
import subprocess
import sys
from dataclasses import replace

from stockrail.workbench.runs.identity import ProcessIdentity, _start_of


def test_own_process_is_there_and_survives_being_told_to_end() -> None:
    """Two tokens of one process are two: a run that it takes twice is not mistaken for itself."""
    first, second = ProcessIdentity.own(), ProcessIdentity.own()
    assert first.is_here
    assert first.is_alive
    assert (first.pid, first.started) == (os.getpid(), second.started)
    assert first.token != second.token
    first.kill()
    assert ProcessIdentity.of(first.record()) == first


def test_another_process_with_the_same_number_is_another() -> None:
    """Numbers come again; the time of the start tells."""
    assert not replace(ProcessIdentity.own(), started="earlier").is_alive
    assert not replace(ProcessIdentity.own(), started="").is_alive


def test_a_process_that_has_ended_is_gone_though_nobody_has_asked_for_its_code() -> None:
    """Until its parent asks, the system keeps its number."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = ProcessIdentity.own()
    there = replace(identity, pid=child.pid, started=_start_of(child.pid) or "")
    assert there.is_alive
    there.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not let go of
    assert not there.is_alive
    child.communicate()
    assert not there.is_alive


def test_a_run_without_a_process_has_none() -> None:
    """It waits, or a process was started that has not taken it yet."""
    assert ProcessIdentity.of(None) is None
    assert ProcessIdentity.of({"launched": "2027-01-04T00:00:00+00:00", "launches": 1}) is None
