"""The command for segments: which item is in which, why, and what moved since the last run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    fail,
    load_instance,
    print_lines,
    require_room_for,
    wrapped,
)

if TYPE_CHECKING:
    from stockrail.model import Instance


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Which segment each item is in, why, and what moved.")(segment)


def segment(
    folder: Annotated[
        Path, typer.Argument(help="Instance: a folder with instance.yaml and tables, or an .xlsx workbook.")
    ],
    since: Annotated[
        Path | None,
        typer.Option(
            help="Earlier run: a folder of --out, an instance, or a CSV file with item and segment."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the segments and moves as CSV and JSON.")
    ] = None,
) -> None:
    """Form the segments by the rules of the instance: the numbers that decide them, and what moved since an earlier run."""
    from stockrail.model import InstanceError
    from stockrail.segments.display import move_lines, segment_lines
    from stockrail.segments.history import HistoryError, read_history
    from stockrail.segments.moves import all_moves
    from stockrail.segments.table import SEGMENT_FILES, SegmentTable

    require_room_for(out)
    table = SegmentTable.of(load_instance(folder))
    moves = None
    if since is not None:
        try:
            # Read before anything is written: --out may be the folder of the earlier run.
            moves = all_moves(read_history(since), table)
        except (HistoryError, InstanceError, OSError) as error:
            fail(str(error), EXIT_BAD_INPUT)
    if out is not None:
        try:
            table.write(out, moves)
        except OSError as error:
            fail(f"The segments cannot be written: {error}", EXIT_BAD_INPUT)
    print_lines(segment_lines(table))
    for line in move_lines(moves) if moves is not None else ():
        typer.echo(wrapped(line))
    if out is not None:
        typer.echo(f"Segments in {out / SEGMENT_FILES['item']}")
    else:
        typer.echo("Add --out FOLDER to write the segment of each item and the numbers behind it.")


def segments_of_run(instance: "Instance", out: Path) -> list[str]:
    """Write the segments into a plan's folder, and say what moved since the plan that was there before.

    Only where rules form the segments; where they are given, the plan has nothing to add.
    """
    from stockrail.model import InstanceError
    from stockrail.segments.display import move_lines
    from stockrail.segments.history import HistoryError, read_history
    from stockrail.segments.moves import all_moves
    from stockrail.segments.table import JSON_NAME, SegmentTable

    if instance.settings.segmentation is None:
        return []
    table, moves, lines = SegmentTable.of(instance), None, []
    if (out / JSON_NAME).is_file():
        try:
            moves = all_moves(read_history(out), table)
            lines = move_lines(moves)
        except (HistoryError, InstanceError) as error:
            lines = [f"What moved between segments is not known: {error}"]
    table.write(out, moves)
    return lines
