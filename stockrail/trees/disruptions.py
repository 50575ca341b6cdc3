"""Disruptions of suppliers with probabilities: late, dearer, or with less capacity, for a while."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import ScenarioSupplier
from stockrail.model.schema_values import Name, PositiveUnits, Rate, Row
from stockrail.trees.tables import read_table, refuse

BoolArray = NDArray[np.bool_]


class Disruption(Row):
    """A row of `disruptions`: in period `period` it becomes known, with `probability`, that the supplier is disrupted for
    `duration_periods` periods. Disruptions are independent of one another and of demand.
    """

    disruption: Name
    supplier: Name
    probability: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    period: Annotated[int, Field(ge=1)]
    duration_periods: Annotated[int, Field(ge=1)]
    delay_periods: Annotated[int, Field(ge=0)] = 0
    cost_factor: PositiveUnits = 1.0
    order_cost_factor: Rate = 1.0
    capacity_factor: Rate = 1.0

    def is_active(self, period: int) -> bool:
        """Whether it lasts in a period, if it happens."""
        return self.period <= period < self.period + self.duration_periods


def read_disruptions(path: Path, instance: Instance) -> tuple[Disruption, ...]:
    """Read disruptions; the columns are the attributes of `Disruption`.

    Raises
    ------
    InstanceError
        With every problem of the file.
    """
    table = read_table(path, Disruption)
    last = instance.settings.periods - 1
    problems: list[Problem] = []
    seen: set[str] = set()
    for line, row in table.each():
        if row.disruption in seen:
            problems.append(Problem(table.file, line, "disruption", row.disruption, "a name only once"))
        seen.add(row.disruption)
        if row.supplier not in instance.supplier_index:
            problems.append(
                Problem(table.file, line, "supplier", row.supplier, "a name in the table suppliers")
            )
        if row.period > last:
            allowed = f"a period of the horizon after the first, 1 to {last}"
            problems.append(Problem(table.file, line, "period", str(row.period), allowed))
    refuse(problems)
    return table.rows


def draw_disruptions(disruptions: Sequence[Disruption], paths: int, random: np.random.Generator) -> BoolArray:
    """Which disruptions happen on which path [paths, disruptions].

    As many paths as the probability says, rounded and at least one on each side; which ones is random.
    """
    happens = np.zeros((paths, len(disruptions)), dtype=bool)
    for k, row in enumerate(disruptions):
        count = min(max(round(row.probability * paths), 1), paths - 1)
        happens[random.permutation(paths)[:count], k] = True
    return happens


def supplier_facts(
    disruptions: Sequence[Disruption], happens: BoolArray, period: int, node: str
) -> list[ScenarioSupplier]:
    """Rows of `scenario_suppliers` of a node where these disruptions happen [disruptions].

    Where several last for one supplier, the longer delay holds and factors multiply.
    """
    facts: dict[str, ScenarioSupplier] = {}
    for row, is_hit in zip(disruptions, happens, strict=True):
        if is_hit and row.is_active(period):
            so_far = facts.get(row.supplier, ScenarioSupplier(node=node, supplier=row.supplier))
            facts[row.supplier] = ScenarioSupplier(
                node=node,
                supplier=row.supplier,
                delay_periods=max(so_far.delay_periods, row.delay_periods),
                cost_factor=so_far.cost_factor * row.cost_factor,
                order_cost_factor=so_far.order_cost_factor * row.order_cost_factor,
                capacity_factor=so_far.capacity_factor * row.capacity_factor,
            )
    return list(facts.values())
