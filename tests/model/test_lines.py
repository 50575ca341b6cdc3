"""The lines of the ledger on random instances: adjoints, reconciliation of units and money, and a second opinion."""

import numpy as np
import pytest

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.lines import LINES
from stockrail.model.metrics import METRICS, MONEY_PARTS
from stockrail.model.stock import LinearForm
from stockrail.model.tables import Tables
from stockrail.verification.flows import simulate
from tests.random_instances import features_of, random_instance, random_plan, tables_of

SEEDS = range(24)
ITEMS = 4


def instance_of(seed: int) -> Instance:
    return random_instance(np.random.default_rng(seed), items=ITEMS, most_nodes=16)


def ledger_of(seed: int) -> Ledger:
    tables = tables_of(instance_of(seed))
    return Ledger(tables, random_plan(np.random.default_rng(seed), tables))


def read_parent(tables: Tables, values: np.ndarray, at_root: np.ndarray | float) -> np.ndarray:
    """The parent's value of each node [items, nodes], `at_root` before the root."""
    before = values[:, tables.tree.parent]
    before[:, 0] = at_root
    return before


@pytest.mark.parametrize("seed", SEEDS)
def test_random_instances_are_valid(seed: int) -> None:
    """What the tests below say holds for instances that a user could load."""
    assert inconsistencies_of(instance_of(seed)) == []


def test_random_instances_have_every_feature() -> None:
    """No feature of the model is missing from the tests below, and none is always there but the harmless ones."""
    features = [features_of(tables_of(instance_of(seed))) for seed in SEEDS]
    count = {name: sum(name in found for found in features) for name in set().union(*features)}
    rare = {name for name in count if count[name] < 2}
    assert rare == set()
    assert {f"lead time {periods}" for periods in range(5)} <= set(count)
    assert len(count) == 5 + 21


@pytest.mark.parametrize("name", LINES)
def test_pull_is_the_adjoint_of_the_line(name: str) -> None:
    """For any weight, weight times line summed over nodes is the value of the form that the weight is pulled to."""
    for seed in SEEDS:
        ledger = ledger_of(seed)
        weight = np.random.default_rng(seed).normal(size=ledger.tables.demand.shape)
        form = LinearForm.zero(ledger.tables)
        LINES[name].pull(ledger.tables, form, weight)
        expected = (weight * ledger.line(name)).sum(axis=1)
        np.testing.assert_allclose(form.value(ledger.stock), expected, rtol=1e-10, atol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_units_reconcile(seed: int) -> None:
    """Opening stock, plus received, less netted, plus expedited, less served, is closing stock at every node."""
    ledger = ledger_of(seed)
    opening = ledger.tables.instance.item_column("opening_stock_units")
    before = read_parent(ledger.tables, ledger.line("on_hand"), opening)
    moved = sum(
        sign * ledger.line(name)
        for name, sign in (("received", 1), ("netted", -1), ("expedited", 1), ("served", -1))
    )
    np.testing.assert_allclose(before + moved, ledger.line("on_hand"), atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_ordered_units_are_in_transit_or_received(seed: int) -> None:
    """What was in transit before, plus what is ordered, less what is received, is in transit after."""
    ledger = ledger_of(seed)
    scheduled = np.zeros(ITEMS)
    for row in ledger.tables.instance.open_orders:
        scheduled[ledger.tables.instance.item_index[row.item]] += row.units
    before = read_parent(ledger.tables, ledger.line("in_transit"), scheduled)
    after = before + ledger.line("ordered") - ledger.line("received")
    np.testing.assert_allclose(after, ledger.line("in_transit"), atol=1e-9)
    assert ledger.line("in_transit").min() >= -1e-9
    # Every order arrives within the horizon.
    np.testing.assert_allclose(ledger.line("in_transit")[:, ledger.tables.tree.leaves], 0.0, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_value_of_orders_is_in_transit_or_received(seed: int) -> None:
    """The same in money, at the cost of the order and net of what breaks save."""
    ledger = ledger_of(seed)
    scheduled = np.zeros(ITEMS)
    for row in ledger.tables.instance.open_orders:
        i = ledger.tables.instance.item_index[row.item]
        scheduled[i] += row.units * ledger.tables.unit_value[i]
    before = read_parent(ledger.tables, ledger.line("in_transit_value"), scheduled)
    after = before + ledger.line("ordered_value") - ledger.line("received_value")
    np.testing.assert_allclose(after, ledger.line("in_transit_value"), atol=1e-8)
    full_price = ledger.tables.landed_cost * ledger.line("ordered")
    np.testing.assert_allclose(ledger.line("ordered_value") + ledger.line("saving"), full_price, atol=1e-9)
    assert (ledger.line("saving") >= 0).all()
    assert (ledger.line("saving") <= full_price).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_newly_short_units_are_part_of_demand(seed: int) -> None:
    """Newly short units are between 0 and the demand, and are expedited, lost or wait."""
    ledger = ledger_of(seed)
    short = ledger.line("short")
    assert (short >= -1e-9).all()
    assert (short <= ledger.tables.demand + 1e-9).all()
    waiting = ledger.tables.waiting_share[:, None] * short
    np.testing.assert_allclose(ledger.line("expedited") + ledger.line("lost") + waiting, short, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_objective_is_minus_the_sum_of_the_parts(seed: int) -> None:
    """The form that the recursion minimises is minus the margin of each item, and the parts add up to it."""
    ledger = ledger_of(seed)
    parts = sum(sign * ledger.item_parts[name] for name, sign in MONEY_PARTS.items())
    value = objective_form(ledger.tables).value(ledger.stock)
    np.testing.assert_allclose(value, -np.asarray(parts), rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(ledger.item_margin, parts, rtol=1e-12)
    signed = sum(sign * ledger.margin_parts[name] for name, sign in MONEY_PARTS.items())
    assert ledger.expected_margin == pytest.approx(signed)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_and_metrics_equal_the_independent_checker(seed: int) -> None:
    """The checker walks shipments and layers of stock from node to node and shares no formula with the lines."""
    ledger = ledger_of(seed)
    tables, tree = ledger.tables, ledger.tables.tree
    lots = ledger.stock.lots.astype(np.int64)
    everything = np.ones(ITEMS, dtype=bool)
    flows = simulate(tables.instance, tree, lots.T, [everything])
    assert flows.imbalance < 1e-9
    for part in MONEY_PARTS:
        np.testing.assert_allclose(ledger.item_parts[part], flows.parts[part], atol=1e-8, err_msg=part)
    for metric in (name for name in METRICS if not METRICS[name].is_shared):
        expected = flows.metrics[metric][0]
        np.testing.assert_allclose(ledger.metric(metric).sum(axis=0), expected, atol=1e-8, err_msg=metric)
        denominator = ledger.denominator(metric)
        assert (denominator is not None) == (metric in flows.denominators)
        if denominator is not None:
            expected = flows.denominators[metric][0]
            np.testing.assert_allclose(denominator.sum(axis=0), expected, atol=1e-8, err_msg=metric)
    np.testing.assert_allclose(ledger.line("short") @ tree.probability, flows.short, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_segments_add_up(seed: int) -> None:
    """Each segment's items alone, as an instance of their own, earn what they earn among the others."""
    ledger = ledger_of(seed)
    instance = ledger.tables.instance
    total = 0.0
    for segment in sorted({row.segment for row in instance.items}):
        members = np.array([row.segment == segment for row in instance.items])
        names = {row.item for row, is_in in zip(instance.items, members, strict=True) if is_in}
        alone = Instance(
            settings=instance.settings,
            items=tuple(row for row in instance.items if row.item in names),
            segments=instance.segments,
            suppliers=instance.suppliers,
            quantity_breaks=tuple(row for row in instance.quantity_breaks if row.item in names),
            mean_demand=instance.mean_demand[members],
            sigma=instance.sigma[members],
            open_orders=tuple(row for row in instance.open_orders if row.item in names),
            order_overrides=tuple(row for row in instance.order_overrides if row.item in names),
            scenarios=instance.scenarios,
            scenario_demand=tuple(row for row in instance.scenario_demand if row.item in names),
            scenario_suppliers=instance.scenario_suppliers,
        )
        margin = Ledger(tables_of(alone), ledger.cumulative_lots[members]).expected_margin
        assert margin == pytest.approx(ledger.item_margin[members].sum())
        total += margin
    assert total == pytest.approx(ledger.expected_margin)
