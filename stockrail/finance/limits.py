"""The same instance with another limit: what a frontier varies, and what somebody asks who wants to know "and with 3 million?"."""

import math
from dataclasses import replace
from typing import Literal, TypeVar

from stockrail.model.guardrail_blocks import CAPACITY, WAREHOUSE
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail
from stockrail.model.schema_values import Row

Side = Literal["upper", "lower"]

RowKind = TypeVar("RowKind", bound=Row)


class LimitError(ValueError):
    """There is no such limit, or it cannot have that value. The message says which there are."""


def stated_limit(instance: Instance, guardrail: str, side: Side) -> float:
    """The limit of one side as its owner states it, before exceptions for single periods and factors of scenarios.

    Parameters
    ----------
    guardrail : its name; `capacity:SUPPLIER` and `warehouse:WAREHOUSE` are capacities.

    Raises
    ------
    LimitError
        There is no guardrail of that name, or it has no limit on that side.
    """
    if guardrail.startswith((CAPACITY, WAREHOUSE)):
        limit = _capacity(instance, guardrail)
        if side != "upper" or limit is None:
            raise LimitError(f"{guardrail!r} has no {side} limit." + _sides(instance))
        return limit
    stated: float | None = getattr(_guardrail(instance, guardrail), side)
    if stated is None:
        if any(
            row.guardrail == guardrail and getattr(row, side) is not None for row in instance.guardrail_limits
        ):
            raise LimitError(
                f"Guardrail {guardrail!r} has {side} limits for single periods only (guardrail_limits). Give the "
                f"guardrail an {side} limit of its own, which these replace, and both can be changed together."
            )
        raise LimitError(f"Guardrail {guardrail!r} has no {side} limit." + _sides(instance))
    return stated


def change_limit(instance: Instance, guardrail: str, side: Side, value: float) -> Instance:
    """The instance with another limit on one side of a guardrail, or with another capacity of a supplier or warehouse.

    Limits of single periods (`guardrail_limits`) on that side change in the same proportion.

    Parameters
    ----------
    value : the new limit, in the unit of the metric.

    Raises
    ------
    LimitError
        There is no such limit; the value is no number, or negative for a capacity; it would cross the other side's limit;
        or limits of single periods cannot follow in proportion, because the limit was 0.
    """
    before = stated_limit(instance, guardrail, side)
    is_capacity = guardrail.startswith((CAPACITY, WAREHOUSE))
    if not math.isfinite(value) or (is_capacity and value < 0):
        raise LimitError(
            f"{value!r} cannot be a limit of {guardrail!r}: expected a number{' from 0 on' * is_capacity}."
        )
    if not is_capacity:
        other = getattr(_guardrail(instance, guardrail), "lower" if side == "upper" else "upper")
        if other is not None and (value < other if side == "upper" else value > other):
            raise LimitError(
                f"An {side} limit of {value:g} of {guardrail!r} would cross its other limit, {other:g}."
            )
    changed = _with_limit(instance, guardrail, side, value)
    limits = []
    for row in instance.guardrail_limits:
        given = getattr(row, side)
        if row.guardrail == guardrail and given is not None:
            if before == 0 and value != 0:
                raise LimitError(
                    f"The {side} limit of {guardrail!r} is 0, so its limits of single periods have no proportion to it. "
                    "Change guardrail_limits instead."
                )
            row = _changed(row, side, given if value == before else given * value / before)
        limits.append(row)
    return replace(changed, guardrail_limits=tuple(limits))


def _with_limit(instance: Instance, guardrail: str, side: Side, value: float) -> Instance:
    name = guardrail.split(":", 1)[-1]
    if guardrail.startswith(CAPACITY):
        suppliers = tuple(
            _changed(row, "capacity_units_per_period", value) if row.supplier == name else row
            for row in instance.suppliers
        )
        return replace(instance, suppliers=suppliers)
    if guardrail.startswith(WAREHOUSE):
        warehouses = tuple(
            _changed(row, "capacity_space", value) if row.warehouse == name else row
            for row in instance.warehouses
        )
        return replace(instance, warehouses=warehouses)
    guardrails = tuple(
        _changed(row, side, value) if row.guardrail == guardrail else row for row in instance.guardrails
    )
    return replace(instance, guardrails=guardrails)


def _changed(row: RowKind, column: str, value: float) -> RowKind:
    return type(row)(**{**row.model_dump(), column: value})


def _capacity(instance: Instance, guardrail: str) -> float | None:
    name = guardrail.split(":", 1)[1]
    if guardrail.startswith(CAPACITY):
        capacities = {row.supplier: row.capacity_units_per_period for row in instance.suppliers}
    else:
        capacities = {row.warehouse: row.capacity_space for row in instance.warehouses}
    if name not in capacities:
        raise LimitError(f"There is no {guardrail!r}." + _sides(instance))
    return capacities[name]


def _guardrail(instance: Instance, name: str) -> Guardrail:
    for row in instance.guardrails:
        if row.guardrail == name:
            return row
    raise LimitError(f"There is no guardrail {name!r}." + _sides(instance))


def _sides(instance: Instance) -> str:
    """A sentence that lists every limit there is."""
    stated = [
        (row.guardrail, side)
        for row in instance.guardrails
        for side in ("upper", "lower")
        if getattr(row, side) is not None
    ]
    capacities = [
        f"{CAPACITY}{row.supplier}" for row in instance.suppliers if row.capacity_units_per_period is not None
    ]
    capacities += [f"{WAREHOUSE}{row.warehouse}" for row in instance.warehouses]
    names = [f"{name} ({side})" for name, side in [*stated, *((name, "upper") for name in capacities)]]
    return f" Limits there are: {', '.join(names)}." if names else " The instance has no limits."
