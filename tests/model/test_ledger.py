"""The ledger: money, fill rate, safety stock and the physical margin of plans, derived by hand."""

import dataclasses

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from tests.builders import Changes, make_instance
from tests.random_instances import random_instance, random_plan, tables_of

TWO_STEPS: list[Changes] = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.25, "demand_factor": 2},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
    {"node": "high2", "parent": "high", "period": 2, "probability": 0.25},
    {"node": "low2", "parent": "low", "period": 2, "probability": 0.75},
]


def ledger_of(instance: Instance, *plan: list[int]) -> Ledger:
    return Ledger(tables_of(instance), np.array(plan))


def test_parts_of_the_margin() -> None:
    """Stock 6 and 8 more ordered now for period 1, when 16 (probability 1/4) or 8 are demanded; half is lost.

    now     5 served, 1 left
    high    net 1 + 8 - 16 = -7: 3.5 lost, 3.5 wait, 9 served
    low     1 + 8 - 8 = 1 left, 8 served
    """
    ledger = ledger_of(
        make_instance(
            demand=(5, 8),
            settings={"cost_of_capital_rate_per_year": 0.1, "terminal_stock_share": 0.5},
            items={"order_cost": 5, "lot_size": 4, "lead_time_periods": 1, "opening_stock_units": 6},
            segments={
                "lost_share": 0.5,
                "churn_cost_share_of_price": 0.1,
                "backorder_cost_share_of_price_per_period": 0.2,
            },
            scenarios=TWO_STEPS[:3],
        ),
        [2, 2, 2],
    )
    assert ledger.line("served").tolist() == [[5, 9, 8]]
    assert ledger.margin_parts == pytest.approx(
        {
            "revenue": 50 + 90 / 4 + 80 * 3 / 4,
            "landed_cost": 48,
            "order_cost": 5,
            "holding": 0.6 + 0.6 * 3 / 4,  # 10% of a unit worth 6, now and at `low`
            "expedite": 0,
            "stockout": (0.1 * 10 * 3.5 + 0.2 * 10 * 3.5) / 4,
            "write_off": 0,
            "change": 0,
            "terminal_value": (10 - 6) * 3.5 / 4 + 3 * 3 / 4,
        }
    )
    assert ledger.expected_margin == pytest.approx(132.5 - 48 - 5 - 1.05 - 2.625 + 5.75)


def test_discounted_margin() -> None:
    """At 25% a year, 40 earned in each of three years are 40 + 32 + 25.6."""
    ledger = ledger_of(make_instance(settings={"discount_rate_per_year": 0.25}), [10, 20, 30])
    assert ledger.expected_margin == pytest.approx(97.6)


def test_old_stock_is_written_down_once() -> None:
    """20 units, demand 5, 0, 5, 0, shelf life 2: in period 2, 20 - 10 = 10 are older than that; in 3 they still are.

    `aged_beyond(2)` is 10 in period 2 and 10 in period 3; `aged_beyond(3)` is 10 in period 3, so nothing new ages.
    """
    ledger = ledger_of(
        make_instance(
            demand=(5, 0, 5, 0),
            items={"opening_stock_units": 20, "shelf_life_periods": 2, "write_off_share": 0.25},
        ),
        [0, 0, 0, 0],
    )
    assert ledger.line("newly_aged").tolist() == [[0, 0, 10, 0]]
    assert ledger.margin_parts["write_off"] == pytest.approx(0.25 * 6 * 10)


def test_fill_rate() -> None:
    """A: 12 units meet 12 of 20; B: everything; C: no demand at all, nothing short."""
    ledger = ledger_of(
        make_instance(
            demand=((10, 10), (3, 3), (0, 0)),
            items=[{"opening_stock_units": 12}, {"opening_stock_units": 6}, {}],
        ),
        [0, 0],
        [0, 0],
        [0, 0],
    )
    np.testing.assert_allclose(ledger.fill_rate, [0.6, 1.0, 1.0])


def test_fill_rate_is_expected_over_scenarios() -> None:
    """Of 15 units, 5 + 16 leave 6 short at `high`, 5 + 8 none: 1 - 0.25 * 6 / (5 + 0.25 * 16 + 0.75 * 8) = 0.9."""
    instance = make_instance(
        demand=(5, 8), items={"opening_stock_units": 15}, segments={"lost_share": 1}, scenarios=TWO_STEPS[:3]
    )
    np.testing.assert_allclose(ledger_of(instance, [0, 0, 0]).fill_rate, [0.9])


def test_safety_stock_is_what_is_left_before_a_receipt() -> None:
    """Opening 20, demand 5, then 16 or 8; 2 lots of 4 arrive in period 1 everywhere, 1 lot in period 2 after `high`.

    Before the first receipt 15 are left (weight 1), before the second 15 + 8 - 16 = 7 (weight 1/4):
    (15 + 7 / 4) / 1.25 = 13.4. With an error of 3 a period and lead time 1, sigma is 3 now and 3 * sqrt(2) later.
    """
    ledger = ledger_of(
        make_instance(
            demand=(5, 8, 0),
            sigma=3,
            items={"lot_size": 4, "lead_time_periods": 1, "opening_stock_units": 20},
            scenarios=TWO_STEPS,
        ),
        [2, 3, 2, 3, 2],
    )
    units, z = ledger.safety_stock
    np.testing.assert_allclose(units, [13.4])
    np.testing.assert_allclose(z, [16.75 / (3 + 3 * np.sqrt(2) / 4)])


def test_safety_stock_counts_open_orders_and_is_nan_without_receipts() -> None:
    """A: an open order arrives in period 1, before which 20 - 10 are left. B: nothing ever arrives. No noise, no z."""
    ledger = ledger_of(
        make_instance(
            demand=((10, 10), (10, 10)),
            items=[{"opening_stock_units": 20}, {"opening_stock_units": 20}],
            open_orders={"due_period": 1, "units": 5},
        ),
        [0, 0],
        [0, 0],
    )
    units, z = ledger.safety_stock
    np.testing.assert_allclose(units, np.array([10, np.nan]))
    assert not np.isfinite(z).any()


def lost_or_expedited(**item: float) -> Ledger:
    """Stock 4, demand 10 and 10, 10 units ordered in period 1; nothing waits."""
    instance = make_instance(
        demand=(10, 10), items={"opening_stock_units": 4, **item}, segments={"lost_share": 1}
    )
    return ledger_of(instance, [0, 10])


def test_physical_margin_of_lost_sales() -> None:
    """6 units are lost in period 0. Netting takes them out of the receipt of 10, so 6 of period 1 are lost again.

    Netted: 4 + 4 sold, 10 - 6 bought: 80 - 24 = 56. Physically: 4 + 10 sold, 10 bought: 140 - 60 = 80.
    """
    ledger = lost_or_expedited()
    assert ledger.line("netted").tolist() == [[0, 6]]
    assert ledger.expected_margin == pytest.approx(56)
    assert ledger.physical_margin == pytest.approx(80)


def test_physical_margin_of_expedited_units() -> None:
    """6 units are expedited at a premium of 1 in period 0; netted from the receipt, 6 more are in period 1.

    Netted: 20 sold, 6 + 10 - 6 + 6 bought, 12 premium: 200 - 96 - 12 = 92. Physically the second 6 are served from the
    receipt: 200 - 36 - 60 - 6 = 98.
    """
    ledger = lost_or_expedited(expedite_share=1, expedite_premium=1)
    assert ledger.line("expedited").tolist() == [[6, 6]]
    assert ledger.expected_margin == pytest.approx(92)
    assert ledger.physical_margin == pytest.approx(98)


@pytest.mark.parametrize("kind", ["all units", "incremental"])
def test_quantity_breaks_in_the_margin(kind: str) -> None:
    """The 10 units of period 1 at 6, or 5 from 8 units on: the saving is 10 on all units, 2 on those beyond 8.

    It is on the order, so netting and the physical replay have it alike: 56 and 80, see above, and the saving.
    """
    instance = make_instance(
        demand=(10, 10),
        items={"opening_stock_units": 4},
        segments={"lost_share": 1},
        quantity_breaks={"from_units": 8, "unit_cost": 5, "applies_to": kind},
    )
    ledger = ledger_of(instance, [0, 10])
    saving = 10 if kind == "all units" else 2
    assert ledger.line("saving").tolist() == [[0, saving]]
    assert ledger.margin_parts["landed_cost"] == pytest.approx(24 - saving)
    assert ledger.expected_margin == pytest.approx(56 + saving)
    assert ledger.physical_margin == pytest.approx(80 + saving)


@pytest.mark.parametrize("seed", range(8))
def test_physical_margin_is_the_margin_where_all_shortage_waits(seed: int) -> None:
    """Without lost and expedited units nothing is netted, and the replay is the plan itself, noise or not."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, items=3)
    waiting = dataclasses.replace(
        instance,
        items=tuple(row.model_copy(update={"expedite_share": 0.0}) for row in instance.items),
        segments=tuple(row.model_copy(update={"lost_share": 0.0}) for row in instance.segments),
    )
    tables = tables_of(waiting)
    ledger = Ledger(tables, random_plan(rng, tables))
    assert not ledger.line("netted").any()
    assert ledger.physical_margin == pytest.approx(ledger.expected_margin)


def test_metric_totals_and_expectations() -> None:
    """Two items with 3 and 4 units left at `low`, none at `high`: 7 * 6 = 42 there, 31.5 expected."""
    ledger = ledger_of(
        make_instance(
            demand=((5, 8), (5, 8)),
            items=[{"opening_stock_units": 16}, {"opening_stock_units": 17}],
            scenarios=TWO_STEPS[:3],
        ),
        [0, 0, 0],
        [0, 0, 0],
    )
    total = ledger.metric_total("inventory_value")
    np.testing.assert_allclose(total, [23 * 6, 0, 42])
    np.testing.assert_allclose(ledger.expected(total), [138, 31.5])
    by_item = ledger.expected(ledger.metric("inventory_value"))
    np.testing.assert_allclose(by_item, np.array([[66, 13.5], [72, 18]]))
