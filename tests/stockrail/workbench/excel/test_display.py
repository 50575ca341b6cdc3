"""What the command line shows: nothing wider than the terminal, everything counted."""

from typing import Any

from stockrail.workbench.excel.display import MOST_SHOWN, import_lines
from tests.stockrail.workbench.excel.books import after, put, small_instance


def _many(book: Any) -> None:
    sheet = book["policy_options"]
    for k in range(50):
        sheet.append([f"option-{k}", None, 1, 2])
    book["items"]["B3"].value = "many words" + " and more" * 30


def test_many_changes() -> None:
    """51 changes are counted, 40 shown, and on request all; long texts are broken between words."""
    found = after(_many)
    lines = list(import_lines(found, "book.xlsx", 80))
    assert lines[0] == "51 changes in book.xlsx:"
    assert f"  ... and {51 - MOST_SHOWN} more; --csv FILE writes all of them" in lines
    assert max(map(len, lines)) <= 80
    everything = list(import_lines(found, "book.xlsx", 80, show_all=True))
    assert sum(line.startswith("  policy_options!") for line in everything) == 50


def test_meanwhile_comes_first() -> None:
    """What changed in the baseline stands before what was changed in the workbook."""
    now = small_instance(settings={"storage_rate_per_year": 0.05})
    lines = list(import_lines(after(put("segments", "B3", 0.5), now), "book.xlsx", 80))
    titles = [line for line in lines if not line.startswith(" ")]
    assert titles[-2:] == [
        "Changed in the baseline since the workbook was written (1):",
        "1 change in book.xlsx:",
    ]
