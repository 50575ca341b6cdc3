"""First steps: what to do in a new store until a plan is decided on."""

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion, GuardrailVersion, Run


class StepView(BaseModel):
    """Something to do before the workbench is of use."""

    model_config = ConfigDict(frozen=True)

    title: str
    text: str = Field(description="How, and what for.")
    path: str = Field(description="The page where it is done.")
    who: tuple[str, ...] = Field(description="People who may; none where nobody has such a role yet.")
    is_optional: bool
    is_done: bool
    is_next: bool = Field(description="The first that is not done.")


def steps(store: Store) -> tuple[StepView, ...]:
    """The first steps, in order; none once all but optional ones are done."""
    with store.read() as session:
        has_baseline = session.scalar(sa.select(BaselineVersion.id).limit(1)) is not None
        has_limits = session.scalar(sa.select(GuardrailVersion.id).limit(1)) is not None
        of_plans = sa.select(Run.id).where(Run.kind == "plan").limit(1)
        has_plan = session.scalar(of_plans.where(Run.state == "finished")) is not None
        is_decided = session.scalar(of_plans.where(Run.approved_state != "none")) is not None
    has_people = bool(store.governance.document.people)
    stated = (
        (
            "Name people",
            "Who has which role is in governance.yaml: put people into it, then accept it with stockrail governance accept.",
            "/people",
            Permission.GOVERNANCE_EDIT,
            False,
            has_people,
        ),
        (
            "Upload a baseline",
            "Items, demand, suppliers and limits, as a folder of CSV files or a workbook. Errors are listed with file, row and column.",
            "/baselines",
            Permission.BASELINE_IMPORT,
            False,
            has_baseline,
        ),
        (
            "Agree on limits",
            "Where the baseline's own guardrails are not those that hold, finance proposes others and somebody else approves them.",
            "/guardrails",
            Permission.GUARDRAIL_PROPOSE,
            True,
            has_limits,
        ),
        (
            "Plan",
            "Start a run of the baseline, or of a scenario on top of it, and watch the gap close.",
            "/runs/start",
            Permission.RUN_START,
            False,
            has_plan,
        ),
        (
            "Decide on the plan",
            "What it breaks is listed here as exceptions. Once those that block it are closed, somebody else than who started it approves it.",
            "/#plans",
            Permission.PLAN_APPROVE,
            False,
            is_decided,
        ),
    )
    if all(is_done or is_optional for *_, is_optional, is_done in stated):
        return ()
    following = next(title for title, *_, is_optional, is_done in stated if not is_done and not is_optional)
    return tuple(
        StepView(
            title=title,
            text=text,
            path=path,
            who=_people(store, permission),
            is_optional=is_optional,
            is_done=is_done,
            is_next=title == following,
        )
        for title, text, path, permission, is_optional, is_done in stated
    )


def _people(store: Store, permission: Permission) -> tuple[str, ...]:
    governance = store.governance
    return tuple(name for name in governance.document.people if governance.allows(name, permission))
