"""Which amounts are limited, and by how much: guardrails, capacities, warehouses, funded builds (section 7).

Plain data by the names of nodes, read from the instance; formulation_guardrails turns it into sets and laws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyomo.environ as pyo

from stockrail.model.formulation_builds import room_outside, sets_of_builds
from stockrail.model.formulation_metrics import UNITS
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.model.tree import Array


@dataclass(frozen=True)
class Limit:
    """A guardrail or capacity, or what funded builds leave to the items outside of them.

    Attributes
    ----------
    name : of these laws; `guardrail` is the name as stated, which differs only for items outside of builds.
    scope : supplier or warehouse of a capacity, the scope's value of a guardrail, blank for all.
    is_whole : whether it covers the whole instance, with its opening balances.
    amounts : for each node with a limited amount the nodes that it sums.
    amount_weight : factor on each of them.
    upper, lower : limits by node; `soft_price` None where they are hard.
    money_weight : money that a unit of the numerator is worth in a relaxation.
    """

    name: str
    guardrail: str
    metric: str
    scope: str
    items: tuple[str, ...]
    is_whole: bool
    holds: str
    alpha: float
    amounts: dict[str, tuple[str, ...]]
    amount_weight: float
    upper: dict[str, float]
    lower: dict[str, float]
    soft_price: float | None
    is_capacity: bool
    money_weight: float


def read_limits(m: pyo.ConcreteModel, tables: Tables) -> dict[str, Limit]:
    """All limits of an instance by name."""
    instance = tables.instance
    limits = [limit for row in instance.guardrails for limit in _of_guardrail(m, instance, row)]
    limits += _capacities(m, tables)
    limits += _warehouses(m, tables)
    return {limit.name: limit for limit in limits if limit.items or not limit.is_capacity}


def _of_guardrail(m: pyo.ConcreteModel, instance: Instance, row: Guardrail) -> Iterator[Limit]:
    amounts = _amounts(m, instance, row)
    own_limits = {
        side: {
            n: value
            for n in amounts
            if (value := _limit_in_period(instance, row, side, m.period[n])) is not None
        }
        for side in ("upper", "lower")
    }
    in_scope = _names(instance, row.scope, row.scope_value)
    periods = row.last_period - row.first_period + 1
    for chosen in sets_of_builds(instance, row.guardrail):
        inside = {i for build in chosen for i in _names(instance, build.scope, build.scope_value)}
        items = tuple(i for i in in_scope if i not in inside)
        room = {n: room_outside(instance, row.guardrail, chosen, m.period[n]) for n in own_limits["upper"]}
        upper = {n: own_limits["upper"][n] + more for n, more in room.items() if more is not None}
        # Overtime belongs to no item, so a build leaves nothing of it to others.
        if chosen and (not items or not upper or row.metric == "overtime_spend"):
            continue
        outside = f" outside of {' and '.join(build.build for build in chosen)}" if chosen else ""
        yield Limit(
            name=row.guardrail + outside,
            guardrail=row.guardrail,
            metric=row.metric,
            scope="" if row.scope == "all" else row.scope_value,
            items=() if row.metric == "overtime_spend" else items,
            is_whole=row.scope == "all" and not chosen,
            holds=row.holds,
            alpha=row.alpha or 0.0,
            amounts=amounts,
            amount_weight=1.0 / periods if row.measured == "average" else 1.0,
            upper=upper,
            lower={} if chosen else own_limits["lower"],
            soft_price=row.soft_price,
            is_capacity=False,
            money_weight=money_weight(instance, row.metric, in_scope),
        )


def _amounts(m: pyo.ConcreteModel, instance: Instance, row: Guardrail) -> dict[str, tuple[str, ...]]:
    """The nodes at which an amount is limited, each with the nodes that the amount sums."""
    if row.measured in ("average", "total"):
        return {
            n: tuple(o for o in m.PATH[n] if m.period[o] >= row.first_period)
            for n in m.NODES
            if m.period[n] == row.last_period
        }
    return {
        n: (n,)
        for n in m.NODES
        if row.first_period <= m.period[n] <= row.last_period
        and (row.measured == "each period" or instance.quarter_ends[m.period[n]])
    }


def _limit_in_period(instance: Instance, row: Guardrail, side: str, period: int) -> float | None:
    """The limit of one side in a period: that of `guardrail_limits`, else the guardrail's own."""
    if row.measured not in ("average", "total"):
        for exception in instance.guardrail_limits:
            given: float | None = getattr(exception, side)
            if exception.guardrail == row.guardrail and exception.period == period and given is not None:
                return given
    own: float | None = getattr(row, side)
    return own


def _names(instance: Instance, scope: str, value: str) -> tuple[str, ...]:
    is_in = instance.items_in_scope(scope, value)
    return tuple(row.item for row, is_here in zip(instance.items, is_in, strict=True) if is_here)


def _capacities(m: pyo.ConcreteModel, tables: Tables) -> Iterator[Limit]:
    for v, row in enumerate(tables.instance.suppliers):
        if row.capacity_units_per_period is not None:
            yield _capacity(
                m,
                tables.instance,
                kind="capacity",
                scope=row.supplier,
                metric="ordered_units",
                items=[item.item for item in tables.instance.items if item.supplier == row.supplier],
                capacity=row.capacity_units_per_period,
                factor=tables.tree.capacity_factor[v],
                premium=row.overtime_premium_per_unit,
            )


def _warehouses(m: pyo.ConcreteModel, tables: Tables) -> Iterator[Limit]:
    for h, row in enumerate(tables.instance.warehouses):
        yield _capacity(
            m,
            tables.instance,
            kind="warehouse",
            scope=row.warehouse,
            metric="storage_space",
            items=[item.item for item in tables.instance.items if item.warehouse == row.warehouse],
            capacity=row.capacity_space,
            factor=tables.tree.warehouse_factor[h],
            premium=row.overflow_premium_per_period,
        )


def _capacity(
    m: pyo.ConcreteModel,
    instance: Instance,
    *,
    kind: str,
    scope: str,
    metric: str,
    items: Sequence[str],
    capacity: float,
    factor: Array,
    premium: float | None,
) -> Limit:
    name = f"{kind}:{scope}"
    in_period = {
        row.period: row.upper
        for row in instance.guardrail_limits
        if row.guardrail == name and row.upper is not None
    }
    return Limit(
        name=name,
        guardrail=name,
        metric=metric,
        scope=scope,
        items=tuple(items),
        is_whole=False,
        holds="every scenario",
        alpha=0.0,
        amounts={n: (n,) for n in m.NODES},
        amount_weight=1.0,
        upper={
            n: in_period.get(m.period[n], capacity) * share
            for n, share in zip(m.NODES, factor.tolist(), strict=True)
        },
        lower={},
        soft_price=premium,
        is_capacity=True,
        money_weight=money_weight(instance, metric, items),
    )


def money_weight(instance: Instance, metric: str, items: Sequence[str]) -> float:
    """Money that a unit of a metric's numerator is worth in a relaxation (section 7)."""
    unit = UNITS.get(metric, "money")
    if unit == "money" or not items:
        return 1.0
    if unit == "money per year":
        return 1.0 / instance.periods_per_year
    rows = [instance.items[instance.item_index[i]] for i in items]
    demand = [float(instance.mean_demand[instance.item_index[i]].sum()) for i in items]
    if sum(demand) == 0:
        demand = [1.0] * len(items)
    price = sum(row.unit_price * units for row, units in zip(rows, demand, strict=True)) / sum(demand)
    return price if unit == "units" else price / (sum(row.space_per_unit for row in rows) / len(rows))
