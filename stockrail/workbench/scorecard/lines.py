"""What metrics are made of: units and money by item and period, of a plan, of a re-valued plan, or of what happened.

All of them come from the same few flows in the same way (docs/formulation.md, section 20), so that a difference of two columns of
the scorecard is a difference of what happened, not of how it was counted.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stockrail.model.instance import Array, Instance

TOLERANCE = 1e-9
"""Units that are rounding."""


@dataclass(frozen=True)
class Lines:
    """Lines of a number of periods, the first one that of the instance. Arrays are [items, periods]; NaN where it is not known.

    Attributes
    ----------
    demand, short : units asked for, and those of them not delivered on time.
    in_full : units of demand in periods where nothing was short.
    owed : units short that the item could not have delivered by the end of the period.
    on_hand, stock_value : at the end of the period; units and money.
    delivered, revenue : units that left stock or were expedited, late ones too, and what customers pay for them.
    received, received_value : units that came in, expedited ones too; units and money.
    aged : units in stock at the end for longer than `aged_days`.
    excess : units beyond what is expected to be sold in `forward_cover_days`, and units past their shelf life.
    receivables, payables : money unpaid at the end of the period at the agreed terms; `receivables_at_cost` at standard value.
    forecast, error, error_size : units expected, demand less that, and its size.
    spend : money by account [periods]; an account that nothing is known of is not in it.
    constants : [periods], receivables less payables of before the first period, all items together.
    """

    demand: Array
    short: Array
    in_full: Array
    owed: Array
    on_hand: Array
    stock_value: Array
    delivered: Array
    revenue: Array
    received: Array
    received_value: Array
    aged: Array
    excess: Array
    receivables: Array
    receivables_at_cost: Array
    payables: Array
    forecast: Array
    error: Array
    error_size: Array
    spend: Mapping[str, Array] = field(default_factory=dict)
    constants: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[1])


@dataclass(frozen=True)
class Flows:
    """What everything else follows from [items, periods]; NaN where it is not known.

    Attributes
    ----------
    on_time : units delivered on time, of those demanded.
    opening : [items], units in stock before the first period; None where nobody knows, as well as what was unpaid then.
    """

    demand: Array
    on_time: Array
    on_hand: Array
    stock_value: Array
    received: Array
    received_value: Array
    opening: Array | None
    spend: Mapping[str, Array]


@dataclass(frozen=True)
class Terms:
    """What lines need of an instance. Arrays are [items] unless said otherwise.

    Attributes
    ----------
    price_factor : [periods of the horizon], expected factor on sales prices.
    forecast, forward : [items, periods of the horizon], units expected in the period, and in `forward_cover_days` after it.
    aged_periods : whole periods in `aged_days`.
    shelf_life : periods; -1 where stock does not age.
    receivable_weight, payable_weight : [lags] and [lags, items], part of the money of so many periods ago that is unpaid.
    constants : [periods of the horizon], opening receivables less opening payables that are still unpaid.
    """

    unit_price: Array
    price_factor: Array
    unit_value: Array
    freight_share: Array
    forecast: Array
    forward: Array
    aged_periods: int
    shelf_life: Array
    receivable_weight: Array
    payable_weight: Array
    constants: Array

    @staticmethod
    def of(instance: Instance, forecast: Array, price_factor: Array, aged_days: float) -> "Terms":
        """Read an instance.

        Parameters
        ----------
        forecast : [items, periods], expected demand, units.
        price_factor : [periods], expected.
        aged_days : age from which stock counts as aged.
        """
        settings = instance.settings
        days = settings.period_length_days
        landed_rate = instance.landed_rate
        life = instance.item_column("shelf_life_periods")
        terms = instance.supplier_column("payment_days")
        lag = np.arange(
            max(1, math.ceil(max(settings.receivable_days, float(terms.max(initial=0.0))) / days))
        )
        ended = np.arange(1, settings.periods + 1, dtype=np.float64) * days
        return Terms(
            unit_price=instance.item_column("unit_price"),
            price_factor=price_factor,
            unit_value=instance.item_column("unit_cost") * landed_rate,
            freight_share=instance.supplier_column("freight_rate") / landed_rate,
            forecast=forecast,
            forward=_forward(forecast, settings.forward_cover_days / days),
            aged_periods=max(1, math.ceil(aged_days / days - TOLERANCE)),
            shelf_life=np.where(np.isnan(life), -1.0, life),
            receivable_weight=np.clip(settings.receivable_days / days - lag, 0.0, 1.0),
            payable_weight=np.clip(terms / days - lag[:, None], 0.0, 1.0),
            constants=_unpaid(settings.opening_receivables, settings.receivable_days, ended)
            - _unpaid(settings.opening_payables, float(terms.mean()), ended),
        )


def lines_of(terms: Terms, flows: Flows) -> Lines:
    """The lines of one path: what happened, or a plan on it."""
    periods = flows.demand.shape[1]
    short = np.maximum(flows.demand - flows.on_time, 0.0)
    is_short = short > TOLERANCE * np.maximum(flows.demand, 1.0)
    opening = np.full(len(flows.demand), np.nan) if flows.opening is None else flows.opening
    before = np.concatenate([opening[:, None], flows.on_hand[:, :-1]], axis=1)
    delivered = before + flows.received - flows.on_hand
    value = terms.unit_value[:, None]
    price = terms.unit_price[:, None] * terms.price_factor[:periods]
    is_from_start = flows.opening is not None
    recent = recent_sum(flows.received, terms.aged_periods)
    forecast = terms.forecast[:, :periods]
    error = flows.demand - forecast
    sales = price * delivered
    return Lines(
        demand=flows.demand,
        short=short,
        in_full=np.where(np.isnan(short), np.nan, np.where(is_short, 0.0, flows.demand)),
        owed=_owed(short, flows.on_time, flows.on_hand),
        on_hand=flows.on_hand,
        stock_value=flows.stock_value,
        delivered=delivered,
        revenue=sales,
        received=flows.received,
        received_value=flows.received_value,
        aged=np.maximum(flows.on_hand - recent, 0.0),
        excess=_excess(terms, flows),
        receivables=unpaid_sum(sales, terms.receivable_weight, is_from_start),
        receivables_at_cost=unpaid_sum(value * delivered, terms.receivable_weight, is_from_start),
        payables=unpaid_sum(flows.received_value, terms.payable_weight, is_from_start),
        forecast=forecast,
        error=error,
        error_size=np.abs(error),
        spend=flows.spend,
        constants=terms.constants[:periods] if is_from_start else np.zeros(periods),
    )


def recent_sum(values: Array, periods: int) -> Array:
    """Sum of each period and those before it, so many in all [items, periods]; NaN where there are not as many."""
    total = values.copy()
    for lag in range(1, periods):
        total[:, lag:] += values[:, : max(values.shape[1] - lag, 0)]
    total[:, : periods - 1] = np.nan
    return np.asarray(total)


def unpaid_sum(values: Array, weight: Array, is_from_start: bool) -> Array:
    """Money of each period and those before it, as far as it is unpaid [items, periods].

    Parameters
    ----------
    weight : [lags] or [lags, items].
    is_from_start : whether nothing came before the first period; otherwise periods that reach further back are not known.
    """
    total, periods = np.zeros_like(values), values.shape[1]
    for lag in range(len(weight)):
        part = np.broadcast_to(weight[lag], len(values))
        is_unpaid = part > 0.0
        if not is_unpaid.any():
            break
        share = part[is_unpaid, None]
        if lag < periods:
            total[is_unpaid, lag:] += share * values[is_unpaid, : periods - lag]
        if not is_from_start:
            total[is_unpaid, :lag] = np.nan
    return total


def _owed(short: Array, on_time: Array, on_hand: Array) -> Array:
    """Units short until the item can deliver again: it has stock at the end of a period, or delivers something on time."""
    owed = np.empty_like(short)
    before = np.zeros(len(short))
    for t in range(short.shape[1]):
        can_deliver = (on_hand[:, t] > TOLERANCE) | (on_time[:, t] > TOLERANCE)
        is_unknown = np.isnan(on_hand[:, t]) & ~can_deliver
        before = (
            np.where(can_deliver, 0.0, np.where(is_unknown & (before > 0.0), np.nan, before)) + short[:, t]
        )
        owed[:, t] = before
    return owed


def _excess(terms: Terms, flows: Flows) -> Array:
    """Units beyond cover and past shelf life. The oldest are sold first, so the two are different units up to all stock."""
    periods = flows.on_hand.shape[1]
    beyond = np.maximum(flows.on_hand - terms.forward[:, :periods], 0.0)
    past = np.zeros_like(beyond)
    for life in np.unique(terms.shelf_life[terms.shelf_life >= 0]).astype(int):
        members = terms.shelf_life == life
        recent = recent_sum(flows.received[members], life) if life else np.zeros_like(beyond[members])
        recent[:, :life] = np.inf  # opening stock counts as received in the first period
        past[members] = np.maximum(flows.on_hand[members] - recent, 0.0)
    return np.asarray(np.minimum(flows.on_hand, beyond + past))


def _forward(forecast: Array, cover_periods: float) -> Array:
    """Units expected in so many periods after each one; beyond the horizon the last period goes on."""
    periods = forecast.shape[1]
    at = np.arange(periods)
    total = np.zeros_like(forecast)
    for ahead in range(1, math.ceil(cover_periods) + 1):
        weight = min(1.0, cover_periods - (ahead - 1))
        total += weight * forecast[:, np.minimum(at + ahead, periods - 1)]
    return total


def _unpaid(opening: float, terms_days: float, ended_days: Array) -> Array:
    if terms_days == 0:
        return np.zeros(len(ended_days))
    return np.asarray(opening * np.maximum(0.0, 1.0 - ended_days / terms_days))
