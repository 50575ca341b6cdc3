"""What policies aim at, each number derived by hand from a small instance."""

import numpy as np
import pytest

from stockrail.model import policy_targets
from stockrail.model.policy import DEFAULT_MENU, Option, Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets, targets_of_options
from stockrail.model.tables import Tables
from tests.builders import make_instance
from tests.random_instances import random_instance, tables_of


def targets_of(tables: Tables, policy: Policy) -> PolicyTargets:
    """Targets of a policy on the tables of an instance."""
    return PolicyTargets.of(tables, Forecast.of(tables), policy)


def test_lead_time_cover_and_beyond_the_horizon() -> None:
    """Demand 10, 20, 30, 40, lead time 2, cover 1.5, lots of 8, 30 in stock, factor 2, errors 0, 3, 4, 12.

    Period 0: errors of periods 0 to 2 are 0, 3, 4, together 5, so safety stock 10. Ahead(2) = 50, ahead(3.5) = 50 + 40 + 20 (half
    of the last 40) = 110. The position without orders is 30 - 10 = 20: floor 10 + 50 - 20 = 40 units, 5 lots; order-up-to
    120 - 20 = 100, 12.5 -> 13.
    Period 1: 3, 4, 12 are 13: 26. Ahead(2) = 70, ahead(3.5) = 70 + 40 + 20 = 130. Position 0: 96 -> 12 lots, 156 -> 19.5 -> 20.
    Periods 2, 3: an order would arrive after the horizon; the error is that of the last period, 13, and ahead(2) = 80.
    """
    instance = make_instance(
        demand=(10, 20, 30, 40),
        sigma=(0, 3, 4, 12),
        items={"lead_time_periods": 2, "lot_size": 8, "opening_stock_units": 30},
    )
    targets = targets_of(tables_of(instance), Policy.of_option(instance, Option("", 2, 1.5)))
    assert targets.safety_stock.tolist() == [[10, 26, 26, 26]]
    assert targets.reorder_point.tolist() == [[60, 96, 106, 106]]
    assert targets.order_up_to.tolist() == [[120, 156, 166, 166]]
    assert targets.is_review.tolist() == [[True, True, False, False]]
    assert targets.floor_lots[0, :2].tolist() == targets.trigger_lots[0, :2].tolist() == [5, 12]
    assert targets.target_lots[0, :2].tolist() == [13, 20]


@pytest.mark.parametrize(
    ("interval", "cover", "trigger", "target"),
    [
        # Review 2. Calendar 2: together every 2 periods, one more period of 10 to last.
        (2, 0, 20, 20),
        (2, 3, 20, 40),
        # Calendar 3: every 6 periods, five more; a cover of 3 is less than that, one of 5.5 more.
        (3, 3, 60, 60),
        (3, 5.5, 60, 65),
    ],
)
def test_cycle_is_the_least_common_multiple(interval: int, cover: float, trigger: int, target: int) -> None:
    """Demand of 10, nothing in stock: 10 are missing in period 0."""
    instance = make_instance(demand=(10,) * 8, suppliers={"order_interval_periods": interval})
    targets = targets_of(tables_of(instance), Policy.of_option(instance, Option("", 0, cover, 2)))
    assert targets.floor_lots[0, 0] == 10
    assert targets.trigger_lots[0, 0] == trigger
    assert targets.target_lots[0, 0] == target
    assert np.flatnonzero(targets.is_review[0]).tolist() == ([0, 2, 4, 6] if interval == 2 else [0, 6])


def test_lots_may_be_negative() -> None:
    """25 too many in lots of 10: two and a half lots fewer would do, so -2 is the least that does."""
    instance = make_instance(demand=(10,), items={"opening_stock_units": 35, "lot_size": 10})
    targets = targets_of(tables_of(instance), Policy.of_option(instance, Option("", 0, 0)))
    assert targets.floor_lots.tolist() == [[-2]]


def test_rounding_makes_no_lot() -> None:
    """0.3 / 0.1 is 2.9999999999999996 and 0.1 + 0.2 is 0.30000000000000004: both are 3 lots."""
    instance = make_instance(demand=((0.3,), (0.1 + 0.2,)), items=[{"lot_size": 0.1}] * 2)
    targets = targets_of(tables_of(instance), Policy.of_option(instance, Option("", 0, 0)))
    assert targets.floor_lots.tolist() == [[3], [3]]


def test_safety_stock_in_units_and_by_factor() -> None:
    """One policy may have both: 7 units, and 2 standard deviations of 3."""
    tables = tables_of(make_instance(demand=((1,), (1,)), sigma=3))
    policy = Policy(np.array([np.nan, 2]), np.array([7, np.nan]), np.zeros(2), np.ones(2, dtype=np.int64))
    assert targets_of(tables, policy).safety_stock.tolist() == [[7], [6]]


def test_scheduled_receipts_of_the_lead_time() -> None:
    """5 due in period 1 and 7 in period 3. Lead time 1 sees in periods 0 to 3 what is due by 1, 2, 3, 3."""
    orders = [{"due_period": 1, "units": 5}, {"due_period": 3, "units": 7}]
    instance = make_instance(demand=(0,) * 4, items={"lead_time_periods": 1}, open_orders=orders)
    assert Forecast.of(tables_of(instance)).position.tolist() == [[5, 5, 12, 12]]


def test_many_options_are_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed together, in one batch or in many, is what is computed alone."""
    tables = tables_of(random_instance(np.random.default_rng(5), items=3))
    forecast = Forecast.of(tables)
    options = [*DEFAULT_MENU[:12], Option("", 1, 2.5, 2), Option("", 1, 2.5, 3)]
    alone = [
        PolicyTargets.of(tables, forecast, Policy.of_option(tables.instance, option)) for option in options
    ]
    for most_cells in (policy_targets.MOST_CELLS, 1):
        monkeypatch.setattr(policy_targets, "MOST_CELLS", most_cells)
        together = list(targets_of_options(tables, forecast, options))
        assert len(together) == len(options)
        for one, other in zip(alone, together, strict=True):
            for name in PolicyTargets.__dataclass_fields__:
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
