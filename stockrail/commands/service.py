"""The commands `service` and `explain`: what stock earns, segment by segment, and why it is there."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    Gap,
    InstanceFolder,
    Seed,
    Workers,
    ending_plainly,
    fail,
    load_instance,
    print_lines,
    require_room_for,
    wrapped,
)


class Baseline(StrEnum):
    """What the segments follow that are not looked at."""

    CHOSEN = "chosen"
    CURRENT = "current"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(short_help="More stock or more expediting, and the cost to serve, by segment.")(service)
    app.command(short_help="Why stock is there: by purpose, and what drives it.")(explain)


def service(
    folder: InstanceFolder,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and service.html.")] = None,
    baseline: Annotated[
        Baseline,
        typer.Option(help="The best option of each segment, or today's settings (table current_targets)."),
    ] = Baseline.CHOSEN,
    gap: Gap = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds to choose options at most.")] = 300.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Weigh stock against expediting and lost sales in each segment, and show what it costs to serve each of them."""
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.progress import cancel_on_interrupt
    from stockrail.service.display import service_lines
    from stockrail.service.tables import service_for_profit

    require_room_for(out)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The tables"),
    ):
        result = service_for_profit(
            instance,
            baseline="current" if baseline is Baseline.CURRENT else "chosen",
            gap=gap,
            time_limit=time_limit,
            seed=seed,
            workers=workers,
            on_progress=display.show,
            is_cancelled=is_cancelled,
        )
        if out is not None:
            result.write(out)
    print_lines(service_lines(result))
    if out is not None:
        typer.echo(f"Tables in {out}, report in {out / 'service.html'}")
    else:
        typer.echo("Add --out FOLDER to write the tables and the report.")
    raise typer.Exit(EXIT_OK if result.gap <= gap else EXIT_STOPPED_EARLY)


def explain(
    folder: InstanceFolder,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and inventory.html.")] = None,
    bias: Annotated[
        float,
        typer.Option(
            min=-1.0, help="Demand over forecast, less 1: -0.1 where demand comes in 10 % below the forecast."
        ),
    ] = 0.0,
    bias_table: Annotated[
        Path | None, typer.Option(help="CSV with item or product_group and bias_share, in place of --bias.")
    ] = None,
    gap: Gap = 0.0005,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each plan at most.")] = 300.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Split stock by purpose, and plan again with one driver of stock switched off at a time."""
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.inventory.bias import read_bias
    from stockrail.inventory.display import inventory_lines
    from stockrail.inventory.explained import explain_inventory
    from stockrail.inventory.plans import NothingHoldsError
    from stockrail.progress import cancel_on_interrupt

    if bias and bias_table is not None:
        fail("--bias and --bias-table exclude each other.", EXIT_BAD_INPUT)
    require_room_for(out)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The tables"),
    ):
        try:
            result = explain_inventory(
                instance,
                bias=bias if bias_table is None else read_bias(bias_table, instance),
                gap=gap,
                time_limit=time_limit,
                seed=seed,
                workers=workers,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
        except NothingHoldsError as error:
            display.close()
            fail(wrapped(str(error)), EXIT_INFEASIBLE)
        if out is not None:
            result.write(out)
    print_lines(inventory_lines(result))
    if out is not None:
        typer.echo(f"Tables in {out}, report in {out / 'inventory.html'}")
    else:
        typer.echo("Add --out FOLDER to write the tables and the report.")
    raise typer.Exit(EXIT_OK if result.is_complete else EXIT_STOPPED_EARLY)
