"""The metrics of the scorecard that follow from lines; those of deliveries are in `supply.py`."""

from stockrail.workbench.scorecard.accounts import (
    COST_TO_SERVE,
    EXPEDITE,
    FREIGHT,
    OVERTIME,
    PREMIUM_FREIGHT,
    SCHEDULE_CHANGES,
    WRITE_OFF,
)
from stockrail.workbench.scorecard.metric import Metric, Need, View, ratio

INSTABILITY = (EXPEDITE, PREMIUM_FREIGHT, OVERTIME, SCHEDULE_CHANGES)
"""Accounts of what a stable plan would not have cost."""

SERVING = (COST_TO_SERVE, FREIGHT, *INSTABILITY, WRITE_OFF)
"""Accounts of what it takes to serve customers, beside the goods."""


def _fill_rate(view: View) -> float:
    demand = view.total("demand")
    return ratio(demand - view.total("short"), demand, "demand")


def _on_time_in_full(view: View) -> float:
    return ratio(view.total("in_full"), view.total("demand"), "demand")


def _backorder_duration(view: View) -> float:
    return view.days * ratio(view.total("owed"), view.total("short"), "shortage")


def _days_of_supply(view: View) -> float:
    per_day = view.total("demand", view.terms.unit_value) / (view.periods * view.days)
    return ratio(view.end("on_hand", view.terms.unit_value), per_day, "demand")


def _turns(view: View) -> float:
    a_year = view.total("delivered", view.terms.unit_value) * view.periods_per_year / view.periods
    return ratio(a_year, view.mean("stock_value"), "stock")


def _aged_stock(view: View) -> float:
    return view.end("aged", view.terms.unit_value)


def _excess_and_obsolete(view: View) -> float:
    return view.end("excess", view.terms.unit_value)


def _forecast_error(view: View) -> float:
    price = view.terms.unit_price
    return ratio(view.total("error_size", price), view.total("forecast", price), "forecast")


def _bias(view: View) -> float:
    price = view.terms.unit_price
    return ratio(view.total("error", price), view.total("forecast", price), "forecast")


def _working_capital(view: View) -> float:
    balances = view.end("receivables") - view.end("payables") + view.constants
    return view.end("stock_value") + balances


def _cash_conversion_cycle(view: View) -> float:
    balances = view.end("stock_value") + view.end("receivables_at_cost") - view.end("payables")
    per_day = view.total("delivered", view.terms.unit_value) / (view.periods * view.days)
    return ratio(balances, per_day, "delivery")


def _gross_margin(view: View) -> float:
    value = view.terms.unit_value
    variance = view.total("received_value") - view.total("received", value)
    return view.total("revenue") - view.total("delivered", value) - variance


def _spend(name: str, title: str, definition: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        group="instability",
        unit="money",
        better="lower",
        definition=definition,
        value=None,
        accounts=(name,),
    )


BALANCES = (Need("stock_value", "end"), Need("receivables", "end"), Need("payables", "end"))

METRICS: tuple[Metric, ...] = (
    Metric(
        "fill_rate",
        "fill rate",
        "service",
        "share",
        "higher",
        "Units delivered on time, of the units demanded.",
        _fill_rate,
        (Need("short"),),
    ),
    Metric(
        "on_time_in_full",
        "on time in full",
        "service",
        "share",
        "higher",
        "Units demanded of an item in a period in which nothing of it was short, of all units demanded.",
        _on_time_in_full,
        (Need("in_full"),),
    ),
    Metric(
        "backorder_duration",
        "backorder duration",
        "service",
        "days",
        "lower",
        "Days from the period in which a unit was short to the one in which the item could deliver again, mean over the units short; those "
        "still open at the end count as far as they have waited.",
        _backorder_duration,
        (Need("owed"),),
    ),
    Metric(
        "days_of_supply",
        "days of supply",
        "inventory",
        "days",
        "lower",
        "Stock at the end of the quarter over the demand of a mean day of the quarter, both at standard value.",
        _days_of_supply,
        (Need("demand"), Need("on_hand", "end")),
    ),
    Metric(
        "turns",
        "turns",
        "inventory",
        "per year",
        "higher",
        "Units delivered a year over mean stock at the ends of periods, both at standard value.",
        _turns,
        (Need("delivered"), Need("stock_value")),
    ),
    Metric(
        "aged_stock",
        "aged stock",
        "inventory",
        "money",
        "lower",
        "Stock at the end of the quarter that came in longer ago than the days of aging, at standard value; what came in first is sold first.",
        _aged_stock,
        (Need("aged", "end"),),
    ),
    Metric(
        "excess_and_obsolete",
        "excess and obsolete",
        "inventory",
        "money",
        "lower",
        "Stock at the end of the quarter beyond what the plan expected to sell in the days of forward cover, and stock past its shelf life, at "
        "standard value.",
        _excess_and_obsolete,
        (Need("excess", "end"),),
    ),
    Metric(
        "forecast_error",
        "forecast error",
        "variability",
        "share",
        "lower",
        "Size of demand less forecast, item by item and period by period, over forecast, at sales prices.",
        _forecast_error,
        (Need("error_size"),),
    ),
    Metric(
        "bias",
        "bias",
        "variability",
        "share",
        "nearer 0",
        "Demand less forecast over forecast, at sales prices: above 0 more was sold than expected.",
        _bias,
        (Need("error"),),
    ),
    Metric(
        "working_capital",
        "working capital",
        "finance",
        "money",
        "lower",
        "Stock at the end of the quarter, and what customers owe, less what suppliers are owed, both at the agreed terms. Without goods "
        "under way and deposits.",
        _working_capital,
        BALANCES,
    ),
    Metric(
        "cash_conversion_cycle",
        "cash conversion cycle",
        "finance",
        "days",
        "lower",
        "The balances of working capital at cost, without those of before the plan, over the standard value delivered on a mean day of the "
        "quarter.",
        _cash_conversion_cycle,
        (
            Need("stock_value", "end"),
            Need("receivables_at_cost", "end"),
            Need("payables", "end"),
            Need("delivered"),
        ),
    ),
    Metric(
        "gross_margin",
        "gross margin",
        "finance",
        "money",
        "higher",
        "Units delivered at sales prices less their standard value, less what goods cost on receipt above their standard value.",
        _gross_margin,
        (Need("delivered"), Need("received_value")),
    ),
    Metric(
        "cost_to_serve",
        "cost to serve",
        "finance",
        "money",
        "lower",
        "Spend on cost to serve (orders, storage, insurance, capital), freight, premium freight, expediting, overtime, schedule changes and "
        "write-offs. Accounts that the actuals do not have are left out of all columns.",
        None,
        accounts=SERVING,
    ),
    _spend(EXPEDITE, "expediting", "What expediting cost, beyond the goods themselves."),
    _spend(
        PREMIUM_FREIGHT,
        "premium freight",
        "What faster freight cost, beyond normal freight. Plans have none.",
    ),
    _spend(OVERTIME, "overtime", "What was paid beyond capacities of suppliers and warehouses."),
    _spend(
        SCHEDULE_CHANGES, "schedule changes", "What changed orders cost that suppliers were told to expect."
    ),
    Metric(
        "cost_of_instability",
        "total instability",
        "instability",
        "money",
        "lower",
        "Expediting, premium freight, overtime and schedule changes together. Accounts that the actuals do not have are left out of all columns.",
        None,
        accounts=INSTABILITY,
    ),
)
"""All of them, in their order."""
