"""What is left of an instance in the middle of a simulation: the same world from a later period on, as it stands on one path."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Instance
from stockrail.model.schema import AnnouncedOrder, FundedBuild, Guardrail, Item, OpenOrder, Supplier
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.simulation.state import State
from stockrail.simulation.world import ALL

Number = TypeVar("Number", np.float64, np.int64)


def remaining_instance(state: State) -> Instance:
    """The instance from the state's period on, for a state of one path. Its tree is that of `remaining_tree`.

    Stock, customers who wait (as negative opening stock) and orders under way are the path's; so are the balances of cash,
    receivables and payables, which run off as opening balances do. Periods of guardrails, builds, overrides and calendars
    move; from averages and totals, what the path has used so far is taken off. What is known of this period's demand has no
    error. The age of stock is not told: it counts as received now.

    Raises
    ------
    ValueError
        The state has more than one path.
    """
    if len(state) != 1:
        raise ValueError(f"Expected the state of one path, got {len(state)}; State.only gives it.")
    instance, now = state.world.instance, state.period
    sigma = instance.sigma[:, now:].copy()
    if state.paths.foreseen is None:
        sigma[:, 0] = 0.0
    if now == 0 and not state.waiting.any() and np.array_equal(state.on_hand[0], state.world.opening_stock):
        return replace(instance, sigma=sigma, source=None)
    return replace(
        instance,
        settings=instance.settings.model_copy(update=_settings(state)),
        items=tuple(_items(state)),
        suppliers=tuple(_supplier(row, now) for row in instance.suppliers),
        mean_demand=instance.mean_demand[:, now:],
        sigma=sigma,
        open_orders=tuple(_open_orders(state)),
        order_overrides=tuple(
            row.model_copy(update={"period": row.period - now})
            for row in instance.order_overrides
            if row.period >= now
        ),
        announced_orders=_announced(instance, now),
        guardrails=tuple(_guardrails(state)),
        guardrail_limits=tuple(
            row.model_copy(update={"period": row.period - now})
            for row in instance.guardrail_limits
            if row.period >= now
        ),
        funded_builds=tuple(_builds(instance, now)),
        scenarios=(),
        scenario_demand=(),
        scenario_suppliers=(),
        scenario_warehouses=(),
        source=None,
    )


def remaining_tree(state: State, tree: ScenarioTree, root: int) -> tuple[ScenarioTree, IntArray]:
    """The tree below a node, with what is known on the path at its root, for a state of one path.

    Parameters
    ----------
    root : node of the tree that the path is at.

    Returns
    -------
    the tree, and the node of `tree` that each of its nodes was.
    """
    is_below = np.zeros(len(tree), dtype=bool)
    is_below[root] = True
    for node in range(root + 1, len(tree)):
        is_below[node] = is_below[tree.parent[node]]
    nodes = np.flatnonzero(is_below)
    place = np.full(len(tree), -1)
    place[nodes] = np.arange(len(nodes))
    parent = place[tree.parent[nodes]]
    parent[0] = -1
    demand, t, paths = tree.demand[:, nodes].copy(), state.period, state.paths
    demand[:, 0] = state.demand[0]
    price_factor = tree.price_factor[nodes].copy()
    price_factor[0] = paths.price_factor[0, t]
    below = ScenarioTree(
        names=tuple(tree.names[n] for n in nodes),
        parent=parent,
        period=tree.period[nodes] - tree.period[root],
        probability=tree.probability[nodes] / tree.probability[root],
        demand=demand,
        price_factor=price_factor,
        delay_periods=_from_root(tree.delay_periods[:, nodes], paths.delay_periods[0, :, t]),
        cost_factor=_from_root(tree.cost_factor[:, nodes], paths.cost_factor[0, :, t]),
        order_cost_factor=_from_root(tree.order_cost_factor[:, nodes], paths.order_cost_factor[0, :, t]),
        capacity_factor=_from_root(tree.capacity_factor[:, nodes], paths.capacity_factor[0, :, t]),
        warehouse_factor=_from_root(tree.warehouse_factor[:, nodes], paths.warehouse_factor[0, :, t]),
    )
    return below, nodes


def _from_root(values: NDArray[Number], now: NDArray[Number]) -> NDArray[Number]:
    """Facts by node, with those of the path at the root."""
    known = values.copy()
    known[:, 0] = now
    return known


def _settings(state: State) -> dict[str, object]:
    """Settings that differ: start, horizon, frozen periods, opening balances at the end of the period before."""
    world, now = state.world, state.period
    settings = world.instance.settings
    changed: dict[str, object] = {
        "start": settings.start + dt.timedelta(days=now * settings.period_length_days),
        "periods": world.periods - now,
        "frozen_periods": max(0, settings.frozen_periods - now),
        "tree": "table",
    }
    if settings.change_price_periods is not None:
        changed["change_price_periods"] = max(1, settings.change_price_periods - now)
    # The ledger counts those who wait from the start as served when they are no longer there, and takes it off first.
    price = world.unit_price * state.paths.price_factor[0, now]
    changed["opening_receivables"] = settings.opening_receivables + float(price @ state.waiting[0])
    if now:
        ended = state.books.so_far(now)
        changed["opening_cash"] = float(ended["cash"][0, 0, -1])
        changed["opening_receivables"] = float(ended["receivables"][0, 0, -1] + price @ state.waiting[0])
        # Deposits on what is under way are in the ledger's payables anyway.
        deposits = float(state.pipeline.value[0] @ world.deposit_share)
        changed["opening_payables"] = float(ended["payables"][0, 0, -1]) + deposits
    return changed


def _items(state: State) -> Iterator[Item]:
    net = state.on_hand[0] - state.waiting[0]
    for row, units in zip(state.world.instance.items, net.tolist(), strict=True):
        # Customers who wait make it negative, which an instance that is read cannot be.
        yield row.model_copy(update={"opening_stock_units": units})


def _supplier(row: Supplier, now: int) -> Supplier:
    offset = row.order_offset_periods - now
    return row.model_copy(
        update={"order_offset_periods": offset if offset >= 0 else offset % row.order_interval_periods}
    )


def _open_orders(state: State) -> Iterator[OpenOrder]:
    due = state.due[:, 0]
    for period, i in np.argwhere(due > 0).tolist():
        yield OpenOrder.model_construct(
            item=state.world.instance.items[i].item, due_period=period, units=float(due[period, i])
        )


def _announced(instance: Instance, now: int) -> tuple[AnnouncedOrder, ...]:
    """What has been announced for the periods left. A row of no units keeps an item named whose orders are all in the past."""
    priced = instance.settings.change_price_periods
    if priced is not None and priced <= now:
        return ()
    rows = [row for row in instance.announced_orders if row.period >= now]
    left = {row.item for row in rows}
    named = dict.fromkeys(row.item for row in instance.announced_orders)
    rows += [AnnouncedOrder(item=item, period=now, units=0.0) for item in named if item not in left]
    return tuple(row.model_copy(update={"period": row.period - now}) for row in rows)


def _guardrails(state: State) -> Iterator[Guardrail]:
    world, now = state.world, state.period
    ended = state.books.so_far(now)
    for row in world.instance.guardrails:
        if row.last_period < now:
            continue
        changes: dict[str, object] = {
            "first_period": max(0, row.first_period - now),
            "last_period": row.last_period - now,
        }
        # What a ratio of sums has been so far is left out: it has no place in a limit.
        if row.measured in ("average", "total") and row.metric in ended and row.first_period < now:
            scope = ALL if row.scope == "all" else (row.scope, row.scope_value)
            used = float(ended[row.metric][world.scopes.index(scope), 0, row.first_period :].sum())
            counted = row.last_period - row.first_period + 1 if row.measured == "average" else 1
            left = row.last_period - now + 1 if row.measured == "average" else 1
            for side in ("lower", "upper"):
                limit = getattr(row, side)
                if limit is not None:
                    changes[side] = (limit * counted - used) / left
        yield row.model_copy(update=changes)


def _builds(instance: Instance, now: int) -> Iterator[FundedBuild]:
    for row in instance.funded_builds:
        if instance.period_of(row.exit_date) > now:
            # A build in its run-off has its last period before the first one.
            yield row.model_copy(
                update={"first_period": row.first_period - now, "last_period": row.last_period - now}
            )
