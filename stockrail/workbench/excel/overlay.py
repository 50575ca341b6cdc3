"""Turn the changes of a workbook into an overlay: the `changes` of a what-if."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stockrail.model.what_if import SETTINGS_TABLE, Change
from stockrail.workbench.excel.column import Plain, columns_of, key_columns
from stockrail.workbench.excel.difference import has_unique_keys
from stockrail.workbench.excel.merge import Merge
from stockrail.workbench.excel.row_keys import RowKey, key_positions

Values = tuple[Plain, ...]


def overlay_of(settings: Mapping[str, Plain], merges: Sequence[Merge]) -> tuple[Change, ...]:
    """The changes of settings by dotted name, and of tables, in the order of the format.

    Cells of one column that get the same value are one change, as far as their keys can be listed together.
    """
    changes = [
        Change.model_validate({"table": SETTINGS_TABLE, "column": name, "set": value})
        for name, value in settings.items()
    ]
    for merge in merges:
        changes += _of_table(merge) if has_unique_keys(merge.table) else _of_groups(merge)
    return tuple(changes)


def _of_table(merge: Merge) -> Iterator[Change]:
    columns = columns_of(merge.table)
    cells: dict[tuple[int, Plain], list[Values]] = defaultdict(list)
    for key, edits in merge.changes.edits.items():
        for k, value in edits.items():
            cells[k, value].append(merge.key_values(key))
    for (k, value), keys in cells.items():
        for where in conditions_of(merge.table, keys):
            yield _change(merge, where=where, column=columns[k].name, set=value)
    for where in conditions_of(merge.table, [merge.key_values(key) for key in merge.changes.removed]):
        yield _change(merge, where=where, remove=True)
    if merge.changes.added:
        yield _change(merge, add_rows=[_named(merge, row) for row in merge.changes.added.values()])


def _of_groups(merge: Merge) -> Iterator[Change]:
    """A table whose rows may be alike: rows with one key are replaced together, unless there is one then and now."""
    touched = {key[:-1]: None for rows in vars(merge.changes).values() for key in rows}
    before, after = _grouped(merge.current), _grouped(merge.rows)
    columns = columns_of(merge.table)
    added: list[dict[str, Plain]] = []
    for group in touched:
        rows, new = before.get(group, []), after.get(group, [])
        where = dict(zip(key_columns(merge.table), _key_values(merge, (rows or new)[0]), strict=True))
        if len(rows) == len(new) == 1:
            for column, old, value in zip(columns, rows[0], new[0], strict=True):
                if old != value:
                    yield _change(merge, where=where, column=column.name, set=value)
            continue
        if rows:
            yield _change(merge, where=where, remove=True)
        added += [_named(merge, row) for row in new]
    if added:
        yield _change(merge, add_rows=added)


def conditions_of(table: str, keys: Sequence[Values]) -> Iterator[dict[str, Any]]:
    """As few conditions as it takes to name rows by lists of their keys: all pairs of the lists are meant.

    Parameters
    ----------
    keys : values of the table's key columns.
    """
    names = key_columns(table)
    if len(names) == 1:
        if keys:
            yield {names[0]: _listed([key[0] for key in keys])}
        return
    firsts: dict[Values, list[Plain]] = defaultdict(list)
    for first, *rest in keys:
        firsts[tuple(rest)].append(first)
    if len(names) > 2:
        for rest_of, members in firsts.items():
            yield {names[0]: _listed(members), **dict(zip(names[1:], rest_of, strict=True))}
        return
    seconds: dict[Values, list[Plain]] = defaultdict(list)
    for (second,), members in firsts.items():
        seconds[tuple(members)].append(second)
    for members_of, values in seconds.items():
        yield {names[0]: _listed(list(members_of)), names[1]: _listed(values)}


def _listed(values: list[Plain]) -> Any:
    return values[0] if len(values) == 1 else values


def _change(merge: Merge, **parts: Any) -> Change:
    return Change.model_validate({"table": merge.table, **parts})


def _named(merge: Merge, row: Sequence[Plain]) -> dict[str, Plain]:
    """A row by column, without what the format fills in."""
    cells = zip(columns_of(merge.table), row, strict=True)
    return {
        column.name: value for column, value in cells if not column.has_default or value != column.default
    }


def _key_values(merge: Merge, row: Sequence[Plain]) -> list[Plain]:
    return [row[k] for k in key_positions(merge.table)]


def _grouped(rows: Mapping[RowKey, Sequence[Plain]]) -> dict[RowKey, list[Sequence[Plain]]]:
    groups: dict[RowKey, list[Sequence[Plain]]] = defaultdict(list)
    for key, row in rows.items():
        groups[key[:-1]].append(row)
    return groups
