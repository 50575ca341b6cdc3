"""The command line: a thin layer over the Python interface."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands import actuals as cli_actuals
from stockrail.commands import allocate as cli_allocate
from stockrail.commands import backtest as cli_backtest
from stockrail.commands import baselines as cli_baselines
from stockrail.commands import calibrate as cli_calibrate
from stockrail.commands import calibrations as cli_calibrations
from stockrail.commands import compare as cli_compare
from stockrail.commands import evaluate as cli_evaluate
from stockrail.commands import excel as cli_excel
from stockrail.commands import finance as cli_finance
from stockrail.commands import governance as cli_governance
from stockrail.commands import guardrails as cli_guardrails
from stockrail.commands import master_data as cli_master_data
from stockrail.commands import measures as cli_measures
from stockrail.commands import monitor as cli_monitor
from stockrail.commands import people as cli_people
from stockrail.commands import root_cause as cli_root_cause
from stockrail.commands import runs as cli_runs
from stockrail.commands import scenarios as cli_scenarios
from stockrail.commands import scorecard as cli_scorecard
from stockrail.commands import segments as cli_segments
from stockrail.commands import serve as cli_serve
from stockrail.commands import service as cli_service
from stockrail.commands import store as cli_store
from stockrail.commands import tornado as cli_tornado
from stockrail.commands import tradeoffs as cli_tradeoffs
from stockrail.commands import trees as cli_trees
from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    fail,
    load_instance,
    require_room_for,
    wrapped,
)

app = typer.Typer(
    help="Buy plans with the highest expected margin that finance's guardrails allow, and a proof of how close.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path, typer.Argument(help="Instance: a folder with instance.yaml and tables, or an .xlsx workbook.")
]


class Solver(StrEnum):
    """Ways to solve."""

    AUTO = "auto"
    EXTENSIVE = "extensive"
    DECOMPOSITION = "decomposition"
    BLOCKS = "blocks"


@app.command(short_help="Validate an instance and list every error.")
def check(folder: Folder) -> None:
    """Validate an instance: every error with file, row, column, value and allowed range, all at once."""
    from stockrail.formats import plural

    instance = load_instance(folder)
    settings = instance.settings
    counts = {
        "item": len(instance.items),
        "segment": len(instance.segments),
        "supplier": len(instance.suppliers),
        "period": settings.periods,
        "guardrail": len(instance.guardrails),
    }
    listed = ", ".join(f"{count} {plural(count, noun)}" for noun, count in counts.items())
    typer.echo(f"{settings.name}: ok. {listed}, money in {settings.currency}.")


@app.command(short_help="Make a buy plan, with a proof of how good it is.")
def plan(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option(help="Folder for orders, tables, plan.json and report.html.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for the certificate alone, as JSON.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds to search at most.")] = 300.0,
    gap: Annotated[
        float, typer.Option(min=0.0, help="Relative gap at which to stop; 0.003 is 0.3%.")
    ] = 0.003,
    solver: Annotated[Solver, typer.Option(help="How to solve.")] = Solver.AUTO,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same plan.")] = 0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads, or processes for blocks; by default one per processor."),
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Plan blocks of items on the Dask cluster with this scheduler.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Keep a run in blocks in this file, and go on from it if it is there.")
    ] = None,
    relax: Annotated[
        bool,
        typer.Option(
            "--relax", help="Where no plan keeps the hard limits, loosen them as cheaply as possible."
        ),
    ] = False,
    prices: Annotated[
        bool | None,
        typer.Option(
            "--prices/--no-prices",
            help="Price all limits, or none. By default the most valuable ones, as far as a small budget goes.",
            show_default=False,
        ),
    ] = None,
    prices_by_period: Annotated[
        bool,
        typer.Option("--prices-by-period", help="Price all limits, each of their periods as well. Slow."),
    ] = False,
    checks: Annotated[
        bool,
        typer.Option(
            "--checks", help="Also check what the end of the horizon decides. As slow as several plans."
        ),
    ] = False,
    announced: Annotated[
        Path | None,
        typer.Option(help="Folder of an earlier plan: its orders count as announced to suppliers."),
    ] = None,
) -> None:
    """Make a buy plan: what to order now, what to expect later, and how close to the best possible it is."""
    from stockrail.announced import AnnouncedError
    from stockrail.certificate import infeasible_certificate
    from stockrail.checks import CHECKS, USUAL_CHECKS
    from stockrail.files import write_json
    from stockrail.finance.plan_prices import Pricing
    from stockrail.planning import plan as make_plan
    from stockrail.progress import ProgressDisplay, cancel_on_interrupt
    from stockrail.reports.checks import check_lines
    from stockrail.solvers.highs import SolverError
    from stockrail.solvers.result import BlocksError, InfeasibleError, NoPlanError

    if prices_by_period and prices is False:
        fail("--no-prices and --prices-by-period exclude each other.", EXIT_BAD_INPUT)
    pricing: Pricing = "by period" if prices_by_period else "quick"
    if prices is not None and not prices_by_period:
        pricing = "all" if prices else "none"
    require_room_for(out, json)
    instance = load_instance(folder)
    with (
        cancel_on_interrupt() as is_cancelled,
        ProgressDisplay(instance.settings.currency, is_cancelled) as display,
    ):
        try:
            result = make_plan(
                instance,
                solver=solver.value,
                time_limit=time_limit,
                gap=gap,
                seed=seed,
                workers=workers,
                dask=dask,
                resume=resume,
                relax=relax,
                prices=pricing,
                checks=CHECKS if checks else USUAL_CHECKS,
                announced=announced,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
            display.doing("writing")
            if json is not None:
                result.write_json(json)
            moved: list[str] = []
            if out is not None:
                result.write(out)
                moved = cli_segments.segments_of_run(instance, out)
        except InfeasibleError as error:
            display.close()
            if json is not None:
                write_json(infeasible_certificate(error.diagnosis), json)
            fail(wrapped(str(error)), EXIT_INFEASIBLE)
        except (AnnouncedError, BlocksError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        except (NoPlanError, SolverError) as error:
            display.close()
            fail(str(error), EXIT_STOPPED_EARLY)
        except OSError as error:
            display.close()
            fail(f"The plan cannot be written: {error}", EXIT_BAD_INPUT)
    typer.echo(repr(result))
    for line in check_lines(result.checks, instance.settings.currency):
        typer.echo(wrapped(line))
    for note in result.certificate["notes"]:
        typer.echo(wrapped(f"note: {note}"))
    for line in moved:
        typer.echo(wrapped(line))
    if out is not None:
        typer.echo(f"Plan in {out}, report in {out / 'report.html'}")
    else:
        typer.echo("Add --out FOLDER to write the orders, the tables and the report.")
    raise typer.Exit(EXIT_OK if result.is_gap_met else EXIT_STOPPED_EARLY)


@app.command()
def generate(
    out: Annotated[Path, typer.Argument(help="Folder to write; made if it does not exist.")],
    items: Annotated[int, typer.Option(min=1, help="Number of items.")] = 200,
    periods: Annotated[int, typer.Option(min=2, help="Number of periods, a week each.")] = 26,
    branching: Annotated[str, typer.Option(help="Children per node at each branching.")] = "3,3,3,3",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same instance.")] = 0,
    guardrail_share: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Limit inventory value to this share of the peak of the best plan without a limit."
        ),
    ] = None,
) -> None:
    """Generate an instance of any size."""
    from stockrail.generation import generate as make_instance
    from stockrail.model import write

    try:
        widths = tuple(int(width) for width in branching.split(",") if width.strip())
        instance = make_instance(
            items, periods, widths, seed, guardrail_share=guardrail_share, name=out.name or "generated"
        )
    except ValueError as error:
        fail(f"Cannot generate: {error}", EXIT_BAD_INPUT)
    write(instance, out)
    typer.echo(f"{len(instance.items)} items in {out}. Next: stockrail plan {out} --out plans/{out.name}")


@app.command(short_help="Check a plan with code independent of the engine.")
def verify(
    plan_dir: Annotated[Path, typer.Argument(help="Folder that `stockrail plan --out` wrote.")],
    instance: Annotated[
        Path | None, typer.Option(help="Where the instance is; by default where the plan says it was.")
    ] = None,
) -> None:
    """Check a plan against its instance with code that shares nothing with the engine."""
    from stockrail.model import InstanceError
    from stockrail.verification.verify import verify as verify_plan

    if not (plan_dir / "plan.json").is_file():
        fail(
            f"{plan_dir} has no plan.json: is it a folder that `stockrail plan --out` wrote?", EXIT_BAD_INPUT
        )
    try:
        verification = verify_plan(plan_dir, instance)
    except (InstanceError, OSError, ValueError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    typer.echo(verification.summary())
    raise typer.Exit(EXIT_OK if verification.passed else EXIT_STOPPED_EARLY)


@app.command(short_help="Write the extensive form as an MPS or LP file.")
def export(
    folder: Folder,
    target: Annotated[Path, typer.Argument(help="File to write, ending in .mps or .lp.")],
) -> None:
    """Write the extensive form as an MPS or LP file, for other solvers. For small instances."""
    from stockrail.model.scenarios import build_tree
    from stockrail.model.tables import Tables
    from stockrail.solvers.extensive import export as write_model

    instance = load_instance(folder)
    try:
        write_model(Tables.build(instance, build_tree(instance)), target)
    except (OSError, ValueError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    typer.echo(f"Model in {target}")


cli_finance.register(app)
cli_compare.register(app)
cli_tornado.register(app)
cli_trees.register(app)
cli_segments.register(app)
cli_service.register(app)
cli_calibrate.register(app)
cli_measures.register(app)
cli_evaluate.register(app)
cli_backtest.register(app)
cli_allocate.register(app)
cli_store.register(app)
cli_baselines.register(app)
cli_scenarios.register(app)
cli_guardrails.register(app)
cli_governance.register(app)
cli_calibrations.register(app)
cli_actuals.register(app)
cli_monitor.register(app)
cli_tradeoffs.register(app)
cli_scorecard.register(app)
cli_root_cause.register(app)
cli_master_data.register(app)
cli_excel.register(app)
cli_runs.register(app)
cli_people.register(app)
cli_serve.register(app)


def main() -> None:
    """Entry point of the command `stockrail`."""
    app()


if __name__ == "__main__":
    main()
