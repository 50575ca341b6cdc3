"""The demand that came, held against what the plan had held possible."""

import math
from typing import Any

import numpy as np
from scipy.stats import norm

from stockrail.model.tree import Array
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import Finding, Place
from stockrail.workbench.root_cause.miss import FoundMiss


def demand_finding(case: Case, miss: FoundMiss) -> tuple[Finding, dict[str, Any]]:
    """Where the demand behind a miss lies in the fan, with the numbers that show it.

    Looked at is the demand from the last period for which the plan could not react any more to the period of the miss: of the
    last `lead_time_periods` periods and the miss's own. Items are added up at their landed cost. The fan has the scenarios of
    the tree and the forecast error of each item and period.
    """
    if not miss.demand_direction:
        return Finding(Place.AS_ASSUMED, 0.0), {}
    lead = int(case.lead_time_periods[miss.members].max())
    first, last = max(0, miss.period - lead), miss.period
    came = case.observed.demand_units[miss.members, first : last + 1]
    window = {"first_period": first, "last_period": last}
    if np.isnan(came).any():
        return Finding(Place.UNKNOWN), {**window, "why": "the demand of these periods is not known"}
    is_one = len(miss.members) == 1
    weight = np.ones(1) if is_one else case.unit_value[miss.members]
    actual = float(weight @ came.sum(axis=1))
    by_scenario, probability = _scenarios(case, miss, first, last, weight)
    sigma = float(np.linalg.norm(weight[:, None] * case.instance.sigma[miss.members, first : last + 1]))
    expected = float(by_scenario @ probability)
    tail = float(probability @ _beyond(by_scenario, actual, sigma, miss.demand_direction))
    surprise = miss.demand_direction * (actual - expected)
    evidence = {
        **window,
        "actual": actual,
        "expected": expected,
        "unit": "units" if is_one else "landed cost",
        "probability": tail,
        "least_probability": case.rules.tail_probability,
    }
    if surprise <= 1e-9 * max(1.0, abs(expected)):
        return Finding(Place.AS_ASSUMED, 0.0), evidence
    money = surprise * float(case.unit_value[miss.members[0]]) if is_one else surprise
    place = Place.OUTSIDE if tail < case.rules.tail_probability else Place.INSIDE
    return Finding(place, money), evidence


def _scenarios(case: Case, miss: FoundMiss, first: int, last: int, weight: Array) -> tuple[Array, Array]:
    """Demand of some periods at each node of the last of them, and the nodes' probabilities."""
    tree = case.tree
    total = np.zeros(len(tree))
    for period in range(first, last + 1):
        nodes = np.flatnonzero(tree.period == period)
        total[nodes] = weight @ tree.demand[np.ix_(miss.members, nodes)]
        if period > first:
            total[nodes] += total[tree.parent[nodes]]
    return total[nodes], tree.probability[nodes]


def _beyond(by_scenario: Array, actual: float, sigma: float, direction: int) -> Array:
    """Probability in each scenario of a demand as far out as what came, or farther."""
    short_of = direction * (actual - by_scenario)
    if sigma > 0 and math.isfinite(sigma):
        return np.asarray(norm.sf(short_of / sigma))
    return np.asarray(short_of <= 1e-9 * np.maximum(1.0, np.abs(by_scenario)), dtype=np.float64)
