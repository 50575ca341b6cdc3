"""What a workbook shows of a plan: buys by item and period, and how stock and capital may develop against their limits."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

BALANCES = ("inventory_value", "working_capital")
"""Balances with a fan chart."""

PERCENTILES = ("p05", "p25", "p50", "p75", "p95")

_BUYS = ("item", "description", "segment", "supplier")


class PlanTablesError(ValueError):
    """The folder is no plan."""


@dataclass(frozen=True)
class PlanTables:
    """A plan as read from its folder.

    Attributes
    ----------
    instance_name, digest : which instance it was made for.
    buys : by item (rows; with description, segment, supplier) the expected value of its orders by date (columns), in money; only
        items that are ordered.
    outlook : by balance the date of each period, percentiles, and the tightest `limit` and `least` (upper and lower limits on all
        items), NaN where there is none. In money.
    """

    instance_name: str
    digest: str
    buys: pd.DataFrame
    outlook: dict[str, pd.DataFrame]


def read_plan_tables(folder: Path) -> PlanTables:
    """Read the folder that `stockrail plan --out` wrote.

    Raises
    ------
    PlanTablesError
        A file is missing, or is no table of a plan.
    """
    try:
        summary = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        names = dict.fromkeys(_BUYS, str)
        orders = pd.read_csv(
            folder / "orders.csv", dtype=names, keep_default_na=False, na_values={"value": [""]}
        )
        projection = pd.read_csv(folder / "projection.csv")
        guardrails = pd.read_csv(folder / "guardrails.csv", dtype={"name": str})
        limits = pd.read_csv(folder / "guardrail_periods.csv", dtype={"name": str})
        return PlanTables(
            str(summary["instance_name"]),
            str(summary.get("instance_digest", "")),
            _buys(orders),
            {name: _outlook(name, projection, guardrails, limits) for name in BALANCES},
        )
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise PlanTablesError(
            f"{folder} has no {missing}: is it a folder that `stockrail plan --out` wrote?"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, pd.errors.ParserError) as error:
        raise PlanTablesError(f"{folder} is no plan that can be read: {error}") from error


def _buys(orders: pd.DataFrame) -> pd.DataFrame:
    orders["expected"] = orders["probability"].astype(float) * orders["value"].astype(float)
    table = orders.pivot_table(
        index=list(_BUYS), columns="date", values="expected", aggfunc="sum", sort=False
    )
    return table.reindex(columns=sorted(table.columns))


def _outlook(
    balance: str, projection: pd.DataFrame, guardrails: pd.DataFrame, limits: pd.DataFrame
) -> pd.DataFrame:
    table = projection[projection["metric"] == balance].set_index("period")[["date", *PERCENTILES]].copy()
    of_all = set(guardrails.loc[guardrails["scope"] == "all", "name"])
    rows = limits[(limits["metric"] == balance) & limits["name"].isin(of_all)]
    table["limit"] = rows[rows["side"] == "upper"].groupby("period")["limit"].min()
    table["least"] = rows[rows["side"] == "lower"].groupby("period")["limit"].max()
    return table
