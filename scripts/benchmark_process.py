"""Cases of a benchmark in processes of their own: peak memory is the case's own, and compilation is not timed."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import stockrail as sr
from stockrail.generation import with_inventory_cap

PERIODS, BRANCHINGS = 26, (3, 3, 3, 3)
"""Horizon and tree of generated instances: 81 scenarios and 1,210 nodes."""

Outcome = TypeVar("Outcome")


def in_own_process(work: Callable[..., Outcome], *arguments: object) -> Outcome:
    """Run a case in a fresh process, after a tiny one there.

    Raises
    ------
    BrokenProcessPool
        The process was killed, as when memory runs out.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=warm_up) as pool:
        return pool.submit(work, *arguments).result()


def warm_up() -> None:
    """Compile, or load compiled, every kernel."""
    instance = with_inventory_cap(sr.generate(5, 6, (2,), 0), 0.9)
    sr.plan(instance, solver="decomposition", time_limit=2.0, prices="none", checks=())
