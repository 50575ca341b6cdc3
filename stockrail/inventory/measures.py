"""What a plan means for stock and money, item by item: what the drivers of stock are compared in."""

from collections.abc import Mapping

import numpy as np

from stockrail.inventory.inventory_split import PURPOSES, InventorySplit
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array

PARTS = ("holding", "expedite", "stockout", "order_cost", "write_off")

MEASURES = {
    "stock_value": "Stock",
    **{f"{purpose}_value": purpose.capitalize() for purpose in PURPOSES},
    "safety_stock_value": "Safety stock",
    "holding": "Holding",
    "expedite": "Expediting",
    "stockout": "Stockouts",
    "lost_margin": "Lost margin",
    "order_cost": "Orders",
    "write_off": "Write-off",
    "expected_margin": "Margin",
}
"""What is measured, and its heading. Values are the mean over periods, on hand and in transit; money is of the whole horizon."""


def measures(
    ledger: Ledger, shared: Mapping[str, float] | None = None
) -> tuple[dict[str, Array], dict[str, float]]:
    """Measures of a plan by item [items], and of the whole plan.

    Parameters
    ----------
    shared : `overtime` and `guardrail_penalty`; they lower the margin of the whole plan, but no item's.
    """
    tables = ledger.tables
    by_purpose = InventorySplit.of(ledger).mean_value(ledger)
    safety_units = np.nan_to_num(ledger.safety_stock[0])
    lost = ledger.line("lost") * (tables.price - tables.unit_value[:, None])
    by_item: dict[str, Array] = {
        "stock_value": sum(by_purpose.values(), np.zeros(len(tables.lot_size))),
        **{f"{purpose}_value": value for purpose, value in by_purpose.items()},
        "safety_stock_value": safety_units * tables.unit_value,
        "lost_margin": lost @ tables.weight,
        **{name: ledger.item_parts[name] for name in PARTS},
        "expected_margin": ledger.item_margin,
    }
    whole = {name: float(by_item[name].sum()) for name in MEASURES}
    whole["expected_margin"] -= sum((shared or {}).values())
    return {name: by_item[name] for name in MEASURES}, whole
