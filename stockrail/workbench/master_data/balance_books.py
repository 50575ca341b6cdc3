"""Receivables, payables and cash as they follow from units, prices and terms of payment."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd

from stockrail.model.dates import first_day
from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data.book import Book, Entry
from stockrail.workbench.master_data.cents import exact, to_cent, written
from stockrail.workbench.master_data.flow_books import received
from stockrail.workbench.monitoring.observed import Frames, Observed, observed

RECEIVABLES, PAYABLES, CASH = "receivables", "payables", "cash"

MOST_NAMED = 5


def receivables(instance: Instance, frames: Frames, date: dt.date, opening: bool) -> Book:
    """Revenue of units delivered that customers have not paid yet (docs/formulation.md, section 6), with what is left of the opening."""
    settings = instance.settings
    if opening:
        return Book(RECEIVABLES, "opening receivables", other=exact(settings.opening_receivables))
    days = exact(settings.receivable_days)
    left = _run_off(instance, exact(settings.opening_receivables), days, date)
    length = settings.period_length_days
    last = instance.period_of(date)
    if why := _inside_a_period(instance, date):
        return Book.not_known(RECEIVABLES, f"sales are known by period, and {why}")
    seen = observed(instance, frames)
    if seen.n_periods <= last:
        return Book.not_known(RECEIVABLES, f"actuals by period are not known up to {date}")
    delivered, is_on_time = delivered_units(instance, seen)
    entries, missing, late = {}, [], Decimal(0)
    weights = [
        (last - lag, weight / length)
        for lag in range(last + 1)
        if (weight := _unpaid_days(days, lag, length))
    ]
    unpaid = [period for period, _ in weights]
    for i, item in enumerate(instance.items):
        if np.isnan(delivered[i, unpaid]).any():
            missing.append(item.item)
            continue
        amount, price = Decimal(0), exact(item.unit_price)
        for period, weight in weights:
            amount += weight * price * exact(delivered[i, period])
            if is_on_time[i, period]:
                late += weight * price * exact(seen.demand_units[i, period] - delivered[i, period])
        entries[item.item] = Entry(amount)
    gaps = _named(missing, "units delivered are not known of")
    if late:
        sold = written(to_cent(late, settings.currency))
        gaps = (
            *gaps,
            f"where stock was not counted, units on time are taken; those that were late would be {sold}",
        )
    return Book(
        RECEIVABLES,
        f"units delivered in the last {days:f} days at their price, and what is left of opening receivables",
        entries,
        other=left,
        gaps=gaps,
    )


def delivered_units(instance: Instance, seen: Observed) -> tuple[Array, BoolArray]:
    """Units that went to customers [items, periods]: what was there and came in, less what is left; and where those on time stand for it.

    The first period begins with the opening stock. NaN where neither is known.
    """
    opening = instance.item_column("opening_stock_units")[:, None]
    before = np.hstack([opening, seen.stock_units[:, :-1]])
    delivered = before + seen.receipt_units - seen.stock_units
    is_on_time = np.isnan(delivered) & ~np.isnan(seen.served_units)
    return np.where(is_on_time, seen.served_units, delivered), is_on_time


def payables(
    instance: Instance, receipts: pd.DataFrame, date: dt.date, opening: bool, rules: MasterDataRules
) -> Book:
    """Receipts that are not due yet, less deposits, with what is left of the opening; credits, so negative.

    A receipt is due `payment_days` after its day, or spread over its period as in docs/formulation.md, section 6. Receipts before the baseline began are in its opening payables.
    """
    settings = instance.settings
    if opening:
        return Book(PAYABLES, "opening payables", other=-exact(settings.opening_payables))
    if receipts.empty:
        return Book.not_known(PAYABLES, "no receipts were imported")
    is_by_period = rules.payables_by == "period"
    if is_by_period and (why := _inside_a_period(instance, date)):
        return Book.not_known(PAYABLES, f"payables are taken by period, and {why}")
    own = {item.item: item.supplier for item in instance.items}
    terms = {row.supplier: row for row in instance.suppliers}
    rows = receipts[
        (receipts["date"] >= pd.Timestamp(settings.start)) & (receipts["date"] <= pd.Timestamp(date))
    ]
    weights, strangers = [], []
    for item, name, day in zip(rows["item"], rows["supplier"], rows["date"], strict=True):
        supplier = terms.get(name) or terms.get(own.get(item, ""))
        if supplier is None:
            strangers.append(item)
            weights.append(Decimal(-1))
            continue
        if is_by_period:
            lag, length = (
                instance.period_of(date) - instance.period_of(day.date()),
                settings.period_length_days,
            )
            owed = _unpaid_days(exact(supplier.payment_days), lag, length) / length
        else:
            owed = Decimal((pd.Timestamp(date) - day).days < supplier.payment_days)
        weights.append(owed * (exact(supplier.deposit_share) - 1))
    entries, foreign, gaps = received(instance, rows, weights, rules.receipts_at)
    days = float(np.mean(instance.supplier_column("payment_days")))
    return Book(
        PAYABLES,
        "receipts that are not due yet at standard, and what is left of opening payables",
        entries,
        foreign,
        -_run_off(instance, exact(settings.opening_payables), exact(days), date),
        gaps=(
            *gaps,
            *_named(sorted(set(strangers)), "terms of payment are not known, and count as not over, of"),
        ),
    )


def cash(instance: Instance, opening: bool) -> Book:
    """Cash before the baseline begins."""
    if not opening:
        return Book.not_known(CASH, "actuals do not say what was paid; only opening cash is known")
    return Book(CASH, "opening cash", other=exact(instance.settings.opening_cash))


def _inside_a_period(instance: Instance, date: dt.date) -> str | None:
    """Why a day is not the last one of a period; None where it is."""
    period = instance.period_of(date)
    before, after = (first_day(instance.settings, t) - dt.timedelta(days=1) for t in (period, period + 1))
    return None if date == after else f"{date} ends none; {before} and {after} do"


def _unpaid_days(days: Decimal, lag: int, length: int) -> Decimal:
    """Days of the lag-th last period that are not paid yet at its end."""
    return min(max(days - lag * length, Decimal(0)), Decimal(length))


def _run_off(instance: Instance, amount: Decimal, days: Decimal, date: dt.date) -> Decimal:
    """What is left at the end of a day of an opening amount that runs off evenly (docs/formulation.md, section 6)."""
    if not days:
        return Decimal(0)
    gone = (date - instance.settings.start).days + 1
    return amount * max(Decimal(0), 1 - Decimal(gone) / days)


def _named(items: list[str], what: str) -> tuple[str, ...]:
    if not items:
        return ()
    more = f" and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else ""
    return (f"{what} {', '.join(items[:MOST_NAMED])}{more}",)
