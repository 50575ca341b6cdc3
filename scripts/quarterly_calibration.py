"""Calibrate the ERP's targets unattended, once a quarter, and say in between whether a review is called for.

    python scripts/quarterly_calibration.py INSTANCE --archive calibrations
    python scripts/quarterly_calibration.py INSTANCE --archive calibrations --due --actuals sales.csv --deliveries deliveries.csv

The first makes a dated folder in the archive with the targets, tables, report, plans and a copy of the inputs. The same inputs and
options are done once: a second run names the folder, rewrites nothing and ends with the same exit code. What moved between segments
since the last calibration is told, and where there is no table current_targets its targets are today's. The second compares the
instance, demand that came, and deliveries, with the last calibration.

Exit codes: 0 targets made, or no review called for; 1 stopped early, gap not met, or targets that break guardrails; 2 bad input;
3 no plan keeps the guardrails; 4 inputs are stale; 5 a review is called for (with --due).
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from stockrail.calibration.actuals import read_actuals
from stockrail.calibration.archive import begin, discard, end, key_of, last_run, run_of, stale_because
from stockrail.calibration.calibration import Calibration, calibrate
from stockrail.calibration.delays import lateness, unjudged
from stockrail.calibration.display import calibration_lines
from stockrail.calibration.finding import Thresholds, listed
from stockrail.calibration.review import review
from stockrail.calibration.since import read_last_run
from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    fail,
    load_instance,
    wrapped,
)
from stockrail.model import Instance, InstanceError, load
from stockrail.progress import ProgressDisplay, cancel_on_interrupt
from stockrail.segments.history import HistoryError
from stockrail.solvers.highs import SolverError
from stockrail.solvers.result import NoPlanError
from stockrail.trees.deliveries import read_deliveries

EXIT_STALE, EXIT_DUE = 4, 5

USUAL = Thresholds()

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def main(
    folder: Annotated[
        Path, typer.Argument(help="Instance: a folder with instance.yaml and tables, or an .xlsx workbook.")
    ],
    archive: Annotated[Path, typer.Option(help="Folder with one dated folder for each calibration.")],
    today: Annotated[
        str | None,
        typer.Option(help="Day to do it for, as YYYY-MM-DD; by default today.", show_default=False),
    ] = None,
    max_start_days: Annotated[
        int, typer.Option(min=0, help="Days that the start of the instance may be from today.")
    ] = 14,
    max_age_days: Annotated[
        int, typer.Option(min=0, help="Days since stock, forecasts and open orders were changed.")
    ] = 31,
    strategy: Annotated[str, typer.Option(help="all, or rule for the targets alone.")] = "all",
    most_departures: Annotated[
        int | None, typer.Option(min=0, help="Items with an option of their own; by default the instance's.")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds to search at most.")] = 3600.0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap at which to stop.")] = 0.005,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same targets.")] = 0,
    due: Annotated[
        bool, typer.Option("--due", help="Make nothing; say whether a review is called for, and why.")
    ] = False,
    actuals: Annotated[
        Path | None, typer.Option(help="With --due: demand that came, a CSV file with item, date, units.")
    ] = None,
    deliveries: Annotated[
        Path | None,
        typer.Option(help="With --due: what came, a CSV file with supplier, promised, delivered."),
    ] = None,
    bias_share: Annotated[
        float, typer.Option(min=0.0, help="Bias over forecast that calls for a review.")
    ] = USUAL.bias_share,
    bias_periods: Annotated[
        int, typer.Option(min=1, help="Periods in a row that a bias takes.")
    ] = USUAL.bias_periods,
    error_ratio: Annotated[
        float, typer.Option(min=0.0, help="Actual errors over those counted on.")
    ] = USUAL.error_ratio,
    error_share: Annotated[
        float, typer.Option(min=0.0, help="Change of the forecast error stated.")
    ] = USUAL.error_share,
    demand_share: Annotated[
        float, typer.Option(min=0.0, help="Change of the forecast.")
    ] = USUAL.demand_share,
    promotion_ratio: Annotated[
        float, typer.Option(min=0.0, help="Forecast of one period over what it was.")
    ] = USUAL.promotion_ratio,
    cost_share: Annotated[
        float, typer.Option(min=0.0, help="Change of landed cost, price, holding rate or a limit.")
    ] = USUAL.cost_share,
    lead_time_days: Annotated[
        float, typer.Option(min=0.0, help="Change of the planned lead time.")
    ] = USUAL.lead_time_days,
    delivery_days: Annotated[
        float, typer.Option(min=0.0, help="Days of delay beyond those counted on.")
    ] = USUAL.delivery_days,
    delivery_periods: Annotated[
        int, typer.Option(min=1, help="Periods in a row that such a delay takes.")
    ] = USUAL.delivery_periods,
    revenue_share: Annotated[
        float, typer.Option(min=0.0, help="Share of revenue that the items concerned must have.")
    ] = USUAL.revenue_share,
    interval_days: Annotated[
        int, typer.Option(min=1, help="Days from one regular calibration to the next.")
    ] = USUAL.interval_days,
) -> None:
    """Calibrate once per set of inputs into a dated folder, or say whether a review is due."""
    try:
        day = dt.date.today() if today is None else dt.date.fromisoformat(today)
    except ValueError:
        fail(f"--today {today}: expected a day as YYYY-MM-DD.", EXIT_BAD_INPUT)
    if strategy not in {"rule", "all"}:
        fail(f"--strategy {strategy}: expected rule or all.", EXIT_BAD_INPUT)
    if actuals is not None and not due:
        fail("--actuals is for --due: without it nothing looks at them.", EXIT_BAD_INPUT)
    if deliveries is not None and not due:
        fail("--deliveries is for --due: without it nothing looks at them.", EXIT_BAD_INPUT)
    instance = load_instance(folder)
    stale = stale_because(instance, folder, day, most_start_days=max_start_days, most_age_days=max_age_days)
    if stale:
        lines = [
            "The inputs are stale, so nothing was done:",
            *(f"  {reason}" for reason in stale),
            "Export them anew, or allow more with --max-start-days and --max-age-days.",
        ]
        fail(wrapped("\n".join(lines)), EXIT_STALE)
    if due:
        thresholds = Thresholds(
            bias_share=bias_share,
            bias_periods=bias_periods,
            error_ratio=error_ratio,
            error_share=error_share,
            demand_share=demand_share,
            promotion_ratio=promotion_ratio,
            cost_share=cost_share,
            lead_time_days=lead_time_days,
            delivery_days=delivery_days,
            delivery_periods=delivery_periods,
            revenue_share=revenue_share,
            interval_days=interval_days,
        )
        raise typer.Exit(_due(instance, archive, day, actuals, deliveries, thresholds))
    options = {
        "strategy": strategy,
        "most_departures": most_departures,
        "time_limit": time_limit,
        "gap": gap,
        "seed": seed,
    }
    key = key_of(folder, options)
    known = run_of(archive, key)
    if known is not None:
        typer.echo(
            wrapped(f"These inputs were calibrated on {known.date}: {known.folder}. Nothing was rewritten.")
        )
        raise typer.Exit(known.exit_code)
    raise typer.Exit(_calibrate(folder, archive, key, day, options))


def _calibrate(
    source: Path, archive: Path, key: str, day: dt.date, options: dict[str, str | int | float | None]
) -> int:
    """Calibrate into a new dated folder."""
    try:
        # Before the new folder is begun, which may take the place of one that an interrupted run left.
        earlier = last_run(archive, until=day, other_than=key)
        since = None if earlier is None else read_last_run(earlier.folder)
    except (HistoryError, InstanceError, OSError) as error:
        fail(f"The last calibration cannot be read: {error}", EXIT_BAD_INPUT)
    try:
        folder = begin(archive, source, key, day)
        copied = folder / "inputs" / source.name if source.is_file() else folder / "inputs"
        # The copy, so that what was written can be verified against it when the original has moved on.
        instance = load(copied)
    except OSError as error:
        fail(f"The archive cannot be written: {error}", EXIT_BAD_INPUT)
    with (
        cancel_on_interrupt() as is_cancelled,
        ProgressDisplay(instance.settings.currency, is_cancelled) as display,
    ):
        try:
            result = calibrate(
                instance,
                strategy="rule" if options["strategy"] == "rule" else "all",
                most_departures=None
                if options["most_departures"] is None
                else int(options["most_departures"]),
                since=since,
                time_limit=float(options["time_limit"] or 0.0),
                gap=float(options["gap"] or 0.0),
                seed=int(options["seed"] or 0),
                check=True,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
            display.doing("writing")
            result.write(folder)
        except InstanceError as error:
            display.close()
            discard(folder)
            fail(str(error), EXIT_BAD_INPUT)
        except (NoPlanError, SolverError) as error:
            display.close()
            discard(folder)
            fail(str(error), EXIT_STOPPED_EARLY)
        except OSError as error:
            display.close()
            fail(f"The archive cannot be written: {error}", EXIT_BAD_INPUT)
        code = _exit_code(result)
        end(folder, key, day, code, is_complete=not is_cancelled(), more={"options": options})
    for line in calibration_lines(result):
        typer.echo(line if line.startswith(" ") else wrapped(line))
    typer.echo(f"Calibration in {folder}")
    return code


def _exit_code(result: Calibration) -> int:
    if result.holds_nothing:
        return EXIT_INFEASIBLE
    confirmed = all(record["passed"] for record in result.certificate["verification"].values())
    return EXIT_OK if result.is_gap_met and confirmed else EXIT_STOPPED_EARLY


def _due(
    instance: Instance,
    archive: Path,
    day: dt.date,
    actuals: Path | None,
    deliveries: Path | None,
    thresholds: Thresholds,
) -> int:
    """Say whether a review is called for."""
    last = last_run(archive)
    if last is None:
        typer.echo(f"A calibration is due: {archive} has none whose targets keep the guardrails.")
        return EXIT_DUE
    try:
        before = load(last.inputs)
        came = [] if deliveries is None else lateness(before, read_deliveries(deliveries), deliveries.name)
        found = review(
            before,
            instance,
            day,
            thresholds,
            None if actuals is None else read_actuals(actuals, before),
            came,
        )
    except InstanceError as error:
        fail(str(error), EXIT_BAD_INPUT)
    few = unjudged(before, came, thresholds) if came else ()
    if few:
        said = f"Deliveries in fewer than {thresholds.delivery_periods} periods, so that delays are not judged: {listed(few)}."
        typer.echo(wrapped(said))
    if not found:
        typer.echo(wrapped(f"No review is called for: nothing has moved far enough since {last.folder}."))
        return EXIT_OK
    typer.echo(wrapped(f"A review is called for, against the calibration of {last.date} in {last.folder}:"))
    for finding in found:
        typer.echo(wrapped(f"  {finding.kind}: {finding.sentence}"))
    return EXIT_DUE


if __name__ == "__main__":
    app()
