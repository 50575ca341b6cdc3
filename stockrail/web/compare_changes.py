"""Putting a choice among plans on record, from a page or from a script."""

from collections.abc import Sequence

from stockrail.web.stale import require_seen
from stockrail.web.views import compare
from stockrail.workbench.comparisons import decisions
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision


def decide(store: Store, actor: str, run_ids: Sequence[int], chosen: int, reason: str, seen: str) -> Decision:
    """Record which of the runs was chosen and why.

    Raises
    ------
    ConflictError
        Somebody has decided about these runs since the page was made; says who and when.
    NotAllowedError, NotFoundError, StateError
        As `stockrail.workbench.comparisons.decisions.record` and `compare_runs`.
    """
    store.governance.require(actor, Permission.PLAN_APPROVE)  # before anything is read that takes long
    with store.read() as session:
        last = decisions.latest(session, run_ids)
    changed = (
        "These are not the runs that you looked at."
        if last is None
        else f"{last.by} decided about these runs at {last.at:%Y-%m-%d %H:%M:%S} UTC and chose run {last.subject_id}."
    )
    require_seen(seen, compare.seen(store, run_ids), changed)
    compared = compare.comparison_of(store, run_ids)
    return decisions.record(store, actor, compared, chosen, reason, None if last is None else last.id)
