"""What a person sees while a command of several steps goes on."""

import sys
import time

from rich.text import Text

from stockrail.progress import QUIET_SECONDS, LiveLine


class StepDisplay(LiveLine):
    """The step that runs: a live line on a terminal, plain lines elsewhere once it has taken a while."""

    def __init__(self) -> None:
        super().__init__()
        self._text = "preparing"
        self._began = time.perf_counter()

    def show(self, words: str) -> None:
        """Say what comes next."""
        self._text = words
        if self._live is None and time.perf_counter() - self._began >= QUIET_SECONDS:
            print(words, file=sys.stderr, flush=True)

    def _line(self) -> Text:
        elapsed = time.perf_counter() - self._began
        return Text(f"{self._text}  {elapsed:.0f} s" if elapsed >= QUIET_SECONDS else "", no_wrap=True)
