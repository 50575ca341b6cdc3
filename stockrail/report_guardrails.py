"""What the report says of guardrails: whether they hold, and what a looser limit earns.

Prices are small numbers, so people read them per 1,000 of money: what the expected margin gains where the limit is looser
by that much in all its periods. For a lower limit looser is less, so that what is earned is positive for both sides.
"""

from typing import Any

import pandas as pd

from stockrail import formats
from stockrail.chart_parts import Chart, Timeline
from stockrail.charts import CARD, price_chart, range_chart
from stockrail.report_balances import FANS, METRICS, records

MOST_CARDS = 8
"""The table has all guardrails; charts are for those that earn most."""

MOST_NAMES = 3
"""Guardrails that the headline names."""

TOLERANCE = 1e-6
"""Share of a limit that a solver may be off."""


def price_unit(metric: str, currency: str) -> str:
    """What earnings of a looser limit on `metric` are counted in."""
    return f"{currency} per {_step(metric, currency)}"


def guardrail_rows(guardrails: pd.DataFrame, currency: str) -> list[dict[Any, Any]]:
    """One row per guardrail and side for the table: what it limits, whether it holds and what a looser limit earns."""
    return [
        row
        | {
            "limited": _limited(row),
            "is_kept": is_kept(row),
            "earned": earned(row["price"], row["side"], row["metric"]),
            "earns": _earns(row, currency),
            "looser": f"{_step(row['metric'], currency)} {'more' if row['side'] == 'upper' else 'less'}",
            "unit": price_unit(row["metric"], currency),
        }
        for row in records(guardrails)
    ]


def is_kept(row: dict[Any, Any]) -> bool | None:
    """Whether the guardrail holds in all its periods; None where that is not known."""
    slack, limit = formats.finite(row["slack"]), formats.finite(row["limit"])
    return None if slack is None or limit is None else slack >= -TOLERANCE * max(abs(limit), 1.0)


def earned(price: Any, side: str, metric: str) -> float | None:
    """Margin that a looser limit earns, per 1,000 of money or per unit, from its price per unit of the limit."""
    value = formats.finite(price)
    if value is None:
        return None
    return round(value * (1.0 if side == "upper" else -1.0) * (1.0 if _counts_units(metric) else 1000.0), 9)


def kept_by_name(rows: list[dict[Any, Any]]) -> dict[str, bool | None]:
    """Whether each guardrail holds on all its sides."""
    kept: dict[str, bool | None] = {}
    for row in rows:
        before = kept.get(row["name"], True)
        kept[row["name"]] = False if False in (before, row["is_kept"]) else before and row["is_kept"]
    return kept


def verdict(rows: list[dict[Any, Any]], currency: str) -> list[str]:
    """Say in plain sentences whether the guardrails hold and what looser ones earn; nothing where there are none."""
    kept = kept_by_name(rows)
    if not kept:
        return []
    broken = [
        f"{row['name']} is broken by {_amount(-row['slack'], row['metric'], currency)}"
        for row in rows
        if row["is_kept"] is False
    ]
    if broken:
        held = sum(map(bool, kept.values()))
        said = f"{held} of {len(kept)} {formats.plural(len(kept), 'guardrail')} hold: {', '.join(broken)}."
    elif None in kept.values():
        said = "Whether every guardrail holds is not known."
    else:
        said = "The guardrail holds." if len(kept) == 1 else f"All {len(kept)} guardrails hold."
    earning = sorted((row for row in rows if row["earned"]), key=lambda row: -row["earned"])
    if earning:
        named = [f"{row['name']} {row['earns']}" for row in earning[:MOST_NAMES]]
        more = f" ({len(earning) - MOST_NAMES} more below)" if len(earning) > MOST_NAMES else ""
        said += f" A looser limit in all periods would earn: {', '.join(named)}{more}."
    elif all(row["earned"] is not None for row in rows):
        said += " A slightly looser limit would earn nothing."
    return [said]


def cards(
    rows: list[dict[Any, Any]], periods: pd.DataFrame, currency: str, timeline: Timeline
) -> list[dict[str, Any]]:
    """The guardrails that earn most, each with its charts: what it holds (where no fan shows it) and what it earns."""
    ranked = sorted(rows, key=lambda row: (-abs(row["earned"] or 0.0), str(row["name"])))
    made = []
    for number, row in enumerate(ranked[:MOST_CARDS]):
        own = periods[(periods["name"] == row["name"]) & (periods["side"] == row["side"])].sort_values(
            "period"
        )
        prices = [earned(price, row["side"], row["metric"]) for price in own["price"]]
        own = own.assign(earned=pd.Series(prices, index=own.index, dtype=float))
        charts = []
        if not own.empty and (row["scope"] != "all" or row["metric"] not in FANS):
            charts.append(_range(f"guardrail-{number}", row, own, currency, timeline))
        if any(prices):
            charts.append(price_chart(f"price-{number}", row["name"], own, row["unit"], timeline))
        made.append(
            {
                "row": row,
                "periods": records(own),
                "charts": charts,
                "earning_periods": sum(bool(price) for price in prices),
            }
        )
    return made


def _range(key: str, row: dict[Any, Any], own: pd.DataFrame, currency: str, timeline: Timeline) -> Chart:
    """Draw what a guardrail limits: mean, 5th to 95th percentile, worst scenario and limit."""
    metric = METRICS.get(row["metric"], row["metric"])
    description = f"{metric} under guardrail {row['name']} by period against its {row['side']} limit."
    unit = "units" if _counts_units(row["metric"]) else currency
    return range_chart(key, description, own, CARD, own[own["limit"].notna()], unit, timeline)[0]


def _limited(row: dict[Any, Any]) -> str:
    label = METRICS.get(row["metric"], row["metric"])
    scope = f" of {row['scope']} {row['scope_value']}" if row["scope_value"] else ""
    side = "most" if row["side"] == "upper" else "least"
    limit = f"at {side} {formats.amount(formats.finite(row['limit']))}".replace(" ", formats.NO_BREAK)
    return f"{label}{scope} {limit}"


def _earns(row: dict[Any, Any], currency: str) -> str:
    value = earned(row["price"], row["side"], row["metric"])
    if not value:
        return formats.MISSING if value is None else "0"
    # From 1 on with cents, below with as many decimals as it takes: a small price is not none.
    number = formats.amount(value, 2) if abs(value) >= 1.0 else formats.significant(value)
    return f"{currency}{formats.NO_BREAK}{number} per {_step(row['metric'], currency)}"


def _step(metric: str, currency: str) -> str:
    return "unit" if _counts_units(metric) else f"{currency}{formats.NO_BREAK}1,000"


def _amount(value: float, metric: str, currency: str) -> str:
    return f"{formats.units(value)} units" if _counts_units(metric) else formats.money(value, currency)


def _counts_units(metric: str) -> bool:
    return metric.endswith("units")
