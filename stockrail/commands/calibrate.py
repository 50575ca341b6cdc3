"""The command for calibration: safety stocks, reorder points and lots for the ERP, with what they earn."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    Replications,
    fail,
    load_instance,
    print_lines,
    require_room_for,
)


class StrategyName(StrEnum):
    """How much to solve."""

    RULE = "rule"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Choose safety stocks and reorder points for the ERP.")(calibrate)


def calibrate(
    folder: Annotated[
        Path, typer.Argument(help="Instance: a folder with instance.yaml and tables, or an .xlsx workbook.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for targets.csv, the other tables, report.html and the plans.")
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            help="Folder of an earlier run: what moved between segments, and, without current_targets, today's targets."
        ),
    ] = None,
    strategy: Annotated[
        StrategyName, typer.Option(help="rule for the targets alone; all also says what rules cost.")
    ] = StrategyName.ALL,
    most_departures: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Items that may have another option than their segment's; by default what the instance says.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds to search at most, in all.")] = 600.0,
    gap: Annotated[
        float, typer.Option(min=0.0, help="Relative gap at which to stop; 0.005 is 0.5%.")
    ] = 0.005,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same targets.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; by default one per processor.")] = None,
    check: Annotated[
        bool | None,
        typer.Option(
            "--check/--no-check",
            help="Hold all plans against the independent checker. By default where that takes seconds.",
            show_default=False,
        ),
    ] = None,
    replications: Replications = 0,
) -> None:
    """Choose the policy option of every segment: the highest expected margin under all guardrails, in numbers for the ERP."""
    from stockrail.calibration.calibration import calibrate as make_calibration
    from stockrail.calibration.display import calibration_lines
    from stockrail.calibration.since import read_last_run
    from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS
    from stockrail.model import InstanceError
    from stockrail.progress import ProgressDisplay, cancel_on_interrupt
    from stockrail.segments.history import HistoryError
    from stockrail.solvers.highs import SolverError
    from stockrail.solvers.result import NoPlanError

    require_room_for(out)
    instance = load_instance(folder)
    try:
        # Read before anything is written: --out may be the folder of the earlier run.
        last = None if since is None else read_last_run(since)
    except (HistoryError, InstanceError, OSError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    with (
        cancel_on_interrupt() as is_cancelled,
        ProgressDisplay(instance.settings.currency, is_cancelled) as display,
    ):
        try:
            result = make_calibration(
                instance,
                strategy="rule" if strategy is StrategyName.RULE else "all",
                most_departures=most_departures,
                since=last,
                time_limit=time_limit,
                gap=gap,
                seed=seed,
                workers=workers,
                check=check,
                replications=replications,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
            if out is not None:
                display.doing("writing")
                result.write(out)
        except InstanceError as error:
            display.close()
            fail(str(error), EXIT_BAD_INPUT)
        except (NoPlanError, SolverError) as error:
            display.close()
            fail(str(error), EXIT_STOPPED_EARLY)
        except OSError as error:
            display.close()
            fail(f"The targets cannot be written: {error}", EXIT_BAD_INPUT)
    print_lines(calibration_lines(result))
    if out is None:
        typer.echo("Add --out FOLDER to write the targets, the tables and the report.")
    else:
        name = TARGETS if result.is_feasible else BROKEN_TARGETS
        typer.echo(f"Targets in {out / name}, report in {out / 'report.html'}")
    if result.holds_nothing:
        raise typer.Exit(EXIT_INFEASIBLE)
    raise typer.Exit(EXIT_OK if result.is_gap_met else EXIT_STOPPED_EARLY)
