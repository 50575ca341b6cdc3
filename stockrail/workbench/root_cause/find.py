"""Finding misses of a plan in force, and keeping them with their causes.

Asked again with the same actuals it changes nothing; with more or corrected actuals it adds, changes and takes away what that
makes different.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance.exceptions import files_of, is_about_plan, runs_of
from stockrail.workbench.governance.in_force import ApprovedPlan, approved_plans, plan_of
from stockrail.workbench.monitoring.observed import Observed
from stockrail.workbench.permissions import Permission
from stockrail.workbench.root_cause.breaches import NotJudged
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.escalation import Raised
from stockrail.workbench.root_cause.judge import JudgedMiss, judged_misses
from stockrail.workbench.runs.inputs import instance_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, Miss, PlanException

ENTITY = Miss.__tablename__


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes
    ----------
    run_id : the plan it is held against.
    periods : complete periods in which that plan was in force.
    misses : all of them, by date.
    added, changed, removed : how many of the rows that are kept changed.
    not_judged : guardrails that actuals cannot be held against.
    """

    run_id: int
    periods: int
    misses: list[Miss] = field(repr=False)
    added: int
    changed: int
    removed: int
    not_judged: list[NotJudged]


def find(
    store: Store,
    actor: str,
    run_id: int | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Found:
    """Find the misses of a plan in force, judge each, and keep them.

    Parameters
    ----------
    run_id : a run whose plan was approved; None for the latest one that was in force in a period with complete actuals.
    on_progress : is told what is being worked on.

    Raises
    ------
    NotAllowedError
        The actor may not bring in actuals.
    NotFoundError
        The run has no approved plan.
    StateError
        No plan is approved, or none was in force in a period with complete actuals.
    """
    store.governance.require(actor, Permission.ACTUALS_IMPORT)
    on_progress("the plan and the actuals")
    case, plan = case_of(store, run_id)
    run = plan.run
    with store.read() as session:
        raised = raised_about(session, plan)
    judged, not_judged = judged_misses(case, raised, store.clock().date(), on_progress)
    with store.write(actor, "miss.find", ENTITY, data={"run_id": run.id}) as change:
        session = change.session
        there = {_key(row): row for row in session.scalars(sa.select(Miss).where(Miss.run_id == run.id))}
        added = changed = 0
        for one in judged:
            row = there.pop(_key_of(one), None)
            columns = _columns(one, run.id)
            if row is None:
                session.add(Miss(**columns, found_at=change.at))
                added += 1
            elif any(getattr(row, name) != value for name, value in columns.items()):
                for name, value in columns.items():
                    setattr(row, name, value)
                changed += 1
        gone = [*there.values(), *_of_replaced_plans(session, run.id)]
        for row in gone:
            session.delete(row)
        change.data |= {
            "added": added,
            "changed": changed,
            "removed": sorted(f"{row.kind} {row.subject} {row.date}" for row in gone),
        }
        if not added and not changed and not gone:
            change.discard()
    with store.read() as session:
        misses = listed(session, run.id)
    return Found(run.id, case.end_period, misses, added, changed, len(gone), not_judged)


def case_of(store: Store, run_id: int | None = None) -> tuple[Case, ApprovedPlan]:
    """The plan in force with what happened; raises what `find` raises."""
    with store.read() as session:
        plans = approved_plans(session)
    if not plans:
        raise StateError(
            "No plan is approved yet: there is nothing that actuals could be held against. See stockrail approve."
        )
    wanted = (
        [plan_of(plans, run_id)] if run_id is not None else [p for p in reversed(plans) if p.periods_in_force]
    )
    for plan in wanted:
        case = _case(store, plan)
        if case.end_period:
            return case, plan
    named = "The plan" if len(wanted) == 1 else "No approved plan"
    verb = "was not" if len(wanted) == 1 else "was"
    raise StateError(
        f"{named} {verb} in force in a period whose actuals are complete: stockrail actuals import FOLDER comes first."
    )


def raised_about(session: Session, plan: ApprovedPlan) -> list[Raised]:
    """Exceptions that could have pointed to misses of a plan, each with its decision.

    Those about the plan itself, and those about no plan of a run that were open when it was approved, or raised later.
    """
    rows = session.scalars(sa.select(PlanException).order_by(PlanException.id)).all()
    return [
        Raised(row, None if row.decision_id is None else session.get(Decision, row.decision_id))
        for row in rows
        if (
            plan.run.id in runs_of(row)
            if is_about_plan(row)
            else row.closed_at is None or row.closed_at >= plan.approved_at
        )
    ]


def listed(session: Session, run_id: int | None = None) -> list[Miss]:
    """Misses that are kept, by date, of one plan or of all."""
    wanted = sa.select(Miss).order_by(Miss.date, Miss.kind, Miss.id)
    return list(session.scalars(wanted if run_id is None else wanted.where(Miss.run_id == run_id)))


def get(session: Session, miss_id: int) -> Miss:
    """A miss by its number; NotFoundError where there is none."""
    found = session.get(Miss, miss_id)
    if found is None:
        raise NotFoundError(f"There is no miss {miss_id}: stockrail root-cause list shows those there are.")
    return found


def _of_replaced_plans(session: Session, run_id: int) -> list[Miss]:
    """Misses of other plans in periods in which another plan is in force by now: each period counts once."""
    ends = {plan.run.id: plan.end for plan in approved_plans(session)}
    rows = session.scalars(sa.select(Miss).where(Miss.run_id != run_id))
    return [row for row in rows if (end := ends.get(row.run_id)) is not None and row.date >= end]


def _case(store: Store, plan: ApprovedPlan) -> Case:
    instance = instance_of(store, plan.run)
    observed = Observed.of_store(store, instance, None)
    governance = store.governance.document
    return Case(
        instance=instance,
        orders=files_of(store, plan.run).orders,
        observed=observed,
        rules=governance.root_cause,
        first_period=0,
        end_period=min(observed.n_periods, plan.periods_in_force),
        receipts_at=governance.master_data.receipts_at,
    )


def _columns(one: JudgedMiss, run_id: int) -> dict[str, Any]:
    miss = one.miss
    return {
        "kind": miss.kind,
        "item": miss.item,
        "segment": miss.segment,
        "subject": miss.subject,
        "period": miss.period,
        "date": miss.date,
        "run_id": run_id,
        "units": miss.units,
        "money": miss.money,
        "cause": str(one.cause),
        "explanation": one.explanation,
        "evidence": one.evidence,
    }


def _key(row: Miss) -> tuple[object, ...]:
    return row.kind, row.subject, row.date


def _key_of(one: JudgedMiss) -> tuple[object, ...]:
    return one.miss.kind, one.miss.subject, one.miss.date
