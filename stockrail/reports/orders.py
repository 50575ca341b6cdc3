"""What the report says of orders: those to place now, those fixed for later, and the expected value of all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stockrail import formats

SEGMENT_COLOURS = 7
"""Further segments share one colour and the name "other"."""


@dataclass(frozen=True)
class ReportedOrders:
    """What the report needs of all orders.

    Attributes
    ----------
    count : number of all orders.
    now, fixed, expected : see `to_place_now`, `fixed_for_later` and `expected_value`.
    """

    count: int
    now: pd.DataFrame
    fixed: pd.DataFrame
    expected: pd.DataFrame

    @staticmethod
    def of(pieces: Iterable[pd.DataFrame]) -> "ReportedOrders":
        """Read them from the rows of all orders in pieces, of which there is one at least."""
        count = 0
        now, fixed, expected = [], [], []
        for piece in pieces:
            count += len(piece)
            is_fixed = piece["decision"] == "fixed"
            now.append(piece[(piece["decision"] == "now") | is_fixed])
            fixed.append(piece[is_fixed])
            expected.append(expected_value(piece))
        together = _joined(expected)
        if len(expected) > 1:
            by = ["period", "date", "segment"]
            together = together.groupby(by, as_index=False, dropna=False).agg({"expected": "sum"})
        return ReportedOrders(count, to_place_now(_joined(now)), fixed_for_later(_joined(fixed)), together)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns one after the other."""
    # Frames without rows would decide about the types of columns.
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1])


def to_place_now(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders of the first period, which hold in every scenario: those decided now, and those fixed beforehand."""
    is_fixed_now = (orders["decision"] == "fixed") & (orders["period"] == 0)
    return orders[(orders["decision"] == "now") | is_fixed_now].sort_values(["supplier", "item"])


def fixed_for_later(orders: pd.DataFrame) -> pd.DataFrame:
    """The frozen and overridden orders of later periods, the nodes of one period joined where the order is the same."""
    varying = ("decision", "node", "lots", "probability", "due_period")
    same = [column for column in orders.columns if column not in varying]
    fixed = orders[(orders["decision"] == "fixed") & (orders["period"] > 0)]
    joined: pd.DataFrame = fixed.groupby(same, as_index=False, dropna=False).agg({"probability": "sum"})
    return joined.sort_values(["period", "supplier", "item"])


def by_supplier(now: pd.DataFrame) -> list[dict[str, Any]]:
    """The orders to place now by supplier: number, value, first and last days when they are due and to be paid."""
    return [
        {
            "supplier": supplier,
            "orders": len(rows),
            "value": float(rows["value"].sum()),
            "due": _days(rows["due_date"]),
            "pay": _days(rows["pay_date"]),
        }
        for supplier, rows in now.groupby("supplier", dropna=False)
    ]


def expected_value(orders: pd.DataFrame) -> pd.DataFrame:
    """The probability-weighted value of all orders (column `expected`): one row per period and segment."""
    weighted = orders.assign(expected=orders["value"].astype(float) * orders["probability"].astype(float))
    by = ["period", "date", "segment"]
    grouped: pd.DataFrame = weighted.groupby(by, as_index=False, dropna=False).agg({"expected": "sum"})
    return grouped[grouped["expected"] > 0]


def by_period(expected: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn `expected_value` into the rows of a table: period, date, total and one value per segment."""
    return [
        {"period": period, "date": date, "total": rows["expected"].sum()}
        | {"segments": dict(zip(rows["segment"], rows["expected"], strict=True))}
        for (period, date), rows in expected.groupby(["period", "date"])
    ]


def segment_colours(segments: pd.DataFrame, expected: pd.DataFrame) -> dict[str, str]:
    """Give each segment a colour of the page; those that buy least share the last one."""
    order = list(dict.fromkeys([*segments["segment"], *expected["segment"]]))
    if len(order) > SEGMENT_COLOURS:
        order = list(expected.groupby("segment")["expected"].sum().sort_values(ascending=False).index)
    named = {str(segment): f"var(--c{index + 1})" for index, segment in enumerate(order[:SEGMENT_COLOURS])}
    return named | {str(segment): "var(--other)" for segment in order[SEGMENT_COLOURS:]}


def _days(dates: pd.Series) -> str:
    """The first and the last day, or the one day that all have."""
    known = sorted({formats.day(date) for date in dates} - {formats.MISSING})
    return formats.MISSING if not known else known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"
