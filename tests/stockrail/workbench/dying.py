"""Processes that are killed at the k-th thing they do to the store, for tests that look at what is left.

They come from a server that has imported everything, so that a hundred of them take seconds.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import sqlalchemy as sa

# Imported here so that the processes need not.
from stockrail.workbench import baselines, guardrail_versions, scenarios
from stockrail.workbench.store import Store, check

__all__ = ["baselines", "check", "guardrail_versions", "run_and_die", "scenarios"]

Action = Callable[..., Any]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [__name__, "alembic.command", "psycopg", "stockrail.model.generator", "stockrail.workbench.governance"]
)

FINISHED = 0


def run_and_die(action: Action, place: str, at: int, *arguments: Any) -> bool:
    """Run `action(store, ...)` in a process that is killed before its `at`-th step, counted from 1; say whether it finished.

    Steps are statements, commits and rollbacks of the database, and what is done to files of artifacts: written, flushed and
    renamed; and the end. The store is opened before the count begins.
    """
    return _die(_act, action, place, at, arguments)


def make_and_die(place: str, at: int) -> bool:
    """Make a store in such a process; say whether it finished."""
    return _die(_make, place, at)


def run_until_killed(action: Action, place: str, seconds: float, *arguments: Any) -> None:
    """Run `action(store, ...)`, which never ends, in a process that is killed some time after it has begun."""
    has_begun = _CONTEXT.Event()
    process = _CONTEXT.Process(target=_begin, args=(has_begun, action, place, arguments))
    process.start()
    assert has_begun.wait(60)
    time.sleep(seconds)
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    process.close()


def _begin(has_begun: Any, action: Action, place: str, arguments: tuple[Any, ...]) -> None:
    with Store.open(place) as store:
        has_begun.set()
        action(store, *arguments)


def _die(target: Action, *arguments: Any) -> bool:
    process = _CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    code = process.exitcode
    process.close()
    assert code in (FINISHED, -signal.SIGKILL), code
    return code == FINISHED


def _act(action: Action, place: str, at: int, arguments: tuple[Any, ...]) -> None:
    with Store.open(place) as store:
        step = _count_to(at)
        action(store, *arguments)
        step()  # committed, and nobody was told


def _make(place: str, at: int) -> None:
    step = _count_to(at)
    Store.create(place).close()
    step()


def _count_to(at: int) -> Callable[..., None]:
    steps = count(1)

    def step(*_: Any) -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for event in ("before_cursor_execute", "commit", "rollback"):
        sa.event.listen(sa.Engine, event, step)
    for name in ("replace", "fsync"):
        setattr(os, name, _after(step, getattr(os, name)))
    return step


def _after(step: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    def stepping(*arguments: Any, **options: Any) -> Any:
        step()
        return function(*arguments, **options)

    return stepping
