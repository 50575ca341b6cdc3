"""The changes of a scenario as somebody edits them: rules first, then single cells.

A rule is a change as it stands in scenarios.yaml: of many rows, or of rows as a whole. A cell is one value of one row. Cells come after
all rules, so that a cell has the value that somebody gave it, whatever the rules do.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stockrail.model.what_if import SETTINGS_TABLE, Change, Span
from stockrail.workbench.excel.column import Plain, key_columns
from stockrail.workbench.excel.difference import has_unique_keys
from stockrail.workbench.excel.overlay import conditions_of
from stockrail.workbench.scenario_editing.table_grid import BY_PERIOD, VALUE, Key

Rule = Mapping[str, Any]
"""A change as JSON, only with what was given."""

MOST_CELLS = 200_000
"""Cells of one change that are told apart; a change of more is a rule."""


class CellPlace(NamedTuple):
    """A cell of a grid: of demand and forecast error the row is an item and the column a period."""

    table: str
    key: Key
    column: str


@dataclass(frozen=True)
class Edits:
    """What a scenario changes.

    Attributes
    ----------
    rules : made one after the other, before the cells.
    cells : value of each cell that was edited.
    refused : text of each cell that holds no value of its column; it is kept for its author to put right, and cannot be saved.
    """

    rules: tuple[Rule, ...] = ()
    cells: Mapping[CellPlace, Plain] = field(default_factory=dict)
    refused: Mapping[CellPlace, str] = field(default_factory=dict)

    @staticmethod
    def of(overlay: Sequence[Mapping[str, Any]]) -> "Edits":
        """Take a scenario's changes apart: the last ones, as far as each sets the cells of rows that it names, are cells."""
        cells: list[dict[CellPlace, Plain]] = []
        count = len(overlay)
        while count:
            found = cells_of(overlay[count - 1])
            if found is None:
                break
            cells.append(found)
            count -= 1
        merged: dict[CellPlace, Plain] = {}
        for found in reversed(cells):
            merged |= found
        return Edits(tuple(dict(change) for change in overlay[:count]), merged)

    @property
    def overlay(self) -> list[dict[str, Any]]:
        """The changes as a scenario keeps them; without the cells that are refused."""
        return [dict(rule) for rule in self.rules] + list(_changes_of(self.cells))

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rules": [dict(rule) for rule in self.rules],
            "cells": [[*_plain_place(place), value] for place, value in self.cells.items()],
            "refused": [[*_plain_place(place), text] for place, text in self.refused.items()],
        }

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "Edits":
        """What `record` made."""
        cells, refused = (
            {CellPlace(table, tuple(key), column): value for table, key, column, value in record[name]}
            for name in ("cells", "refused")
        )
        return Edits(tuple(record["rules"]), cells, refused)


@dataclass(frozen=True)
class BothChanged:
    """A cell that two people gave different values. None of a value is blank; `theirs` or `before` may also not be there at all."""

    place: CellPlace
    before: Plain
    theirs: Plain
    mine: Plain


def reapplied(before: Edits, mine: Edits, theirs: Edits) -> Edits:
    """What I changed since `before`, made once more on what they have changed meanwhile. Of a cell that both changed mine counts.

    Examples
    --------
    >>> price = CellPlace("items", ("kettle",), "unit_price")
    >>> cost = CellPlace("items", ("kettle",), "unit_cost")
    >>> made = reapplied(Edits(), Edits(cells={price: 21.0}), Edits(cells={price: 22.0, cost: 9.0}))
    >>> [(place.column, value) for place, value in made.cells.items()]
    [('unit_price', 21.0), ('unit_cost', 9.0)]
    """
    removed = [rule for rule in before.rules if rule not in mine.rules]
    kept = [rule for rule in theirs.rules if rule not in removed]
    added = [rule for rule in mine.rules if rule not in before.rules and rule not in kept]
    cells = dict(theirs.cells)
    for place in changed_cells(before, mine):
        if place in mine.cells:
            cells[place] = mine.cells[place]
        else:
            cells.pop(place, None)
    return Edits((*kept, *added), cells, dict(mine.refused))


def changed_cells(before: Edits, after: Edits) -> list[CellPlace]:
    """Cells whose edit differs; one that is no longer edited is among them."""
    return [place for place in dict.fromkeys([*before.cells, *after.cells]) if _differs(place, before, after)]


def both_changed(before: Edits, mine: Edits, theirs: Edits) -> list[BothChanged]:
    """Cells that both changed, and not to the same value."""
    by_them = set(changed_cells(before, theirs))
    return [
        BothChanged(place, before.cells.get(place), theirs.cells.get(place), mine.cells.get(place))
        for place in changed_cells(before, mine)
        if place in by_them and _differs(place, mine, theirs)
    ]


def _differs(place: CellPlace, one: Edits, other: Edits) -> bool:
    is_edited_in_one = (place in one.cells) != (place in other.cells)
    return is_edited_in_one or one.cells.get(place) != other.cells.get(place)


def cells_of(change: Mapping[str, Any]) -> dict[CellPlace, Plain] | None:
    """The cells that a change sets, where it names rows by their whole keys; None of any other change."""
    if "set" not in change:
        return None
    table, column, value = change["table"], change["column"], change["set"]
    if isinstance(value, list | dict | tuple):
        return None
    if table == SETTINGS_TABLE:
        return {CellPlace(SETTINGS_TABLE, (column,), VALUE): value}
    if not has_unique_keys(table):
        return None
    names = key_columns(table)
    where = Change.model_validate(change).where
    if set(where) != set(names) or any(isinstance(wanted, Span) for wanted in where.values()):
        return None
    if column in names or (table in BY_PERIOD and column != BY_PERIOD[table]):
        return None
    parts: list[tuple[Any, ...]] = []
    for name in names:
        wanted = where[name]
        parts.append(wanted if isinstance(wanted, tuple) else (wanted,))
    count = 1
    for part in parts:
        count *= len(part)
    if count > MOST_CELLS:
        return None
    return {_place(table, key, column): value for key in itertools.product(*parts)}


def condition_of(place: CellPlace) -> dict[str, Any]:
    """Table, row and column of a cell as a change names them."""
    if place.table == SETTINGS_TABLE:
        return {"table": SETTINGS_TABLE, "column": place.key[0]}
    if place.table in BY_PERIOD:
        where = {"item": place.key[0], "period": int(place.column)}
        return {"table": place.table, "where": where, "column": BY_PERIOD[place.table]}
    where = dict(zip(key_columns(place.table), place.key, strict=True))
    return {"table": place.table, "where": where, "column": place.column}


def _place(table: str, key: Sequence[Any], column: str) -> CellPlace:
    if table in BY_PERIOD:
        item, period = key
        return CellPlace(table, (item,), str(period))
    return CellPlace(table, tuple(key), column)


def _changes_of(cells: Mapping[CellPlace, Plain]) -> Iterator[dict[str, Any]]:
    """Cells of one column that get the same value are one change, as far as their keys can be listed together."""
    together: dict[tuple[str, str, type, Plain], list[Key]] = defaultdict(list)
    for place, value in cells.items():
        if place.table == SETTINGS_TABLE:
            yield {**condition_of(place), "set": value}
            continue
        column, key = place.column, place.key
        if place.table in BY_PERIOD:
            column, key = BY_PERIOD[place.table], (key[0], int(place.column))
        # 1 and 1.0 are equal, and not the same value of a cell.
        together[place.table, column, type(value), value].append(key)
    for (table, column, _, value), keys in together.items():
        for where in conditions_of(table, keys):
            yield {"table": table, "where": where, "column": column, "set": value}


def _plain_place(place: CellPlace) -> list[Any]:
    return [place.table, list(place.key), place.column]
