"""Files that are no workbooks, and what the reader of cells does not show: errors, formulas without a value, cells far out."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter.workbook import Workbook

from stockrail.workbench.excel.cells import Broken
from stockrail.workbench.excel.package import PackageError, open_package
from tests.stockrail.workbench.excel.books import imported, small_book


def _book(write: Callable[[Workbook], None], **options: bool) -> bytes:
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True, **options}) as book:
        write(book)
    return target.getvalue()


def _replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with a text in one of its parts replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            assert name != part or old in text
            archive.writestr(name, text.replace(old, new, 1) if name == part else text)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "File is not a zip file"),
        (b"item,period\nA,0\n", "File is not a zip file"),
        (small_book()[:5000], "File is not a zip file"),
        (_replaced(small_book(), "xl/workbook.xml", b"<sheets>", b"<sheets"), "not well-formed"),
        (_replaced(small_book(), "xl/workbook.xml", b'"demand"', b'"items"'), "two sheets of this name"),
        (_replaced(small_book(), "xl/worksheets/sheet3.xml", b'r="A3"', b'r="XFD1048576"'), "cells up to row 1,048,576 and column 16,384"),
        (_replaced(small_book(), "xl/worksheets/sheet3.xml", b'r="A3"', b'r="A900000000"'), "cells up to row 900,000,000 and column 24"),
    ],
)  # fmt: skip
def test_no_workbook(content: bytes, found: str) -> None:
    """One problem says why the file cannot be read; a cell far out is refused before room is made for all cells up to it."""
    problems = imported(content).problems
    assert len(problems) == 1
    assert found in problems[0].found


def test_bytes_that_changed() -> None:
    """A part whose bytes are not those that were packed is refused, also where the damaged text could be read."""
    content = bytearray(_replaced(small_book(), "xl/theme/theme1.xml", b"Office", b"Office"))
    place = content.find(b"Office Theme") + 3
    content[place] ^= 1
    assert "Bad CRC-32" in imported(bytes(content)).problems[0].found


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a problem like any other."""
    with pytest.raises(PackageError, match="No such file"):
        open_package(tmp_path / "none.xlsx")


def test_errors_and_formulas(tmp_path: Path) -> None:
    """Errors and formulas without a value are found where they are; calculated values are taken, and counted."""

    def write(book: Workbook) -> None:
        sheet = book.add_worksheet("numbers")
        sheet.write_formula("A1", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B1", "=1+1", None, 2)
        sheet.write_formula("C2", "=B1", None, "")
        sheet.write_string("A3", "#N/A")

    path = tmp_path / "book.xlsx"
    path.write_bytes(_book(write))
    package = open_package(path)
    assert package.rows("numbers") == [
        [Broken("the error #DIV/0!"), 2.0, ""],
        ["", "", Broken("a formula without a value")],
        ["#N/A", "", ""],
    ]
    assert package.formulas == {"numbers": 3}


def test_days_from_1904(tmp_path: Path) -> None:
    """Dates of a workbook that counts from 1904 are those that Excel shows."""
    import datetime as dt

    def write(book: Workbook) -> None:
        shown = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("dates").write_datetime("A1", dt.datetime(2027, 1, 4), shown)

    path = tmp_path / "book.xlsx"
    path.write_bytes(_book(write, date_1904=True))
    package = open_package(path)
    assert package.counts_from_1904
    assert package.rows("dates") == [[dt.date(2027, 1, 4)]]


def test_dates_after_switching_to_1904() -> None:
    """Switching to 1904 moves every date by 1,462 days: each is listed as a change, or refused where it is protected."""
    content = _replaced(small_book(), "xl/workbook.xml", b"<workbookPr ", b'<workbookPr date1904="1" ')
    found = imported(content)
    assert [(change.column, change.before, change.after) for change in found.changes] == [
        ("launch_date", "2024-03-01", "2028-03-02"),
        ("exit_date", "2026-06-01", "2030-06-02"),
    ]
    assert [problem.column for problem in found.problems] == ["start"]
    assert "from 1904" in found.notes[0]
