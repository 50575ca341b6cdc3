"""What the checker reads from an instance: quantity breaks, demand ahead, quarter ends."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.scenarios import build_tree
from stockrail.verification.breaks import QuantityBreaks
from stockrail.verification.facts import forward_demand, is_quarter_end
from tests.builders import make_instance


def breaks(kind: str, *steps: tuple[float, float]) -> QuantityBreaks:
    """Breaks of an item with unit cost 10 and freight of 10%."""
    rows = [{"from_units": units, "unit_cost": cost, "applies_to": kind} for units, cost in steps]
    return QuantityBreaks(
        make_instance(items={"unit_cost": 10}, suppliers={"freight_rate": 0.1}, quantity_breaks=rows)
    )


@pytest.mark.parametrize(
    ("kind", "units", "saved"),
    [
        ("all units", 3, 0),
        ("all units", 4, 1.1 * 4),  # 4 * (10 - 9)
        ("all units", 10, 1.1 * 30),  # 10 * (10 - 7)
        ("incremental", 4, 0),
        ("incremental", 6, 1.1 * 2),  # the 2 beyond 4 cost 9
        ("incremental", 10, 1.1 * 10),  # 4 from 4 to 8 cost 1 less each, 2 beyond cost 3 less
    ],
)
def test_saving_of_an_order(kind: str, units: float, saved: float) -> None:
    """From 4 units the cost is 9 instead of 10, from 8 it is 7; freight falls with it."""
    assert breaks(kind, (8, 7), (4, 9)).saving(0, units) == pytest.approx(saved)


@given(
    units=st.integers(1, 60),
    steps=st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 10)), min_size=1, max_size=4, unique_by=lambda s: s[0]
    ),
)
def test_brackets_add_up_to_the_formula(units: int, steps: list[tuple[int, int]]) -> None:
    """Pricing each bracket by itself gives the sum over breaks of section 2."""
    ordered = sorted(steps)
    costs = [10, *(cost for _, cost in ordered)]
    formula = 1.1 * sum(
        (costs[b] - costs[b + 1]) * (units - start) for b, (start, _) in enumerate(ordered) if start <= units
    )
    assert breaks("incremental", *steps).saving(0, units) == pytest.approx(formula, abs=1e-9)


def test_demand_ahead_is_conditional_and_goes_on_beyond_the_horizon() -> None:
    """Two years of cover: the mean of what follows each node, and again the last year where the horizon ends."""
    instance = make_instance(
        demand=(1, 1, 1),
        settings={"forward_cover_days": 730},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "a", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 4},
            {"node": "b", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 8},
            {"node": "a1", "parent": "a", "period": 2, "probability": 0.5, "demand_factor": 10},
            {"node": "b1", "parent": "b", "period": 2, "probability": 0.125, "demand_factor": 2},
            {"node": "b2", "parent": "b", "period": 2, "probability": 0.375, "demand_factor": 6},
        ],
    )
    # now: (4 + 8) / 2, then 10 / 2 + (2 / 4 + 6 * 3 / 4) / 2 = 7.5; b: 5 and again 5; leaves: their own demand twice.
    ahead = forward_demand(instance, build_tree(instance))[:, 0]
    assert ahead == pytest.approx([6 + 7.5, 20, 10, 20, 4, 12])


@pytest.mark.parametrize(("days", "periods_of_demand"), [(182.5, 0.5), (365, 1), (1095, 3), (3650, 10)])
def test_cover_of_parts_and_of_many_periods(days: float, periods_of_demand: float) -> None:
    """Steady demand of 3 a year: cover is 3 for each year of it, whether in the horizon or not."""
    instance = make_instance(demand=(3, 3), settings={"forward_cover_days": days})
    ahead = forward_demand(instance, build_tree(instance))
    assert ahead == pytest.approx(np.full((2, 1), 3 * periods_of_demand))


@pytest.mark.parametrize(("month", "is_end"), [(1, [0, 0, 1, 0]), (2, [1, 0, 0, 1]), (3, [0, 1, 0, 0])])
def test_quarter_ends_of_four_periods_of_31_days(month: int, is_end: list[int]) -> None:
    """From 1 January 2024: to 31 January, 2 March, 2 April, 3 May."""
    settings: dict[str, Any] = {"period_length_days": 31, "fiscal_year_start_month": month}
    assert is_quarter_end(make_instance(demand=(1, 1, 1, 1), settings=settings)).tolist() == is_end


@given(
    start=st.dates(dt.date(2000, 1, 1), dt.date(2030, 12, 31)),
    length=st.integers(1, 92),
    month=st.integers(1, 12),
)
def test_quarter_ends_day_by_day_equal_the_instance(start: dt.date, length: int, month: int) -> None:
    """Looking at every day finds the periods that the instance finds from quarters of their first days."""
    settings = {"start": start, "period_length_days": length, "fiscal_year_start_month": month}
    instance = make_instance(demand=(1,) * 12, settings=settings)
    assert is_quarter_end(instance).tolist() == instance.quarter_ends.tolist()
