"""How much of what suppliers were told a plan keeps, adds and cancels (docs/formulation.md, section 8, plan stability)."""

from typing import Any

import numpy as np
import pandas as pd

from stockrail.formats import money_plain, percent, units
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array
from stockrail.order_rows import first_days

UNITS = ("announced_units", "kept_units", "added_units", "cancelled_units")


def changes_table(ledger: Ledger) -> pd.DataFrame:
    """Changes of announced orders by period, expected over scenarios: period, date, announced_units, kept_units, added_units,
    cancelled_units, cost.

    Units are of all items with announced orders, in the periods before `change_price_periods`. Announced units are kept or cancelled;
    added ones come on top. `cost` is the part `change` of the margin, discounted.
    """
    return table_of(ledger.tables.instance, changes_by_period(ledger))


def changes_by_period(ledger: Ledger) -> dict[str, Array]:
    """The numbers of `changes_table` by column [periods that count]; those of groups of items add up."""
    tables, tree, changes = ledger.tables, ledger.tables.tree, ledger.tables.order_changes
    named = np.flatnonzero(changes.is_named)
    announced = changes.announced[named][:, tree.period]
    ordered = tables.lot_size[named, None] * ledger.stock.lots[named]
    expected = {
        "announced_units": announced,
        "kept_units": np.minimum(ordered, announced),
        "added_units": np.maximum(ordered - announced, 0.0),
        "cancelled_units": np.maximum(announced - ordered, 0.0),
        "cost": ledger.part("change")[named] * tables.discount,
    }
    return {name: ledger.expected(values.sum(axis=0))[: changes.periods] for name, values in expected.items()}


def table_of(instance: Instance, by_period: dict[str, Array]) -> pd.DataFrame:
    """`changes_by_period` as a table."""
    counted = np.arange(len(by_period["cost"]))
    return pd.DataFrame({"period": counted, "date": first_days(instance.settings, counted), **by_period})


def summary_of(instance: Instance, by_period: dict[str, Array]) -> dict[str, Any] | None:
    """What `plan.json` says of announced orders, given `changes_by_period` of all items; None where nothing was announced.

    Sums over periods, `changed_share` of the announced units (above 1 where more is added than was announced, None where nothing was), the price
    that changes had, and `by_period`, the table.
    """
    if not instance.announced_orders:
        return None
    table = table_of(instance, by_period)
    total = {name: float(table[name].sum()) for name in (*UNITS, "cost")}
    changed, told = total["added_units"] + total["cancelled_units"], total["announced_units"]
    records = table.assign(date=table["date"].dt.strftime("%Y-%m-%d")).to_dict("records")
    share = changed / told if told > 0 else None
    price = instance.settings.change_price_share_of_cost
    return total | {
        "changed_units": changed,
        "changed_share": share,
        "change_price_share_of_cost": price,
        "by_period": records,
    }


def change_lines(summary: dict[str, Any] | None, currency: str) -> dict[str, str]:
    """The headline of changes for a terminal: label to value, none where nothing was announced."""
    if summary is None:
        return {}
    share = "" if summary["changed_share"] is None else f", {percent(summary['changed_share'], 1)}"
    told = f"{units(summary['changed_units'])} of {units(summary['announced_units'])} units{share}"
    cost = money_plain(summary["cost"], currency)
    if not summary["change_price_share_of_cost"]:
        cost += ", as change_price_share_of_cost is 0"
    return {"announced orders changed": told, "cost of changes": cost}
