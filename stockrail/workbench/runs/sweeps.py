"""Frontiers and tornados as runs: many solves of which each is kept as soon as it is done, so that an end loses none of them.

What is known so far is the run's progress, under `SWEEP`: the record of a frontier or a tornado. When the run ends it is part of the
certificate. So pages show it while the run goes, after a cancel, and after a crash, in the same way.
"""

from pathlib import Path
from typing import Any

from stockrail.comparisons.tornado import tornado
from stockrail.comparisons.tornado_record import known_of
from stockrail.comparisons.tornado_record import of_record as tornado_of
from stockrail.comparisons.tornado_result import Tornado
from stockrail.files import plain
from stockrail.finance.frontier import Frontier, frontier
from stockrail.finance.frontier_point import INFEASIBLE
from stockrail.model.instance import Instance
from stockrail.solvers.result import Progress, SolutionStatus, TerminationReason
from stockrail.workbench.runs.options import FrontierOptions, TornadoOptions
from stockrail.workbench.runs.outcome import Outcome, kept, unchecked
from stockrail.workbench.runs.recorder import Recorder
from stockrail.workbench.store.artifacts import Artifacts
from stockrail.workbench.store.tables import Run

SWEEP, DONE, TOTAL = "sweep", "done", "total"
"""Names within `progress`: the record so far, solves done, and solves in all. The certificate has the first one, too."""

KINDS = ("frontier", "tornado")
"""Kinds of runs that are sweeps."""

NOTHING_TO_CHECK = "a frontier or tornado is many plans, of which none is kept"


def record_of(run: Run) -> dict[str, Any] | None:
    """What a sweep has found, finished or not; None where it has found nothing yet."""
    found = (run.certificate or {}).get(SWEEP) or (run.progress or {}).get(SWEEP)
    return None if found is None else dict(found)


def frontier_of(run: Run) -> Frontier | None:
    """The frontier of a run, as far as it is known."""
    found = record_of(run) if run.kind == "frontier" else None
    return None if found is None else Frontier.of_record(found)


def tornado_of_run(run: Run) -> Tornado | None:
    """The tornado of a run, as far as it is known."""
    found = record_of(run) if run.kind == "tornado" else None
    return None if found is None else tornado_of(found)


def trace(
    instance: Instance,
    options: FrontierOptions,
    run: Run,
    recorder: Recorder,
    folder: Path,
    artifacts: Artifacts,
) -> Outcome:
    """Trace a frontier; limits that an earlier attempt has settled are not solved again."""
    earlier = frontier_of(run)
    settled = [] if earlier is None else [point for point in earlier.points if _is_settled(point.status)]
    known = {point.limit for point in settled}
    # With nothing left to solve the last one is: what a frontier is of is known only from its limits.
    limits = [limit for limit in options.limits if limit not in known] or [options.limits[-1]]
    total = len(options.limits)

    def found(so_far: Frontier) -> None:
        merged = so_far.with_points([point for point in settled if point.limit not in limits])
        recorder.tell({SWEEP: plain(merged.record()), DONE: len(merged.points), TOTAL: total})

    if earlier is not None:
        recorder.tell({SWEEP: plain(earlier.record()), DONE: len(settled), TOTAL: total})
    made = frontier(
        instance,
        options.guardrail,
        limits,
        side=options.side,
        gap=options.gap,
        time_limit=options.time_limit,
        seed=options.seed,
        workers=options.workers,
        on_progress=lambda done, progress: recorder.on_progress(
            _phase(f"limit {len(options.limits) - len(limits) + done + 1} of {total}", progress)
        ),
        on_found=found,
        is_cancelled=lambda: recorder.is_asked_to_stop,
    )
    made = made.with_points([point for point in settled if point.limit not in limits])
    made.write(folder)
    gaps = [point.gap for point in made.points if point.has_plan]
    numbers = {"gap": max(gaps, default=None), "seconds": made.seconds}
    return _outcome(made.is_complete, numbers, made.record(), recorder, kept(folder, artifacts))


def turn(
    instance: Instance,
    options: TornadoOptions,
    run: Run,
    recorder: Recorder,
    folder: Path,
    artifacts: Artifacts,
) -> Outcome:
    """Make a tornado; sides that an earlier attempt has settled are not solved again, the baseline is."""
    earlier = record_of(run)

    def found(so_far: Tornado) -> None:
        recorder.tell({SWEEP: plain(so_far.record())})

    def progress(done: int, total: int, name: str) -> None:
        recorder.tell({DONE: done, TOTAL: total})
        recorder.on_progress(Progress(f"solve {done + 1} of {total}, {name}", NOWHERE, -NOWHERE, 0.0))

    if earlier is not None:
        recorder.tell({SWEEP: earlier})
    made = tornado(
        instance,
        options.drivers,
        sizes=options.sizes,
        gap=options.gap,
        time_limit=options.time_limit,
        seed=options.seed,
        workers=options.workers,
        known=None if earlier is None else known_of(earlier),
        on_progress=progress,
        on_found=found,
        is_cancelled=lambda: recorder.is_asked_to_stop,
    )
    made.write(folder)
    total = 1 + 2 * len(made.bars)
    recorder.tell({DONE: total - made.not_solved, TOTAL: total})
    numbers = {
        "objective": made.base.objective,
        "bound": made.base.bound,
        "gap": made.largest_gap,
        "seconds": made.seconds,
    }
    return _outcome(made.is_complete, numbers, made.record(), recorder, kept(folder, artifacts))


NOWHERE = float("-inf")
"""The incumbent of a search that has none: points and sides have their own, and none is that of the run."""


def _phase(name: str, progress: Progress) -> Progress:
    return Progress(f"{name}, {progress.phase}", NOWHERE, -NOWHERE, progress.seconds)


def _is_settled(status: str) -> bool:
    return status in {SolutionStatus.PROVEN, INFEASIBLE}


def _outcome(
    is_complete: bool,
    numbers: dict[str, Any],
    record: dict[str, Any],
    recorder: Recorder,
    files: dict[str, str],
) -> Outcome:
    stopped = recorder.ends_as
    reason = TerminationReason.GAP_REACHED if is_complete else stopped or TerminationReason.TIME_LIMIT
    certificate = {
        "status": str(SolutionStatus.PROVEN if is_complete else SolutionStatus.FEASIBLE),
        "termination_reason": str(reason),
        **numbers,
        "currency": record["currency"],
        "verification": unchecked(NOTHING_TO_CHECK),
        SWEEP: record,
    }
    return Outcome(plain(certificate), files)
