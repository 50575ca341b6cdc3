"""The record of a choice among plans: who chose which, why, and with what numbers before their eyes.

It approves nothing: `stockrail.workbench.governance.approvals` does. It says later what was known when one was preferred.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.comparisons.brief_words import bottom_line
from stockrail.files import plain
from stockrail.workbench.comparisons.of_runs import RunComparison
from stockrail.workbench.errors import ConflictError, NotFoundError, StateError
from stockrail.workbench.governance.exceptions import run_with_plan
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, Run

KIND = "comparison"
"""Of decisions among plans."""

RUNS = "runs"
"""Within `data` of a decision: one record for each run, in the order in which they were compared."""

MOST_REASON = 4_000
"""Letters of a reason."""


def record(
    store: Store, actor: str, compared: RunComparison, chosen: int, reason: str, seen: int | None
) -> Decision:
    """Record which of the compared plans was chosen and why, with their numbers of this moment.

    It takes the permission to approve plans: a choice among them is theirs who answer for the plan. Whoever asked for a run may
    choose it; approving it takes somebody else.

    Parameters
    ----------
    chosen : number of one of the compared runs.
    seen : the latest decision about these runs that the actor knows of (`latest`); None for none.

    Returns
    -------
    Decision
        `data` has `currency`, `summary` (a sentence), and `runs`: of each run its number, scenario, what it changed, state of its inputs,
        the figures of `stockrail.comparisons.outcome.Outcome`, and its difference to the first one with what the bounds say.

    Raises
    ------
    ConflictError
        Somebody has decided about these runs meanwhile; says who and when.
    NotAllowedError
        The actor may not approve plans.
    StateError
        No reason is given, or the run is none of the compared ones.
    """
    role = store.governance.require(actor, Permission.PLAN_APPROVE)
    numbers = [run.id for run in compared.runs]
    if chosen not in numbers:
        raise StateError(f"Run {chosen} is not compared here: choose one of {', '.join(map(str, numbers))}.")
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise StateError(
            f"Say why, in up to {MOST_REASON:,} letters: whoever looks at it later has only that."
        )
    data = _numbers(compared)
    with store.write(actor, "comparison.decide", Decision.__tablename__) as change:
        session = change.session
        before = latest(session, numbers)
        if before is not None and before.id != seen:
            raise ConflictError(
                f"{before.by} decided about these runs at {before.at:%Y-%m-%d %H:%M:%S} UTC and chose run {before.subject_id}. "
                "Look at that first, then decide."
            )
        run_with_plan(session, chosen)
        decision = Decision(
            kind=KIND,
            subject=Run.__tablename__,
            subject_id=chosen,
            verdict="chosen",
            by=actor,
            role=role,
            at=change.at,
            reason=reason,
            data=data,
        )
        session.add(decision)
        session.flush()
        change.entity_id = decision.id
        change.data = {"chosen": chosen, "runs": numbers, "reason": reason}
    return decision


def decisions(session: Session) -> list[Decision]:
    """Decisions among plans, the latest first."""
    wanted = sa.select(Decision).where(Decision.kind == KIND).order_by(Decision.id.desc())
    return list(session.scalars(wanted))


def latest(session: Session, run_ids: Sequence[int]) -> Decision | None:
    """The latest decision among exactly these runs, in whatever order; None where there is none."""
    wanted = set(run_ids)
    return next((row for row in decisions(session) if set(run_ids_of(row)) == wanted), None)


def get(session: Session, decision_id: int) -> Decision:
    """A decision by its number.

    Raises
    ------
    NotFoundError
        There is none among plans.
    """
    found = session.get(Decision, decision_id)
    if found is None or found.kind != KIND:
        raise NotFoundError(f"There is no decision {decision_id} among plans.")
    return found


def run_ids_of(decision: Decision) -> list[int]:
    """The runs that were compared, the first one the one that the others were compared with."""
    return [int(row["run_id"]) for row in decision.data[RUNS]]


def _numbers(compared: RunComparison) -> dict[str, Any]:
    rows = zip(
        compared.runs,
        compared.scenarios,
        compared.overlays,
        compared.comparison.outcomes,
        compared.differences,
        strict=True,
    )
    return {
        "currency": compared.comparison.currency,
        "summary": bottom_line(compared.comparison),
        "notes": list(compared.notes),
        "buys_that_differ": len(compared.comparison.buys),
        RUNS: [
            {
                "run_id": run.id,
                "scenario": scenario,
                "changes": list(changes),
                "baseline_id": run.baseline_id,
                "guardrail_version_id": run.guardrail_version_id,
                "inputs_hash": run.inputs_hash,
                "outcome": plain(asdict(outcome)),
                "difference": plain(asdict(difference)),
            }
            for run, scenario, changes, outcome, difference in rows
        ],
    }
