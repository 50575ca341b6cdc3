"""A tree that was made of sample paths as an instance, so that everything else reads it like any other."""

from dataclasses import replace

import numpy as np

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.instance import Instance
from stockrail.model.schema import ScenarioDemand, ScenarioNode
from stockrail.model.tables import Tables
from stockrail.model.tree import ScenarioTree
from stockrail.trees.disruptions import supplier_facts
from stockrail.trees.path_tree import PathTree
from stockrail.trees.tables import refuse

DECIMALS = 3
"""Decimals of units in the tables: less than a thousandth of a unit decides nothing."""


def tree_instance(instance: Instance, tree: PathTree) -> Instance:
    """The instance with the tree in its tables, `tree: table`.

    `demand` becomes the mean over the paths and `forecast_error` what the tree leaves of their variance. Everything that is
    not demand stays; price factors and warehouses of an earlier tree do not.

    Raises
    ------
    InstanceError
        If facts do not fit together, such as a delay that reaches beyond the horizon.
    """
    names = node_names(tree)
    # Factors say what a node is like in a file that people read; units decide.
    mean = tree.demand @ _by_period(tree).T
    factor = tree.demand.sum(axis=0) / np.maximum(mean.sum(axis=0)[tree.period], 1e-300)
    nodes = tuple(
        ScenarioNode(
            node=names[n],
            parent=names[tree.parent[n]] if n else "",
            period=int(tree.period[n]),
            probability=float(tree.probability[n]),
            demand_factor=round(float(factor[n]), 6),
        )
        for n in range(len(tree))
    )
    units = tree.demand.round(DECIMALS).tolist()
    changed = replace(
        instance,
        settings=instance.settings.model_copy(update={"tree": "table"}),
        mean_demand=mean.round(DECIMALS),
        sigma=tree.sigma.round(DECIMALS),
        scenarios=nodes,
        scenario_demand=tuple(
            ScenarioDemand.model_construct(node=names[n], item=row.item, units=units[i][n])
            for n in range(len(tree))
            for i, row in enumerate(instance.items)
        ),
        scenario_suppliers=tuple(
            fact
            for n in range(len(tree))
            for fact in supplier_facts(tree.paths.disruptions, tree.happens[n], int(tree.period[n]), names[n])
        ),
        scenario_warehouses=(),
        source=None,
    )
    refuse(inconsistencies_of(changed))
    return changed


def tree_tables(instance: Instance, tree: PathTree) -> Tables:
    """Parameters of the instance on the tree, without a row for every item and node, for those who only plan with it."""
    names = node_names(tree)
    shape = (len(instance.suppliers), len(tree))
    delay, cost, order_cost, capacity = (
        np.zeros(shape, dtype=np.int64),
        np.ones(shape),
        np.ones(shape),
        np.ones(shape),
    )
    for n in range(len(tree)):
        for fact in supplier_facts(tree.paths.disruptions, tree.happens[n], int(tree.period[n]), names[n]):
            at = instance.supplier_index[fact.supplier], n
            delay[at], cost[at] = fact.delay_periods, fact.cost_factor
            order_cost[at], capacity[at] = fact.order_cost_factor, fact.capacity_factor
    changed = replace(instance, mean_demand=tree.demand @ _by_period(tree).T, sigma=tree.sigma)
    return Tables.build(
        changed,
        ScenarioTree(
            names=tuple(names),
            parent=tree.parent,
            period=tree.period,
            probability=tree.probability,
            demand=tree.demand,
            price_factor=np.ones(len(tree)),
            delay_periods=delay,
            cost_factor=cost,
            order_cost_factor=order_cost,
            capacity_factor=capacity,
            warehouse_factor=np.ones((len(instance.warehouses), len(tree))),
        ),
    )


def node_names(tree: PathTree) -> list[str]:
    """Names such as t05-s012: node 12 of period 5."""
    counts = np.bincount(tree.period)
    first = np.concatenate([[0], np.cumsum(counts)])
    period_digits, node_digits = len(str(len(counts) - 1)), len(str(int(counts.max()) - 1))
    return [f"t{t:0{period_digits}d}-s{n - first[t]:0{node_digits}d}" for n, t in enumerate(tree.period)]


def _by_period(tree: PathTree) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Probability of each node in the row of its period [periods, nodes]."""
    weight = np.zeros((int(tree.period.max()) + 1, len(tree)))
    weight[tree.period, np.arange(len(tree))] = tree.probability
    return weight
