"""What differs between two instances, cell by cell: by their values, not by how they are written."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from stockrail.model import Instance
from stockrail.model.draft import TABLE_OF
from stockrail.model.schema import TABLES, Demand, ForecastError
from stockrail.model.schema_values import Row
from stockrail.model.what_if import SETTINGS_TABLE

KEYS: dict[str, tuple[str, ...]] = {
    "items": ("item",),
    "segments": ("segment",),
    "suppliers": ("supplier",),
    "warehouses": ("warehouse",),
    "quantity_breaks": ("item", "from_units"),
    "demand": ("item", "period"),
    "forecast_error": ("item", "period"),
    "customers": ("customer",),
    "customer_shares": ("customer", "item"),
    "allocation_rules": ("customer", "customer_segment", "item", "item_segment"),
    "open_orders": ("item", "due_period"),
    "order_overrides": ("item", "period"),
    "announced_orders": ("item", "period"),
    "guardrails": ("guardrail",),
    "guardrail_limits": ("guardrail", "period"),
    "funded_builds": ("build",),
    "policy_options": ("segment", "option"),
    "current_targets": ("item",),
    "scenarios": ("node",),
    "scenario_demand": ("node", "item"),
    "scenario_suppliers": ("node", "supplier"),
    "scenario_warehouses": ("node", "warehouse"),
}
"""Columns that name a row of each table. Rows that share a name are told apart by their order."""


class Difference(NamedTuple):
    """A cell that differs.

    Attributes
    ----------
    table : of the instance format, or `settings` with the dotted name as column.
    row : key of the row, its parts joined by " | ".
    before, after : None for nothing.
    change : `changed`, or `added` or `removed`: for a row that only one of the two has, or a setting or forecast without a value.
    is_row : whether the row as a whole was added or removed.
    """

    table: str
    row: str
    column: str
    before: Any
    after: Any
    change: str
    is_row: bool = False


def differences(before: Instance, after: Instance) -> Iterator[Difference]:
    """Every cell that differs. Items' segments are those that the rules give, where rules form them."""
    yield from _settings(before, after)
    for table in TABLES:
        if table in (TABLE_OF[Demand], TABLE_OF[ForecastError]):
            yield from _cells_by_period(table, before, after)
        else:
            yield from row_differences(table, getattr(before, table), getattr(after, table))


def _settings(before: Instance, after: Instance) -> Iterator[Difference]:
    old = dict(_dotted(before.settings.model_dump(mode="json")))
    new = dict(_dotted(after.settings.model_dump(mode="json")))
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            was, now = old.get(name), new.get(name)
            yield Difference(SETTINGS_TABLE, "", name, was, now, change_of(was, now))


def _dotted(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting by its dotted name; parts of lists by their number."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _dotted(part, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value, start=1):
            yield from _dotted(part, f"{prefix}.{number}")
    else:
        yield prefix, value or None if isinstance(value, dict | list) else value


def row_differences(table: str, before: Sequence[Row], after: Sequence[Row]) -> Iterator[Difference]:
    """Every cell that differs between the rows of one table, of any but those with a row per item and period."""
    key = KEYS[table]
    old, new = _by_key(before, key), _by_key(after, key)
    columns = [name for name in TABLES[table].model_fields if name not in key]
    for name in dict.fromkeys([*old, *new]):
        row = " | ".join(str(part) for part in name[0]) + (f" | {name[1]}" if name[1] > 1 else "")
        there, here = old.get(name), new.get(name)
        change, is_row = change_of(there, here), there is None or here is None
        for column in columns:
            was = None if there is None else getattr(there, column)
            now = None if here is None else getattr(here, column)
            if was != now and not (_is_blank(was) and _is_blank(now)):
                yield Difference(table, row, column, was, now, change, is_row)
        if is_row and all(_is_blank(getattr(there or here, column)) for column in columns):
            yield Difference(table, row, "", None, None, change, is_row)


def _by_key(rows: Sequence[Row], key: tuple[str, ...]) -> dict[tuple[tuple[Hashable, ...], int], Row]:
    found: dict[tuple[tuple[Hashable, ...], int], Row] = {}
    count: dict[tuple[Hashable, ...], int] = {}
    for row in rows:
        name = tuple(getattr(row, part) for part in key)
        count[name] = count.get(name, 0) + 1
        found[name, count[name]] = row
    return found


def _cells_by_period(table: str, before: Instance, after: Instance) -> Iterator[Difference]:
    """Tables with a row per item and period, as arrays: they have most of the rows."""
    is_demand = table == TABLE_OF[Demand]
    column = "mean_units" if is_demand else "sigma_units"
    old, new = ((one.mean_demand if is_demand else one.sigma) for one in (before, after))
    place = {row.item: i for i, row in enumerate(before.items)}
    place_after = {row.item: i for i, row in enumerate(after.items)}
    periods = max(old.shape[1], new.shape[1])
    for item in dict.fromkeys([*place, *place_after]):
        was = _line(old, place.get(item), periods)
        now = _line(new, place_after.get(item), periods)
        for period in np.flatnonzero(~((was == now) | (np.isnan(was) & np.isnan(now)))):
            first, second = _number(was[period]), _number(now[period])
            yield Difference(table, f"{item} | {period}", column, first, second, change_of(first, second))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _line(values: Any, row: int | None, periods: int) -> Any:
    line = np.full(periods, np.nan)
    if row is not None:
        line[: values.shape[1]] = values[row]
    return line


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


def change_of(before: object, after: object) -> str:
    """`added` where nothing was before, `removed` where nothing is after, else `changed`."""
    return "added" if before is None else "removed" if after is None else "changed"
