"""What a workbook was made from travels in it: whole, or not at all."""

from typing import Any

import pytest

from stockrail.workbench.excel.snapshot import Snapshot, unpacked
from tests.stockrail.workbench.excel.books import Edit, after, put, small_instance


def test_there_and_back() -> None:
    """All values come back from the pieces, and the version is that of the values, not of the order of their names."""
    snapshot = Snapshot.of(small_instance(), "small")
    read = unpacked(snapshot.pieces(), snapshot.name, snapshot.source, snapshot.version)
    assert read == snapshot
    assert read.tables["items"][1][6] == 0.1 + 0.2
    assert Snapshot.of(small_instance(), "another name").version == snapshot.version
    assert Snapshot.of(small_instance(sigma=2)).version != snapshot.version


def _without(book: Any) -> None:
    del book["version"]


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (_without, "no sheet of this name"),
        (put("version", "B1", "stockrail workbook 0"), "another form of workbook"),
        (put("version", "B4", "0" * 64), "cells that were changed"),
        (put("version", "B5", "x"), "cells that were changed"),
        (put("version", "A7", "abc"), "cells that were changed"),
        (put("version", "A7", None), "cells that were changed"),
        (put("version", "B4", None), "cells that were changed"),
    ],
)
def test_damaged(edit: Edit, found: str) -> None:
    """Without the version nothing is compared: what was edited could not be told from what moved in the baseline."""
    result = after(edit)
    assert [(problem.sheet, problem.found) for problem in result.problems] == [("version", found)]
    assert result.changes == ()
