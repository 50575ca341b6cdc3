"""Guardrails on simulated paths: how often they are breached, and how deep (docs/formulation.md, section 15)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.model.instance import Array
from stockrail.model.schema import Guardrail
from stockrail.model.tree import IntArray
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.overtime import capacities
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.world import ALL, BoolArray, Scope, World

ROUNDING = 1e-9
"""Share of a limit by which rounding alone may breach it."""

NOT_SIMULATED = ("days_of_supply", "excess_exposure", "overtime_spend")
"""Metrics that a path does not have: what is expected beyond it, and overtime as a metric."""


@dataclass(frozen=True)
class Breach:
    """One side of a guardrail on simulated paths.

    Attributes
    ----------
    side : "upper" or "lower".
    holds, alpha : how it is meant to hold, as stated.
    is_hard : whether it may not be breached at a price.
    period : [rows], periods in which it is measured.
    limit : [paths, rows], in the unit of the limit as stated, room of funded builds included.
    excess : [paths, rows], by how much it is breached, at least 0, in the same unit; of a ratio the ratio's.
    is_kept : whether it holds over all paths the way it is meant to: in every one, on average, in the tail or by chance.
    """

    guardrail: str
    side: str
    metric: str
    scope: Scope
    measured: str
    holds: str
    alpha: float | None
    is_hard: bool
    period: IntArray = field(repr=False)
    limit: Array = field(repr=False)
    excess: Array = field(repr=False)
    is_kept: bool

    @property
    def is_breached(self) -> BoolArray:
        """Whether it is breached on each path at least once [paths]."""
        return np.asarray((self.excess > 0).any(axis=1))

    @property
    def depth(self) -> Array:
        """Largest excess on each path as a share of the limit [paths], infinite where the limit is 0 and breached."""
        size = np.abs(self.limit)
        share = np.divide(self.excess, size, out=np.full_like(self.excess, np.inf), where=size > 0)
        return np.asarray(np.where(self.excess > 0, share, 0.0).max(axis=1, initial=0.0))


def breaches(outcome: Outcome, paths: DemandPaths) -> list[Breach]:
    """Every side of every guardrail, capacity and warehouse that can be simulated, in the order of the instance.

    What funded builds leave to items outside of them is not looked at.
    """
    found = []
    for row in outcome.world.instance.guardrails:
        if _is_simulated(outcome.world, row):
            for side in ("lower", "upper"):
                if getattr(row, side) is not None or _has_own_limits(outcome.world, row.guardrail, side):
                    found.append(_breach(outcome, row, side))
    found += _capacity_breaches(outcome, paths)
    return found


def not_simulated(world: World) -> list[str]:
    """Names of guardrails that are not looked at on paths, for reports to say so."""
    return [row.guardrail for row in world.instance.guardrails if not _is_simulated(world, row)]


def breach_frame(found: Sequence[Breach]) -> pd.DataFrame:
    """One row for each side of a guardrail.

    Columns: guardrail, side, metric, scope, scope_value, measured, holds, hard, kept, breached_share (of paths), deepest (largest excess as a
    share of the limit), mean_depth (over the paths that breach it, as a share of the limit), most_breached_period (-1 if never).
    """
    rows = []
    for breach in found:
        depth, is_hit = breach.depth, breach.is_breached
        by_row = (breach.excess > 0).mean(axis=0)
        rows.append(
            {
                "guardrail": breach.guardrail,
                "side": breach.side,
                "metric": breach.metric,
                "scope": breach.scope[0],
                "scope_value": breach.scope[1],
                "measured": breach.measured,
                "holds": breach.holds,
                "hard": breach.is_hard,
                "kept": breach.is_kept,
                "breached_share": float(is_hit.mean()),
                "deepest": float(depth.max(initial=0.0)),
                "mean_depth": float(depth[is_hit].mean()) if is_hit.any() else 0.0,
                "most_breached_period": int(breach.period[np.argmax(by_row)]) if is_hit.any() else -1,
            }
        )
    columns = [
        *("guardrail", "side", "metric", "scope", "scope_value", "measured", "holds", "hard", "kept"),
        *("breached_share", "deepest", "mean_depth", "most_breached_period"),
    ]
    return pd.DataFrame(rows, columns=columns)


def amounts(outcome: Outcome, metric: str, scope: Scope) -> tuple[Array, Array | None]:
    """A metric's numerator and, of a ratio, its denominator [paths, periods]; None where it is no ratio."""
    settings, world = outcome.world.instance.settings, outcome.world
    if metric == "fill_rate":
        demand = outcome.metric("demand", scope)
        return demand - outcome.metric("short", scope), demand
    if metric == "on_time_in_full":
        return outcome.metric("in_full", scope), outcome.metric("demand", scope)
    sales = outcome.metric("cost_of_sales", scope)
    if metric == "turns":
        return sales * world.instance.periods_per_year, outcome.metric("inventory_value", scope)
    if metric == "cash_conversion_cycle":
        unpaid = np.zeros_like(sales)
        for lag, weight in enumerate(world.receivable_weight):
            unpaid[:, lag:] += weight * sales[:, : sales.shape[1] - lag]
        stock, payables = outcome.metric("inventory_value", scope), outcome.metric("payables", scope)
        return stock + unpaid - payables, sales / settings.period_length_days
    return outcome.metric(metric, scope), None


def _is_simulated(world: World, row: Guardrail) -> bool:
    """Whether paths have the metric, and reach the guardrail: an average or a total has to be over before they end."""
    ends = row.last_period if row.measured in ("average", "total") else row.first_period
    return row.metric not in NOT_SIMULATED and ends < world.periods


def _breach(outcome: Outcome, row: Guardrail, side: str) -> Breach:
    world = outcome.world
    scope = ALL if row.scope == "all" else (row.scope, row.scope_value)
    top, bottom = amounts(outcome, row.metric, scope)
    last = min(row.last_period, world.periods - 1)
    window = np.arange(row.first_period, last + 1)
    limits = _limits(world, row, side)
    if row.measured in ("average", "total"):
        period = np.array([last], dtype=np.int64)
        share = 1.0 / len(window) if row.measured == "average" else 1.0
        top = share * top[:, window].sum(axis=1, keepdims=True)
        bottom = None if bottom is None else share * bottom[:, window].sum(axis=1, keepdims=True)
    else:
        period = window[world.instance.quarter_ends[window]] if row.measured == "quarter ends" else window
        period = period[~np.isnan(limits[period])]
        top = top[:, period]
        bottom = None if bottom is None else bottom[:, period]
    limit = np.broadcast_to(limits[period], top.shape)
    return _judge(row.guardrail, side, row, scope, period, limit, top, bottom)


def _judge(
    name: str,
    side: str,
    row: Guardrail,
    scope: Scope,
    period: IntArray,
    limit: Array,
    top: Array,
    bottom: Array | None,
) -> Breach:
    """Hold amounts [paths, rows] against limits."""
    base = np.ones_like(top) if bottom is None else bottom
    sign = 1.0 if side == "upper" else -1.0
    # Of a ratio the law is one of the numerator; over the denominator its excess is the ratio's.
    over = np.asarray(sign * (top - limit * base))
    over[np.abs(over) <= ROUNDING * np.maximum(np.abs(top), np.abs(limit * base))] = 0.0
    # A ratio without a denominator is broken without end where its numerator is.
    endless = np.where(over > 0, np.inf, 0.0)
    excess = np.divide(np.maximum(over, 0.0), base, out=endless, where=base > 0)
    return Breach(
        guardrail=name,
        side=side,
        metric=row.metric,
        scope=scope,
        measured=row.measured,
        holds=row.holds,
        alpha=row.alpha,
        is_hard=row.soft_price is None,
        period=period,
        limit=np.asarray(limit),
        excess=np.asarray(excess),
        is_kept=_is_kept(over, row.holds, row.alpha or 0.0),
    )


def _is_kept(over: Array, holds: str, alpha: float) -> bool:
    """Whether a law holds over all paths, in each period; `over` [paths, rows] is positive where a path is beyond."""
    if not over.size:
        return True
    if holds == "every scenario":
        return not (over > 0).any()
    if holds == "chance":
        return bool(((over > 0).mean(axis=0) <= alpha).all())
    if holds == "expected":
        return bool((over.mean(axis=0) <= 0).all())
    count = len(over)
    # The mean of the largest 1 - alpha share of equally likely paths, the last of them as far as it belongs to the share.
    weight = np.clip((1.0 - alpha) * count - np.arange(count), 0.0, 1.0)
    return bool((weight @ np.sort(over, axis=0)[::-1] <= 0).all())


def _limits(world: World, row: Guardrail, side: str) -> Array:
    """Limit of each period [periods], NaN where there is none."""
    stated = getattr(row, side)
    limit = np.full(world.periods, np.nan if stated is None else stated)
    instance = world.instance
    if row.measured not in ("average", "total"):
        for own in instance.guardrail_limits:
            value = getattr(own, side)
            if own.guardrail == row.guardrail and value is not None and own.period < world.periods:
                limit[own.period] = value
    if side == "upper":
        for build in instance.funded_builds:
            if build.guardrail == row.guardrail:
                exit_period = instance.period_of(build.exit_date)
                t = np.arange(world.periods)
                left = (exit_period - t) / max(exit_period - build.last_period, 1)
                room = np.where(t <= build.last_period, 1.0, np.clip(left, 0.0, 1.0))
                limit += build.amount * np.where(t >= build.first_period, room, 0.0)
    return limit


def _has_own_limits(world: World, name: str, side: str) -> bool:
    return any(
        row.guardrail == name and getattr(row, side) is not None for row in world.instance.guardrail_limits
    )


def _capacity_breaches(outcome: Outcome, paths: DemandPaths) -> Iterator[Breach]:
    world = outcome.world
    for capacity in capacities(world, paths):
        row = Guardrail.model_construct(
            metric=capacity.metric,
            measured="each period",
            holds="every scenario",
            alpha=None,
            soft_price=capacity.premium,
        )
        top = outcome.metric(capacity.metric, capacity.scope)
        yield _judge(
            capacity.name, "upper", row, capacity.scope, np.arange(world.periods), capacity.limit, top, None
        )
