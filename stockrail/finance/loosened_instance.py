"""An instance whose limits are wider by what a relaxation says (docs/formulation.md, section 7, relaxation).

For solvers that read limits from the instance. A ratio's limit is loosened in its own unit, which loosens its rows by different
amounts where denominators differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stockrail.finance.loosened_rows import ROUNDING
from stockrail.model.guardrail_blocks import CAPACITY, WAREHOUSE
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail, GuardrailLimit
from stockrail.model.tables import Tables
from stockrail.solvers.result import Relaxation


def loosen(tables: Tables, relaxations: Sequence[Relaxation]) -> Instance:
    """The instance with limits that are wider by the `limit_change` of each relaxation.

    A capacity gives way by that much after the node's factor: before it by as much as the smallest factor takes.
    """
    instance = tables.instance
    for row in relaxations:
        change = row.limit_change * (1.0 + ROUNDING)
        if row.guardrail.startswith((CAPACITY, WAREHOUSE)):
            change /= _smallest_factor(tables, row)
        instance = _with_wider_limit(instance, row, change)
    return instance


def _smallest_factor(tables: Tables, relaxation: Relaxation) -> float:
    """The smallest capacity factor above 0 of a capacity in a period; 1 where there is none."""
    kind, _, name = relaxation.guardrail.partition(":")
    tree, instance = tables.tree, tables.instance
    if f"{kind}:" == CAPACITY:
        factor = tree.capacity_factor[instance.supplier_index[name]]
    else:
        factor = tree.warehouse_factor[instance.warehouse_index[name]]
    factor = factor[(tree.period == relaxation.period) & (factor > 0)]
    return float(factor.min(initial=1.0)) if len(factor) else 1.0


def _with_wider_limit(instance: Instance, relaxation: Relaxation, change: float) -> Instance:
    """The instance with one limit wider by `change`, in the unit of the limit as stated."""
    name, side = relaxation.guardrail, relaxation.side
    signed = change if side == "upper" else -change
    stated = next((row for row in instance.guardrails if row.guardrail == name), None)
    if stated is not None and stated.measured in {"average", "total"}:
        own = getattr(stated, side)
        wider = stated.model_copy(update={side: own + signed})
        rows = tuple(wider if row is stated else row for row in instance.guardrails)
        return replace(instance, guardrails=rows)
    limit = _limit(instance, relaxation, stated) + signed
    limits = list(_without(instance.guardrail_limits, relaxation))
    limits.append(
        GuardrailLimit(
            guardrail=name,
            period=relaxation.period,
            lower=limit if side == "lower" else None,
            upper=limit if side == "upper" else None,
        )
    )
    return replace(instance, guardrail_limits=tuple(limits))


def _limit(instance: Instance, relaxation: Relaxation, stated: Guardrail | None) -> float:
    """The limit of one side in one period, without funded room and before a capacity's factor."""
    name, side = relaxation.guardrail, relaxation.side
    for row in instance.guardrail_limits:
        given = getattr(row, side)
        if row.guardrail == name and row.period == relaxation.period and given is not None:
            return float(given)
    if stated is not None:
        return float(getattr(stated, side))
    kind, _, of = name.partition(":")
    if f"{kind}:" == CAPACITY:
        capacity = instance.suppliers[instance.supplier_index[of]].capacity_units_per_period
        assert capacity is not None
        return capacity
    return instance.warehouses[instance.warehouse_index[of]].capacity_space


def _without(rows: Sequence[GuardrailLimit], relaxation: Relaxation) -> Iterator[GuardrailLimit]:
    """The limits of single periods without the relaxed side; the other side of the same row stays."""
    for row in rows:
        if row.guardrail == relaxation.guardrail and row.period == relaxation.period:
            row = row.model_copy(update={relaxation.side: None})
            if row.lower is None and row.upper is None:
                continue
        yield row
