"""`apply`: an instance with the changes of a what-if, validated like one that was read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from stockrail.model.consistency import inconsistencies
from stockrail.model.draft import TABLE_OF, Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem, describe
from stockrail.model.row_index import RowIndex
from stockrail.model.schema import TABLES, Demand, ForecastError, Item
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row
from stockrail.model.what_if import FILE, SETTINGS_TABLE, Change, Span, WhatIf

FIXED_ROWS = frozenset({TABLE_OF[Item], TABLE_OF[Demand], TABLE_OF[ForecastError]})
"""Tables whose rows stay those of the baseline, so that plans can be compared item by item and period by period."""

FIXED_SETTINGS = frozenset({"name", "currency", "start", "period_length_days", "periods"})
"""Settings that stay those of the baseline, for the same reason."""

MOST_LISTED = 8
"""Values of a column that a message lists."""


def apply(instance: Instance, what_if: WhatIf) -> Instance:
    """Make the instance of a what-if: the baseline with its changes, one after the other.

    Parameters
    ----------
    instance : the baseline; it stays as it is.

    Raises
    ------
    InstanceError
        With every problem: unknown columns, a `where` that matches nothing, values outside of their range, and rows that
        contradict one another after the changes.
    """
    if not what_if.changes:
        return instance
    draft = Draft.of(instance)
    problems: list[Problem] = []
    index = RowIndex()
    for number, change in enumerate(what_if.changes, start=1):
        place = f"{FILE}, what-if {what_if.name}, change {number}"
        problems += _Applied(draft, place, change, index).run()
    if problems:
        raise InstanceError(problems)
    wrong = inconsistencies(draft)
    if wrong:
        file = f"{FILE}, what-if {what_if.name}, after its changes: "
        raise InstanceError(
            [Problem(file + row.file, None, row.column, row.value, row.allowed) for row in wrong]
        )
    return draft.instance(instance.source)


@dataclass(frozen=True)
class _Applied:
    """One change on the draft; `run` makes it and yields what is wrong with it."""

    draft: Draft
    place: str
    change: Change
    index: RowIndex

    def run(self) -> Iterator[Problem]:
        change = self.change
        if change.table == SETTINGS_TABLE:
            yield from self._settings()
            return
        if change.action in {"add_rows", "remove"} and change.table in FIXED_ROWS:
            allowed = "set, multiply or add: items and periods are those of the baseline"
            yield self._problem("table", change.table, allowed)
            return
        model = TABLES[change.table]
        rows = self.draft.rows[change.table]
        if not isinstance(rows, list):
            # A list of the draft's own, which the changes that follow edit in place.
            self.draft.rows[change.table] = rows = list(rows)
        if change.add_rows is not None:
            self.index.forget(change.table)
            added = [self._validated(model, columns) for columns in change.add_rows]
            self.draft.rows[change.table] = [*rows, *(row for row in added if isinstance(row, Row))]
            yield from (problem for found in added if not isinstance(found, Row) for problem in found)
            return
        matching, wrong = self._matching(model, rows)
        if wrong:
            yield from wrong
        elif change.remove:
            self.index.forget(change.table)
            gone = set(matching)
            self.draft.rows[change.table] = [row for k, row in enumerate(rows) if k not in gone]
        else:
            yield from self._changed(model, rows, matching)

    def _changed(self, model: type[Row], rows: list[Row], matching: Sequence[int]) -> Iterator[Problem]:
        column = self.change.column
        assert column is not None
        if column not in model.model_fields:
            yield self._problem(column, column, f"one of the columns: {', '.join(model.model_fields)}")
            return
        wrong: list[Problem] = []
        for k in matching:
            value, problem = self._value(column, getattr(rows[k], column))
            found = problem or self._validated(model, {**rows[k].model_dump(), column: value})
            if isinstance(found, Row):
                rows[k] = found
            else:
                wrong += found
        self.index.forget(self.change.table, column)
        # One is enough to say what is wrong; thousands of rows of demand would hide the rest.
        if wrong:
            first = wrong[0]
            more = f" (in {len(wrong)} rows, this is the first)" if len(wrong) > 1 else ""
            yield Problem(first.file, None, first.column, first.value, first.allowed + more)

    def _value(self, column: str, before: Any) -> tuple[Any, list[Problem]]:
        """What stands in the cell after the change."""
        change = self.change
        if change.action == "set":
            return change.set, []
        if isinstance(before, bool) or not isinstance(before, int | float):
            return None, [
                self._problem(column, "blank" if before is None else before, f"a number to {change.action}")
            ]
        after = before * change.multiply if change.multiply is not None else before + (change.add or 0.0)
        # Ten percent of 30 lots of 0.1 should not be refused for its last digit.
        return round(after, 10), []

    def _matching(self, model: type[Row], rows: Sequence[Row]) -> tuple[Sequence[int], list[Problem]]:
        """Rows that `where` names, or why there are none."""
        of_items = model is not Item and "item" in model.model_fields
        known = [*model.model_fields, *(Item.model_fields if of_items else ())]
        unknown = [name for name in self.change.where if name not in known]
        if unknown:
            allowed = f"one of the columns: {', '.join(dict.fromkeys(known))}"
            return [], [self._problem(f"where {name}", name, allowed) for name in unknown]
        is_of_items = any(name not in model.model_fields for name in self.change.where)
        items = {row.item: row for row in self.draft.all(Item)} if is_of_items else {}

        def cell(row: Row, name: str) -> Any:
            return getattr(row if name in model.model_fields else items[cast(Any, row).item], name)

        matching: Sequence[int] = range(len(rows))
        for name, wanted in self.change.where.items():
            before = matching
            if len(before) == len(rows) and name in model.model_fields and not isinstance(wanted, Span):
                values = wanted if isinstance(wanted, tuple) else (wanted,)
                matching = self.index.positions(self.change.table, name, rows, values)
            else:
                matching = [k for k in before if _matches(cell(rows[k], name), wanted)]
            if not matching:
                have = list(dict.fromkeys(str(cell(rows[k], name)) for k in before))
                listed = ", ".join(have[:MOST_LISTED]) + (", ..." if len(have) > MOST_LISTED else "")
                allowed = f"what at least one row of {self.change.table} has; there is: {listed or 'no row'}"
                return [], [self._problem(f"where {name}", wanted, allowed)]
        if not matching:
            return [], [self._problem(None, self.change.table, "a table with rows")]
        return matching, []

    def _settings(self) -> Iterator[Problem]:
        change = self.change
        assert change.column is not None and self.draft.settings is not None
        *groups, last = change.column.split(".")
        if [*groups, last][0] in FIXED_SETTINGS:
            allowed = f"another setting: {', '.join(sorted(FIXED_SETTINGS))} are those of the baseline"
            yield self._problem(change.column, change.column, allowed)
            return
        settings = self.draft.settings.model_dump()
        group: Any = settings
        for name in groups:
            group = group.get(name) if isinstance(group, dict) else None
        if not isinstance(group, dict) or last not in group:
            yield self._problem(change.column, change.column, "a setting of instance.yaml by its dotted name")
            return
        if change.add_rows is not None:
            if not isinstance(group[last], tuple):
                yield self._problem(change.column, change.column, "a list, such as tree.events")
                return
            group[last] = (*group[last], *change.add_rows)
        else:
            value, problem = self._value(change.column, group[last])
            if problem:
                yield from problem
                return
            group[last] = value
        found = self._validated(Settings, settings, change.column)
        if isinstance(found, Settings):
            self.draft.settings = found
        else:
            yield from cast(list[Problem], found)

    def _validated(
        self, model: type[Row], columns: Mapping[str, Any], within: str = ""
    ) -> Row | list[Problem]:
        """The row, or what is wrong with it."""
        try:
            return model.model_validate(columns)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
            # A union reports each of its members; those of the word `table` say nothing about a specification.
            details = [row for row in details if "literal" not in row["type"] or len(details) == 1]
            return [self._detail(model, row, within) for row in details]

    def _detail(self, model: type[BaseModel], detail: Any, within: str) -> Problem:
        place = [str(part) for part in detail["loc"] if part != "TreeSpecification"]
        column = ".".join(place)
        value = None if detail["type"] == "missing" else detail["input"]
        if detail["type"] == "extra_forbidden":
            allowed = f"one of the columns: {', '.join(model.model_fields)}" if not within else "a known name"
        elif len(place) == 1 and place[0] in model.model_fields:
            allowed = describe(model.model_json_schema()["properties"][place[0]])
        else:
            allowed = str(detail["msg"]).removeprefix("Input should be ")
        return self._problem(column, value, allowed)

    def _problem(self, column: str | None, value: object, allowed: str) -> Problem:
        return Problem(self.place, None, column, None if value is None else str(value), allowed)


def _matches(cell: Any, wanted: Any) -> bool:
    if isinstance(wanted, Span):
        return isinstance(cell, int | float) and wanted.first <= cell <= wanted.last
    if isinstance(wanted, tuple):
        return any(_matches(cell, one) for one in wanted)
    return bool(cell == wanted) or (cell is not None and wanted is not None and str(cell) == str(wanted))
