"""What the report says of guardrails: whether they hold, and what a looser limit earns.

Prices are small numbers, so people read them per 1,000 of money, per unit, day or percentage point: what the objective
gains where the limit is looser by that much in all its periods. For a lower limit looser is less, so that what is earned is positive for both sides.
"""

import math
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import pandas as pd

from stockrail import formats
from stockrail.reports import words
from stockrail.reports.balances import FANS, records
from stockrail.reports.chart_parts import Chart, Timeline
from stockrail.reports.charts import CARD, price_chart, range_chart

MOST_CARDS = 8
"""The table has all guardrails; charts are for those that earn most."""

MOST_NAMES = 3
"""Guardrails that the headline names."""

TOLERANCE = 1e-6
"""Share of a limit that a solver may be off."""


def price_unit(metric: str, currency: str) -> str:
    """What earnings of a looser limit on `metric` are counted in."""
    return f"{currency} per {words.step(metric, currency)}"


def guardrail_rows(
    guardrails: pd.DataFrame, currency: str, loosened: AbstractSet[tuple[str, str]] = frozenset()
) -> list[dict[Any, Any]]:
    """One row per guardrail and side for the table: what it limits, whether it holds and what a looser limit earns.

    `loosened` are the guardrails, by name and side, whose limits were loosened for the plan.
    """
    return [
        row
        | {
            "limited": _limited(row),
            "rule": f"{'hard' if row['hard'] else 'soft'}, {words.how_it_holds(row)}",
            "counts": words.what_counts(row),
            "is_kept": is_kept(row),
            "is_loosened": (row["name"], row["side"]) in loosened,
            "earned": earned(looser_price(row), row["side"], row["metric"]),
            "earns": _step_worth(looser_price(row), row, currency),
            "costs": _step_worth(tighter_price(row), row, currency),
            "return_looser": _yearly(row, "up" if row["side"] == "upper" else "down"),
            "looser": _looser(row, currency),
            "unit": price_unit(row["metric"], currency),
        }
        for row in records(guardrails)
    ]


def is_kept(row: dict[Any, Any]) -> bool | None:
    """Whether the guardrail holds in all its periods; None where that is not known."""
    limit = formats.finite(row["limit"])
    if limit is None or row["slack"] is None or pd.isna(row["slack"]):
        return None
    return bool(row["slack"] >= -TOLERANCE * max(abs(limit), 1.0))


def looser_price(row: dict[Any, Any]) -> Any:
    """The price of a unit by which the limit is looser: at a kink, that of the one direction."""
    return _price(row, "price_up" if row["side"] == "upper" else "price_down")


def tighter_price(row: dict[Any, Any]) -> Any:
    """The price of a unit by which the limit is tighter."""
    return _price(row, "price_down" if row["side"] == "upper" else "price_up")


def _price(row: dict[Any, Any], direction: str) -> Any:
    return row["price"] if formats.finite(row["price"]) is not None else row[direction]


def _yearly(row: dict[Any, Any], direction: str) -> float | None:
    """Return per year of a looser limit: positive where loosening earns."""
    single = formats.finite(row["return_per_year"])
    share = formats.finite(row[f"return_{direction}_per_year"]) if single is None else single
    return None if share is None else abs(share)


def earned(price: Any, side: str, metric: str) -> float | None:
    """What a looser limit earns per step of its unit (1,000 of money, a unit, a day), from its price per unit as stated."""
    value = formats.finite(price)
    if value is None:
        return None
    return round(value * (1.0 if side == "upper" else -1.0) * words.price_factor(metric), 9)


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
    broken = [row for row in rows if row["is_kept"] is False]
    if broken:
        held = sum(map(bool, kept.values()))
        said = (
            f"{held} of {len(kept)} {formats.plural(len(kept), 'guardrail')} hold{_broken(broken, currency)}."
        )
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


def _broken(rows: list[dict[Any, Any]], currency: str) -> str:
    """Name the guardrails that are broken; those that were loosened have a callout of their own."""
    named = [
        f"{row['name']} is broken by {words.amount(-row['slack'], row['metric'], currency)}"
        for row in rows
        if not row["is_loosened"]
    ]
    listed = f": {', '.join(named)}" if named else ""
    if len(named) == len(rows):
        return listed
    return (
        f" as stated{listed}; the others hold as loosened" if named else " as stated, the others as loosened"
    )


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
        # An average or a total is one amount for all its periods, which no chart over time can show.
        is_over_time = row["measured"] not in ("average", "total")
        has_fan = row["scope"] == "all" and row["metric"] in FANS
        if is_over_time and not own.empty and not has_fan:
            charts.append(_range(f"guardrail-{number}", row, own, currency, timeline))
        if is_over_time and any(prices):
            charts.append(price_chart(f"price-{number}", row["name"], own, row["unit"], timeline))
        made.append(
            {
                "row": row,
                "periods": records(own),
                "charts": charts,
                "earning_periods": sum(bool(price) for price in prices),
                "is_priced_by_period": own["price"].notna().any(),
            }
        )
    return made


def _range(key: str, row: dict[Any, Any], own: pd.DataFrame, currency: str, timeline: Timeline) -> Chart:
    """Draw what a guardrail limits: mean, 5th to 95th percentile, what counts against the limit, and the limit."""
    metric = row["metric"]
    description = (
        f"{words.label(metric)} under guardrail {row['name']} by period against its {row['side']} limit."
    )
    unit = words.unit_of(metric)
    style = replace(CARD, worst=row["counts"], decimals=unit.decimals or 0)
    amounts = [*style.fields, "limit"]
    shown = own.assign(**{name: own[name].astype(float) * unit.factor for name in amounts})
    limits = shown[shown["limit"].notna()]
    return range_chart(key, description, shown, style, limits, words.axis_unit(metric, currency), timeline)[0]


def _limited(row: dict[Any, Any]) -> str:
    scope = f" of {row['scope']} {row['scope_value']}" if row["scope_value"] else ""
    side = "most" if row["side"] == "upper" else "least"
    limit = f"at {side} {words.number(row['limit'], row['metric'])}".replace(" ", formats.NO_BREAK)
    return f"{words.label(row['metric'])}{scope} {limit}"


def _step_worth(price: Any, row: dict[Any, Any], currency: str) -> str:
    """What a step of the limit is worth, in words."""
    if price is not None and math.isinf(price):
        return "not possible"
    value = earned(price, row["side"], row["metric"])
    if not value:
        return formats.MISSING if value is None else "0"
    # From 1 on with cents, below with as many decimals as it takes: a small price is not none.
    number = formats.amount(value, 2) if abs(value) >= 1.0 else formats.significant(value)
    return f"{currency}{formats.NO_BREAK}{number} per {words.step(row['metric'], currency)}"


def _looser(row: dict[Any, Any], currency: str) -> str:
    step = words.step(row["metric"], currency)
    counted = step if step[0].isdigit() or step.startswith(currency) else f"one {step}"
    return f"{counted} {'more' if row['side'] == 'upper' else 'less'}"
