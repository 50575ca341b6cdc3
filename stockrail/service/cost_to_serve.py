"""Cost to serve: what it takes to serve the customers of each segment, from the ledger of a plan (docs/formulation.md, section 14)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array

COSTS = (
    "freight",
    "duty",
    "order_cost",
    "capital",
    "storage",
    "expedite",
    "stockout",
    "write_off",
    "change",
    "overtime",
    "guardrail_penalty",
)
"""What `cost_to_serve` adds up."""

COLUMNS = (
    "segment",
    "items",
    "served_units",
    "revenue",
    "goods",
    *COSTS,
    "cost_to_serve",
    "cost_per_unit",
    "cost_share_of_revenue",
    "terminal_value",
    "expected_margin",
)

SHARED, ALL = "(shared)", "(all)"
"""Names of the row of costs that belong to no segment, and of the total."""


def cost_to_serve(ledger: Ledger, shared: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Cost to serve of a plan by segment; the rows add up to the last one, which is the ledger's total.

    Parameters
    ----------
    shared : parts `overtime` and `guardrail_penalty`, which belong to no item, as `Guardrails.costs` gives them.

    Returns
    -------
    One row per segment with items, one for shared costs where there are any, and the total. Columns: segment, items, served_units
    (expected, over the horizon), then money, expected and discounted as in the margin, as positive amounts: revenue; goods, freight
    and duty, which add up to the part `landed_cost`; order_cost; capital and storage (with insurance), which add up to `holding`;
    expedite, stockout, write_off, change; overtime and guardrail_penalty; cost_to_serve, their sum without goods; cost_per_unit served and
    cost_share_of_revenue, NaN where nothing is served or sold; terminal_value; and
    `expected_margin = revenue - goods - cost_to_serve + terminal_value`.
    """
    instance = ledger.tables.instance
    by_segment = {
        name: np.bincount(instance.item_segment, values, minlength=len(instance.segments))
        for name, values in {
            "items": np.ones(len(instance.items)),
            "served_units": ledger.line("served") @ ledger.tables.tree.probability,
            **costs_by_item(ledger),
        }.items()
    }
    frame = pd.DataFrame({"segment": [row.segment for row in instance.segments], **by_segment})
    frame = frame[frame["items"] > 0].reset_index(drop=True)
    for name in ("overtime", "guardrail_penalty"):
        frame[name] = 0.0
    if shared and any(shared.values()):
        row = {name: 0.0 for name in frame.columns} | {"segment": SHARED} | dict(shared)
        frame = pd.concat([frame, pd.DataFrame([row])], ignore_index=True)
    total = frame.drop(columns="segment").sum()
    frame = pd.concat([frame, pd.DataFrame([{"segment": ALL, **total}])], ignore_index=True)
    frame["items"] = frame["items"].astype(int)
    cost = frame[list(COSTS)].sum(axis=1)
    frame["cost_to_serve"] = cost
    frame["cost_per_unit"] = cost / frame["served_units"].where(frame["served_units"] > 0)
    frame["cost_share_of_revenue"] = cost / frame["revenue"].where(frame["revenue"] > 0)
    frame["expected_margin"] = frame["revenue"] - frame["goods"] - cost + frame["terminal_value"]
    return frame[list(COLUMNS)]


def costs_by_item(ledger: Ledger) -> dict[str, Array]:
    """The parts of the margin by item [items], landed cost and holding split further, as positive amounts."""
    instance, parts = ledger.tables.instance, dict(ledger.item_parts)
    landed, holding = parts.pop("landed_cost"), parts.pop("holding")
    freight_rate = instance.supplier_column("freight_rate")
    duty_rate = instance.supplier_column("duty_rate")
    goods = landed / (1.0 + freight_rate + duty_rate)
    rates = instance.settings
    yearly = rates.cost_of_capital_rate_per_year + rates.storage_rate_per_year + rates.insurance_rate_per_year
    capital = holding * (rates.cost_of_capital_rate_per_year / yearly if yearly > 0 else 0.0)
    return {
        "goods": goods,
        "freight": goods * freight_rate,
        "duty": goods * duty_rate,
        "capital": capital,
        "storage": holding - capital,
        **parts,
    }
