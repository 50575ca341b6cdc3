"""What visitors do to runs: start, cancel, let go on; each refused where the visitor looked at something else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stockrail.web.stale import require_seen
from stockrail.web.views import runs
from stockrail.web.views.run_progress import seen_of_run
from stockrail.web.views.run_start import ChosenView, chosen
from stockrail.workbench import scenarios
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs import cancel as cancelling
from stockrail.workbench.runs import submit as submitting
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.watch import tend
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind


@dataclass(frozen=True)
class Started:
    """A run that was asked for.

    Attributes
    ----------
    is_new : False where the same inputs had a run already, which is this one.
    """

    run: Run
    is_new: bool


def start(
    store: Store,
    actor: str,
    kind: RunKind,
    scenario: str | None,
    baseline_id: int | None,
    options: Mapping[str, Any],
    reason: str,
    seen: str,
) -> Started:
    """Ask for a run of what the visitor looked at, and let it begin where there is room.

    Raises
    ------
    ConflictError
        The scenario or the limits are others by now; says who has changed them.
    NotAllowedError
        The actor may not start runs.
    InstanceError, NotFoundError, OptionsError, StateError
        As `stockrail.workbench.runs.submit.submit`.
    """
    store.governance.require(actor, Permission.RUN_START)
    now = chosen(store, scenario, baseline_id)
    require_seen(seen, now.seen, _now(now))
    scenario_id = None if scenario is None else scenarios.get(store, scenario).id
    with store.read() as session:
        before = session.scalar(sa.select(sa.func.max(Run.id))) or 0
    run = submitting.submit(store, actor, kind, now.baseline.id, scenario_id, options, reason.strip() or None)
    tend(store)
    return Started(run, run.id > before)


def cancel(store: Store, actor: str, run_id: int, seen: str) -> Run:
    """End a run with the best plan it has, within three seconds. Raises what `stockrail.workbench.runs.cancel.cancel` raises."""
    store.governance.require(actor, Permission.RUN_CANCEL)
    _require_seen(store, run_id, seen)
    ended = cancelling.cancel(store, actor, run_id)
    tend(store)
    return ended


def resume(store: Store, actor: str, run_id: int, seen: str) -> Run:
    """Let a run go on that was ended before it was done. Raises what `stockrail.workbench.runs.submit.resume` raises."""
    store.governance.require(actor, Permission.RUN_START)
    _require_seen(store, run_id, seen)
    run = submitting.resume(store, actor, run_id)
    tend(store)
    return run


def _require_seen(store: Store, run_id: int, seen: str) -> None:
    require_seen(seen, seen_of_run(get(store, run_id)), runs.changed(store, run_id))


def _now(now: ChosenView) -> str:
    """What would be planned now, by whom and when."""
    told = [f"the baseline is {now.baseline.id} by {now.baseline.author}"]
    if (one := now.scenario) is not None:
        at = f"{one.updated_at:%Y-%m-%d %H:%M:%S} UTC"
        told.insert(0, f"{one.name} is version {one.version} by {one.updated_by} of {at}")
    number = now.guardrail_version_id
    held = (
        "of the baseline"
        if number is None
        else f"of version {number}, approved by {now.guardrails_approved_by}"
    )
    return f"You looked at something else: now {', '.join(told)}, and the limits are those {held}."
