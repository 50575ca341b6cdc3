"""The command `evaluate`: does a plan earn more, out of sample, than what people use today?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    Gap,
    InstanceFolder,
    Json,
    Replications,
    Seed,
    Workers,
    ending_plainly,
    fail,
    load_instance,
    print_lines,
    require_room_for,
    wrapped,
)

Baselines = Annotated[
    list[str] | None,
    typer.Option(
        "--baseline",
        help="Compare with this one only; may be said again: textbook, one-level, min-max, newsvendor, mean-plan, current.",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option(help="Folder for the tables and the report.")]


class Target(StrEnum):
    """What working capital baselines are scaled to."""

    PLAN = "plan"
    LIMIT = "limit"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Does the plan earn more than what people use today, on fresh paths?")(evaluate)


def evaluate(
    folder: InstanceFolder,
    paths: Annotated[int, typer.Option(min=2, help="Fresh paths to compare on.")] = 400,
    training_paths: Annotated[
        int, typer.Option(min=2, help="Other paths, to make working capital equal on.")
    ] = 100,
    foresight_paths: Annotated[
        int, typer.Option(min=0, help="Paths to compute perfect foresight on; 0 for none.")
    ] = 20,
    plan: Annotated[
        Path | None,
        typer.Option(help="Folder that `stockrail plan --out` wrote; by default a plan is made."),
    ] = None,
    baseline: Baselines = None,
    capital: Annotated[
        Target,
        typer.Option(help="Working capital of baselines: what the plan ties up, or what the limit allows."),
    ] = Target.PLAN,
    out: Out = None,
    json: Json = None,
    gap: Gap = 0.003,
    time_limit: Annotated[
        float, typer.Option(min=0.0, help="Seconds to search for the plan at most.")
    ] = 120.0,
    replications: Replications = 0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Compare a plan with the methods in use on paths that it has never seen, all at equal working capital."""
    from stockrail.evaluation.baselines import NAMES
    from stockrail.evaluation.display import evaluation_lines
    from stockrail.evaluation.evaluate import evaluate as compare
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.progress import cancel_on_interrupt
    from stockrail.solvers.result import Progress

    require_room_for(out, json)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The evaluation"),
    ):

        def on_solve(progress: Progress) -> None:
            gap_now = f"{progress.gap:.2%}" if progress.gap < float("inf") else "-"
            display.show(0, 1, f"planning, gap {gap_now}")

        try:
            result = compare(
                instance,
                paths=paths,
                training_paths=training_paths,
                seed=seed,
                plan_folder=plan,
                names=tuple(baseline) if baseline else NAMES,
                foresight_paths=foresight_paths,
                target="limit" if capital is Target.LIMIT else "plan",
                gap=gap,
                time_limit=time_limit,
                replications=replications,
                workers=workers,
                on_solve=on_solve,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
        except ValueError as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        if json is not None:
            result.write_json(json)
        if out is not None:
            result.write(out)
        is_complete = not is_cancelled()
    print_lines(evaluation_lines(result))
    if out is not None:
        typer.echo(f"Tables in {out}, report in {out / 'evaluation.html'}")
    else:
        typer.echo("Add --out FOLDER to write the tables and the report.")
    raise typer.Exit(EXIT_OK if is_complete else EXIT_STOPPED_EARLY)
