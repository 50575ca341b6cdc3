"""Pages of the documentation whose examples are played from the command line, on the days that the page names."""

import datetime as dt
import re
import shlex

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.workbench.store import Store

ON = re.compile(r"^On (\d{4}-\d\d-\d\d)\b.*:$")
"""A line that says which day it is from there on."""


class Clock:
    """The clock of every store that is opened, at noon of a day that is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = dt.datetime.now(dt.UTC)
        opened = Store.open
        monkeypatch.setattr(Store, "open", lambda location: opened(location, clock=self))
        monkeypatch.delenv("STOCKRAIL_STORE", raising=False)
        monkeypatch.delenv("STOCKRAIL_USER", raising=False)

    def set(self, day: dt.date) -> None:
        """From now on it is this day."""
        self._now = dt.datetime.combine(day, dt.time(12), dt.UTC)

    def __call__(self) -> dt.datetime:
        """The time."""
        return self._now


def blocks(page: str, language: str) -> list[str]:
    """Code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def play(page: str, clock: Clock) -> int:
    """Run each command of a page, indented after a $, and compare what it prints in 80 columns; returns their number."""
    count = 0
    command: str | None = None
    shown: list[str] = []

    def compare() -> None:
        if command is not None:
            printed = CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command)).output
            assert _lines(printed) == _lines("\n".join(shown)), command

    for line in re.sub(r"```.*?```", "", page, flags=re.DOTALL).splitlines():
        if line.startswith("    $ stockrail "):
            compare()
            command, shown = line.removeprefix("    $ stockrail "), []
            count += 1
        elif line.startswith("    "):
            shown.append(line[4:])
        elif found := ON.match(line):
            compare()
            command = None
            clock.set(dt.date.fromisoformat(found[1]))
    compare()
    return count


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
