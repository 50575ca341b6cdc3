"""The words of finance for what a guardrail limits: metric, unit, way to hold, periods."""

from dataclasses import dataclass
from typing import Any

from stockrail import formats

METRICS = {
    "working_capital": "Working capital",
    "inventory_value": "Inventory",
    "cash": "Cash",
    "receivables": "Receivables",
    "payables": "Payables",
    "purchases": "Purchases",
    "open_commitments": "Open commitments",
    "ordered_units": "Ordered units",
    "served_units": "Units served",
    "expedite_spend": "Expedite spend",
    "overtime_spend": "Overtime spend",
    "write_offs": "Write-offs",
    "margin": "Margin",
    "excess_exposure": "Excess and obsolete stock",
    "storage_space": "Storage space",
    "days_of_supply": "Days of supply",
    "fill_rate": "Fill rate",
    "on_time_in_full": "On time in full",
    "turns": "Turns",
    "cash_conversion_cycle": "Cash conversion cycle",
}


@dataclass(frozen=True)
class Unit:
    """The unit of a limit.

    Attributes
    ----------
    name : as charts and captions show it; blank for money, which has its currency.
    factor : what a limit is multiplied with to be in that unit; a share becomes percent.
    step : by how much looser people ask for, in the unit.
    decimals : of an amount, None where they depend on its size.
    """

    name: str
    factor: float = 1.0
    step: float = 1.0
    decimals: int | None = None


MONEY = Unit("", step=1000.0)
UNITS = {
    "ordered_units": Unit("units"),
    "served_units": Unit("units"),
    "storage_space": Unit("space"),
    "days_of_supply": Unit("days", decimals=1),
    "cash_conversion_cycle": Unit("days", decimals=1),
    "turns": Unit("turns", step=0.1, decimals=2),
    "fill_rate": Unit("%", factor=100.0, decimals=2),
    "on_time_in_full": Unit("%", factor=100.0, decimals=2),
}
"""Units of the metrics that are not money."""


def unit_of(metric: str) -> Unit:
    """The unit of a metric's limit."""
    return UNITS.get(metric, MONEY)


def label(metric: str) -> str:
    """A metric as people call it."""
    return METRICS.get(metric, metric)


def number(value: float | None, metric: str) -> str:
    r"""A value of a metric for a column of a table: days, turns and percent with their unit, others without.

    Examples
    --------
    >>> number(0.9512, "fill_rate"), number(41.26, "days_of_supply"), number(1234.5, "cash")
    ('95.12%', '41.3\xa0days', '1,234')
    """
    unit, known = unit_of(metric), formats.finite(value)
    if known is None:
        return formats.MISSING
    if unit.decimals is None:
        return formats.amount(known)
    text = formats.amount(known * unit.factor, unit.decimals)
    return f"{text}%" if unit.name == "%" else f"{text}{formats.NO_BREAK}{unit.name}"


def amount(value: float, metric: str, currency: str) -> str:
    r"""A value of a metric in a sentence, with its unit.

    Examples
    --------
    >>> amount(0.02, "fill_rate", "EUR"), amount(20_000, "cash", "EUR"), amount(1, "ordered_units", "EUR")
    ('2.00%', 'EUR\xa020,000', '1 unit')
    """
    unit = unit_of(metric)
    if unit is MONEY:
        return formats.money(value, currency)
    if unit.decimals is not None:
        return number(value, metric)
    noun = formats.plural(value, "unit") if unit.name == "units" else f"{unit.name} units"
    return f"{formats.units(value)} {noun}"


def step(metric: str, currency: str) -> str:
    """By how much a limit is looser where the report says what that earns."""
    unit = unit_of(metric)
    if unit is MONEY:
        return f"{currency}{formats.NO_BREAK}1,000"
    names = {
        "units": "unit",
        "space": "unit of space",
        "days": "day",
        "turns": "0.1 turns",
        "%": "percentage point",
    }
    return names[unit.name]


def price_factor(metric: str) -> float:
    """What turns a price per unit of the limit into one per `step`."""
    unit = unit_of(metric)
    return unit.step / unit.factor


def axis_unit(metric: str, currency: str) -> str:
    """The unit over a chart's axis."""
    return unit_of(metric).name or currency


def how_it_holds(row: dict[Any, Any]) -> str:
    """The way to hold and the amounts it counts, in words.

    Examples
    --------
    >>> how_it_holds({"holds": "cvar", "alpha": 0.9, "measured": "quarter ends", "side": "upper"})
    'in the worst 10% on average (CVaR 90%), at quarter ends'
    >>> how_it_holds({"holds": "chance", "alpha": 0.05, "measured": "each period", "side": "upper"})
    'in at least 95% of scenarios'
    """
    alpha = formats.finite(row.get("alpha")) or 0.0
    ways = {
        "every scenario": "in every scenario",
        "expected": "on average",
        "cvar": f"in the worst {_share(1.0 - alpha)} on average (CVaR {_share(alpha)})",
        "chance": f"in at least {_share(1.0 - alpha)} of scenarios",
    }
    way = ways.get(str(row["holds"]), str(row["holds"]))
    span = f"periods {row.get('first_period')}–{row.get('last_period')}"
    over = {
        "quarter ends": "at quarter ends",
        "average": f"averaged over {span}",
        "total": f"in total over {span}",
    }.get(str(row.get("measured")))
    return f"{way}, {over}" if over else way


def what_counts(row: dict[Any, Any]) -> str:
    """What is compared with the limit, by way to hold.

    Examples
    --------
    >>> what_counts({"holds": "cvar", "alpha": 0.9}), what_counts({"holds": "chance", "alpha": 0.05})
    ('mean of the worst 10%', 'what 95% of scenarios keep')
    """
    kept = _share(1.0 - (formats.finite(row.get("alpha")) or 0.0))
    ways = {
        "expected": "mean",
        "cvar": f"mean of the worst {kept}",
        "chance": f"what {kept} of scenarios keep",
    }
    return ways.get(str(row["holds"]), "worst scenario")


def _share(share: float) -> str:
    """A share in percent with no more decimals than it needs."""
    return f"{formats.amount(100 * share, 0 if abs(100 * share - round(100 * share)) < 1e-6 else 1)}%"
