"""More safety stock or more expediting: one row per segment, in one money (docs/formulation.md, section 14)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from stockrail.formats import significant
from stockrail.model.policy import Option, Policy
from stockrail.model.policy_targets import Forecast
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.service.curve import Move, Point

NAN = float("nan")

CURRENT_STEP = 0.25
"""Standard deviations of safety stock by which today's settings are moved up and down."""

LEAST_MONEY = 0.005
"""Money below which a move gains nothing."""

MORE, LESS, KEEP = "more safety stock", "less safety stock", "as it is"
EXPEDITE, SHORT = "more expediting", "more shortages"


@dataclass(frozen=True)
class Neighbour:
    """The next plan of a segment with less or with more safety stock.

    Attributes
    ----------
    is_possible : it earns more while all other segments stay and exceeds no hard limit that the baseline keeps. At the prices of
        limits a move can pay that is not: there is no room, or the room that it frees has no other use.
    """

    name: str
    point: Point
    is_possible: bool


def moved(policy: Policy, tables: Tables) -> tuple[Policy, Policy]:
    """Today's settings with `CURRENT_STEP` standard deviations of safety stock less, and more; none falls below 0."""
    sigma = Forecast.of(tables).sigma @ tables.tree.probability / tables.tree.periods
    step = CURRENT_STEP * sigma
    less = np.maximum(policy.safety_stock_units - step, 0.0)
    return (
        replace(policy, safety_stock_units=less),
        replace(policy, safety_stock_units=policy.safety_stock_units + step),
    )


def menu_neighbours(
    options: Sequence[Option], points: Sequence[Point], here: int, hull: IntArray
) -> tuple[int | None, int | None]:
    """Of an option of a menu the places of those with the next safety factors and the same cover and review: less, more.

    Those that change nothing are passed over. Where there is none, the next efficient option with less or more stock.
    """
    mine, stock = options[here], points[here]["inventory_value"]
    alike = [
        k
        for k, option in enumerate(options)
        if (option.cover_periods, option.review_periods) == (mine.cover_periods, mine.review_periods)
    ]
    safer = [k for k in alike if options[k].safety_factor > mine.safety_factor]
    leaner = [k for k in alike if options[k].safety_factor < mine.safety_factor]
    above = [k for k in safer if points[k]["inventory_value"] > stock + LEAST_MONEY]
    below = [k for k in leaner if points[k]["inventory_value"] < stock - LEAST_MONEY]
    more = min(above, key=lambda k: options[k].safety_factor, default=None)
    less = max(below, key=lambda k: options[k].safety_factor, default=None)
    if more is None:
        more = next((int(k) for k in hull if points[k]["inventory_value"] > stock + LEAST_MONEY), None)
    if less is None:
        less = next((int(k) for k in hull[::-1] if points[k]["inventory_value"] < stock - LEAST_MONEY), None)
    return less, more


@dataclass(frozen=True)
class TradeOff:
    """One segment: what one more and one less unit of money in stock does, per unit of money and year.

    Attributes
    ----------
    option : what the segment follows.
    inventory_value, fill_rate : of the segment; mean over periods.
    expedited_units, premium_per_unit, expedite : expected units expedited, what one costs more on average, and both together.
    lost_margin, stockout : margin of lost units, and what shortages cost beside it.
    more_option, less_option : the next plans with more and with less safety stock; blank where there is none.
    more_inventory, less_inventory : how much more stock, and how much less.
    holding_rate, guardrail_rate, cost_rate : what a unit of money in added stock costs a year: holding, room under guardrails, both.
    retained_rate, expedite_rate, stockout_rate, end_rate, other_rate, gain_rate : what it earns a year: margin of units no longer lost,
        expediting and stockout cost saved, what stock loses at the end of the horizon, everything else, all together. NaN where the
        next plan has no more stock.
    less_cost_rate, less_gain_rate : what a unit of money less in stock saves and gives up a year.
    more_net, less_net : what the objective gains by each of the two moves, in money.
    verdict : "more safety stock", "less safety stock", "as it is".
    sentence : the verdict in words.
    """

    segment: str
    option: str
    inventory_value: float
    fill_rate: float
    expedited_units: float
    premium_per_unit: float
    expedite: float
    lost_margin: float
    stockout: float
    more_option: str
    more_inventory: float
    holding_rate: float
    guardrail_rate: float
    cost_rate: float
    retained_rate: float
    expedite_rate: float
    stockout_rate: float
    end_rate: float
    other_rate: float
    gain_rate: float
    more_net: float
    less_option: str
    less_inventory: float
    less_cost_rate: float
    less_gain_rate: float
    less_net: float
    verdict: str
    sentence: str

    @staticmethod
    def of(
        segment: str,
        option: str,
        base: Point,
        less_plan: Neighbour | None,
        more_plan: Neighbour | None,
        years: float,
        currency: str,
    ) -> "TradeOff":
        """Weigh the two moves; `years` is the length of the horizon."""
        more = None if more_plan is None else Move(base, more_plan.point)
        less = None if less_plan is None else Move(less_plan.point, base)
        up, down = _Rates.of(more, years), _Rates.of(less, years)
        more_net = more.net if more else NAN
        less_net = -less.net if less else NAN
        more_pays = more_plan is not None and more_plan.is_possible and more_net > LEAST_MONEY
        less_pays = less_plan is not None and less_plan.is_possible and less_net > LEAST_MONEY
        verdict = KEEP
        if more_pays and not (less_pays and less_net > more_net):
            verdict = MORE
        elif less_pays:
            verdict = LESS
        units = base["expedited_units"]
        return TradeOff(
            segment=segment,
            option=option,
            inventory_value=base["inventory_value"],
            fill_rate=base.fill_rate,
            expedited_units=units,
            premium_per_unit=base["expedite"] / units if units > 0 else NAN,
            expedite=base["expedite"],
            lost_margin=base["lost_margin"],
            stockout=base["stockout"],
            more_option=more_plan.name if more_plan else "",
            more_inventory=more.added_inventory if more else NAN,
            holding_rate=up.holding,
            guardrail_rate=up.guardrail,
            cost_rate=up.cost,
            retained_rate=up.retained,
            expedite_rate=up.expedite,
            stockout_rate=up.stockout,
            other_rate=up.gain - up.retained - up.expedite - up.stockout - up.end,
            end_rate=up.end,
            gain_rate=up.gain,
            more_net=more_net,
            less_option=less_plan.name if less_plan else "",
            less_inventory=less.added_inventory if less else NAN,
            less_cost_rate=down.cost,
            less_gain_rate=down.gain,
            less_net=less_net,
            verdict=verdict,
            sentence=_sentence(segment, verdict, up, down, more, less, currency),
        )

    @staticmethod
    def frame(rows: Sequence["TradeOff"]) -> pd.DataFrame:
        """One row per segment, one column per attribute."""
        return pd.DataFrame(
            [[getattr(row, part.name) for part in fields(TradeOff)] for row in rows],
            columns=[part.name for part in fields(TradeOff)],
        )


@dataclass(frozen=True)
class _Rates:
    """A move, per unit of money in added stock and year."""

    holding: float = NAN
    guardrail: float = NAN
    cost: float = NAN
    retained: float = NAN
    expedite: float = NAN
    stockout: float = NAN
    end: float = NAN
    gain: float = NAN

    @staticmethod
    def of(move: Move | None, years: float) -> "_Rates":
        if move is None or move.added_inventory <= LEAST_MONEY:
            return _Rates()
        per = move.added_inventory * years
        parts, costs = move.parts, move.costs
        return _Rates(
            costs["added_holding"] / per,
            costs["added_guardrail_charge"] / per,
            move.cost / per,
            parts["retained_margin"] / per,
            parts["saved_expedite"] / per,
            parts["saved_stockout"] / per,
            parts["saved_end_loss"] / per,
            move.gain / per,
        )


def _sentence(
    segment: str, verdict: str, up: _Rates, down: _Rates, more: Move | None, less: Move | None, currency: str
) -> str:
    """The verdict in words, with the numbers that decide it."""
    one_more = f"{currency} 1 more in stock {_word('costs', 'saves', up.cost)} a year and {_word('earns', 'loses', up.gain)}"
    one_less = (
        f"{currency} 1 less {_word('saves', 'costs', down.cost)} and {_word('gives up', 'earns', down.gain)}"
    )
    if verdict == MORE:
        if np.isnan(up.gain):
            return f"{segment}: {MORE}: it takes no more stock and gains {significant(more.net if more else NAN)}."
        return f"{segment}: {MORE}: {one_more}."
    if verdict == LESS:
        if np.isnan(down.gain):
            return f"{segment}: {LESS}: it takes no more stock and gains {significant(-less.net if less else NAN)}."
        assert less is not None
        parts = less.parts
        is_expedited = parts["saved_expedite"] > parts["retained_margin"] + parts["saved_stockout"]
        return f"{segment}: {LESS} and {EXPEDITE if is_expedited else SHORT}: {one_less}."
    reasons = [text for text, rates in ((one_more, up), (one_less, down)) if not np.isnan(rates.gain)]
    text = f"{segment}: {KEEP}" + (
        f": {'; '.join(reasons)}." if reasons else ": no other option holds more or less."
    )
    if more is not None and more.net > LEAST_MONEY:
        return f"{text} More would pay at the prices of the limits, but not by itself: they have no room."
    if less is not None and -less.net > LEAST_MONEY:
        return f"{text} Less would pay at the prices of the limits, but not by itself: the room has no other use."
    return text


def _word(verb: str, opposite: str, rate: float) -> str:
    """A rate as money for one unit of money, with the verb that goes with its sign."""
    return f"{opposite if round(rate, 2) < 0 else verb} {abs(rate):.2f}"
