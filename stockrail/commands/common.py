"""What the commands share: exit codes, reading an instance, and ending with a message. Exit codes are those of docs and README."""

import shutil
import sys
import textwrap
from pathlib import Path
from typing import NoReturn

import typer

EXIT_OK, EXIT_STOPPED_EARLY, EXIT_BAD_INPUT, EXIT_INFEASIBLE = 0, 1, 2, 3
"""Ok; stopped early without meeting the gap, or a check failed; bad input; infeasible."""

MOST_COLUMNS = 100
"""Longer lines are hard to read, however wide the terminal is."""


def require_room_for(out: Path | None, *files: Path | None) -> None:
    """Refuse a folder and files that cannot be written before the solve, not after it."""
    try:
        for target in (out, *files):
            if target is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
        if out is not None and out.exists() and not out.is_dir():
            raise NotADirectoryError(f"{out} is a file, not a folder")
    except OSError as error:
        fail(f"The plan cannot be written: {error}", EXIT_BAD_INPUT)


def load_instance(folder: Path):  # type: ignore[no-untyped-def]  # the type would import the model for --help
    """Read an instance, or end with all its errors."""
    from stockrail.model import InstanceError, load

    try:
        return load(folder)
    except InstanceError as error:
        fail(str(error), EXIT_BAD_INPUT)


def wrapped(message: str) -> str:
    """A message of several lines within the width of the terminal, what belongs together indented together."""
    width = min(shutil.get_terminal_size().columns, MOST_COLUMNS)
    lines = []
    for line in message.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        hanging = indent + "  " if indent else ""
        lines += textwrap.wrap(
            line, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
        )
    return "\n".join(lines)


def fail(message: str, code: int) -> NoReturn:
    """End with a message and an exit code."""
    typer.echo(message, err=True)
    sys.exit(code)
