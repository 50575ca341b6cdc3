"""Goods received, and spend that was imported, as accounts of the fiscal year should have them."""

import datetime as dt
from decimal import Decimal

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.workbench.governance.schema_master_data import ValuedAt
from stockrail.workbench.master_data.book import Book, Entry, Kind
from stockrail.workbench.master_data.cents import exact
from stockrail.workbench.master_data.stock_books import per_unit, standards

GOODS_RECEIVED = "goods_received"


def fiscal_year_start(date: dt.date, first_month: int) -> dt.date:
    """First day of the fiscal year of a day."""
    return dt.date(date.year - (date.month < first_month), first_month, 1)


def goods_received(instance: Instance, receipts: pd.DataFrame, date: dt.date, receipts_at: ValuedAt) -> Book:
    """Units received in the fiscal year so far, at standard.

    Parameters
    ----------
    receipts : item, date, units, money.
    """
    if receipts.empty:
        return Book.not_known(GOODS_RECEIVED, "no receipts were imported")
    since = fiscal_year_start(date, instance.settings.fiscal_year_start_month)
    rows = receipts[(receipts["date"] >= pd.Timestamp(since)) & (receipts["date"] <= pd.Timestamp(date))]
    weights = [Decimal(1)] * len(rows)
    entries, foreign, gaps = received(instance, rows, weights, receipts_at)
    basis = f"receipts from {since} to {date} at standard"
    return Book(GOODS_RECEIVED, basis, entries, foreign, gaps=gaps)


def received(
    instance: Instance, rows: pd.DataFrame, weights: list[Decimal], receipts_at: ValuedAt
) -> tuple[dict[str, Entry], dict[str, tuple[Kind, Decimal, str]], tuple[str, ...]]:
    """Receipts by item at standard and as booked, each times a weight; those of other items; and what is not known of them.

    What an item's receipts were booked at is known where each of them says it.
    """
    standard = standards(instance, receipts_at)
    zero = Decimal(0)
    units: dict[str, Decimal] = {}
    money: dict[str, Decimal | None] = {}
    for item, count, booked, weight in zip(rows["item"], rows["units"], rows["money"], weights, strict=True):
        units[item] = units.get(item, zero) + weight * exact(count)
        before = money.get(item, zero)
        money[item] = None if before is None or pd.isna(booked) else before + weight * exact(booked)
    entries: dict[str, Entry] = {}
    foreign: dict[str, tuple[Kind, Decimal, str]] = {}
    gaps = []
    for item, total in units.items():
        recorded = money[item]
        if item in standard:
            text = per_unit(total, recorded, standard[item])
            entries[item] = Entry(total * standard[item], recorded, text=text)
        elif recorded is not None:
            foreign[item] = ("not in the baseline", recorded, f"{float(abs(total)):.6g} units")
        else:
            gaps.append(f"{item} is not in the baseline, and its receipts do not say what they cost")
    return entries, foreign, tuple(gaps)


def spend(instance: Instance, rows: pd.DataFrame, account: str, date: dt.date) -> Book:
    """What was booked on an account of spend in the fiscal year so far.

    Parameters
    ----------
    rows : account, date, money.
    """
    booked = rows[rows["account"] == account]
    if booked.empty:
        return Book.not_known(account, "nothing on this account was imported")
    since = fiscal_year_start(date, instance.settings.fiscal_year_start_month)
    here = booked[(booked["date"] >= pd.Timestamp(since)) & (booked["date"] <= pd.Timestamp(date))]
    total = sum((exact(money) for money in here["money"]), Decimal(0))
    return Book(account, f"bookings imported from {since} to {date}", other=total)
