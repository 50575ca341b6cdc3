"""Guardrails as rows: which rows, with which sign, limit and price, and what they sum."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import metric_names
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.verification.flows import simulate
from stockrail.verification.guardrails import read_limits
from stockrail.verification.verify import measure_all
from tests.builders import Changes, make_instance
from tests.random_instances import random_instance, random_plan, tables_of

FORK: list[Changes] = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.25, "demand_factor": 2},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
]


def guardrails_of(instance: Instance) -> Guardrails:
    return Guardrails.build(tables_of(instance))


def fork(*rails: Changes, settings: Changes | None = None) -> Guardrails:
    """Demand 5 now, then 16 at `high` or 8 at `low`; opening stock 20 worth 6 each."""
    return guardrails_of(
        make_instance(
            demand=(5, 8),
            items={"opening_stock_units": 20},
            guardrails=rails,
            scenarios=FORK,
            settings=settings,
        )
    )


def usage_of(guardrails: Guardrails, plan: Array) -> Array:
    ledger = Ledger(guardrails.tables, plan.astype(np.int64))
    return guardrails.usage(guardrails.metric_values(ledger.stock))


def test_every_scenario_has_a_row_per_node() -> None:
    """From period 1 on that is `high` and `low`: 20 - 5 - 16 owes 1, so 0 in stock; 20 - 5 - 8 = 7 worth 42."""
    guardrails = fork({"upper": 50, "first_period": 1})
    (block,) = guardrails.blocks
    assert block.node.tolist() == [1, 2]
    assert block.probability.tolist() == [0.25, 0.75]
    assert guardrails.limits.tolist() == [50, 50]
    assert usage_of(guardrails, np.zeros((1, 3))).tolist() == [[0, 42]]


def test_expected_has_a_row_per_period() -> None:
    """Period 0: 15 * 6 = 90; period 1: 0.25 * 0 + 0.75 * 42 = 31.5, at the period's first node."""
    guardrails = fork({"upper": 50, "holds": "expected"})
    (block,) = guardrails.blocks
    assert block.node.tolist() == [0, 1]
    assert block.probability.tolist() == [1, 1]
    assert usage_of(guardrails, np.zeros((1, 3))).tolist() == [[90, 31.5]]


def test_a_lower_limit_is_negated() -> None:
    """At least 10 reads -use <= -10, so that every row reads the same way."""
    guardrails = fork({"lower": 10})
    (block,) = guardrails.blocks
    assert (block.side, block.sign) == ("lower", -1)
    assert guardrails.limits.tolist() == [-10, -10, -10]
    assert usage_of(guardrails, np.zeros((1, 3))).tolist() == [[-90, 0, -42]]


def test_a_band_has_two_blocks() -> None:
    """Upper side first, three rows each; a row is found by its number."""
    guardrails = fork({"guardrail": "band", "lower": 10, "upper": 100})
    assert [(block.name, block.side) for block in guardrails.blocks] == [("band", "upper"), ("band", "lower")]
    assert guardrails.starts.tolist() == [0, 3, 6]
    assert len(guardrails) == 6
    block, position = guardrails.describe(4)
    assert (block.side, position) == ("lower", 1)
    assert guardrails.describe(2) == (guardrails.blocks[0], 2)


def test_instance_wide_amounts_move_to_the_limit() -> None:
    """Cash of 100 is there without any item, less 3 a period: at least 120 is 23 more from items now, 26 later.

    In scope of one item, that item alone has to bring 120.
    """
    settings = {"opening_cash": 100, "fixed_payments_per_period": 3}
    cash = {"metric": "cash", "lower": 120}
    assert fork(cash, settings=settings).limits.tolist() == [-23, -26, -26]
    one_item = {**cash, "scope": "item", "scope_value": "A"}
    assert fork(one_item, settings=settings).limits.tolist() == [-120, -120, -120]


def test_soft_prices() -> None:
    """A price of 4 weighs with probability and with discount, 1 / 1.1 in period 1; hard rows have an infinite price.

    In every scenario: 4, 4 * 0.25 / 1.1, 4 * 0.75 / 1.1. In expectation: 4, 4 / 1.1.
    """
    soft = {"upper": 50, "soft_price": 4}
    guardrails = fork(
        {**soft, "guardrail": "each"},
        {**soft, "guardrail": "mean", "holds": "expected"},
        {"guardrail": "hard", "upper": 500, "last_period": 0},
        settings={"discount_rate_per_year": 0.1},
    )
    expected = [4, 1 / 1.1, 3 / 1.1, 4, 4 / 1.1, np.inf]
    np.testing.assert_allclose(guardrails.soft_prices, expected)


def test_supplier_capacity() -> None:
    """12 units a period, half of that at `high`: a row at every node, hard, on the items of the supplier alone."""
    instance = make_instance(
        demand=((5, 8), (5, 8)),
        items=[{"lot_size": 3}, {"supplier": "W"}],
        suppliers=[{"capacity_units_per_period": 12}, {"supplier": "W"}],
        scenarios=FORK,
        scenario_suppliers=[{"node": "high", "capacity_factor": 0.5}],
    )
    guardrails = guardrails_of(instance)
    (block,) = guardrails.blocks
    assert (block.name, block.metric, block.side) == ("capacity:V", "ordered_units", "upper")
    assert block.items.tolist() == [True, False]
    assert guardrails.limits.tolist() == [12, 6, 12]
    assert np.isinf(guardrails.soft_prices).all()
    # A orders 2 lots of 3 now and 1 at `low`; what B orders does not count.
    assert usage_of(guardrails, np.array([[2, 2, 3], [9, 9, 9]])).tolist() == [[6, 0, 3]]


def test_scopes_select_items() -> None:
    """Each scope sums over the items that have its value."""
    items: list[Changes] = [
        {"segment": "S", "product_group": "P", "supplier": "V"},
        {"segment": "T", "product_group": "P", "supplier": "W"},
        {"segment": "T", "product_group": "Q", "supplier": "V"},
    ]
    scopes = {"segment": "T", "product_group": "P", "supplier": "V", "item": "C"}
    guardrails = guardrails_of(
        make_instance(
            demand=((1,),) * 3,
            items=items,
            segments=[{}, {"segment": "T"}],
            suppliers=[{}, {"supplier": "W"}],
            guardrails=[
                {
                    "guardrail": scope,
                    "metric": "ordered_units",
                    "upper": 9,
                    "scope": scope,
                    "scope_value": value,
                }
                for scope, value in scopes.items()
            ],
        )
    )
    # Orders of 1, 10 and 100 units tell which items a row sums.
    assert usage_of(guardrails, np.array([[1], [10], [100]])).tolist() == [[110, 11, 101, 100]]


def test_without_guardrails_there_are_no_rows() -> None:
    """Nothing to keep: no limits, no prices, and a form that is 0."""
    guardrails = guardrails_of(make_instance(demand=(5, 5)))
    assert len(guardrails) == 0
    assert guardrails.limits.shape == guardrails.soft_prices.shape == (0,)
    stock = Ledger(guardrails.tables, np.array([[3, 9]])).stock
    assert guardrails.pull(np.zeros(0)).value(stock).tolist() == [0.0]


def test_quarter_ends_average_and_total() -> None:
    """Periods of 28 days from 6 January 2025: quarters end in periods 3 (31 March) and 6 (30 June is day 175).

    Opening stock of 70 at 6 loses 10 units a period: 360, 300, 240, 180, 120, 60, 0. The average of periods 1 to 3 is 240,
    their sum 720, both at the node of period 3.
    """
    rail = {"upper": 500}
    guardrails = guardrails_of(
        make_instance(
            demand=(10,) * 7,
            items={"opening_stock_units": 70},
            settings={"start": dt.date(2025, 1, 6), "period_length_days": 28},
            guardrails=[
                {**rail, "guardrail": "ends", "measured": "quarter ends"},
                {
                    **rail,
                    "guardrail": "average",
                    "measured": "average",
                    "first_period": 1,
                    "last_period": 3,
                },
                {**rail, "guardrail": "total", "measured": "total", "first_period": 1, "last_period": 3},
            ],
        )
    )
    assert [block.node.tolist() for block in guardrails.blocks] == [[3, 6], [3], [3]]
    assert usage_of(guardrails, np.zeros((1, 7))).tolist() == [[180, 0, 240, 720]]


def test_limits_by_period() -> None:
    """A band that moves: the table replaces the upper limit of period 1 and gives it a lower one there alone."""
    guardrails = guardrails_of(
        make_instance(
            demand=(5, 5, 5),
            guardrails={"upper": 100},
            guardrail_limits={"period": 1, "upper": 40, "lower": 10},
        )
    )
    assert [block.side for block in guardrails.blocks] == ["upper", "lower"]
    assert guardrails.limits.tolist() == [100, 40, 100, -10]
    assert guardrails.blocks[1].node.tolist() == [1]


def test_ratios() -> None:
    """A fill rate of 80% of demand 5 and 8 asks for 4 and 6.4 units; a cap of 2 days on a year's demand of 8 at 6 is data.

    With nothing ordered and 6 in stock, 5 are served now and 1 later. `forward_cover_days` of 365 is one period: at the end of
    period 0 demand of 8 lies ahead, at the end of period 1 the last period's demand stands in. 8 * 6 / 365 a day, times 2.
    """
    guardrails = guardrails_of(
        make_instance(
            demand=(5, 8),
            items={"opening_stock_units": 6},
            settings={"forward_cover_days": 365},
            guardrails=[
                {"guardrail": "service", "metric": "fill_rate", "lower": 0.8},
                {"guardrail": "days", "metric": "days_of_supply", "upper": 2},
                {"guardrail": "turns", "metric": "turns", "lower": 3},
            ],
        )
    )
    service, days, turns = (slice(0, 2), slice(2, 4), slice(4, 6))
    np.testing.assert_allclose(guardrails.limits[service], [-4, -6.4])
    np.testing.assert_allclose(guardrails.limits[days], [2 * 48 / 365] * 2)
    usage = usage_of(guardrails, np.zeros((1, 2)))[0]
    np.testing.assert_allclose(usage[service], [-5, -1])
    np.testing.assert_allclose(usage[days], [6, 0])
    # Turns of at least 3: cost of sales 5 * 6 = 30 less 3 * 6 in stock is 12 above; then 1 * 6 less nothing.
    np.testing.assert_allclose(usage[turns], [-12, -6])
    np.testing.assert_allclose(guardrails.limits[turns], [0, 0])


def test_cvar_and_chance_are_judged_by_period() -> None:
    """Stock worth 90 now; 0 at `high` (0.25), 42 at `low` (0.75).

    CVaR 50% is the mean of the worse half, 42; CVaR 10% of the worst 90%: (0.75 * 42 + 0.15 * 0) / 0.9 = 35. A chance of 0.75
    releases `low`, one of 0.7 does not.
    """
    rail = {"upper": 30, "first_period": 1}

    def over(**columns: Any) -> list[float]:
        guardrails = fork({**rail, **columns})
        return [float(v) for v in guardrails.assess(usage_of(guardrails, np.zeros((1, 3)))[0])]

    assert over(holds="cvar", alpha=0.5) == [12, 0]
    np.testing.assert_allclose(over(holds="cvar", alpha=0.1), [5, 0])
    np.testing.assert_allclose(over(holds="cvar", alpha=0), [0.75 * 42 - 30, 0])
    assert over(holds="cvar", alpha=0.99) == [12, 0]  # the worst node's, on the group's first row
    assert over() == [0, 12]
    assert over(holds="chance", alpha=0.75) == [0, 0]
    assert over(holds="chance", alpha=0.7) == over(holds="chance", alpha=0) == [0, 12]


def test_overtime_is_a_cost_and_can_be_limited() -> None:
    """Capacity 10 at a premium of 2: 14 units are 4 of overtime, 8 of money; a limit of 5 on it is broken by 3.

    At a discount of 1 and a probability of 1 the part `overtime` is 8.
    """
    guardrails = guardrails_of(
        make_instance(
            demand=(20,),
            suppliers={"capacity_units_per_period": 10, "overtime_premium_per_unit": 2},
            guardrails={"metric": "overtime_spend", "upper": 5},
        )
    )
    assert [block.name for block in guardrails.blocks] == ["G", "capacity:V"]
    assert guardrails.assess(usage_of(guardrails, np.array([[14]]))[0]).tolist() == [3, 4]
    stock = Ledger(guardrails.tables, np.array([[14]])).stock
    assert guardrails.costs(stock) == {"overtime": 8, "guardrail_penalty": 0}


def test_warehouse_capacity() -> None:
    """Room for 30 at `low` and half of it at `high`; a unit of A takes 2, B is elsewhere. Overflow costs 3 per space."""
    guardrails = guardrails_of(
        make_instance(
            demand=((5, 8), (5, 8)),
            items=[{"warehouse": "H", "space_per_unit": 2, "opening_stock_units": 30}, {}],
            warehouses={"capacity_space": 30, "overflow_premium_per_period": 3},
            scenarios=FORK,
            scenario_warehouses=[{"node": "high", "capacity_factor": 0.5}],
        )
    )
    (block,) = guardrails.blocks
    assert (block.name, block.metric, block.is_capacity) == ("warehouse:H", "storage_space", True)
    assert guardrails.limits.tolist() == [30, 15, 30]
    # In stock: 25 now, 25 - 16 = 9 at `high`, 25 - 8 = 17 at `low`, each taking 2.
    usage = usage_of(guardrails, np.zeros((2, 3)))[0]
    assert usage.tolist() == [50, 18, 34]
    assert guardrails.assess(usage).tolist() == [20, 3, 4]
    assert guardrails.cost(guardrails.assess(usage)) == 3 * (20 + 0.25 * 3 + 0.75 * 4)


def test_a_funded_build_adds_room_for_its_items_only() -> None:
    """100 for all; 40 more for A in periods 0 and 1, which runs off over two periods: 40, 40, 20, 0.

    B alone stays within 100 as long as there is room for A.
    """
    guardrails = guardrails_of(
        make_instance(
            demand=((5,) * 4,) * 2,
            guardrails={"upper": 100},
            funded_builds={
                "scope": "item",
                "scope_value": "A",
                "amount": 40,
                "first_period": 0,
                "last_period": 1,
                "exit_date": dt.date(2027, 1, 5),  # in period 3, periods being years from 2024
            },
        )
    )
    everyone, outside = guardrails.blocks
    assert everyone.limit.tolist() == [140, 140, 120, 100]
    assert (outside.name, outside.side, outside.is_outside) == ("G", "upper", True)
    assert outside.items.tolist() == [False, True]
    assert outside.limit.tolist() == [100, 100, 100]
    assert outside.node.tolist() == [0, 1, 2]


def test_margin_tail_is_part_of_the_objective() -> None:
    """Stock of 20 earns 10 a unit: 50 now, then 150 at `high` or 80 at `low`; margins 204, 130.

    The unit owed at the end of `high` is served at once for 10 - 6 = 4.


    The worse half is all `low`: CVaR 50% = 130. With a weight of 0.4 the tail adds 0.4 * 130 to the objective, as a negative cost.
    """
    settings = {"margin_cvar_weight": 0.4, "margin_cvar_alpha": 0.5}
    guardrails = fork(settings=settings)
    (block,) = guardrails.blocks
    assert block.node.tolist() == [1, 2]
    usage = usage_of(guardrails, np.zeros((1, 3)))[0]
    np.testing.assert_allclose(usage, [-204, -130])
    assert guardrails.cost(guardrails.assess(usage)) == pytest.approx(-0.4 * 130)


def random_guardrails(seed: int) -> tuple[Tables, Guardrails, Ledger]:
    """All metrics, in scope of everything and of one supplier, at each node and in expectation, both sides."""
    rails = tuple(
        {
            "guardrail": f"{metric} {scope} {holds}",
            "metric": metric,
            "scope": scope,
            "scope_value": value,
            "holds": holds,
            "lower": 20,
            "upper": 50,
            "first_period": 1,
        }
        for metric in metric_names()
        if metric != "overtime_spend"  # it belongs to no item; below
        for scope, value in (("all", ""), ("item", "I1"))
        for holds in ("every scenario", "expected")
    )
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, items=3, guardrails=rails, has_capacity=True))
    return tables, Guardrails.build(tables), Ledger(tables, random_plan(rng, tables))


@pytest.mark.parametrize("seed", range(6))
def test_pull_prices_the_use_of_rows(seed: int) -> None:
    """For any prices the pulled form is worth, over all items, price times use summed over rows."""
    _, guardrails, ledger = random_guardrails(seed)
    rng = np.random.default_rng(seed)
    prices = rng.uniform(size=len(guardrails)) * (rng.random(len(guardrails)) < 0.5)
    usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    value = guardrails.pull(prices).value(ledger.stock)
    assert value.sum() == pytest.approx(usage @ prices, rel=1e-10)
    by_item = guardrails.item_usage(guardrails.metric_values(ledger.stock), np.arange(len(guardrails)))
    np.testing.assert_allclose(value, by_item @ prices, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_use_by_item_and_by_group_add_up(seed: int) -> None:
    """Rows by item or by group of items add up to the rows of all items, also for a selection of rows."""
    _, guardrails, ledger = random_guardrails(seed)
    values = guardrails.metric_values(ledger.stock)
    usage = guardrails.usage(values)[0]
    by_group = guardrails.usage(values, np.array([1, 0, 1]), 2)
    np.testing.assert_allclose(by_group.sum(axis=0), usage, atol=1e-8)
    rows = np.arange(len(guardrails))[::3]
    by_item = guardrails.item_usage(values, rows)
    np.testing.assert_allclose(by_item.sum(axis=0), usage[rows], atol=1e-8)
    np.testing.assert_allclose(by_item[1], by_group[0][rows], atol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_rows_equal_the_independent_checker(seed: int) -> None:
    """What a row leaves to its limit is what the checker measures from its own walk over the tree."""
    tables, guardrails, ledger = random_guardrails(seed)
    limits = read_limits(tables.instance, tables.tree)
    everyone = np.ones(len(tables.lot_size), dtype=bool)
    flows = simulate(
        tables.instance,
        tables.tree,
        ledger.stock.lots.astype(np.int64).T,
        [everyone, *(limit.scope for limit in limits)],
    )
    usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    measured = measure_all(limits, flows, tables.instance, tables.tree)
    assert [limit.name for limit in limits] == [block.name for block in guardrails.blocks]
    for (block, where), rows in zip(guardrails.each(), measured, strict=True):
        np.testing.assert_allclose(
            (usage - guardrails.limits)[where], rows.excess, atol=1e-7, err_msg=f"{block.name} {block.side}"
        )
