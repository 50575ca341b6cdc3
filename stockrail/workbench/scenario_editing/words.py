"""A change in words, for people who never see scenarios.yaml."""

from collections.abc import Mapping, Sequence
from typing import Any

from stockrail.formats import plural
from stockrail.model.problems import Problem
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.workbench.excel.changes import value_words
from stockrail.workbench.excel.column import Plain
from stockrail.workbench.scenario_editing.edits import CellPlace
from stockrail.workbench.scenario_editing.table_grid import BY_PERIOD, row_text

MOST_NAMED = 4


def words_of(change: Mapping[str, Any]) -> str:
    """A change in one sentence.

    Examples
    --------
    >>> words_of({"table": "demand", "where": {"segment": "A", "period": {"first": 8, "last": 12}}, "column": "mean_units", "multiply": 1.1})
    'Multiply demand.mean_units by 1.1 where segment is A and period is 8 to 12.'
    >>> words_of({"table": "settings", "column": "opening_cash", "set": 0})
    'Set settings.opening_cash to 0.'
    >>> words_of({"table": "items", "where": {"item": []}, "remove": True})
    'Remove the rows of items where item is nothing.'
    >>> words_of({"table": "items", "column": "unit_cost", "add": -0.5})
    'Take 0.5 from items.unit_cost in every row.'
    """
    return f"{_what(change)}{_where(change)}."


def told(problem: Problem, changes: Sequence[Mapping[str, Any]]) -> Problem:
    """A problem of a numbered change, or of what the changes make, with words in place of what only the file's author knows.

    Parameters
    ----------
    changes : that were made, in their order.
    """
    _, is_numbered, number = problem.file.rpartition(", change ")
    if is_numbered and number.isdecimal() and int(number) <= len(changes):
        words = words_of(changes[int(number) - 1])
    else:
        words = problem.file.partition("after its changes: ")[2] or problem.file
    return Problem(words, problem.row, problem.column, problem.value, problem.allowed)


def place_words(place: CellPlace) -> str:
    """A cell in words.

    Examples
    --------
    >>> place_words(CellPlace("demand", ("fan",), "3"))
    'demand.mean_units of fan in period 3'
    """
    if place.table == SETTINGS_TABLE:
        return f"settings.{place.key[0]}"
    if place.table in BY_PERIOD:
        return f"{place.table}.{BY_PERIOD[place.table]} of {place.key[0]} in period {place.column}"
    return f"{place.table}.{place.column} of {row_text(place.key)}"


def cell_words(value: Plain) -> str:
    """A value as it is shown in a list of changes; blank has a word."""
    return value_words(value)


def _what(change: Mapping[str, Any]) -> str:
    table, column = change["table"], change.get("column")
    name = f"{table}.{column}"
    if change.get("multiply") is not None:
        return f"Multiply {name} by {value_words(change['multiply'])}"
    if change.get("add") is not None:
        amount = change["add"]
        return (
            f"Take {value_words(-amount)} from {name}"
            if amount < 0
            else f"Add {value_words(amount)} to {name}"
        )
    if change.get("add_rows") is not None:
        rows = change["add_rows"]
        target = name if table == SETTINGS_TABLE else table
        shown = [_row_words(row) for row in rows[:MOST_NAMED]]
        more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        return f"Add {len(rows)} {plural(len(rows), 'row')} to {target}: {'; '.join(shown)}{more}"
    if change.get("remove"):
        return f"Remove the rows of {table}"
    return f"Set {name} to {_short(value_words(change.get('set')))}"


def _row_words(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value_words(value)}" for name, value in row.items() if value not in (None, ""))


def _where(change: Mapping[str, Any]) -> str:
    where = change.get("where") or {}
    if where:
        return " where " + " and ".join(f"{name} is {_wanted(wanted)}" for name, wanted in where.items())
    has_rows = change["table"] != SETTINGS_TABLE and change.get("add_rows") is None
    return " in every row" if has_rows else ""


def _wanted(wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        return f"{value_words(wanted['first'])} to {value_words(wanted['last'])}"
    if isinstance(wanted, list | tuple):
        if not wanted:
            return "nothing"
        shown = [value_words(value) for value in wanted[:MOST_NAMED]]
        rest = len(wanted) - len(shown)
        if rest:
            return f"{', '.join(shown)} or {rest} more"
        return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
    return value_words(wanted)


def _short(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
