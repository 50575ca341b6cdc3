"""The command `backtest`: history itself as the path, planned again and again."""

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
    Seed,
    Workers,
    ending_plainly,
    fail,
    load_instance,
    print_lines,
    require_room_for,
    wrapped,
)
from stockrail.commands.evaluate import Baselines, Out
from stockrail.commands.tree_source import ForecastMethod, MethodOption, MissingIsZero, numbers


class Start(StrEnum):
    """What stock a backtest starts with."""

    STEADY = "steady"
    INSTANCE = "instance"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Would the plan have earned more in the past?")(backtest)


def backtest(
    folder: InstanceFolder,
    history: Annotated[
        Path, typer.Option(help="CSV of demand: item, date, units, a row for each period or day.")
    ],
    first: Annotated[
        str,
        typer.Option(
            "--from", help="First period to play back: its number in the history, 0 the first, or a date."
        ),
    ],
    last: Annotated[str, typer.Option("--to", help="Last period to play back, in the same way.")],
    every: Annotated[int, typer.Option(min=1, help="Periods between two plans.")] = 4,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=2, help="Periods that are planned ahead; by default the instance's.", show_default=False
        ),
    ] = None,
    branching: Annotated[
        str, typer.Option(help="Branches at each branching of the trees; none for one path.")
    ] = "3,3,3",
    method: MethodOption = ForecastMethod.LEVEL,
    missing_is_zero: MissingIsZero = False,
    opening: Annotated[
        Start, typer.Option(help="Stock at the start: that of a steady state, or the instance's.")
    ] = Start.STEADY,
    training_paths: Annotated[
        int,
        typer.Option(min=2, help="Paths of the first forecast's errors, to make working capital equal on."),
    ] = 60,
    baseline: Baselines = None,
    out: Out = None,
    json: Json = None,
    gap: Gap = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each plan at most.")] = 120.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Play history back: forecast, plan and order as it would have been known, and compare with the methods in use."""
    from stockrail.evaluation.backtest import BacktestOptions
    from stockrail.evaluation.backtest import backtest as play
    from stockrail.evaluation.baselines import NAMES
    from stockrail.evaluation.display import evaluation_lines
    from stockrail.evaluation.history_window import read_window
    from stockrail.evaluation.stages import Forecasting
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.progress import cancel_on_interrupt

    require_room_for(out, json)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The backtest"),
    ):
        try:
            window = read_window(history, instance, first, last, is_missing_zero=missing_is_zero)
            result = play(
                instance,
                window,
                BacktestOptions(
                    every=every,
                    forecasting=Forecasting(
                        horizon=horizon or instance.settings.periods,
                        widths=tuple(numbers(branching)),
                        method=method.value,
                        seed=seed,
                    ),
                    names=tuple(baseline) if baseline else NAMES,
                    is_steady=opening is Start.STEADY,
                    training_paths=training_paths,
                    gap=gap,
                    time_limit=time_limit,
                    seed=seed,
                    workers=workers,
                    on_progress=display.show,
                    is_cancelled=is_cancelled,
                ),
            )
        except (ValueError, ImportError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        if json is not None:
            result.write_json(json)
        if out is not None:
            result.write(out, "backtest")
        is_complete = not is_cancelled()
    print_lines(evaluation_lines(result))
    if out is not None:
        typer.echo(f"Tables in {out}, report in {out / 'backtest.html'}")
    else:
        typer.echo("Add --out FOLDER to write the tables and the report.")
    raise typer.Exit(EXIT_OK if is_complete else EXIT_STOPPED_EARLY)
