"""Segments of an earlier run, from whatever of it was kept: its folder, its instance, or a table of items."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from stockrail.model.reader import load
from stockrail.model.schema_settings import SegmentationRules
from stockrail.segments.table import JSON_NAME, SEGMENT_FILES, Kind, SegmentTable

NUMERIC = ("revenue_share_before", "variation", "margin_rate")
"""Numbers of an earlier run that say why an item moved; a table may lack them."""


class HistoryError(ValueError):
    """What is said to be an earlier run is none. The message lists every problem and says what can be read."""


def read_history(path: Path) -> SegmentTable:
    """Read the segments of an earlier run.

    Parameters
    ----------
    path : a folder that `stockrail segment --out` wrote; an instance (folder or workbook); or a CSV file with the columns `item` and
        `segment`, such as an old `items.csv`.

    Raises
    ------
    HistoryError
        There is nothing of the kind, or its rows are not valid.
    InstanceError
        It is an instance that cannot be read.
    """
    if (path / JSON_NAME).is_file():
        return _from_json(path / JSON_NAME)
    if (path / SEGMENT_FILES["item"]).is_file():
        return _from_csv(path / SEGMENT_FILES["item"])
    if (path / "instance.yaml").is_file() or path.suffix == ".xlsx":
        return SegmentTable.of(load(path))
    if path.is_file():
        return _from_csv(path)
    raise HistoryError(
        f"{path} is no earlier run: expected a folder that `stockrail segment --out` wrote, an instance, or a CSV file with "
        "the columns item and segment."
    )


def _from_json(path: Path) -> SegmentTable:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rules = record["rules"]
        return SegmentTable(
            _checked("item", pd.DataFrame(record["items"]), path),
            None if rules is None else SegmentationRules.model_validate(rules),
            _checked(
                "customer", pd.DataFrame(record["customers"], columns=_columns(record["customers"])), path
            ),
            currency=record["currency"],
            instance_name=record["instance_name"],
        )
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValidationError) as error:
        raise HistoryError(
            f"{path} is not what `stockrail segment --out` writes ({error}). Write it again, or give the CSV file "
            "next to it."
        ) from error


def _from_csv(path: Path) -> SegmentTable:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path} is no CSV file in UTF-8 with commas: {error}") from error
    return SegmentTable(_checked("item", frame, path), None, knows_customers=False)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Columns of a table that may have no rows."""
    return list(rows[0]) if rows else ["customer", "segment"]


def _checked(kind: Kind, frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Name and segment in every row, each name once; numbers as numbers, NaN where there is none."""
    missing = [name for name in (kind, "segment") if name not in frame]
    if missing:
        raise HistoryError(
            f"{path.name}: missing column {' and '.join(missing)}; expected the columns {kind} and segment."
        )
    problems = []
    for name in (kind, "segment"):
        problems += [
            f"row {row + 2}, column {name}: blank; allowed: a name"
            for row in range(len(frame))
            if not frame[name].iloc[row]
        ]
    twice = frame[kind].duplicated()
    problems += [
        f"row {row + 2}, column item: found {frame['item'].iloc[row]!r}; allowed: each item once"
        for row in range(len(frame))
        if twice.iloc[row] and frame[kind].iloc[row]
    ]
    for name in NUMERIC:
        if name in frame:
            texts, frame[name] = frame[name], pd.to_numeric(frame[name], errors="coerce")
            problems += [
                f"row {row + 2}, column {name}: found {text!r}; allowed: a number, or blank"
                for row, text in enumerate(texts)
                if isinstance(text, str) and text and pd.isna(frame[name].iloc[row])
            ]
    if problems:
        raise HistoryError("\n".join([f"{path.name} cannot be read:", *(f"  {line}" for line in problems)]))
    return frame
