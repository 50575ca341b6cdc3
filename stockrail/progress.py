"""What a person sees while a solve runs, and what Ctrl-C does."""

import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType, TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from stockrail.formats import money_plain
from stockrail.solvers.result import Progress

QUIET_SECONDS = 2.0
"""A solve shorter than this shows nothing."""


class LiveLine(ABC):
    """A line on a terminal that is drawn again and again within a `with` block; elsewhere there is none."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._line, console=self._console, transient=True, refresh_per_second=4
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    @abstractmethod
    def _line(self) -> Text:
        """The line as it is now."""


class ProgressDisplay(LiveLine):
    """A live line with bound, plan, gap and time on a terminal; plain lines, not more than one a second, elsewhere."""

    def __init__(self, currency: str, is_stopping: Callable[[], bool]) -> None:
        self._currency = currency
        super().__init__()
        self._is_stopping = is_stopping
        self._last_line = -1.0
        self._latest: Progress | None = None
        self._began = time.perf_counter()

    def show(self, progress: Progress) -> None:
        """Show a moment of the solve."""
        self._latest = progress
        elapsed = time.perf_counter() - self._began
        if self._live is None and elapsed >= QUIET_SECONDS and elapsed - self._last_line >= 1.0:
            self._last_line = elapsed
            print("  ".join(f"{name} {value}" for name, value in self._cells()), file=sys.stderr, flush=True)

    def doing(self, phase: str) -> None:
        """Say what happens after the solve."""
        if self._latest is not None:
            self.show(replace(self._latest, phase=phase))

    def _cells(self) -> list[tuple[str, str]]:
        elapsed = f"{time.perf_counter() - self._began:.0f} s"
        latest = self._latest
        if latest is None:
            return [("elapsed", elapsed), ("doing", "building tables")]
        has_plan, has_gap = latest.incumbent > float("-inf"), latest.gap < float("inf")
        return [
            ("gap", f"{latest.gap:.2%}" if has_gap else "-"),
            ("plan", money_plain(latest.incumbent, self._currency) if has_plan else "none yet"),
            ("bound", money_plain(latest.bound, self._currency)),
            ("elapsed", elapsed),
            ("doing", latest.phase),
        ]

    def _line(self) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        if time.perf_counter() - self._began < QUIET_SECONDS and not self._is_stopping():
            return line
        for name, value in self._cells():
            line.append(f"{name} ", style="dim").append(f"{value}  ")
        hint = "stopping, Ctrl-C again to give up" if self._is_stopping() else "Ctrl-C keeps the best plan"
        return line.append(hint, style="dim")


@contextmanager
def cancel_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Within the block the first Ctrl-C asks the solve to stop and keep its best plan; a second one ends the program."""
    asked = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        if not sys.stderr.isatty():  # on a terminal the live line says it
            print("Stopping; the best plan so far is kept.", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
