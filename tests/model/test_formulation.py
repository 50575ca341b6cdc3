"""The extensive form: complete in the documentation, and equal to the ledger line by line."""

import itertools
import re
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

from stockrail.model.formulation import build_model
from stockrail.model.formulation_guardrails import violation_cost
from stockrail.model.formulation_stock import backlog_of, net_inventory_range
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.compiled_model import compile_model
from stockrail.solvers.highs import LinearProgram, solve_mip
from stockrail.verification.flows import simulate
from stockrail.verification.guardrails import Rows, read_limits
from stockrail.verification.money import Money
from stockrail.verification.verify import measure_all
from tests.builders import make_instance
from tests.model.random_features import random_instance, random_plan

FORMULATION = Path(__file__).parents[2] / "docs" / "formulation.md"
LINES = [
    *("on_hand", "short", "expedited", "lost", "waiting", "served"),
    *("ordered", "received", "netted", "in_transit", "newly_aged"),
]
BASIS = ["net_inventory", "backlog", "opening_backlog"]


def tables_of(instance: Instance) -> Tables:
    return Tables.build(instance, build_tree(instance))


def documented_components() -> set[str]:
    """Names in the first column of the appendix table of docs/formulation.md."""
    appendix = FORMULATION.read_text().split("## 9. The extensive form")[1].split("\n## ")[0]
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


def solved_for(tables: Tables, plan: IntArray) -> pyo.ConcreteModel:
    """The model with orders fixed to a plan and everything else as the laws determine it."""
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
    return compiled.with_values(LinearProgram(compiled.form.with_integers_fixed(mip.x)).solve().x)


@pytest.mark.parametrize("seed", range(6))
def test_lines_and_money_equal_the_ledger(seed: int) -> None:
    """Two statements of the model that share no formula agree on a random plan of a random instance.

    The instances have noise, delays, minimum orders, frozen periods, overrides, lost and expedited units, shelf lives,
    terms of payment, deposits, quantity breaks, ownership at shipment and discounting. Orders are fixed to the plan, so
    that the laws alone must determine everything else.
    """
    tables = tables_of(random_instance(seed))
    plan = random_plan(tables, np.random.default_rng(seed))
    m = solved_for(tables, plan)

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
    assert pyo.value(m.items_margin) == pytest.approx(float(ledger.item_margin.sum()), abs=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_guardrails_and_objective_equal_the_checker(seed: int) -> None:
    """Amounts, violations, overtime and the objective of a random plan are those of the checker's own simulation.

    Every metric is limited, in random ways to measure and to hold, by period too, with builds, soft capacities and a
    blend of expected margin and CVaR.
    """
    instance = random_instance(seed)
    tables = tables_of(instance)
    plan = random_plan(tables, np.random.default_rng(seed))
    m = solved_for(tables, plan)
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tables.tree.parent[1:]]
    limits = read_limits(instance, tables.tree)
    scopes = [np.ones(len(instance.items), dtype=bool), *(limit.scope for limit in limits)]
    flows = simulate(instance, tables.tree, lots.T, scopes)
    measured = measure_all(limits, flows, instance, tables.tree)
    money = Money.of(instance.settings, tables.tree, flows, measured)
    for rows in measured:
        limit = rows.limit
        g = f"{limit.name} outside of {limit.outside_of}" if limit.outside_of else limit.name
        nodes = [tables.tree.names[n] for n in limit.nodes]
        amounts = [pyo.value(m.guardrail_value[g, n]) for n in nodes]
        np.testing.assert_allclose(amounts, rows.numerator, atol=1e-4, err_msg=g)
        bases = [pyo.value(m.guardrail_base[g, n]) for n in nodes]
        np.testing.assert_allclose(bases, rows.denominator, atol=1e-4, err_msg=g)
        if is_tied(rows):
            continue
        penalty = sum(
            pyo.value(violation_cost(m, h, s, n)) for h, s, n in m.VIOLATED if (h, s) == (g, limit.side)
        )
        assert penalty == pytest.approx(rows.penalty, rel=1e-6, abs=1e-4), f"{g} {limit.side} {limit.holds}"
    assert len(measured) == len({(g, s) for g, s, _ in m.LIMITED})
    assert pyo.value(m.overtime) == pytest.approx(money.overtime, abs=1e-4)
    assert pyo.value(m.margin_cvar) == pytest.approx(money.cvar, abs=1e-4)
    before_penalties = pyo.value(m.objective + m.guardrail_penalty)
    assert before_penalties == pytest.approx(money.objective + money.guardrail_penalty, abs=1e-3)


def is_tied(rows: Rows) -> bool:
    """Whether a soft chance must choose between equal violations that are not equally likely: nothing says which."""
    if rows.limit.holds != "chance":
        return False
    over = rows.limit.sign * (rows.numerator - rows.limit.level * rows.denominator)
    return any(
        rows.amount_period[a] == rows.amount_period[b]
        and abs(over[a] - over[b]) < 1e-3
        and abs(rows.weight[a] - rows.weight[b]) > 1e-9
        for a, b in itertools.combinations(range(len(over)), 2)
    )
