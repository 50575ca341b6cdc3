"""Unit costs and freight rates against what was paid."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from stockrail.model.instance import Array
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data.drift import (
    ALL_SUPPLIERS,
    FREIGHT_RATE,
    UNIT_COST,
    Drift,
    NotChecked,
    exceeds,
)
from stockrail.workbench.master_data.standard import Standard
from stockrail.workbench.master_data.window import Window

FREIGHT = "freight"
"""The account of spend."""

HALF_A_CENT = 0.005
"""What a booking may be off by rounding."""


def unit_costs(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """What receipts cost per unit, against the unit cost with its quantity breaks. Money is what was paid beyond it.

    Beyond tolerance is what the receipts cost on average, or what the latest ones cost. Where the money of receipts has freight and duty in it, they are taken out at the rates of the baseline.
    """
    rows = window.regular
    priced = rows[rows["money"].notna()]
    if priced.empty:
        yield NotChecked(UNIT_COST, "no receipt says what it cost (money of receipts.csv)")
        return
    rows = priced.assign(cost=purchase_costs(standard, priced))
    # A new price is that of the latest receipts, whatever the earlier ones average to.
    latest_day = rows.groupby("place")["date"].transform("max")
    latest = rows[rows["date"] == latest_day].groupby("place")[["units", "cost", "money"]].sum()
    sums = rows.groupby("place")[["units", "cost", "money"]].sum()
    count, day = rows.groupby("place").size(), rows.groupby("place")["date"].max()
    place = sums.index.to_numpy(dtype=np.int64)
    landed = _landed(standard, rules)[place]
    over, latest_over = (
        part["money"].to_numpy() / landed - part["cost"].to_numpy() for part in (sums, latest)
    )
    for k in np.flatnonzero(np.abs(over) > HALF_A_CENT * count.to_numpy()):
        item, units, assumed = standard.instance.items[place[k]], sums["units"].iloc[k], sums["cost"].iloc[k]
        is_beyond = any(
            exceeds(beyond, rules.unit_cost_share * base + HALF_A_CENT)
            for beyond, base in ((over[k], assumed), (latest_over[k], latest["cost"].iloc[k]))
        )
        yield Drift(
            UNIT_COST,
            item.item,
            float(assumed / units),
            float((assumed + over[k]) / units),
            float(over[k] * landed[k]),
            is_beyond,
            {
                "latest": float(latest["money"].iloc[k] / landed[k] / latest["units"].iloc[k]),
                "latest_on": f"{day.iloc[k]:%Y-%m-%d}",
                "supplier": item.supplier,
                "receipts": int(count.iloc[k]),
            },
        )


def freight_rates(standard: Standard, window: Window, rules: MasterDataRules) -> Iterator[Drift | NotChecked]:
    """Freight that was booked over the purchases received, against the freight rate. Money is what was paid beyond it.

    By supplier where each booking names one, or an item; else for all suppliers together.
    """
    booked = window.spend[window.spend["account"] == FREIGHT]
    if booked.empty:
        yield NotChecked(FREIGHT_RATE, "no freight was booked in these days (account freight of spend.csv)")
        return
    rows = window.regular
    if rows.empty:
        yield NotChecked(FREIGHT_RATE, "freight was booked, but nothing of the baseline was received")
        return
    instance = standard.instance
    supplier = _payer(booked, {row.item: row.supplier for row in instance.items})
    place = rows["place"].to_numpy()
    bought = np.where(
        rows["money"].notna(), rows["money"] / _landed(standard, rules)[place], purchase_costs(standard, rows)
    )
    expected = bought * instance.supplier_column("freight_rate")[place]
    by_supplier = pd.DataFrame({"bought": bought, "expected": expected}).groupby(rows["own"].to_numpy()).sum()
    if supplier.eq("").any():
        sums = by_supplier.sum()
        subjects = [(ALL_SUPPLIERS, booked["money"].sum(), sums["bought"], sums["expected"])]
    else:
        paid = booked["money"].groupby(supplier.to_numpy()).sum()
        subjects = [
            (str(name), paid.get(name, 0.0), part["bought"], part["expected"])
            for name, part in by_supplier.iterrows()
        ]
        for name in paid.index.difference(by_supplier.index):
            yield NotChecked(FREIGHT_RATE, f"freight of {name} was booked, but nothing of it was received")
    for name, money, value, assumed in subjects:
        if value <= 0:
            yield NotChecked(FREIGHT_RATE, f"what came from {name} cost nothing")
            continue
        stated, found = float(assumed / value), float(money / value)
        if exceeds(money - assumed, HALF_A_CENT * len(booked)):
            evidence = {"freight": float(money), "purchases": float(value)}
            is_beyond = exceeds(found - stated, rules.freight_rate_points)
            yield Drift(FREIGHT_RATE, name, stated, found, float(money - assumed), is_beyond, evidence)


def purchase_costs(standard: Standard, rows: pd.DataFrame) -> Array:
    """What each receipt should have cost before freight and duty [receipts], money."""
    return np.array(
        [
            standard.purchase_cost(item, float(units))
            for item, units in zip(rows["item"], rows["units"], strict=True)
        ],
        dtype=np.float64,
    )


def _landed(standard: Standard, rules: MasterDataRules) -> Array:
    """The money of receipts over their purchase price [items]."""
    return (
        standard.instance.landed_rate
        if rules.receipts_at == "unit_value"
        else np.ones_like(standard.instance.landed_rate)
    )


def _payer(booked: pd.DataFrame, supplier_of: Mapping[str, str]) -> "pd.Series[str]":
    """The supplier of each booking, that of its item where it names none; blank where neither says."""
    of_item = booked["item"].map(supplier_of).fillna("")
    return booked["supplier"].where(booked["supplier"] != "", of_item)
