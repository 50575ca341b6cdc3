"""Tell the rows of a table apart, in a workbook and in an instance alike."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stockrail.workbench.excel.cells import digits
from stockrail.workbench.excel.column import columns_of, key_columns

RowKey = tuple[Any, ...]
"""Values of the key columns, numbers by their 15 digits. Where keys are not unique, also which of the equal ones it is."""


def key_positions(table: str) -> list[int]:
    """Where the key columns of a table are among its columns."""
    names = [column.name for column in columns_of(table)]
    return [names.index(name) for name in key_columns(table)]


def keys_of(rows: Iterable[Sequence[Any]], positions: Sequence[int]) -> list[RowKey]:
    """The key of each row."""
    return [tuple(_comparable(row[k]) for k in positions) for row in rows]


def numbered(keys: Iterable[RowKey]) -> list[RowKey]:
    """Keys with the number of each among equal ones, from 0."""
    seen: dict[RowKey, int] = defaultdict(int)
    result = []
    for key in keys:
        result.append((*key, seen[key]))
        seen[key] += 1
    return result


def numbered_alike(
    keys: Sequence[RowKey],
    rows: Sequence[Any],
    others: Sequence[RowKey],
    other_rows: Sequence[Any],
    is_same: Callable[[Any, Any], bool],
) -> list[RowKey]:
    """Number rows with equal keys so that each has the number of the row among the `others` that it equals, where there is one.

    Rows that were only sorted so keep their numbers. The rest gets the numbers that are left, in order.
    """
    others_of: dict[RowKey, list[Any]] = defaultdict(list)
    for key, row in zip(others, other_rows, strict=True):
        others_of[key].append(row)
    members_of: dict[RowKey, list[int]] = defaultdict(list)
    for k, key in enumerate(keys):
        members_of[key].append(k)
    result: list[RowKey] = [()] * len(keys)
    for key, members in members_of.items():
        alike = others_of[key]
        free = list(range(max(len(members), len(alike))))
        waiting = []
        for k in members:
            equal = next((n for n in free if n < len(alike) and is_same(rows[k], alike[n])), None)
            if equal is None:
                waiting.append(k)
            else:
                free.remove(equal)
                result[k] = (*key, equal)
        for k, number in zip(waiting, free, strict=False):
            result[k] = (*key, number)
    return result


def _comparable(value: Any) -> Any:
    # A truth value is refused before it is a key; here it must not pass for 1.
    if isinstance(value, bool):
        return ("truth value", value)
    return float(digits(value)) if isinstance(value, int | float) else value
