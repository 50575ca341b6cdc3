"""A table of an instance as a grid: a row each with a key, columns that may be edited or not.

Demand and forecast error, which have a row per item and period, are shown with a column for each period. The settings are a table of
their own, with a row for each.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from stockrail.model import Instance
from stockrail.model.overlay import FIXED_SETTINGS
from stockrail.model.schema import TABLES
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.workbench.excel.column import (
    Column,
    Kind,
    Plain,
    columns_of,
    key_columns,
    plain,
    setting_column,
)
from stockrail.workbench.excel.difference import has_unique_keys
from stockrail.workbench.excel.layout import Locks
from stockrail.workbench.excel.snapshot import settings_of

BY_PERIOD = {"demand": "mean_units", "forecast_error": "sigma_units"}
"""Tables with a row per item and period, and the column that has the value."""

GRID_TABLES = (SETTINGS_TABLE, *TABLES)

VALUE = "value"
"""The column of the settings that may be edited."""

OF_ITEMS = ("description", "segment")
"""Columns of `items` that are shown beside the values of periods."""

Key = tuple[Plain, ...]
"""Values of the columns that name a row; of a setting its dotted name."""


@dataclass(frozen=True)
class GridColumn:
    """A column of a grid.

    Attributes
    ----------
    key : name of the column; of a period its number as text.
    title : what stands above it.
    column : what a cell of it holds.
    locked : why it cannot be edited; '' where it can.
    """

    key: str
    title: str
    column: Column
    locked: str = ""


@dataclass(frozen=True)
class TableGrid:
    """The cells of a table.

    Attributes
    ----------
    keys : of each row.
    rows : values of each row in the order of the columns; dates as ISO text.
    locked_rows : why a row cannot be edited, by its text.
    """

    table: str
    columns: tuple[GridColumn, ...]
    keys: tuple[Key, ...]
    rows: tuple[tuple[Plain, ...], ...]
    row_columns: tuple[Column, ...] = ()

    @staticmethod
    def of(instance: Instance, table: str) -> "TableGrid":
        """The grid of a table, or of the settings.

        Raises
        ------
        ValueError
            There is no such table.
        """
        if table == SETTINGS_TABLE:
            return _settings(instance)
        if table in BY_PERIOD:
            return _by_period(instance, table)
        if table not in TABLES:
            raise ValueError(f"no table {table!r}; there are: {', '.join(GRID_TABLES)}")
        return _table(instance, table)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What each row is called, once each; rows whose keys are the same are numbered."""
        seen: dict[str, int] = {}
        names = []
        for key in self.keys:
            name = row_text(key)
            seen[name] = seen.get(name, 0) + 1
            names.append(name if seen[name] == 1 else f"{name} | {seen[name]}")
        return tuple(names)

    @cached_property
    def row_index(self) -> dict[str, int]:
        """Position of each row by its text."""
        return {name: k for k, name in enumerate(self.texts)}

    @cached_property
    def column_index(self) -> dict[str, int]:
        """Position of each column by its key."""
        return {column.key: k for k, column in enumerate(self.columns)}

    def column_of(self, row: int, column: int) -> Column:
        """What a cell holds; of settings each row has its own kind."""
        if self.row_columns and self.columns[column].key == VALUE:
            return self.row_columns[row]
        return self.columns[column].column

    def locked(self, row: int, column: int) -> str:
        """Why a cell cannot be edited; '' where it can."""
        if self.columns[column].locked:
            return self.columns[column].locked
        if self.table == SETTINGS_TABLE:
            return _locked_setting(str(self.keys[row][0]), self.row_columns[row])
        if not has_unique_keys(self.table) and sum(key == self.keys[row] for key in self.keys) > 1:
            return "several rows have this key, so that a change cannot say which: change the baseline"
        return ""


def row_text(key: Sequence[Plain]) -> str:
    """What a row is called: the parts of its key.

    Examples
    --------
    >>> row_text(("kettle", 3)), row_text(("kettle", 100.0))
    ('kettle | 3', 'kettle | 100')
    """
    return " | ".join(f"{part:.15g}" if isinstance(part, float) else str(part) for part in key)


def _table(instance: Instance, table: str) -> TableGrid:
    keys = key_columns(table)
    locks = Locks.of(settings_of(instance)).columns
    columns = tuple(
        GridColumn(
            column.name,
            column.name,
            column,
            f"{column.name} says which row it is"
            if column.name in keys
            else locks.get((table, column.name), ""),
        )
        for column in columns_of(table)
    )
    rows = tuple(
        tuple(plain(getattr(row, column.key)) for column in columns) for row in getattr(instance, table)
    )
    places = [k for k, column in enumerate(columns) if column.key in keys]
    places.sort(key=lambda k: keys.index(columns[k].key))
    return TableGrid(table, columns, tuple(tuple(row[k] for k in places) for row in rows), rows)


def _by_period(instance: Instance, table: str) -> TableGrid:
    of_table = {column.name: column for column in columns_of(table)}
    of_items = {column.name: column for column in columns_of("items")}
    value = of_table[BY_PERIOD[table]]
    settings = instance.settings
    length = dt.timedelta(days=settings.period_length_days)
    columns = (
        GridColumn("item", "item", of_table["item"], "item says which row it is"),
        *(GridColumn(name, name, of_items[name], f"edit {name} in items") for name in OF_ITEMS),
        *(
            GridColumn(str(t), (settings.start + t * length).isoformat(), value)
            for t in range(settings.periods)
        ),
    )
    values = (instance.mean_demand if table == "demand" else instance.sigma).tolist()
    rows = tuple(
        (row.item, *(getattr(row, name) for name in OF_ITEMS), *cells)
        for row, cells in zip(instance.items, values, strict=True)
    )
    return TableGrid(table, columns, tuple((row.item,) for row in instance.items), rows)


def _settings(instance: Instance) -> TableGrid:
    values = settings_of(instance)
    known = tuple(setting_column(name) for name in values)
    words = Column("", Kind.TEXT, "text")
    columns = (
        GridColumn("name", "name", words, "name says which setting it is"),
        GridColumn(VALUE, VALUE, words),
        *(
            GridColumn(name, name, words, "this explains the setting")
            for name in ("unit", "allowed", "meaning")
        ),
    )
    rows = tuple(
        (name, _shown(value), column.unit, column.allowed, column.meaning)
        for (name, value), column in zip(values.items(), known, strict=True)
    )
    return TableGrid(SETTINGS_TABLE, columns, tuple((name,) for name in values), rows, known)


def _shown(value: Plain) -> Plain:
    return str(value) if isinstance(value, list) else value


def _locked_setting(name: str, column: Column) -> str:
    if name in FIXED_SETTINGS:
        return "plans are compared item by item and period by period: change the baseline"
    if name in ("segmentation", "calibration", "tree") or name.startswith("segmentation."):
        return "a group of settings is changed in the baseline"
    return (
        "a list is changed in the baseline, or by a change of scenarios.yaml"
        if column.kind is Kind.LIST
        else ""
    )
