"""The report's section on shortages: where a plan expects to be short, who would get what, and which commitments that breaks."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail.allocation.display import party
from stockrail.allocation.totals import LEAST_PROBABILITY
from stockrail.reports.balances import records

MOST_SHORTAGES = 20
"""Shortages that the report lists; shortages.csv has more of them."""

MOST_SHARED = 8
"""Shortages of which the report says who would get what; allocation.csv has it of all that are listed."""

MOST_BROKEN = 30
"""Commitments at risk that the report lists."""

DIGITS = 9
"""Digits after which numbers are rounding: a whole number of units is to be seen as one."""


def shortage_section(frames: Mapping[str, pd.DataFrame]) -> dict[str, Any] | None:
    """What the template needs; None where shortages were not looked at.

    Parameters
    ----------
    frames : those of the checks, by name: `shortages`, `allocation`, `allocation_totals`.
    """
    if "shortages" not in frames:
        return None
    shortages, allocation, totals = (
        _rounded(frames[name]) for name in ("shortages", "allocation", "allocation_totals")
    )
    has_customers = bool((totals["customer"] != "").any())
    at_risk = allocation[allocation["commitment_broken_probability"] >= LEAST_PROBABILITY]
    at_risk = at_risk.sort_values("below_commitment_units", ascending=False, kind="stable")
    return {
        "least_probability": LEAST_PROBABILITY,
        "count": len(shortages),
        "listed": records(shortages.head(MOST_SHORTAGES)),
        "left_units": round(float(totals["left_units"].sum()), DIGITS),
        "money": float(totals["money"].sum()),
        "has_customers": has_customers,
        "has_expediting": bool((shortages["expedited_units"] > 0).any()),
        "has_commitments": bool((totals["committed_share"] > 0).any()),
        "totals": [row | {"who": party(row)} for row in records(totals)] if has_customers else [],
        "shared": _shared(shortages, allocation) if has_customers else [],
        "at_risk_count": len(at_risk),
        "at_risk": [row | {"who": party(row)} for row in records(at_risk.head(MOST_BROKEN))],
        "has_message": bool((at_risk["message"] != "").any()),
    }


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        **{str(name): frame[name].round(DIGITS) for name in frame.select_dtypes("float").columns}
    )


def _shared(shortages: pd.DataFrame, allocation: pd.DataFrame) -> list[dict[str, Any]]:
    """The largest shortages, each with who gets what where it comes to that."""
    by_case = {key: rows for key, rows in allocation.groupby(["item", "period"], sort=False)}
    return [
        row
        | {
            "claims": [
                claim
                | {
                    "who": party(claim),
                    "promised_when_short": claim["asked_when_short"] * claim["committed_share"],
                    "broken_when_short": None
                    if claim["commitment_broken_probability"] is None
                    else claim["commitment_broken_probability"] / claim["short_probability"],
                }
                for claim in records(by_case[row["item"], row["period"]])
            ]
        }
        for row in records(shortages.head(MOST_SHARED))
    ]
