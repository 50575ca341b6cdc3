"""Prices against differences between whole plans: the extensive form solved to the end at many limits, no value function.

A price is what a mix of plans earns. Under a single row that is the concave hull of what whole plans earn over the limit,
so a price is the slope of that hull: how much better the next worthwhile plan is, by how much more limit it takes.
"""

from pathlib import Path

import numpy as np
import pytest

import stockrail as sr
from stockrail.finance.limits import Side, change_limit
from stockrail.finance.prices import prices
from stockrail.solvers import InfeasibleError, SolveOptions
from stockrail.solvers.extensive import solve_extensive
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.test_guardrail_docs import instance_of, sections

EXAMPLE = Path(__file__).parents[3] / "instances" / "guardrails-example"
LOST = {"lost_share": 1.0}
ONE_ORDER = {"order_interval_periods": 2}


def best(instance: sr.Instance) -> float:
    """Return what the best whole plan earns, nothing at all where there is none."""
    try:
        return solve_extensive(tables_of(instance), SolveOptions(gap=0.0)).objective
    except InfeasibleError:
        return -np.inf


def slopes(instance: sr.Instance, side: Side, limit: float, limits: np.ndarray) -> tuple[float, float]:
    """Return the slopes of the hull over `limits` to the right and to the left of `limit`."""
    name = instance.guardrails[0].guardrail
    earned = np.array([best(change_limit(instance, name, side, float(at))) for at in limits])
    limits, earned = limits[np.isfinite(earned)], earned[np.isfinite(earned)]
    left, right = limits <= limit, limits >= limit
    a, b = np.meshgrid(np.flatnonzero(left), np.flatnonzero(right), indexing="ij")
    width = limits[b] - limits[a]
    share = np.divide(limit - limits[a], width, out=np.zeros_like(width), where=width > 0)
    here = ((1 - share) * earned[a] + share * earned[b]).max()
    up, down = limits > limit, limits < limit
    return (
        ((earned[up] - here) / (limits[up] - limit)).max(),
        ((here - earned[down]) / (limit - limits[down])).min(),
    )


def check(instance: sr.Instance, side: Side, limit: float, limits: np.ndarray) -> tuple[float, float]:
    """Compare both prices with both slopes and return the slopes."""
    found = prices(change_limit(instance, instance.guardrails[0].guardrail, side, limit))
    (row,) = found[found["side"] == side].to_dict("records")
    up, down = slopes(instance, side, limit, limits)
    assert row["price_up"] == pytest.approx(up, abs=row["resolution"] + 1e-6)
    assert row["price_down"] == pytest.approx(down, abs=row["resolution"] + 1e-6)
    return up, down


def test_lots_of_the_example() -> None:
    """From a stock of 100 to one of 200 the margin rises from 874 to 886: 0.12 for each EUR between."""
    up, down = check(sr.load(EXAMPLE), "upper", 150.0, np.arange(0.0, 401.0, 50.0))
    assert (up, down) == pytest.approx((0.12, 0.12))


@pytest.mark.parametrize(
    ("limit", "up", "down"), [(45, 4 / 6, 4 / 6), (60, 2 / 6, 4 / 6), (90, 2 / 6, 2 / 6)]
)
def test_two_items_share_a_limit(limit: float, up: float, down: float) -> None:
    """Units of 6 earn 4 or 2, ten of each are wanted: at 60 the first item is served in full, which is a kink."""
    instance = make_instance(
        demand=((0, 10), (0, 10)),
        items=[{"unit_price": 10}, {"unit_price": 8}],
        segments=LOST,
        suppliers=ONE_ORDER,
        guardrails={"upper": limit, "last_period": 0},
    )
    assert check(instance, "upper", limit, np.arange(0.0, 121.0, 6.0)) == pytest.approx((up, down))


def test_lower_limit() -> None:
    """Units that are sold at 6 and bought at 8 lose 2 each: serving one more costs 2, one less saves 2."""
    instance = make_instance(
        demand=(10,),
        items={"unit_price": 6, "unit_cost": 8},
        segments=LOST,
        guardrails={"metric": "served_units", "lower": 4},
    )
    assert check(instance, "lower", 4.0, np.arange(0.0, 11.0)) == pytest.approx((-2.0, -2.0))


@pytest.mark.parametrize("seed", range(3))
def test_random_lots_and_order_costs(seed: int) -> None:
    """Two items with lots, order costs and a budget: the hull has corners wherever they fall."""
    random = np.random.default_rng(seed)
    instance = make_instance(
        demand=random.integers(4, 9, size=(2, 1)).tolist(),
        items=[
            {
                "unit_price": int(random.integers(9, 16)),
                "unit_cost": cost,
                "lot_size": 2,
                "order_cost": int(random.integers(0, 9)),
            }
            for cost in (4, 6)
        ],
        segments=LOST,
        guardrails={"metric": "purchases", "upper": 30},
    )
    # Lots cost 8 and 12, so what is spent is a multiple of 4.
    check(instance, "upper", float(random.integers(6, 60)) + 0.5, np.arange(0.0, 101.0, 4.0))


def test_no_plan_where_a_limit_is_tighter(tmp_path: Path) -> None:
    """Demand of 40 takes all of four lots, so stock later cannot be more than 0 everywhere: that has no price."""
    instance = instance_of(sections()["Bands by period"], tmp_path / "example")
    found = prices(instance, by_period=True)
    lower = found[found["side"] == "lower"].set_index("period")
    assert lower.loc[1, "price_up"] == -np.inf
    assert lower.loc[1, "price_down"] == 0.0
    assert lower["resolution"].max() < 0.001
