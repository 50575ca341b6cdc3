"""Targets of a calibration are accepted or rejected: segment by segment, with a reason, once, by somebody else than who asked for it.

The decision and its audit entry are one transaction.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.files import plain
from stockrail.workbench.calibrations.proposal import Proposal
from stockrail.workbench.errors import ConflictError, NotAllowedError, StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, Run

KIND = "calibration"
"""Of decisions on the targets of a segment."""

Verdict = Literal["accepted", "rejected"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

NOTHING_SEEN = 0
"""`seen` where no targets of the segment had been decided on."""

NUL = "\x00"
"""The one character that PostgreSQL keeps in no text."""

_SEGMENT = "segment"

_KEPT = (
    "option", "safety_factor", "cover_periods", "review_periods", "service_level", "fill_rate", "safety_stock_value",
    "safety_stock_days", "inventory_value", "expected_margin", "current_safety_stock_value", "current_fill_rate",
    "current_inventory_value", "current_expected_margin",
)  # fmt: skip
"""Of the segment's row what the decision keeps: what was known when it was taken."""


def decide(
    store: Store,
    actor: str,
    run_id: int,
    segment: str,
    verdict: Verdict,
    reason: str,
    seen: int | None = None,
) -> Decision:
    """Accept or reject the targets that a calibration proposes for a segment.

    Accepted ones are in force for the segment until others are accepted; `stockrail.workbench.calibrations.accepted` writes them for
    the ERP.

    Parameters
    ----------
    reason : not blank.
    seen : number of the latest decision on targets of this segment, of any calibration, that the actor has looked at, `NOTHING_SEEN`
        for none; None where nobody says.

    Raises
    ------
    ConflictError
        Somebody has decided on these targets already, or on others of the segment since `seen`.
    NotAllowedError
        The actor may not decide on targets, or asked for this calibration.
    NotFoundError
        There is no such run, or it has no such segment.
    StateError
        It has no targets to decide on, they were not confirmed by the independent checker and are to be accepted, or no reason is given.
    """
    role = store.governance.require(actor, Permission.TARGET_APPROVE)
    if verdict not in VERDICTS:
        raise StateError(f"Targets are {' or '.join(VERDICTS)}, not {verdict!r}.")
    if not reason.strip():
        raise StateError("Say why: a reason. Whoever looks at it later has only that.")
    if NUL in reason:
        raise StateError("A reason is text: it cannot have the character NUL.")
    proposal = Proposal.of(store, run_id)
    proposal.require_segment(segment)
    if proposal.run.requested_by == actor:
        raise NotAllowedError(
            f"{actor} asked for calibration {run_id}: somebody else decides on its targets, with the permission "
            f"{Permission.TARGET_APPROVE}."
        )
    if verdict == "accepted" and proposal.is_refuted:
        raise StateError(
            f"The independent checker does not confirm the targets of run {run_id}: they cannot be accepted. Calibrate again."
        )
    facts = _facts(proposal, segment)
    with store.write(actor, f"target.{verdict}", Run.__tablename__, run_id) as change:
        before = of_segment(change.session, segment)
        _refuse_decided(before, run_id, segment, seen)
        decision = Decision(
            kind=KIND,
            subject=Run.__tablename__,
            subject_id=run_id,
            verdict=verdict,
            by=actor,
            role=role,
            at=change.at,
            reason=reason,
            data={**facts, "before": before[-1].id if before else NOTHING_SEEN},
        )
        change.session.add(decision)
        change.session.flush()
        change.data = {_SEGMENT: segment, "reason": reason, "decision_id": decision.id}
    return decision


def of_run(session: Session, run_id: int) -> dict[str, Decision]:
    """What has been decided on the targets of a calibration, by segment."""
    return {segment_of(row): row for row in _all(session) if row.subject_id == run_id}


def of_segment(session: Session, segment: str) -> list[Decision]:
    """All decisions on targets of a segment, of any calibration, in their order."""
    return [row for row in _all(session) if segment_of(row) == segment]


def in_force(session: Session) -> dict[str, Decision]:
    """The acceptance that holds for each segment: the latest one. Segments of which nothing was accepted are left out."""
    return {segment_of(row): row for row in _all(session) if row.verdict == "accepted"}


def latest(session: Session) -> dict[str, int]:
    """Number of the latest decision on targets of each segment, which `decide` takes as `seen`."""
    return {segment_of(row): row.id for row in _all(session)}


def segment_of(decision: Decision) -> str:
    """The segment that a decision on targets is about."""
    return str(decision.data[_SEGMENT])


def sentence(decision: Decision) -> str:
    """Who decided what, and when."""
    return (
        f"{decision.by} ({decision.role}) {decision.verdict} the targets of {segment_of(decision)} of run {decision.subject_id} at "
        f"{moment(decision.at)}."
    )


def moment(at: dt.datetime) -> str:
    """A time for messages."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _all(session: Session) -> Sequence[Decision]:
    return session.scalars(sa.select(Decision).where(Decision.kind == KIND).order_by(Decision.id)).all()


def _refuse_decided(before: Sequence[Decision], run_id: int, segment: str, seen: int | None) -> None:
    own = next((row for row in before if row.subject_id == run_id), None)
    if own is not None:
        raise ConflictError(
            f"{sentence(own)} Nobody decides twice: calibrate again where it should be otherwise."
        )
    newest = before[-1] if before else None
    if seen is not None and seen != (NOTHING_SEEN if newest is None else newest.id):
        said = f"Nobody has decided on {segment} yet." if newest is None else sentence(newest)
        raise ConflictError(f"{said} That is not what you looked at: look again, then decide.")


def _facts(proposal: Proposal, segment: str) -> dict[str, Any]:
    frame = proposal.segments
    row = frame[frame[_SEGMENT] == segment].iloc[0].to_dict()
    return {
        _SEGMENT: segment,
        "inputs_hash": proposal.run.inputs_hash,
        "targets": proposal.run.artifacts["targets.csv"],
        "currency": proposal.currency,
        "target": plain({name: row[name] for name in _KEPT if name in row}),
    }
