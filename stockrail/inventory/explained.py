"""`explain_inventory`: all stock by purpose, and why it is there, by planning again with one driver switched off at a time."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.inventory.drivers import DRIVERS, World, without_all
from stockrail.inventory.inventory_split import InventorySplit, inventory_by_item, inventory_by_segment
from stockrail.inventory.measures import MEASURES
from stockrail.inventory.plans import Measured, just_in_case, plans_of
from stockrail.model.instance import Instance
from stockrail.model.tree import Array
from stockrail.solvers.result import SolutionStatus, SolveOptions

INTERACTION, TOTAL, JUST_IN_CASE = "interaction", "total", "just_in_case"
"""Rows beside those of the drivers."""

PLAN = "plan"
"""Name of the plan with all drivers."""

DRIVER_COLUMNS = ("driver", "measure", "with_driver", "without_driver", "effect")
SEGMENT_COLUMNS = ("segment", *DRIVER_COLUMNS)
STATUS_COLUMNS = (
    "driver",
    "words",
    "off",
    "is_here",
    "status",
    "gap",
    "is_margin_within_gap",
    "seconds",
    "reason",
)

NAN = float("nan")

CENT = 0.005
"""Money below which nothing is open."""


@dataclass(frozen=True)
class InventoryExplained:
    """Why stock is there. Money in `currency`; expectations on what demand really is.

    Attributes
    ----------
    by_item, by_segment : stock by purpose, see `inventory_by_item` and `inventory_by_segment`.
    drivers : one row per driver that is here and measure: driver, measure, with_driver, without_driver, effect. `effect` is what the
        driver adds: with it less without it. The rows "total" have all drivers switched off at once, and the rows "interaction"
        (effect only) what the drivers' effects miss of it, so that drivers and interaction add up to the total.
    drivers_by_segment : the same by segment, where shared costs are in no margin.
    just_in_case : the same columns for today's safety stock above the calibrated one, by the rule of an ERP; no part of the total.
        Empty without `current_targets`.
    solves : one row per plan: driver, words, off, is_here, status, gap, is_margin_within_gap (its effect on margin could be chance),
        seconds, reason.
    bias_share : mean over items by demand in money, of what plans were told about.
    """

    instance_name: str
    currency: str
    gap: float
    bias_share: float
    by_item: pd.DataFrame = field(repr=False)
    by_segment: pd.DataFrame = field(repr=False)
    drivers: pd.DataFrame = field(repr=False)
    drivers_by_segment: pd.DataFrame = field(repr=False)
    just_in_case: pd.DataFrame = field(repr=False)
    solves: pd.DataFrame = field(repr=False)
    seconds: float = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether each plan is proven within the gap."""
        here = self.solves[self.solves["is_here"]]
        return bool((here["status"] == str(SolutionStatus.PROVEN)).all())

    def effect(self, driver: str, measure: str) -> float:
        """What a driver adds to a measure; NaN where it is not here or has no plan."""
        frame = pd.concat([self.drivers, self.just_in_case]) if len(self.just_in_case) else self.drivers
        rows = frame[(frame["driver"] == driver) & (frame["measure"] == measure)]
        return float(rows["effect"].iloc[0]) if len(rows) else NAN

    def record(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        frames = {"drivers": self.drivers, "just_in_case": self.just_in_case, "solves": self.solves}
        return {
            "instance_name": self.instance_name,
            "currency": self.currency,
            "gap": self.gap,
            "statistical_gap": None,  # `stockrail measures` computes it
            "bias_share": self.bias_share,
            "seconds": self.seconds,
            **{
                name: [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
                for name, frame in frames.items()
            },
        }

    def write(self, folder: Path | str) -> Path:
        """Write inventory.json, inventory.html and the frames as CSV files."""
        from stockrail.files import write_json, write_tables
        from stockrail.inventory.report import write_report

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {
            "inventory_by_item": self.by_item,
            "inventory_by_segment": self.by_segment,
            "inventory_drivers": self.drivers,
            "inventory_drivers_by_segment": self.drivers_by_segment,
            "inventory_just_in_case": self.just_in_case,
            "inventory_solves": self.solves,
        }
        write_tables(frames, target)
        write_json(self.record(), target / "inventory.json")
        write_report(self, target / "inventory.html")
        return target


def explain_inventory(
    instance: Instance,
    *,
    bias: float | Array = 0.0,
    gap: float = 0.0005,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> InventoryExplained:
    """Split the stock of the best plan by purpose, and plan again with one driver of stock switched off at a time.

    Parameters
    ----------
    bias : mean of (demand less forecast) / forecast, of all items or of each [items], at least -1. The demand of the instance is the
        forecast: plans are made on it, and their orders valued on demand that is so much higher or lower. Orders are not corrected
        as the bias shows, so its effect grows with the horizon.
    gap : relative gap of each plan, smaller than elsewhere: effects are differences of plans. Effects on margin below two gaps can be chance, and stock of equally good plans differs, too.
    time_limit : seconds for each plan.
    on_progress : called with plans done, plans in all, and the driver that is switched off.

    Raises
    ------
    NoPlanError
        There is no plan to explain: none keeps the limits (`NothingHoldsError`), or none was found in time.
    InstanceError
        `current_targets` lacks an item.
    """
    began = time.perf_counter()
    world = World.of(instance, bias)
    here = [driver for driver in DRIVERS if driver.is_here(world)]
    worlds = [
        (PLAN, world),
        *((driver.words, driver.without(world)) for driver in here),
        ("all of them", without_all(world)),
    ]
    total = len(worlds) + 1 + bool(instance.current_targets)
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    measured = plans_of(worlds, options, lambda done, name: on_progress(done, total, name))
    base, *off, none = measured
    on_progress(len(worlds) + 1, total, "just in case")
    today = None if is_cancelled() else just_in_case(world, options)
    names = [driver.name for driver in here]
    assert base.ledger is not None
    split = InventorySplit.of(base.ledger)
    pairs = [] if today is None else _rows(JUST_IN_CASE, today[0].whole, today[1].whole)
    worth = base.ledger.tables.demand @ base.ledger.tables.tree.probability * base.ledger.tables.unit_value
    return InventoryExplained(
        instance_name=instance.settings.name,
        currency=instance.settings.currency,
        gap=gap,
        bias_share=float(worth @ world.bias_share / worth.sum()) if worth.sum() > 0 else 0.0,
        by_item=inventory_by_item(base.ledger, split),
        by_segment=inventory_by_segment(base.ledger, split),
        drivers=_effects(names, base.whole, [plan.whole for plan in off], none.whole),
        drivers_by_segment=_effects_by_segment(instance, names, base, off, none),
        just_in_case=pd.DataFrame(pairs, columns=list(DRIVER_COLUMNS)),
        solves=_solves(world, base, dict(zip(names, off, strict=True)), none),
        seconds=time.perf_counter() - began,
    )


def _rows(driver: str, before: dict[str, float], after: dict[str, float]) -> list[list[Any]]:
    return [[driver, name, before[name], after[name], before[name] - after[name]] for name in MEASURES]


def _effects(
    names: Sequence[str], base: dict[str, float], off: Sequence[dict[str, float]], none: dict[str, float]
) -> pd.DataFrame:
    """Rows of all drivers, of the interaction, which is what their sum misses of the total, and of the total."""
    rows = [row for driver, after in zip(names, off, strict=True) for row in _rows(driver, base, after)]
    for name in MEASURES:
        of_all = base[name] - none[name]
        rows.append([INTERACTION, name, NAN, NAN, of_all - sum(base[name] - after[name] for after in off)])
    rows += _rows(TOTAL, base, none)
    return pd.DataFrame(rows, columns=list(DRIVER_COLUMNS))


def _effects_by_segment(
    instance: Instance, names: Sequence[str], base: Measured, off: Sequence[Measured], none: Measured
) -> pd.DataFrame:
    frames = []
    for s in np.unique(instance.item_segment).tolist():
        members = instance.item_segment == s

        def of(plan: Measured, members: Array = members) -> dict[str, float]:
            return {name: float(plan.by_item[name][members].sum()) for name in MEASURES}

        frame = _effects(names, of(base), [of(plan) for plan in off], of(none))
        frame.insert(0, "segment", instance.segments[s].segment)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)[list(SEGMENT_COLUMNS)]


def _solves(world: World, base: Measured, off: dict[str, Measured], none: Measured) -> pd.DataFrame:
    def row(driver: str, words: str, how: str, plan: Measured | None) -> list[Any]:
        if plan is None:
            return [driver, words, how, False, "", NAN, False, NAN, "not in this instance"]
        # With a bias the margin is not the one that was optimised, and its difference no matter of the gap.
        is_comparable = plan is not base and not world.bias_share.any()
        effect = abs(base.whole["expected_margin"] - plan.whole["expected_margin"])
        still_open = base.open_money + plan.open_money
        within = is_comparable and still_open >= CENT and effect <= still_open
        return [driver, words, how, True, plan.status, plan.gap, bool(within), plan.seconds, plan.reason]

    rows = [row(PLAN, "All drivers", "nothing", base)]
    rows += [row(driver.name, driver.words, driver.off, off.get(driver.name)) for driver in DRIVERS]
    rows.append(row(TOTAL, "All at once", "all drivers", none))
    return pd.DataFrame(rows, columns=list(STATUS_COLUMNS))
