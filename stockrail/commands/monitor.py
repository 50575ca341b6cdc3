"""The command `monitor`: the plan in force against what happened."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, Json, fail, print_lines, require_room_for, wrapped
from stockrail.commands.workbench_common import DEFAULT_STORE, ActorOption, StoreOption, opened, print_table

if TYPE_CHECKING:
    from stockrail.workbench.monitoring.monitor import Monitored
    from stockrail.workbench.store import Store


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="What left the plan, who answers for it, and whether to plan again.")(monitor)


def monitor(
    actor: ActorOption,
    run: Annotated[
        int | None,
        typer.Option(min=1, help="Run of an approved plan; by default the latest one with actuals."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Last day whose actuals are complete; by default the last period there is.",
        ),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; by default today.")
    ] = None,
    only_look: Annotated[
        bool, typer.Option("--only-look", help="Open no exceptions: change nothing.")
    ] = False,
    start: Annotated[
        bool,
        typer.Option("--start", help="Ask for a run, if anything asks for a new plan; its reason says what."),
    ] = False,
    baseline: Annotated[
        int | None, typer.Option(min=1, help="With --start: what is planned; by default the latest baseline.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for all numbers, as CSV tables.")] = None,
    json: Json = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Hold actuals against the approved plan: demand that left the fan, errors, suppliers, spend, stock, and what to do.

    Rules of governance.yaml that are broken become exceptions for their owners. Again opens nothing twice.
    """
    from stockrail.files import write_csv, write_json
    from stockrail.workbench.monitoring import frames
    from stockrail.workbench.monitoring.monitor import monitor as look
    from stockrail.workbench.monitoring.monitor import open_exceptions
    from stockrail.workbench.step_display import StepDisplay
    from stockrail.workbench.tradeoffs.display import overdue_lines
    from stockrail.workbench.tradeoffs.records import RULE as OVERDUE

    if only_look and start:
        fail("--only-look and --start exclude each other.", EXIT_BAD_INPUT)
    if baseline is not None and not start:
        fail("--baseline says what --start plans: add --start.", EXIT_BAD_INPUT)
    require_room_for(out, json)
    with opened(store) as there:
        with StepDisplay() as display:
            found = look(there, run_id=run, until=_day(until), on=_day(on), on_step=display.show)
        currency = _currency(found)
        open_now = [] if only_look else open_exceptions(there, actor, found)
        _print_seen(found, currency)
        _print_rules(found, currency, sorted(row.id for row in open_now if row.rule != OVERDUE))
        if not only_look:
            print_lines(overdue_lines([row for row in open_now if row.rule == OVERDUE]))
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for name, table in frames.tables(found).items():
                write_csv(table, out / name)
            typer.echo(f"Tables in {out}")
        if json is not None:
            write_json(frames.record(found), json)
        if start:
            _start(there, actor, found, baseline)
        elif found.triggers:
            typer.echo(
                wrapped(
                    "Next: a baseline with the stock and open orders of today (stockrail baseline import), then stockrail monitor "
                    "--start."
                )
            )


def _print_seen(found: "Monitored", currency: str) -> None:
    from stockrail.workbench.monitoring import display

    print_lines(display.head_lines(found))
    seen = found.seen
    if seen is None:
        return
    typer.echo()
    print_lines(display.fan_lines(seen))
    for table in (
        display.fan_table(seen),
        display.error_table(seen.errors),
        display.supplier_table(found, seen.suppliers),
        display.spend_table(seen.spend, currency),
        display.stock_table(seen.stock, currency),
    ):
        if table[1]:
            typer.echo()
            print_table(*table)


def _print_rules(found: "Monitored", currency: str, numbers: list[int]) -> None:
    from stockrail.workbench.monitoring import display

    typer.echo()
    if found.seen is not None:
        print_lines(display.broken_lines(found, currency))
        if numbers:
            typer.echo(wrapped(f"Open now: {', '.join(map(str, numbers))}. See stockrail exceptions list."))
        typer.echo()
    print_lines(display.trigger_lines(found))


def _start(store: "Store", actor: str, found: "Monitored", baseline: int | None) -> None:
    from stockrail.workbench.monitoring.monitor import start
    from stockrail.workbench.runs.watch import tend

    if not found.triggers:
        typer.echo("No run is started.")
        return
    started = start(store, actor, found, baseline_id=baseline)
    if started.is_new:
        typer.echo(f"Run {started.run.id} waits for its turn.")
        tend(store)
        typer.echo(f"Next: stockrail run wait {started.run.id} shows how it goes.")
    else:
        typer.echo(
            wrapped(
                f"Run {started.run.id} has the same inputs and is {started.run.state}: no other one is started. Import a baseline with "
                "the stock and open orders of today first (stockrail baseline import)."
            )
        )


def _currency(found: "Monitored") -> str:
    return "" if found.plan is None else str((found.plan.run.certificate or {}).get("currency", ""))


def _day(value: datetime | None) -> date | None:
    return None if value is None else value.date()
