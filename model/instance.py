"""The validated instance: settings and rows, with the arrays that everything after it reads."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stockrail.model import dates
from stockrail.model.schema import (
    AllocationRule,
    AnnouncedOrder,
    CurrentTarget,
    Customer,
    CustomerShare,
    FundedBuild,
    Guardrail,
    GuardrailLimit,
    Item,
    OpenOrder,
    OrderOverride,
    PolicyOption,
    QuantityBreak,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Segment,
    Supplier,
    Warehouse,
)
from stockrail.model.schema_settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Instance:
    """A planning problem as its owner states it. Made by `stockrail.model.load`, which refuses bad input.

    Attributes
    ----------
    mean_demand, sigma : arrays [items, periods]
        Expected demand and standard deviation of the forecast error, in units, rows in the order of `items`.
    source : Path or None
        The folder or workbook it was read from.
    """

    settings: Settings
    items: tuple[Item, ...]
    segments: tuple[Segment, ...]
    suppliers: tuple[Supplier, ...]
    mean_demand: Array
    sigma: Array
    open_orders: tuple[OpenOrder, ...] = ()
    order_overrides: tuple[OrderOverride, ...] = ()
    announced_orders: tuple[AnnouncedOrder, ...] = ()
    warehouses: tuple[Warehouse, ...] = ()
    quantity_breaks: tuple[QuantityBreak, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    guardrail_limits: tuple[GuardrailLimit, ...] = ()
    funded_builds: tuple[FundedBuild, ...] = ()
    policy_options: tuple[PolicyOption, ...] = ()
    current_targets: tuple[CurrentTarget, ...] = ()
    customers: tuple[Customer, ...] = ()
    customer_shares: tuple[CustomerShare, ...] = ()
    allocation_rules: tuple[AllocationRule, ...] = ()
    scenarios: tuple[ScenarioNode, ...] = ()
    scenario_demand: tuple[ScenarioDemand, ...] = ()
    scenario_suppliers: tuple[ScenarioSupplier, ...] = ()
    scenario_warehouses: tuple[ScenarioWarehouse, ...] = ()
    source: Path | None = field(default=None, compare=False)

    @cached_property
    def item_index(self) -> dict[str, int]:
        """Position of each item by name."""
        return {row.item: i for i, row in enumerate(self.items)}

    @cached_property
    def segment_index(self) -> dict[str, int]:
        """Position of each segment by name."""
        return {row.segment: i for i, row in enumerate(self.segments)}

    @cached_property
    def supplier_index(self) -> dict[str, int]:
        """Position of each supplier by name."""
        return {row.supplier: i for i, row in enumerate(self.suppliers)}

    @cached_property
    def warehouse_index(self) -> dict[str, int]:
        """Position of each warehouse by name."""
        return {row.warehouse: i for i, row in enumerate(self.warehouses)}

    @cached_property
    def item_segment(self) -> NDArray[np.int64]:
        """Position of each item's segment [items]."""
        return np.array([self.segment_index[row.segment] for row in self.items], dtype=np.int64)

    @cached_property
    def item_supplier(self) -> NDArray[np.int64]:
        """Position of each item's supplier [items]."""
        return np.array([self.supplier_index[row.supplier] for row in self.items], dtype=np.int64)

    @property
    def periods_per_year(self) -> float:
        """Periods in a year of 365 days."""
        return 365.0 / self.settings.period_length_days

    def item_column(self, name: str) -> Array:
        """One numeric column of `items` as an array [items]; blank cells become NaN."""
        return _column(self.items, name)

    def segment_column(self, name: str) -> Array:
        """One numeric column of `segments`, by item [items]."""
        return _column(self.segments, name)[self.item_segment]

    def supplier_column(self, name: str) -> Array:
        """One numeric column of `suppliers`, by item [items]; blank cells become NaN."""
        return _column(self.suppliers, name)[self.item_supplier]

    @cached_property
    def landed_rate(self) -> Array:
        """Cost with freight and duty as a multiple of the supplier's price, by item [items]."""
        return 1.0 + self.supplier_column("freight_rate") + self.supplier_column("duty_rate")

    def items_in_scope(self, scope: str, value: str) -> NDArray[np.bool_]:
        """Which items a guardrail's scope covers, a mask [items]."""
        if scope == "all":
            return np.ones(len(self.items), dtype=bool)
        return np.array([getattr(row, scope) == value for row in self.items], dtype=bool)

    @cached_property
    def quarter_ends(self) -> NDArray[np.bool_]:
        """Which periods contain the last day of a fiscal quarter [periods]."""
        return dates.quarter_ends(self.settings)

    def period_of(self, day: dt.date) -> int:
        """The period that contains a day; negative before the start."""
        return dates.period_of(self.settings, day)


def _column(rows: Sequence[object], name: str) -> Array:
    values = [getattr(row, name) for row in rows]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
