"""The rows of guardrails, capacities and funded builds: which amounts are limited where (docs/formulation.md, section 7).

Every side of a guardrail becomes one block of rows; a funded build adds a block that limits the items outside of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from stockrail.model.instance import Instance
from stockrail.model.metrics import METRICS
from stockrail.model.schema import FundedBuild, Guardrail
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree

MARGIN_TAIL = "margin:tail"
"""Name of the block that holds the scenario margins where the objective looks at their CVaR."""

CAPACITY, WAREHOUSE = "capacity:", "warehouse:"
"""What the names of the guardrails of suppliers and of warehouses begin with."""


@dataclass(frozen=True)
class GuardrailBlock:
    """The rows of one side of one guardrail.

    Attributes
    ----------
    name, metric, side : the guardrail, its metric, and "upper" or "lower".
    holds, alpha, measured : as in the table `guardrails`.
    items : bool [items], the items whose metric counts.
    limit : [rows], the limit as stated, funded room included.
    base : [rows], what a limit is multiplied with: a ratio's denominator that is data, else 1.
    constant : [rows], the instance-wide amount in the metric.
    scale : [rows], the size of the amounts, against which differences are judged.
    rows : sparse [rows, nodes], from the metric by node to the amounts.
    node : int [rows], the node of the amount; the first of its period for an expectation.
    probability : [rows], probability of the node; 1 for an expectation.
    soft_price : money per unit of violation, None where the guardrail is hard.
    is_capacity : whether violations are overtime or overflow rather than penalties.
    is_outside : whether the rows limit the items outside of funded builds.
    money_weight : money that a unit of the numerator stands for in relaxations.
    """

    name: str
    metric: str
    side: str
    scope: str
    scope_value: str
    holds: str
    alpha: float | None
    measured: str
    owner: str
    items: BoolArray
    limit: Array
    base: Array
    constant: Array
    scale: Array
    rows: sp.csr_matrix
    node: IntArray
    probability: Array
    soft_price: float | None
    money_weight: float
    is_capacity: bool = False
    is_outside: bool = False

    @property
    def sign(self) -> float:
        """+1 for an upper limit, -1 for a lower one."""
        return 1.0 if self.side == "upper" else -1.0

    @property
    def has_tail(self) -> bool:
        """Whether the rows of a period are judged together: `cvar` and `chance`."""
        return self.holds in {"cvar", "chance"}


def blocks_of(tables: Tables) -> tuple[GuardrailBlock, ...]:
    """Rows of every guardrail, capacity and funded build, and of the scenario margins where the objective needs them."""
    return (*_stated(tables), *_capacities(tables), *_warehouses(tables), *_margin_tail(tables))


def _stated(tables: Tables) -> Iterator[GuardrailBlock]:
    for row in tables.instance.guardrails:
        scope = tables.instance.items_in_scope(row.scope, row.scope_value)
        amounts = _Amounts.of(tables.tree, tables.instance, row)
        period = tables.tree.period[amounts.node]
        for side, own in (("upper", row.upper), ("lower", row.lower)):
            limit, is_there = _limits_by_period(tables.instance, row.guardrail, side, own, period)
            if not is_there.any():
                continue
            if side == "lower":
                yield _block(tables, row, side, scope, amounts.at(is_there), limit[is_there])
                continue
            builds = [b for b in tables.instance.funded_builds if b.guardrail == row.guardrail]
            room = np.array([_room(tables.instance, build)[period] for build in builds])
            everyone = limit + room.sum(axis=0)
            yield _block(tables, row, side, scope, amounts.at(is_there), everyone[is_there])
            for count in range(1, len(builds) + 1):
                for chosen in map(list, combinations(range(len(builds)), count)):
                    here = is_there & (room[chosen] > 0).all(axis=0)
                    inside = np.any(
                        [
                            tables.instance.items_in_scope(builds[b].scope, builds[b].scope_value)
                            for b in chosen
                        ],
                        axis=0,
                    )
                    outside = scope & ~inside
                    if here.any() and outside.any():
                        left = everyone - room[chosen].sum(axis=0)
                        yield _block(
                            tables, row, side, outside, amounts.at(here), left[here], is_outside=True
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


def _limits_by_period(
    instance: Instance, guardrail: str, side: str, own: float | None, period: IntArray
) -> tuple[Array, BoolArray]:
    """Limit of one side at each period given, and whether there is one."""
    limit = np.full(instance.settings.periods, np.nan if own is None else own)
    for row in instance.guardrail_limits:
        given = getattr(row, side)
        if row.guardrail == guardrail and given is not None:
            limit[row.period] = given
    return limit[period], np.isfinite(limit[period])


def _room(instance: Instance, build: FundedBuild) -> Array:
    """What a build adds to the limit in each period [periods]."""
    period = np.arange(instance.settings.periods)
    exit_period = instance.period_of(build.exit_date)
    run_off = (exit_period - period) / (exit_period - build.last_period)
    share = np.where(period <= build.last_period, 1.0, np.clip(run_off, 0.0, 1.0))
    return np.asarray(build.amount * share * (period >= build.first_period))


def _block(
    tables: Tables,
    row: Guardrail,
    side: str,
    items: BoolArray,
    amounts: _Amounts,
    limit: Array,
    *,
    is_outside: bool = False,
) -> GuardrailBlock:
    metric = METRICS[row.metric]
    denominator = metric.denominator(tables)
    base = np.ones(len(limit))
    if isinstance(denominator, np.ndarray):
        base = amounts.rows @ denominator[items].sum(axis=0)
        scale = np.abs(limit * base)
    elif denominator is None:
        scale = np.abs(limit)
    else:
        # Its denominator moves with the plan, so what demand amounts to stands in for the size of both sides.
        scale = amounts.rows @ _typical(tables, metric.unit, items)
    constant = (
        metric.constant(tables) if row.scope == "all" and not is_outside else np.zeros(len(tables.tree))
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
        base=base,
        constant=amounts.rows @ constant,
        scale=_with_floor(scale, amounts.rows @ _typical(tables, metric.unit, items)),
        rows=amounts.rows,
        node=amounts.node,
        probability=amounts.probability,
        soft_price=row.soft_price,
        money_weight=money_weight(tables, metric.unit, items),
        is_outside=is_outside,
    )


def money_weight(tables: Tables, unit: str, items: BoolArray) -> float:
    """Money that a unit of a metric's numerator stands for (docs/formulation.md, section 7, relaxation)."""
    if unit == "money":
        return 1.0
    if unit == "money per year":
        return 1.0 / tables.instance.periods_per_year
    demand = tables.instance.mean_demand[items].sum(axis=1)
    weight = demand if demand.sum() > 0 else np.ones(len(demand))
    price = float(np.average(tables.instance.item_column("unit_price")[items], weights=weight))
    return price if unit == "units" else price / float(tables.space_per_unit[items].mean())


def _typical(tables: Tables, unit: str, items: BoolArray) -> Array:
    """What the demand of some items amounts to in the unit of a metric's numerator at each node [nodes]."""
    per_unit = {
        "money": tables.unit_value,
        "money per year": tables.unit_value * tables.instance.periods_per_year,
        "units": np.ones(len(items)),
        "space": tables.space_per_unit,
    }[unit]
    return np.asarray((per_unit[:, None] * tables.demand)[items].sum(axis=0))


def _with_floor(scale: Array, typical: Array) -> Array:
    """Sizes that are never near 0, where a limit is: at least a thousandth of what is typical in the block."""
    floor = 1e-3 * max(float(scale.max(initial=0.0)), float(typical.max(initial=0.0)), 1e-3)
    return np.asarray(np.maximum(scale, floor))


def _capacity_block(
    tables: Tables,
    name: str,
    metric: str,
    scope: tuple[str, str],
    items: BoolArray,
    capacity: Array,
    premium: float | None,
) -> GuardrailBlock:
    tree = tables.tree
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
        scale=_with_floor(capacity, _typical(tables, METRICS[metric].unit, items)),
        rows=sp.identity(len(tree), format="csr"),
        node=np.arange(len(tree)),
        probability=tree.probability,
        soft_price=premium,
        money_weight=money_weight(tables, METRICS[metric].unit, items),
        is_capacity=True,
    )


def _capacities(tables: Tables) -> Iterator[GuardrailBlock]:
    for index, supplier in enumerate(tables.instance.suppliers):
        items = tables.instance.item_supplier == index
        if supplier.capacity_units_per_period is not None and items.any():
            name = f"{CAPACITY}{supplier.supplier}"
            units = _by_period(tables, name, supplier.capacity_units_per_period)
            capacity = units * tables.tree.capacity_factor[index]
            scope = ("supplier", supplier.supplier)
            yield _capacity_block(
                tables, name, "ordered_units", scope, items, capacity, supplier.overtime_premium_per_unit
            )


def _warehouses(tables: Tables) -> Iterator[GuardrailBlock]:
    for index, warehouse in enumerate(tables.instance.warehouses):
        items = np.array([row.warehouse == warehouse.warehouse for row in tables.instance.items])
        if items.any():
            name = f"{WAREHOUSE}{warehouse.warehouse}"
            space = _by_period(tables, name, warehouse.capacity_space)
            capacity = space * tables.tree.warehouse_factor[index]
            scope = ("warehouse", warehouse.warehouse)
            premium = warehouse.overflow_premium_per_period
            yield _capacity_block(tables, name, "storage_space", scope, items, capacity, premium)


def _by_period(tables: Tables, name: str, capacity: float) -> Array:
    """A capacity at every node before its factor, with the table's exceptions."""
    limit, _ = _limits_by_period(tables.instance, name, "upper", capacity, tables.tree.period)
    return limit


def _margin_tail(tables: Tables) -> Iterator[GuardrailBlock]:
    settings = tables.instance.settings
    if settings.margin_cvar_weight == 0:
        return
    tree = tables.tree
    leaves = tree.leaves
    on_path = _path_sums(tree, leaves, 0)
    revenue = (tables.price * tables.demand).sum(axis=0)
    rows = sp.csr_matrix(on_path @ sp.diags(tables.discount))
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
        items=np.ones(len(tables.lot_size), dtype=bool),
        limit=np.zeros(len(leaves)),
        base=np.ones(len(leaves)),
        constant=np.zeros(len(leaves)),
        scale=_with_floor(rows @ revenue, np.zeros(len(leaves))),
        rows=rows,
        node=leaves,
        probability=tree.probability[leaves],
        soft_price=settings.margin_cvar_weight,
        money_weight=1.0,
    )
