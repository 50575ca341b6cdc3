"""What a person sees while a large workbook is written or read."""

import sys
import time

from rich.text import Text

from stockrail.progress import QUIET_SECONDS, LiveLine


class PartsDisplay(LiveLine):
    """Says which part is being worked on, from the third second on; elsewhere than on a terminal one line a second."""

    def __init__(self, verb: str) -> None:
        self._verb, self._part = verb, ""
        self._last_line = 0.0
        super().__init__()
        self._began = time.perf_counter()

    def show(self, part: str) -> None:
        """Work on a part begins."""
        self._part = part
        if self._live is None and self._elapsed >= max(QUIET_SECONDS, self._last_line + 1.0):
            self._last_line = self._elapsed
            print(self._words, file=sys.stderr, flush=True)

    @property
    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    @property
    def _words(self) -> str:
        return f"{self._verb} {self._part}  elapsed {self._elapsed:.0f} s"

    def _line(self) -> Text:
        return Text(self._words if self._elapsed >= QUIET_SECONDS else "")
