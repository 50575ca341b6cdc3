"""Prices of limits in the words of a terminal: one short line for each limit that has one."""

import math
from typing import Any

import pandas as pd

from stockrail.finance.limit_price import NOT_ASKED, amount_or_none
from stockrail.formats import percent, significant

MOST_LINES = 6
"""Limits that a summary names; guardrails.csv has all."""


def price_lines(guardrails: pd.DataFrame) -> dict[str, str]:
    """Label and text for each limit whose price is not simply 0, in the order of the table.

    Parameters
    ----------
    guardrails : the plan's table.
    """
    lines: dict[str, str] = {}
    several = guardrails["name"].duplicated(keep=False)
    for row, is_one_of_two in zip(guardrails.to_dict("records"), several, strict=True):
        text = price_text({str(name): value for name, value in row.items()})
        if text is not None:
            label = f"price of {row['name']}" + (f" ({row['side']})" if is_one_of_two else "")
            lines[label] = text
    left = len(lines) - MOST_LINES
    if left > 0:
        lines = dict(list(lines.items())[:MOST_LINES])
        lines["more prices"] = f"{left}, in guardrails.csv"
    return lines


def price_text(row: dict[str, Any]) -> str | None:
    """The price of one row of the table of guardrails, None where it is 0 or nobody asked."""
    price, up, down = (float(row[name]) for name in ("price", "price_up", "price_down"))
    if price == 0.0 or row["price_holds"] == NOT_ASKED:
        return None
    if not math.isnan(price):
        return significant(price) + _range(row) + _yearly(row["return_per_year"])
    if math.isnan(up) and math.isnan(down):
        return str(row["price_holds"]).partition(":")[0]
    more = f"{_number(up)} for one more{_yearly(row['return_up_per_year'])}"
    return f"{more}; {_number(down)} for one less{_yearly(row['return_down_per_year'])}"


def _number(price: float) -> str:
    if math.isinf(price):
        return "not possible"
    return "about 0" if math.isnan(price) else significant(price)


def _range(row: dict[str, Any]) -> str:
    start, end = amount_or_none(row["range_from"]), amount_or_none(row["range_to"])
    if start is not None and end is not None:
        return f" from {start} to {end}"
    return f" above {start}" if end is None else f" below {end}"


def _yearly(share: float) -> str:
    return f", {percent(share)} a year" if math.isfinite(share) else ""
