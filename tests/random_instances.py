"""Random small instances with every feature of the model, and random plans that keep the order rules.

One generator makes everything, so that a seed names an instance. Amounts are small whole numbers where the extensive form
has to finish; features come and go by chance, and `features_of` says which ones an instance has.
"""

from typing import Any

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from tests.builders import Changes, make_instance

SEGMENTS = ("S", "T")
SUPPLIERS = ("V", "W")


def random_instance(
    rng: np.random.Generator,
    *,
    items: int = 1,
    most_nodes: int = 12,
    lots: tuple[int, int] = (3, 9),
    guardrails: tuple[Changes, ...] = (),
    has_capacity: bool = False,
    has_announced: bool = False,
) -> Instance:
    """Make an instance on a random tree of 3 to 6 periods whose nodes branch in 1 to 3, each in its own way.

    Parameters
    ----------
    most_nodes : nodes at which the tree stops branching; it may grow a little beyond.
    lots : range of the lots that a whole path demands, which sets the lot size.
    guardrails : changes to the default guardrail row; they last to the end unless they say otherwise.
    has_capacity : whether both suppliers limit the units ordered in a period, and a warehouse has room for so much at no
        premium.
    has_announced: whether most items have announced orders, and changing them has a price.
    """
    # A stream of its own, so that what was added later leaves the rest of a seed's instance as it was.
    added, told = rng.spawn(2)
    periods = int(rng.integers(3, 7))
    nodes = _random_nodes(rng, periods, most_nodes)
    delays, facts = _random_facts(rng, nodes, periods)
    period_length_days = int(rng.choice([28, 91, 365]))
    demand = rng.integers(2, 16, size=(items, periods)) * (rng.random((items, periods)) < 0.9)
    rows: list[Changes] = [
        {
            **_random_item(rng, f"I{i}", demand[i], periods, delays, lots),
            "space_per_unit": added.uniform(0.5, 2),
            "warehouse": "H" if has_capacity and added.random() < 0.7 else "",
        }
        for i in range(items)
    ]
    frozen = int(rng.random() < 0.2)
    per_year = 365 / period_length_days  # rates below are per period
    return make_instance(
        demand=demand.tolist(),
        sigma=(rng.uniform(0, 3, size=(items, periods)) * (rng.random((items, 1)) < 0.5)).tolist(),
        settings={
            "period_length_days": period_length_days,
            "cost_of_capital_rate_per_year": rng.uniform(0, 0.04) * per_year,
            "storage_rate_per_year": rng.uniform(0, 0.03) * per_year,
            "insurance_rate_per_year": rng.uniform(0, 0.02) * per_year,
            "discount_rate_per_year": float(rng.choice([0.0, 0.1])),
            "terminal_stock_share": rng.uniform(0, 0.95),
            "receivable_days": rng.uniform(0, 2.5) * period_length_days,
            "opening_cash": 100,
            "opening_receivables": 40,
            "opening_payables": 30,
            "fixed_payments_per_period": 2,
            "frozen_periods": frozen,
            "forward_cover_days": added.uniform(0.5, 4) * period_length_days,
            **(_random_change_price(told, periods) if has_announced else {}),
        },
        items=rows,
        segments=[_random_segment(rng, name) for name in SEGMENTS],
        suppliers=[
            {
                **_random_supplier(rng, name, period_length_days, has_capacity),
                "deposit_share": added.uniform(0.1, 0.9) * (added.random() < 0.4),
            }
            for name in SUPPLIERS
        ],
        warehouses=_random_warehouses(added, items) if has_capacity else (),
        quantity_breaks=[row for item in rows for row in _random_breaks(added, item)],
        guardrails=guardrails,
        open_orders=_random_open_orders(rng, rows, periods),
        order_overrides=_random_overrides(rng, rows, periods, delays),
        announced_orders=_random_announced(told, rows, periods) if has_announced else (),
        scenarios=nodes,
        scenario_demand=[
            {"node": str(nodes[-1]["node"]), "item": row["item"], "units": int(rng.integers(0, 20))}
            for row in rows
            if rng.random() < 0.3
        ],
        scenario_suppliers=facts,
    )


def tables_of(instance: Instance) -> Tables:
    """Tables of an instance on its tree."""
    return Tables.build(instance, build_tree(instance))


def random_plan(rng: np.random.Generator, tables: Tables) -> IntArray:
    """Cumulative lots [items, nodes] of a random plan that keeps every order rule."""
    plan = np.zeros(tables.demand.shape, dtype=np.int64)
    free = np.zeros_like(plan)
    for node, parent in enumerate(tables.tree.parent):
        if node:
            plan[:, node], free[:, node] = plan[:, parent], free[:, parent]
        plan[:, node] += tables.fixed_lots[:, node]
        for i, smallest in enumerate(tables.minimum_lots):
            most = tables.maximum_lots[i] if tables.maximum_lots[i] >= 0 else tables.lots_limit[i]
            largest = min(most, tables.lots_limit[i] - free[i, node], smallest + 4)
            if tables.is_order_allowed[i, node] and largest >= smallest and rng.random() < 0.6:
                order = int(rng.integers(smallest, largest + 1))
                free[i, node] += order
                plan[i, node] += order
    return plan


def keeps_order_rules(tables: Tables, plan: IntArray) -> bool:
    """Whether a plan keeps every order rule of docs/formulation.md, section 3, read from the tables' parameters."""
    parent = tables.tree.parent
    lots = plan.copy()
    lots[:, 1:] -= plan[:, parent[1:]]
    free = np.where(tables.is_order_allowed, lots, 0)
    on_path = free.copy()
    for node in range(1, len(parent)):
        on_path[:, node] += on_path[:, parent[node]]
    maximum = np.where(tables.maximum_lots < 0, tables.lots_limit, tables.maximum_lots)
    is_fixed_kept = lots[~tables.is_order_allowed] == tables.fixed_lots[~tables.is_order_allowed]
    is_size_kept = (free == 0) | ((free >= tables.minimum_lots[:, None]) & (free <= maximum[:, None]))
    return bool(
        is_fixed_kept.all() and is_size_kept.all() and (on_path.max(axis=1) <= tables.lots_limit).all()
    )


def features_of(tables: Tables) -> set[str]:
    """Which features of the model an instance has, by name."""
    settings, items = tables.instance.settings, tables.instance.items
    suppliers = [tables.instance.suppliers[v] for v in tables.instance.item_supplier]
    used = sorted(set(tables.instance.item_supplier.tolist()))
    terms = [row.payment_days for row in suppliers]
    has: dict[str, Any] = {f"lead time {row.lead_time_periods}": True for row in items}
    has |= {
        "branching": len(tables.tree.leaves) > 2,
        "delay": tables.tree.delay_periods[used].any(),
        "cost factor": (tables.tree.cost_factor[used] != 1).any(),
        "minimum order": (tables.minimum_lots > 1).any(),
        "maximum order": (tables.maximum_lots >= 0).any(),
        "noise": tables.sigma.any(),
        "no noise": (tables.sigma == 0).all(axis=1).any(),
        "lost sales": tables.lost_fraction.any(),
        "expediting": tables.expedited_share.any(),
        "shelf life": (tables.shelf_life >= 0).any() and tables.write_off_share.any(),
        "ownership at shipment": any(row.ownership == "shipment" for row in suppliers),
        "calendar": any(row.order_interval_periods > 1 for row in suppliers),
        "part of a period unpaid": any(days % settings.period_length_days for days in terms),
        "open order": tables.scheduled_received.any(),
        "override": tables.fixed_lots.any(),
        "frozen period": settings.frozen_periods > 0,
        "discount": settings.discount_rate_per_year > 0,
        "order cost": tables.order_cost.any(),
        "breaks on all units": any(row.applies_to == "all units" for row in tables.instance.quantity_breaks),
        "incremental breaks": any(row.applies_to == "incremental" for row in tables.instance.quantity_breaks),
        "deposit": tables.deposit_share.any(),
        "announced order": (tables.order_changes.price > 0).any(),
    }
    return {name for name, is_there in has.items() if is_there}


def _random_nodes(rng: np.random.Generator, periods: int, most_nodes: int) -> list[Changes]:
    nodes: list[Changes] = [{"node": "n", "period": 0, "probability": 1.0, "demand_factor": 1.0}]
    last = nodes
    for period in range(1, periods):
        grown: list[Changes] = []
        for parent in last:
            left = most_nodes - len(nodes) - len(grown) - len(last) * (periods - period)
            width = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])) if left > 0 else 1
            shares = rng.integers(1, 5, size=width)
            grown += [
                {
                    "node": f"{parent['node']}{branch}",
                    "parent": parent["node"],
                    "period": period,
                    "probability": parent["probability"] * share / shares.sum(),
                    "demand_factor": float(rng.choice([0.4, 0.8, 1.0, 1.25, 1.75])),
                    "price_factor": rng.uniform(0.9, 1.1),
                }
                for branch, share in enumerate(shares)
            ]
        nodes = [*nodes, *grown]
        last = grown
    return nodes


def _random_facts(
    rng: np.random.Generator, nodes: list[Changes], periods: int
) -> tuple[dict[str, list[int]], list[Changes]]:
    """Facts of suppliers by node, and each supplier's longest delay by period."""
    delays = {supplier: [0] * periods for supplier in SUPPLIERS}
    facts: list[Changes] = []
    for node in nodes:
        for supplier in SUPPLIERS:
            if rng.random() < 0.4:
                delay = int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2])) if periods > 3 else 0
                period = int(node["period"])
                delays[supplier][period] = max(delays[supplier][period], delay)
                facts.append(
                    {
                        "node": node["node"],
                        "supplier": supplier,
                        "delay_periods": delay,
                        "cost_factor": rng.uniform(0.8, 1.2),
                        "order_cost_factor": rng.uniform(0.5, 1.5),
                        "capacity_factor": rng.uniform(0.5, 1.0),
                    }
                )
    return delays, facts


def _random_item(
    rng: np.random.Generator,
    name: str,
    demand: Array,
    periods: int,
    delays: dict[str, list[int]],
    lots: tuple[int, int],
) -> Changes:
    supplier = str(rng.choice(SUPPLIERS))
    longest = min(4, periods - 1 - max(delays[supplier]))
    lot_size = max(1, round(float(demand.sum()) / int(rng.integers(lots[0], lots[1] + 1))))
    minimum = int(rng.choice([0, 2, 3], p=[0.5, 0.3, 0.2])) * lot_size
    return {
        "item": name,
        "segment": str(rng.choice(SEGMENTS)),
        "product_group": str(rng.choice(["P", "Q"])),
        "supplier": supplier,
        "unit_price": rng.uniform(8, 14),
        "unit_cost": rng.uniform(3, 7),
        "order_cost": rng.uniform(0, 25) * (rng.random() < 0.8),
        "lot_size": lot_size,
        "minimum_order_units": minimum,
        "maximum_order_units": max(minimum, lot_size) + 2 * lot_size if rng.random() < 0.3 else None,
        "lead_time_periods": int(rng.integers(0, longest + 1)),
        "opening_stock_units": int(rng.integers(0, 20)),
        "expedite_premium": rng.uniform(0.2, 3),
        "expedite_share": rng.uniform() * (rng.random() < 0.5),
        "shelf_life_periods": int(rng.integers(1, 4)) if rng.random() < 0.4 else None,
        "write_off_share": rng.uniform(0.1, 0.9),
    }


def _random_segment(rng: np.random.Generator, name: str) -> Changes:
    return {
        "segment": name,
        "lost_share": float(rng.choice([0.0, 0.4, 1.0])),
        "churn_cost_share_of_price": rng.uniform(0, 0.3),
        "backorder_cost_share_of_price_per_period": rng.uniform(0.02, 0.4),
    }


def _random_supplier(
    rng: np.random.Generator, name: str, period_length_days: int, has_capacity: bool
) -> Changes:
    return {
        "supplier": name,
        "freight_rate": rng.uniform(0, 0.1),
        "duty_rate": rng.uniform(0, 0.1),
        "payment_days": rng.uniform(0, 2.5) * period_length_days,
        "order_interval_periods": int(rng.choice([1, 2], p=[0.7, 0.3])),
        "order_offset_periods": int(rng.choice([0, 1], p=[0.8, 0.2])),
        "ownership": str(rng.choice(["receipt", "shipment"])),
        "capacity_units_per_period": int(rng.integers(15, 40)) if has_capacity else None,
    }


def _random_warehouses(rng: np.random.Generator, items: int) -> list[Changes]:
    return [
        {
            "warehouse": "H",
            "capacity_space": rng.uniform(5, 15) * items,
            "overflow_premium_per_period": rng.uniform(0.1, 1),
        }
    ]


def _random_breaks(rng: np.random.Generator, item: Changes) -> list[Changes]:
    """None, or one to three breaks of one kind at numbers of units that are seldom whole lots."""
    if rng.random() < 0.5:
        return []
    kind = str(rng.choice(["all units", "incremental"]))
    count = int(rng.integers(1, 4))
    from_units = np.cumsum(rng.uniform(0.3, 2.5, size=count)) * item["lot_size"]
    share_of_cost = np.cumprod(rng.uniform(0.8, 0.97, size=count))
    return [
        {
            "item": item["item"],
            "from_units": units,
            "unit_cost": share * item["unit_cost"],
            "applies_to": kind,
        }
        for units, share in zip(from_units.tolist(), share_of_cost.tolist(), strict=True)
    ]


def _random_open_orders(rng: np.random.Generator, rows: list[Changes], periods: int) -> list[Changes]:
    return [
        {"item": row["item"], "due_period": int(rng.integers(periods)), "units": int(rng.integers(1, 8))}
        for row in rows
        for _ in range(2)
        if rng.random() < 0.25
    ]


def _random_change_price(rng: np.random.Generator, periods: int) -> Changes:
    return {
        "change_price_share_of_cost": rng.uniform(0.02, 0.6),
        "change_price_periods": int(rng.integers(1, periods + 1)) if rng.random() < 0.5 else None,
    }


def _random_announced(rng: np.random.Generator, rows: list[Changes], periods: int) -> list[Changes]:
    """Up to three lots, and a part of one where the lot size has changed since; some periods and items were not told."""
    return [
        {
            "item": row["item"],
            "period": period,
            "units": rng.integers(0, 4) * row["lot_size"]
            + (rng.uniform() * row["lot_size"] if rng.random() < 0.4 else 0.0),
        }
        for row in rows
        if rng.random() < 0.8
        for period in range(periods)
        if rng.random() < 0.7
    ]


def _random_overrides(
    rng: np.random.Generator, rows: list[Changes], periods: int, delays: dict[str, list[int]]
) -> list[Changes]:
    """At most one override an item, of an order that arrives within the horizon in every scenario."""
    overrides: list[Changes] = []
    for row in rows:
        period = int(rng.integers(periods))
        late = [t + delays[str(row["supplier"])][t] for t in range(period + 1)]
        if rng.random() < 0.6 and max(late) + row["lead_time_periods"] < periods:
            overrides.append({"item": row["item"], "period": period, "lots": int(rng.integers(0, 4))})
    return overrides
