"""Rules on the output of a plan, as in `rules` of governance.yaml: one class for each kind."""

from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import Money, Name, Period, Rate, Row, Share, SignedMoney, Units, YesNo

Projected = Literal["inventory_value", "working_capital", "cash", "purchases", "receivables", "payables"]
"""Metrics of `projection.csv`."""

Statistic = Literal["mean", "p05", "p25", "p50", "p75", "p95", "min", "max"]
"""Columns of `projection.csv`: over the scenarios of a period."""


class Rule(Row):
    """What all rules have.

    Attributes
    ----------
    owner : role that answers for a plan that breaks it.
    waits_for : the decision that such a plan waits for, in words.
    due_working_days, due_event : when it must have been decided: so many working days after it was found, or the next day of
        an event of the calendar after that. One of the two.
    is_blocking : whether a plan that breaks it cannot be approved before the exception is closed.
    """

    rule: Name
    owner: Name
    waits_for: Annotated[str, Field(min_length=1, max_length=400)]
    due_working_days: Annotated[int, Field(ge=0, le=250)] | None = None
    due_event: Name | None = None
    is_blocking: YesNo


class InventoryBand(Rule):
    """A balance of the projection stays within an agreed band, in the instance's currency, from one period to another."""

    kind: Literal["inventory_band"]
    metric: Projected = "inventory_value"
    statistic: Statistic = "mean"
    lower: SignedMoney | None = None
    upper: SignedMoney | None = None
    first_period: Period = 0
    last_period: Period | None = None


class ServiceCommitment(Rule):
    """Expected fill rate of a segment, of an item, or of all items together is at least what was promised."""

    kind: Literal["service_commitment"]
    segment: Name | None = None
    item: Name | None = None
    least_fill_rate: Share


class CustomerCommitment(Rule):
    """Promises to customers, by the table `allocation_rules`, are broken with no more than this probability in any period.

    Of a customer, of a segment of customers, or, with neither, of all. Plans list what is likelier than 5%.
    """

    kind: Literal["customer_commitment"]
    customer: Name | None = None
    customer_segment: Name | None = None
    most_probability: Annotated[float, Field(ge=0.05, le=1, allow_inf_nan=False)]


class PlanChange(Rule):
    """Expected orders differ from those of the approved plan by no more than this, up or down; at least one limit.

    Attributes
    ----------
    most_units, most_money : of one item in one period.
    most_total_money : of all items and periods that both plans have.
    most_total_share : the same as a share of what the approved plan orders in those periods.
    first_periods : only orders of the first so many periods count; blank: of all that both plans have.
    """

    kind: Literal["plan_change"]
    most_units: Units | None = None
    most_money: Money | None = None
    most_total_money: Money | None = None
    most_total_share: Rate | None = None
    first_periods: Annotated[int, Field(ge=1, le=520)] | None = None


class ExpediteBudget(Rule):
    """Expected expediting over the horizon, discounted as in the margin, is within a budget."""

    kind: Literal["expedite_budget"]
    most_money: Money


class GapReached(Rule):
    """The gap between plan and bound is small enough to decide on."""

    kind: Literal["gap"]
    most_gap: Rate


class GuardrailKept(Rule):
    """Guardrails are kept as stated: no soft one is violated, and none was loosened to have a plan at all."""

    kind: Literal["guardrail"]
    guardrails: tuple[Name, ...] = ()


AnyRule = Annotated[
    InventoryBand
    | ServiceCommitment
    | CustomerCommitment
    | PlanChange
    | ExpediteBudget
    | GapReached
    | GuardrailKept,
    Field(discriminator="kind"),
]
