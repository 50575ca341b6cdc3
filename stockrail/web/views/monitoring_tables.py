"""Tables of monitoring: demand that left the fan, errors, suppliers, spend and stock against the plan."""

from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.workbench.monitoring.monitor import Monitored
from stockrail.workbench.monitoring.seen import Seen

MOST_ITEMS = 25
"""Items whose demand left the fan, and items with the largest bias in money, that are listed."""


class OutsideFan(BaseModel):
    """An item whose demand left the fan of the plan."""

    model_config = ConfigDict(frozen=True)

    item: str
    above: int = Field(description="Periods above the fan.")
    below: int
    money: float = Field(description="What it missed the forecast by in those periods, at its price.")
    last_period: int
    units: float = Field(description="Demand of the last such period.")
    low: float
    high: float
    position: float = Field(description="Probability that the plan gave to so little.")


class ErrorRow(BaseModel):
    """The forecast of all items, of a segment or of an item against what came."""

    model_config = ConfigDict(frozen=True)

    level: str
    name: str
    periods: int
    wape: float | None = Field(description="Size of the errors over what came.")
    counted_on: float | None = Field(description="The same as the plan expects it.")
    bias: float | None
    tracking_signal: float | None
    chance: float | None = Field(description="Probability that the plan gave to so large a bias.")
    money: float = Field(description="The bias in money.")


class SupplierRow(BaseModel):
    """A supplier against what the plan counts on."""

    model_config = ConfigDict(frozen=True)

    supplier: str
    shipments: int
    planned_days: float | None
    observed_days: float | None
    lead_time: str = Field(description="longer, shorter, as planned or too few.")
    on_time: float | None
    days_late: float | None
    late_money: float
    short: float | None = Field(description="Value of what is missing, of what was due.")
    over: float | None


class SpendRow(BaseModel):
    """An account against the plan."""

    model_config = ConfigDict(frozen=True)

    account: str
    periods: int
    actual: float
    plan: float | None
    difference: float | None


class StockRow(BaseModel):
    """Stock at the end of the last counted period against the plan."""

    model_config = ConfigDict(frozen=True)

    segment: str = Field(description="Blank for all items.")
    period: int
    actual: float
    plan: float
    difference: float
    low: float | None
    high: float | None


def outside_rows(seen: Seen) -> Iterator[OutsideFan]:
    """Items whose demand outside of the fan was worth most."""
    where = seen.position
    count = where.is_outside.sum(axis=1)
    missed = np.where(where.is_outside, np.abs(seen.observed.demand_units - seen.forecast), 0.0).sum(axis=1)
    worth = missed * seen.instance.item_column("unit_price")
    order = [int(i) for i in np.argsort(-worth, kind="stable") if count[i]]
    for i in order[:MOST_ITEMS]:
        above = int(where.is_above[i].sum())
        last = int(np.flatnonzero(where.is_outside[i])[-1])
        yield OutsideFan(
            item=seen.instance.items[i].item,
            above=above,
            below=int(count[i]) - above,
            money=float(worth[i]),
            last_period=last,
            units=float(seen.observed.demand_units[i, last]),
            low=float(seen.low[i, last]),
            high=float(seen.high[i, last]),
            position=float(where.position[i, last]),
        )


def error_rows(seen: Seen) -> Iterator[ErrorRow]:
    """All items, segments, and the items with the largest bias in money."""
    items = sorted((one for one in seen.errors if one.level == "item"), key=lambda one: -abs(one.money))
    for one in [*(one for one in seen.errors if one.level != "item"), *items[:MOST_ITEMS]]:
        yield ErrorRow(
            level=one.level,
            name=one.name,
            periods=one.periods,
            wape=finite(one.wape),
            counted_on=finite(one.counted_on),
            bias=finite(one.bias),
            tracking_signal=finite(one.tracking_signal),
            chance=finite(one.chance),
            money=one.money,
        )


def supplier_rows(monitored: Monitored, seen: Seen) -> Iterator[SupplierRow]:
    """Those whose lead time has changed first, then the least punctual."""
    order = sorted(
        seen.suppliers,
        key=lambda one: (
            monitored.drift_of(one) in ("as planned", "too few"),
            2.0 if one.on_time is None else one.on_time,
        ),
    )
    for one in order:
        yield SupplierRow(
            supplier=one.supplier,
            shipments=one.shipments,
            planned_days=one.planned_days,
            observed_days=one.observed_days,
            lead_time=monitored.drift_of(one),
            on_time=one.on_time,
            days_late=one.days_late,
            late_money=one.late_money,
            short=_share(one.short_money, one.due_money),
            over=_share(one.over_money, one.due_money),
        )


def spend_rows(seen: Seen) -> Iterator[SpendRow]:
    """Accounts."""
    for one in seen.spend:
        yield SpendRow(
            account=one.account,
            periods=one.periods,
            actual=one.actual,
            plan=one.plan,
            difference=one.difference,
        )


def stock_rows(seen: Seen) -> Iterator[StockRow]:
    """All items and segments at the end of the last period that was counted."""
    last = max((one.period for one in seen.stock), default=-1)
    for one in seen.stock:
        if one.period == last:
            yield StockRow(
                segment=one.segment,
                period=one.period,
                actual=one.actual,
                plan=one.plan,
                difference=one.difference,
                low=one.low,
                high=one.high,
            )


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
