"""The commands for uncertainty: build a scenario tree, say how good trees are, and read a tree three ways."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    InstanceFolder,
    Json,
    Seed,
    fail,
    load_instance,
    print_lines,
    require_room_for,
    wrapped,
)
from stockrail.commands.tree_source import (
    ApplyBias,
    Disruptions,
    ErrorShape,
    File,
    ForecastMethod,
    From,
    GroupShare,
    ItemPersistence,
    KeepForecast,
    MarketShare,
    MethodOption,
    MissingIsZero,
    Origin,
    Persistence,
    ShapeOption,
    beside,
    factors_of,
    numbers,
    source_of,
)

tree_app = typer.Typer(
    help="Build scenario trees from data, and say how good they are.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip

Paths = Annotated[int, typer.Option(min=20, help="Sample paths that a tree is made of.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    tree_app.command(short_help="Build a scenario tree and write the instance with it.")(build)
    tree_app.command(short_help="Say how much a plan's value depends on the tree.")(quality)
    tree_app.command(short_help="Turn a delivery history into disruptions of suppliers.")(disruptions)
    app.add_typer(tree_app, name="tree")
    app.command(short_help="Commit, most likely and stretch, read off one tree.")(views)


def build(
    folder: InstanceFolder,
    out: Annotated[Path, typer.Option(help="Folder for the instance with the tree.")],
    origin: From = Origin.FORECAST_ERRORS,
    file: File = None,
    disruptions: Disruptions = None,
    branching: Annotated[str, typer.Option(help="Branches at each branching; blank for none.")] = "3,3,3,3",
    at: Annotated[
        str, typer.Option(help="Periods of the branchings; by default over the first half of the horizon.")
    ] = "",
    market_share: MarketShare = None,
    group_share: GroupShare = None,
    persistence: Persistence = None,
    item_persistence: ItemPersistence = None,
    shape: ShapeOption = ErrorShape.LOGNORMAL,
    method: MethodOption = ForecastMethod.LEVEL,
    missing_is_zero: MissingIsZero = False,
    keep_forecast: KeepForecast = False,
    apply_bias: ApplyBias = False,
    paths: Paths = 2000,
    seed: Seed = 0,
    json: Json = None,
) -> None:
    """Build a scenario tree from forecast errors, demand history or given paths, and write the instance with it."""
    from stockrail.files import write_json
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.model import InstanceError, write
    from stockrail.trees.display import quality_lines
    from stockrail.trees.path_source import GivenSource
    from stockrail.trees.path_tree import make_tree
    from stockrail.trees.path_tree_tables import tree_instance
    from stockrail.trees.quality import tree_quality

    require_room_for(out, json)
    instance = load_instance(folder)
    with SweepDisplay(lambda: False) as display:
        try:
            source = source_of(
                instance, origin, file, disruptions,
                factors_of(market_share, group_share, persistence, item_persistence, shape),
                method, missing_is_zero, keep_forecast, apply_bias, display.show,
            )  # fmt: skip
            given = source.paths
            sample = given.all() if isinstance(given, GivenSource) else given.draw(paths, seed, "tree")
            periods = numbers(at) if at.strip() else None
            display.show(1, 3, "tree")
            tree = make_tree(instance, sample, numbers(branching), periods=periods, seed=seed)
            display.show(2, 3, "tables")
            result = tree_quality(instance, tree)
            write(tree_instance(instance, tree), out)
            said = source.write_back_cast(beside(out, "back_cast"))
        except (InstanceError, ImportError, ValueError, OSError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
    if json is not None:
        write_json(result.record(), json)
    for line in (*source.lines, *quality_lines(result), *([said] if said else [])):
        typer.echo(wrapped(line))
    typer.echo(f"Instance in {out}. Next: stockrail plan {out}")


def quality(
    folder: InstanceFolder,
    origin: From = Origin.FORECAST_ERRORS,
    file: File = None,
    disruptions: Disruptions = None,
    sizes: Annotated[
        str, typer.Option(help="Sizes to try, with semicolons: branches at each branching, or none.")
    ] = "none;2,2;3,3;3,3,3",
    market_share: MarketShare = None,
    group_share: GroupShare = None,
    persistence: Persistence = None,
    item_persistence: ItemPersistence = None,
    shape: ShapeOption = ErrorShape.LOGNORMAL,
    method: MethodOption = ForecastMethod.LEVEL,
    missing_is_zero: MissingIsZero = False,
    keep_forecast: KeepForecast = False,
    apply_bias: ApplyBias = False,
    trees: Annotated[int, typer.Option(min=2, help="Trees of each size.")] = 4,
    paths: Paths = 1000,
    test_paths: Annotated[int, typer.Option(min=20, help="Other paths that every plan is tested on.")] = 300,
    fresh_paths: Annotated[
        int, typer.Option(min=20, help="Fresh paths for the recommended size, after its interval is known.")
    ] = 2000,
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="Share of its value that a stable plan moves from tree to tree.")
    ] = 0.005,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap of each plan; 0.003 is 0.3%.")] = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each plan at most.")] = 120.0,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; by default one per processor.")] = None,
    seed: Seed = 0,
    json: Json = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            help="File for the tables, as CSV; moments by period, and errors of history by horizon, go beside it.",
        ),
    ] = None,
) -> None:
    """Plan on several trees of several sizes, test the plans on paths that no tree has seen, and recommend a size."""
    import os

    from stockrail.files import write_csv, write_json
    from stockrail.finance.finance_display import SweepDisplay
    from stockrail.model import InstanceError
    from stockrail.progress import cancel_on_interrupt
    from stockrail.solvers.result import InfeasibleError, SolveOptions
    from stockrail.trees.display import stability_lines
    from stockrail.trees.stability import stability

    require_room_for(None, json, csv)
    instance = load_instance(folder)
    with cancel_on_interrupt() as is_cancelled, SweepDisplay(is_cancelled) as display:
        try:
            source = source_of(
                instance, origin, file, disruptions,
                factors_of(market_share, group_share, persistence, item_persistence, shape),
                method, missing_is_zero, keep_forecast, apply_bias, display.show,
            )  # fmt: skip
            result = stability(
                instance,
                source.paths,
                [numbers(size) for size in sizes.split(";")],
                trees=trees,
                paths=paths,
                test_paths=test_paths,
                fresh_paths=fresh_paths,
                tolerance=tolerance,
                seed=seed,
                options=SolveOptions(
                    time_limit=time_limit,
                    gap=gap,
                    seed=seed,
                    workers=workers or os.cpu_count() or 1,
                    is_cancelled=is_cancelled,
                ),
                on_progress=display.show,
            )
        except InfeasibleError as error:
            display.close()
            fail(wrapped(str(error)), EXIT_INFEASIBLE)
        except (InstanceError, ImportError, ValueError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
    if json is not None:
        write_json(result.record(), json)
    if csv is not None:
        write_csv(result.frame(), csv)
        write_csv(result.moments(), beside(csv, "moments"))
        source.write_back_cast(beside(csv, "back_cast"))
    for line in (*source.lines, *stability_lines(result, instance.settings.currency)):
        # Lines of a table begin with a blank.
        typer.echo(line if line.startswith(" ") or not line else wrapped(line))
    is_good = result.is_complete and result.recommended is not None and result.is_inside
    raise typer.Exit(EXIT_OK if is_good else EXIT_STOPPED_EARLY)


def disruptions(
    folder: InstanceFolder,
    deliveries: Annotated[Path, typer.Option(help="CSV with one row per delivery.")],
    out: Annotated[Path, typer.Option(help="CSV to write, for `tree build --disruptions`.")],
    columns: Annotated[
        str, typer.Option(help="Its columns: supplier, day promised, day delivered.")
    ] = "supplier,promised,delivered",
    day_format: Annotated[str, typer.Option(help="How its days are written.")] = "%Y-%m-%d",
    most: Annotated[int, typer.Option(min=1, max=8, help="Suppliers with a disruption at most.")] = 4,
) -> None:
    """Measure how late suppliers deliver, and write a disruption for those that lose most periods by it."""
    import pandas as pd

    from stockrail.files import write_csv
    from stockrail.model import InstanceError
    from stockrail.trees.deliveries import (
        DeliveryColumns,
        delay_disruptions,
        delay_distributions,
        delays_frame,
        read_deliveries,
    )
    from stockrail.trees.display import delays_lines
    from stockrail.trees.disruptions import Disruption

    names = [name.strip() for name in columns.split(",")]
    if len(names) != 3 or not all(names):
        fail(f"--columns {columns}: expected three names with commas between them.", EXIT_BAD_INPUT)
    require_room_for(None, out)
    instance = load_instance(folder)
    try:
        rows = read_deliveries(deliveries, DeliveryColumns(names[0], names[1], names[2], day_format))
    except InstanceError as error:
        fail(str(error), EXIT_BAD_INPUT)
    found = delay_distributions(rows, instance.settings.period_length_days)
    known = [row for row in found if row.supplier in instance.supplier_index]
    if not known:
        fail("None of the suppliers in the deliveries is one of the instance.", EXIT_BAD_INPUT)
    chosen = delay_disruptions(known, instance, most)
    frame = pd.DataFrame([row.model_dump() for row in chosen], columns=list(Disruption.model_fields))
    write_csv(frame, out)
    print_lines(delays_lines(known))
    delays = beside(out, "delays")
    write_csv(delays_frame(known), delays)
    typer.echo(wrapped(f"Delays by supplier in {delays}."))
    typer.echo(wrapped(f"{len(chosen)} disruptions in {out}. Next: stockrail tree build --disruptions {out}"))


def views(
    folder: InstanceFolder,
    out: Annotated[Path | None, typer.Option(help="File for the table, as CSV.")] = None,
    commit: Annotated[float, typer.Option(help="Probability that there is less than the commit.")] = 0.2,
    stretch: Annotated[float, typer.Option(help="Probability that there is less than the stretch.")] = 0.8,
    target: Annotated[float | None, typer.Option(help="Revenue that finance wants over the horizon.")] = None,
    as_scenario: Annotated[
        Path | None, typer.Option(help="Folder for the instance with demand scaled to the target.")
    ] = None,
    as_constraint: Annotated[
        Path | None, typer.Option(help="Folder for the instance with the target as a soft guardrail.")
    ] = None,
) -> None:
    """Read commit, most likely and stretch off the instance's tree, and hold a target against them."""
    from stockrail.files import write_csv
    from stockrail.model import write
    from stockrail.trees.display import views_lines
    from stockrail.trees.views import constrained_to_target, scaled_to_target
    from stockrail.trees.views import views as make_views

    if target is None and (as_scenario or as_constraint):
        fail("--as-scenario and --as-constraint need a --target.", EXIT_BAD_INPUT)
    require_room_for(as_scenario, out)
    require_room_for(as_constraint)
    instance = load_instance(folder)
    try:
        frame = make_views(instance, commit=commit, stretch=stretch, target=target)
        if target is not None and as_scenario is not None:
            write(scaled_to_target(instance, target), as_scenario)
        if target is not None and as_constraint is not None:
            write(constrained_to_target(instance, target), as_constraint)
    except ValueError as error:
        fail(str(error), EXIT_BAD_INPUT)
    if out is not None:
        write_csv(frame, out)
    for line in views_lines(frame, instance.settings.currency):
        typer.echo(line if line.startswith(" ") or not line else wrapped(line))
    for folder_written in (as_scenario, as_constraint):
        if folder_written is not None:
            typer.echo(f"Instance in {folder_written}. Next: stockrail plan {folder_written}")
