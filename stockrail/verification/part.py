"""Some items of an instance at a time, so that the checker's memory does not grow with their number.

Part of the independent checker. What a part says of its items is what the whole instance says of them; its limits stay those of
the whole and are judged on sums.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import IntArray, ScenarioTree

PART_ITEMS = 1000
"""Items that are looked at together: enough that a step of the walk over the tree is arithmetic and not Python."""


def in_turn(items: int) -> Iterator[IntArray]:
    """Places of the items [m] of one part after the other."""
    for first in range(0, items, PART_ITEMS):
        yield np.arange(first, min(first + PART_ITEMS, items))


def part_of(instance: Instance, tree: ScenarioTree, members: IntArray) -> tuple[Instance, ScenarioTree]:
    """The instance and its tree with the items in some places only; its scenarios are left to the tree."""
    items = tuple(instance.items[i] for i in members)
    names = {row.item for row in items}
    part = replace(
        instance,
        items=items,
        mean_demand=instance.mean_demand[members],
        sigma=instance.sigma[members],
        open_orders=tuple(row for row in instance.open_orders if row.item in names),
        order_overrides=tuple(row for row in instance.order_overrides if row.item in names),
        announced_orders=tuple(row for row in instance.announced_orders if row.item in names),
        quantity_breaks=tuple(row for row in instance.quantity_breaks if row.item in names),
        current_targets=(),
        customer_shares=(),
        scenarios=(),
        scenario_demand=(),
    )
    return part, replace(tree, demand=tree.demand[members])
