"""One run from its inputs to its end: solve, keep the files, say what became of it."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.announced import AnnouncedError
from stockrail.calibration.calibration import calibrate
from stockrail.certificate import infeasible_certificate
from stockrail.checks import CHECKS, USUAL_CHECKS
from stockrail.comparisons.tornado_drivers import DriverError
from stockrail.files import plain
from stockrail.finance.limits import LimitError
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import ScenarioTree
from stockrail.planning import Plan, plan
from stockrail.solvers import takes_blocks
from stockrail.solvers.highs import SolverError
from stockrail.solvers.result import (
    BlocksError,
    Incumbent,
    InfeasibleError,
    NoPlanError,
    Progress,
    SolveOptions,
    relative_gap,
)
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.runs.claim import Claim, LostError
from stockrail.workbench.runs.inputs import announced_folder, instance_of, last_calibration
from stockrail.workbench.runs.kept_plan import orders_frame, start_of
from stockrail.workbench.runs.launch import CHECKPOINT, LOG, run_folder
from stockrail.workbench.runs.options import (
    CalibrateOptions,
    FrontierOptions,
    Options,
    PlanOptions,
    TornadoOptions,
    parsed,
)
from stockrail.workbench.runs.outcome import Outcome, kept, outcome_of
from stockrail.workbench.runs.recorder import Known, Recorder
from stockrail.workbench.runs.sweeps import trace, turn
from stockrail.workbench.store.tables import Run, RunState

LEAST_SECONDS = 10.0
"""Seconds that a run that goes on has at least, however much of its time limit is spent."""

EXPECTED = (
    AnnouncedError, BlocksError, DriverError, InfeasibleError, InstanceError, LimitError, NoPlanError, OSError, SolverError,
    WorkbenchError,
)  # fmt: skip
"""Errors whose message is for the user as it is."""

_logger = logging.getLogger(__name__)


def execute(
    claim: Claim,
    on_recorder: Callable[[Recorder], None] = lambda recorder: None,
    leave: Callable[[int], None] = os._exit,
) -> None:
    """Run what was claimed, and end it.

    Parameters
    ----------
    on_recorder : called with the recorder before anything takes long.
    leave : ends the process with an exit code, at once; called where the run has ended and the search has not.

    Raises
    ------
    LostError
        The run was taken from this process.
    """
    with claim.store.read() as session:
        run = session.get_one(Run, claim.run_id)
    options = parsed(run.kind, run.options)
    # Relaxed solves loosen limits as they find them: bounds and plans of an earlier attempt are of other limits.
    known = Known.of(run)
    if isinstance(options, PlanOptions) and options.relax:
        known = Known(seconds=known.seconds)
    job = _Job(claim, run, known)
    with Recorder(claim, known, job.orders_of, leave) as recorder:
        on_recorder(recorder)
        recorder.on_progress(Progress("reading inputs", known.objective, known.bound, 0.0))
        outcome, error = None, None
        try:
            outcome = job.done(options, recorder)
        except LostError:
            raise
        except InfeasibleError as infeasible:
            outcome, error = Outcome(plain(infeasible_certificate(infeasible.diagnosis))), str(infeasible)
        except EXPECTED as expected:
            error = str(expected)
        except Exception as unexpected:
            _logger.exception("The run failed.")
            error = f"{type(unexpected).__name__}: {unexpected}. The run's log has the details."
        recorder.close()
        _end(claim, outcome, error, recorder.ends_as)


class _Job:
    """A run with its instance, which is read once."""

    def __init__(self, claim: Claim, run: Run, known: Known) -> None:
        self._claim, self._run, self._known = claim, run, known
        self._folder = run_folder(claim.store, run.id)

    @cached_property
    def instance(self) -> Instance:
        return instance_of(self._claim.store, self._run)

    @cached_property
    def tree(self) -> ScenarioTree:
        return build_tree(self.instance)

    def orders_of(self, incumbent: Incumbent) -> pd.DataFrame:
        return orders_frame(incumbent.cumulative_lots, self.instance, self.tree)

    def done(self, options: Options, recorder: Recorder) -> Outcome:
        """What was asked for."""
        match options:
            case PlanOptions():
                return self.planned(options, recorder)
            case CalibrateOptions():
                return self.calibrated(options, recorder)
            case _:
                return self.swept(options, recorder)

    def planned(self, options: PlanOptions, recorder: Recorder) -> Outcome:
        """Solve a plan, from the best one of earlier attempts where there is one."""
        store, run = self._claim.store, self._run
        tree = self.tree
        is_in_blocks = not options.relax and takes_blocks(tree.demand.size, SolveOptions(), options.solver)
        start = None if options.relax or is_in_blocks else start_of(store.artifacts, run, self.instance, tree)
        with announced_folder(store, options.announced) as announced:
            made = plan(
                self.instance,
                solver=options.solver,
                time_limit=_left(options.time_limit, self._known),
                gap=options.gap,
                seed=options.seed,
                workers=options.workers,
                resume=self._folder / CHECKPOINT if is_in_blocks else None,
                relax=options.relax,
                prices=options.prices,
                checks=CHECKS if options.checks else USUAL_CHECKS,
                announced=announced,
                start=start,
                on_progress=recorder.on_progress,
                on_plan=recorder.on_plan,
                is_cancelled=lambda: recorder.is_asked_to_stop,
            )
        if options.announced is not None:
            made = replace(made, certificate=_named(made.certificate, options.announced))
        made = _with_known_bound(made, self._known, options.gap)
        numbers = made.certificate

        def doing(phase: str) -> None:
            recorder.on_progress(Progress(phase, numbers["objective"], numbers["bound"], 0.0))

        with _folder_in(self._folder) as folder:
            return outcome_of(made, self.instance, folder, store.artifacts, doing)

    def calibrated(self, options: CalibrateOptions, recorder: Recorder) -> Outcome:
        """Choose targets; an earlier attempt has nothing to begin with."""
        made = calibrate(
            self.instance,
            strategy=options.strategy,
            most_departures=options.most_departures,
            since=last_calibration(self._claim.store, options.since),
            time_limit=options.time_limit,
            gap=options.gap,
            seed=options.seed,
            workers=options.workers,
            check=options.check,
            on_progress=recorder.on_progress,
            is_cancelled=lambda: recorder.is_asked_to_stop,
        )
        with _folder_in(self._folder) as folder:
            made.write(folder)
            return Outcome(plain(made.certificate), kept(folder, self._claim.store.artifacts))

    def swept(self, options: FrontierOptions | TornadoOptions, recorder: Recorder) -> Outcome:
        """A frontier or a tornado; what an earlier attempt has solved is not solved again."""
        run, artifacts = self._run, self._claim.store.artifacts
        with _folder_in(self._folder) as folder:
            if isinstance(options, FrontierOptions):
                return trace(self.instance, options, run, recorder, folder, artifacts)
            return turn(self.instance, options, run, recorder, folder, artifacts)


def _named(numbers: dict[str, Any], announced: int) -> dict[str, Any]:
    """The certificate with the run whose orders were announced in place of the folder they were read from."""
    return {**numbers, "announced_from": {**numbers["announced_from"], "plan": f"run {announced}"}}


def _left(time_limit: float, known: Known) -> float:
    return max(time_limit - known.seconds, min(time_limit, LEAST_SECONDS))


def _with_known_bound(made: Plan, known: Known, gap: float) -> Plan:
    """The plan with the bound of an earlier attempt where that is better: what was proven of the same inputs stays proven."""
    numbers = made.certificate
    if known.bound >= numbers["bound"]:
        return made
    closer = relative_gap(numbers["objective"], known.bound)
    proven = {"status": "proven", "termination_reason": "gap_reached"} if closer <= gap else {}
    note = "The bound was proven by an earlier attempt at the same run."
    changed = {"bound": known.bound, "gap": closer, "notes": [*numbers["notes"], note], **proven}
    return replace(made, certificate={**numbers, **changed})


@contextmanager
def _folder_in(parent: Path) -> Iterator[Path]:
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="files-", dir=parent) as name:
        yield Path(name)


def _end(claim: Claim, outcome: Outcome | None, error: str | None, asked: RunState | None) -> None:
    state: RunState = asked or ("finished" if error is None else "failed")
    log = run_folder(claim.store, claim.run_id) / LOG
    said = claim.store.artifacts.put(log) if log.is_file() and log.stat().st_size else None

    def change_run(run: Run) -> None:
        run.error = error if state == "failed" else None
        if outcome is not None:
            run.certificate = outcome.certificate
            run.artifacts = {**run.artifacts, **outcome.artifacts}
        if said is not None:
            run.artifacts = {**run.artifacts, LOG: said}

    claim.end(state, change_run)
    if state == "finished":
        shutil.rmtree(run_folder(claim.store, claim.run_id), ignore_errors=True)
