"""Lead times, lot sizes, suppliers and items of receipts against the baseline."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stockrail.model.instance import Array
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import IntArray
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data.drift import (
    LEAD_TIME,
    LOT_SIZE,
    SUPPLIER,
    UNKNOWN_ITEM,
    Drift,
    NotChecked,
    exceeds,
)
from stockrail.workbench.master_data.standard import Standard
from stockrail.workbench.master_data.versions import lead_time_tolerance
from stockrail.workbench.master_data.window import Window, by_item

MOST_NAMED = 5
"""Suppliers that evidence names."""

ROUNDING_LOTS = 1e-6
"""Lots that a receipt may be off a multiple by rounding."""

ROUNDING_DAYS = 1e-6
"""Days that means of lead times may differ by from rounding."""


def lead_times(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """Days from order to receipt, by item and weighted by units, against the distribution of the baseline.

    The distribution is the item's lead time plus the delays that scenarios have for orders of that period. Money is the stock that is on
    its way for longer.
    """
    rows = window.regular
    dated = rows[rows["ordered_on"].notna()]
    if dated.empty:
        yield NotChecked(LEAD_TIME, "no receipt says when it was ordered (ordered_on of receipts.csv)")
        return
    instance = standard.instance
    length, tolerance = instance.settings.period_length_days, lead_time_tolerance(instance, rules)
    days = (dated["date"] - dated["ordered_on"]).dt.days.to_numpy().astype(np.float64)
    place = dated["place"].to_numpy()
    started = pd.Timestamp(instance.settings.start)
    since = (dated["ordered_on"] - started).dt.days.to_numpy(dtype=np.int64) // length
    expected, longest = _delays(standard, place, np.asarray(since, dtype=np.int64))
    lead = instance.item_column("lead_time_periods")[place]
    judged = dated.assign(days=days, expected=length * (lead + expected), longest=length * (lead + longest))
    weighted = judged[["expected", "days"]].mul(judged["units"], axis=0).groupby(judged["place"]).sum()
    means = weighted.div(judged.groupby("place")["units"].sum(), axis=0)
    is_other = ~np.isclose(means["days"], means["expected"], rtol=0.0, atol=ROUNDING_DAYS)
    for i, group in by_item(judged[judged["place"].isin(means.index[is_other])]):
        stated, found = float(means["expected"][i]), float(means["days"][i])
        # What comes later than every scenario says, by more than whole periods can tell.
        outside = group["days"] > group["longest"] + length / 2.0
        yield Drift(
            LEAD_TIME,
            instance.items[i].item,
            stated,
            found,
            (found - stated) * float(standard.purchases_per_day[i]),
            exceeds(found - stated, tolerance),
            {
                "receipts": len(group),
                "shortest_days": float(group["days"].min()),
                "longest_days": float(group["days"].max()),
                "later_than_every_scenario": int(outside.sum()),
                "supplier": instance.items[i].supplier,
            },
        )


def lot_sizes(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """Receipts that are no multiple of the lot size. Money is the value of the units that are off the nearest multiple.

    Where some receipts say when they were ordered, only those are looked at: others may be expedited, which need no whole lots.
    """
    rows = window.regular
    if rows["ordered_on"].notna().any():
        rows = rows[rows["ordered_on"].notna()]
    if rows.empty:
        yield NotChecked(LOT_SIZE, "nothing of the baseline was received in these days")
        return
    lots = rows["units"].to_numpy() / standard.instance.item_column("lot_size")[rows["place"].to_numpy()]
    off = np.abs(lots - np.rint(lots))
    judged = rows.assign(off=np.where(off > ROUNDING_LOTS * np.maximum(1.0, lots), off, 0.0))
    for i, group in by_item(judged[judged["place"].isin(judged.loc[judged["off"] > 0, "place"])]):
        item, is_off = standard.instance.items[i], group["off"] > 0
        yield Drift(
            LOT_SIZE,
            item.item,
            item.lot_size,
            common_lot(group["units"].to_numpy(dtype=np.float64)),
            float(group["off"].sum() * item.lot_size * standard.unit_value[i]),
            bool(is_off.mean() > rules.lot_size_receipts_share),
            {"receipts": len(group), "no_multiple": int(is_off.sum()), "supplier": item.supplier},
        )


def suppliers(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """Receipts from a supplier that the item does not name. Money is what they cost, or their standard value."""
    rows = window.receipts
    others = rows[(rows["place"] >= 0) & ~rows["is_own"]]
    for i, group in by_item(others):
        item = standard.instance.items[i]
        names = sorted(set(group["supplier"]))
        unknown = [name for name in names if name not in standard.instance.supplier_index]
        evidence = {"receipts": len(group), "units": float(group["units"].sum())}
        yield Drift(
            SUPPLIER,
            item.item,
            item.supplier,
            ", ".join(names[:MOST_NAMED]),
            float(group["money"].fillna(group["units"] * standard.unit_value[i]).sum()),
            True,
            {**evidence, "not_in_the_baseline": ", ".join(unknown[:MOST_NAMED])} if unknown else evidence,
        )


def unknown_items(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """Receipts of items that the baseline does not have. Money is what they cost; not known where one does not say it."""
    rows = window.receipts
    for name, group in rows[rows["place"] < 0].groupby("item", sort=True):
        money = None if group["money"].isna().any() else float(group["money"].sum())
        evidence = {"receipts": len(group), "units": float(group["units"].sum())}
        yield Drift(UNKNOWN_ITEM, str(name), None, str(name), money, True, evidence)


def common_lot(units: Array) -> float | None:
    """The largest lot that all receipts are multiples of; None where they are not whole units."""
    whole = np.rint(units)
    if not np.allclose(units, whole, rtol=0.0, atol=ROUNDING_LOTS):
        return None
    return float(math.gcd(*(int(one) for one in whole)))


def _delays(standard: Standard, place: IntArray, period: IntArray) -> tuple[Array, Array]:
    """Expected and longest delay of orders [receipts], periods; 0 where the period is not one of the baseline."""
    instance = standard.instance
    tree = build_tree(instance)
    if not tree.delay_periods.any():
        return np.zeros(len(place)), np.zeros(len(place))
    shape = (len(instance.suppliers), instance.settings.periods)
    expected, longest = np.zeros(shape), np.zeros(shape)
    for t in range(instance.settings.periods):
        here = tree.period == t
        weight = tree.probability[here] / tree.probability[here].sum()
        expected[:, t] = tree.delay_periods[:, here] @ weight
        longest[:, t] = tree.delay_periods[:, here].max(axis=1)
    supplier, is_known = instance.item_supplier[place], (period >= 0) & (period < shape[1])
    at = supplier, np.where(is_known, period, 0)
    return np.where(is_known, expected[at], 0.0), np.where(is_known, longest[at], 0.0)
