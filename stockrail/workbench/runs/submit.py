"""Asking for runs: a new one, the one there is for the same inputs, or one that goes on where it was ended."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance.freezes import Held, held_in
from stockrail.workbench.guardrail_versions import effective_on
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.files import INNER
from stockrail.workbench.runs.inputs import Inputs, instance_of
from stockrail.workbench.runs.lookup import get_in
from stockrail.workbench.runs.options import parsed, require_fitting
from stockrail.workbench.runs.sweeps import SWEEP
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind, RunState, Scenario

GOES_ON: tuple[RunState, ...] = ("interrupted", "cancelled", "failed")
"""States from which a run can be resumed."""

SAME: tuple[RunState, ...] = ("finished", "running", "queued")
"""States of a run that is returned where the same inputs are submitted."""


def submit(
    store: Store,
    actor: str,
    kind: RunKind,
    baseline_id: int,
    scenario_id: int | None = None,
    options: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Run:
    """Ask for a run; it waits in the queue until `queue.advance` starts it.

    The guardrails that hold are those approved for today, or the baseline's own where none are. Orders that a freeze or a lock
    of the calendar holds join the scenario's changes. Where a run with the same inputs has finished, goes or waits, that one is
    returned: see its `id` and `state`.

    Parameters
    ----------
    actor : name of the user.
    scenario_id : whose changes are made, as they are now; a later change does not reach the run.
    options : of the kind's model in `stockrail.workbench.runs.options`; those left out have their defaults.
    reason : why it is asked for, such as what triggered it; kept with the run.

    Raises
    ------
    NotAllowedError
        The actor may not start runs.
    NotFoundError
        There is no such baseline, scenario, or run whose orders were announced.
    StateError
        The scenario is one of another baseline, or orders are held that do not fit this one.
    OptionsError
        With every option that is not allowed, or that names a limit or a driver that the instance does not have.
    InstanceError
        The scenario or the guardrails do not fit the baseline: with every problem.
    """
    store.governance.require(actor, Permission.RUN_START)
    chosen = parsed(kind, options or {})
    baselines.get(store, baseline_id)
    scenario = _scenario(store, scenario_id, baseline_id)
    guardrails = effective_on(store, store.clock().date())
    run = Run(
        kind=kind,
        baseline_id=baseline_id,
        scenario_id=scenario_id,
        scenario_version=None if scenario is None else scenario.version,
        overlay=[] if scenario is None else list(scenario.overlay),
        guardrail_version_id=None if guardrails is None else guardrails.id,
        options=chosen.model_dump(mode="json"),
        requested_by=actor,
        reason=reason,
        artifacts={},
    )
    # What cannot be read is refused now, not when its turn has come.
    instance = instance_of(store, run)
    require_fitting(chosen, instance)
    # Freezes and locks of the calendar are changes like any other: part of what the run depends on.
    held = Held() if kind == "calibrate" else held_in(store, instance)
    run.overlay = [*run.overlay, *held.changes]
    run.inputs_hash = Inputs.of(store, run).hash
    with store.read() as session:
        same = _with_hash(session, run.inputs_hash)
    if same is not None:
        return same
    with store.write(actor, "run.submit", Run.__tablename__) as change:
        there = _with_hash(change.session, run.inputs_hash)
        if there is not None:
            change.discard()
            return there
        run.requested_at = change.at
        run.state = "queued"
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
        change.data = {
            "kind": kind,
            "inputs_hash": run.inputs_hash,
            "baseline_id": baseline_id,
            "scenario_id": scenario_id,
            "guardrail_version_id": run.guardrail_version_id,
            "calendar": list(held.notes),
            "reason": reason,
        }
    return run


def resume(store: Store, actor: str, run_id: int) -> Run:
    """Ask a run that was interrupted, cancelled or failed to go on: from its best plan, with what is left of its time.

    Where the engine has changed since, bounds that the old one proved count no longer; its plan still does.

    Raises
    ------
    NotAllowedError
        The actor may not start runs.
    StateError
        The run goes, waits or has finished.
    """
    store.governance.require(actor, Permission.RUN_START)
    with store.read() as session:
        run = get_in(session, run_id)
    _require_ended(run)
    inputs_hash = Inputs.of(store, run).hash
    with store.write(actor, "run.resume", Run.__tablename__, run_id) as change:
        run = get_in(change.session, run_id)
        _require_ended(run)
        if inputs_hash != run.inputs_hash:
            run.progress = {**(run.progress or {}), "bound": None, "gap": None, "seconds": 0.0, SWEEP: None}
            run.inputs_hash = inputs_hash
        change.data = {"from": run.state, "inputs_hash": inputs_hash}
        run.state = "queued"
        run.process = run.error = run.finished_at = None
        run.certificate = None
        run.artifacts = {name: digest for name, digest in run.artifacts.items() if name in INNER}
        run.cancel_requested = False
    return run


def _scenario(store: Store, scenario_id: int | None, baseline_id: int) -> Scenario | None:
    if scenario_id is None:
        return None
    with store.read() as session:
        scenario = session.get(Scenario, scenario_id)
    if scenario is None:
        raise NotFoundError(
            f"There is no scenario {scenario_id}: stockrail scenario list shows those there are."
        )
    if scenario.baseline_id != baseline_id:
        raise StateError(
            f"The scenario {scenario.name} changes baseline {scenario.baseline_id}, not {baseline_id}: run it with that "
            "one, or save it for the other."
        )
    return scenario


def _require_ended(run: Run) -> None:
    if run.state in GOES_ON:
        return
    is_done = run.state == "finished"
    next_step = (
        "start another one with a longer time limit or a smaller gap" if is_done else "it needs no resume"
    )
    raise StateError(f"Run {run.id} is {run.state}: {next_step}.")


def _with_hash(session: Session, inputs_hash: str) -> Run | None:
    # A finished one before one that goes, should there be both.
    rank = sa.case({state: place for place, state in enumerate(SAME)}, value=Run.state)
    return session.scalar(
        sa.select(Run)
        .where(Run.inputs_hash == inputs_hash, Run.state.in_(SAME))
        .order_by(rank, Run.id.desc())
        .limit(1)
    )
