"""All stock by purpose: cycle, safety, pipeline, build and excess, which add up to on hand and in transit.

Definitions are in docs/formulation.md, sections 8 and 14.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stockrail.inventory.stock_split import StockSplit
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array
from stockrail.tabulate import dates

PURPOSES = ("cycle", "safety", "pipeline", "build", "excess")
"""Why stock is there, on hand or in transit."""

UNITS = tuple(f"{purpose}_units" for purpose in PURPOSES)
VALUES = tuple(f"{purpose}_value" for purpose in PURPOSES)

AMOUNTS = (*UNITS, "stock_units", *VALUES, "stock_value")
ITEM_COLUMNS = ("item", "segment", "period", "date", *AMOUNTS)
SEGMENT_COLUMNS = ("segment", "period", "date", *AMOUNTS)


@dataclass(frozen=True)
class InventorySplit:
    """Stock on hand and in transit by purpose, units [items, nodes]. The five add up to the lines `on_hand` and `in_transit`.

    Attributes
    ----------
    cycle : what demand needs until the next receipt.
    safety : needed against forecast error and scenarios until an order placed now would be there.
    pipeline : ordered or scheduled, not yet arrived, whoever owns it by then.
    build : on hand beyond cycle and safety, where a funded build or a foreseen shortage, such as a season, explains it.
    excess : on hand, and nothing explains it.
    """

    cycle: Array
    safety: Array
    pipeline: Array
    build: Array
    excess: Array

    @staticmethod
    def of(ledger: Ledger) -> "InventorySplit":
        """Split the stock of a plan."""
        on_hand = StockSplit.of(ledger)
        return InventorySplit(
            on_hand.cycle, on_hand.safety, ledger.line("in_transit"), on_hand.build, on_hand.excess
        )

    def by_period(self, ledger: Ledger) -> dict[str, Array]:
        """Expected units by purpose [items, periods]."""
        return {purpose: ledger.expected(getattr(self, purpose)) for purpose in PURPOSES}

    def mean_value(self, ledger: Ledger) -> dict[str, Array]:
        """Expected value at standard value by purpose, mean over periods [items]."""
        value = ledger.tables.unit_value
        return {purpose: value * units.mean(axis=1) for purpose, units in self.by_period(ledger).items()}


def inventory_by_item(ledger: Ledger, split: InventorySplit | None = None) -> pd.DataFrame:
    """Expected units and value by purpose, one row per item and period.

    Columns: item, segment, period, date, cycle_units, safety_units, pipeline_units, build_units, excess_units, stock_units; the five
    add up to the last, on hand and in transit at the end of the period. Then the same in money at standard value: cycle_value to stock_value.
    """
    instance, periods = ledger.tables.instance, ledger.tables.tree.periods
    units = (InventorySplit.of(ledger) if split is None else split).by_period(ledger)
    stock = ledger.expected(ledger.line("on_hand") + ledger.line("in_transit"))
    period = np.tile(np.arange(periods), len(instance.items))
    value = ledger.tables.unit_value[:, None]
    return pd.DataFrame(
        {
            "item": np.repeat([row.item for row in instance.items], periods),
            "segment": np.repeat([row.segment for row in instance.items], periods),
            "period": period,
            "date": dates(ledger, period),
            **{f"{purpose}_units": units[purpose].ravel() for purpose in PURPOSES},
            "stock_units": stock.ravel(),
            **{f"{purpose}_value": (value * units[purpose]).ravel() for purpose in PURPOSES},
            "stock_value": (value * stock).ravel(),
        },
        columns=list(ITEM_COLUMNS),
    )


def inventory_by_segment(ledger: Ledger, split: InventorySplit | None = None) -> pd.DataFrame:
    """Expected units and value by purpose, one row per segment and period.

    Columns: segment, period, date, the five purposes and stock in units, the same in money at standard value.
    """
    instance = ledger.tables.instance
    frame = inventory_by_item(ledger, split)
    summed = frame.groupby(["segment", "period", "date"], sort=False, as_index=False)[list(AMOUNTS)].sum()
    order = {row.segment: k for k, row in enumerate(instance.segments)}
    summed = summed.sort_values(
        ["segment", "period"], key=lambda column: column.map(order) if column.name == "segment" else column
    )
    return summed.reset_index(drop=True)[list(SEGMENT_COLUMNS)]
