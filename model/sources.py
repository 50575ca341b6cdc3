"""The cells of an instance as text, wherever they come from: a folder of CSV or Parquet, or one Excel workbook.

Nothing is interpreted here except blank: a cell of white space is `None`. Identifiers such as 00123 stay as they
are. A whole number in an Excel or Parquet cell reads as Excel shows it (`12`, not `12.0`).
"""

import csv
import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from python_calamine import CalamineError, CalamineWorkbook

from stockrail.model.problems import Problem
from stockrail.model.schema import OPTIONAL_TABLES, TABLES

SETTINGS = "instance"
"""The settings: `instance.yaml` in a folder, the sheet `instance` in a workbook."""

NOTES = "notes"
"""A sheet for people, which is not read. A folder has its README.md for that."""

Cell = str | None


@dataclass(frozen=True)
class RawTable:
    """One table as text; `lines[k]` is the line of `rows[k]`, every row as long as the header."""

    file: str
    header: list[str]
    rows: list[list[Cell]]
    lines: list[int]


@dataclass
class RawInstance:
    """All cells of an instance, with the problems met while reading them.

    Attributes
    ----------
    settings : object
        The parsed settings, normally a dictionary; None where they could not be read.
    settings_lines : dict
        Line of each setting by dotted name.
    """

    settings_file: str
    settings: Any = None
    settings_lines: dict[str, int] = field(default_factory=dict)
    tables: dict[str, RawTable] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_source(path: Path) -> RawInstance:
    """Read all cells of the folder or workbook at `path`."""
    if path.is_dir():
        return _read_folder(path)
    if path.is_file() and path.suffix == ".xlsx":
        return _read_workbook(path)
    allowed = "a folder with instance.yaml and tables, or a workbook ending in .xlsx"
    found = path.name if path.exists() else None
    return RawInstance(path.name, problems=[Problem(path.name, None, None, found, allowed)])


def _read_folder(folder: Path) -> RawInstance:
    raw = RawInstance("instance.yaml")
    settings = folder / raw.settings_file
    if settings.is_file():
        _read_yaml(raw, settings)
    else:
        raw.problems.append(Problem(raw.settings_file, None, None, None, "the settings of the instance"))
    for file in sorted(folder.glob("*.csv")) + sorted(folder.glob("*.parquet")):
        if file.stem not in TABLES:
            raw.problems.append(Problem(file.name, None, None, file.name, _one_of_the_tables()))
        elif file.stem in raw.tables:
            allowed = f"either {file.stem}.csv or {file.stem}.parquet, not both"
            raw.problems.append(Problem(file.name, None, None, file.name, allowed))
        else:
            _add_table(raw, file.stem, file.name, _read_csv if file.suffix == ".csv" else _read_parquet, file)
    _report_missing_tables(raw, "{}.csv")
    return raw


def _read_workbook(path: Path) -> RawInstance:
    raw = RawInstance(f"{path.name} sheet {SETTINGS}")
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except CalamineError as error:
        raw.problems.append(Problem(path.name, None, None, str(error), "a readable Excel workbook"))
        return raw
    for name in workbook.sheet_names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if name == SETTINGS:
            _read_settings_sheet(raw, rows)
        elif name in TABLES:
            _add_rows(raw, name, f"{path.name} sheet {name}", rows)
        elif name != NOTES:
            file = f"{path.name} sheet {name}"
            raw.problems.append(Problem(file, None, None, name, f"{_one_of_the_tables()}, {NOTES}"))
    if SETTINGS not in workbook.sheet_names:
        allowed = "the settings of the instance in the columns name, value"
        raw.problems.append(Problem(raw.settings_file, None, None, None, allowed))
    _report_missing_tables(raw, f"{path.name} sheet {{}}")
    return raw


def _one_of_the_tables() -> str:
    return f"one of the tables: {', '.join(TABLES)}"


def _report_missing_tables(raw: RawInstance, pattern: str) -> None:
    unreadable = {problem.file for problem in raw.problems}
    for name, model in TABLES.items():
        file = pattern.format(name)
        if name not in raw.tables and name not in OPTIONAL_TABLES and file not in unreadable:
            allowed = f"a table with the columns {', '.join(model.model_fields)}"
            raw.problems.append(Problem(file, None, None, None, allowed))


def _add_table(raw: RawInstance, name: str, file: str, read: Any, path: Path) -> None:
    try:
        rows = read(path)
    except (csv.Error, UnicodeDecodeError, OSError, ValueError) as error:
        allowed = f"a readable {path.suffix[1:]} table (UTF-8, comma-separated where it is text)"
        raw.problems.append(Problem(file, None, None, str(error), allowed))
        return
    _add_rows(raw, name, file, rows)


def _read_csv(path: Path) -> list[list[Any]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.reader(stream, strict=True))


def _read_parquet(path: Path) -> list[list[Any]]:
    frame = pd.read_parquet(path)
    columns = [frame[name].tolist() for name in frame.columns]
    return [[str(name) for name in frame.columns], *(list(row) for row in zip(*columns, strict=True))]


def _add_rows(raw: RawInstance, name: str, file: str, rows: Sequence[Sequence[Any]]) -> None:
    """Turn cells into text, drop blank lines and blank columns at the end, check the length of each line."""
    if not rows:
        raw.problems.append(Problem(file, 1, None, None, "a header line with column names"))
        return
    header = [_text(cell) or "" for cell in rows[0]]
    while header and not header[-1]:
        header.pop()
    table = RawTable(file, header, [], [])
    for line, cells in enumerate(rows[1:], start=2):
        texts = [_text(cell) for cell in cells]
        while len(texts) > len(header) and texts[-1] is None:
            texts.pop()
        if len(texts) == len(header):
            if any(text is not None for text in texts):
                table.rows.append(texts)
                table.lines.append(line)
        elif texts:
            allowed = f"as many cells as the header, {len(header)}"
            raw.problems.append(Problem(file, line, None, f"{len(texts)} cells", allowed))
    raw.tables[name] = table


def _text(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


class _Loader(yaml.SafeLoader):
    """YAML without its own booleans: no setting is one, and `NO` or `on` are words here."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_yaml(text: str) -> tuple[Any, list[tuple[str, int]]]:
    """The value of a YAML text, and dotted name and line of every entry, one that is there twice included.

    Raises
    ------
    yaml.YAMLError
        The text is no YAML.
    """
    node = yaml.compose(text, Loader=_Loader)
    return yaml.load(text, Loader=_Loader), list(_lines(node))


def _read_yaml(raw: RawInstance, path: Path) -> None:
    try:
        value, lines = parse_yaml(path.read_text(encoding="utf-8-sig"))
        for name, line in lines:
            if name in raw.settings_lines:
                raw.problems.append(Problem(path.name, line, name, name, "each setting once"))
            raw.settings_lines[name] = line
        raw.settings = value
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        row = None if mark is None else mark.line + 1
        raw.problems.append(Problem(path.name, row, None, error.problem, "valid YAML"))
        return
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raw.problems.append(Problem(path.name, None, None, str(error), "valid YAML"))
        return
    if not isinstance(raw.settings, dict):
        raw.problems.append(Problem(path.name, 1, None, str(raw.settings), "lines of the form name: value"))
        raw.settings = None


def _lines(node: Any, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Dotted name and line of every setting below a YAML node."""
    pairs: Iterable[tuple[str, Any, Any]] = ()
    if isinstance(node, yaml.MappingNode):
        pairs = ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        pairs = ((str(k), value, value) for k, value in enumerate(node.value))
    for name, place, value in pairs:
        yield f"{prefix}{name}", place.start_mark.line + 1
        yield from _lines(value, f"{prefix}{name}.")


def _read_settings_sheet(raw: RawInstance, rows: Sequence[Sequence[Any]]) -> None:
    """Read lines of a dotted name and a value in YAML, e.g. `tree.market.volatility` and `0.2`."""
    header = [_text(cell) for cell in rows[0]] if rows else []
    if header[:2] != ["name", "value"]:
        raw.problems.append(Problem(raw.settings_file, 1, None, str(header), "the columns name, value"))
        return
    raw.settings = {}
    for line, cells in enumerate(rows[1:], start=2):
        name, value = _text(cells[0]), _text(cells[1])
        if name is None and value is None:
            continue
        if name is None or name in raw.settings_lines:
            raw.problems.append(Problem(raw.settings_file, line, "name", name, "each setting once"))
            continue
        raw.settings_lines[name] = line
        try:
            parsed = None if value is None else yaml.load(value, Loader=_Loader)
        except yaml.YAMLError:
            raw.problems.append(Problem(raw.settings_file, line, "value", value, "a value in YAML"))
            continue
        group = raw.settings
        *groups, last = name.split(".")
        for part in groups:
            group = group.setdefault(part, {})
            if not isinstance(group, dict):
                allowed = f"either {part} or settings below it"
                raw.problems.append(Problem(raw.settings_file, line, "name", name, allowed))
                group = {}
        group[last] = parsed
