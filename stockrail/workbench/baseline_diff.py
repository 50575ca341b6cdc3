"""The difference of two baselines: versions of the store, or folders."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pandas as pd

from stockrail.model import Instance, load
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.workbench import baselines
from stockrail.workbench.instance_diff import Difference, change_of, differences
from stockrail.workbench.store import Store

COLUMNS = ("table", "row", "column", "before", "after", "change")

FILE_COLUMN = "(file)"
"""Stands for a file whose bytes differ and whose values do not, such as README.md."""


def diff(store: Store | None, a: int | Path | str, b: int | Path | str) -> pd.DataFrame:
    """What differs between two baselines.

    Parameters
    ----------
    store : may be None where both are folders.
    a, b : id of a version, or an instance folder.

    Returns
    -------
    pandas.DataFrame
        One row per cell, with the columns `table`, `row`, `column`, `before`, `after` and `change`, as in `Difference`. A file
        whose bytes differ and whose values do not has one row, with `(file)` as column and the beginnings of its hashes.

    Raises
    ------
    InstanceError
        A folder is no valid instance.
    NotFoundError
        There is no such version.
    """
    before, files_before = _read(store, a)
    after, files_after = _read(store, b)
    found = list(differences(before, after))
    found += _files(files_before, files_after, {cell.table for cell in found})
    return pd.DataFrame([cell[: len(COLUMNS)] for cell in found], columns=list(COLUMNS), dtype=object)


def _read(store: Store | None, source: int | Path | str) -> tuple[Instance, Mapping[str, str]]:
    if isinstance(source, int):
        if store is None:
            raise ValueError("Expected a store: one of the two is the id of a version.")
        manifest = baselines.get(store, source).manifest
        return baselines.instance(store, source), manifest
    folder = Path(source)
    found = load(folder)
    files = [file for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
    return found, {
        file.name: sha256(file.read_bytes()).hexdigest() for file in files if not file.name.startswith(".")
    }


def _files(before: Mapping[str, str], after: Mapping[str, str], tables: set[str]) -> Iterator[Difference]:
    for file in sorted({*before, *after}):
        table = SETTINGS_TABLE if file == baselines.SETTINGS_FILE else file.rpartition(".")[0]
        is_told = file in baselines.READ_FILES and table in tables
        was, now = before.get(file), after.get(file)
        if was != now and not is_told and before and after:
            yield Difference(file, "", FILE_COLUMN, was and was[:12], now and now[:12], change_of(was, now))
