"""The command `tornado`: which assumptions move the expected margin most."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
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


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Which assumptions move the expected margin most.")(tornado)


def tornado(
    folder: InstanceFolder,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the table, the chart and the what-ifs of all bars.")
    ] = None,
    driver: Annotated[
        list[str] | None, typer.Option(help="Name of a driver; several times for several. By default all.")
    ] = None,
    by: Annotated[float, typer.Option(help="Share by which drivers move; 0.1 is 10%.")] = 0.1,
    by_periods: Annotated[int, typer.Option(help="Periods by which lead times move.")] = 1,
    change: Annotated[
        list[str] | None,
        typer.Option(help="Another size for one driver, such as demand=0.2; several times for several."),
    ] = None,
    list_drivers: Annotated[
        bool, typer.Option("--list", help="Only list the drivers that the instance has.")
    ] = False,
    gap: Gap = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each solve at most.")] = 300.0,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Make each assumption lower and higher by itself, plan anew, and sort them by what they move of the expected margin."""
    from stockrail.comparisons.tornado import tornado as make_tornado
    from stockrail.comparisons.tornado_display import tornado_lines
    from stockrail.comparisons.tornado_drivers import DriverError, Sizes, driver_names
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.progress import cancel_on_interrupt

    require_room_for(out)
    sizes = Sizes(by, by_periods, changes_of(change or []))
    instance = load_instance(folder)
    if list_drivers:
        names = driver_names(instance)
        width = max(map(len, names), default=0)
        print_lines(f" {name:<{width}}  {words}" for name, words in names.items())
        return
    with (
        cancel_on_interrupt() as is_cancelled,
        SweepDisplay(is_cancelled) as display,
        ending_plainly(display, "The tornado"),
    ):
        try:
            result = make_tornado(
                instance,
                driver or (),
                sizes=sizes,
                gap=gap,
                time_limit=time_limit,
                seed=seed,
                workers=workers,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
        except DriverError as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        if out is not None:
            result.write(out)
    print_lines(tornado_lines(result))
    if out is not None:
        typer.echo(f"Tornado in {out}, chart in {out / 'tornado.html'}")
    else:
        typer.echo("Add --out FOLDER to write the table, the chart and the what-ifs.")
    raise typer.Exit(EXIT_OK if result.is_complete else EXIT_STOPPED_EARLY)


def changes_of(stated: list[str]) -> dict[str, float]:
    """Sizes of single drivers, all that cannot be read told at once."""
    sizes: dict[str, float] = {}
    wrong = []
    for text in stated:
        name, _, size = text.rpartition("=")
        try:
            sizes[name] = float(size)
        except ValueError:
            name = ""
        if not name:
            wrong.append(f"--change {text}: expected DRIVER=SIZE, such as demand=0.2.")
    if wrong:
        fail("\n".join(wrong), EXIT_BAD_INPUT)
    return sizes
