"""The tables of a plan's guardrails as data frames: one row per side, and one per side and period."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from stockrail.finance import limit_price
from stockrail.finance.plan_prices import PlanPrices
from stockrail.held import Standing, is_positive, quotient
from stockrail.model.schema_settings import Settings
from stockrail.order_rows import first_days
from stockrail.tabulate import spread

BINDING_SHARE = 1e-3
"""A row binds when its slack is at most this share of its limit."""

# fmt: off
COLUMNS = [
    "name", "metric", "scope", "scope_value", "side", "holds", "alpha", "measured", "first_period", "last_period",
    "limit", "worst", "slack", *limit_price.COLUMNS, "binding_periods", "hard", "owner",
]
PERIOD_PRICES = ("price", "price_up", "price_down", "range_from", "range_to")
PERIOD_COLUMNS = ["name", "metric", "side", "period", "limit", "mean", "p05", "p95", "worst", *PERIOD_PRICES]
# fmt: on


def guardrails_table(held: Sequence[Standing], prices: PlanPrices) -> pd.DataFrame:
    """One row per side of each guardrail: its tightest row, its price in all periods together, where it binds.

    `worst` is the value that the way to hold compares with `limit`: the node's amount, the mean, the mean of the tail, or
    what is exceeded with the probability `alpha`. Both are in the unit of the limit as stated.
    """
    rows = []
    for standing in held:
        block = standing.block
        tightest = standing.tightest(np.arange(len(standing.limit)))
        is_binding = standing.slack <= BINDING_SHARE * np.maximum(np.abs(standing.limit), 1e-9)
        rows.append(
            {
                "name": block.name,
                "metric": block.metric,
                "scope": block.scope,
                "scope_value": block.scope_value,
                "side": block.side,
                "holds": block.holds,
                "alpha": np.nan if block.alpha is None else block.alpha,
                "measured": block.measured,
                "first_period": standing.first_period,
                "last_period": standing.last_period,
                "limit": standing.limit[tightest],
                "worst": standing.value[tightest],
                "slack": standing.slack[tightest],
                **asdict(prices.of(block.name, block.side)),
                "binding_periods": [int(t) for t in np.unique(standing.period[is_binding])],
                "hard": block.soft_price is None,
                "owner": block.owner,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def guardrail_periods_table(settings: Settings, held: Sequence[Standing], prices: PlanPrices) -> pd.DataFrame:
    """Each side of each guardrail by period: limit, spread of the metric over nodes, the value that counts, price and its range.

    The mean of a ratio is the ratio of the means. A period in which a ratio has no value has blanks, and so has one whose price
    was not asked for.
    """
    rows = []
    for standing in held:
        block = standing.block
        for t in np.unique(standing.period):
            tightest = standing.tightest(np.flatnonzero(standing.period == t))
            price = asdict(prices.of(block.name, block.side, int(t)))
            rows.append(
                {
                    "name": block.name,
                    "metric": block.metric,
                    "side": block.side,
                    "period": int(t),
                    "limit": standing.limit[tightest],
                    **_spread(standing, int(t)),
                    "worst": standing.value[tightest],
                    **{column: price[column] for column in PERIOD_PRICES},
                }
            )
    table = pd.DataFrame(rows, columns=PERIOD_COLUMNS)
    table.insert(4, "date", first_days(settings, table["period"].to_numpy(dtype=np.int64)))
    return table


def _spread(standing: Standing, period: int) -> dict[str, float]:
    """Mean and percentiles of what is limited in one period over its nodes."""
    here = standing.amount_period == period
    amount, denominator = standing.amount[here], standing.denominator[here]
    weight = standing.probability[here]
    has_value = is_positive(denominator)
    if not has_value.any():
        return {"mean": np.nan, "p05": np.nan, "p95": np.nan}
    value = quotient(amount, denominator)[has_value]
    spread_of = spread(value, weight[has_value] / weight[has_value].sum())
    mean = float(weight @ amount) / float(weight @ denominator)
    return {"mean": mean, "p05": spread_of["p05"], "p95": spread_of["p95"]}
