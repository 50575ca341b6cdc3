"""Changes of many rows, or of rows as a whole, out of what somebody filled into a form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from stockrail.model import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema import TABLES
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.workbench.excel.cells import Refused
from stockrail.workbench.excel.column import Column, Kind, Plain, columns_of
from stockrail.workbench.scenario_editing.cell_input import NUMBER_FORM, value_of_input

Action = Literal["multiply", "add", "set", "remove"]

_RANGE = re.compile(r"(.+?)\s+to\s+(.+)", re.IGNORECASE)
_NUMBER = Column("", Kind.NUMBER, f"a number: {NUMBER_FORM}")


class Condition(NamedTuple):
    """What rows must have in a column: a value, several with commas between, or of numbers a range such as `8 to 12`."""

    column: str
    text: str


def bulk_change(
    instance: Instance, table: str, column: str, action: Action, value: str, conditions: Sequence[Condition]
) -> dict[str, Any]:
    """The change as in scenarios.yaml.

    Parameters
    ----------
    instance : says which values a column has, so that a name with a comma is found.
    value : number to multiply by or to add, or new value; of no meaning where rows are removed.

    Raises
    ------
    InstanceError
        With every field that is not right. Whether rows match is found when the change is made.
    """
    _require_rows(table)
    problems: list[Problem] = []
    change: dict[str, Any] = {"table": table}
    where = {}
    for condition in conditions:
        if condition.column and condition.text.strip():
            found = _wanted(instance, table, condition)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                where[condition.column] = found
        elif condition.text.strip():
            problems.append(Problem("where", None, None, condition.text, "a column for this condition"))
    if where:
        change["where"] = where
    if action == "remove":
        if not where and not problems:
            problems.append(
                Problem("where", None, None, None, "a condition that says which rows are removed")
            )
        change["remove"] = True
    else:
        change["column"] = column
        found_value = _value(table, column, action, value)
        if isinstance(found_value, Problem):
            problems.append(found_value)
        else:
            change[action] = found_value
    if problems:
        raise InstanceError(problems)
    return change


def new_row(table: str, cells: Mapping[str, str]) -> dict[str, Any]:
    """The change that adds a row.

    Parameters
    ----------
    cells : text by column; blank ones take what the format fills in.

    Raises
    ------
    InstanceError
        With every cell that is not right.
    """
    _require_rows(table)
    problems: list[Problem] = []
    row: dict[str, Plain] = {}
    for column in columns_of(table):
        value = value_of_input(cells.get(column.name, ""), column)
        if isinstance(value, Refused):
            problems.append(Problem(table, None, column.name, value.found, column.allowed))
        elif not column.has_default or value != column.default:
            row[column.name] = value
    if problems:
        raise InstanceError(problems)
    return {"table": table, "add_rows": [row]}


def condition_columns(table: str) -> dict[str, Column]:
    """Columns that a condition may name: the table's own, and those of its items."""
    if table == SETTINGS_TABLE:
        return {}
    own = {column.name: column for column in columns_of(table)}
    if table != "items" and "item" in own:
        own |= {column.name: column for column in columns_of("items") if column.name not in own}
    return own


def _require_rows(table: str) -> None:
    if table not in TABLES:
        raise InstanceError(
            [Problem(table, None, None, table, "a table with rows; settings are edited one by one")]
        )


def _wanted(instance: Instance, table: str, condition: Condition) -> Any:
    column = condition_columns(table).get(condition.column)
    place = f"where {condition.column}"
    if column is None:
        return Problem(place, None, None, condition.column, f"a column of {table} or of its items")
    text = condition.text.strip()
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return _wanted_numbers(place, text, column)
    if text in _values(instance, table, column.name):
        return text
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        return Problem(place, None, None, text, "a value, or several with commas between")
    return parts[0] if len(parts) == 1 else parts


def _wanted_numbers(place: str, text: str, column: Column) -> Any:
    span = _RANGE.fullmatch(text)
    parts = [span[1], span[2]] if span else text.split(",")
    numbers = [value_of_input(part, column) for part in parts]
    if any(isinstance(number, Refused) or number is None for number in numbers):
        return Problem(
            place, None, None, text, "a number, several with commas between, or a range such as 8 to 12"
        )
    if span:
        return {"first": numbers[0], "last": numbers[1]}
    return numbers[0] if len(numbers) == 1 else numbers


def _values(instance: Instance, table: str, column: str) -> Iterator[str]:
    name = table if column in TABLES[table].model_fields else "items"
    if name in ("demand", "forecast_error"):
        name = "items"
    return (str(getattr(row, column)) for row in getattr(instance, name))


def _value(table: str, column: str, action: Action, value: str) -> Plain | Problem:
    known = {one.name: one for one in columns_of(table)}
    if column not in known:
        return Problem(table, None, "column", column or None, f"one of the columns: {', '.join(known)}")
    target = known[column] if action == "set" else _NUMBER
    if action != "set" and not value.strip():
        return Problem(f"{table}.{column}", None, action, None, "a number")
    found = value_of_input(value, target)
    if isinstance(found, Refused):
        return Problem(f"{table}.{column}", None, action, found.found, target.allowed)
    return found
