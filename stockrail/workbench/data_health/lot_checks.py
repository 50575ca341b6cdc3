"""Checks of order rules against demand: lots, minimum orders, shelf life."""

import numpy as np

from stockrail.formats import units
from stockrail.workbench.data_health.finding import Facts, Finding, of_items

DIGITS = 1e-9
"""Relative difference that is none: demand of a year is a sum of many numbers."""


def lot_of_years(facts: Facts) -> Finding | None:
    """The smallest order lasts for more than a year."""
    least = np.maximum(
        facts.instance.item_column("lot_size"), facts.instance.item_column("minimum_order_units")
    )
    excess = np.maximum(least - facts.year_units, 0.0)
    return of_items(
        facts,
        (facts.year_units > 0.0) & (least > facts.year_units * (1.0 + DIGITS)),
        lambda i: f"smallest order {units(least[i])}, demand of a year {units(facts.year_units[i])}",
        key="lot_of_years",
        title="Items whose smallest order is more than a year's demand",
        meaning="One order ties up capital for years. Check whether lot_size and minimum_order_units are in units; else ask the supplier for less.",
        column="lot_size",
        money=excess * facts.landed_cost,
        money_meaning="value of what is beyond a year's demand in one order of each",
    )


def lot_beyond_shelf_life(facts: Facts) -> Finding | None:
    """The smallest order is more than is sold before it is too old."""
    shelf_life = facts.instance.item_column("shelf_life_periods")
    per_period = facts.instance.mean_demand.mean(axis=1)
    least = np.maximum(
        facts.instance.item_column("lot_size"), facts.instance.item_column("minimum_order_units")
    )
    sold = np.where(np.isnan(shelf_life), np.inf, shelf_life * per_period)
    excess = np.maximum(least - sold, 0.0)
    return of_items(
        facts,
        least > sold * (1.0 + DIGITS),
        lambda i: f"smallest order {units(least[i])}, sold within its shelf life {units(sold[i])}",
        key="lot_beyond_shelf_life",
        title="Items whose smallest order outlasts their shelf life",
        meaning="Part of every order is written off. Check lot_size and shelf_life_periods.",
        column="shelf_life_periods",
        money=excess * facts.landed_cost,
        money_meaning="value that gets too old in one order of each",
    )


CHECKS = (lot_of_years, lot_beyond_shelf_life)
