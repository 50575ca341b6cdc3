"""Misses of single items: they ran out, or more is in stock than the demand ahead needs."""

import math
from collections.abc import Iterator

import numpy as np

from stockrail.workbench.governance.breach import ROUNDING
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.miss import FoundMiss


def stockouts(case: Case) -> Iterator[FoundMiss]:
    """Items of which less was served on time than agreed; where that is not known, items with nothing left in stock.

    Money is the margin of the units that were missing: units times (price - landed cost), at least 0.
    """
    demand, served = case.observed.demand_units, case.observed.served_units
    is_short = served < case.rules.least_fill_rate * demand - ROUNDING
    is_empty = np.isnan(served) & (demand > 0) & (case.observed.stock_units <= 0)
    margin = np.maximum(case.instance.item_column("unit_price") - case.unit_value, 0.0)
    for i, row in enumerate(case.instance.items):
        for first, last in case.episodes(is_short[i] | is_empty[i]):
            asked, given = demand[i, first : last + 1], served[i, first : last + 1]
            units = float((asked - given).sum())
            is_known = math.isfinite(units)
            money = units * margin[i] if is_known else None
            if money is not None and money < case.rules.least_stockout_money:
                continue
            yield FoundMiss(
                kind="stockout",
                item=row.item,
                segment=row.segment,
                subject=f"item {row.item}",
                period=first,
                date=case.last_day(first).date(),
                units=units if is_known else None,
                money=money,
                members=np.array([i]),
                demand_direction=1,
                supply_direction=-1,
                evidence={
                    "demand_units": float(asked.sum()),
                    "served_units": float(given.sum()) if is_known else None,
                    "least_fill_rate": case.rules.least_fill_rate,
                    **_lasting(case, first, last),
                },
            )


def excesses(case: Case) -> Iterator[FoundMiss]:
    """Items with stock beyond the demand that the plan expects in the days ahead.

    What of it was there before the plan began is not counted: that is a miss of an earlier plan. Units and money are those of
    the worst period.
    """
    cover, seen = case.cover, case.observed.n_periods
    beyond = case.observed.stock_units - cover.limit[:, :seen]
    slack = ROUNDING * np.maximum(cover.limit[:, :seen], 1.0)
    for i, row in enumerate(case.instance.items):
        for first, last in case.episodes(beyond[i] > slack[i]):
            worst = first + int(np.argmax(beyond[i, first : last + 1]))
            units = float(beyond[i, worst])
            money = units * float(case.unit_value[i])
            if money < case.rules.least_excess_money:
                continue
            yield FoundMiss(
                kind="excess",
                item=row.item,
                segment=row.segment,
                subject=f"item {row.item}",
                period=first,
                date=case.last_day(first).date(),
                units=units,
                money=money,
                members=np.array([i]),
                demand_direction=-1,
                supply_direction=1,
                evidence={
                    "stock_units": float(case.observed.stock_units[i, worst]),
                    "cover_units": float(cover.units[i, worst]),
                    "cover_days": cover.days,
                    "units_before_the_plan": float(cover.before[i]),
                    **_lasting(case, first, last),
                },
            )


def _lasting(case: Case, first: int, last: int) -> dict[str, object]:
    return {"periods": last - first + 1, "last_date": case.last_day(last).date().isoformat()}
