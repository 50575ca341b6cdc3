"""The tables of a plan read back from its files, as its report needs them."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from stockrail.checks import FRAMES

NAMES = (
    "item", "description", "segment", "supplier", "decision", "node", "name", "metric", "side", "scope", "scope_value", "holds",
    "measured", "owner", "customer", "customer_segment", "message", "reason",
)  # fmt: skip
"""Columns of names: 00123 is no number, NA is a name, and a blank one says something, as "all others"."""


@dataclass(frozen=True)
class PlanFrames:
    """What `stockrail.reports.report.write_report` takes, read back.

    Attributes
    ----------
    summary : plan.json.
    checks : frames of the checks that were made, by name.
    """

    summary: dict[str, Any]
    orders: pd.DataFrame = field(repr=False)
    projection: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    guardrails: pd.DataFrame = field(repr=False)
    guardrail_periods: pd.DataFrame = field(repr=False)
    checks: Mapping[str, pd.DataFrame] = field(repr=False)

    @staticmethod
    def read(contents: Callable[[str], bytes | None]) -> "PlanFrames":
        """Read the files of a plan.

        Parameters
        ----------
        contents : of a file by its name; None where there is none, which only files of checks may be.

        Raises
        ------
        FileNotFoundError
            The plan lacks a file; names it.
        """

        def needed(name: str) -> bytes:
            found = contents(name)
            if found is None:
                raise FileNotFoundError(2, "The plan has no such file", name)
            return found

        summary = json.loads(needed("plan.json"))
        told = {name: needed(f"{name}.csv") for name in ("orders", "projection", "guardrail_periods")}
        checks = {
            name: table(found)
            for names in FRAMES.values()
            for name in names
            if (found := contents(f"{name}.csv")) is not None
        }
        # Lists of periods are in plan.json as they were, in CSV files they are text.
        guardrails = (
            pd.DataFrame(summary["guardrails"]) if summary["guardrails"] else table(needed("guardrails.csv"))
        )
        return PlanFrames(
            summary,
            table(told["orders"]),
            table(told["projection"]),
            pd.DataFrame(summary["segments"]),
            guardrails,
            table(told["guardrail_periods"]),
            checks,
        )


def table(data: bytes) -> pd.DataFrame:
    """A table of a plan from its CSV file, with names as text and blank ones as blank text."""
    frame = pd.read_csv(
        io.BytesIO(data), dtype=dict.fromkeys(NAMES, str), keep_default_na=False, na_values=[""]
    )
    return frame.fillna({name: "" for name in NAMES if name in frame})
