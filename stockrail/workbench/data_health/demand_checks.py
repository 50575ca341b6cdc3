"""Checks of the forecast: outliers, and demand without any uncertainty."""

import numpy as np

from stockrail.formats import amount, units
from stockrail.workbench.data_health.finding import MOST_EXAMPLES, Example, Facts, Finding, of_items

TIMES_MEDIAN = 10.0
"""A period with so many times the median of the item's periods is an outlier: about a digit too many."""

LEAST_PERIODS = 3
"""A median of fewer periods says nothing."""


def outliers(facts: Facts) -> Finding | None:
    """A period's demand is ten times what is usual for the item."""
    demand = facts.instance.mean_demand
    if demand.shape[1] < LEAST_PERIODS:
        return None
    median = np.median(demand, axis=1)
    is_out = (demand >= TIMES_MEDIAN * median[:, None]) & (median[:, None] > 0.0)
    places = np.argwhere(is_out)
    if not len(places):
        return None
    money = (demand - median[:, None]) * facts.price[:, None]
    order = sorted(places.tolist(), key=lambda place: -money[place[0], place[1]])
    names = [row.item for row in facts.instance.items]
    return Finding(
        "demand_outliers",
        "Demand that is ten times what is usual for the item",
        "Perhaps a digit too many, or another unit. A campaign or a project order may be meant so.",
        "demand",
        "mean_units",
        len(places),
        int(demand.size),
        float(money[is_out].sum()),
        "revenue above the usual demand",
        tuple(
            Example(f"{names[i]} | {t}", f"{units(demand[i, t])}, usually {units(median[i])}")
            for i, t in order[:MOST_EXAMPLES]
        ),
    )


def without_error(facts: Facts) -> Finding | None:
    """A forecast that is never wrong."""
    is_certain = (facts.instance.sigma == 0.0).all(axis=1)
    return of_items(
        facts,
        is_certain & (facts.year_units > 0.0),
        lambda i: f"sigma 0 in all periods, demand of a year {units(facts.year_units[i])}",
        key="without_error",
        title="Items whose forecast counts as never wrong",
        meaning="They get no safety stock beyond what the scenario tree asks for. Give the standard deviation of the forecast error.",
        table="forecast_error",
        column="sigma_units",
        money=facts.year_units * facts.price,
        money_meaning="revenue of a year",
    )


def wild_error(facts: Facts) -> Finding | None:
    """The standard deviation is more than three times the demand in all."""
    demand, sigma = facts.instance.mean_demand.sum(axis=1), facts.instance.sigma.sum(axis=1)
    ratio = np.divide(sigma, demand, out=np.zeros_like(sigma), where=demand > 0.0)
    return of_items(
        facts,
        ratio > 3.0,
        lambda i: f"standard deviation {amount(ratio[i], 1)} times the mean",
        key="wild_error",
        title="Items whose forecast error is more than three times their demand",
        meaning="Safety stock for them is dear. Are sigma_units per period, as they should be, or of a year?",
        table="forecast_error",
        column="sigma_units",
        money=facts.year_units * facts.price,
        money_meaning="revenue of a year",
    )


CHECKS = (outliers, without_error, wild_error)
