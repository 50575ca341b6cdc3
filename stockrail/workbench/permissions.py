"""What somebody may be allowed to do; governance.yaml says which roles have which of them."""

from enum import StrEnum


class Permission(StrEnum):
    """The permissions. Whoever changes something in the store needs one of them."""

    BASELINE_IMPORT = "baseline.import"
    SCENARIO_EDIT = "scenario.edit"
    RUN_START = "run.start"
    RUN_CANCEL = "run.cancel"
    GUARDRAIL_PROPOSE = "guardrail.propose"
    GUARDRAIL_APPROVE = "guardrail.approve"
    PLAN_APPROVE = "plan.approve"
    TARGET_APPROVE = "target.approve"
    EXCEPTION_RESOLVE = "exception.resolve"
    EXCEPTION_WAIVE = "exception.waive"
    ACTUALS_IMPORT = "actuals.import"
    TRADEOFF_EDIT = "tradeoff.edit"
    GOVERNANCE_EDIT = "governance.edit"
    AUDIT_READ = "audit.read"
