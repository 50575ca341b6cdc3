"""Facts of an instance that have moved since its last calibration, item by item (docs/calibration.md)."""

from collections.abc import Iterator

import numpy as np

from stockrail.calibration.finding import ROUNDING, Finding, Thresholds, listed, ranked, revenue_of
from stockrail.formats import percent, plural, significant
from stockrail.model.dates import first_day
from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray


class Shifts:
    """Facts of the instance that have moved, item by item."""

    def __init__(self, before: Instance, now: Instance, thresholds: Thresholds) -> None:
        self._before, self._now, self._thresholds = before, now, thresholds
        self._names = [row.item for row in now.items]
        self._revenue = revenue_of(now)
        known = [i for i, name in enumerate(self._names) if name in before.item_index]
        self._own = np.array(known, dtype=np.int64)
        self._their = np.array([before.item_index[self._names[i]] for i in known], dtype=np.int64)

    def findings(self) -> Iterator[Finding]:
        """All that have moved far enough."""
        yield from self._launches()
        yield from self._lead_times()
        yield from self._costs()
        yield from self._guardrails()
        if self._before.settings.period_length_days != self._now.settings.period_length_days:
            yield Finding(
                "periods",
                (),
                1.0,
                "The length of a period has changed: targets in periods have another meaning.",
            )
            return
        yield from self._demand()

    def _launches(self) -> Iterator[Finding]:
        is_new = np.array([name not in self._before.item_index for name in self._names], dtype=bool)
        if is_new.any():
            items, share = self._ranked(is_new)
            yield Finding(
                "launch",
                items,
                share,
                f"{len(items)} {plural(len(items), 'item')} launched since have no targets: {listed(items)}.",
            )

    def _lead_times(self) -> Iterator[Finding]:
        limit = self._thresholds.lead_time_days
        own = self._now.item_column("lead_time_periods") * self._now.settings.period_length_days
        their = self._before.item_column("lead_time_periods") * self._before.settings.period_length_days
        change = own[self._own] - their[self._their]
        yield from self._moved(
            "lead time",
            np.abs(change) >= max(limit, ROUNDING),
            change,
            "lead time",
            f"{limit:g} days",
            unit=" days",
        )

    def _costs(self) -> Iterator[Finding]:
        limit = self._thresholds.cost_share
        for label, own, their in (
            ("landed cost", _unit_value(self._now), _unit_value(self._before)),
            ("price", self._now.item_column("unit_price"), self._before.item_column("unit_price")),
        ):
            change = _relative(own[self._own], their[self._their])
            yield from self._moved(
                "cost", np.abs(change) >= limit - ROUNDING, change, label, percent(limit, 0)
            )
        holding = float(_relative(np.array([_holding(self._now)]), np.array([_holding(self._before)]))[0])
        if abs(holding) >= limit - ROUNDING:
            yield Finding(
                "cost",
                (),
                1.0,
                f"Holding stock costs {_signed_percent(holding)} a year (threshold {percent(limit, 0)}).",
            )

    def _guardrails(self) -> Iterator[Finding]:
        """Limits that are new, gone, or moved."""
        limit = self._thresholds.cost_share
        own, their = _limits(self._now), _limits(self._before)
        said = []
        for name, side in sorted(own.keys() | their.keys()):
            new, old = own.get((name, side)), their.get((name, side))
            if new is None or old is None:
                said.append(f"the {side} limit of {name} is {'new' if old is None else 'gone'}")
            elif abs(new - old) >= limit * max(abs(old), ROUNDING) - ROUNDING and new != old:
                said.append(f"the {side} limit of {name} is {significant(new)} and was {significant(old)}")
        if said:
            sentence = "; ".join(said) + "."
            yield Finding("guardrail", (), 1.0, sentence[:1].upper() + sentence[1:])

    def _demand(self) -> Iterator[Finding]:
        """Demand and its error in the periods that both instances have."""
        own_periods, their_periods = self._shared_periods()
        if not len(own_periods):
            return
        limits = self._thresholds
        own = self._now.mean_demand[np.ix_(self._own, own_periods)]
        their = self._before.mean_demand[np.ix_(self._their, their_periods)]
        change = _relative(own.mean(axis=1), their.mean(axis=1))
        yield from self._moved(
            "demand",
            np.abs(change) >= limits.demand_share - ROUNDING,
            change,
            "forecast",
            percent(limits.demand_share, 0),
        )
        peak = np.where(their > 0, own / np.where(their > 0, their, 1.0), np.where(own > 0, np.inf, 0.0))
        highest = peak.max(axis=1)
        is_peak = highest >= limits.promotion_ratio - ROUNDING
        if self._is_large(is_peak):
            items, share = self._ranked(self._everywhere(is_peak))
            first = int(
                own_periods[(peak[is_peak] >= limits.promotion_ratio - ROUNDING).any(axis=0).argmax()]
            )
            yield Finding(
                "promotion",
                items,
                share,
                f"A promotion, or another peak: single periods of {listed(items)} from {first_day(self._now.settings, first)} on "
                f"have at least {limits.promotion_ratio:g} times the demand that they had ({percent(share, 0)} of revenue).",
            )
        own_sigma = self._now.sigma[np.ix_(self._own, own_periods)].mean(axis=1)
        their_sigma = self._before.sigma[np.ix_(self._their, their_periods)].mean(axis=1)
        change = _relative(own_sigma, their_sigma)
        yield from self._moved(
            "error",
            np.abs(change) >= limits.error_share - ROUNDING,
            change,
            "forecast error",
            percent(limits.error_share, 0),
        )

    def _shared_periods(self) -> tuple[Array, Array]:
        """Places of the periods that begin on the same day, or in the same period, in both."""
        pairs = [
            (t, self._before.period_of(first_day(self._now.settings, t)))
            for t in range(self._now.settings.periods)
        ]
        shared = [(own, their) for own, their in pairs if 0 <= their < self._before.settings.periods]
        return np.array([own for own, _ in shared], dtype=np.int64), np.array(
            [their for _, their in shared], dtype=np.int64
        )

    def _moved(
        self, kind: str, is_moved: BoolArray, change: Array, label: str, limit: str, *, unit: str = ""
    ) -> Iterator[Finding]:
        """A finding where the items that moved matter, with the median of their moves."""
        if not self._is_large(is_moved):
            return
        items, share = self._ranked(self._everywhere(is_moved))
        moves = change[is_moved]
        finite = moves[np.isfinite(moves)]
        middle = float(np.median(finite)) if len(finite) else float("inf")
        said = f"{middle:+g}{unit}" if unit else _signed_percent(middle)
        count = f"{len(items)} {plural(len(items), 'item')}"
        yield Finding(
            kind,
            items,
            share,
            f"The {label} of {count} with {percent(share, 0)} of revenue has moved by {limit} or more ({said} in the middle): "
            f"{listed(items)}.",
        )

    def _everywhere(self, of_known: BoolArray) -> BoolArray:
        """The same for all items of the present instance."""
        everyone = np.zeros(len(self._names), dtype=bool)
        everyone[self._own] = of_known
        return everyone

    def _is_large(self, of_known: BoolArray) -> bool:
        return bool(of_known.any()) and (
            self._ranked(self._everywhere(of_known))[1] >= self._thresholds.revenue_share
        )

    def _ranked(self, concerned: BoolArray) -> tuple[tuple[str, ...], float]:
        return ranked(self._names, self._revenue, concerned)


def _unit_value(instance: Instance) -> Array:
    rate = instance.landed_rate
    return np.asarray(instance.item_column("unit_cost") * rate)


def _limits(instance: Instance) -> dict[tuple[str, str], float]:
    """Limits that hold in all periods of a guardrail, by name and side."""
    return {
        (row.guardrail, side): limit
        for row in instance.guardrails
        for side, limit in (("upper", row.upper), ("lower", row.lower))
        if limit is not None
    }


def _holding(instance: Instance) -> float:
    settings = instance.settings
    return (
        settings.cost_of_capital_rate_per_year
        + settings.storage_rate_per_year
        + settings.insurance_rate_per_year
    )


def _relative(own: Array, their: Array) -> Array:
    """Change as a share of what it was; infinite where that was 0 and is no more."""
    return np.asarray(
        np.divide(own - their, their, out=np.where(own > 0, np.inf, 0.0), where=their > 0), dtype=np.float64
    )


def _signed_percent(change: float) -> str:
    return "from nothing" if not np.isfinite(change) else f"{100 * change:+.0f}%"
