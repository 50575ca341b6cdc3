"""The command for the measures of stochastic programming."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
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


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="What scenarios and perfect information are worth; the statistical gap.")(measures)


def measures(
    folder: InstanceFolder,
    plan: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `stockrail plan --out` wrote: that plan is judged, and its report gets the statistical gap."
        ),
    ] = None,
    replications: Replications = 10,
    out: Annotated[Path | None, typer.Option(help="Folder for measures.json and tables.")] = None,
    json: Json = None,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Seconds for each solve at most; five times as many for the best plan and the mean plans.",
        ),
    ] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap of each solve; 0.001 is 0.1%.")] = 0.001,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Measure what the scenarios, perfect information and certainty are worth, and how good a plan is beyond its tree."""
    from stockrail.files import write_json
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.measures.display import measure_lines
    from stockrail.measures.measures import measure
    from stockrail.measures.plan_folder import PlanFolderError, read_plan, write_beside
    from stockrail.progress import cancel_on_interrupt

    require_room_for(out, json)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The measures"),
    ):
        try:
            result = measure(
                instance,
                plan=None if plan is None else read_plan(plan, instance),
                time_limit=time_limit,
                gap=gap,
                replications=replications,
                seed=seed,
                workers=workers,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
        except (PlanFolderError, ValueError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        if json is not None:
            write_json(result.record(), json)
        if out is not None:
            result.write(out)
        if plan is not None:
            write_beside(result, plan)
    print_lines(measure_lines(result))
    if out is not None:
        typer.echo(f"Tables in {out}.")
    if plan is not None:
        typer.echo(f"measures.json and the statistical gap of the report are in {plan}.")
    raise typer.Exit(EXIT_OK if result.is_complete else EXIT_STOPPED_EARLY)
