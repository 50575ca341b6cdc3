"""What the commands share: exit codes, reading an instance, and ending with a message. Exit codes are those of docs and README."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from stockrail.progress import LiveLine

EXIT_OK, EXIT_STOPPED_EARLY, EXIT_BAD_INPUT, EXIT_INFEASIBLE = 0, 1, 2, 3
"""Ok; stopped early without meeting the gap, or a check failed; bad input; infeasible."""

InstanceFolder = Annotated[
    Path, typer.Argument(help="Instance: a folder with instance.yaml and tables, or an .xlsx workbook.")
]
Json = Annotated[Path | None, typer.Option("--json", help="File for the numbers, as JSON.")]
Gap = Annotated[float, typer.Option(min=0.0, help="Relative gap at which to stop; 0.003 is 0.3%.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")]
Replications = Annotated[
    int, typer.Option(min=0, help="Fresh trees for the statistical gap, each solved; 0 for none.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads; by default one per processor.")]

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


def print_lines(lines: Iterable[str]) -> None:
    """Print what a display made: lines of tables, which begin with a blank, as they are, sentences within the width."""
    for line in lines:
        typer.echo(line if line.startswith(" ") else wrapped(line))


@contextmanager
def ending_plainly(display: "LiveLine", cannot_write: str) -> Iterator[None]:
    """Within the block, errors that users can do something about end the command with a message and their exit code.

    `cannot_write` says what was not written where a file is the reason.
    """
    from stockrail.model import InstanceError
    from stockrail.solvers.highs import SolverError
    from stockrail.solvers.result import InfeasibleError, NoPlanError

    try:
        yield
    except InstanceError as error:
        display.close()
        fail(str(error), EXIT_BAD_INPUT)
    except InfeasibleError as error:
        display.close()
        fail(wrapped(str(error)), EXIT_INFEASIBLE)
    except (NoPlanError, SolverError) as error:
        display.close()
        fail(wrapped(str(error)), EXIT_STOPPED_EARLY)
    except OSError as error:
        display.close()
        fail(f"{cannot_write} cannot be written: {error}", EXIT_BAD_INPUT)


def fail(message: str, code: int) -> NoReturn:
    """End with a message and an exit code."""
    typer.echo(message, err=True)
    sys.exit(code)
