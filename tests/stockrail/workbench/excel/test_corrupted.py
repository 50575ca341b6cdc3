"""Damaged workbooks: whatever was done to the file, reading it ends with located problems or honest changes, never with an exception."""

import pytest

from stockrail.workbench.excel.imported import Imported
from tests.stockrail.workbench.excel.books import imported, short_book, small_instance
from tests.stockrail.workbench.excel.corruption import KINDS, corrupted

BATCHES, EACH = 10, 20


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_workbooks(batch: int) -> None:
    """Of 200 damaged workbooks in all, each problem says where it is, what was found and what is allowed.

    Damage that no reader sees, such as that of a part for colours, leaves a workbook without a change.
    """
    instance = small_instance()
    kinds = set()
    for seed in range(batch * EACH, (batch + 1) * EACH):
        content, kind = corrupted(short_book(), seed)
        kinds.add(kind)
        _require_places(imported(content, instance))
    assert kinds == set(KINDS)


def _require_places(found: Imported) -> None:
    for problem in found.problems:
        assert problem.place
        assert problem.found
        assert problem.allowed
        assert "\n" not in str(problem)
    assert all(change.sheet and change.cell for change in found.changes)
