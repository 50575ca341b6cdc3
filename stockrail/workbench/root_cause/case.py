"""What causes are looked for in: a plan in force, what happened while it was, and the thresholds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from stockrail.model.dates import first_day
from stockrail.model.instance import Array, Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import BoolArray, Tables, cumulate
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.workbench.governance.schema_master_data import ValuedAt
from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.monitoring.observed import Observed
from stockrail.workbench.root_cause.cover import Cover
from stockrail.workbench.root_cause.receipts import Receipts
from stockrail.workbench.scorecard.expected_world import expected_demand
from stockrail.workbench.scorecard.revalue import Revalued, revalue

EXPEDITING = ("expedite", "premium_freight")
"""Accounts of spend that together are what the plan calls expediting."""


@dataclass(frozen=True)
class Case:
    """A plan in force and what happened.

    Attributes
    ----------
    instance : what was planned.
    orders : of the plan: item, node, lots.
    observed : what happened, by period of the instance.
    rules : thresholds.
    first_period, end_period : periods in which the plan was in force and actuals are complete; the second is the first one
        after them.
    receipts_at : whether the money of receipts has freight and duty in it.
    """

    instance: Instance
    orders: pd.DataFrame = field(repr=False)
    observed: Observed = field(repr=False)
    rules: RootCauseRules
    first_period: int
    end_period: int
    receipts_at: ValuedAt = "unit_value"

    @cached_property
    def tree(self) -> ScenarioTree:
        """What the plan held possible."""
        return build_tree(self.instance)

    @cached_property
    def revalued(self) -> Revalued | None:
        """The plan as made on the demand that came; None where no demand is known."""
        if not self.end_period or np.isnan(self.observed.demand_units).all():
            return None
        return revalue(self.instance, self, self.observed)

    @cached_property
    def expected_demand(self) -> Array:
        """What the plan expected [items, periods], units."""
        return expected_demand(self.tree)

    @cached_property
    def cover(self) -> Cover:
        """Stock that the demand ahead needs."""
        return Cover.of(self.instance, self.expected_demand, self.rules.most_cover_days)

    @cached_property
    def ledger(self) -> Ledger:
        """The plan's own numbers."""
        tables = Tables.build(self.instance, self.tree)
        node = {name: n for n, name in enumerate(self.tree.names)}
        lots = np.zeros((len(self.instance.items), len(self.tree)))
        item = self.orders["item"].map(self.instance.item_index).to_numpy(dtype=np.int64)
        lots[item, self.orders["node"].map(node).to_numpy(dtype=np.int64)] = self.orders["lots"].to_numpy()
        return Ledger(tables, cumulate(self.tree, lots).astype(np.int64))

    @cached_property
    def unit_value(self) -> Array:
        """Landed standard cost [items], money per unit."""
        landed = self.instance.landed_rate
        return np.asarray(self.instance.item_column("unit_cost") * landed)

    @cached_property
    def receipt_cost(self) -> Array:
        """What a unit received is assumed to cost, with freight and duty where the money of receipts has them [items], money per unit."""
        return self.unit_value if self.receipts_at == "unit_value" else self.instance.item_column("unit_cost")

    @cached_property
    def lead_time_periods(self) -> IntArray:
        """As assumed [items]."""
        return self.instance.item_column("lead_time_periods").astype(np.int64)

    @cached_property
    def receipts(self) -> Receipts:
        """What came, by item."""
        return Receipts.of(self.instance, self.observed.receipts)

    @cached_property
    def expediting(self) -> Array:
        """What was spent on expediting [periods], money; NaN where no account says so."""
        given = [self.observed.spend[name] for name in EXPEDITING if name in self.observed.spend]
        if not given:
            return np.full(self.observed.n_periods, np.nan)
        total = np.stack(given)
        return np.where(np.isnan(total).all(axis=0), np.nan, np.nansum(total, axis=0))

    def is_demand_known(self, members: IntArray, period: int) -> bool:
        """Whether the demand of items is known in each period up to one, so that the plan can be followed there."""
        return bool(np.isfinite(self.observed.demand_units[members, : period + 1]).all())

    def episodes(self, is_missed: BoolArray) -> Iterator[tuple[int, int]]:
        """First and last period of each unbroken row of periods in force that are missed [periods]."""
        began = None
        for period in range(self.first_period, self.end_period):
            if is_missed[period] and began is None:
                began = period
            if began is not None and (period + 1 == self.end_period or not is_missed[period + 1]):
                yield began, period
                began = None

    def last_day(self, period: int) -> pd.Timestamp:
        """Last day of a period."""
        return pd.Timestamp(first_day(self.instance.settings, period + 1)) - pd.Timedelta(days=1)
