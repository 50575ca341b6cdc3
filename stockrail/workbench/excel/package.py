"""Open a workbook's file: refuse what is none, and find what the reader of cells does not show.

The reader of cells returns nothing for an error such as #N/A and for a formula without a value, as if they were blank, and it makes room
for every cell up to the last one, however far out a damaged address is. So the sheets' own text is looked at first.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from stockrail.workbench.excel.cells import Broken
from stockrail.workbench.excel.problem import CellProblem

LARGEST_UNPACKED = 2_000_000_000
"""Bytes of all parts together. A sheet of a million rows has fewer."""

MOST_CELLS = 30_000_000
"""Cells up to the last one of a sheet, blank ones included: what fits into memory."""

LETTERS_OF_MOST = 3
"""Letters of the last column that Excel has."""

READABLE = "a readable Excel workbook (.xlsx), as `stockrail excel export` wrote it and Excel saved it"

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Za-z]+)(\d+)[\"']")
_FAR = re.compile(rb"\br=[\"'](?:[A-Za-z]{2,}\d+|[A-Za-z]\d{6,})[\"']")
_UNUSUAL = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt=[\"']e[\"']")
_HINTS = (b"<f", b":f", b'"e"', b"'e'")
"""What a match of `_UNUSUAL` contains. Looking for it first is much faster in a long text."""

_REFERENCE = re.compile(r"([A-Z]+)(\d+)")


@dataclass
class Package:
    """A workbook whose sheets can be read.

    Attributes
    ----------
    names : sheets in the order of the workbook.
    broken : by sheet, cells without a value by row and column, both counted from 0.
    formulas : by sheet, how many cells are calculated.
    counts_from_1904 : whether days are counted from 1904.
    """

    names: list[str]
    broken: dict[str, dict[tuple[int, int], Broken]] = field(default_factory=dict)
    formulas: dict[str, int] = field(default_factory=dict)
    counts_from_1904: bool = False
    _book: Any = None

    def rows(self, sheet: str) -> list[list[Any]]:
        """All cells of a sheet, from A1; `Broken` where a cell has no value.

        Raises
        ------
        PackageError
            The sheet is damaged.
        """
        with _reading():
            rows: list[list[Any]] = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for (row, column), found in self.broken.get(sheet, {}).items():
            # A broken cell at the end may lie beyond what the reader saw.
            while len(rows) <= row:
                rows.append([])
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            rows[row][column] = found
        width = max(map(len, rows), default=0)
        for cells in rows:
            cells.extend([""] * (width - len(cells)))
        return rows

    def merged(self, sheet: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """First and last cell of each group of merged cells, rows and columns counted from 0."""
        with _reading():
            return list(self._book.get_sheet_by_name(sheet).merged_cell_ranges or ())


class PackageError(Exception):
    """The file is no workbook, or is damaged. `problem` says where."""

    def __init__(self, problem: CellProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def open_package(path: Path) -> Package:
    """Open a workbook.

    Raises
    ------
    PackageError
        With what is wrong with the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged("", error.strerror or str(error)) from error
    with _reading():
        archive = zipfile.ZipFile(io.BytesIO(content))
        if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
            raise _damaged("", f"more than {LARGEST_UNPACKED:,} bytes when unpacked")
        parts, is_1904 = _sheets(archive)
        package = Package([name for name, _ in parts], counts_from_1904=is_1904)
        twice = [name for k, name in enumerate(package.names) if name in package.names[:k]]
        if twice:
            raise _damaged(twice[0], "two sheets of this name")
        for part in archive.infolist():
            if part.filename.startswith("xl/") and not part.filename.startswith("xl/worksheets/"):
                archive.read(part)  # checks that its bytes are what they were
    for name, part_name in parts:
        with _reading(name):
            text = archive.read(part_name)
            _check_size(name, text)
            if any(hint in text for hint in _HINTS) and _UNUSUAL.search(text):
                package.broken[name], package.formulas[name] = _without_value(text)
    with _reading():
        package._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return package


class _reading:  # noqa: N801  # a context manager, used like a function
    """Within the block, whatever a damaged file makes a library raise is a `PackageError`."""

    def __init__(self, sheet: str = "") -> None:
        self.sheet = sheet

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        known = (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            zlib.error,
            ElementTree.ParseError,
            CalamineError,
            NotImplementedError,
            EOFError,
            KeyError,
            ValueError,
            OverflowError,
            RuntimeError,
            OSError,
            AttributeError,
            MemoryError,
        )
        # A library in Rust that meets something it did not expect raises a class of its own, below BaseException.
        if isinstance(error, known) or type(error).__name__ == "PanicException":
            raise _damaged(self.sheet, str(error) or type(error).__name__) from error


def _damaged(sheet: str, found: str) -> PackageError:
    found = " ".join(found.split())
    return PackageError(CellProblem(sheet, None, f"a file that cannot be read ({found[:160]})", READABLE))


def _sheets(archive: zipfile.ZipFile) -> tuple[list[tuple[str, str]], bool]:
    """Names of the sheets of cells with the parts they are in, and whether days are counted from 1904."""
    if _WORKBOOK not in archive.namelist():
        raise _damaged("", "a file of another kind")
    relations = {
        element.get("Id"): element.get("Target", "")
        for element in ElementTree.fromstring(archive.read(_RELATIONS))
    }
    parts, is_1904 = [], False
    for element in ElementTree.fromstring(archive.read(_WORKBOOK)).iter():
        kind = _local(element.tag)
        if kind == "workbookPr":
            is_1904 = element.get("date1904", "0") not in ("0", "false")
        elif kind == "sheet":
            identifier = next((value for name, value in element.items() if _local(name) == "id"), None)
            target = relations[identifier]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "chartsheets/" not in part:
                parts.append((element.get("name", ""), part))
    return parts, is_1904


def _check_size(sheet: str, text: bytes) -> None:
    rows, columns = max(map(int, _ROW.findall(text)), default=1), 1
    # Addresses far out are rare, so that it costs little to look at all of them then.
    if _FAR.search(text):
        for letters, digits in _CELL.findall(text):
            rows, columns = max(rows, int(digits[:9])), max(columns, _number(letters.decode()))
    if rows * columns > MOST_CELLS:
        raise _damaged(sheet, f"cells up to row {rows:,} and column {columns:,}")


def _without_value(text: bytes) -> tuple[dict[tuple[int, int], Broken], int]:
    """Cells that hold an error or a formula without a value, and how many formulas there are."""
    broken, formulas, row, column = {}, 0, -1, -1
    for element in _elements(text):
        kind = _local(element.tag)
        if kind == "row":
            element.clear()
        elif kind == "c":
            reference = _REFERENCE.fullmatch(element.get("r", ""))
            if reference:
                row, column = int(reference[2]) - 1, _number(reference[1]) - 1
            else:
                column += 1
            parts = {_local(child.tag): child.text or "" for child in element}
            formulas += "f" in parts
            if element.get("t") == "e":
                broken[row, column] = Broken(f"the error {parts.get('v') or '#N/A'}")
            elif "f" in parts and not parts.get("v"):
                broken[row, column] = Broken("a formula without a value")
    return broken, formulas


def _elements(text: bytes) -> Iterator[ElementTree.Element]:
    for _, element in ElementTree.iterparse(io.BytesIO(text), events=("end",)):
        yield element


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _number(letters: str) -> int:
    """The number of a column from 1, by its letters."""
    number = 0
    for letter in letters[: LETTERS_OF_MOST + 1].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
