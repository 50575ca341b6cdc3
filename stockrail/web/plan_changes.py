"""What visitors decide about a plan: approve, reject, escalate; each refused where they looked at something else."""

from stockrail.web.stale import require_seen
from stockrail.web.views import plan_approval
from stockrail.workbench.governance import approvals, escalations
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, PlanException


def approve(store: Store, actor: str, run_id: int, reason: str, seen: str) -> Decision:
    """Approve the plan of a run. Raises what `stockrail.workbench.governance.approvals.approve` raises."""
    store.governance.require(actor, Permission.PLAN_APPROVE)
    _require_seen(store, run_id, seen)
    return approvals.approve(store, actor, run_id, reason)


def reject(store: Store, actor: str, run_id: int, reason: str, seen: str) -> Decision:
    """Reject the plan of a run. Raises what `stockrail.workbench.governance.approvals.reject` raises."""
    store.governance.require(actor, Permission.PLAN_APPROVE)
    _require_seen(store, run_id, seen)
    return approvals.reject(store, actor, run_id, reason)


def escalate(store: Store, actor: str, run_id: int, reason: str, seen: str) -> PlanException:
    """Hand the decision to those above. Raises what `stockrail.workbench.governance.escalations.escalate` raises."""
    store.governance.require(actor, Permission.RUN_START)
    _require_seen(store, run_id, seen)
    return escalations.escalate(store, actor, run_id, reason)


def _require_seen(store: Store, run_id: int, seen: str) -> None:
    require_seen(seen, plan_approval.seen(store, run_id), plan_approval.changed(store, run_id))
