"""Runs whose process is gone: they are found, keep what they had, and it is checked by code independent of the engine."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from stockrail.announced import Announced, AnnouncedError
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from stockrail.model.scenarios import build_tree
from stockrail.planning import Plan, tell_announced
from stockrail.solvers import EXTENSIVE_SIZE
from stockrail.solvers.result import relative_gap
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.runs.claim import ENDED, SYSTEM, ending
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.inputs import announced_folder, instance_of
from stockrail.workbench.runs.kept_plan import UnfitPlanError, lay_out_kept
from stockrail.workbench.runs.launch import CHECKPOINT, LOG, run_folder
from stockrail.workbench.runs.options import PlanOptions, parsed
from stockrail.workbench.runs.outcome import Outcome, outcome_of, unchecked
from stockrail.workbench.runs.recorder import Known
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState

SILENCE_SECONDS = 120.0
"""A process of another machine that has said nothing for so long is gone: it says something every five seconds."""

NOT_YET = "not checked yet: `stockrail run show` does"

IN_CHECKPOINT = "not checked: the plan is in the run's checkpoint, and made when the run goes on"


def recover(store: Store, doing: Callable[[Run], None] = lambda run: None) -> list[Run]:
    """Find runs whose process is gone, end them, and check the best plans of all that ended before they were done.

    Whoever uses the store may call this at any time, several at once too: what one has done the others leave. It takes as long as
    laying out and checking the plans that have not been yet.

    Parameters
    ----------
    doing : called before a run's plan is laid out and checked.

    Returns
    -------
    The runs that were ended or checked, as they are now.
    """
    touched = {run.id for run in end_all_lost(store)}
    for run in _unchecked(store):
        doing(run)
        touched.add(run.id)
        check_kept(store, run)
    with store.read() as session:
        return [session.get_one(Run, run_id) for run_id in sorted(touched)]


def end_all_lost(store: Store) -> list[Run]:
    """Find runs whose process is gone and end them; returns them as they were. This takes no time."""
    with store.read() as session:
        running = list(session.scalars(sa.select(Run).where(Run.state == "running")))
    lost = [run for run in running if is_gone(run, store.clock())]
    for run in lost:
        process = ProcessIdentity.of(run.process)
        assert process is not None
        end_lost(store, run.id, process)
    return lost


def is_gone(run: Run, now: dt.datetime) -> bool:
    """Whether the process of a run that goes is no longer there."""
    process = ProcessIdentity.of(run.process)
    assert process is not None
    if process.is_here:
        return not process.is_alive
    said = (run.progress or {}).get("at")
    latest = max(filter(None, (run.started_at, None if said is None else dt.datetime.fromisoformat(said))))
    return (now - latest).total_seconds() > SILENCE_SECONDS


def end_lost(store: Store, run_id: int, process: ProcessIdentity) -> None:
    """End a run in place of its process, which is gone, with what it had; nothing where the run is no longer that process'."""
    log = run_folder(store, run_id) / LOG
    said = store.artifacts.put(log) if log.is_file() and log.stat().st_size else None
    has_checkpoint = (run_folder(store, run_id) / CHECKPOINT).is_file()
    with store.write(SYSTEM, "run.recover", Run.__tablename__, run_id) as change:
        run = change.session.get_one(Run, run_id)
        owner = ProcessIdentity.of(run.process)
        if run.state != "running" or owner is None or owner.token != process.token:
            change.discard()
            return
        state: RunState = "cancelled" if run.cancel_requested else "interrupted"
        run.state, run.finished_at = state, change.at
        run.certificate = standing(run, NOT_YET, is_in_checkpoint=has_checkpoint)
        if said is not None:
            run.artifacts = {**run.artifacts, LOG: said}
        change.data = {"state": ENDED[state], **ending(run)}


def standing(run: Run, detail: str, *, is_in_checkpoint: bool = False) -> dict[str, Any]:
    """The numbers of a run that ended before it was done, as far as it had reported them; the plan is not checked.

    Parameters
    ----------
    is_in_checkpoint : of a run in blocks of items, whose best plan is made when it goes on.
    """
    known, said = Known.of(run), run.progress or {}
    objective, is_kept = known.objective, run.best_plan is not None
    if is_in_checkpoint and said.get("incumbent") is not None:
        objective, is_kept, detail = float(said["incumbent"]), True, IN_CHECKPOINT
    gap = relative_gap(objective, known.bound)
    status = "none" if not is_kept else "proven" if gap <= run.options.get("gap", 0.0) else "feasible"
    numbers = {"objective": objective, "bound": known.bound, "gap": gap, "seconds": known.seconds}
    finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    return {"status": status, "termination_reason": run.state, **finite, "verification": unchecked(detail)}


def check_kept(store: Store, run: Run) -> None:
    """Lay out the best plan of a run that ended before it was done, hold it against the independent checker, and keep its files."""
    try:
        outcome = _outcome(store, run)
    except (AnnouncedError, InstanceError, UnfitPlanError, WorkbenchError, OSError) as error:
        outcome = Outcome(standing(run, f"the plan cannot be laid out: {error}"))
    with store.write(SYSTEM, "run.check", Run.__tablename__, run.id) as change:
        now = change.session.get_one(Run, run.id)
        if not needs_check(now) or now.best_plan != run.best_plan:
            change.discard()
            return
        now.certificate = outcome.certificate
        now.artifacts = {**now.artifacts, **outcome.artifacts}
        change.data = {"passed": outcome.certificate["verification"]["passed"], **ending(now)}


def needs_check(run: Run) -> bool:
    """Whether a run has a best plan that nobody has checked yet."""
    if run.best_plan is None or run.state not in ("cancelled", "interrupted", "failed"):
        return False
    verification = (run.certificate or {}).get("verification")
    return verification is None or verification["detail"] == NOT_YET


def _unchecked(store: Store) -> list[Run]:
    with store.read() as session:
        ended = session.scalars(
            sa.select(Run).where(
                Run.state.in_(("cancelled", "interrupted", "failed")), Run.best_plan.is_not(None)
            )
        )
        return [run for run in ended if needs_check(run)]


def _outcome(store: Store, run: Run) -> Outcome:
    options = parsed(run.kind, run.options)
    assert isinstance(options, PlanOptions)
    assert run.best_plan is not None
    instance = instance_of(store, run)
    with announced_folder(store, options.announced) as folder:
        told = None if folder is None else Announced.read(folder, instance)
    planned = instance if told is None else told.instance
    made = _laid_out(store, run, planned, options)
    if told is not None:
        made = tell_announced(made, told, f"run {options.announced}")
    with TemporaryDirectory(prefix="stockrail-") as name:
        return outcome_of(made, instance, Path(name), store.artifacts)


def _laid_out(store: Store, run: Run, instance: Instance, options: PlanOptions) -> Plan:
    assert run.best_plan is not None
    known, tree = Known.of(run), build_tree(instance)
    is_tiny = tree.demand.size <= EXTENSIVE_SIZE and bool(instance.guardrails)
    usual = "extensive" if is_tiny else "decomposition"
    made = lay_out_kept(
        instance,
        tree,
        store.artifacts.frame(run.best_plan),
        solver=usual if options.solver == "auto" else options.solver,
        objective=known.objective,
        bound=known.bound,
        gap=options.gap,
        seed=options.seed,
        seconds=known.seconds,
    )
    return replace(made, certificate={**made.certificate, "termination_reason": str(run.state)})
