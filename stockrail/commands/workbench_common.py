"""What the commands of the workbench share: which store, as whom, and ending with a message."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, fail, wrapped

if TYPE_CHECKING:
    from stockrail.workbench.store import Store


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # a container without users: the store asks for a name


STORE_VARIABLE, USER_VARIABLE = "STOCKRAIL_STORE", "STOCKRAIL_USER"
DEFAULT_STORE = "workbench"

StoreOption = Annotated[
    str,
    typer.Option(
        "--store", envvar=STORE_VARIABLE, help="The store: a folder, or the address of a PostgreSQL database."
    ),
]
ActorOption = Annotated[
    str,
    typer.Option(
        "--as",
        envvar=USER_VARIABLE,
        default_factory=_system_user,
        show_default="the system's user",
        help="Who does it: a name of governance.yaml.",
    ),
]


@contextmanager
def opened(location: str) -> Iterator["Store"]:
    """The store, closed at the end; what users can do something about ends the command with a message."""
    from stockrail.workbench.store import Store

    with refusing_plainly(), Store.open(location) as store:
        yield store


@contextmanager
def refusing_plainly() -> Iterator[None]:
    """Within the block, what the workbench or the instance format refuses ends the command with a message."""
    from stockrail.model import InstanceError
    from stockrail.workbench.errors import WorkbenchError

    try:
        yield
    except InstanceError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except WorkbenchError as error:
        fail(wrapped(str(error)), EXIT_BAD_INPUT)
    except OSError as error:
        fail(wrapped(f"A file cannot be read or written: {error}"), EXIT_BAD_INPUT)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print columns; the last one is cut at the width of the terminal, none is where there are no rows."""
    import shutil

    texts = [["" if cell is None else str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[k]) for row in texts) for k in range(len(header))]
    width = shutil.get_terminal_size().columns
    for row in texts:
        line = "  ".join(cell.ljust(widths[k]) for k, cell in enumerate(row)).rstrip()
        typer.echo(line if len(line) <= width else f"{line[: width - 3]}...")


def number_or_folder(text: str) -> int | Path:
    """A version by its number, or a folder. `./7` is a folder that is called 7."""
    return int(text) if text.isdigit() else Path(text)
