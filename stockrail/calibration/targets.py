"""The targets of a chosen rule by item, in the fields of an ERP, and by segment (docs/calibration.md)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from stockrail.model.ledger import Ledger
from stockrail.model.policy import Option, Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.model.tables import BoolArray, Tables, cumulate
from stockrail.model.tree import Array, IntArray
from stockrail.tabulate import dates

TARGETS, BROKEN_TARGETS = "targets.csv", "targets_breaking_guardrails.csv"
"""Targets for the ERP; where they break hard guardrails, the file has a name that no import picks up by mistake."""

LIKELY = 0.5
"""Probability from which on a date counts as the one to expect."""

UNIT_DECIMALS = 3
"""Of units in the table: an ERP takes no more."""


@dataclass(frozen=True)
class ItemTargets:
    """What a policy aims at, item by item, with what the plan of its rule means.

    Attributes
    ----------
    safety_factor : [items], z; implied by the units where those are given, NaN where there is no forecast error.
    safety_stock, reorder_point, order_up_to : units [items], at the root.
    mean_safety_stock, mean_reorder_point, mean_order_up_to : units [items], the mean over nodes and periods, which follows the
        forecast through the horizon.
    """

    ledger: Ledger
    policy: Policy
    targets: PolicyTargets
    sigma: Array

    @staticmethod
    def of(tables: Tables, policy: Policy) -> "ItemTargets":
        """Targets of a policy, and its plan."""
        forecast = Forecast.of(tables)
        targets = PolicyTargets.of(tables, forecast, policy)
        ledger = Ledger(tables, rule_plan(tables, targets))
        return ItemTargets(ledger, policy, targets, forecast.sigma[:, 0])

    @property
    def safety_stock(self) -> Array:
        """Units at the root [items]."""
        return np.asarray(self.targets.safety_stock[:, 0])

    @property
    def safety_factor(self) -> Array:
        """Standard deviations of safety stock at the root [items]; NaN where there is no error to be safe against."""
        nothing = np.full(len(self.sigma), np.nan)
        return np.asarray(np.divide(self.safety_stock, self.sigma, out=nothing, where=self.sigma > 0))

    @property
    def service_level(self) -> Array:
        """Share of order cycles without shortage where errors are normal: the cdf of the safety factor [items]."""
        return np.asarray(ndtr(self.safety_factor))

    @property
    def inventory_value(self) -> Array:
        """Mean value of stock over the horizon [items]."""
        return np.asarray(self.ledger.expected(self.ledger.metric("inventory_value")).mean(axis=1))

    def mean(self, values: Array) -> Array:
        """Mean over nodes and periods of values [items, nodes], as [items]."""
        return np.asarray(self.ledger.expected(values).mean(axis=1))


def targets_table(chosen: ItemTargets, options: list[Option], departed: IntArray) -> pd.DataFrame:
    """One row per item: columns of `targets.csv`.

    Units are at the root, that is now, but for the `mean_` columns, which are means over all nodes and periods of the horizon.
    `service_level` is the share of order cycles without shortage, `fill_rate` the share of units served on time that the plan
    expects. Dates are the first days of periods; `next_order_date` is the first on which the rule has ordered with a probability
    of at least one half, blank where that is beyond the horizon.
    """
    tables = chosen.ledger.tables
    instance, items = tables.instance, tables.instance.items
    days = _days_of_cover(tables, chosen.safety_stock)
    first, second, units = _orders(chosen.ledger)
    is_departed = np.zeros(len(items), dtype=bool)
    is_departed[departed] = True
    cycle = np.lcm(
        instance.supplier_column("order_interval_periods").astype(np.int64), chosen.policy.review_periods
    )
    table = pd.DataFrame(
        {
            "item": [row.item for row in items],
            "description": [row.description for row in items],
            "segment": [row.segment for row in items],
            "option": [option.name for option in options],
            "departs": np.where(is_departed, "yes", "no"),
            "safety_factor": chosen.policy.safety_factor,
            "service_level": ndtr(chosen.policy.safety_factor),
            "fill_rate": chosen.ledger.fill_rate,
            "safety_stock_units": chosen.safety_stock,
            "safety_stock_value": chosen.safety_stock * tables.unit_value,
            "safety_stock_days": days,
            "reorder_point_units": chosen.targets.reorder_point[:, 0],
            "order_up_to_units": chosen.targets.order_up_to[:, 0],
            "lot_size_units": tables.lot_size,
            "minimum_order_units": instance.item_column("minimum_order_units"),
            "maximum_order_units": instance.item_column("maximum_order_units"),
            "lead_time_periods": instance.item_column("lead_time_periods").astype(np.int64),
            "cover_periods": chosen.policy.cover_periods,
            "review_periods": chosen.policy.review_periods,
            "cycle_periods": cycle,
            "next_review_date": _dates(chosen.ledger, _first_review(chosen.targets, tables)),
            "next_order_date": _dates(chosen.ledger, first),
            "next_order_units": units,
            "following_order_date": _dates(chosen.ledger, second),
            "mean_safety_stock_units": chosen.mean(chosen.targets.safety_stock),
            "mean_reorder_point_units": chosen.mean(chosen.targets.reorder_point),
            "mean_order_up_to_units": chosen.mean(chosen.targets.order_up_to),
        }
    )
    in_units = [str(name) for name in table if str(name).endswith("_units")]
    table[in_units] = table[in_units].round(UNIT_DECIMALS)
    return table.round({"service_level": 6, "fill_rate": 6, "safety_stock_value": 2, "safety_stock_days": 2})


def segments_table(
    chosen: ItemTargets, by_segment: list[Option | None], departed: IntArray, now: ItemTargets | None
) -> pd.DataFrame:
    """One row per segment with items: its option, and what the rule's plan means for it.

    segment, items, option, safety_factor, cover_periods, review_periods, service_level, fill_rate, safety_stock_units,
    safety_stock_value, safety_stock_days, inventory_value (mean over the horizon), expected_margin, departures, next_review_date and
    latest_review_date (the first and the last of the items' next reviews, blank beyond the horizon), and of the present targets
    current_safety_stock_value, current_fill_rate, current_inventory_value, current_expected_margin (missing where there are none).
    """
    tables = chosen.ledger.tables
    instance = tables.instance
    demand = tables.demand @ tables.tree.probability
    is_departed = np.zeros(len(instance.items), dtype=bool)
    is_departed[departed] = True
    first_review = _first_review(chosen.targets, tables)
    rows = []
    for place, option in enumerate(by_segment):
        if option is None:
            continue
        members = instance.item_segment == place
        value = float((chosen.safety_stock * tables.unit_value)[members].sum())
        per_day = float((demand * tables.unit_value)[members].sum()) / _horizon_days(tables)
        rows.append(
            {
                "segment": instance.segments[place].segment,
                "items": int(members.sum()),
                "option": option.name,
                "safety_factor": option.safety_factor,
                "cover_periods": option.cover_periods,
                "review_periods": option.review_periods,
                "service_level": float(ndtr(option.safety_factor)),
                "fill_rate": fill_rate(chosen.ledger, members),
                "safety_stock_units": float(chosen.safety_stock[members].sum()),
                "safety_stock_value": value,
                "safety_stock_days": value / per_day if per_day > 0 else np.nan,
                "inventory_value": float(chosen.inventory_value[members].sum()),
                "expected_margin": float(chosen.ledger.item_margin[members].sum()),
                "departures": int((members & is_departed).sum()),
                "next_review_date": first_review[members].min(),
                "latest_review_date": first_review[members].max(),
                "current_safety_stock_value": _total(
                    now, members, lambda of: of.safety_stock * tables.unit_value
                ),
                "current_fill_rate": np.nan if now is None else fill_rate(now.ledger, members),
                "current_inventory_value": _total(now, members, lambda of: of.inventory_value),
                "current_expected_margin": _total(now, members, lambda of: of.ledger.item_margin),
            }
        )
    table = pd.DataFrame(rows)
    for name in ("next_review_date", "latest_review_date"):
        if name in table:
            table[name] = _dates(chosen.ledger, table[name].to_numpy(np.int64))
    return table


def fill_rate(ledger: Ledger, members: BoolArray) -> float:
    """1 - expected short units / expected demand of some items; 1 where there is no demand."""
    probability = ledger.tables.tree.probability
    short = float((ledger.line("short") @ probability)[members].sum())
    demand = float((ledger.tables.demand @ probability)[members].sum())
    return 1.0 - short / demand if demand > 0 else 1.0


def _total(of: ItemTargets | None, members: BoolArray, read: Callable[[ItemTargets], Array]) -> float:
    return np.nan if of is None else float(read(of)[members].sum())


def _horizon_days(tables: Tables) -> int:
    return tables.tree.periods * tables.instance.settings.period_length_days


def _days_of_cover(tables: Tables, units: Array) -> Array:
    """Days of the horizon's mean demand that units last [items]; NaN where there is no demand."""
    per_day = (tables.demand @ tables.tree.probability) / _horizon_days(tables)
    return np.asarray(np.divide(units, per_day, out=np.full(len(units), np.nan), where=per_day > 0))


def _first_review(targets: PolicyTargets, tables: Tables) -> IntArray:
    """First period [items] with a review; the number of periods where there is none."""
    period = np.where(targets.is_review, tables.tree.period, tables.tree.periods)
    return np.asarray(period.min(axis=1))


def _orders(ledger: Ledger) -> tuple[IntArray, IntArray, Array]:
    """Periods [items] by which a first and a second order are likely (the number of periods where none is), and the units [items]
    that the first one is expected to have, given that there is one there.
    """
    tree = ledger.tables.tree
    is_order = (ledger.line("is_order") > 0.5).astype(np.float64)
    count = cumulate(tree, is_order)
    first = _first_likely(ledger.expected((count >= 1).astype(np.float64)))
    second = _first_likely(ledger.expected((count >= 2).astype(np.float64)))
    here = (tree.period == first[:, None]) * is_order * tree.probability
    weight = here.sum(axis=1)
    units = np.divide(
        (here * ledger.line("ordered")).sum(axis=1),
        weight,
        out=np.full(len(weight), np.nan),
        where=weight > 0,
    )
    return first, second, np.asarray(units)


def _first_likely(chance: Array) -> IntArray:
    is_likely = chance >= LIKELY - 1e-9
    return np.asarray(np.where(is_likely.any(axis=1), is_likely.argmax(axis=1), chance.shape[1]))


def _dates(ledger: Ledger, period: IntArray) -> pd.Series:
    """First days of periods, missing beyond the horizon."""
    return pd.Series(dates(ledger, period)).where(period < ledger.tables.tree.periods)
