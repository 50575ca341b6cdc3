"""The same instance with a longer horizon: what the last periods were like goes on (docs/formulation.md, section 8)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import (
    Guardrail,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
)

Fact = TypeVar("Fact", ScenarioSupplier, ScenarioWarehouse)

QUARTER_DAYS = 365 / 4
"""Days whose mean demand goes on beyond the horizon."""


def longer(instance: Instance, periods: int) -> Instance:
    """The instance with `periods` more periods at the end.

    Demand and forecast error of each added period are the means of the last quarter, or of the horizon if that is shorter.
    The tree branches no more: each leaf goes on as one path, with the leaf's facts where a table gives the tree. Guardrails
    that end in the last period go on, except for totals, which would get tighter. Funded builds and limits of single
    periods stay.

    Raises
    ------
    ValueError
        If `periods` is not positive.
    """
    if periods <= 0:
        raise ValueError(f"Expected a positive number of periods, got {periods}.")
    settings = instance.settings
    last = settings.periods - 1
    quarter = min(max(1, round(QUARTER_DAYS / settings.period_length_days)), settings.periods)
    changed = replace(
        instance,
        settings=settings.model_copy(
            update={
                "periods": settings.periods + periods,
                # Nothing was announced for the periods that are added.
                "change_price_periods": settings.change_price_periods or settings.periods,
            }
        ),
        mean_demand=_with_mean(instance.mean_demand, quarter, periods),
        sigma=_with_mean(instance.sigma, quarter, periods),
        guardrails=tuple(_goes_on(row, last, periods) for row in instance.guardrails),
    )
    if settings.tree != "table":
        return changed
    names = _new_names(instance, periods)
    return replace(
        changed,
        scenarios=(*instance.scenarios, *_nodes(instance, names)),
        scenario_demand=(*instance.scenario_demand, *_demand(instance, changed, names)),
        scenario_suppliers=(*instance.scenario_suppliers, *_repeated(instance.scenario_suppliers, names)),
        scenario_warehouses=(*instance.scenario_warehouses, *_repeated(instance.scenario_warehouses, names)),
    )


def _with_mean(values: Array, quarter: int, periods: int) -> Array:
    mean = values[:, -quarter:].mean(axis=1, keepdims=True)
    return np.concatenate([values, np.repeat(mean, periods, axis=1)], axis=1)


def _goes_on(row: Guardrail, last: int, periods: int) -> Guardrail:
    if row.last_period < last or row.measured == "total":
        return row
    return row.model_copy(update={"last_period": last + periods})


def _new_names(instance: Instance, periods: int) -> dict[str, list[str]]:
    """Names of the nodes that follow each leaf, by leaf; none of them is taken."""
    taken = {row.node for row in instance.scenarios}
    mark = "+"
    while any(mark in name for name in taken):
        mark += "+"
    last = instance.settings.periods - 1
    return {
        row.node: [f"{row.node}{mark}{k}" for k in range(1, periods + 1)]
        for row in instance.scenarios
        if row.period == last
    }


def _nodes(instance: Instance, names: dict[str, list[str]]) -> Iterator[ScenarioNode]:
    for row in instance.scenarios:
        parent = row.node
        for k, name in enumerate(names.get(row.node, ()), start=1):
            yield row.model_copy(update={"node": name, "parent": parent, "period": row.period + k})
            parent = name


def _demand(instance: Instance, changed: Instance, names: dict[str, list[str]]) -> Iterator[ScenarioDemand]:
    """Where a leaf has demand of its own, it keeps its proportion to the mean; its units where the mean is 0."""
    last = instance.settings.periods - 1
    for row in instance.scenario_demand:
        item = instance.item_index[row.item]
        mean = instance.mean_demand[item, last]
        for k, name in enumerate(names.get(row.node, ()), start=1):
            units = row.units * changed.mean_demand[item, last + k] / mean if mean > 0 else row.units
            yield row.model_copy(update={"node": name, "units": float(units)})


def _repeated(rows: tuple[Fact, ...], names: dict[str, list[str]]) -> Iterator[Fact]:
    for row in rows:
        for name in names.get(row.node, ()):
            yield row.model_copy(update={"node": name})
