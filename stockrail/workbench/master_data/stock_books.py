"""Stock in units, and what of it is on its way, as finance's inventory accounts should have it."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.workbench.governance.schema_master_data import ValuedAt
from stockrail.workbench.master_data.book import Book, Entry, Kind
from stockrail.workbench.master_data.cents import exact

INVENTORY, IN_TRANSIT = "inventory", "goods_in_transit"


class _Count(NamedTuple):
    """What was counted of an item at the end of a day, and what it was booked at; None where that is not known."""

    date: dt.date
    units: Decimal
    money: Decimal | None


def inventory(
    instance: Instance, stock: pd.DataFrame, date: dt.date, opening: bool, stock_at: ValuedAt
) -> Book:
    """Units on hand at the end of a day, at standard.

    Parameters
    ----------
    stock : counts: item, date, units, money.
    opening : whether the day is the one before the baseline begins: then its opening stock is held, else the count of the day.
    """
    standard = standards(instance, stock_at)
    day = pd.Timestamp(date)
    counts = _counts(stock[stock["date"] == day])
    earlier = _counts(stock[stock["date"] < day])
    entries: dict[str, Entry] = {}
    foreign: dict[str, tuple[Kind, Decimal, str]] = {}
    gaps = []
    for item in instance.items:
        value, count = standard[item.item], counts.get(item.item)
        if opening:
            held = exact(item.opening_stock_units)
        elif count is None:
            # The last count stands for it in the explanation, never in the book.
            if item.item in earlier:
                last = earlier[item.item]
                text = f"last counted on {last.date}, {last.units:f} units"
                money = last.units * value if last.money is None else last.money
                foreign[item.item] = ("not counted", money, text)
            else:
                gaps.append(f"{item.item} was never counted")
            continue
        else:
            held = count.units
        recorded = None if count is None else count.money
        explained: list[tuple[Kind, Decimal, str]] = []
        text = ""
        if count is not None and recorded is not None:
            units = count.units
            if units != held:
                text = f"{units:f} units counted, {held:f} in the baseline"
                explained.append(("units", (units - held) * value, text))
            text = per_unit(units, recorded, value)
        entries[item.item] = Entry(held * value, recorded, tuple(explained), text)
    for name, count in counts.items():
        if name in instance.item_index:
            continue
        if count.money is None:
            gaps.append(f"{name} is not in the baseline, and its count does not say what it is worth")
        else:
            foreign[name] = ("not in the baseline", count.money, f"{count.units:f} units")
    basis = f"{'opening stock' if opening else 'stock counts of the day'} at {_at(stock_at)}"
    return Book(INVENTORY, basis, entries, foreign, gaps=tuple(gaps))


def goods_in_transit(instance: Instance, opening: bool, stock_at: ValuedAt) -> Book:
    """Open orders at suppliers whose goods are ours at shipment, at standard; known before the baseline begins only."""
    if not opening:
        return Book.not_known(IN_TRANSIT, "actuals do not say what is on its way")
    standard = standards(instance, stock_at)
    is_ours = {
        item.item: instance.suppliers[v].ownership == "shipment"
        for item, v in zip(instance.items, instance.item_supplier, strict=True)
    }
    amounts: dict[str, Decimal] = {}
    for order in instance.open_orders:
        if is_ours[order.item]:
            amounts[order.item] = (
                amounts.get(order.item, Decimal(0)) + exact(order.units) * standard[order.item]
            )
    return Book(
        IN_TRANSIT,
        f"open orders that are ours at shipment, at {_at(stock_at)}",
        {item: Entry(amount) for item, amount in amounts.items()},
    )


def standards(instance: Instance, valued_at: ValuedAt) -> dict[str, Decimal]:
    """Exact standard of a unit by item: the unit cost, with freight and duty or without."""
    with_rates = valued_at == "unit_value"
    rate = {
        row.supplier: 1 + (exact(row.freight_rate) + exact(row.duty_rate) if with_rates else 0)
        for row in instance.suppliers
    }
    return {item.item: exact(item.unit_cost) * rate[item.supplier] for item in instance.items}


def _counts(stock: pd.DataFrame) -> dict[str, _Count]:
    """The last count of each item."""
    last = stock.sort_values("date", kind="stable").drop_duplicates("item", keep="last")
    return {
        str(item): _Count(date.date(), exact(units), None if pd.isna(money) else exact(money))
        for item, date, units, money in zip(
            last["item"], last["date"], last["units"], last["money"], strict=True
        )
    }


def per_unit(units: Decimal, money: Decimal | None, standard: Decimal) -> str:
    """What units were booked at, against their standard, in words."""
    if money is None:
        return ""
    each = f"{float(money / units):.6g} each" if units else f"{float(abs(money)):.6g} in all"
    return f"{float(abs(units)):.6g} units, {each}; baseline {float(standard):.6g}"


def _at(valued_at: ValuedAt) -> str:
    return "unit cost with freight and duty" if valued_at == "unit_value" else "unit cost"
