"""Split an instance into blocks of items, each of which can be priced without the others."""

from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.arrivals import Arrivals
from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.guardrail_rows import unsized_blocks
from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree

BLOCK_ITEMS = 128
"""Items of a block: its arrays stay in the processor's cache, and there is enough to do between two messages."""

MOST_GROUPS, LEAST_GROUPS = 64, 4
"""Groups of items that the master mixes plans for, and groups of a block at least; see `stockrail.solvers.master`."""


@dataclass(frozen=True)
class Frame:
    """What all blocks share.

    Attributes
    ----------
    tree : the scenario tree, with the demand of no item.
    arrivals : of all lanes, for no item.
    rows : blocks of guardrail rows, for no item, not sized yet.
    """

    tree: ScenarioTree
    arrivals: Arrivals
    rows: tuple[GuardrailBlock, ...]


@dataclass(frozen=True)
class BlockSource:
    """All that is needed to price one block of items, in a form that is sent once.

    Attributes
    ----------
    members : int [items], places of the block's items in the instance.
    instance : the instance with these items only.
    demand : [items, nodes].
    lane : int [items], see `Arrivals`.
    is_in_rows : bool [guardrail blocks, items].
    group : int [items], the group of each item among the block's own.
    group_count : groups of the block.
    """

    members: IntArray
    instance: Instance
    demand: Array
    lane: IntArray
    is_in_rows: BoolArray
    group: IntArray
    group_count: int

    def tables(self, frame: Frame) -> Tables:
        """The parameters of the block's items."""
        tree = replace(frame.tree, demand=self.demand)
        return Tables.build(self.instance, tree, replace(frame.arrivals, item_lane=self.lane))


@dataclass(frozen=True)
class Split:
    """An instance in blocks."""

    frame: Frame
    sources: tuple[BlockSource, ...]


def split(instance: Instance, tree: ScenarioTree, seed: int, block_items: int = BLOCK_ITEMS) -> Split:
    """Put items into blocks at random, and the items of each block into a few groups."""
    items = len(instance.items)
    order = np.random.default_rng(seed).permutation(items)
    count = -(-items // block_items)
    per_block = max(MOST_GROUPS // count, LEAST_GROUPS)
    arrivals = Arrivals.build(instance, tree)
    rows = unsized_blocks(instance, tree)
    parts = InstanceParts(instance)
    sources = []
    for members in map(np.sort, np.array_split(order, count)):
        sources.append(
            BlockSource(
                members=members,
                instance=parts.of(members),
                demand=tree.demand[members],
                lane=arrivals.item_lane[members],
                is_in_rows=np.array([block.items[members] for block in rows], dtype=bool).reshape(
                    len(rows), len(members)
                ),
                group=np.arange(len(members)) % per_block,
                group_count=min(per_block, len(members)),
            )
        )
    none = np.zeros(0, dtype=np.int64)
    frame = Frame(
        tree=replace(tree, demand=tree.demand[:0]),
        arrivals=replace(arrivals, item_lane=none),
        rows=tuple(block.part(none) for block in rows),
    )
    return Split(frame, tuple(sources))
