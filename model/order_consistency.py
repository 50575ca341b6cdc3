"""Laws of orders: lots and limits that allow one, fixed orders that arrive, what a larger or a further order costs."""

import math
from collections import defaultdict
from collections.abc import Iterator

from stockrail.model import tree_consistency
from stockrail.model.draft import Draft
from stockrail.model.problems import Problem
from stockrail.model.schema import Item, OrderOverride, QuantityBreak, Supplier

ROUNDING = 1e-9
"""Slack when units are turned into lots, against the rounding of floating-point division."""


def minimum_order_within_maximum(draft: Draft) -> Iterator[Problem]:
    """Some whole number of lots is at least the minimum order and at most the maximum."""
    for line, row in draft.each(Item):
        if row.maximum_order_units is None:
            continue
        minimum_lots = max(1, math.ceil(row.minimum_order_units / row.lot_size - ROUNDING))
        maximum_lots = math.floor(row.maximum_order_units / row.lot_size + ROUNDING)
        if minimum_lots > maximum_lots:
            units = minimum_lots * row.lot_size
            allowed = f"at least the smallest order, {units:g} units in lots of {row.lot_size:g}, or blank"
            yield draft.problem(Item, line, "maximum_order_units", f"{row.maximum_order_units:g}", allowed)


def fixed_orders_arrive(draft: Draft) -> Iterator[Problem]:
    """Fixed lots arrive within the horizon, also where their supplier is late."""
    assert draft.settings is not None
    items = {row.item: row for row in draft.all(Item)}
    delays = tree_consistency.delays_by_supplier(draft)
    for line, row in draft.each(OrderOverride):
        item = items.get(row.item)
        if item is None or row.lots == 0 or row.period >= draft.settings.periods:
            continue
        # Orders never overtake: an order waits for any earlier one that is late.
        latest = max(
            [row.period, *(t + late for t, late in delays.get(item.supplier, ()) if t <= row.period)]
        )
        arrival = latest + item.lead_time_periods
        if arrival >= draft.settings.periods:
            allowed = (
                f"a period whose order arrives by period {draft.settings.periods - 1}; this one "
                f"arrives in period {arrival}"
            )
            yield draft.problem(OrderOverride, line, "period", row.period, allowed)


def overtime_beyond_a_capacity(draft: Draft) -> Iterator[Problem]:
    """Overtime is what is ordered beyond a capacity."""
    for line, row in draft.each(Supplier):
        if row.overtime_premium_per_unit is not None and row.capacity_units_per_period is None:
            premium = f"{row.overtime_premium_per_unit:g}"
            allowed = "blank, as capacity_units_per_period is blank"
            yield draft.problem(Supplier, line, "overtime_premium_per_unit", premium, allowed)


def falling_unit_costs(draft: Draft) -> Iterator[Problem]:
    """The larger the order, the cheaper the unit, from the item's own unit cost on; one kind of break for each item."""
    breaks: dict[str, list[tuple[int, QuantityBreak]]] = defaultdict(list)
    for line, row in draft.each(QuantityBreak):
        breaks[row.item].append((line, row))
    for item in draft.all(Item):
        rows = breaks.pop(item.item, [])
        for line, row in rows[1:]:
            if row.applies_to != rows[0][1].applies_to:
                allowed = f"{rows[0][1].applies_to}, as in row {rows[0][0]}, the first of the item"
                yield draft.problem(QuantityBreak, line, "applies_to", row.applies_to, allowed)
        cost, of_what, from_units = item.unit_cost, "the unit_cost in items", 0.0
        for line, row in sorted(rows, key=lambda pair: pair[1].from_units):
            # Two breaks at the same number of units are a problem of their own.
            if row.from_units > from_units and row.unit_cost >= cost:
                value, allowed = f"{row.unit_cost:g}", f"a number < {cost:g}, {of_what}"
                yield draft.problem(QuantityBreak, line, "unit_cost", value, allowed)
            from_units = row.from_units
            if row.unit_cost < cost:
                cost, of_what = row.unit_cost, f"the unit_cost from {from_units:g} units on"
