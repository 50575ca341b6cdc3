"""Which amounts guardrails, capacities and funded builds limit, read off an instance and its tree (formulation, section 7).

Every side of a guardrail becomes one block of rows; a funded build adds a block that limits the items outside of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from stockrail.model.guardrail_blocks import CAPACITY, MARGIN_TAIL, WAREHOUSE, BlockSize, GuardrailBlock
from stockrail.model.instance import Instance
from stockrail.model.metrics import METRICS
from stockrail.model.schema import FundedBuild, Guardrail
from stockrail.model.tables import BoolArray, Tables, discount_of
from stockrail.model.tree import Array, IntArray, ScenarioTree


def blocks_of(tables: Tables) -> tuple[GuardrailBlock, ...]:
    """Rows of every guardrail, capacity and funded build, and of the scenario margins where the objective needs them."""
    blocks = unsized_blocks(tables.instance, tables.tree)
    return tuple(block.sized(BlockSize.of(block, tables)) for block in blocks)


def unsized_blocks(instance: Instance, tree: ScenarioTree) -> tuple[GuardrailBlock, ...]:
    """The same before their size is known; the tree's demand is not looked at."""
    return (
        *_stated(instance, tree),
        *_capacities(instance, tree),
        *_warehouses(instance, tree),
        *_margin_tail(instance, tree),
    )


def limits_by_period(
    instance: Instance, guardrail: str, side: str, own: float | None, period: IntArray
) -> tuple[Array, BoolArray]:
    """Limit of one side at each period given, without the room of funded builds, and whether there is one.

    Parameters
    ----------
    own : the guardrail's own limit, which `guardrail_limits` replaces in single periods; None for none.
    """
    limit = np.full(instance.settings.periods, np.nan if own is None else own)
    for row in instance.guardrail_limits:
        given = getattr(row, side)
        if row.guardrail == guardrail and given is not None:
            limit[row.period] = given
    return limit[period], np.isfinite(limit[period])


def room_of(instance: Instance, build: FundedBuild) -> Array:
    """What a funded build adds to its guardrail's upper limit in each period [periods], in the unit of the metric."""
    period = np.arange(instance.settings.periods)
    exit_period = instance.period_of(build.exit_date)
    run_off = (exit_period - period) / (exit_period - build.last_period)
    share = np.where(period <= build.last_period, 1.0, np.clip(run_off, 0.0, 1.0))
    return np.asarray(build.amount * share * (period >= build.first_period))


def _stated(instance: Instance, tree: ScenarioTree) -> Iterator[GuardrailBlock]:
    for row in instance.guardrails:
        scope = instance.items_in_scope(row.scope, row.scope_value)
        amounts = _Amounts.of(tree, instance, row)
        period = tree.period[amounts.node]
        for side, own in (("upper", row.upper), ("lower", row.lower)):
            limit, is_there = limits_by_period(instance, row.guardrail, side, own, period)
            if not is_there.any():
                continue
            if side == "lower":
                yield _block(instance, tree, row, side, scope, amounts.at(is_there), limit[is_there])
                continue
            builds = [b for b in instance.funded_builds if b.guardrail == row.guardrail]
            room = np.array([room_of(instance, build)[period] for build in builds])
            everyone = limit + room.sum(axis=0)
            yield _block(instance, tree, row, side, scope, amounts.at(is_there), everyone[is_there])
            for count in range(1, len(builds) + 1):
                for chosen in map(list, combinations(range(len(builds)), count)):
                    here = is_there & (room[chosen] > 0).all(axis=0)
                    inside = np.any(
                        [instance.items_in_scope(builds[b].scope, builds[b].scope_value) for b in chosen],
                        axis=0,
                    )
                    outside = scope & ~inside
                    if here.any() and outside.any():
                        left = everyone - room[chosen].sum(axis=0)
                        yield _block(
                            instance, tree, row, side, outside, amounts.at(here), left[here], is_outside=True
                        )


@dataclass(frozen=True)
class _Amounts:
    """Which amounts a guardrail limits: rows over nodes, with the node and probability of each."""

    rows: sp.csr_matrix
    node: IntArray
    probability: Array

    @staticmethod
    def of(tree: ScenarioTree, instance: Instance, row: Guardrail) -> "_Amounts":
        is_in = (tree.period >= row.first_period) & (tree.period <= row.last_period)
        if row.measured in {"average", "total"}:
            nodes = np.flatnonzero(tree.period == row.last_period)
            rows = _path_sums(tree, nodes, row.first_period)
            if row.measured == "average":
                rows = sp.csr_matrix(rows / (row.last_period - row.first_period + 1))
        else:
            if row.measured == "quarter ends":
                is_in &= instance.quarter_ends[tree.period]
            nodes = np.flatnonzero(is_in)
            rows = sp.identity(len(tree), format="csr")[nodes]
        if row.holds != "expected":
            return _Amounts(rows, nodes, tree.probability[nodes])
        periods, group = np.unique(tree.period[nodes], return_inverse=True)
        mean = sp.csr_matrix(
            (tree.probability[nodes], (group, np.arange(len(nodes)))), shape=(len(periods), len(nodes))
        )
        first = np.array([int(np.argmax(tree.period == period)) for period in periods], dtype=np.int64)
        return _Amounts(sp.csr_matrix(mean @ rows), first, np.ones(len(periods)))

    def at(self, selected: BoolArray) -> "_Amounts":
        """Only some of the rows."""
        return _Amounts(self.rows[selected], self.node[selected], self.probability[selected])


def _path_sums(tree: ScenarioTree, nodes: IntArray, first_period: int) -> sp.csr_matrix:
    row, column = [], []
    for position, node in enumerate(nodes):
        on_path = [int(m) for m in tree.path(int(node)) if tree.period[m] >= first_period]
        row += [position] * len(on_path)
        column += on_path
    return sp.csr_matrix((np.ones(len(row)), (row, column)), shape=(len(nodes), len(tree)))


def _block(
    instance: Instance,
    tree: ScenarioTree,
    row: Guardrail,
    side: str,
    items: BoolArray,
    amounts: _Amounts,
    limit: Array,
    *,
    is_outside: bool = False,
) -> GuardrailBlock:
    metric = METRICS[row.metric]
    constant = (
        metric.constant(instance, tree) if row.scope == "all" and not is_outside else np.zeros(len(tree))
    )
    return GuardrailBlock(
        name=row.guardrail,
        metric=row.metric,
        side=side,
        scope=row.scope,
        scope_value=row.scope_value,
        holds=row.holds,
        alpha=row.alpha,
        measured=row.measured,
        owner=row.owner,
        items=items & (not metric.is_shared),
        limit=limit,
        base=np.ones(len(limit)),
        constant=amounts.rows @ constant,
        scale=np.zeros(len(limit)),
        rows=amounts.rows,
        node=amounts.node,
        probability=amounts.probability,
        soft_price=row.soft_price,
        money_weight=money_weight(instance, metric.unit, items),
        is_outside=is_outside,
    )


def money_weight(instance: Instance, unit: str, items: BoolArray) -> float:
    """Money that a unit of a metric's numerator stands for (docs/formulation.md, section 7, relaxation)."""
    if unit == "money":
        return 1.0
    if unit == "money per year":
        return 1.0 / instance.periods_per_year
    demand = instance.mean_demand[items].sum(axis=1)
    weight = demand if demand.sum() > 0 else np.ones(len(demand))
    price = float(np.average(instance.item_column("unit_price")[items], weights=weight))
    return price if unit == "units" else price / float(instance.item_column("space_per_unit")[items].mean())


def _capacity_block(
    instance: Instance,
    tree: ScenarioTree,
    name: str,
    metric: str,
    scope: tuple[str, str],
    items: BoolArray,
    capacity: Array,
    premium: float | None,
) -> GuardrailBlock:
    return GuardrailBlock(
        name=name,
        metric=metric,
        side="upper",
        scope=scope[0],
        scope_value=scope[1],
        holds="every scenario",
        alpha=None,
        measured="each period",
        owner="",
        items=items,
        limit=capacity,
        base=np.ones(len(tree)),
        constant=np.zeros(len(tree)),
        scale=np.zeros(len(tree)),
        rows=sp.identity(len(tree), format="csr"),
        node=np.arange(len(tree)),
        probability=tree.probability,
        soft_price=premium,
        money_weight=money_weight(instance, METRICS[metric].unit, items),
        is_capacity=True,
    )


def _capacities(instance: Instance, tree: ScenarioTree) -> Iterator[GuardrailBlock]:
    for index, supplier in enumerate(instance.suppliers):
        items = instance.item_supplier == index
        if supplier.capacity_units_per_period is not None and items.any():
            name = f"{CAPACITY}{supplier.supplier}"
            units = _by_period(instance, tree, name, supplier.capacity_units_per_period)
            capacity = units * tree.capacity_factor[index]
            scope = ("supplier", supplier.supplier)
            yield _capacity_block(
                instance,
                tree,
                name,
                "ordered_units",
                scope,
                items,
                capacity,
                supplier.overtime_premium_per_unit,
            )


def _warehouses(instance: Instance, tree: ScenarioTree) -> Iterator[GuardrailBlock]:
    for index, warehouse in enumerate(instance.warehouses):
        items = np.array([row.warehouse == warehouse.warehouse for row in instance.items])
        if items.any():
            name = f"{WAREHOUSE}{warehouse.warehouse}"
            space = _by_period(instance, tree, name, warehouse.capacity_space)
            capacity = space * tree.warehouse_factor[index]
            scope = ("warehouse", warehouse.warehouse)
            premium = warehouse.overflow_premium_per_period
            yield _capacity_block(instance, tree, name, "storage_space", scope, items, capacity, premium)


def _by_period(instance: Instance, tree: ScenarioTree, name: str, capacity: float) -> Array:
    """A capacity at every node before its factor, with the table's exceptions."""
    limit, _ = limits_by_period(instance, name, "upper", capacity, tree.period)
    return limit


def _margin_tail(instance: Instance, tree: ScenarioTree) -> Iterator[GuardrailBlock]:
    settings = instance.settings
    if settings.margin_cvar_weight == 0:
        return
    leaves = tree.leaves
    on_path = _path_sums(tree, leaves, 0)
    rows = sp.csr_matrix(on_path @ sp.diags(discount_of(instance, tree)))
    yield GuardrailBlock(
        name=MARGIN_TAIL,
        metric="margin",
        side="lower",
        scope="all",
        scope_value="",
        holds="cvar",
        alpha=settings.margin_cvar_alpha,
        measured="total",
        owner="",
        items=np.ones(len(instance.items), dtype=bool),
        limit=np.zeros(len(leaves)),
        base=np.ones(len(leaves)),
        constant=np.zeros(len(leaves)),
        scale=np.zeros(len(leaves)),
        rows=rows,
        node=leaves,
        probability=tree.probability[leaves],
        soft_price=settings.margin_cvar_weight,
        money_weight=1.0,
    )
