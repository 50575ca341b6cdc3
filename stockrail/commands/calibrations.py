"""The commands for calibrations of the store: what they propose, decisions by segment, and the file for the ERP."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import print_lines, wrapped
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    opened,
    print_table,
)

if TYPE_CHECKING:
    from stockrail.workbench.calibrations.decisions import Verdict

calibration_app = typer.Typer(
    help="Targets that calibrations propose, accepted or rejected by segment.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunNumber = Annotated[int, typer.Argument(min=1, help="Number of the calibration's run.")]
Segment = Annotated[str, typer.Argument(help="Name of the segment.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    calibration_app.command("list", short_help="Calibrations, and how far they are decided on.")(list_)
    calibration_app.command(short_help="Targets by segment, old and new, and what was decided.")(show)
    calibration_app.command(short_help="Accept the targets of a segment.")(accept)
    calibration_app.command(short_help="Reject the targets of a segment.")(reject)
    calibration_app.command(short_help="Write the file for the ERP.")(export)
    app.add_typer(calibration_app, name="calibration")


def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """Calibrations, the latest first: state, day of the targets, and how many segments are accepted, rejected and open."""
    from stockrail.workbench.calibrations.display import list_table

    with opened(store) as there:
        header, rows = list_table(there)
    if not rows:
        typer.echo("There is no calibration yet: stockrail run start --kind calibrate")
        return
    print_table(header, rows)


def show(run: RunNumber, store: StoreOption = DEFAULT_STORE) -> None:
    """Targets by segment, today's and new, what they mean, who decided what, and what holds together."""
    from stockrail.workbench.calibrations.accepted import together
    from stockrail.workbench.calibrations.display import decision_lines, segment_table, together_lines
    from stockrail.workbench.calibrations.proposal import Proposal

    with opened(store) as there:
        proposal = Proposal.of(there, run)
        print_table(*segment_table(there, proposal))
        lines = [*decision_lines(there, run), *together_lines(together(there, run), proposal.currency)]
    print_lines([wrapped(line) for line in lines])


def accept(
    actor: ActorOption, run: RunNumber, segment: Segment, reason: Reason, store: StoreOption = DEFAULT_STORE
) -> None:
    """Accept the targets of a segment: the ERP gets them with the next export."""
    _decide(store, actor, run, segment, "accepted", reason)


def reject(
    actor: ActorOption, run: RunNumber, segment: Segment, reason: Reason, store: StoreOption = DEFAULT_STORE
) -> None:
    """Reject the targets of a segment: it keeps those it has."""
    _decide(store, actor, run, segment, "rejected", reason)


def export(
    run: RunNumber,
    file: Annotated[Path, typer.Argument(help="File to write, such as targets.csv.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write targets for the ERP: new ones of accepted segments, today's of the others. Columns are those of `calibrate`."""
    from stockrail.workbench.calibrations.accepted import accepted_targets

    with opened(store) as there:
        made = accepted_targets(there, run)
        made.write(file)
    typer.echo(wrapped(f"{file}: {len(made.table)} items. New: {', '.join(made.accepted)}."))
    if made.left_out:
        typer.echo(
            wrapped(
                f"{len(made.left_out)} items of {', '.join(made.kept)} are left out, as nobody knows their targets of today."
            )
        )
    elif made.kept:
        typer.echo(wrapped(f"As today: {', '.join(made.kept)}."))


def _decide(store: str, actor: str, run: int, segment: str, verdict: "Verdict", reason: str) -> None:
    from stockrail.workbench.calibrations.accepted import together
    from stockrail.workbench.calibrations.decisions import decide, sentence
    from stockrail.workbench.calibrations.display import together_lines
    from stockrail.workbench.calibrations.proposal import Proposal

    with opened(store) as there:
        decision = decide(there, actor, run, segment, verdict, reason)
        currency = Proposal.of(there, run).currency
        lines = together_lines(together(there, run), currency) if verdict == "accepted" else []
    print_lines([wrapped(line) for line in [sentence(decision), *lines]])
