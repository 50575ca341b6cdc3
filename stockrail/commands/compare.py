"""The command `compare`: what-ifs of `scenarios.yaml` side by side."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    Replications,
    ending_plainly,
    print_lines,
    require_room_for,
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="What-ifs side by side, with a decision brief.")(compare)


def compare(
    folder: Annotated[
        Path, typer.Argument(help="Instance with scenarios.yaml in its folder, or beside its workbook.")
    ],
    what_ifs: Annotated[
        list[str] | None,
        typer.Argument(help="Names in scenarios.yaml, the first the one to compare with; without any, all."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and the decision brief.")] = None,
    regret: Annotated[
        bool,
        typer.Option(
            "--regret", help="Also what the first buys of one cost when another happens. One solve per pair."
        ),
    ] = False,
    replications: Replications = 0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap of each plan; 0.003 is 0.3%.")] = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each what-if at most.")] = 300.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; by default one per processor.")] = None,
) -> None:
    """Solve what-ifs on one instance and show what each one gives up and gains: service, stock, capital, margin, buys."""
    from stockrail.comparisons.comparison import compare as make_comparison
    from stockrail.comparisons.display import comparison_lines
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.progress import cancel_on_interrupt

    require_room_for(out)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The comparison"),
    ):
        result = make_comparison(
            folder,
            what_ifs or (),
            gap=gap,
            time_limit=time_limit,
            seed=seed,
            workers=workers,
            regret=regret,
            replications=replications,
            on_progress=display.show,
            is_cancelled=is_cancelled,
        )
        if out is not None:
            result.write(out)
    print_lines(comparison_lines(result))
    if out is not None:
        typer.echo(f"Comparison in {out}, decision brief in {out / 'brief.html'}")
    else:
        typer.echo("Add --out FOLDER to write the tables and the decision brief.")
    if not any(row.has_plan for row in result.outcomes):
        raise typer.Exit(EXIT_INFEASIBLE)
    raise typer.Exit(EXIT_OK if result.is_complete else EXIT_STOPPED_EARLY)
