"""Commit, most likely and stretch by hand, and a target against them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import stockrail as sr
from stockrail.model.scenarios import build_tree
from stockrail.trees.views import constrained_to_target, quantiles, scaled_to_target, target_factor, views
from tests.builders import make_instance

SCENARIOS = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.3, "demand_factor": 0.5},
    {"node": "usual", "parent": "now", "period": 1, "probability": 0.4},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.3, "demand_factor": 1.5},
]


def _instance(sigma: float = 0.0) -> sr.Instance:
    """Two items at 10 and 20 a unit in segments of their own; 100 and 50 units in each period, then half or one and a half."""
    return make_instance(
        demand=[(100, 100), (50, 50)],
        sigma=sigma,
        items=[{"segment": "S"}, {"segment": "T", "unit_price": 20}],
        segments=[{"segment": "S"}, {"segment": "T"}],
        scenarios=SCENARIOS,
    )


def _row(frame: pd.DataFrame, segment: str, period: int | None, measure: str) -> dict[str, Any]:
    is_period = frame["period"].isna() if period is None else frame["period"] == period
    rows = frame[(frame["segment"] == segment) & is_period.fillna(False) & (frame["measure"] == measure)]
    assert len(rows) == 1
    return {str(name): value for name, value in rows.iloc[0].items()}


def test_three_readings_of_one_tree() -> None:
    """Revenue of period 1 is 1,000, 2,000 or 3,000 with 30, 40, 30%: less than the commit in 20%, than the stretch in 80%.

    Over the horizon 2,000 of period 0 come on top.
    """
    frame = views(_instance())
    later, total = _row(frame, "all", 1, "revenue"), _row(frame, "all", None, "revenue")
    assert [later[name] for name in ("commit", "most_likely", "stretch")] == [1000, 2000, 3000]
    assert [total[name] for name in ("commit", "most_likely", "stretch", "mean")] == [3000, 4000, 5000, 4000]
    assert _row(frame, "T", 1, "units")["commit"] == 25


def test_means_of_segments_add_up() -> None:
    """Percentiles do not, means do, in units and in money."""
    frame = views(_instance(5.0))
    for measure in ("units", "revenue"):
        parts = sum(_row(frame, name, None, measure)["mean"] for name in "ST")
        assert parts == pytest.approx(_row(frame, "all", None, measure)["mean"])


def test_error_beside_the_tree_counts() -> None:
    """In period 0 all is one node: 100 units and an error of 8, so the commit is 100 - 0.8416 * 8."""
    row = _row(views(_instance(8.0)), "S", 0, "units")
    assert row["commit"] == pytest.approx(100 + norm.ppf(0.2) * 8)
    assert row["stretch"] == pytest.approx(100 + norm.ppf(0.8) * 8)


def test_target_against_the_readings() -> None:
    """4,400 where 4,000 are expected: each period and segment 10% more, 400 above the most likely, reached in 30%."""
    frame = views(_instance(), target=4400)
    total = _row(frame, "all", None, "revenue")
    assert (total["target"], total["gap"], total["chance"]) == pytest.approx((4400, 400, 0.3))
    assert _row(frame, "T", 0, "units")["target"] == pytest.approx(55)


def test_target_as_a_scenario() -> None:
    """The same tree, all demand a tenth higher, whose expected revenue is the target."""
    instance = scaled_to_target(_instance(8.0), 4400)
    assert build_tree(instance).demand == pytest.approx(1.1 * build_tree(_instance()).demand)
    assert instance.sigma.max() == pytest.approx(8.8)
    assert target_factor(instance, 4400) == pytest.approx(1)


def test_target_as_a_constraint(tmp_path: Path) -> None:
    """300 units are expected for 4,000, so 4,400 are 330 units at 13.33; a plan can serve 300, and pays for 30."""
    instance = constrained_to_target(_instance(), 4400)
    row = instance.guardrails[-1]
    assert (row.metric, row.lower) == ("served_units", 330)
    assert row.soft_price == pytest.approx(40 / 3)
    sr.write(instance, tmp_path)
    plan = sr.plan(sr.load(tmp_path), gap=0.0, workers=1)
    assert plan.certificate["margin_parts"]["guardrail_penalty"] == pytest.approx(30 * 40 / 3, rel=1e-4)
    with pytest.raises(ValueError, match="finance-target already"):
        constrained_to_target(instance, 4400)


def test_targets_and_probabilities_that_are_not_allowed() -> None:
    """What is wrong is said."""
    with pytest.raises(ValueError, match=r"commit < 0\.5 < stretch"):
        views(_instance(), commit=0.6)
    with pytest.raises(ValueError, match="positive target"):
        views(_instance(), target=-1)
    with pytest.raises(ValueError, match="expects no revenue"):
        target_factor(make_instance(demand=(0, 0)), 5)


@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=6),
    st.floats(0.1, 50),
    st.floats(0.02, 0.98),
    st.integers(0, 9),
)
def test_quantile_leaves_its_share_below(values: list[float], sd: float, level: float, seed: int) -> None:
    """The probability below a quantile is its level, unless it would be negative."""
    at = np.array(values)
    probability = np.random.default_rng(seed).dirichlet(np.ones(len(at)))
    found = quantiles(at, np.full(len(at), sd), probability, [level])[0]
    below = float(norm.cdf((found - at) / sd) @ probability)
    assert below == pytest.approx(level, abs=1e-9) or (found == 0 and below >= level)
