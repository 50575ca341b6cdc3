"""The extensive form: complete in the documentation, and equal to the ledger line by line."""

import re
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

from stockrail.model.formulation import build_model
from stockrail.model.formulation_stock import backlog_of, net_inventory_range
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.extensive import compile_model
from stockrail.solvers.highs import LinearProgram, solve_mip
from tests.builders import Changes, make_instance

FORMULATION = Path(__file__).parents[2] / "docs" / "formulation.md"
LINES = [
    *("on_hand", "short", "expedited", "lost", "waiting", "served"),
    *("ordered", "received", "netted", "in_transit", "newly_aged"),
]
BASIS = ["net_inventory", "backlog", "opening_backlog"]
METRICS = [
    *("inventory_value", "purchases", "ordered_units"),
    *("receivables", "payables", "working_capital", "cash"),
]


def tables_of(instance: Instance) -> Tables:
    return Tables.build(instance, build_tree(instance))


def documented_components() -> set[str]:
    """Names in the first column of the appendix table of docs/formulation.md."""
    appendix = FORMULATION.read_text().split("## 9. The extensive form")[1]
    rows = [line.split("|")[1] for line in appendix.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_component_is_documented() -> None:
    """A component without a row in docs/formulation.md, or a row without a component, fails."""
    tables = tables_of(random_instance(1))
    names = {c.local_name for c in build_model(tables).component_objects(descend_into=False)}
    names |= {
        c.local_name for c in build_model(tables, is_elastic=True).component_objects(descend_into=False)
    }
    documented = documented_components()
    assert names - documented == set(), "components without a row in docs/formulation.md"
    assert documented - names == set(), "rows in docs/formulation.md without a component"


def test_backlog_is_the_normal_loss() -> None:
    """At z = 0 the loss is the density 1/sqrt(2 pi); without noise it is the negative part; G(z) - G(-z) = -z."""
    assert backlog_of(0.0, 2.0) == pytest.approx(2.0 / np.sqrt(2 * np.pi))
    assert backlog_of(-3.0, 0.0) == 3.0
    assert backlog_of(3.0, 0.0) == 0.0
    assert backlog_of(3.0, 2.0) - backlog_of(-3.0, 2.0) == pytest.approx(-3.0)


def test_bounds_come_from_data() -> None:
    """Stock is at least opening stock less demand, at most that with every lot that may be ordered.

    Demand 10 + 10, opening stock 4, lots of 5: the most lots is ceil(16 / 5) + 1 = 5, at most 3 an order. In period 0
    stock is 4 - 10 = -6 to -6 + 3 * 5 = 9; in period 1 it is 4 - 20 = -16 to -16 + 5 * 5 = 9.
    """
    item = {"lot_size": 5, "opening_stock_units": 4, "maximum_order_units": 15}
    m = build_model(tables_of(make_instance(demand=(10, 10), items=item)))
    first, second = m.NODES
    assert net_inventory_range(m, "A", first) == (-6.0, 9.0)
    assert net_inventory_range(m, "A", second) == (-16.0, 9.0)


def test_no_order_that_arrives_late_or_off_calendar() -> None:
    """With lead time 1, period 2 of 3 is too late; an interval of 2 leaves period 0 only."""
    instance = make_instance(items={"lead_time_periods": 1}, suppliers={"order_interval_periods": 2})
    m = build_model(tables_of(instance))
    nodes = list(m.NODES)
    assert list(m.FREE_ORDERS) == [("A", nodes[0])]
    assert list(m.NO_ORDERS) == [("A", nodes[1]), ("A", nodes[2])]


@pytest.mark.parametrize("seed", range(6))
def test_lines_money_and_metrics_equal_the_ledger(seed: int) -> None:
    """Two statements of the model that share no formula agree on a random plan of a random instance.

    The instances have noise, delays, minimum orders, frozen periods, overrides, lost and expedited units, shelf lives,
    terms of payment, ownership at shipment, discounting and all metrics. Orders are fixed to the plan, so that the
    laws alone must determine everything else.
    """
    tables = tables_of(random_instance(seed))
    plan = random_plan(tables, np.random.default_rng(seed))
    m = build_model(tables)
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tables.tree.parent[1:]]
    for i, item in enumerate(m.ITEMS):
        for n, node in enumerate(m.NODES):
            m.lots[item, node].setlb(int(lots[i, n]))
            m.lots[item, node].setub(int(lots[i, n]))
    compiled = compile_model(m)
    mip = solve_mip(compiled.form)
    assert mip.x is not None
    solution = LinearProgram(compiled.form.with_integers_fixed(mip.x)).solve()
    for column, value in zip(compiled.columns, solution.x, strict=True):
        column.set_value(value, skip_validation=True)

    def values(expression: pyo.Expression, *first: str) -> list[list[float]]:
        return [[pyo.value(expression[(*first, i, n)]) for n in m.NODES] for i in m.ITEMS]

    ledger = Ledger(tables, plan)
    for name in BASIS:
        expected = getattr(ledger.stock, name)
        np.testing.assert_allclose(values(getattr(m, name)), expected, atol=1e-5, err_msg=name)
    for line in LINES:
        np.testing.assert_allclose(values(getattr(m, line)), ledger.line(line), atol=1e-5, err_msg=line)
    for part in m.MARGIN_PARTS:
        np.testing.assert_allclose(values(m.margin_part, part), ledger.part(part), atol=1e-5, err_msg=part)
    for metric in METRICS:
        np.testing.assert_allclose(values(m.metric, metric), ledger.metric(metric), atol=1e-5, err_msg=metric)
        total = [pyo.value(m.guardrail_value[f"{metric} all", n]) for n in m.NODES]
        np.testing.assert_allclose(total, ledger.metric_total(metric), atol=1e-5, err_msg=metric)
    assert pyo.value(m.expected_margin) == pytest.approx(ledger.expected_margin, abs=1e-5)


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
    scopes = (("all", "", "every scenario"), ("supplier", "V", "expected"))
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
        },
        items=[random_item(random, lead_time) for lead_time in (0, 1, 2)],
        segments={
            "lost_share": random.uniform(),
            "churn_cost_share_of_price": 0.2,
            "backorder_cost_share_of_price_per_period": 0.15,
        },
        suppliers=[
            {"freight_rate": 0.1, "duty_rate": 0.05, "payment_days": 200, "ownership": "shipment"},
            {
                "supplier": "W",
                "payment_days": 700,
                "order_interval_periods": 2,
                "order_offset_periods": 1,
                "capacity_units_per_period": 1000,
            },
        ],
        guardrails=[
            {
                "guardrail": f"{metric} {scope}",
                "metric": metric,
                "scope": scope,
                "scope_value": value,
                "holds": holds,
                "lower": 20,
                "upper": 50,
                "soft_price": 0.01,
            }
            for metric in METRICS
            for scope, value, holds in scopes
        ],
        open_orders=[{"due_period": 1, "units": 3}, {"item": "B", "due_period": 2, "units": 4}],
        order_overrides=[{"item": "C", "period": 0, "lots": 2}, {"period": 1, "lots": 1}],
        scenarios=nodes,
        scenario_suppliers=facts,
    )


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
