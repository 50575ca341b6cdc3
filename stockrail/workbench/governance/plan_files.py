"""The files of a plan that rules look at, from a folder or from the artifacts of a run."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.workbench.errors import StateError

SUMMARY = "plan.json"
ORDERS, PROJECTION, SEGMENTS, GUARDRAILS = "orders.csv", "projection.csv", "segments.csv", "guardrails.csv"

ALLOCATION, ALLOCATION_TOTALS = "allocation.csv", "allocation_totals.csv"

_WORDS = (
    "item", "segment", "metric", "name", "side", "scope", "scope_value", "node", "customer", "customer_segment", "message",
)  # fmt: skip
"""Columns of names: 00123 is no number, and NA is not missing."""


@dataclass(frozen=True)
class PlanFiles:
    """What `stockrail plan --out` wrote.

    Attributes
    ----------
    name : for messages, such as "run 3".
    certificate : the numbers of plan.json.
    orders, projection, segments, guardrails : the tables of that name.
    more : another table by the name of its file, which few rules ask for; None where the plan does not have it.
    """

    name: str
    certificate: Mapping[str, Any]
    orders: pd.DataFrame
    projection: pd.DataFrame
    segments: pd.DataFrame
    guardrails: pd.DataFrame
    more: Callable[[str], pd.DataFrame | None] = field(default=lambda name: None, repr=False, compare=False)

    @staticmethod
    def read(folder: Path) -> "PlanFiles":
        """Read a folder.

        Raises
        ------
        StateError
            A file is missing: the folder is not that of a plan.
        """

        def contents(name: str) -> bytes:
            if not (folder / name).is_file():
                raise StateError(f"{folder} has no {name}: is it a folder that `stockrail plan --out` wrote?")
            return (folder / name).read_bytes()

        return PlanFiles.of(str(folder), contents)

    @staticmethod
    def of(name: str, contents: Callable[[str], bytes]) -> "PlanFiles":
        """Take the contents of each file by its name."""
        return PlanFiles(
            name,
            json.loads(contents(SUMMARY)),
            _table(contents(ORDERS)),
            _table(contents(PROJECTION)),
            _table(contents(SEGMENTS)),
            _table(contents(GUARDRAILS)),
            lambda file: _table_if_there(contents, file),
        )


def _table_if_there(contents: Callable[[str], bytes], file: str) -> pd.DataFrame | None:
    try:
        return _table(contents(file))
    except StateError:
        return None


def _table(data: bytes) -> pd.DataFrame:
    frame = pd.read_csv(
        io.BytesIO(data), dtype=dict.fromkeys(_WORDS, str), keep_default_na=False, na_values=[""]
    )
    words = [name for name in _WORDS if name in frame]
    return frame.assign(**{name: frame[name].fillna("") for name in words})
