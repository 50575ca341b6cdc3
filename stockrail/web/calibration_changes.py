"""What visitors decide on the targets of a calibration, refused where they looked at something else."""

from stockrail.web.stale import require_seen
from stockrail.web.views.proposed_segment import seen_of_segment
from stockrail.workbench.calibrations import decisions
from stockrail.workbench.calibrations.decisions import NOTHING_SEEN, Verdict
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision


def decide(
    store: Store, actor: str, run_id: int, segment: str, verdict: Verdict, reason: str, seen: str
) -> Decision:
    """Accept or reject the targets of a segment.

    Raises
    ------
    ConflictError
        Somebody has decided on targets of the segment since the page was made; says who and when.
    NotAllowedError, NotFoundError, StateError
        As `stockrail.workbench.calibrations.decisions.decide`.
    """
    store.governance.require(actor, Permission.TARGET_APPROVE)
    with store.read() as session:
        before = decisions.of_segment(session, segment)
    newest = before[-1].id if before else NOTHING_SEEN
    said = decisions.sentence(before[-1]) if before else "This is not what you looked at."
    require_seen(seen, seen_of_segment(run_id, newest), said)
    return decisions.decide(store, actor, run_id, segment, verdict, reason, newest)
