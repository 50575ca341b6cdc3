"""The probability of the demand that came, against the same by every path of the tree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from stockrail.model.schema_settings import Branching, Factor, TreeSpecification
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.demand import demand_finding
from stockrail.workbench.root_cause.miss import FoundMiss
from tests.stockrail.workbench.root_cause.cases import case, day, three_items

PLANNED = {"kettle": [10, 10, 10], "fan": [10, 20, 15], "filter": [10, 10, 10]}


def specified() -> Case:
    """Three items on a tree of nine paths, with errors of 1 to 3 units."""
    instance = three_items()
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=3), Branching(period=2, width=3)),
        market=Factor(volatility=0.2, persistence=0.9),
        item=Factor(volatility=0.1, persistence=0.5),
        seed=3,
    )
    made = replace(
        instance,
        settings=instance.settings.model_copy(update={"tree": tree}),
        scenarios=(),
        scenario_demand=(),
        sigma=np.outer([1.0, 2.0, 3.0], np.ones(3)),
    )
    return case(demand=PLANNED, instance=made)


CASE = specified()


@settings(max_examples=30, deadline=None)
@given(
    members=st.sets(st.integers(0, 2), min_size=1),
    period=st.integers(0, 2),
    factor=st.floats(0.5, 1.5),
    direction=st.sampled_from([1, -1]),
)
def test_probability_is_that_over_all_paths(
    members: set[int], period: int, factor: float, direction: int
) -> None:
    """Each leaf's path by itself: its demand in the window, and the error of all items and periods of it together."""
    came = CASE.observed.demand_units * factor
    made = replace(CASE, observed=replace(CASE.observed, demand_units=came))
    where = np.array(sorted(members))
    miss = FoundMiss(
        kind="stockout", item="", segment="", subject="", period=period, date=day(period + 1), units=None, money=None,
        members=where, demand_direction=1 if direction > 0 else -1, supply_direction=-1, evidence={"periods": 1},
    )  # fmt: skip
    found, evidence = demand_finding(made, miss)
    lead = max(made.instance.items[i].lead_time_periods for i in where)
    window = range(max(0, period - lead), period + 1)
    weight = np.ones(1) if len(where) == 1 else made.unit_value[where]
    actual = sum(float(weight @ came[where, t]) for t in window)
    sigma = np.sqrt(sum(float((weight**2) @ made.instance.sigma[where, t] ** 2) for t in window))
    expected = tail = 0.0
    for leaf in made.tree.leaves:
        path = [n for n in made.tree.path(int(leaf)) if made.tree.period[n] in window]
        demand = sum(float(weight @ made.tree.demand[where, n]) for n in path)
        expected += made.tree.probability[leaf] * demand
        tail += made.tree.probability[leaf] * norm.sf(direction * (actual - demand) / sigma)
    assert evidence["actual"] == pytest.approx(actual)
    assert evidence["expected"] == pytest.approx(expected)
    assert evidence["probability"] == pytest.approx(tail)
    assert (found.money == 0) == (direction * (actual - expected) <= 1e-9 * max(1.0, abs(expected)))
