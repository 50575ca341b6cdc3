"""What the report and the terminal say of the finance checks of a plan."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail import formats
from stockrail.allocation.display import shortage_lines
from stockrail.inventory.stock_split import PURPOSES
from stockrail.reports.balances import records

MOST_EXCESS = 20
"""Items with avoidable excess that the report names; avoidable_excess.csv has all."""

WITH_SENTENCES = ("funded_builds", "quarter_ends", "horizon")
"""Frames whose rows have a sentence each."""


def check_sections(frames: Mapping[str, pd.DataFrame], periods: int) -> dict[str, Any]:
    """The parts of the report's section on checks; empty where no check was made.

    Parameters
    ----------
    frames : those of `stockrail.checks.run_checks`, without the one of seconds.
    periods : of the plan.
    """
    if not frames:
        return {}
    rows = {
        name: records(frames[name]) if name in frames else []
        for name in ("avoidable_excess", "funded_builds", "quarter_ends", "horizon", "horizon_items")
    }
    excess = rows["avoidable_excess"]
    return rows | {
        "avoidable_excess": excess[:MOST_EXCESS],
        "excess_items": len(excess),
        "excess_value": sum(row["mean_value"] for row in excess),
        "excess_cost": sum(row["holding_cost_per_year"] for row in excess),
        "split": _split(frames["stock_split"], periods) if "stock_split" in frames else [],
        "has_warning": any(row["is_warning"] for row in rows["horizon"]),
    }


def _split(table: pd.DataFrame, periods: int) -> list[dict[str, Any]]:
    """Mean stock over all periods by purpose, one row a segment and one for all."""
    values = [*(f"{purpose}_value" for purpose in PURPOSES), "on_hand_value"]
    by_segment = table.groupby("segment", sort=False)[values].sum() / periods
    rows = records(by_segment.reset_index())
    if len(rows) > 1:
        rows.append({"segment": "Total", **by_segment.sum().to_dict()})
    return rows


def check_lines(frames: Mapping[str, pd.DataFrame], currency: str) -> list[str]:
    """What the checks found, in sentences."""
    lines = []
    excess = frames.get("avoidable_excess")
    if excess is not None and len(excess):
        value, cost = (float(excess[name].sum()) for name in ("mean_value", "holding_cost_per_year"))
        lines.append(
            f"Avoidable excess: {formats.money_plain(value, currency)} of mean stock in {len(excess)} "
            f"{formats.plural(len(excess), 'item')}, which cost {formats.money_plain(cost, currency)} a year to hold; "
            f"most in {excess['item'].iloc[0]}: {excess['reason'].iloc[0]}."
        )
    lines += shortage_lines(frames, currency)
    for name in WITH_SENTENCES:
        if name in frames:
            lines += [_line(row) for row in frames[name].to_dict("records")]
    return lines


def _line(row: Mapping[Any, Any]) -> str:
    sentence = str(row["sentence"])
    return f"warning: {sentence}" if row.get("is_warning") else sentence[:1].upper() + sentence[1:]
