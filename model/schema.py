"""The instance format: one pydantic model per table, one field per column.

Field names are the column names, the names in docs/formulation.md and the names in results. Constraints on one
value live here; constraints between rows and tables live in `stockrail.model.consistency`.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import (
    BreakKind,
    Cover,
    Currency,
    Days,
    Holds,
    Measured,
    Metric,
    Money,
    Name,
    OptionalName,
    Period,
    PositiveUnits,
    Priority,
    Rate,
    Review,
    Row,
    Scope,
    Share,
    SignedMoney,
    TailShare,
    Units,
    YesNo,
)


class Item(Row):
    """`items`: prices and costs per unit, order rules in units, lead time in whole periods.

    A blank `maximum_order_units` means no maximum, a blank `shelf_life_periods` that stock does not age. With
    `segmentation` in the settings the reader puts the segment found by the rules in place of `segment`, the current one.
    """

    item: Name
    description: str = ""
    segment: OptionalName = ""
    product_group: Name
    supplier: Name
    currency: Currency
    unit_price: Money
    unit_cost: Money
    order_cost: Money
    lot_size: PositiveUnits
    minimum_order_units: Units
    maximum_order_units: PositiveUnits | None
    lead_time_periods: Period
    opening_stock_units: Units
    expedite_premium: Money
    expedite_share: Share
    shelf_life_periods: Annotated[int, Field(ge=1)] | None
    write_off_share: Share
    warehouse: str = ""
    space_per_unit: PositiveUnits = 1.0
    fixed_segment: OptionalName = ""
    is_strategic: YesNo = "no"
    launch_date: dt.date | None = None
    end_date: dt.date | None = None


class Segment(Row):
    """`segments`: what a shortage does. Costs are shares of the unit price."""

    segment: Name
    lost_share: Share
    churn_cost_share_of_price: Rate
    backorder_cost_share_of_price_per_period: Rate


class Supplier(Row):
    """`suppliers`: landed-cost rates of the unit cost, payment terms, order calendar, ownership, capacity.

    Orders are allowed in periods `order_offset_periods`, plus every multiple of `order_interval_periods`.
    A blank `capacity_units_per_period` means no limit. With an `overtime_premium_per_unit` more may be ordered at that
    premium, a blank one makes the capacity hard. `deposit_share` of the landed cost is paid with the order.
    """

    supplier: Name
    currency: Currency
    freight_rate: Rate
    duty_rate: Rate
    payment_days: Days
    order_interval_periods: Annotated[int, Field(ge=1)]
    order_offset_periods: Period
    ownership: Literal["receipt", "shipment"]
    capacity_units_per_period: Units | None
    overtime_premium_per_unit: Money | None = None
    deposit_share: Share = 0.0


class Warehouse(Row):
    """`warehouses`: room for stock on hand, in the unit of `space_per_unit`.

    With an `overflow_premium_per_period` more may be stored at that premium per unit of space, a blank one makes it hard.
    """

    warehouse: Name
    capacity_space: Units
    overflow_premium_per_period: Money | None = None


class QuantityBreak(Row):
    """`quantity_breaks`: orders of at least `from_units` of an item are cheaper, on all units or on those beyond."""

    item: Name
    from_units: PositiveUnits
    unit_cost: Money
    applies_to: BreakKind


class Demand(Row):
    """`demand`: mean units by item and period; every item has every period."""

    item: Name
    period: Period
    mean_units: Units


class ForecastError(Row):
    """`forecast_error`: standard deviation of one period's demand that the tree does not branch on."""

    item: Name
    period: Period
    sigma_units: Units


class Customer(Row):
    """`customers`: who buys. Their segments are reported, plans do not depend on them."""

    customer: Name
    description: str = ""
    segment: OptionalName = ""
    fixed_segment: OptionalName = ""
    is_strategic: YesNo = "no"
    launch_date: dt.date | None = None
    end_date: dt.date | None = None


class CustomerShare(Row):
    """`customer_shares`: what part of an item's demand is a customer's, in all periods and scenarios."""

    customer: Name
    item: Name
    demand_share: Share


class AllocationRule(Row):
    """`allocation_rules`: who goes first where stock is short, and what share of what they ask for they were promised.

    A row is for a customer, a segment of customers, or, both blank, for all others; of an item, a segment of items, or all. Of the
    rows that fit, the one that names the customer decides, then the one of their segment; among those the item's, then its segment's.
    """

    customer: OptionalName = ""
    customer_segment: OptionalName = ""
    item: OptionalName = ""
    item_segment: OptionalName = ""
    priority: Priority
    committed_share: Share = 0.0
    message: str = ""


class OpenOrder(Row):
    """`open_orders`: units already on order, with the period at whose start they arrive."""

    item: Name
    due_period: Period
    units: PositiveUnits


class OrderOverride(Row):
    """`order_overrides`: lots that a planner, or the existing plan in a frozen period, fixes."""

    item: Name
    period: Period
    lots: Annotated[int, Field(ge=0)]
    reason: str = ""


class AnnouncedOrder(Row):
    """`announced_orders`: what suppliers were told to expect, in units by period of the order, 0 for no order.

    Of an item with a row, a period without one was announced as no order; of an item without rows nothing was announced.
    """

    item: Name
    period: Period
    units: Units


class Guardrail(Row):
    """`guardrails`: a limit on a metric. A blank limit is none; a blank `soft_price` makes it hard.

    `alpha` is the confidence of `cvar` (0 the expectation, towards 1 the worst case) and the probability with which
    `chance` may be violated; blank for the other two. `soft_price` is money per unit of violation.
    """

    guardrail: Name
    metric: Metric
    scope: Scope
    scope_value: str = ""
    first_period: Period
    last_period: Period
    lower: SignedMoney | None
    upper: SignedMoney | None
    holds: Holds
    alpha: TailShare | None = None
    measured: Measured = "each period"
    soft_price: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None
    owner: str = ""


class GuardrailLimit(Row):
    """`guardrail_limits`: limits of one period in place of the guardrail's own; a blank one stays as it is there.

    Capacities are guardrails too: `capacity:SUPPLIER` and `warehouse:WAREHOUSE`, before the node's capacity factor.
    """

    guardrail: Name
    period: Period
    lower: SignedMoney | None
    upper: SignedMoney | None


class FundedBuild(Row):
    """`funded_builds`: room above a guardrail's upper limit that finance grants to some items for some time.

    From the period after `last_period` the room runs off evenly, to nothing in the period of `exit_date`.
    """

    build: Name
    guardrail: Name
    scope: Scope
    scope_value: str = ""
    amount: PositiveUnits
    first_period: Period
    last_period: Period
    exit_date: dt.date
    reason: str = ""
    owner: str = ""


class PolicyOption(Row):
    """`policy_options`: the menu that a segment's option is chosen from (docs/formulation.md, section 10).

    Safety stock is `safety_factor` standard deviations; an order covers `cover_periods` of expected demand, and orders are
    placed every `review_periods`. A blank segment is every segment.
    """

    option: Name
    segment: OptionalName = ""
    safety_factor: Annotated[float, Field(ge=-3, le=6, allow_inf_nan=False)]
    cover_periods: Cover
    review_periods: Review = 1


class CurrentTarget(Row):
    """`current_targets`: what the ERP does with an item today. Safety stock is in units, not a factor."""

    item: Name
    safety_stock_units: Units
    cover_periods: Cover
    review_periods: Review = 1


class ScenarioNode(Row):
    """`scenarios`: one node of a given tree. A blank parent marks the root; `probability` is the node's own."""

    node: Name
    parent: str = ""
    period: Period
    probability: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    demand_factor: Rate
    price_factor: Rate = 1.0


class ScenarioDemand(Row):
    """`scenario_demand`: demand of one item at one node, in place of mean times factor."""

    node: Name
    item: Name
    units: Units


class ScenarioSupplier(Row):
    """`scenario_suppliers`: facts of one supplier at one node; a node not listed has the normal facts."""

    node: Name
    supplier: Name
    delay_periods: Annotated[int, Field(ge=0)] = 0
    cost_factor: PositiveUnits = 1.0
    order_cost_factor: Rate = 1.0
    capacity_factor: Rate = 1.0


class ScenarioWarehouse(Row):
    """`scenario_warehouses`: room in one warehouse at one node; a node not listed has all of it."""

    node: Name
    warehouse: Name
    capacity_factor: Rate


TABLES: dict[str, type[Row]] = {
    "items": Item,
    "segments": Segment,
    "suppliers": Supplier,
    "warehouses": Warehouse,
    "quantity_breaks": QuantityBreak,
    "demand": Demand,
    "forecast_error": ForecastError,
    "customers": Customer,
    "customer_shares": CustomerShare,
    "allocation_rules": AllocationRule,
    "open_orders": OpenOrder,
    "order_overrides": OrderOverride,
    "announced_orders": AnnouncedOrder,
    "guardrails": Guardrail,
    "guardrail_limits": GuardrailLimit,
    "funded_builds": FundedBuild,
    "policy_options": PolicyOption,
    "current_targets": CurrentTarget,
    "scenarios": ScenarioNode,
    "scenario_demand": ScenarioDemand,
    "scenario_suppliers": ScenarioSupplier,
    "scenario_warehouses": ScenarioWarehouse,
}
"""Every table of an instance by name."""

OPTIONAL_TABLES = frozenset(TABLES) - {"items", "segments", "suppliers", "demand", "forecast_error"}
"""Tables that may be absent: an absent one has no rows. `scenarios` must be there where `tree: table`."""
