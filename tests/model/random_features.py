"""Random instances with every feature of the model at once, and random plans for them."""

import datetime as dt

import numpy as np

from stockrail.model.formulation_metrics import DENOMINATORS, METRICS
from stockrail.model.instance import Instance
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from tests.builders import Changes, make_instance

HOLDS = ("every scenario", "expected", "cvar", "chance")
MEASURED = ("each period", "quarter ends", "average", "total")


def random_instance(seed: int) -> Instance:
    """Three items, four periods, four scenarios and every feature of the model."""
    random = np.random.default_rng(seed)
    nodes = random_nodes(random)
    facts = [
        {
            "node": node["node"],
            "delay_periods": int(random.integers(0, 2)),
            "cost_factor": random.uniform(0.7, 1.3),
            "order_cost_factor": random.uniform(0.5, 2.0),
        }
        for node in nodes
    ]
    return make_instance(
        demand=random.integers(3, 12, size=(3, 4)).tolist(),
        sigma=(random.uniform(0, 3, size=(3, 4)) * [[0], [1], [seed % 2]]).tolist(),
        settings={
            "cost_of_capital_rate_per_year": 0.1,
            "storage_rate_per_year": 0.05,
            "insurance_rate_per_year": 0.03,
            "discount_rate_per_year": 0.07,
            "terminal_stock_share": 0.6,
            "receivable_days": 500,
            "opening_cash": 100,
            "opening_receivables": 70,
            "opening_payables": 60,
            "fixed_payments_per_period": 5,
            "frozen_periods": seed % 2,
            "forward_cover_days": 500,
            "fiscal_year_start_month": 2,
            "margin_cvar_weight": 0.3,
            "margin_cvar_alpha": random.uniform(0.2, 0.8),
        },
        items=[random_item(random, lead_time) for lead_time in (0, 1, 2)],
        segments={
            "lost_share": random.uniform(),
            "churn_cost_share_of_price": 0.2,
            "backorder_cost_share_of_price_per_period": 0.15,
        },
        suppliers=[
            {
                "freight_rate": 0.1,
                "duty_rate": 0.05,
                "payment_days": 200,
                "ownership": "shipment",
                "deposit_share": 0.3,
            },
            {
                "supplier": "W",
                "payment_days": 700,
                "order_interval_periods": 2,
                "order_offset_periods": 1,
                "capacity_units_per_period": 5,
                "overtime_premium_per_unit": 0.7,
            },
        ],
        warehouses={"capacity_space": 12, "overflow_premium_per_period": 0.2},
        quantity_breaks=[
            {"from_units": 7, "unit_cost": 2.5, "applies_to": ("all units", "incremental")[seed % 2]},
            {"from_units": 11, "unit_cost": 2, "applies_to": ("all units", "incremental")[seed % 2]},
            {"item": "C", "from_units": 5, "unit_cost": 2.5, "applies_to": "incremental"},
        ],
        guardrails=[random_guardrail(random, metric) for metric in (*METRICS, "overtime_spend")],
        guardrail_limits=[
            {"guardrail": "cash", "period": 1, "upper": 30},
            {"guardrail": "fill_rate", "period": 2, "lower": 0.8},
            {"guardrail": "capacity:W", "period": 3, "upper": 3},
        ],
        funded_builds=[random_build(random, build, scope) for build, scope in (("B1", "A"), ("B2", "B"))],
        open_orders=[{"due_period": 1, "units": 3}, {"item": "B", "due_period": 2, "units": 4}],
        order_overrides=[{"item": "C", "period": 0, "lots": 2}, {"period": 1, "lots": 1}],
        scenarios=nodes,
        scenario_suppliers=facts,
        scenario_warehouses=[{"node": nodes[2]["node"], "capacity_factor": 0.5}],
    )


def random_guardrail(random: np.random.Generator, metric: str) -> Changes:
    """A soft band on a metric, measured and holding in a random way."""
    is_ratio = metric in DENOMINATORS
    holds = HOLDS[random.integers(4)]
    measured = MEASURED[random.integers(4)]
    scope, value = (("all", ""), ("supplier", "W"))[random.integers(2)]
    return {
        "guardrail": metric,
        "metric": metric,
        "scope": scope,
        "scope_value": value,
        "holds": holds,
        "alpha": random.uniform(0.1, 0.9) if holds in ("cvar", "chance") else None,
        "measured": measured,
        "first_period": int(random.integers(0, 3)),
        "lower": random.uniform(0.2, 3) if is_ratio else random.uniform(0, 40),
        "upper": random.uniform(0.2, 3) if is_ratio else random.uniform(0, 60),
        "soft_price": random.uniform(0.01, 0.1),
    }


def random_build(random: np.random.Generator, build: str, item: str) -> Changes:
    """Room on inventory value for one item, running off in some of the periods."""
    first = int(random.integers(0, 2))
    last = first + int(random.integers(0, 2))
    exit_date = dt.date(2024, 7, 1) + dt.timedelta(days=365 * (last + int(random.integers(1, 3))))
    return {
        "build": build,
        "guardrail": "inventory_value",
        "scope": "item",
        "scope_value": item,
        "amount": random.uniform(5, 40),
        "first_period": first,
        "last_period": last,
        "exit_date": exit_date,
    }


def random_nodes(random: np.random.Generator) -> list[Changes]:
    """Four periods; periods 1 and 3 branch in two of probability 0.3 and 0.7."""
    nodes: list[Changes] = [{"node": "r", "period": 0, "probability": 1.0}]
    last = nodes
    for period, branches in ((1, (0.3, 0.7)), (2, (1.0,)), (3, (0.3, 0.7))):
        last = [
            {
                "node": f"{parent['node']}{branch}",
                "parent": parent["node"],
                "period": period,
                "probability": parent["probability"] * share,
                "demand_factor": random.uniform(0.3, 1.8),
                "price_factor": random.uniform(0.8, 1.2),
            }
            for parent in last
            for branch, share in enumerate(branches)
        ]
        nodes = [*nodes, *last]
    return nodes


def random_item(random: np.random.Generator, lead_time: int) -> Changes:
    """An item with random costs and order rules."""
    return {
        "unit_price": random.uniform(10, 20),
        "unit_cost": random.uniform(3, 8),
        "order_cost": random.uniform(0, 20),
        "lot_size": int(random.integers(2, 6)),
        "minimum_order_units": int(random.integers(0, 9)),
        "maximum_order_units": (None, 30)[random.integers(2)],
        "lead_time_periods": lead_time,
        "opening_stock_units": int(random.integers(0, 25)),
        "expedite_premium": random.uniform(0, 4),
        "expedite_share": random.uniform(),
        "shelf_life_periods": (None, 1, 2)[random.integers(3)],
        "write_off_share": random.uniform(),
        "supplier": "VW"[random.integers(2)],
        "warehouse": ("", "H")[random.integers(2)],
        "space_per_unit": random.uniform(0.5, 2),
    }


def random_plan(tables: Tables, random: np.random.Generator) -> IntArray:
    """Cumulative lots of a random plan that keeps the order rules."""
    plan = np.zeros(tables.demand.shape, dtype=np.int64)
    free = np.zeros_like(plan)
    for n, parent in enumerate(tables.tree.parent):
        if n:
            plan[:, n], free[:, n] = plan[:, parent], free[:, parent]
        for i, smallest in enumerate(tables.minimum_lots):
            maximum = tables.maximum_lots[i] if tables.maximum_lots[i] >= 0 else tables.lots_limit[i]
            largest = min(maximum, tables.lots_limit[i] - free[i, n], smallest + 4)
            if tables.is_order_allowed[i, n] and largest >= smallest and random.random() < 0.6:
                order = int(random.integers(smallest, largest + 1))
                free[i, n] += order
                plan[i, n] += order
            plan[i, n] += tables.fixed_lots[i, n]
    return plan
