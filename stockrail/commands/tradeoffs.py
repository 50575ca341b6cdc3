"""The commands for trade-off records: added complete, looked at in time, and ended."""

import json as json_text
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stockrail.commands.common import Json, print_lines, wrapped
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    opened,
    print_table,
    refusing_plainly,
)

if TYPE_CHECKING:
    from stockrail.workbench.store import Store

tradeoff_app = typer.Typer(
    help="Trade-offs with an owner, an expected result, an exit and a review date.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Number = Annotated[int, typer.Argument(min=1, help="Number of the record.")]


class Kind(StrEnum):
    """What was agreed."""

    FUNDED_BUILD = "funded_build"
    SERVICE_CHANGE = "service_change"
    CASH_POSTURE = "cash_posture"


class ExitKind(StrEnum):
    """How it ends."""

    MARKDOWN = "markdown"
    REBALANCING = "rebalancing"
    TARGET_CHANGE = "target_change"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    tradeoff_app.command(short_help="Add a record; everything that is missing is refused together.")(add)
    tradeoff_app.command("list", short_help="Open records, the next review first.")(list_)
    tradeoff_app.command(short_help="Everything about one record.")(show)
    tradeoff_app.command(short_help="What is overdue becomes an exception; with a number, hold a review.")(
        review
    )
    tradeoff_app.command(short_help="End a record with what came of it.")(close)
    app.add_typer(tradeoff_app, name="tradeoff")


def add(
    actor: ActorOption,
    file: Annotated[
        Path | None, typer.Option(help="YAML file with the fields; options take the place of its lines.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="What was agreed.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Its name; of a funded build the name of the build.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it: one person.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it was agreed.")] = None,
    expected_result: Annotated[str | None, typer.Option(help="What it should bring.")] = None,
    expected_money: Annotated[
        float | None, typer.Option(help="The same as an amount, where it can be said.")
    ] = None,
    exit_kind: Annotated[ExitKind | None, typer.Option(help="How it ends.")] = None,
    exit_plan: Annotated[str | None, typer.Option(help="How and when it ends, in words.")] = None,
    allocation_rule: Annotated[
        str | None, typer.Option(help="Who gets what while there is not enough.")
    ] = None,
    customer_message: Annotated[
        str | None, typer.Option(help="What customers are told while there is not enough.")
    ] = None,
    review_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day by which it is looked at again.")
    ] = None,
    run: Annotated[int | None, typer.Option(help="Run whose plan carries it out.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Add a record of a funded build, a change of service or a cash posture."""
    from stockrail.workbench.tradeoffs.builds import granted_builds
    from stockrail.workbench.tradeoffs.fields import RECORD, read_record
    from stockrail.workbench.tradeoffs.records import add as add_record

    options: dict[str, Any] = {
        "kind": None if kind is None else kind.value,
        "name": name,
        "owner": owner,
        "reason": reason,
        "expected_result": expected_result,
        "expected_money": expected_money,
        "exit_kind": None if exit_kind is None else exit_kind.value,
        "exit_plan": exit_plan,
        "allocation_rule": allocation_rule,
        "customer_message": customer_message,
        "review_date": None if review_date is None else review_date.date(),
        "run": run,
    }
    given = {field: value for field, value in options.items() if value is not None}
    with refusing_plainly():
        stated, lines = ({}, {}) if file is None else read_record(file)
    with opened(store) as there:
        row = add_record(
            there, actor, {**stated, **given}, source=RECORD if file is None else file.name, lines=lines
        )
        names = (
            {one.build.build for one in granted_builds(there)} if row.kind == "funded_build" else {row.name}
        )
    typer.echo(f"Trade-off {row.id} is added: {row.owner} reviews it by {row.review_date}.")
    if row.name not in names:
        known = ", ".join(sorted(names)) or "there is none"
        typer.echo(
            wrapped(
                f"No limits in force or proposed have a build named {row.name}; builds there are: {known}."
            )
        )


def list_(
    store: StoreOption = DEFAULT_STORE,
    is_all: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    json: Json = None,
) -> None:
    """Records that are open, the next review first, and funded builds that have none."""
    from stockrail.workbench.tradeoffs import display, frames, records
    from stockrail.workbench.tradeoffs.builds import builds_without_record

    with opened(store) as there:
        with there.read() as session:
            rows = records.listed(session, is_open_only=not is_all)
        today = there.clock().date()
        missing = builds_without_record(there)
        if json is not None:
            json.write_text(json_text.dumps(frames.as_data(rows, missing, today), indent=2), encoding="utf-8")
    if rows:
        print_table(*display.record_table(rows, today))
    else:
        typer.echo("There are no trade-off records." if is_all else "No trade-off record is open.")
    print_lines(display.without_record_lines(missing))


def show(number: Number, store: StoreOption = DEFAULT_STORE) -> None:
    """Owner, reason, expected result, exit plan, what holds while short, and reviews held."""
    from stockrail.workbench.tradeoffs import display, records

    with opened(store) as there:
        with there.read() as session:
            row = records.get(session, number)
        for line in display.record_lines(row, there.clock().date(), _currency(there, row.run_id)):
            typer.echo(wrapped(line))


def review(
    actor: ActorOption,
    number: Annotated[
        int | None, typer.Argument(min=1, help="Record whose review is held; by default all are looked at.")
    ] = None,
    result: Annotated[
        str | None, typer.Option(help="What the review found, and why it goes on; kept with the decision.")
    ] = None,
    next_date: Annotated[
        datetime | None, typer.Option("--next", formats=["%Y-%m-%d"], help="Day of the next review.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Without a number: reviews that are overdue become exceptions, and funded builds without a record are listed.

    With a number: hold the review of a record. It goes on until the next one; to end it, close it.
    """
    from stockrail.workbench.errors import StateError
    from stockrail.workbench.tradeoffs import display, overdue, records
    from stockrail.workbench.tradeoffs.builds import builds_without_record

    with opened(store) as there:
        if number is not None:
            if next_date is None:
                raise StateError("Say when it is looked at again: --next DATE. To end the record, close it.")
            row = records.review(there, actor, number, result or "", next_date.date())
            typer.echo(f"Trade-off {row.id} goes on; {row.owner} reviews it by {row.review_date}.")
            return
        if result is not None or next_date is not None:
            raise StateError("Say which record is reviewed: stockrail tradeoff review NO.")
        waiting = overdue.open_overdue(there, actor)
        print_lines(display.overdue_lines(waiting))
        if not waiting:
            typer.echo("No review is overdue.")
        print_lines(display.without_record_lines(builds_without_record(there)))


def close(
    actor: ActorOption,
    number: Number,
    result: Annotated[str, typer.Option(help="What came of it; it is kept with the decision.")],
    result_money: Annotated[
        float | None, typer.Option(help="What it brought, as an amount, where it can be said.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """End a record. It takes the role that answers for its kind."""
    from stockrail.workbench.tradeoffs import records

    with opened(store) as there:
        row = records.close(there, actor, number, result, result_money)
    typer.echo(f"Trade-off {row.id}, {row.name}, is closed by {row.closed_by}.")


def _currency(store: "Store", run_id: int | None) -> str:
    """The currency of the plan that carries a record out, or of the latest baseline; nothing where there is neither."""
    from stockrail.model.sources import parse_yaml
    from stockrail.workbench import baselines
    from stockrail.workbench.store.tables import Run

    if run_id is not None:
        with store.read() as session:
            return str((session.get_one(Run, run_id).certificate or {}).get("currency", ""))
    latest = baselines.latest(store)
    if latest is None:
        return ""
    settings, _ = parse_yaml(
        store.artifacts.get(latest.manifest[baselines.SETTINGS_FILE]).decode("utf-8-sig")
    )
    return str(settings["currency"])
