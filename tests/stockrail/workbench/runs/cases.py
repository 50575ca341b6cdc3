"""Stores with a baseline, and runs in them, for tests of runs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from stockrail.generation import generate
from stockrail.model import write
from stockrail.workbench import baselines
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import ENDED_STATES, get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState
from tests.stockrail.workbench.folders import three_items

MOST_SECONDS = 120.0
"""A test that waits longer has failed; the machine may be busy."""

QUICK = {"time_limit": 10.0, "workers": 1, "solver": "decomposition", "prices": "none"}
"""Of three items: done in less than a second of search."""

LONG = {
    "time_limit": 600.0,
    "gap": 0.0,
    "workers": 1,
    "solver": "decomposition",
    "prices": "by period",
    "checks": True,
}
"""Of `add_long`: has its first plan at once and better ones for some seconds, and then prices and checks go on for long."""


def add_three_items(store: Store, folder: Path, *replacements: tuple[str, str, str]) -> int:
    """The baseline of three items, with texts replaced; its number."""
    return baselines.import_folder(store, "otto", three_items(folder, *replacements), "first").id


def add_long(store: Store, folder: Path) -> int:
    """A baseline that takes long to plan to the last cent; its number."""
    write(_long(), folder)
    return baselines.import_folder(store, "otto", folder, "first").id


@cache
def _long() -> Any:
    return generate(60, 20, (3, 3, 3), 3, guardrail_share=0.8)


def asked(store: Store, baseline_id: int, actor: str = "ben", **options: Any) -> Run:
    """A plan that was asked for."""
    return submit(store, actor, "plan", baseline_id, options={**QUICK, **options})


def claimed(store: Store, run_id: int, at_once: int = 1) -> Claim:
    """The run in the hands of this process."""
    claim = Claim.take(store, run_id, ProcessIdentity.own(), at_once)
    assert claim is not None
    return claim


def until(store: Store, run_id: int, is_so: Callable[[Run], bool], most_seconds: float = MOST_SECONDS) -> Run:
    """The run as soon as something is so of it."""
    began = time.monotonic()
    while time.monotonic() - began < most_seconds:
        run = get(store, run_id)
        if is_so(run):
            return run
        if run.state in ENDED_STATES:
            break
        time.sleep(0.02)
    raise AssertionError(f"run {run_id}: {run.state}, {run.progress}, {run.error}")


def ended(store: Store, run_id: int) -> Run:
    """The run when it has ended."""
    return until(store, run_id, lambda run: run.state in ENDED_STATES)


def in_state(state: RunState) -> Callable[[Run], bool]:
    """Whether a run is in a state."""
    return lambda run: run.state == state


def process_of(run: Run) -> ProcessIdentity:
    """The process that has taken a run."""
    process = ProcessIdentity.of(run.process)
    assert process is not None
    return process


@contextmanager
def no_process_left(store: Store) -> Iterator[None]:
    """End whatever process of a run is left after the block."""
    try:
        yield
    finally:
        from stockrail.workbench.runs.lookup import runs

        for run in runs(store):
            process = ProcessIdentity.of(run.process)
            if process is not None and run.state == "running":
                process.kill()
