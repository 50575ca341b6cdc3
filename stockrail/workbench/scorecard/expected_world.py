"""What a plan took for granted beside demand: its forecast, and what suppliers and prices were expected to be like."""

from dataclasses import replace

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import ScenarioTree
from stockrail.simulation.paths import DemandPaths, from_history


def expected(tree: ScenarioTree, values: Array) -> Array:
    """Expectation over each period's nodes of values [..., nodes], as [..., periods]."""
    by_period = np.zeros((len(tree), tree.periods))
    by_period[np.arange(len(tree)), tree.period] = tree.probability
    return np.asarray(values @ by_period)


def expected_demand(tree: ScenarioTree) -> Array:
    """Expected demand of the tree [items, periods], units: the forecast that a plan was made with."""
    return expected(tree, tree.demand)


def path_of(instance: Instance, tree: ScenarioTree, demand: Array) -> DemandPaths:
    """One path with given demand [items, periods], where all else is as the plan expected.

    Of suppliers and warehouses that is what is most likely in each period, of equally likely states the lowest numbers; of prices the
    mean.
    """
    return replace(
        from_history(instance, demand),
        delay_periods=_most_likely(tree, tree.delay_periods.astype(np.float64)).astype(np.int64)[None],
        cost_factor=_most_likely(tree, tree.cost_factor)[None],
        order_cost_factor=_most_likely(tree, tree.order_cost_factor)[None],
        capacity_factor=_most_likely(tree, tree.capacity_factor)[None],
        warehouse_factor=_most_likely(tree, tree.warehouse_factor)[None],
        price_factor=expected(tree, tree.price_factor)[None],
    )


def _most_likely(tree: ScenarioTree, facts: Array) -> Array:
    """The most likely value in each period [rows, periods] of facts [rows, nodes]."""
    found = np.empty((len(facts), tree.periods))
    for period in range(tree.periods):
        nodes = np.flatnonzero(tree.period == period)
        for row, values in enumerate(facts[:, nodes]):
            different, place = np.unique(values, return_inverse=True)
            found[row, period] = different[np.argmax(np.bincount(place, tree.probability[nodes]))]
    return found
