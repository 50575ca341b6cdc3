"""The files of a plan that rules look at, from a folder or from the artifacts of a run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.workbench.errors import StateError
from stockrail.workbench.result_tables import read_table

SUMMARY = "plan.json"
ORDERS, PROJECTION, SEGMENTS, GUARDRAILS = "orders.csv", "projection.csv", "segments.csv", "guardrails.csv"

ALLOCATION, ALLOCATION_TOTALS = "allocation.csv", "allocation_totals.csv"


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
            read_table(contents(ORDERS)),
            read_table(contents(PROJECTION)),
            read_table(contents(SEGMENTS)),
            read_table(contents(GUARDRAILS)),
            lambda file: _there(contents, file),
        )


def _there(contents: Callable[[str], bytes], file: str) -> pd.DataFrame | None:
    try:
        return read_table(contents(file))
    except StateError:
        return None
