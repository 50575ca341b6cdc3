"""Guardrails as rows: which rows, with which sign, limit and price, and what they sum."""

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import metric_names
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.verify_flows import simulate
from stockrail.verify_guardrails import measure, read_limits
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
    flows = simulate(
        tables.instance, tables.tree, ledger.stock.lots.astype(np.int64).T, [limit.scope for limit in limits]
    )
    usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    slack = guardrails.limits - usage
    assert [limit.name for limit in limits] == [block.name for block in guardrails.blocks]
    for position, (block, limit) in enumerate(zip(guardrails.blocks, limits, strict=True)):
        rows = slice(guardrails.starts[position], guardrails.starts[position + 1])
        value = flows.metrics[limit.metric][position]
        if limit.is_whole:
            value = value + ledger.metric_total(limit.metric) - ledger.metric(limit.metric).sum(axis=0)
        measured = measure(limit, value, tables.tree, tables.discount)
        np.testing.assert_allclose(
            slack[rows], measured.slack, atol=1e-7, err_msg=f"{block.name} {block.side}"
        )
