"""The commands for governance: who may what, what is next, which plans wait for whom, and their approval."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, EXIT_OK, EXIT_STOPPED_EARLY, fail, print_lines, wrapped
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
    from stockrail.workbench.store.tables import PlanException

governance_app = typer.Typer(
    help="Who may decide what, and which rules plans must keep.", no_args_is_help=True, rich_markup_mode=None
)
exceptions_app = typer.Typer(
    help="Broken rules, and the decisions they wait for.", no_args_is_help=True, rich_markup_mode=None
)

Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Number = Annotated[int, typer.Argument(help="Number of the exception.")]
RunNumber = Annotated[int, typer.Argument(help="Number of the run.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    governance_app.command(short_help="Roles, people and rules in force, and what you may do.")(show)
    governance_app.command(short_help="Check a governance file and list every error.")(check)
    governance_app.command(short_help="Write the packaged file, to be edited.")(write)
    governance_app.command(short_help="Put a governance file in force.")(accept)
    exceptions_app.command("list", short_help="What waits for a decision.")(list_)
    exceptions_app.command("show", short_help="One exception with its evidence.")(show_exception)
    exceptions_app.command(short_help="Decide what an exception of your role waits for.")(resolve)
    exceptions_app.command(short_help="Let a plan pass although it breaks a rule.")(waive)
    app.add_typer(governance_app, name="governance")
    app.add_typer(exceptions_app, name="exceptions")
    app.command(short_help="Approve the plan of a run.")(approve)
    app.command(short_help="Reject the plan of a run.")(reject)
    app.command(short_help="Ask those above to decide on the plan of a run.")(escalate)
    app.command(short_help="What is on and what is next.")(calendar)


def show(actor: ActorOption, store: StoreOption = DEFAULT_STORE) -> None:
    """Roles, people and rules in force, whether the file is the one that was accepted, and what you may do."""
    from stockrail.workbench.governance import display
    from stockrail.workbench.governance.editing import standing

    with opened(store) as there:
        governance = there.governance
        typer.echo(f"Governance of {there.name}, from {governance.source.name}\n")
        print_table(*display.role_table(governance))
        typer.echo()
        print_table(*display.rule_table(governance))
        typer.echo()
        print_lines(display.permission_lines(governance, actor))
        print_lines(display.warnings(governance))
        if not standing(there).is_as_accepted:
            typer.echo(
                wrapped(
                    "The file is not the one that was accepted last: somebody has changed it by other means. If the change is "
                    "meant, accept it: stockrail governance accept."
                )
            )


def check(
    file: Annotated[
        Path | None, typer.Argument(help="The file; by default the one in force in the store.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Check a governance file: every error with line, place, value and what is allowed, all at once."""
    from stockrail.formats import plural
    from stockrail.workbench.governance import Governance, display
    from stockrail.workbench.governance.editing import standing

    is_as_accepted = True
    with refusing_plainly():
        if file is not None:
            governance = Governance.read(file)
        else:
            with opened(store) as there:
                governance, is_as_accepted = there.governance, standing(there).is_as_accepted
    document = governance.document
    counts = {
        "person": len(document.people),
        "role": len(document.roles),
        "rule": len(document.rules),
        "event": len(document.calendar.events),
    }
    listed = ", ".join(
        f"{count} {'people' if noun == 'person' and count != 1 else plural(count, noun)}"
        for noun, count in counts.items()
    )
    typer.echo(f"{governance.source.name}: ok. {listed}.")
    print_lines(display.warnings(governance))
    if not is_as_accepted:
        typer.echo(wrapped("It is not the file that was accepted last: stockrail governance accept."))
    raise typer.Exit(EXIT_OK if is_as_accepted else EXIT_STOPPED_EARLY)


def write(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist.")] = Path("governance.yaml"),
) -> None:
    """Write the packaged governance file with its comments, to put people into it."""
    from stockrail.workbench.governance.editing import default_text

    if file.exists():
        fail(wrapped(f"{file} exists already. Edit it, or name another file."), EXIT_BAD_INPUT)
    with refusing_plainly():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(default_text(), encoding="utf-8")
    typer.echo(
        wrapped(f"{file} written. Put people into it, then: stockrail governance accept {file} --reason TEXT")
    )


def accept(
    actor: ActorOption,
    file: Annotated[Path, typer.Argument(help="The file to put in force.")],
    reason: Reason,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Put a governance file in force. The first one by anybody whom it gives that right, later ones by who has it."""
    from stockrail.workbench.governance import display
    from stockrail.workbench.governance.editing import accept as put_in_force

    with opened(store) as there:
        governance = put_in_force(there, actor, file, reason)
    typer.echo(f"{file} is in force.\n")
    print_table(*display.role_table(governance))
    print_lines(display.warnings(governance))


def list_(
    store: StoreOption = DEFAULT_STORE,
    run: Annotated[int | None, typer.Option(help="Only those about the plan of this run.")] = None,
    role: Annotated[str | None, typer.Option(help="Only those that this role owns.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
) -> None:
    """What waits for a decision, the first due first: number, state, money at stake, owner, and what it is about."""
    from stockrail.workbench.governance import display, exceptions

    with opened(store) as there:
        with there.read() as session:
            rows = [
                row
                for row in exceptions.listed(session, run)
                if (is_all or row.state == "open") and role in (None, row.owner_role)
            ]
        today = there.clock().date()
        currency = _currency(there, rows)
    if not rows:
        typer.echo("Nothing waits for a decision." if not is_all else "There are no exceptions.")
        return
    print_lines(display.exception_list(rows, currency, today))
    typer.echo(wrapped("Next: stockrail exceptions show NO, then resolve NO or waive NO, with --reason."))


def show_exception(number: Number, store: StoreOption = DEFAULT_STORE) -> None:
    """One exception: owner, money at stake, due date, the decision it waits for, and the numbers that show it."""
    from stockrail.workbench.governance import display, exceptions

    with opened(store) as there:
        with there.read() as session:
            row = exceptions.get(session, number)
        currency = _currency(there, [row])
    for line in display.exception_lines(row, currency):
        typer.echo(wrapped(line) if not line.startswith("    ") else line)


def resolve(actor: ActorOption, number: Number, reason: Reason, store: StoreOption = DEFAULT_STORE) -> None:
    """Decide what an exception waits for. It takes the role that owns it."""
    from stockrail.workbench.governance import exceptions

    with opened(store) as there:
        row = exceptions.resolve(there, actor, number, reason)
        _tell_rest(there, row)


def waive(actor: ActorOption, number: Number, reason: Reason, store: StoreOption = DEFAULT_STORE) -> None:
    """Let a plan pass although it breaks a rule, whoever owns the rule."""
    from stockrail.workbench.governance import exceptions

    with opened(store) as there:
        row = exceptions.waive(there, actor, number, reason)
        _tell_rest(there, row)


def approve(actor: ActorOption, run: RunNumber, reason: Reason, store: StoreOption = DEFAULT_STORE) -> None:
    """Approve the plan of a run: not one's own, and only when no blocking exception is open."""
    from stockrail.workbench.governance import approvals

    with opened(store) as there:
        approvals.approve(there, actor, run, reason)
    typer.echo(f"The plan of run {run} is approved by {actor}.")


def reject(actor: ActorOption, run: RunNumber, reason: Reason, store: StoreOption = DEFAULT_STORE) -> None:
    """Reject the plan of a run; what waits for a decision because of it alone is closed."""
    from stockrail.workbench.governance import approvals

    with opened(store) as there:
        approvals.reject(there, actor, run, reason)
    typer.echo(f"The plan of run {run} is rejected by {actor}.")


def escalate(actor: ActorOption, run: RunNumber, reason: Reason, store: StoreOption = DEFAULT_STORE) -> None:
    """Ask those who may waive exceptions to decide on the plan of a run; until they have, nobody else approves it."""
    from stockrail.workbench.governance import escalations

    with opened(store) as there:
        asked = escalations.escalate(there, actor, run, reason)
    typer.echo(
        wrapped(
            f"The plan of run {run} is escalated: exception {asked.id} waits for {asked.owner_role} ({asked.owner})."
        )
    )


def calendar(
    store: StoreOption = DEFAULT_STORE,
    days: Annotated[int, typer.Option(min=0, max=366, help="How far to look ahead.")] = 60,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on; by default today.")
    ] = None,
) -> None:
    """What is on and what is next: locks, freezes, forecast updates, closes, and who sees to them."""
    from stockrail.workbench.governance import display

    with opened(store) as there:
        day: date = there.clock().date() if on is None else on.date()
        coming = there.governance.calendar.between(day, day + timedelta(days=days))
        if not coming:
            typer.echo(
                wrapped(
                    f"Nothing is on or comes in the {days} days from {day} on. --days looks further ahead."
                )
            )
            return
        print_table(*display.calendar_table(there.governance, coming, day))
        if any(one.holds_orders and one.is_on(day) for one in coming):
            typer.echo(
                wrapped(
                    "A freeze or a lock is on: plans that start meanwhile keep the orders of the approved plan."
                )
            )


def _tell_rest(store: "Store", row: "PlanException") -> None:
    """Say what still keeps the plans from approval that the exception was about."""
    from stockrail.workbench.governance import exceptions

    typer.echo(f"Exception {row.id} is {row.state} by {row.closed_by}.")
    with store.read() as session:
        for run in exceptions.runs_of(row):
            rest = exceptions.blocking(session, run)
            still = ", ".join(f"exception {one.id} ({one.owner_role})" for one in rest)
            typer.echo(
                wrapped(
                    f"The plan of run {run} still waits for {still}."
                    if rest
                    else f"Nothing blocks the plan of run {run}."
                )
            )


def _currency(store: "Store", rows: "list[PlanException]") -> str:
    """The currency of the plans that exceptions are about; nothing where none is."""
    from stockrail.workbench.store.tables import Run

    with store.read() as session:
        for row in rows:
            run = None if row.run_id is None else session.get(Run, row.run_id)
            if run is not None and run.certificate is not None and "currency" in run.certificate:
                return str(run.certificate["currency"])
    return ""
