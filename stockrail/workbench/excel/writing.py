"""Write what came of a workbook: the list of changes and problems as CSV, and the accepted what-if as YAML."""

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stockrail.files import write_csv
from stockrail.model.sources import parse_yaml
from stockrail.model.what_if import WhatIf
from stockrail.workbench.excel.changes import changes_frame
from stockrail.workbench.excel.imported import Imported
from stockrail.workbench.excel.problem import CellProblem

LIST = "what_ifs"
"""The one entry of a file like scenarios.yaml."""


class AddingError(ValueError):
    """A file that is there cannot be added to."""


def write_list(imported: Imported, path: Path) -> None:
    """Write all changes and problems, one in a row: kind, sheet, cell, key, column, before, after, found, allowed."""
    changes = changes_frame(imported.changes).rename(columns={"change": "kind"})
    write_csv(pd.concat([changes, _problems(imported.problems)], ignore_index=True).fillna(""), path)


def write_what_if(what_if: WhatIf, path: Path) -> None:
    """Write the what-if into a file like scenarios.yaml: at the end of one that is there, whose other lines stay as they are.

    Raises
    ------
    AddingError
        The file that is there cannot be added to; it stays as it is.
    """
    entry = _plain(what_if.model_dump(mode="json", exclude_unset=True))
    text = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=100)
    if not path.is_file():
        path.write_text(f"{LIST}:\n{text}", encoding="utf-8", newline="\n")
        return
    try:
        before = path.read_text(encoding="utf-8-sig")
        there = parse_yaml(before)[0][LIST]
        if what_if.name in [row["name"] for row in there]:
            raise AddingError(f"{path} has a what-if {what_if.name}; choose another name with --name.")
        indent = re.search(r"^( *)- ", before, re.MULTILINE)
        indented = textwrap.indent(text, indent[1] if indent else "")
        after = f"{before.rstrip()}\n\n{indented}"
        # Whoever wrote the file may have written the list in another form, in which lines at the end are not part of it.
        if parse_yaml(after)[0] != {LIST: [*there, parse_yaml(text)[0][0]]}:
            raise ValueError("another form")
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, AddingError):
            raise
        raise AddingError(
            f"{path} is there, and no list of what-ifs that can be added to; choose another --out."
        ) from error
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(after, encoding="utf-8", newline="\n")
    beside.replace(path)


def _problems(problems: Sequence[CellProblem]) -> pd.DataFrame:
    names = ["kind", "sheet", "cell", "key", "column", "found", "allowed"]
    rows = [("problem", row.sheet, row.cell, row.key, row.column, row.found, row.allowed) for row in problems]
    return pd.DataFrame(rows, columns=names, dtype=str)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list | tuple) else value
