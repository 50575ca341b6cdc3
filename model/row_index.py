"""Find the rows of a table by the value of a column without looking at each row, for the many changes of a long what-if."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stockrail.model.schema_values import Row


class RowIndex:
    """Positions of rows by value, by table and column; made when first asked for, and forgotten when the column changes."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, tuple[dict[Any, list[int]], dict[str, list[int]]]]] = defaultdict(dict)

    def positions(self, table: str, column: str, rows: Sequence[Row], wanted: Sequence[Any]) -> list[int]:
        """Positions of the rows whose cell is one of the wanted values, or reads like one of them; in order.

        Parameters
        ----------
        rows : the rows of the table as they are now.
        wanted : text, numbers or None.
        """
        if column not in self._of[table]:
            self._of[table][column] = _by_value(rows, column)
        by_value, by_text = self._of[table][column]
        found: set[int] = set()
        for value in wanted:
            found.update(by_value.get(value, ()))
            if value is not None:
                found.update(by_text.get(str(value), ()))
        return sorted(found)

    def forget(self, table: str, column: str | None = None) -> None:
        """The cells of a column have changed, or, without one, there are other rows."""
        if column is None:
            self._of.pop(table, None)
        else:
            self._of[table].pop(column, None)


def _by_value(rows: Sequence[Row], column: str) -> tuple[dict[Any, list[int]], dict[str, list[int]]]:
    by_value: dict[Any, list[int]] = defaultdict(list)
    by_text: dict[str, list[int]] = defaultdict(list)
    for k, row in enumerate(rows):
        cell = getattr(row, column)
        by_value[cell].append(k)
        if cell is not None:
            by_text[str(cell)].append(k)
    return by_value, by_text
