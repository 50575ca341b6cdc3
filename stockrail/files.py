"""Tables and records as files, written the same way everywhere."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd


def write_csv(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a table: no index, ISO dates, the same line ends on every system."""
    frame.to_csv(path, index=False, date_format="%Y-%m-%d", lineterminator="\n")


def written(pieces: Iterable[pd.DataFrame], path: Path | str) -> Iterator[pd.DataFrame]:
    """Write a table as `write_csv` does, given its rows in pieces, and hand each piece on; at least one piece."""
    for number, piece in enumerate(pieces):
        piece.to_csv(
            path,
            mode="a" if number else "w",
            header=not number,
            index=False,
            date_format="%Y-%m-%d",
            lineterminator="\n",
        )
        yield piece


def write_tables(frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each table under its name."""
    for name, frame in frames.items():
        write_csv(frame, folder / f"{name}.csv")


def write_json(record: dict[str, Any], path: Path | str) -> Path:
    """Write plain data as JSON, what is not a number as null, and return the path."""
    target = Path(path)
    text = json.dumps(plain(record), indent=2, ensure_ascii=False, allow_nan=False)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def plain(value: Any) -> Any:
    """Values that JSON knows: NumPy numbers as Python's, what is not finite as null."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
