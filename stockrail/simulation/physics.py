"""The simulation itself: a policy on many paths at once, period by period (docs/formulation.md, section 15)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray
from stockrail.simulation.ageing import Ageing
from stockrail.simulation.books import Books, Flow
from stockrail.simulation.order_rules import OrderRules
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.overtime import overtime
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.pipeline import Pipeline
from stockrail.simulation.policies import Policy
from stockrail.simulation.state import State
from stockrail.simulation.world import World

__all__ = ["Opening", "Policy", "simulate"]


@dataclass(frozen=True)
class Opening:
    """Where paths start, in place of the instance's opening stock: units [items] or [paths, items]."""

    on_hand: Array
    waiting: Array


def simulate(
    world: World,
    paths: DemandPaths,
    policy: Policy,
    *,
    opening: Opening | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    on_flow: Callable[[int, Flow], None] = lambda period, flow: None,
) -> Outcome:
    """Simulate a policy on paths.

    A unit that is lost is gone for good and nothing is owed for it; one that is expedited is bought at the period's landed cost and a
    premium. Orders arrive after their own lead time and delay and may overtake one another. Facts beyond a path, such as
    what a tree expects, play no part.

    Parameters
    ----------
    opening : stock and waiting customers before the first period; by default the instance's, and nobody waits.
    on_progress : called with periods done and all periods.
    on_flow : called with each period and what happened in it, item by item; its arrays are only good until it returns.

    Raises
    ------
    ValueError
        Paths are not of the world's items and periods, or a policy's answer is no order.
    """
    if paths.demand.shape[1:] != (world.items, world.periods):
        raise ValueError(
            f"Expected paths of {world.items} items and {world.periods} periods, got {paths.demand.shape[1:]}."
        )
    run = _Run(world, paths, policy, opening)
    for period in range(world.periods):
        on_flow(period, run.step(period))
        on_progress(period + 1, world.periods)
    return run.outcome()


class _Run:
    """A simulation in the course of it. Arrays are [paths, items]."""

    def __init__(self, world: World, paths: DemandPaths, policy: Policy, opening: Opening | None) -> None:
        self.world, self.paths, self.policy = world, paths, policy
        shape = (len(paths), world.items)
        start = opening or Opening(world.opening_stock, np.zeros(world.items))
        self.on_hand = np.array(np.broadcast_to(start.on_hand, shape))
        self.waiting = np.array(np.broadcast_to(start.waiting, shape))
        self.demanded, self.unserved = np.zeros(shape), np.zeros(shape)
        self.ordered_lots = np.zeros(shape, dtype=np.int64)
        longest = int(world.lead_time_periods.max(initial=0) + paths.delay_periods.max(initial=0))
        self.pipeline = Pipeline(world, len(paths), longest)
        self.ageing = Ageing(world, self.on_hand)
        self.rules = OrderRules(world)
        self.books = Books(world, len(paths))
        self.orders = np.zeros((*shape, world.periods), dtype=np.int32)
        self.memory: dict[str, Any] = {}

    def step(self, period: int) -> Flow:
        """Facts become known, orders are placed, receipts arrive, demand is served, the period is counted."""
        world, paths = self.world, self.paths
        lots = self._order(period)
        demand = np.ascontiguousarray(paths.demand[:, :, period])
        price = world.unit_price * paths.price_factor[:, period, None]
        cost_factor = paths.cost_factor[:, world.supplier, period]
        landed_cost = world.unit_value * cost_factor
        ordered = lots * world.lot_size
        ordered_value = landed_cost * ordered
        if world.breaks:
            ordered_value -= cost_factor * world.landed_rate * world.breaks.saving(ordered)
        arrives_in = world.lead_time_periods + paths.delay_periods[:, world.supplier, period]
        self.pipeline.place(period, ordered, ordered_value, arrives_in)
        received, received_value = self.pipeline.receive(period)

        stock = self.on_hand + received
        to_waiting = np.minimum(self.waiting, stock)
        at_once = np.minimum(demand, stock - to_waiting)
        short = demand - at_once
        expedited, lost = world.expedited_share * short, world.lost_fraction * short
        served = to_waiting + at_once + expedited
        self.on_hand = stock - to_waiting - at_once
        self.waiting = self.waiting - to_waiting + world.waiting_share * short
        self.demanded += demand
        self.unserved += expedited + lost

        order_cost = world.order_cost * paths.order_cost_factor[:, world.supplier, period]
        newly_aged = self.ageing.newly_aged(received, to_waiting + at_once)
        parts = {
            "revenue": price * served,
            "landed_cost": received_value + landed_cost * expedited,
            "order_cost": order_cost * (lots > 0),
            "holding": world.holding_rate * world.unit_value * self.on_hand,
            "expedite": world.expedite_premium * expedited,
            "stockout": price * (world.churn_cost * lost + world.backorder_cost * self.waiting),
            "write_off": world.write_off_share * world.unit_value * newly_aged,
            "change": world.change_price[:, period] * np.abs(ordered - world.announced[:, period]),
        }
        if period == world.periods - 1:
            parts["terminal_value"] = (
                world.terminal_stock_share * world.unit_value * self.on_hand
                + (price - landed_cost - world.expedite_premium) * self.waiting
            )
        else:
            parts["terminal_value"] = np.zeros_like(demand)
        flow = Flow(
            demand=demand,
            short=short,
            lost=lost,
            expedited=expedited,
            served=served,
            on_hand=self.on_hand,
            waiting=self.waiting,
            received=received,
            ordered=ordered,
            ordered_value=ordered_value,
            in_transit=self.pipeline.units,
            in_transit_value=self.pipeline.value,
            parts=parts,
        )
        self.books.enter(period, flow)
        return flow

    def _order(self, period: int) -> IntArray:
        """Lots that are ordered, within the order rules."""
        is_allowed = self.rules.is_allowed(period, self.paths.delay_periods[:, :, period])
        state = State(
            world=self.world,
            period=period,
            on_hand=self.on_hand,
            waiting=self.waiting,
            under_way=self.pipeline.units,
            arriving=self.pipeline.arriving(period),
            ordered_lots=self.ordered_lots,
            demanded=self.demanded,
            unserved=self.unserved,
            can_order=is_allowed,
            pipeline=self.pipeline,
            books=self.books,
            paths=self.paths,
            memory=self.memory,
        )
        lots = self.rules.enforce(self.policy.orders(state), is_allowed, period)
        self.ordered_lots += lots
        self.orders[:, :, period] = lots
        return lots

    def outcome(self) -> Outcome:
        """What has been counted."""
        metrics = self.books.close()
        return Outcome(
            world=self.world,
            parts={**self.books.parts, "overtime": overtime(self.world, self.paths, metrics)},
            item_parts=self.books.item_parts,
            item_units=self.books.item_units,
            metrics=metrics,
            orders=self.orders,
            final_on_hand=self.on_hand,
            final_under_way=self.pipeline.units,
            repairs=self.rules.repairs,
        )
