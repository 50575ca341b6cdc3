"""What a policy aims at at each node, in units and in cumulative lots (docs/formulation.md, section 10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stockrail.model.expected_demand import demand_ahead
from stockrail.model.policy import Option, Policy
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray

ROUNDING = 1e-9
"""Part of a lot that does not make another one, against the rounding of floating-point division."""

MOST_CELLS = 2**26
"""Numbers of expected demand that are held at once, half a gigabyte: items times nodes times distinct lengths."""


@dataclass(frozen=True)
class Forecast:
    """What all policies of an instance share: the position without orders and the error at the end of the lead time.

    Attributes
    ----------
    position : [items, nodes]
        Opening stock + scheduled receipts due by the end of the planned lead time - demand on the path, units.
    sigma : [items, nodes]
        Standard deviation at the end of the planned lead time; the last period's where that is beyond the horizon.
    since_offset : int [items, nodes]
        Periods since the first one of the supplier's calendar; negative before it.
    lead_time_periods, order_interval_periods : int [items]
    """

    position: Array
    sigma: Array
    since_offset: IntArray
    lead_time_periods: IntArray
    order_interval_periods: IntArray

    @staticmethod
    def of(tables: Tables) -> "Forecast":
        """Compute what depends on no policy, once for all of them."""
        instance, period = tables.instance, tables.tree.period
        lead_time = instance.item_column("lead_time_periods").astype(np.int64)
        arrival = np.minimum(period[None, :] + lead_time[:, None], tables.tree.periods - 1)
        # Scheduled receipts and errors are the same at all nodes of a period.
        first_of_period = np.unique(period, return_index=True)[1]
        due = np.cumsum(tables.scheduled_received[:, first_of_period], axis=1)
        sigma = tables.sigma[:, first_of_period]
        offset = instance.supplier_column("order_offset_periods").astype(np.int64)
        return Forecast(
            position=tables.base_stock + np.take_along_axis(due, arrival, axis=1) - due[:, period],
            sigma=np.take_along_axis(sigma, arrival, axis=1),
            since_offset=period[None, :] - offset[:, None],
            lead_time_periods=lead_time,
            order_interval_periods=instance.supplier_column("order_interval_periods").astype(np.int64),
        )

    def lengths(self, policy: Policy) -> tuple[Array, Array, Array]:
        """Periods [items] that floor, reorder point and order-up-to look ahead."""
        lead_time = self.lead_time_periods.astype(np.float64)
        cycle = np.lcm(self.order_interval_periods, policy.review_periods)
        return (
            lead_time,
            lead_time + (cycle - 1),
            lead_time + np.maximum(policy.cover_periods, cycle - 1),
        )


@dataclass(frozen=True)
class PolicyTargets:
    """What one policy aims at. All arrays are [items, nodes]; units are those of the position.

    Attributes
    ----------
    safety_stock, reorder_point, order_up_to : units
    is_review : bool
        Whether the policy may order at the node.
    floor_lots, trigger_lots, target_lots : int
        Cumulative lots of the path, fixed ones included, that reach safety stock at the end of the lead time, reorder point
        and order-up-to; zero or negative where none are needed.
    """

    safety_stock: Array
    reorder_point: Array
    order_up_to: Array
    is_review: BoolArray
    floor_lots: IntArray
    trigger_lots: IntArray
    target_lots: IntArray

    @staticmethod
    def of(tables: Tables, forecast: Forecast, policy: Policy) -> "PolicyTargets":
        """Targets of one policy. For many of them `targets_of_policies` is faster."""
        return next(targets_of_policies(tables, forecast, [policy]))


def targets_of_options(
    tables: Tables, forecast: Forecast, options: Iterable[Option]
) -> Iterator[PolicyTargets]:
    """Targets where all items follow the same option, one option after another."""
    return targets_of_policies(
        tables, forecast, [Policy.of_option(tables.instance, option) for option in options]
    )


def targets_of_policies(
    tables: Tables, forecast: Forecast, policies: Iterable[Policy]
) -> Iterator[PolicyTargets]:
    """Targets of many policies, in their order. Policies with the same cover and cycle share their expected demand."""
    most = max(3, MOST_CELLS // tables.demand.size)
    batch: list[Policy] = []
    lengths: dict[bytes, Array] = {}
    for policy in policies:
        added = {length.tobytes(): length for length in forecast.lengths(policy)}
        if batch and len(lengths | added) > most:
            yield from _targets_of_batch(tables, forecast, batch, lengths)
            batch, lengths = [], {}
        batch.append(policy)
        lengths |= added
    if batch:
        yield from _targets_of_batch(tables, forecast, batch, lengths)


def _targets_of_batch(
    tables: Tables, forecast: Forecast, policies: list[Policy], lengths: dict[bytes, Array]
) -> Iterator[PolicyTargets]:
    found = demand_ahead(tables.tree, np.stack(list(lengths.values())))
    ahead = dict(zip(lengths, found, strict=True))
    for policy in policies:
        yield _targets(tables, forecast, policy, *(ahead[x.tobytes()] for x in forecast.lengths(policy)))


def _targets(
    tables: Tables, forecast: Forecast, policy: Policy, lead_time: Array, cycle: Array, cover: Array
) -> PolicyTargets:
    """Targets of one policy, given the expected demand [items, nodes] of its three lengths."""
    by_factor = policy.safety_factor[:, None] * forecast.sigma
    units = policy.safety_stock_units[:, None]
    safety_stock = np.where(np.isnan(units), by_factor, units)
    reorder_point = safety_stock + cycle
    order_up_to = safety_stock + cover
    return PolicyTargets(
        safety_stock=safety_stock,
        reorder_point=reorder_point,
        order_up_to=order_up_to,
        is_review=tables.is_order_allowed & (forecast.since_offset % policy.review_periods[:, None] == 0),
        floor_lots=_lots_to(tables, forecast, safety_stock + lead_time),
        trigger_lots=_lots_to(tables, forecast, reorder_point),
        target_lots=_lots_to(tables, forecast, order_up_to),
    )


def _lots_to(tables: Tables, forecast: Forecast, units: Array) -> IntArray:
    """The least cumulative lots whose position is at least `units`."""
    lots = (units - forecast.position) / tables.lot_size[:, None]
    return np.ceil(lots - ROUNDING).astype(np.int64)
