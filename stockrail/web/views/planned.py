"""The plan of a run as a ledger, and what it means item by item: computed once and kept while it is likely to be asked for again."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from stockrail.inventory.inventory_split import PURPOSES, InventorySplit
from stockrail.model.arrivals import Arrivals
from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.tabulate import item_measures
from stockrail.web import files
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.kept_plan import cumulative_lots_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run

MOST_PLANS = 4
"""Plans that are kept: [items, nodes] of whole numbers each."""

RULE = "rule/"
"""Folder of the plan of a calibration: that of the rule that the targets make."""


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made for.

    Attributes
    ----------
    lots : int [items, nodes], cumulative.
    """

    instance: Instance
    tree: ScenarioTree
    lots: IntArray

    @functools.cached_property
    def parts(self) -> InstanceParts:
        """Makes instances with some of the items."""
        return InstanceParts(self.instance)

    @functools.cached_property
    def arrivals(self) -> Arrivals:
        """When orders of suppliers arrive, of all items."""
        return Arrivals.build(self.instance, self.tree)

    def ledger(self, members: IntArray) -> Ledger:
        """The ledger of the items in some places."""
        tree = replace(self.tree, demand=self.tree.demand[members])
        own = replace(self.arrivals, item_lane=self.arrivals.item_lane[members])
        return Ledger(Tables.build(self.parts.of(members), tree, own), self.lots[members])

    def place_of(self, item: str) -> int:
        """Where an item is in the instance.

        Raises
        ------
        NotFoundError
            It is not there.
        """
        place = self.instance.item_index.get(item)
        if place is None:
            raise NotFoundError(f"There is no item {item!r} in this plan.")
        return place


def folder_of(run: Run) -> str:
    """Beginning of the names of the files of a run's plan.

    Raises
    ------
    NotFoundError
        The run has no plan, or not yet.
    """
    folder = RULE if run.kind == "calibrate" else ""
    if not files.has_file(run, f"{folder}orders.csv"):
        raise NotFoundError(f"Run {run.id} has no plan to look at: it is {run.state}.")
    return folder


def planned_of(store: Store, run: Run) -> Planned:
    """The plan of a run; of a calibration that of its targets.

    Raises
    ------
    NotFoundError
        It has none.
    """
    return _planned(_Asked(key_of(store, run), store, run))


def items_of(store: Store, run: Run) -> pd.DataFrame:
    """What a plan means, one row per item, in the order of the instance. Raises what `planned_of` raises.

    Columns: item, description, segment, supplier, safety_stock_units, safety_stock_value, implied_z, fill_rate, inventory_value (mean
    over the horizon), days_of_stock (of what is served), turns (per year), expected_margin, demand_units, and the mean value of stock by
    purpose: cycle_value, safety_value, pipeline_value, build_value, excess_value. What cannot be said is NaN.
    """
    return _items(_Asked(key_of(store, run), store, run))


@dataclass(frozen=True)
class _Asked:
    key: str
    store: Store = field(compare=False)
    run: Run = field(compare=False)


def key_of(store: Store, run: Run) -> str:
    """Of everything that decides what `planned_of` and `items_of` return. Raises what they raise."""
    digest = run.artifacts[f"{folder_of(run)}orders.csv"]
    return canonical([store.name, run.baseline_id, run.guardrail_version_id, list(run.overlay), digest])


@functools.lru_cache(MOST_PLANS)
def _planned(asked: _Asked) -> Planned:
    store, run = asked.store, asked.run
    orders = files.table_of(store, run, f"{folder_of(run)}orders.csv")
    instance, tree = files.instance_of_run(store, run), files.tree_of_run(store, run)
    lots = cumulative_lots_of(orders[["item", "node", "lots"]], instance, tree)
    return Planned(instance, tree, lots)


@functools.lru_cache(MOST_PLANS)
def _items(asked: _Asked) -> pd.DataFrame:
    planned = _planned(asked)
    frames = list(_measured(planned))
    rows = planned.instance.items
    names = pd.DataFrame(
        {
            "item": [row.item for row in rows],
            "description": [row.description for row in rows],
            "segment": [row.segment for row in rows],
            "supplier": [row.supplier for row in rows],
        }
    )
    return pd.concat([names, pd.concat(frames, ignore_index=True)], axis=1)


def _measured(planned: Planned) -> Iterator[pd.DataFrame]:
    days = planned.instance.settings.periods * planned.instance.settings.period_length_days
    for members, tables in ItemGroups(planned.instance, planned.tree).each():
        ledger = Ledger(tables, planned.lots[members])
        found = item_measures(ledger)
        by_purpose = InventorySplit.of(ledger).mean_value(ledger)
        turns = _ratio(found["served_value"] * 365.0 / days, found["inventory_value"])
        yield pd.DataFrame(
            {
                # Where nothing is received there is none; sums over items take it for zero, an item by itself must not.
                "safety_stock_units": ledger.safety_stock[0],
                "safety_stock_value": ledger.safety_stock[0] * tables.unit_value,
                "implied_z": np.where(np.isfinite(found["implied_z"]), found["implied_z"], np.nan),
                "fill_rate": ledger.fill_rate,
                "inventory_value": found["inventory_value"],
                "days_of_stock": _ratio(found["inventory_value"] * days, found["served_value"]),
                "turns": turns,
                "expected_margin": found["expected_margin"],
                "demand_units": found["demand"],
                **{f"{purpose}_value": by_purpose[purpose] for purpose in PURPOSES},
            }
        )


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Elementwise; NaN where there is nothing to divide by."""
    nothing = np.full(len(numerator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=nothing, where=denominator > 0))
