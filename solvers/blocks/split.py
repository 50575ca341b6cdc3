"""Split an instance into blocks of items, each of which can be priced without the others."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from stockrail.model.arrivals import Arrivals
from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.guardrail_rows import unsized_blocks
from stockrail.model.instance import Instance
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
    parts = _Parts(instance)
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


class _OfItem(Protocol):
    @property
    def item(self) -> str: ...


Row = TypeVar("Row", bound=_OfItem)


class _Parts:
    """Instances with some of the items only."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._open_orders = _by_item(instance.open_orders)
        self._overrides = _by_item(instance.order_overrides)
        self._breaks = _by_item(instance.quantity_breaks)
        self._announced = _by_item(instance.announced_orders)

    def of(self, members: IntArray) -> Instance:
        """The instance with the items in some places; rows that name other items are left out."""
        instance = self._instance
        items = tuple(instance.items[i] for i in members)
        names = [row.item for row in items]
        return replace(
            instance,
            items=items,
            mean_demand=instance.mean_demand[members],
            sigma=instance.sigma[members],
            open_orders=_of(self._open_orders, names),
            order_overrides=_of(self._overrides, names),
            quantity_breaks=_of(self._breaks, names),
            announced_orders=_of(self._announced, names),
            current_targets=(),
            customer_shares=(),
            scenarios=(),
            scenario_demand=(),
        )


def _by_item(rows: Iterable[Row]) -> dict[Hashable, list[Row]]:
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(row.item, []).append(row)
    return found


def _of(rows: dict[Hashable, list[Row]], names: Sequence[str]) -> tuple[Row, ...]:
    return tuple(row for name in names for row in rows.get(name, ()))
