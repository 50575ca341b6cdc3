"""All checks of a baseline, and what it is made of."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from stockrail.model.dates import first_day
from stockrail.model.instance import Instance
from stockrail.workbench.data_health import demand_checks, item_checks, lot_checks, table_checks
from stockrail.workbench.data_health.finding import Check, Example, Facts, Finding, of_rows

CHECKS: tuple[Check, ...] = (
    *item_checks.CHECKS,
    *lot_checks.CHECKS,
    *demand_checks.CHECKS,
    *table_checks.CHECKS,
)


@dataclass(frozen=True)
class Contents:
    """What a baseline is made of. Money is in its currency.

    Attributes
    ----------
    first_day, last_day : of the horizon.
    stock_value, on_order_value : of opening stock and open orders at landed cost.
    revenue : expected in the horizon, if all demand is served.
    """

    items: int
    suppliers: int
    segments: int
    periods: int
    period_length_days: int
    first_day: dt.date
    last_day: dt.date
    guardrails: int
    open_orders: int
    stock_value: float
    on_order_value: float
    revenue: float


def contents(instance: Instance) -> Contents:
    """Count what is there."""
    facts, settings = Facts(instance), instance.settings
    stock = instance.item_column("opening_stock_units")
    return Contents(
        items=len(instance.items),
        suppliers=len(instance.suppliers),
        segments=len(instance.segments),
        periods=settings.periods,
        period_length_days=settings.period_length_days,
        first_day=settings.start,
        last_day=first_day(settings, settings.periods) - dt.timedelta(days=1),
        guardrails=len(instance.guardrails),
        open_orders=len(instance.open_orders),
        stock_value=float(stock @ facts.landed_cost),
        on_order_value=float(facts.on_order @ facts.landed_cost),
        revenue=float(instance.mean_demand.sum(axis=1) @ facts.price),
    )


def findings(instance: Instance, with_history: Collection[str] | None = None) -> list[Finding]:
    """Everything that looks wrong: those with money first, the most money first of all.

    Parameters
    ----------
    with_history : items of which demand that happened is known; None where none is known of any, which is then no finding.
    """
    facts = Facts(instance)
    found = [finding for check in CHECKS if (finding := check(facts)) is not None]
    if with_history is not None:
        missing = _without_history(facts, with_history)
        found += [] if missing is None else [missing]
    return sorted(found, key=lambda finding: (finding.money is None, -(finding.money or 0.0)))


def _without_history(facts: Facts, with_history: Collection[str]) -> Finding | None:
    known = frozenset(with_history)
    return of_rows(
        (
            Example(row.item, "no demand among the actuals")
            for row in facts.instance.items
            if row.item not in known
        ),
        facts.instance.items,
        key="without_history",
        title="Items without any demand that happened",
        meaning="Monitoring cannot say how good their forecast is. Is it the same name as in the actuals?",
        table="items",
        column="item",
    )
