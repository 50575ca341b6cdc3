"""All that the files of a plan say of it, added up over groups of items: memory is that of one group, and of what is said."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from stockrail.certificate import Earned, Earnings
from stockrail.held import Standing, held_by_node, standings_of
from stockrail.model.guardrail_blocks import BlockSize, GuardrailBlock
from stockrail.model.guardrail_rows import unsized_blocks
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.order_changes import changes_by_period
from stockrail.order_rows import OrderRows, Placed, placed_orders
from stockrail.solvers.blocks.shared import SharedRows
from stockrail.tabulate import balances, item_measures
from stockrail.used import Used


@dataclass(frozen=True)
class PlanSums:
    """What a plan's tables are made of.

    Attributes
    ----------
    measures : by name [items], see `stockrail.tabulate.item_measures`.
    balances : by metric [nodes], see `stockrail.tabulate.balances`.
    changes : by name [periods that count], see `stockrail.order_changes.changes_by_period`.
    standings : of the limits as stated.
    """

    instance: Instance
    tree: ScenarioTree
    orders: OrderRows
    earnings: Earnings
    standings: list[Standing]
    measures: dict[str, Array]
    balances: dict[str, Array]
    changes: dict[str, Array]

    @staticmethod
    def of(
        groups: ItemGroups, cumulative_lots: IntArray, on_group: Callable[[], None] = lambda: None
    ) -> "PlanSums":
        """Go over the groups once.

        Parameters
        ----------
        cumulative_lots : [items, nodes], the plan.
        on_group : called before each group.
        """
        instance, tree = groups.instance, groups.tree
        stated = unsized_blocks(instance, tree)
        by_node = unsized_blocks(held_by_node(instance), tree)
        found = []
        for members, tables in groups.each():
            on_group()
            found.append(_OfGroup.of(members, tables, cumulative_lots[members], stated, by_node))
        rows = _rows(instance, tree, stated, [one.stated_size for one in found])
        node_rows = _rows(held_by_node(instance), tree, by_node, [one.node_size for one in found])
        earned = Earned.together([one.earned for one in found])
        usage = reduce(operator.add, [one.usage for one in found])
        return PlanSums(
            instance=instance,
            tree=tree,
            orders=OrderRows.together(instance, tree, [one.orders for one in found]),
            earnings=Earnings.of_sums(earned, instance.settings, tree, rows.shared_costs(usage)),
            standings=list(
                standings_of(rows.blocks, node_rows, reduce(operator.add, [one.used for one in found]))
            ),
            measures={
                name: np.concatenate([one.measures[name] for one in found]) for name in found[0].measures
            },
            balances=_added([one.balances for one in found]),
            changes=_added([one.changes for one in found]),
        )

    @property
    def fill_rate(self) -> float:
        """1 - expected short units / expected demand; 1 where there is no demand."""
        short, demand = float(self.measures["short"].sum()), float(self.measures["demand"].sum())
        return 1.0 - short / demand if demand > 0 else 1.0


@dataclass(frozen=True)
class _OfGroup:
    """The same of one group, before limits are held against the sums; sizes and use are of the rows of limits."""

    orders: Placed
    earned: Earned
    measures: dict[str, Array]
    balances: dict[str, Array]
    changes: dict[str, Array]
    stated_size: list[BlockSize]
    node_size: list[BlockSize]
    usage: Array
    used: Used

    @staticmethod
    def of(
        members: IntArray,
        tables: Tables,
        cumulative_lots: IntArray,
        stated: tuple[GuardrailBlock, ...],
        by_node: tuple[GuardrailBlock, ...],
    ) -> "_OfGroup":
        ledger = Ledger(tables, cumulative_lots)
        guardrails, stated_size = _sized(stated, members, tables)
        node_guardrails, node_size = _sized(by_node, members, tables)
        values = guardrails.metric_values(ledger.stock)
        return _OfGroup(
            orders=placed_orders(ledger, int(members[0])),
            earned=Earned.of(ledger),
            measures=item_measures(ledger),
            balances=balances(ledger),
            changes=changes_by_period(ledger),
            stated_size=stated_size,
            node_size=node_size,
            usage=guardrails.usage(values)[0],
            used=Used.of(node_guardrails, values),
        )


def _sized(
    blocks: tuple[GuardrailBlock, ...], members: IntArray, tables: Tables
) -> tuple[Guardrails, list[BlockSize]]:
    own = [block.part(members) for block in blocks]
    sizes = [BlockSize.of(block, tables) for block in own]
    sized = tuple(block.sized(size) for block, size in zip(own, sizes, strict=True))
    return Guardrails.over(tables, sized), sizes


def _rows(
    instance: Instance,
    tree: ScenarioTree,
    blocks: tuple[GuardrailBlock, ...],
    sizes: list[list[BlockSize]],
) -> SharedRows:
    """The rows of all items, given the sizes of their blocks by group."""
    together = [reduce(operator.add, of_block) for of_block in zip(*sizes, strict=True)]
    return SharedRows(
        instance, tree, tuple(block.sized(size) for block, size in zip(blocks, together, strict=True))
    )


def _added(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.asarray(reduce(operator.add, [part[name] for part in parts])) for name in parts[0]}
