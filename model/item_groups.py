"""The items of an instance with their parameters, some at a time, so that memory does not grow with their number."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stockrail.model.arrivals import Arrivals
from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray, ScenarioTree

GROUP_CELLS = 2**20
"""Items times nodes of a group: some hundred megabytes of parameters and lines, about 870 items on a tree of 1,210 nodes."""


class ItemGroups:
    """An instance in groups of items.

    Parameters
    ----------
    tree : of all items.
    group_items : items of a group; by default as many as have `GROUP_CELLS`.

    Attributes
    ----------
    is_whole : whether all items are one group.
    """

    def __init__(self, instance: Instance, tree: ScenarioTree, group_items: int | None = None) -> None:
        self.instance = instance
        self.tree = tree
        self._group_items = group_items or max(1, GROUP_CELLS // len(tree))
        self._whole: Tables | None = None

    @staticmethod
    def of(tables: Tables) -> "ItemGroups":
        """All items as one group, whose parameters are known."""
        groups = ItemGroups(tables.instance, tables.tree)
        groups._whole = tables
        return groups

    @property
    def whole(self) -> Tables:
        """The parameters of all items at once. Once asked for, they stay and are the only group."""
        if self._whole is None:
            self._whole = Tables.build(self.instance, self.tree)
        return self._whole

    @property
    def is_whole(self) -> bool:
        """Whether all items are one group."""
        return self._whole is not None or len(self.instance.items) <= self._group_items

    def each(self) -> Iterator[tuple[IntArray, Tables]]:
        """Places of the items of each group [items], in the order of the instance, and their parameters."""
        count = len(self.instance.items)
        if self.is_whole:
            yield np.arange(count), self.whole
            return
        arrivals, parts = Arrivals.build(self.instance, self.tree), InstanceParts(self.instance)
        for first in range(0, count, self._group_items):
            members = np.arange(first, min(first + self._group_items, count))
            tree = replace(self.tree, demand=self.tree.demand[members])
            own = replace(arrivals, item_lane=arrivals.item_lane[members])
            yield members, Tables.build(parts.of(members), tree, own)
