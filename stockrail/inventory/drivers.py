"""What drives stock, and the same problem with one of it switched off (docs/formulation.md, section 14)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model import dates
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, ScenarioTree

SHORT_LEAD_TIME = 1
"""Periods of lead time that are left where lead time is switched off: an order cannot be there before its period is over."""


@dataclass(frozen=True)
class World:
    """A planning problem and what is not known when it is planned.

    Attributes
    ----------
    tree : with demand as forecast.
    bias_share : [items]
        Mean of (demand less forecast) / forecast, at least -1. Plans are made on the forecast, and valued on the demand.
    """

    instance: Instance
    tree: ScenarioTree
    bias_share: Array

    @staticmethod
    def of(instance: Instance, bias: float | Array = 0.0) -> "World":
        """The instance as it is.

        Raises
        ------
        ValueError
            A bias below -1 or not finite, or not one number for each item.
        """
        shares: Array = np.broadcast_to(np.asarray(bias, dtype=np.float64), (len(instance.items),)).copy()
        if not np.isfinite(shares).all() or (shares < -1).any():
            raise ValueError("Expected a bias of at least -1: demand cannot be less than nothing.")
        return World(instance, build_tree(instance), shares)

    def forecast_tables(self) -> Tables:
        """What is planned on."""
        return Tables.build(self.instance, self.tree)

    def true_tables(self) -> Tables:
        """What plans are valued on: demand in place of the forecast, everything else alike."""
        if not self.bias_share.any():
            return self.forecast_tables()
        return Tables.build(self.instance, replace(self.tree, demand=self._true_demand))

    @property
    def _true_demand(self) -> Array:
        return self.tree.demand * (1.0 + self.bias_share[:, None])

    def expected_demand(self) -> Array:
        """Forecast by period [items, periods]."""
        share = np.zeros((self.tree.periods, len(self.tree)))
        share[self.tree.period, np.arange(len(self.tree))] = self.tree.probability
        return np.asarray(self.tree.demand @ share.T)

    def with_items(self, change: Callable[[int], dict[str, object]]) -> "World":
        """The same with other columns of items, by position."""
        items = tuple(row.model_copy(update=change(i)) for i, row in enumerate(self.instance.items))
        return replace(self, instance=replace(self.instance, items=items))


@dataclass(frozen=True)
class Driver:
    """A reason for stock.

    Attributes
    ----------
    name : in tables.
    words : in reports.
    off : what switching it off means, in words.
    is_here : whether the world has any of it.
    without : the world without it; driving nothing else. Drivers can be switched off in any order.
    """

    name: str
    words: str
    off: str
    is_here: Callable[[World], bool]
    without: Callable[[World], World]


def _has_error(world: World) -> bool:
    spread = world.tree.demand - world.expected_demand()[:, world.tree.period]
    return bool(world.instance.sigma.any() or (np.abs(spread) > 1e-9 * (1.0 + world.tree.demand)).any())


def _without_error(world: World) -> World:
    demand = world.expected_demand()[:, world.tree.period]
    return replace(
        world,
        instance=replace(world.instance, sigma=np.zeros_like(world.instance.sigma)),
        tree=replace(world.tree, demand=demand),
    )


def _has_bias(world: World) -> bool:
    return bool(world.bias_share.any())


def _without_bias(world: World) -> World:
    tree = replace(world.tree, demand=world._true_demand)
    return replace(world, tree=tree, bias_share=np.zeros_like(world.bias_share))


def _has_delays(world: World) -> bool:
    return bool(world.tree.delay_periods.any())


def _without_delays(world: World) -> World:
    return replace(world, tree=replace(world.tree, delay_periods=np.zeros_like(world.tree.delay_periods)))


def _has_lead_time(world: World) -> bool:
    return any(row.lead_time_periods > SHORT_LEAD_TIME for row in world.instance.items)


def _without_lead_time(world: World) -> World:
    rows = world.instance.items
    return world.with_items(lambda i: {"lead_time_periods": min(rows[i].lead_time_periods, SHORT_LEAD_TIME)})


def _has_lots(world: World) -> bool:
    return any(row.lot_size > 1 or row.minimum_order_units > row.lot_size for row in world.instance.items)


def _without_lots(world: World) -> World:
    """Lots are cut into equal ones of at most a unit, so that every order of before stays possible; fixed orders stay."""
    instance = world.instance
    pieces = [int(np.ceil(row.lot_size - 1e-9)) or 1 for row in instance.items]
    rows = instance.items
    changed = world.with_items(
        lambda i: {"lot_size": rows[i].lot_size / pieces[i], "minimum_order_units": 0.0}
    )
    fixed = tuple(
        row.model_copy(update={"lots": row.lots * pieces[instance.item_index[row.item]]})
        for row in instance.order_overrides
    )
    return replace(changed, instance=replace(changed.instance, order_overrides=fixed))


def _has_calendar(world: World) -> bool:
    return any(
        row.order_interval_periods > 1 or row.order_offset_periods > 0 for row in world.instance.suppliers
    )


def _without_calendar(world: World) -> World:
    suppliers = tuple(
        row.model_copy(update={"order_interval_periods": 1, "order_offset_periods": 0})
        for row in world.instance.suppliers
    )
    return replace(world, instance=replace(world.instance, suppliers=suppliers))


def starts_or_ends(instance: Instance) -> BoolArray:
    """Items that are launched or that end within the horizon [items]."""
    start, end = instance.settings.start, dates.first_day(instance.settings, instance.settings.periods)

    def is_within(day: dt.date | None) -> bool:
        return day is not None and start < day < end

    return np.array(
        [is_within(row.launch_date) or is_within(row.end_date) for row in instance.items], dtype=bool
    )


def _has_life_cycle(world: World) -> bool:
    return bool(starts_or_ends(world.instance).any())


def _without_life_cycle(world: World) -> World:
    """The same demand in all, spread evenly over the horizon, with the same spread over scenarios; errors likewise."""
    moved = starts_or_ends(world.instance)
    expected = world.expected_demand()
    level = expected.mean(axis=1, keepdims=True)
    # A node's share of its period's demand stays; where a period has none, all its nodes get the level.
    by_node = expected[:, world.tree.period]
    share = np.divide(world.tree.demand, by_node, out=np.ones_like(world.tree.demand), where=by_node > 0)
    demand = np.where(moved[:, None], level * share, world.tree.demand)
    sigma = world.instance.sigma
    even = np.sqrt((sigma**2).mean(axis=1, keepdims=True))
    return replace(
        world,
        instance=replace(world.instance, sigma=np.where(moved[:, None], even, sigma)),
        tree=replace(world.tree, demand=demand),
    )


DRIVERS = (
    Driver(
        "forecast_error",
        "Forecast error",
        "demand is what is expected of it, in every scenario",
        _has_error,
        _without_error,
    ),
    Driver(
        "forecast_bias", "Forecast bias", "plans are made on unbiased forecasts", _has_bias, _without_bias
    ),
    Driver(
        "lead_time_variability", "Late deliveries", "suppliers are never late", _has_delays, _without_delays
    ),
    Driver(
        "lead_time",
        "Lead time",
        f"every lead time is at most {SHORT_LEAD_TIME} period",
        _has_lead_time,
        _without_lead_time,
    ),
    Driver("lots", "Lots and minimum orders", "orders are in single units", _has_lots, _without_lots),
    Driver(
        "order_calendar",
        "Order calendar",
        "orders are possible in every period",
        _has_calendar,
        _without_calendar,
    ),
    Driver(
        "life_cycle",
        "Launches and ends",
        "items that start or end within the horizon sell as much, evenly",
        _has_life_cycle,
        _without_life_cycle,
    ),
)
"""What drives the stock of a free plan, in the order of reports."""


def without_all(world: World) -> World:
    """All drivers switched off at once."""
    for driver in DRIVERS:
        if driver.is_here(world):
            world = driver.without(world)
    return world
