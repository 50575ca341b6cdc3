"""Misses counted by cause over time."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.store.tables import Miss

MISS_COLUMNS = (
    "id", "run_id", "kind", "item", "segment", "subject", "period", "date", "units", "money", "cause", "explanation",
)  # fmt: skip


def misses_frame(misses: Sequence[Miss]) -> pd.DataFrame:
    """One row for each miss: id, run_id, kind, item, segment, subject, period, date (last day of the period), units, money, cause, row of
    the decision table, the four answers, explanation. What is not known is NaN or blank.
    """
    rows = []
    for one in misses:
        evidence = one.evidence
        rows.append(
            {
                **{name: getattr(one, name) for name in MISS_COLUMNS[:-1]},
                "row": evidence["row"],
                "shown": evidence["process"]["shown"],
                "decided": evidence["process"]["decided"],
                "hindsight": evidence["hindsight"]["answer"],
                "assumption": evidence["fault"]["assumption"],
                "place": evidence["fault"]["place"],
                "explanation": one.explanation,
            }
        )
    columns = [
        *MISS_COLUMNS[:-1],
        "row",
        "shown",
        "decided",
        "hindsight",
        "assumption",
        "place",
        "explanation",
    ]
    return pd.DataFrame(rows, columns=columns)


def causes_by_period(misses: Sequence[Miss]) -> pd.DataFrame:
    """How many misses began in each period by cause: one row for each last day of a period that has some, by date.

    Columns: date, then each cause of the decision table in its order, then `misses`, their sum.
    """
    frame = pd.DataFrame([(one.date, one.cause) for one in misses], columns=["date", "cause"])
    causes = [str(cause) for cause in Cause]
    counted = pd.crosstab(frame["date"], frame["cause"]).reindex(columns=causes, fill_value=0)
    counted.columns.name = None
    counted["misses"] = counted.sum(axis=1)
    return counted.astype(int).reset_index()


def money_by_cause(misses: Sequence[Miss]) -> pd.DataFrame:
    """Each cause that there is: cause, misses, money (of those where it is known), unknown (misses where it is not)."""
    frame = pd.DataFrame([(one.cause, one.money) for one in misses], columns=["cause", "money"])
    frame["money"] = frame["money"].astype(float)
    rows = [
        {
            "cause": str(cause),
            "misses": len(group),
            "money": group["money"].sum(min_count=1),
            "unknown": int(group["money"].isna().sum()),
        }
        for cause in Cause
        if len(group := frame[frame["cause"] == str(cause)])
    ]
    return pd.DataFrame(rows, columns=["cause", "misses", "money", "unknown"])


def as_data(misses: Sequence[Miss]) -> dict[str, Any]:
    """Misses with all their evidence, and the counts, as plain data; what is not known is None."""
    return {
        "misses": [
            {
                **{name: getattr(one, name) for name in MISS_COLUMNS},
                "date": one.date.isoformat(),
                "found_at": one.found_at.isoformat(),
                "evidence": one.evidence,
            }
            for one in misses
        ],
        "causes": money_by_cause(misses).to_dict("records"),
        "causes_by_period": [
            {**row, "date": row["date"].isoformat()} for row in causes_by_period(misses).to_dict("records")
        ],
    }
