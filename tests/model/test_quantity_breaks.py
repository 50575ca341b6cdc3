"""What quantity breaks save, by whole lots, derived by hand; and the same order by order from the prices."""

import numpy as np
import pytest

from stockrail.model.quantity_breaks import Tiers, saving_of
from tests.builders import Changes, make_instance


def tiers_of(kind: str, breaks: list[tuple[float, float]], lot_size: float, freight: float = 0.0) -> Tiers:
    rows: list[Changes] = [
        {"from_units": units, "unit_cost": cost, "applies_to": kind} for units, cost in breaks
    ]
    instance = make_instance(
        items={"lot_size": lot_size}, suppliers={"freight_rate": freight}, quantity_breaks=rows
    )
    return Tiers.of(instance)


def savings(tiers: Tiers, most_lots: int) -> list[float]:
    """Savings of orders of 0, 1, ... lots of the only item."""
    return [float(x) for x in tiers.saving(np.arange(most_lots + 1.0)[None, :])[0]]


def test_breaks_on_all_units() -> None:
    """Lots of 4 at 6 a unit, 5 from 10 units and 4.5 from 18, 10% freight: 2 lots are 8 units and save nothing.

    3 lots are 12 units, 1.1 * 1 * 12 = 13.2; 4 lots 1.1 * 16 = 17.6; 5 lots are 20 units, 1.1 * 1.5 * 20 = 33.
    """
    tiers = tiers_of("all units", [(10, 5), (18, 4.5)], lot_size=4, freight=0.1)
    assert savings(tiers, 5) == pytest.approx([0, 0, 0, 13.2, 17.6, 33])
    assert tiers.first.tolist() == [[1, 3, 5]]
    assert tiers.last[0, :2].tolist() == [2, 4]


def test_incremental_breaks() -> None:
    """The same breaks on the units beyond them: 12 units save 1.1 * 1 * 2, 16 save 1.1 * 1 * 6.

    20 units save 1 on the 10 beyond 10 and 0.5 more on the 2 beyond 18: 1.1 * (10 + 1) = 12.1.
    """
    tiers = tiers_of("incremental", [(18, 4.5), (10, 5)], lot_size=4, freight=0.1)  # in any order
    assert savings(tiers, 5) == pytest.approx([0, 0, 0, 2.2, 6.6, 12.1])


def test_two_breaks_within_one_lot_are_one_tier() -> None:
    """Lots of 10, breaks at 12 and 17 units: 2 lots are beyond both, 1 * 8 + 0.5 * 3 = 9.5; each lot more saves 15."""
    tiers = tiers_of("incremental", [(12, 5), (17, 4.5)], lot_size=10)
    assert tiers.count.tolist() == [2]
    assert savings(tiers, 3) == pytest.approx([0, 0, 9.5, 24.5])


def test_a_break_below_one_lot_holds_for_every_order() -> None:
    """Lots of 4 and a break from 3 units: each lot saves 4, and there is no tier without a saving."""
    tiers = tiers_of("all units", [(3, 5)], lot_size=4)
    assert tiers.count.tolist() == [1]
    assert savings(tiers, 2) == pytest.approx([0, 4, 8])


def test_a_break_at_whole_lots_is_reached_despite_rounding() -> None:
    """0.3 units are three lots of 0.1, though 0.3 / 0.1 is a little less than 3 in floating point, and 0.1 * 3 a little more."""
    assert savings(tiers_of("all units", [(0.3, 5)], lot_size=0.1), 3) == pytest.approx([0, 0, 0, 0.3])


def test_items_without_breaks_have_no_tiers() -> None:
    """Of two items only B has a break; A counts none and saves nothing."""
    instance = make_instance(
        demand=((1,), (1,)), quantity_breaks={"item": "B", "from_units": 2, "unit_cost": 5}
    )
    tiers = Tiers.of(instance)
    assert tiers.count.tolist() == [0, 2]
    assert tiers.saving(np.array([[3.0], [3.0]])).tolist() == [[0.0], [3.0]]


@pytest.mark.parametrize("kind", ["all units", "incremental"])
@pytest.mark.parametrize("seed", range(10))
def test_saving_is_what_the_order_costs_less(kind: str, seed: int) -> None:
    """Unit by unit: with all units at the price of the whole order, or each unit at the price of its own place in it."""
    rng = np.random.default_rng(seed)
    from_units = np.sort(rng.choice(np.arange(2, 40), size=3, replace=False))
    costs = np.sort(rng.uniform(3, 6, size=3))[::-1]
    lot_size = int(rng.integers(1, 8))
    tiers = tiers_of(kind, list(zip(from_units.tolist(), costs.tolist(), strict=True)), lot_size)
    for lots in range(12):
        units = np.arange(1, lots * lot_size + 1)
        if kind == "all units":
            reached = (units.size >= from_units) * np.ones((units.size, 1), dtype=bool)
        else:
            reached = units[:, None] > from_units
        price = np.array([costs[row.sum() - 1] if row.any() else 6.0 for row in reached])
        saved = saving_of(lots, tiers.first[0], tiers.last[0], tiers.fixed[0], tiers.slope[0])
        assert saved == pytest.approx(float((6.0 - price).sum()), abs=1e-9)
        assert savings(tiers, 12)[lots] == pytest.approx(saved, abs=1e-12)
