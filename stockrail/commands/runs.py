"""The commands for runs: start one that nobody has to wait for, see how it stands, cancel it, go on from it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_INFEASIBLE,
    EXIT_OK,
    EXIT_STOPPED_EARLY,
    fail,
    print_lines,
    require_room_for,
    wrapped,
)
from stockrail.commands.run_service import tend_runs
from stockrail.commands.tornado import changes_of
from stockrail.commands.workbench_common import DEFAULT_STORE, ActorOption, StoreOption, opened, print_table

if TYPE_CHECKING:
    from stockrail.workbench.store import Store
    from stockrail.workbench.store.tables import Run

run_app = typer.Typer(
    help="Plans, calibrations, frontiers and tornados of the workbench, each in a process of its own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunId = Annotated[int, typer.Argument(min=1, help="Number of the run.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Show the progress until it has ended; Ctrl-C leaves it going.")
]


class Kind(StrEnum):
    """What a run makes."""

    PLAN = "plan"
    CALIBRATE = "calibrate"
    FRONTIER = "frontier"
    TORNADO = "tornado"


class Prices(StrEnum):
    """What a run spends on prices of limits."""

    NONE = "none"
    QUICK = "quick"
    ALL = "all"
    BY_PERIOD = "by period"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    run_app.command(short_help="Ask for a run, and start it when its turn has come.")(start)
    run_app.command("list", short_help="The runs there are.")(list_)
    run_app.command(short_help="How a run stands, and its files.")(show)
    run_app.command(short_help="Show the progress of a run until it has ended.")(wait)
    run_app.command(short_help="End a run with the best plan it has.")(cancel)
    run_app.command(short_help="Go on with a run that was ended before it was done.")(resume)
    run_app.command("tend", short_help="See to runs that were lost and that wait, until stopped.")(tend_runs)
    app.add_typer(run_app, name="run")


def start(
    actor: ActorOption,
    baseline: Annotated[
        int | None,
        typer.Argument(min=1, help="Number of the baseline; by default the scenario's, or the latest."),
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Name of a scenario whose changes are made.")] = None,
    kind: Annotated[
        Kind, typer.Option(help="A plan, targets for the ERP, a frontier or a tornado.")
    ] = Kind.PLAN,
    time_limit: Annotated[float | None, typer.Option(min=0.001, help="Seconds to search at most.")] = None,
    gap: Annotated[float | None, typer.Option(min=0.0, help="Relative gap at which to stop.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same answer.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; by default one per processor.")] = None,
    solver: Annotated[str | None, typer.Option(help="Of a plan: as of stockrail plan.")] = None,
    relax: Annotated[
        bool, typer.Option("--relax", help="Of a plan: loosen hard limits where no plan keeps them.")
    ] = False,
    prices: Annotated[Prices | None, typer.Option(help="Of a plan: which limits are priced.")] = None,
    checks: Annotated[
        bool, typer.Option("--checks", help="Of a plan: also check what the end of the horizon decides.")
    ] = False,
    announced: Annotated[
        int | None,
        typer.Option(min=1, help="Of a plan: an earlier run whose orders were announced to suppliers."),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="Of a calibration: rule or all.")] = None,
    most_departures: Annotated[
        int | None, typer.Option(min=0, help="Of a calibration: items with an option of their own.")
    ] = None,
    since: Annotated[
        int | None, typer.Option(min=1, help="Of a calibration: the run of an earlier one to compare with.")
    ] = None,
    guardrail: Annotated[str | None, typer.Option(help="Of a frontier: the limit that moves.")] = None,
    side: Annotated[str | None, typer.Option(help="Of a frontier: upper or lower.")] = None,
    first: Annotated[float | None, typer.Option("--from", help="Of a frontier: first limit.")] = None,
    last: Annotated[float | None, typer.Option("--to", help="Of a frontier: last limit.")] = None,
    points: Annotated[int | None, typer.Option(help="Of a frontier: number of limits.")] = None,
    driver: Annotated[
        list[str] | None, typer.Option(help="Of a tornado: a driver; several times for several.")
    ] = None,
    by: Annotated[
        float | None, typer.Option(help="Of a tornado: share by which drivers move; 0.1 is 10%.")
    ] = None,
    by_periods: Annotated[
        int | None, typer.Option(help="Of a tornado: periods by which lead times move.")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option(help="Of a tornado: another size for one driver, such as demand=0.2.")
    ] = None,
    is_waiting: Wait = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Ask for a run. It goes on by itself; the same inputs again give the result there is."""
    from stockrail.workbench import baselines, scenarios
    from stockrail.workbench.errors import StateError
    from stockrail.workbench.runs.submit import submit
    from stockrail.workbench.runs.watch import tend

    options: dict[str, Any] = {
        "time_limit": time_limit,
        "gap": gap,
        "seed": seed,
        "workers": workers,
        "solver": solver,
        "relax": relax or None,
        "prices": None if prices is None else prices.value,
        "checks": checks or None,
        "announced": announced,
        "strategy": strategy,
        "most_departures": most_departures,
        "since": since,
        "guardrail": guardrail,
        "side": side,
        "from_limit": first,
        "to_limit": last,
        "points": points,
        "drivers": driver or None,
        "by": by,
        "by_periods": by_periods,
        "changes": changes_of(change or []) or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    with opened(store) as there:
        found = None if scenario is None else scenarios.get(there, scenario)
        latest = baselines.latest(there)
        if latest is None:
            raise StateError("There is no baseline to run yet: stockrail baseline import FOLDER comes first.")
        usual = latest.id if found is None else found.baseline_id
        before = _latest_run(there)
        run = submit(
            there,
            actor,
            kind.value,
            usual if baseline is None else baseline,
            None if found is None else found.id,
            given,
        )
        if run.id <= before:
            typer.echo(
                wrapped(f"Run {run.id} has the same inputs and is {run.state}: no other one is started.")
            )
        else:
            typer.echo(f"Run {run.id} waits for its turn.")
        tend(there)
        if is_waiting or run.state == "finished":
            _wait(there, run.id)
        typer.echo(f"Next: stockrail run wait {run.id} shows how it goes.")


def list_(
    last: Annotated[int, typer.Option(min=1, help="How many runs.")] = 20,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """The latest runs, the newest first: state, gap reached, time spent, and what they are of."""
    from stockrail.workbench.runs.display import LIST_HEADER, list_rows
    from stockrail.workbench.runs.lookup import runs
    from stockrail.workbench.runs.watch import tend

    with opened(store) as there:
        tend(there)
        found = runs(there, last)
        if not found:
            typer.echo("There is no run yet. Next: stockrail run start")
            return
        print_table(LIST_HEADER, list(list_rows(there, found)))


def show(
    run: RunId,
    out: Annotated[Path | None, typer.Option(help="Folder for the files of the run.")] = None,
    json: Annotated[Path | None, typer.Option(help="File for the certificate, as JSON.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Also what the run's process said.")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """How a run stands and what is proven. Of one that was interrupted the best plan is laid out and checked."""
    from stockrail.files import write_json
    from stockrail.workbench.runs.display import run_lines
    from stockrail.workbench.runs.files import log_of, write_files
    from stockrail.workbench.runs.lookup import get
    from stockrail.workbench.runs.recover import check_kept, needs_check
    from stockrail.workbench.runs.watch import tend

    require_room_for(out, json)
    with opened(store) as there:
        tend(there)
        found = get(there, run)
        if needs_check(found):
            typer.echo("Laying out the plan that was kept, and checking it.", err=True)
            check_kept(there, found)
            found = get(there, run)
        print_lines(run_lines(there, found))
        if log:
            typer.echo(log_of(there, found) or "Its process has said nothing.")
        if json is not None:
            if found.certificate is None:
                fail(f"Run {run} has no certificate yet: it is {found.state}.", EXIT_BAD_INPUT)
            write_json(found.certificate, json)
        if out is not None:
            written = write_files(there, found, out)
            typer.echo(f"{len(written)} files in {out}" if written else f"Run {run} has no files yet.")


def wait(run: RunId, store: StoreOption = DEFAULT_STORE) -> None:
    """Show the progress of a run until it has ended. Ctrl-C leaves the run going."""
    with opened(store) as there:
        _wait(there, run)


def cancel(actor: ActorOption, run: RunId, store: StoreOption = DEFAULT_STORE) -> None:
    """End a run within three seconds; its best plan is kept. One that waits leaves the queue."""
    from stockrail.workbench.runs.cancel import cancel as cancel_run
    from stockrail.workbench.runs.watch import tend

    with opened(store) as there:
        ended = cancel_run(there, actor, run)
        tend(there)
    if ended.state == "running":
        place = (ended.process or {}).get("host", "another machine")
        typer.echo(wrapped(f"Run {run} goes on {place}; it ends as soon as it sees that it is to."))
        raise typer.Exit(EXIT_STOPPED_EARLY)
    kept = "Its best plan is kept" if ended.best_plan else "It had no plan yet"
    if ended.kind in ("frontier", "tornado"):
        kept = "What was solved is kept"
    typer.echo(f"Run {run} is {ended.state}. {kept}: stockrail run show {run}.")


def resume(
    actor: ActorOption, run: RunId, is_waiting: Wait = False, store: StoreOption = DEFAULT_STORE
) -> None:
    """Go on with a run that was interrupted, cancelled or failed, from its best plan and with what is left of its time."""
    from stockrail.workbench.runs.submit import resume as resume_run
    from stockrail.workbench.runs.watch import tend

    with opened(store) as there:
        tend(there)
        resume_run(there, actor, run)
        typer.echo(f"Run {run} waits for its turn.")
        tend(there)
        if is_waiting:
            _wait(there, run)
    typer.echo(f"Next: stockrail run wait {run} shows how it goes.")


def _wait(store: "Store", run_id: int) -> None:
    """Wait for a run, say what became of it, and end the command."""
    from stockrail.workbench.runs.display import RunDisplay, currency_of, run_lines
    from stockrail.workbench.runs.lookup import get
    from stockrail.workbench.runs.watch import wait as wait_for

    first = get(store, run_id)
    try:
        with RunDisplay(first, currency_of(store, first)) as display:
            run = wait_for(store, run_id, display.show)
    except KeyboardInterrupt:
        typer.echo(
            wrapped(
                f"Run {run_id} goes on. stockrail run wait {run_id} shows it again, stockrail run cancel {run_id} ends it."
            ),
            err=True,
        )
        raise typer.Exit(EXIT_STOPPED_EARLY) from None
    print_lines(run_lines(store, run))
    raise typer.Exit(_exit_code(run))


def _exit_code(run: "Run") -> int:
    """As of `stockrail plan`: whether the gap was reached, or why not."""
    status = (run.certificate or {}).get("status")
    if run.state == "failed":
        return EXIT_INFEASIBLE if status == "infeasible" else EXIT_BAD_INPUT
    return EXIT_OK if run.state == "finished" and status == "proven" else EXIT_STOPPED_EARLY


def _latest_run(store: "Store") -> int:
    from stockrail.workbench.runs.lookup import runs

    return max((run.id for run in runs(store, 1)), default=0)
