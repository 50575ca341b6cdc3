"""Small in-memory instances for tests: neutral defaults, and only what a test is about is stated in the test.

One period is a year, so that rates per year are rates per period. All costs but the unit cost are 0, orders arrive at
once in lots of one unit, and customers wait for nothing.

Examples
--------
>>> make_instance(demand=(5, 7), items={"lot_size": 4}).items[0].lot_size
4.0
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import (
    AllocationRule,
    AnnouncedOrder,
    CurrentTarget,
    Customer,
    CustomerShare,
    FundedBuild,
    Guardrail,
    GuardrailLimit,
    Item,
    OpenOrder,
    OrderOverride,
    PolicyOption,
    QuantityBreak,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Segment,
    Supplier,
    Warehouse,
)
from stockrail.model.schema_settings import Settings, TreeSpecification
from stockrail.model.schema_values import Row

Changes = Mapping[str, Any]
"""Columns that differ from the defaults, by name."""

RowKind = TypeVar("RowKind", bound=Row)

SETTINGS: Changes = {
    "name": "test",
    "currency": "EUR",
    "start": dt.date(2024, 1, 1),
    "period_length_days": 365,
    "cost_of_capital_rate_per_year": 0,
    "storage_rate_per_year": 0,
    "insurance_rate_per_year": 0,
    "terminal_stock_share": 0,
    "receivable_days": 0,
    "opening_cash": 0,
    "opening_receivables": 0,
    "opening_payables": 0,
}
ITEM: Changes = {
    "segment": "S",
    "product_group": "P",
    "supplier": "V",
    "currency": "EUR",
    "unit_price": 10,
    "unit_cost": 6,
    "order_cost": 0,
    "lot_size": 1,
    "minimum_order_units": 0,
    "maximum_order_units": None,
    "lead_time_periods": 0,
    "opening_stock_units": 0,
    "expedite_premium": 0,
    "expedite_share": 0,
    "shelf_life_periods": None,
    "write_off_share": 0,
}
SEGMENT: Changes = {
    "segment": "S",
    "lost_share": 0,
    "churn_cost_share_of_price": 0,
    "backorder_cost_share_of_price_per_period": 0,
}
SUPPLIER: Changes = {
    "supplier": "V",
    "currency": "EUR",
    "freight_rate": 0,
    "duty_rate": 0,
    "payment_days": 0,
    "order_interval_periods": 1,
    "order_offset_periods": 0,
    "ownership": "receipt",
    "capacity_units_per_period": None,
}
GUARDRAIL: Changes = {
    "guardrail": "G",
    "metric": "inventory_value",
    "scope": "all",
    "first_period": 0,
    "lower": None,
    "upper": None,
    "holds": "every scenario",
    "soft_price": None,
}


def make_instance(
    *,
    demand: Sequence[float] | Sequence[Sequence[float]] = (10, 10, 10),
    sigma: float | Sequence[float] | Sequence[Sequence[float]] = 0,
    settings: Changes | None = None,
    items: Changes | Sequence[Changes] | None = None,
    segments: Changes | Sequence[Changes] | None = None,
    suppliers: Changes | Sequence[Changes] | None = None,
    warehouses: Changes | Sequence[Changes] = (),
    quantity_breaks: Changes | Sequence[Changes] = (),
    guardrails: Changes | Sequence[Changes] = (),
    guardrail_limits: Changes | Sequence[Changes] = (),
    funded_builds: Changes | Sequence[Changes] = (),
    policy_options: Changes | Sequence[Changes] = (),
    current_targets: Changes | Sequence[Changes] = (),
    open_orders: Changes | Sequence[Changes] = (),
    order_overrides: Changes | Sequence[Changes] = (),
    announced_orders: Changes | Sequence[Changes] = (),
    customers: Changes | Sequence[Changes] = (),
    customer_shares: Changes | Sequence[Changes] = (),
    allocation_rules: Changes | Sequence[Changes] = (),
    scenarios: Sequence[Changes] = (),
    scenario_demand: Sequence[Changes] = (),
    scenario_suppliers: Sequence[Changes] = (),
    scenario_warehouses: Sequence[Changes] = (),
) -> Instance:
    """Make an instance from the columns that differ from the defaults above; one mapping stands for one row.

    Parameters
    ----------
    demand : mean units by period of one item, or of each item. It sets the number of items and of periods. Items are
        named A, B, C, ... unless `items` says otherwise.
    sigma : standard deviation of the forecast error, one for all or shaped like `demand`.
    settings, items, segments, suppliers, guardrails : changes to the default rows; guardrails last to the end.
    scenarios : nodes of a given tree, each with `node`, `parent` (blank for the root), `period` and `probability`;
        `demand_factor` is 1 unless given. Without them the tree is one path.
    """
    mean: Array = np.atleast_2d(np.array(demand, dtype=np.float64))
    count, periods = mean.shape
    noise: Array = np.broadcast_to(np.array(sigma, dtype=np.float64), mean.shape).copy()
    item_changes = [{"item": chr(ord("A") + i)} for i in range(count)]
    for given, changes in zip(_as_rows(items), item_changes, strict=False):
        changes.update(given)
    tree: TreeSpecification | str = "table" if scenarios else TreeSpecification()
    return Instance(
        settings=Settings(**{**SETTINGS, "periods": periods, "tree": tree, **(settings or {})}),
        items=_rows(Item, ITEM, item_changes),
        segments=_rows(Segment, SEGMENT, _as_rows(segments) or [{}]),
        suppliers=_rows(Supplier, SUPPLIER, _as_rows(suppliers) or [{}]),
        mean_demand=mean,
        sigma=noise,
        guardrails=_rows(Guardrail, {**GUARDRAIL, "last_period": periods - 1}, _as_rows(guardrails)),
        warehouses=_rows(Warehouse, {"warehouse": "H"}, _as_rows(warehouses)),
        quantity_breaks=_rows(
            QuantityBreak, {"item": "A", "applies_to": "all units"}, _as_rows(quantity_breaks)
        ),
        guardrail_limits=_rows(
            GuardrailLimit, {"guardrail": "G", "lower": None, "upper": None}, _as_rows(guardrail_limits)
        ),
        funded_builds=_rows(
            FundedBuild, {"build": "B", "guardrail": "G", "scope": "all"}, _as_rows(funded_builds)
        ),
        policy_options=_rows(PolicyOption, {"option": "O"}, _as_rows(policy_options)),
        current_targets=_rows(CurrentTarget, {"item": "A"}, _as_rows(current_targets)),
        open_orders=_rows(OpenOrder, {"item": "A"}, _as_rows(open_orders)),
        order_overrides=_rows(OrderOverride, {"item": "A"}, _as_rows(order_overrides)),
        announced_orders=_rows(AnnouncedOrder, {"item": "A"}, _as_rows(announced_orders)),
        customers=_rows(Customer, {"customer": "K"}, _as_rows(customers)),
        customer_shares=_rows(CustomerShare, {"customer": "K", "item": "A"}, _as_rows(customer_shares)),
        allocation_rules=_rows(AllocationRule, {"priority": 1}, _as_rows(allocation_rules)),
        scenarios=_rows(ScenarioNode, {"demand_factor": 1}, scenarios),
        scenario_demand=_rows(ScenarioDemand, {"item": "A"}, scenario_demand),
        scenario_suppliers=_rows(ScenarioSupplier, {"supplier": "V"}, scenario_suppliers),
        scenario_warehouses=_rows(ScenarioWarehouse, {"warehouse": "H"}, scenario_warehouses),
    )


def path_of_nodes(periods: int) -> list[Changes]:
    """Nodes n0, n1, ... of a tree with one scenario, for facts that differ by node (`scenario_suppliers`)."""
    return [
        {"node": f"n{t}", "parent": f"n{t - 1}" if t else "", "period": t, "probability": 1}
        for t in range(periods)
    ]


def _as_rows(changes: Changes | Sequence[Changes] | None) -> Sequence[Changes]:
    if changes is None:
        return ()
    return [changes] if isinstance(changes, Mapping) else changes


def _rows(kind: type[RowKind], defaults: Changes, rows: Sequence[Changes]) -> tuple[RowKind, ...]:
    return tuple(kind(**{**defaults, **changes}) for changes in rows)
