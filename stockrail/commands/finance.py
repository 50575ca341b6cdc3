"""The commands for finance: what limits are worth, and what the best plan earns as one of them moves."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    InstanceFolder,
    Json,
    Seed,
    Workers,
    fail,
    load_instance,
    print_lines,
    require_room_for,
)

Csv = Annotated[Path | None, typer.Option("--csv", help="File for the table, as CSV.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(short_help="What one more and one less unit of each limit is worth.")(prices)
    app.command(short_help="What the best plan earns as one limit moves.")(frontier)


def prices(
    folder: InstanceFolder,
    by_period: Annotated[
        bool, typer.Option("--by-period", help="Also each single period of the limits that bind.")
    ] = False,
    json: Json = None,
    csv: Csv = None,
    time_limit: Annotated[
        float, typer.Option(min=0.0, help="Seconds at most; what is done by then is kept.")
    ] = 600.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Price every limit: what one more unit earns, what one less costs, how far that holds, the return on capital."""
    from stockrail.files import write_csv, write_json
    from stockrail.finance.finance_display import SweepDisplay, price_lines
    from stockrail.finance.prices import prices as make_prices
    from stockrail.progress import cancel_on_interrupt
    from stockrail.solvers.price import PriceStatus
    from stockrail.solvers.result import InfeasibleError

    require_room_for(None, json, csv)
    instance = load_instance(folder)
    with cancel_on_interrupt() as is_cancelled, SweepDisplay(is_cancelled) as display:
        try:
            table = make_prices(
                instance,
                by_period=by_period,
                time_limit=time_limit,
                seed=seed,
                workers=workers,
                on_progress=lambda done, total, key: display.show(
                    done,
                    total,
                    key.guardrail if key.period is None else f"{key.guardrail}, period {key.period}",
                ),
                is_cancelled=is_cancelled,
            )
        except InfeasibleError as error:
            display.close()
            fail(str(error), EXIT_INFEASIBLE)
    if json is not None:
        rows = [{str(name): _value(value) for name, value in row.items()} for row in table.to_dict("records")]
        write_json({"currency": instance.settings.currency, "statistical_gap": None, "prices": rows}, json)
    if csv is not None:
        write_csv(table, csv)
    print_lines(price_lines(table, instance.settings.currency))
    is_open = bool((table["status"] == str(PriceStatus.OPEN)).any())
    raise typer.Exit(EXIT_STOPPED_EARLY if is_open else EXIT_OK)


def frontier(
    folder: InstanceFolder,
    guardrail: Annotated[
        str, typer.Option(help="Name; capacity:SUPPLIER and warehouse:WAREHOUSE are limits too.")
    ],
    start: Annotated[float, typer.Option("--from", help="First limit.")],
    end: Annotated[float, typer.Option("--to", help="Last limit.")],
    points: Annotated[int, typer.Option(min=2, max=500, help="Number of limits, evenly apart.")] = 20,
    side: Annotated[str, typer.Option(help="upper or lower.")] = "upper",
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap of each point; 0.003 is 0.3%.")] = 0.003,
    json: Json = None,
    csv: Csv = None,
    html: Annotated[Path | None, typer.Option(help="File for the chart, one HTML page.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each point at most.")] = 300.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Trace margin, proof, service and stock as one limit moves, and name the point from which more hardly helps."""
    import numpy as np

    from stockrail.files import write_csv, write_json
    from stockrail.finance.finance_display import SweepDisplay, frontier_lines
    from stockrail.finance.frontier import frontier as make_frontier
    from stockrail.finance.limits import LimitError
    from stockrail.progress import cancel_on_interrupt

    if side not in {"upper", "lower"}:
        fail(f"--side {side}: expected upper or lower.", EXIT_BAD_INPUT)
    chosen: Literal["upper", "lower"] = "upper" if side == "upper" else "lower"
    require_room_for(None, json, csv, html)
    instance = load_instance(folder)
    with cancel_on_interrupt() as is_cancelled, SweepDisplay(is_cancelled) as display:
        try:
            result = make_frontier(
                instance,
                guardrail,
                [float(limit) for limit in np.linspace(start, end, points)],
                side=chosen,
                gap=gap,
                time_limit=time_limit,
                seed=seed,
                workers=workers,
                on_progress=lambda done, progress: display.show(done, points, guardrail),
                is_cancelled=is_cancelled,
            )
        except LimitError as error:
            display.close()
            fail(str(error), EXIT_BAD_INPUT)
    if json is not None:
        write_json(result.record(), json)
    if csv is not None:
        write_csv(result.frame(), csv)
    if html is not None:
        result.write_html(html)
    print_lines(frontier_lines(result))
    raise typer.Exit(EXIT_OK if result.is_complete else EXIT_STOPPED_EARLY)


def _value(value: Any) -> Any:
    """A cell for JSON: pandas' missing value as null."""
    import pandas as pd

    return None if pd.isna(value) else value
