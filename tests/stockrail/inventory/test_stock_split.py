"""Tests of the split of stock by purpose, with stock that can be counted by hand and expectations that can be enumerated.

A period is a year and holding costs 0.6 money per unit and period (10 % of a unit value of 6) unless a test says otherwise.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from stockrail.inventory.stock_outlook import Outlook
from stockrail.inventory.stock_split import StockSplit, avoidable_excess, stock_split
from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import random_instance, random_plan, tables_of

HOLDING: Changes = {"cost_of_capital_rate_per_year": 0.1}


def ledger_of(instance: Instance, lots: Sequence[Sequence[int]] | None = None) -> Ledger:
    """The ledger of lots by item and node of a tree that is one path; of no orders by default."""
    tables = Tables.build(instance, build_tree(instance))
    cumulative = np.zeros(tables.demand.shape, dtype=np.int64)
    if lots is not None:
        cumulative += np.cumsum(np.array(lots), axis=1)
    return Ledger(tables, cumulative)


def steady(demand: Sequence[float] = (10, 10, 10, 10), **changes: Any) -> Instance:
    """One item with an economic lot of sqrt(2 * 10 * 12 / 0.6) = 20 units."""
    item = {"order_cost": 12, **changes.pop("items", {})}
    return make_instance(demand=demand, settings=HOLDING, items=item, **changes)


def test_demand_until_the_next_receipt_is_cycle_stock() -> None:
    """Orders of 20 in periods 0 and 2: all that is left after the first period of each is what the second one needs."""
    split = StockSplit.of(ledger_of(steady(), [[20, 0, 20, 0]]))
    # On hand 10, 0, 10, 0. In period 0 the next receipt comes in period 2, so period 1's demand of 10 is needed.
    assert split.cycle.tolist() == [[10, 0, 10, 0]]
    assert not (split.safety + split.build + split.excess).any()


def test_more_than_a_sensible_lot_is_excess() -> None:
    """An order of 60 covers more than one economic lot and the demand until the next review."""
    ledger = ledger_of(steady(), [[60, 0, 0, 0]])
    split = StockSplit.of(ledger)
    # On hand 50, 40, 30, 20. Nothing arrives any more; at the leaf an order would need lead time 0 + review 1 = 1 period, so
    # the need is 40, 30, 20, 10. At most 20 (economic lot) + 10 (review) of it is cycle stock.
    assert split.cycle.tolist() == [[30, 30, 20, 10]]
    assert split.excess.tolist() == [[20, 10, 10, 10]]
    (row,) = avoidable_excess(ledger).to_dict("records")
    # Mean (20 + 10 + 10 + 10) / 4 = 12.5 units of value 6; holding is 10 % of that a year.
    assert (row["mean_units"], row["mean_value"], row["worst_period"]) == (12.5, 75, 0)
    assert row["holding_cost_per_year"] == pytest.approx(7.5)
    assert row["reason"] == "bought early without a reason the model knows"


def test_stock_that_was_there_is_named_opening_stock() -> None:
    """The same 60 units as opening stock are excess that no order has brought."""
    ledger = ledger_of(steady(items={"opening_stock_units": 60}))
    assert StockSplit.of(ledger).excess.tolist() == [[20, 10, 10, 10]]
    assert avoidable_excess(ledger)["reason"].tolist() == ["opening stock"]


def test_open_orders_are_named_as_well() -> None:
    """Of 60 units in excess some come from an open order."""
    instance = steady(items={"opening_stock_units": 40}, open_orders={"due_period": 0, "units": 20})
    assert avoidable_excess(ledger_of(instance))["reason"].tolist() == ["opening stock and open orders"]


def test_fixed_orders_are_named() -> None:
    """An order that a planner has fixed is the reason for what it brings."""
    instance = steady(order_overrides={"period": 0, "lots": 60})
    assert avoidable_excess(ledger_of(instance, [[60, 0, 0, 0]]))["reason"].tolist() == [
        "orders that are fixed"
    ]


@pytest.mark.parametrize(
    ("item", "name"), [({"minimum_order_units": 60}, "minimum order"), ({"lot_size": 60}, "one lot")]
)
def test_a_large_smallest_order_is_named_with_how_long_it_lasts(item: Changes, name: str) -> None:
    """60 units have to be bought at once, and last 6 years at 10 a year."""
    lots = 1 if "lot_size" in item else 60
    ledger = ledger_of(steady(items=item), [[lots, 0, 0, 0]])
    # The smallest order counts as cycle stock as far as it is needed: 40, 30, 20, 10 of 50, 40, 30, 20.
    assert StockSplit.of(ledger).excess.tolist() == [[10, 10, 10, 10]]
    assert avoidable_excess(ledger)["reason"].tolist() == [f"{name} of 60 is 6 years of demand"]


def test_a_quantity_break_is_named() -> None:
    """Orders that reach a break are larger for a reason, which is not the model's shortage."""
    instance = steady(quantity_breaks={"from_units": 50, "unit_cost": 5})
    (reason,) = avoidable_excess(ledger_of(instance, [[60, 0, 0, 0]]))["reason"]
    assert reason == "orders of 60 on average reach the quantity break at 50"


def test_no_excess_gives_an_empty_table() -> None:
    """A plan without excess has no rows, but the columns."""
    frame = avoidable_excess(ledger_of(steady(), [[20, 0, 20, 0]]))
    assert frame.empty
    assert list(frame)[:3] == ["item", "segment", "mean_units"]


def branching(opening: float = 100) -> Instance:
    """Two periods; demand 10, then 5 or 15, equally likely, each with a forecast error of 2; a lost unit costs 4."""
    return make_instance(
        demand=(10, 10),
        sigma=2,
        settings=HOLDING,
        items={"opening_stock_units": opening},
        segments={"lost_share": 1},
        scenarios=[
            {"node": "root", "period": 0, "probability": 1},
            {"node": "low", "parent": "root", "period": 1, "probability": 0.5, "demand_factor": 0.5},
            {"node": "high", "parent": "root", "period": 1, "probability": 0.5, "demand_factor": 1.5},
        ],
    )


def test_safety_stock_covers_error_and_scenarios_at_the_critical_ratio() -> None:
    """Safety at the root is z * sqrt(2^2 + 5^2); at the leaves only the error counts."""
    ledger = ledger_of(branching())
    split = StockSplit.of(ledger)
    # Nothing is received: the wait is 2 periods at the root and 1 at the leaves, 1.5 on average, so holding until then costs
    # 0.6 * 1.5 = 0.9 against 10 - 6 = 4 for a lost unit.
    z = norm.ppf(4 / 4.9)
    assert split.safety[0] == pytest.approx([z * np.sqrt(29), z * 2, z * 2])
    # Ordering is free, so a sensible lot is 1 unit, with 10 until the next review; the root needs 10 + 10, the leaves 5 and 15.
    assert split.cycle[0] == pytest.approx([11, 5, 11])
    assert split.excess[0] == pytest.approx([90, 85, 75] - split.cycle[0] - split.safety[0])


def test_safety_stock_is_at_most_what_is_left() -> None:
    """With 22 units at first, 12 are left after the first period: 11 in the cycle and less than the safety wanted."""
    split = StockSplit.of(ledger_of(branching(22)))
    assert split.cycle[0, 0] == pytest.approx(11)
    assert split.safety[0, 0] == pytest.approx(1)
    assert split.excess[0, 0] == 0


def rising_cost() -> Instance:
    return steady(
        items={"opening_stock_units": 60},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": f"n{t}", "cost_factor": 1.5} for t in (2, 3)],
    )


def delay_to_come() -> Instance:
    return steady(
        items={"opening_stock_units": 60},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": f"n{t}", "delay_periods": 1} for t in (2, 3)],
    )


def falling_capacity(capacity: float | None = 100) -> Instance:
    return steady(
        items={"opening_stock_units": 60},
        suppliers={"capacity_units_per_period": capacity},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": f"n{t}", "capacity_factor": 0.5} for t in (2, 3)],
    )


@pytest.mark.parametrize("instance_of", [rising_cost, delay_to_come, falling_capacity])
def test_a_foreseen_shortage_explains_a_build(instance_of: Callable[[], Instance]) -> None:
    """What is beyond cycle and safety in the period before supplies get dearer, later or fewer is a build."""
    split = StockSplit.of(ledger_of(instance_of()))
    # The outlook is lead time 0 + review 1 = one period: from period 1, which sees period 2 coming.
    assert split.build.tolist() == [[0, 10, 0, 0]]
    assert split.excess.tolist() == [[20, 0, 10, 10]]


def test_less_capacity_matters_only_where_there_is_one() -> None:
    """A factor on a capacity that nobody has stated explains nothing."""
    assert not StockSplit.of(ledger_of(falling_capacity(None))).build.any()


@pytest.mark.parametrize(("later", "is_build"), [(13, True), (12, False)])
def test_demand_that_rises_by_more_than_a_fifth_explains_a_build(later: float, is_build: bool) -> None:
    """From 10 to 13 is a rise of 30 %, from 10 to 12 of just 20 %."""
    instance = steady((10, later, later, later), items={"opening_stock_units": 100})
    split = StockSplit.of(ledger_of(instance))
    assert bool(split.build[0, 0] > 0) == is_build
    assert bool(split.excess[0, 0] > 0) != is_build


def test_a_funded_build_explains_stock_of_its_items_only() -> None:
    """Two items with the same excess, and room for one of them in periods 0 and 1."""
    instance = make_instance(
        demand=[(10, 10, 10, 10)] * 2,
        settings=HOLDING,
        items=[{"order_cost": 12, "opening_stock_units": 60}] * 2,
        guardrails={"upper": 100},
        # The room lasts for period 0, half of it for period 1, and has run off in period 2.
        funded_builds={
            "scope": "item",
            "scope_value": "B",
            "amount": 50,
            "first_period": 0,
            "last_period": 0,
            "exit_date": "2026-01-01",
        },
    )
    split = StockSplit.of(ledger_of(instance))
    assert split.build.tolist() == [[0, 0, 0, 0], [20, 10, 0, 0]]
    assert split.excess.tolist() == [[20, 10, 10, 10], [0, 0, 10, 10]]


@pytest.fixture(scope="module")
def generated() -> Ledger:
    """Return a plan of random orders for six items with lead times on a tree of eight scenarios."""
    instance = generate(6, 9, (2, 2, 2), seed=5)
    tables = Tables.build(instance, build_tree(instance))
    lots = np.random.default_rng(1).integers(0, 2, tables.demand.shape) * tables.is_order_allowed
    cumulative: IntArray = lots.astype(np.int64)
    for node in range(1, len(tables.tree)):
        cumulative[:, node] += cumulative[:, tables.tree.parent[node]]
    return Ledger(tables, cumulative)


def test_the_four_add_up(generated: Ledger) -> None:
    """Safety, cycle, build and excess are never negative and add up to the stock on hand, by item and in the table."""
    split = StockSplit.of(generated)
    parts = (split.safety, split.cycle, split.build, split.excess)
    assert all((part >= 0).all() for part in parts)
    assert sum(parts) == pytest.approx(generated.line("on_hand"), rel=1e-12, abs=1e-9)
    frame = stock_split(generated)
    purposes = frame[["safety_value", "cycle_value", "build_value", "excess_value"]].sum(axis=1)
    assert purposes.to_numpy() == pytest.approx(frame["on_hand_value"].to_numpy())
    value = generated.expected(generated.tables.unit_value @ generated.line("on_hand"))
    assert frame.groupby("period")["on_hand_value"].sum().to_numpy() == pytest.approx(value)


@given(seed=st.integers(0, 10_000))
def test_the_four_add_up_for_any_plan(seed: int) -> None:
    """On any tree, with any features, and for any plan that keeps the order rules."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, items=2, has_capacity=True))
    ledger = Ledger(tables, random_plan(rng, tables))
    split = StockSplit.of(ledger)
    parts = (split.safety, split.cycle, split.build, split.excess)
    assert min(float(part.min()) for part in parts) >= -1e-9
    assert sum(parts) == pytest.approx(ledger.line("on_hand"), rel=1e-12, abs=1e-9)
    # Stock that somebody needs is never called excess: none is left where all of it is needed before the next receipt.
    outlook = Outlook(ledger)
    is_needed = ledger.line("on_hand") <= np.minimum(outlook.need, outlook.largest_cycle[:, None])
    assert not split.excess[is_needed].any()


def below(ledger: Ledger, node: int, depth: int) -> list[tuple[float, list[int]]]:
    """Conditional probability and nodes of every path of up to `depth` periods below a node."""
    tree = ledger.tables.tree
    children = np.flatnonzero(tree.parent == node)
    if depth == 0 or not len(children):
        return [(1.0, [])]
    return [
        (tree.probability[child] / tree.probability[node] * share, [int(child), *nodes])
        for child in children
        for share, nodes in below(ledger, int(child), depth - 1)
    ]


def test_scenario_spread_is_that_of_all_paths(generated: Ledger) -> None:
    """The recursion's variance equals that of cumulative demand over all paths of lead time + 1 periods."""
    tables = generated.tables
    sigma = Outlook(generated).sigma_total
    for item, row in enumerate(tables.instance.items):
        ahead = row.lead_time_periods + 1
        for node in range(len(tables.tree)):
            paths = below(generated, node, ahead)
            share = np.array([p for p, _ in paths])
            total: Array = np.array([tables.demand[item, nodes].sum() for _, nodes in paths])
            spread = share @ (total - share @ total) ** 2
            # Beyond the horizon the last period's forecast error goes on.
            t, last = int(tables.tree.period[node]), tables.tree.periods - 1
            noise = sum(tables.instance.sigma[item, min(s, last)] ** 2 for s in range(t + 1, t + 1 + ahead))
            assert sigma[item, node] == pytest.approx(np.sqrt(spread + noise))


def test_need_is_that_of_all_paths(generated: Ledger) -> None:
    """The recursion's need equals the demand until the first receipt on each path, weighted by probability."""
    tables = generated.tables
    need = Outlook(generated).need
    received = generated.line("received") > 1e-9
    for item, row in enumerate(tables.instance.items):
        review = tables.instance.suppliers[tables.instance.item_supplier[item]].order_interval_periods
        for node in range(len(tables.tree)):
            expected = 0.0
            for share, nodes in below(generated, node, tables.tree.periods):
                before = []
                for below_node in nodes:
                    if received[item, below_node]:
                        break
                    before.append(below_node)
                demand = tables.demand[item, before].sum()
                if len(before) == len(nodes):
                    leaf = nodes[-1] if nodes else node
                    demand += tables.demand[item, leaf] * (row.lead_time_periods + review)
                expected += share * demand
            assert need[item, node] == pytest.approx(expected)
