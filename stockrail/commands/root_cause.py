"""The commands for root causes: what was missed against the approved plan, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import Json, print_lines, require_room_for, wrapped
from stockrail.commands.workbench_common import DEFAULT_STORE, ActorOption, StoreOption, opened, print_table

if TYPE_CHECKING:
    from stockrail.workbench.store import Store
    from stockrail.workbench.store.tables import Miss

root_cause_app = typer.Typer(
    help="What was missed against the approved plan, and why.", no_args_is_help=True, rich_markup_mode=None
)

RunOption = Annotated[int | None, typer.Option(min=1, help="Only misses of the plan of this run.")]
Out = Annotated[Path | None, typer.Option(help="Folder for misses.csv, causes.csv and causes_by_period.csv.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    root_cause_app.command(short_help="Find misses in the actuals, and what each is put down to.")(find)
    root_cause_app.command("list", short_help="Misses that were found, with their causes.")(list_)
    root_cause_app.command(short_help="One miss with the evidence.")(show)
    root_cause_app.command(short_help="Misses counted by cause over time.")(count)
    app.add_typer(root_cause_app, name="root-cause")


def find(
    actor: ActorOption,
    run: Annotated[
        int | None,
        typer.Option(min=1, help="Run of an approved plan; by default the latest one with actuals."),
    ] = None,
    out: Out = None,
    json: Json = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Hold actuals against the approved plan: each miss gets a cause, with the evidence for it. Again is no change."""
    from stockrail.workbench.excel.progress import PartsDisplay
    from stockrail.workbench.root_cause import display
    from stockrail.workbench.root_cause.find import find as find_misses

    require_room_for(out, json)
    with opened(store) as there:
        with PartsDisplay("looking at") as progress:
            found = find_misses(there, actor, run, progress.show)
        currency = _currency(there, found.run_id)
    print_lines(display.found_lines(found))
    if found.misses:
        print_table(*display.miss_table(found.misses, currency))
        typer.echo()
        print_table(*display.cause_table(found.misses, currency))
        typer.echo(wrapped("Next: stockrail root-cause show NO says why."))
    _write(found.misses, out, json)


def list_(
    run: RunOption = None,
    cause: Annotated[str | None, typer.Option(help="Only misses with this cause.")] = None,
    out: Out = None,
    json: Json = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Misses by date, each with what it cost and its cause."""
    from stockrail.workbench.root_cause import display

    require_room_for(out, json)
    with opened(store) as there:
        misses = [row for row in _misses(there, run) if cause in (None, row.cause)]
        currency = _currency(there, misses[-1].run_id) if misses else ""
    if misses:
        print_table(*display.miss_table(misses, currency))
    else:
        typer.echo("No misses were found; stockrail root-cause find looks for them.")
    _write(misses, out, json)


def show(
    number: Annotated[int, typer.Argument(min=1, help="Number of the miss.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """One miss: what was seen, each assumption, hindsight, exceptions, and the cause in words."""
    from stockrail.workbench.root_cause import display
    from stockrail.workbench.root_cause.find import get

    with opened(store) as there:
        with there.read() as session:
            row = get(session, number)
        for line in display.miss_lines(row, _currency(there, row.run_id)):
            typer.echo(wrapped(line))


def count(
    run: RunOption = None, out: Out = None, json: Json = None, store: StoreOption = DEFAULT_STORE
) -> None:
    """Misses by period and cause, and what each cause has cost."""
    from stockrail.workbench.root_cause import display

    require_room_for(out, json)
    with opened(store) as there:
        misses = _misses(there, run)
        currency = _currency(there, misses[-1].run_id) if misses else ""
    if misses:
        print_lines(display.count_lines(misses))
        typer.echo()
        print_table(*display.cause_table(misses, currency))
    else:
        typer.echo("No misses were found; stockrail root-cause find looks for them.")
    _write(misses, out, json)


def _misses(store: "Store", run_id: int | None) -> "list[Miss]":
    from stockrail.workbench.root_cause.find import listed

    with store.read() as session:
        return listed(session, run_id)


def _write(misses: "list[Miss]", out: Path | None, json: Path | None) -> None:
    """Write the tables, and everything with its evidence as JSON."""
    from stockrail.files import write_json, write_tables
    from stockrail.workbench.root_cause.counts import (
        as_data,
        causes_by_period,
        misses_frame,
        money_by_cause,
    )

    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        tables = {
            "misses": misses_frame(misses),
            "causes": money_by_cause(misses),
            "causes_by_period": causes_by_period(misses),
        }
        write_tables(tables, out)
        typer.echo(f"Tables in {out}.")
    if json is not None:
        write_json(as_data(misses), json)


def _currency(store: "Store", run_id: int) -> str:
    """The currency of a plan."""
    from stockrail.workbench.runs.lookup import get

    return str((get(store, run_id).certificate or {}).get("currency", ""))
