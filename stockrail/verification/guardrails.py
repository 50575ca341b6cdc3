"""The checker's reading of guardrails: which amounts are limited where, and what a plan leaves to each limit.

Part of the independent checker: docs/formulation.md, section 7, is its only source.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Guardrail
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.builds import outside_rooms, rooms
from stockrail.verification.check import CENT
from stockrail.verification.facts import Mask, is_quarter_end
from stockrail.verification.holds import hold, quotient
from stockrail.verification.metrics import RATIOS

RATIO_TOLERANCE = 1e-6
"""What two ratios may differ by, relative to the ratio where that is larger than 1."""


@dataclass(frozen=True)
class Limit:
    """One side of a guardrail or of a capacity, or what a funded build leaves to the items outside of it.

    Attributes
    ----------
    side : "upper" or "lower".
    scope : items whose metric it sums, a mask [items]; `is_whole` where it covers the instance with its opening terms.
    scope_kind, scope_value : the scope as stated.
    nodes : positions of the nodes whose amounts it limits.
    level : the limit at each of these nodes, with funded room and capacity factors.
    alpha : confidence of `cvar`, probability of `chance`, else None.
    first_period : first period of an average or a total.
    soft_price : money per unit of violation, the premium of a capacity; None where it is hard.
    outside_of : names of the builds whose items it leaves out; blank for the guardrail itself.
    """

    name: str
    metric: str
    side: str
    scope: Mask
    is_whole: bool
    nodes: IntArray
    level: Array
    soft_price: float | None
    scope_kind: str
    scope_value: str
    holds: str = "every scenario"
    alpha: float | None = None
    measured: str = "each period"
    first_period: int = 0
    is_capacity: bool = False
    outside_of: str = ""

    @property
    def sign(self) -> float:
        """+1 for an upper limit, -1 for a lower one."""
        return 1.0 if self.side == "upper" else -1.0

    @property
    def key(self) -> tuple[str, str]:
        """Guardrail and side, as the plan's files name them."""
        return self.name, self.side


@dataclass(frozen=True)
class Rows:
    """A limit held against a plan, row by row: one a node for `every scenario`, else one a period.

    Attributes
    ----------
    period, where : of each row; the latter is the period or the node in words.
    value, level, slack : [rows], in the unit of the limit as stated; the first and last are NaN where a denominator is 0.
    excess : [rows], by how much the law is broken, in the unit of the numerator; negative where there is room.
    tolerance : what rounding may take of `excess`: a cent, or a billionth of the limit.
    penalty : money that violations of a soft limit cost.
    numerator, denominator, amount_period, weight : [nodes of the limit], the amounts (a denominator of 1 where the metric
        is no ratio), their periods and probabilities.
    """

    limit: Limit
    period: IntArray
    where: list[str]
    value: Array
    level: Array
    slack: Array
    excess: Array
    tolerance: float
    penalty: float
    numerator: Array
    denominator: Array
    amount_period: IntArray
    weight: Array

    @property
    def is_ratio(self) -> bool:
        """Whether the metric is a ratio."""
        return self.limit.metric in RATIOS

    @property
    def claim_tolerance(self) -> float:
        """What a claim about value, limit or slack may be off by."""
        return RATIO_TOLERANCE if self.is_ratio else self.tolerance

    def off(self, claimed: float | Array, recomputed: float | Array) -> Array:
        """How far a claim is off; of a ratio above 1 the difference counts relative to it."""
        size = np.maximum(1.0, np.abs(recomputed)) if self.is_ratio else 1.0
        return np.asarray(np.abs(np.subtract(claimed, recomputed)) / size)


def read_limits(instance: Instance, tree: ScenarioTree) -> list[Limit]:
    """Every side of every guardrail, each followed by what its builds leave to others; then capacities, warehouses."""
    limits = [limit for row in instance.guardrails for limit in _of_guardrail(row, instance, tree)]
    for v, supplier in enumerate(instance.suppliers):
        if supplier.capacity_units_per_period is not None:
            limits += _capacity(
                instance,
                tree,
                f"capacity:{supplier.supplier}",
                scope=instance.item_supplier == v,
                stated=("supplier", supplier.supplier),
                metric="ordered_units",
                capacity=supplier.capacity_units_per_period,
                factor=tree.capacity_factor[v],
                premium=supplier.overtime_premium_per_unit,
            )
    for h, warehouse in enumerate(instance.warehouses):
        limits += _capacity(
            instance,
            tree,
            f"warehouse:{warehouse.warehouse}",
            scope=np.array([row.warehouse == warehouse.warehouse for row in instance.items]),
            stated=("warehouse", warehouse.warehouse),
            metric="storage_space",
            capacity=warehouse.capacity_space,
            factor=tree.warehouse_factor[h],
            premium=warehouse.overflow_premium_per_period,
        )
    return limits


def _of_guardrail(row: Guardrail, instance: Instance, tree: ScenarioTree) -> Iterator[Limit]:
    is_path = row.measured in ("average", "total")
    first = row.last_period if is_path else row.first_period
    is_limited = (np.arange(tree.periods) >= first) & (np.arange(tree.periods) <= row.last_period)
    if row.measured == "quarter ends":
        is_limited &= is_quarter_end(instance)
    scope = instance.items_in_scope(row.scope, row.scope_value)
    for side, own in (("upper", row.upper), ("lower", row.lower)):
        stated = _by_period(instance, row.guardrail, side, own, with_table=not is_path)
        stated[~is_limited] = np.nan
        variants = [("", scope, stated)]
        if side == "upper":
            room = rooms(instance, row.guardrail)
            everything = stated + room.sum(axis=0)
            variants = [("", scope, everything)]
            for names, members, left_out in outside_rooms(instance, row.guardrail, room):
                variants.append((names, scope & ~members, everything - left_out))
        for outside_of, members, level in variants:
            nodes = np.flatnonzero(np.isfinite(level[tree.period]))
            if len(nodes) == 0 or (outside_of and not members.any()):
                continue
            yield Limit(
                name=row.guardrail,
                metric=row.metric,
                side=side,
                scope=members,
                is_whole=row.scope == "all" and not outside_of,
                nodes=nodes,
                level=level[tree.period[nodes]],
                soft_price=row.soft_price,
                scope_kind=row.scope,
                scope_value=row.scope_value,
                holds=row.holds,
                alpha=row.alpha if row.holds in ("cvar", "chance") else None,
                measured=row.measured,
                first_period=row.first_period,
                outside_of=outside_of,
            )


def _by_period(instance: Instance, name: str, side: str, own: float | None, *, with_table: bool) -> Array:
    """Limit of one side in each period [periods], NaN where there is none."""
    level = np.full(instance.settings.periods, np.nan if own is None else own)
    for row in instance.guardrail_limits if with_table else ():
        given = row.upper if side == "upper" else row.lower
        if row.guardrail == name and given is not None:
            level[row.period] = given
    return level


def _capacity(
    instance: Instance,
    tree: ScenarioTree,
    name: str,
    *,
    scope: Mask,
    stated: tuple[str, str],
    metric: str,
    capacity: float,
    factor: Array,
    premium: float | None,
) -> list[Limit]:
    if not scope.any():
        return []
    level = _by_period(instance, name, "upper", capacity, with_table=True)[tree.period] * factor
    return [
        Limit(
            name=name,
            metric=metric,
            side="upper",
            scope=scope,
            is_whole=False,
            nodes=np.arange(len(tree)),
            level=level,
            soft_price=premium,
            scope_kind=stated[0],
            scope_value=stated[1],
            is_capacity=True,
        )
    ]


def measure(
    limit: Limit, metric: Array, tree: ScenarioTree, discount: Array, denominator: Array | None = None
) -> Rows:
    """Hold a limit against its metric.

    Parameters
    ----------
    metric, denominator : [nodes], summed over the scope, instance-wide amounts included; a denominator for ratios only.
    discount : [nodes].
    """
    ones = np.ones(len(limit.nodes))
    amount = _amounts(limit, metric, tree)
    base = ones if denominator is None else _amounts(limit, denominator, tree)
    weight, period = tree.probability[limit.nodes], tree.period[limit.nodes]
    over = limit.sign * (amount - limit.level * base)
    costs = discount[limit.nodes]
    if limit.holds == "every scenario":
        value, level, excess, rows_period = quotient(amount, base), limit.level, over, period
        where = [f"node {tree.names[node]}" for node in limit.nodes]
        violated = float(costs @ (weight * np.maximum(0.0, over)))
    else:
        rows_period, first = np.unique(period, return_index=True)
        level = limit.level[first]
        held = [
            hold(
                limit.holds,
                limit.alpha or 0.0,
                limit.sign,
                *(array[period == t] for array in (amount, base, weight, limit.level)),
            )
            for t in rows_period
        ]
        value, excess = np.array([row[0] for row in held]), np.array([row[1] for row in held])
        where = [f"period {t}" for t in rows_period]
        violated = float(costs[first] @ np.array([row[2] for row in held]))
    if limit.outside_of:
        where = [f"outside of {limit.outside_of}, {text}" for text in where]
    size = float(np.abs(limit.level * base).max(initial=0.0))
    return Rows(
        limit=limit,
        period=rows_period,
        where=where,
        value=value,
        level=level,
        slack=limit.sign * (level - value),
        excess=excess,
        tolerance=max(CENT, 1e-9 * size),
        penalty=0.0 if limit.soft_price is None else limit.soft_price * violated,
        numerator=amount,
        denominator=base,
        amount_period=period,
        weight=weight,
    )


def _amounts(limit: Limit, metric: Array, tree: ScenarioTree) -> Array:
    """What the limit limits at each of its nodes: the metric there, or its average or sum along the path."""
    if limit.measured not in ("average", "total"):
        return metric[limit.nodes]
    last = int(tree.period[limit.nodes[0]])
    total = [
        sum(metric[m] for m in tree.path(int(n)) if tree.period[m] >= limit.first_period) for n in limit.nodes
    ]
    return np.array(total) / (last - limit.first_period + 1 if limit.measured == "average" else 1)
