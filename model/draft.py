"""An instance whose values are valid one by one, before its rows are checked against one another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import (
    TABLES,
    AllocationRule,
    AnnouncedOrder,
    CurrentTarget,
    Customer,
    CustomerShare,
    Demand,
    ForecastError,
    FundedBuild,
    Guardrail,
    GuardrailLimit,
    Item,
    OpenOrder,
    OrderOverride,
    PolicyOption,
    QuantityBreak,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Segment,
    Supplier,
    Warehouse,
)
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row

TABLE_OF = {model: name for name, model in TABLES.items()}
"""Name of the table by its row model."""

R = TypeVar("R", bound=Row)


@dataclass
class Draft:
    """Settings and rows as read, with the places they came from.

    A table with an invalid row is absent from `rows`, and invalid settings are None, so that no check between tables
    reports what follows from an error already reported. An optional table that does not exist has no rows.
    """

    settings: Settings | None
    settings_file: str = "instance.yaml"
    settings_lines: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Sequence[Row]] = field(default_factory=dict)
    lines: dict[str, Sequence[int]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    has_segments: bool = True
    """Whether the items' segments are known. Not so where rules compute them from tables that are not valid yet."""

    @classmethod
    def of(cls, instance: Instance) -> "Draft":
        """The rows that make up `instance`, as `stockrail.model.writer` writes them."""
        names = [row.item for row in instance.items]
        rows: dict[str, Sequence[Row]] = {
            TABLE_OF[Demand]: [
                Demand(item=item, period=t, mean_units=units)
                for item, t, units in _cells(names, instance.mean_demand)
            ],
            TABLE_OF[ForecastError]: [
                ForecastError(item=item, period=t, sigma_units=units)
                for item, t, units in _cells(names, instance.sigma)
            ],
        }
        rows |= {name: getattr(instance, name) for name in TABLES if name not in rows}
        return cls(instance.settings, rows=rows)

    def each(self, model: type[R]) -> Iterator[tuple[int, R]]:
        """Line and row of each row of one table."""
        rows = cast(Sequence[R], self.rows[TABLE_OF[model]])
        return zip(self.lines.get(TABLE_OF[model], range(2, len(rows) + 2)), rows, strict=True)

    def all(self, model: type[R]) -> tuple[R, ...]:
        """All rows of one table."""
        return cast(tuple[R, ...], tuple(self.rows[TABLE_OF[model]]))

    def problem(
        self, model: type[Row], line: int | None, column: str | None, value: object, allowed: str
    ) -> Problem:
        """Make a problem in one table."""
        name = TABLE_OF[model]
        text = None if value is None else str(value)
        return Problem(self.files.get(name, f"{name}.csv"), line, column, text, allowed)

    def settings_problem(self, name: str, value: object, allowed: str) -> Problem:
        """Make a problem in one setting, by its dotted name; it stands in the line of the nearest group above."""
        place = name
        while place and place not in self.settings_lines:
            place = place.rpartition(".")[0]
        text = None if value is None else str(value)
        return Problem(self.settings_file, self.settings_lines.get(place), name, text, allowed)

    def instance(self, source: Path | None) -> Instance:
        """Make the instance. The draft must be complete and consistent."""
        if self.settings is None:
            raise ValueError("Expected a draft with valid settings.")
        position = {row.item: i for i, row in enumerate(self.all(Item))}
        shape = (len(position), self.settings.periods)
        demand = ((position[row.item], row.period, row.mean_units) for row in self.all(Demand))
        sigma = ((position[row.item], row.period, row.sigma_units) for row in self.all(ForecastError))
        return Instance(
            settings=self.settings,
            items=self.all(Item),
            segments=self.all(Segment),
            suppliers=self.all(Supplier),
            mean_demand=_array(shape, demand),
            sigma=_array(shape, sigma),
            open_orders=self.all(OpenOrder),
            order_overrides=self.all(OrderOverride),
            announced_orders=self.all(AnnouncedOrder),
            warehouses=self.all(Warehouse),
            quantity_breaks=self.all(QuantityBreak),
            guardrails=self.all(Guardrail),
            guardrail_limits=self.all(GuardrailLimit),
            funded_builds=self.all(FundedBuild),
            policy_options=self.all(PolicyOption),
            current_targets=self.all(CurrentTarget),
            customers=self.all(Customer),
            customer_shares=self.all(CustomerShare),
            allocation_rules=self.all(AllocationRule),
            scenarios=self.all(ScenarioNode),
            scenario_demand=self.all(ScenarioDemand),
            scenario_suppliers=self.all(ScenarioSupplier),
            scenario_warehouses=self.all(ScenarioWarehouse),
            source=source,
        )


def _cells(names: Sequence[str], array: Array) -> Iterator[tuple[str, int, Any]]:
    for name, values in zip(names, array.tolist(), strict=True):
        for period, value in enumerate(values):
            yield name, period, value


def _array(shape: tuple[int, int], cells: Iterable[tuple[int, int, float]]) -> Array:
    array = np.zeros(shape)
    for i, period, value in cells:
        array[i, period] = value
    return array
