"""The commands for actuals: taken from files, and what there is."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import require_room_for, wrapped
from stockrail.commands.workbench_common import DEFAULT_STORE, ActorOption, StoreOption, opened, print_table

actuals_app = typer.Typer(
    help="What happened: demand, receipts, stock and spend.", no_args_is_help=True, rich_markup_mode=None
)


class Kind(StrEnum):
    """Kinds of actuals."""

    DEMAND = "demand"
    RECEIPTS = "receipts"
    STOCK = "stock"
    SPEND = "spend"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    actuals_app.command("import", short_help="Take the actuals of a folder.")(import_)
    actuals_app.command("list", short_help="What there is, or the rows of one kind.")(list_)
    app.add_typer(actuals_app, name="actuals")


def import_(
    actor: ActorOption,
    folder: Annotated[
        Path,
        typer.Argument(help="Folder with demand.csv, receipts.csv, stock.csv, spend.csv; those there are."),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Take other values of rows that were imported before.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Take actuals, all of a folder or nothing of it. The same rows again change nothing."""
    from stockrail.workbench.monitoring.actuals import import_actuals
    from stockrail.workbench.step_display import StepDisplay

    with opened(store) as there, StepDisplay() as display:
        imported = import_actuals(there, actor, folder, replace=replace, on_step=display.show)
    print_table(
        ("actuals", "from", "to", "added", "unchanged", "corrected"),
        [(one.kind, one.first, one.last, one.added, one.unchanged, one.corrected) for one in imported.kinds],
    )
    typer.echo("Next: stockrail monitor" if imported.changes else "Everything was there already.")


def list_(
    kind: Annotated[
        Kind | None, typer.Argument(help="One kind, with its rows; by default how many there are of each.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="Only rows of this item.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to print, the latest.")] = 20,
    out: Annotated[Path | None, typer.Option(help="File for all of the rows, as CSV.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Actuals that were imported: how many of each kind and from when to when, or the rows of one kind."""
    from stockrail.commands.common import EXIT_BAD_INPUT, fail
    from stockrail.files import write_csv
    from stockrail.workbench.monitoring.actuals import frame, summary

    if kind is None and (out is not None or item is not None):
        fail("Name a kind: stockrail actuals list demand.", EXIT_BAD_INPUT)
    require_room_for(None, out)
    with opened(store) as there, there.read() as session:
        if kind is None:
            found = summary(session)
            if not found:
                typer.echo("There are no actuals yet. Next: stockrail actuals import FOLDER")
                return
            print_table(("actuals", "rows", "from", "to"), found)
            return
        table = frame(
            session,
            kind.value,
            None if first is None else first.date(),
            None if last is None else last.date(),
        )
    if item is not None:
        table = table[table["item"] == item]
    if out is not None:
        write_csv(table, out)
        typer.echo(f"{len(table):,} rows in {out}")
        return
    if table.empty:
        typer.echo(f"There are no such {kind.value} actuals.")
        return
    shown = table.tail(rows)
    text = shown.astype(object).where(shown.notna(), "")
    for column in ("date", "ordered_on"):
        if column in text:
            text[column] = [str(day)[:10] for day in text[column]]
    print_table(tuple(text.columns), [tuple(row) for row in text.to_numpy().tolist()])
    if len(table) > rows:
        typer.echo(wrapped(f"The latest {rows} of {len(table):,} rows; --out FILE writes all of them."))
