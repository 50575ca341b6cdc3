"""What limits are worth, as a table: for each side of each guardrail, and with `by_period` for each of its periods."""

import os
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from stockrail.finance.frontier import unit_of
from stockrail.finance.limit_price import resolved_price
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session
from stockrail.solvers.limit_moves import LimitKey, periods
from stockrail.solvers.price import PriceRange
from stockrail.solvers.price_ranges import price_ranges
from stockrail.solvers.result import SolveOptions

CAPITAL_METRICS = frozenset(
    {
        "inventory_value",
        "working_capital",
        "cash",
        "receivables",
        "payables",
        "open_commitments",
        "excess_exposure",
    }
)
"""Metrics that are a stock of money: a price on one of them is a return on that money."""

COLUMNS = (
    "guardrail",
    "metric",
    "side",
    "period",
    "unit",
    "limit",
    "price_up",
    "price_down",
    "is_kink",
    "range_from",
    "range_to",
    "return_up_per_year",
    "return_down_per_year",
    "resolution",
    "status",
)


def prices(
    instance: Instance,
    *,
    by_period: bool = False,
    time_limit: float = 600.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[int, int, LimitKey], None] = lambda done, total, key: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> pd.DataFrame:
    """Price every limit of an instance.

    Parameters
    ----------
    time_limit : seconds; the most valuable limits come first, and what is left says "not computed".

    Returns
    -------
    One row per side of a guardrail (`period` missing), and with `by_period` per period: guardrail, metric, side, period,
    unit, limit, price_up, price_down, is_kink, range_from, range_to, return_up_per_year, return_down_per_year, resolution,
    status. `PriceRange` says what they mean; returns are shares per year, missing where the metric is no stock of money and
    where the price is too small to be told from none.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails.
    """
    began = time.perf_counter()
    tables = Tables.build(instance, build_tree(instance))
    options = SolveOptions(time_limit=time_limit, seed=seed, workers=workers or os.cpu_count() or 1)
    with open_session(tables, options) as session:
        found = price_ranges(
            session,
            session.guardrails,
            options,
            by_period=by_period,
            time_limit=time_limit - (time.perf_counter() - began),
            on_progress=on_progress,
            is_cancelled=is_cancelled,
        )
        return prices_table(session.guardrails, found)


def prices_table(guardrails: Guardrails, found: list[PriceRange]) -> pd.DataFrame:
    """Price ranges as a table; its columns are those of `prices`."""
    instance = guardrails.tables.instance
    metrics = {block.name: block.metric for block in guardrails.blocks}
    rows = []
    for price in found:
        metric = metrics[price.guardrail]
        years = capital_years_of(guardrails, price)
        rows.append(
            {
                "guardrail": price.guardrail,
                "metric": metric,
                "side": price.side,
                "period": price.period,
                "unit": unit_of(metric, instance.settings.currency),
                "limit": price.limit,
                "price_up": price.price_up,
                "price_down": price.price_down,
                "is_kink": price.is_kink,
                "range_from": price.range_from,
                "range_to": price.range_to,
                "return_up_per_year": resolved_price(price.price_up, price) / years,
                "return_down_per_year": resolved_price(price.price_down, price) / years,
                "resolution": price.resolution,
                "status": str(price.status),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"period": "Int64"})


def capital_years_of(guardrails: Guardrails, price: PriceRange) -> float:
    """`capital_years` of a limit on a stock of money, NaN of any other."""
    metric = next(block.metric for block in guardrails.blocks if block.name == price.guardrail)
    return capital_years(guardrails, price) if metric in CAPITAL_METRICS else float("nan")


def capital_years(guardrails: Guardrails, price: PriceRange) -> float:
    """Years for which one unit of a limit is granted: its periods, an average over several periods counting as all of them."""
    instance = guardrails.tables.instance
    key = LimitKey(price.guardrail, price.side)
    limited = 1 if price.period is not None else len(periods(guardrails, key))
    stated = next((row for row in instance.guardrails if row.guardrail == price.guardrail), None)
    if stated is not None and stated.measured == "average":
        limited = stated.last_period - stated.first_period + 1
    return float(np.float64(limited) / instance.periods_per_year)
