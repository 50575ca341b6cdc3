"""Limits as they hold, guardrail by guardrail and period by period, with the room of funded builds."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.guardrail_blocks import CAPACITY, WAREHOUSE
from stockrail.model.guardrail_rows import limits_by_period, room_of
from stockrail.model.instance import Instance
from stockrail.model.schema import FundedBuild, Guardrail
from stockrail.model.tree import Array
from stockrail.order_rows import first_days
from stockrail.reports import words

CAPACITY_METRICS = {CAPACITY: "ordered_units", WAREHOUSE: "storage_space"}
"""What capacities limit, by the beginning of their names."""


class PeriodLimit(BaseModel):
    """What holds in one period."""

    model_config = ConfigDict(frozen=True)

    period: int
    date: dt.date = Field(description="First day of the period.")
    lower: float | None = Field(description="In the unit of the metric; null for none.")
    upper: float | None = Field(description="With the room of funded builds; null for none.")
    room: float = Field(description="Of it the room of funded builds, for the items in their scopes.")


class LimitView(BaseModel):
    """A guardrail as it is stated, and its limits by period."""

    model_config = ConfigDict(frozen=True)

    name: str
    metric: str
    label: str = Field(description="The metric as people call it.")
    scope: str = Field(description="Which items it sums over, in words.")
    is_hard: bool
    soft_price: float | None = Field(description="Money per unit of violation; null where it is hard.")
    holds: str = Field(description="In which sense, in words.")
    measured: str = Field(
        description="each period, quarter ends, average or total; the last two have one limit for all periods."
    )
    first_period: int
    last_period: int
    lower: float | None = Field(description="As stated for all periods, in the unit of the metric.")
    upper: float | None
    owner: str
    by_period: tuple[PeriodLimit, ...] = Field(description="Of the periods in which it is looked at.")
    is_stepped: bool = Field(description="Whether a period's limits differ from those stated.")

    @property
    def is_money(self) -> bool:
        """Whether its amounts are money."""
        return words.unit_of(self.metric) is words.MONEY

    @property
    def is_over_time(self) -> bool:
        """Whether each period has a limit of its own."""
        return self.measured not in ("average", "total")

    @property
    def sides(self) -> tuple[str, ...]:
        """Sides on which it has a limit in some period."""
        rows = self.by_period
        there = {"upper": any(row.upper is not None for row in rows)}
        there["lower"] = any(row.lower is not None for row in rows)
        return tuple(side for side, is_there in there.items() if is_there)


class BuildView(BaseModel):
    """Room above a guardrail's upper limit that finance grants to some items for some time."""

    model_config = ConfigDict(frozen=True)

    build: str
    guardrail: str
    metric: str
    scope: str
    amount: float = Field(description="Room, in the unit of the guardrail's metric.")
    first_period: int
    last_period: int = Field(description="Last period with all of the room.")
    exit_date: dt.date = Field(description="Day by which nothing of it is left.")
    reason: str
    owner: str
    room: tuple[float, ...] = Field(description="By period of the horizon.")

    @property
    def is_money(self) -> bool:
        """Whether its room is money."""
        return words.unit_of(self.metric) is words.MONEY


def limits_of(instance: Instance) -> tuple[LimitView, ...]:
    """Every guardrail of an instance, and capacities that have limits for single periods."""
    return (*(_limit(instance, row) for row in instance.guardrails), *_capacities(instance))


def builds_of(instance: Instance) -> tuple[BuildView, ...]:
    """Every funded build of an instance."""
    metrics = {row.guardrail: str(row.metric) for row in instance.guardrails}
    return tuple(
        BuildView(
            build=row.build,
            guardrail=row.guardrail,
            metric=metrics[row.guardrail],
            scope=scope_words(row.scope, row.scope_value),
            amount=row.amount,
            first_period=row.first_period,
            last_period=row.last_period,
            exit_date=row.exit_date,
            reason=row.reason,
            owner=row.owner,
            room=tuple(room_of(instance, row).tolist()),
        )
        for row in instance.funded_builds
    )


def scope_words(scope: str, value: str) -> str:
    """Which items, in words.

    Examples
    --------
    >>> scope_words("all", ""), scope_words("product_group", "toys")
    ('all items', 'product group toys')
    """
    return "all items" if scope == "all" else f"{scope.replace('_', ' ')} {value}"


def _limit(instance: Instance, row: Guardrail) -> LimitView:
    periods = np.arange(row.first_period, row.last_period + 1)
    if row.measured == "quarter ends":
        periods = periods[instance.quarter_ends[periods]]
    upper, has_upper = limits_by_period(instance, row.guardrail, "upper", row.upper, periods)
    lower, has_lower = limits_by_period(instance, row.guardrail, "lower", row.lower, periods)
    room = _room(instance, instance.funded_builds, row.guardrail)[periods]
    days = first_days(instance.settings, periods)
    by_period = tuple(
        PeriodLimit(
            period=int(t),
            date=days[k].date(),
            lower=float(lower[k]) if has_lower[k] else None,
            upper=float(upper[k] + room[k]) if has_upper[k] else None,
            room=float(room[k]) if has_upper[k] else 0.0,
        )
        for k, t in enumerate(periods)
    )
    return LimitView(
        name=row.guardrail,
        metric=row.metric,
        label=words.label(row.metric),
        scope=scope_words(row.scope, row.scope_value),
        is_hard=row.soft_price is None,
        soft_price=row.soft_price,
        holds=words.how_it_holds(row.model_dump()),
        measured=row.measured,
        first_period=row.first_period,
        last_period=row.last_period,
        lower=row.lower,
        upper=row.upper,
        owner=row.owner,
        by_period=by_period,
        is_stepped=any((one.lower, one.upper) != (row.lower, row.upper) for one in by_period),
    )


def _capacities(instance: Instance) -> Iterator[LimitView]:
    """Capacities of which finance has limited single periods."""
    stated = {f"{CAPACITY}{row.supplier}": row.capacity_units_per_period for row in instance.suppliers}
    stated |= {f"{WAREHOUSE}{row.warehouse}": row.capacity_space for row in instance.warehouses}
    premiums = {f"{CAPACITY}{row.supplier}": row.overtime_premium_per_unit for row in instance.suppliers}
    premiums |= {
        f"{WAREHOUSE}{row.warehouse}": row.overflow_premium_per_period for row in instance.warehouses
    }
    named = dict.fromkeys(row.guardrail for row in instance.guardrail_limits if row.guardrail in stated)
    periods = np.arange(instance.settings.periods)
    days = first_days(instance.settings, periods)
    for name in named:
        limit, is_there = limits_by_period(instance, name, "upper", stated[name], periods)
        kind, _, value = name.partition(":")
        metric = CAPACITY_METRICS[f"{kind}:"]
        yield LimitView(
            name=name,
            metric=metric,
            label=words.label(metric),
            scope=f"{'supplier' if name.startswith(CAPACITY) else 'warehouse'} {value}",
            is_hard=premiums[name] is None,
            soft_price=premiums[name],
            holds="in every scenario",
            measured="each period",
            first_period=0,
            last_period=int(periods[-1]),
            lower=None,
            upper=stated[name],
            owner="",
            by_period=tuple(
                PeriodLimit(
                    period=t,
                    date=days[t].date(),
                    lower=None,
                    upper=float(limit[t]) if is_there[t] else None,
                    room=0.0,
                )
                for t in range(instance.settings.periods)
            ),
            is_stepped=True,
        )


def _room(instance: Instance, builds: tuple[FundedBuild, ...], guardrail: str) -> Array:
    granted = [room_of(instance, row) for row in builds if row.guardrail == guardrail]
    return np.sum(granted, axis=0) if granted else np.zeros(instance.settings.periods)
