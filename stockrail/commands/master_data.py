"""The commands for master data: whether what plans assume still holds, and whether units add up to the ledger."""

import json as json_text
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import (
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    Json,
    print_lines,
    require_room_for,
    wrapped,
)
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    number_or_folder,
    opened,
    print_table,
)

if TYPE_CHECKING:
    import pandas as pd

    from stockrail.workbench.store.tables import PlanException

master_data_app = typer.Typer(
    help="Whether master data still holds, and whether units add up to the ledger.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

MOST_SHOWN = 10
"""Rows of a table that are printed; --out and --json have all."""

Open = Annotated[
    bool, typer.Option("--open", help="Open an exception for whoever owns what is beyond tolerance.")
]
Csv = Annotated[Path | None, typer.Option("--out", help="CSV file for all lines.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    master_data_app.command(
        short_help="What drifted between two baselines, or from a baseline to the actuals."
    )(drift)
    master_data_app.command(short_help="A trial balance against units, to the cent.")(reconcile)
    app.add_typer(master_data_app, name="master-data")


def drift(
    a: Annotated[
        str | None,
        typer.Argument(help="Number of a version, or an instance folder.", show_default="the latest version"),
    ] = None,
    b: Annotated[
        str | None, typer.Argument(help="The same, to compare with; without it actuals are compared.")
    ] = None,
    *,
    first: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of actuals.")
    ] = None,
    last: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of actuals.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Also show what is within tolerance.")] = False,
    is_opening: Open = False,
    out: Csv = None,
    json: Json = None,
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Unit costs, freight, lead times, lot sizes, terms of payment, segments: what is not as the baseline says, and the money it means."""
    from stockrail.workbench.errors import StateError
    from stockrail.workbench.master_data import display
    from stockrail.workbench.master_data.exceptions import open_drift
    from stockrail.workbench.master_data.of_store import drift_between, drift_of_actuals

    require_room_for(None, out, json)
    waiting: Sequence[PlanException] = ()
    with opened(store) as there:
        before = None if a is None else number_or_folder(a)
        if is_opening and any(isinstance(number_or_folder(one), Path) for one in (a, b) if one is not None):
            raise StateError("Exceptions are about versions: import the folder first, or leave out --open.")
        if before is None or b is None:
            days = (None if one is None else one.date() for one in (first, last))
            report = drift_of_actuals(there, before, *days)
        elif first is not None or last is not None:
            raise StateError(
                "Days are those of actuals: leave out the second baseline, or --first and --last."
            )
        else:
            report = drift_between(there, before, number_or_folder(b))
        if is_opening:
            waiting = open_drift(there, actor, report)
        _write(out, report.frame, json, lambda: display.drift_data(report))
    typer.echo(wrapped(display.drift_summary(report)))
    for heading, table in display.drift_groups(
        report, report.drifts if is_all else report.beyond, MOST_SHOWN
    ):
        typer.echo()
        typer.echo(wrapped(heading))
        print_table(*table)
    if report.not_checked:
        typer.echo()
        print_lines(display.not_checked_lines(report))
    _say_opened(waiting, is_opening=is_opening, is_beyond=bool(report.beyond))
    raise typer.Exit(EXIT_STOPPED_EARLY if report.beyond else EXIT_OK)


def reconcile(
    file: Annotated[
        Path, typer.Argument(help="Trial balance: CSV with the columns account, date, balance, currency.")
    ],
    date: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day of the balances.", show_default="the latest in the file"
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="Number of a version, or an instance folder.", show_default="the latest version"),
    ] = None,
    *,
    is_opening: Open = False,
    out: Csv = None,
    json: Json = None,
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Hold finance's balances against what stock, receipts and sales in units say, and list every difference to the cent."""
    from stockrail.workbench.master_data import display
    from stockrail.workbench.master_data.exceptions import open_differences
    from stockrail.workbench.master_data.of_store import reconciliation

    require_room_for(None, out, json)
    waiting: Sequence[PlanException] = ()
    with opened(store) as there:
        day = None if date is None else date.date()
        found = reconciliation(there, file, None if baseline is None else number_or_folder(baseline), day)
        beyond = found.beyond(there.governance.document.master_data.most_ledger_difference)
        if is_opening:
            waiting = open_differences(there, actor, found, file)
        _write(out, found.frame, json, lambda: display.reconciliation_data(found))
    typer.echo(
        wrapped(f"Ledger and books of {found.baseline} at the end of {found.date}, in {found.currency}.")
    )
    typer.echo("Debits are positive.")
    typer.echo()
    print_table(*display.sides_table(found))
    for position in found.positions:
        notes = list(display.position_notes(position))
        if not position.lines and not notes:
            continue
        typer.echo()
        if position.lines:
            typer.echo(wrapped(f"{position.title}, {position.basis}:"))
            print_table(*display.line_table(position, MOST_SHOWN))
            if len(position.lines) > MOST_SHOWN:
                typer.echo(
                    wrapped(
                        f"{len(position.lines)} lines; add --out FILE or --json FILE to write all of them."
                    )
                )
        print_lines(notes)
    if found.not_mapped:
        count = len(found.not_mapped)
        typer.echo()
        typer.echo(
            wrapped(
                f"Accounts of the trial balance that no book is mapped to: {count}, such as {found.not_mapped[0]}."
            )
        )
    _say_opened(waiting, is_opening=is_opening, is_beyond=bool(beyond))
    raise typer.Exit(EXIT_STOPPED_EARLY if beyond else EXIT_OK)


def _write(
    out: Path | None, frame: Callable[[], "pd.DataFrame"], json: Path | None, data: Callable[[], object]
) -> None:
    """Write what was found where that is asked for: a frame as CSV, plain data as JSON."""
    from stockrail.files import write_csv

    if out is not None:
        write_csv(frame(), out)
    if json is not None:
        json.write_text(json_text.dumps(data(), indent=2), encoding="utf-8")


def _say_opened(waiting: Sequence["PlanException"], *, is_opening: bool, is_beyond: bool) -> None:
    if waiting:
        typer.echo()
    for one in waiting:
        who = one.owner or f"the role {one.owner_role}, which nobody has yet"
        typer.echo(wrapped(f"Exception {one.id}: {one.subject}. It waits for {who} until {one.due}."))
    if is_opening and is_beyond and not waiting:
        typer.echo()
        typer.echo(wrapped("No exception is open: all of this was decided before, with the same numbers."))
    if is_beyond and not is_opening:
        typer.echo()
        typer.echo(wrapped("Next: add --open to hand it to whoever owns it."))
