"""`monitoring` of governance.yaml: which actuals make an exception, and which ask for a new plan."""

from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import Money, Name, Rate, Row, YesNo
from stockrail.workbench.governance.schema_calendar import EventKind
from stockrail.workbench.governance.schema_rules import Rule

MonitoringKind = Literal[
    "outside_fan", "bias", "forecast_error", "lead_time", "supplier_on_time", "spend", "inventory"
]
Level = Literal["all", "segment", "item"]

LEVELS: dict[MonitoringKind, tuple[Level, ...]] = {
    "outside_fan": ("item",),
    "bias": ("all", "segment", "item"),
    "forecast_error": ("all", "segment", "item"),
    "inventory": ("all", "segment"),
}
"""Levels that a kind of rule can have; the others are about suppliers or accounts."""


class MonitoringRule(Rule):
    """What may not happen unseen.

    Attributes
    ----------
    level : what is looked at one by one; of the kinds in `LEVELS` only.
    limit : by kind
        outside_fan : periods in a row in which demand is outside of the fan on the same side, at least.
        bias : size of the tracking signal, more than, where the plan gave so large a bias less than `tail_probability`.
        forecast_error : error against the error that the plan itself counts on, more than; 1 is as much as that.
        lead_time : days that the mean lead time differs from the plan's, more than, and not by chance.
        supplier_on_time : share of receipts on time, less than.
        spend : money on `account` beyond the plan's as a share of that, more than.
        inventory : value of stock against the plan's, difference as a share of that, more than.
    least_observations : periods, or shipments of a supplier, below which nothing is said.
    least_money : what is at stake, where that is known, below which nothing is said.
    replans : whether it is a reason to plan again before the next monthly run.
    """

    kind: MonitoringKind
    level: Level | None = None
    limit: Rate
    account: Name | None = None
    least_observations: Annotated[int, Field(ge=1, le=520)] = 1
    least_money: Money = 0.0
    replans: YesNo = "no"


DEFAULT_RULES = (
    MonitoringRule(
        rule="demand outside the fan",
        kind="outside_fan",
        level="item",
        limit=3,
        owner="demand_planning",
        waits_for="forecast the item anew, or say why it was once only",
        due_working_days=2,
        is_blocking="no",
        replans="yes",
    ),
    MonitoringRule(
        rule="forecast bias",
        kind="bias",
        level="segment",
        limit=4,
        least_observations=6,
        owner="demand_planning",
        waits_for="correct the forecast, or explain the bias",
        due_working_days=5,
        is_blocking="no",
    ),
    MonitoringRule(
        rule="lead time drift",
        kind="lead_time",
        limit=3,
        least_observations=5,
        owner="supply_planning",
        waits_for="plan with the lead time that is observed, or agree on another with the supplier",
        due_working_days=5,
        is_blocking="no",
        replans="yes",
    ),
    MonitoringRule(
        rule="supplier on time",
        kind="supplier_on_time",
        limit=0.9,
        least_observations=5,
        owner="supply_planning",
        waits_for="take it up with the supplier",
        due_working_days=5,
        is_blocking="no",
    ),
    MonitoringRule(
        rule="expediting above plan",
        kind="spend",
        account="expedite",
        limit=0.5,
        owner="supply_planning",
        waits_for="accept the spend, or stop expediting",
        due_working_days=3,
        is_blocking="no",
    ),
    MonitoringRule(
        rule="inventory off plan",
        kind="inventory",
        level="all",
        limit=0.15,
        owner="finance",
        waits_for="accept the level of stock, or ask for another plan",
        due_working_days=3,
        is_blocking="no",
        replans="yes",
    ),
)
"""Those of the packaged governance.yaml; a test holds that they are the same."""


class MonitoringRules(Row):
    """How actuals are held against the plan in force.

    Attributes
    ----------
    tail_probability : probability below the fan, and above it.
    confidence : of the statement that a lead time has changed.
    monthly_events : kinds of events of the calendar after which a new plan is due.
    """

    tail_probability: Annotated[float, Field(gt=0, lt=0.5, allow_inf_nan=False)] = 0.05
    confidence: Annotated[float, Field(gt=0.5, lt=1, allow_inf_nan=False)] = 0.95
    monthly_events: tuple[EventKind, ...] = ("forecast_update",)
    rules: tuple[MonitoringRule, ...] = DEFAULT_RULES
