"""Allocation on the terminal."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich import box
from rich.table import Table

from stockrail.allocation.today import ItemAllocation
from stockrail.allocation.totals import LEAST_PROBABILITY
from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, money_plain, percent

NOT_LISTED = "others"
"""Customers that are not listed, where a name is wanted."""

MOST_NAMES = 5
"""Customers that a sentence names."""


def today_lines(found: ItemAllocation) -> list[str]:
    """Who gets how much, and what to tell them; lines of tables begin with a blank."""
    return [_opening(found), *as_lines(_table(found)), *_messages(found)]


def shortage_lines(frames: Mapping[str, pd.DataFrame], currency: str) -> list[str]:
    """What a plan's terminal says of commitments; nothing where nothing was promised to anybody."""
    totals = frames.get("allocation_totals")
    if totals is None or not (totals["committed_share"] > 0).any():
        return []
    risky = totals[totals["commitments_at_risk"] > 0]
    if risky.empty:
        return [
            f"Commitments to customers: none is broken with a probability of {percent(LEAST_PROBABILITY, 0)} or more."
        ]
    count = int(risky["commitments_at_risk"].sum())
    names = list(dict.fromkeys(party(row) for row in risky.to_dict("records")))
    named = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
    units = float(risky["below_commitment_units"].sum())
    costs = money_plain(float(totals["money"].sum()), currency)
    risk = (
        f"Commitments to customers: {count} may be broken ({named}), by {amount(units, 1)} expected units in all; "
        f"allocation.csv says which, when, and what to tell them. What is short costs {costs}."
    )
    return [risk]


def party(row: Mapping[Any, Any]) -> str:
    """Who a row of a table of allocation is about."""
    if row["customer"]:
        return str(row["customer"])
    return f"segment {row['customer_segment']}" if row["customer_segment"] else NOT_LISTED


def _opening(found: ItemAllocation) -> str:
    short = found.asked - found.available
    if short <= 0:
        spare = f"; {amount(found.spare)} are left over" if found.spare else ""
        return f"{found.item}: all {amount(found.asked)} units asked for can be given{spare}."
    return f"{found.item}: {amount(found.available)} units for {amount(found.asked)} asked for, {amount(short)} short."


def _table(found: ItemAllocation) -> Table:
    shown = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("who")
    for name in ("segment", "priority", "asked", "promised", "gets", "short", f"costs\n{found.currency}"):
        shown.add_column(name, justify="left" if name == "segment" else "right")
    rows = found.shares.to_dict("records")
    decimals = 2 if found.shares["money"].abs().max() < 1000 else 0
    for row in rows:
        shown.add_row(
            party(row) if row["customer"] or not row["customer_segment"] else "",
            str(row["customer_segment"]),
            str(row["priority"]),
            amount(row["asked_units"]),
            amount(row["committed_units"]),
            amount(row["given_units"]),
            amount(row["left_units"]),
            amount(row["money"], decimals),
        )
    return shown


def _messages(found: ItemAllocation) -> list[str]:
    """Who is to be told what: those below their promise, and those that a message was agreed for."""
    lines = []
    for row in found.shares[found.shares["left_units"] > 0].to_dict("records"):
        below = row["below_commitment_units"]
        if below or row["message"]:
            less = f", {amount(below)} less than promised" if below else ""
            tell = f" Tell them: {row['message']}" if row["message"] else ""
            lines.append(
                f"{party(row)} gets {amount(row['given_units'])} of {amount(row['asked_units'])}{less}.{tell}"
            )
    return lines
