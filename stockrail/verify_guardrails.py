"""The checker's reading of guardrails and supplier capacities: are they kept, and is what the plan says of them true?

Part of the independent checker: docs/formulation.md, section 7, is its only source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verify_check import CENT, Check, Fault, law, number
from stockrail.verify_facts import Mask


@dataclass(frozen=True)
class Limit:
    """One side of a guardrail, or a supplier's capacity.

    Attributes
    ----------
    side : "upper" or "lower".
    scope : items whose metric it sums, a mask [items]; `is_whole` where it covers the instance with its opening terms.
    nodes : positions of the nodes of its periods.
    level : the limit at each of these nodes.
    is_expected : it holds for the expectation of each period, not at each node.
    soft_price : money per unit of violation, None where it is hard.
    """

    name: str
    metric: str
    side: str
    scope: Mask
    is_whole: bool
    nodes: IntArray
    level: Array
    is_expected: bool
    soft_price: float | None


@dataclass(frozen=True)
class Rows:
    """A limit held against a plan, row by row: what the metric is, what is left, where, and what a violation weighs."""

    limit: Limit
    value: Array
    level: Array
    slack: Array
    weight: Array
    where: list[str]

    @property
    def tolerance(self) -> float:
        """What rounding may take: a cent, or a billionth of the limit."""
        return max(CENT, 1e-9 * float(np.abs(self.level).max(initial=0.0)))

    @property
    def penalty(self) -> float:
        """Money that violations of a soft limit cost."""
        if self.limit.soft_price is None:
            return 0.0
        return float(self.limit.soft_price * (self.weight @ np.maximum(0.0, -self.slack)))


def read_limits(instance: Instance, tree: ScenarioTree) -> list[Limit]:
    """Every side of every guardrail, and every capacity."""
    limits = []
    for row in instance.guardrails:
        nodes = np.flatnonzero((tree.period >= row.first_period) & (tree.period <= row.last_period))
        for side, level in (("upper", row.upper), ("lower", row.lower)):
            if level is not None:
                limits.append(
                    Limit(
                        name=row.guardrail,
                        metric=row.metric,
                        side=side,
                        scope=instance.items_in_scope(row.scope, row.scope_value),
                        is_whole=row.scope == "all",
                        nodes=nodes,
                        level=np.full(len(nodes), level),
                        is_expected=row.holds == "expected",
                        soft_price=row.soft_price,
                    )
                )
    for v, supplier in enumerate(instance.suppliers):
        if supplier.capacity_units_per_period is not None:
            limits.append(
                Limit(
                    name=f"capacity:{supplier.supplier}",
                    metric="ordered_units",
                    side="upper",
                    scope=instance.item_supplier == v,
                    is_whole=False,
                    nodes=np.arange(len(tree)),
                    level=supplier.capacity_units_per_period * tree.capacity_factor[v],
                    is_expected=False,
                    soft_price=None,
                )
            )
    return limits


def measure(limit: Limit, metric: Array, tree: ScenarioTree, discount: Array) -> Rows:
    """Hold a limit against its metric [nodes]."""
    value, level, weight = metric[limit.nodes], limit.level, tree.probability[limit.nodes]
    where = [f"node {tree.names[node]}" for node in limit.nodes]
    discounts = discount[limit.nodes]
    if limit.is_expected:
        periods = tree.period[limit.nodes]
        distinct, first = np.unique(periods, return_index=True)
        value = np.array([weight[periods == period] @ value[periods == period] for period in distinct])
        level, discounts, weight = level[first], discounts[first], np.ones(len(distinct))
        where = [f"period {period}" for period in distinct]
    slack = level - value if limit.side == "upper" else value - level
    return Rows(limit, value, level, slack, weight * discounts, where)


def check_guardrails(claims: Sequence[Mapping[str, Any]], measured: Sequence[Rows]) -> Iterator[Check]:
    """Every hard limit is kept, and what `plan.json` says about each limit is true."""
    claimed: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for claim in claims:
        claimed.setdefault((str(claim.get("name")), str(claim.get("side"))), []).append(claim)
    faults = []
    for rows in measured:
        limit = rows.limit
        found = claimed.pop((limit.name, limit.side), [])
        name = f"{limit.name}:{limit.side}"
        if limit.soft_price is None:
            yield _kept(f"guardrail_kept:{name}", rows)
        if len(found) == 1:
            yield _as_claimed(f"guardrail_claim:{name}", found[0], rows)
        else:
            faults.append(Fault(1, f"plan.json lists {name} {len(found)} times"))
    faults += [
        Fault(1, f"plan.json lists {':'.join(key)}, which the instance does not have") for key in claimed
    ]
    yield law("guardrails_listed", faults, kept=f"{len(measured)} limits")


def _kept(name: str, rows: Rows) -> Check:
    faults = [
        Fault(-float(slack), f"{where}: {value:,.2f}, {rows.limit.side} limit {level:,.2f}")
        for slack, where, value, level in zip(rows.slack, rows.where, rows.value, rows.level, strict=True)
        if not slack >= 0
    ]
    return law(name, faults, rows.tolerance, kept=f"{len(rows.where)} rows")


def _as_claimed(name: str, claim: Mapping[str, Any], rows: Rows) -> Check:
    """Compare limit, worst value and slack with the row that has the least slack."""
    worst, level, slack = (number(claim.get(key)) for key in ("worst", "limit", "slack"))
    tightest = int(np.argmin(rows.slack))
    # A capacity differs from node to node, so several rows with the least slack may show different values.
    ties = rows.slack <= rows.slack[tightest] + rows.tolerance
    difference = np.abs(rows.slack[tightest] - slack) + np.min(
        np.abs(rows.value[ties] - worst) + np.abs(rows.level[ties] - level), initial=np.inf
    )
    metric = claim.get("metric")
    if metric != rows.limit.metric:
        difference = np.inf
    detail = (
        f"plan.json says worst {metric} {worst:,.2f}, limit {level:,.2f}, slack {slack:,.2f}; recomputed worst "
        f"{rows.limit.metric} {rows.value[tightest]:,.2f}, limit {rows.level[tightest]:,.2f}, slack "
        f"{rows.slack[tightest]:,.2f} at {rows.where[tightest]}"
    )
    return Check(name, float(difference), rows.tolerance, detail)
