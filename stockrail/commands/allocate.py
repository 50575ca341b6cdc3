"""The command `allocate`: who gets how much of an item that is short today."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    InstanceFolder,
    Json,
    fail,
    load_instance,
    print_lines,
    require_room_for,
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Who gets how much of an item that is short today.")(allocate)


def allocate(
    folder: InstanceFolder,
    item: Annotated[str, typer.Option(help="The item that is short.")],
    available: Annotated[int, typer.Option(min=0, help="Whole units that there are to give.")],
    asked: Annotated[
        Path,
        typer.Option(
            help="CSV file of who asks for how much: customer or segment, asked_units, if wanted committed_units."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="CSV file for the shares.")] = None,
    json: Json = None,
) -> None:
    """Share what there is of an item among those who ask for it, by the allocation rules of the instance."""
    from stockrail.allocation.asked import read_asked
    from stockrail.allocation.display import today_lines
    from stockrail.allocation.today import UnknownItemError, allocate_item
    from stockrail.files import write_csv, write_json
    from stockrail.model import InstanceError

    require_room_for(None, out, json)
    instance = load_instance(folder)
    try:
        found = allocate_item(instance, item, available, read_asked(asked, instance).rows)
        if out is not None:
            write_csv(found.shares, out)
        if json is not None:
            write_json(found.record(), json)
    except (InstanceError, UnknownItemError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    except OSError as error:
        fail(f"The shares cannot be written: {error}", EXIT_BAD_INPUT)
    print_lines(today_lines(found))
    if not instance.allocation_rules:
        typer.echo("The instance has no table allocation_rules: everybody has the same priority.")
    if out is not None:
        typer.echo(f"Shares in {out}")
