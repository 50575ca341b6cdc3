"""The command for the service of runs: look again and again, and stop cleanly when asked to."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from stockrail.commands.common import wrapped
from stockrail.commands.workbench_common import DEFAULT_STORE, StoreOption, opened


def tend_runs(
    once: Annotated[bool, typer.Option("--once", help="Look once and end, as a cron job does.")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """See to runs whose process is gone and to those that wait, until Ctrl-C or SIGTERM. Runs go on without it."""
    from stockrail.workbench.runs.service import Service

    with _until_stopped() as is_stopped, opened(store) as there:

        def tell(sentence: str) -> None:
            typer.echo(wrapped(f"{there.clock():%Y-%m-%d %H:%M:%S} {sentence}"))

        service = Service(there, tell)
        if once:
            if not service.look():
                typer.echo(f"Nothing to do: {service.standing}.")
            return
        tell(f"UTC. Seeing to {there.name}: {service.standing}. Ctrl-C ends this, and no run.")
        service.keep_looking(is_stopped)
        tell(f"Stopped: {service.standing}. Runs go on by themselves.")


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second one ends the process at once."""
    is_stopped, numbers = threading.Event(), (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number in numbers:
            signal.signal(number, before[number])

    def stop(number: int, frame: FrameType | None) -> None:
        is_stopped.set()
        restore()

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield is_stopped
    finally:
        restore()
