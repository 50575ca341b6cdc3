"""Limits as drivers of a tornado: each side of a guardrail, each capacity, each warehouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stockrail.model.guardrail_blocks import CAPACITY, WAREHOUSE
from stockrail.model.instance import Instance
from stockrail.model.what_if import Change, Scalar, Span

PREFIX = "limit:"

SHARES = frozenset({"fill_rate", "on_time_in_full"})
"""Metrics from 0 to 1. Of such a limit the part moves that may be missed: a tenth more than 98 % would be more than all."""

Where = dict[str, Span | tuple[Scalar, ...] | Scalar]
"""Which rows a change is made to."""

GUARDRAILS, LIMITS = "guardrails", "guardrail_limits"


@dataclass(frozen=True)
class Limit:
    """One side of a limit, with those of single periods.

    Attributes
    ----------
    driver, words : name of the driver, and what people call it.
    guardrail, side : the limit, as `stockrail.finance.limits.stated_limit` knows it.
    metric : what it limits; blank for capacities and warehouses.
    stated : the limit of all periods, None where there are only those of single periods.
    by_period : period and limit of each row of `guardrail_limits`.
    """

    driver: str
    words: str
    guardrail: str
    side: str
    metric: str
    stated: float | None
    by_period: tuple[tuple[int, float], ...]

    @property
    def is_share(self) -> bool:
        """Whether the metric is a share of everything, from 0 to 1."""
        return self.metric in SHARES

    @property
    def can_move(self) -> bool:
        """Whether a share of it is anything."""
        values = [*([] if self.stated is None else [self.stated]), *(limit for _, limit in self.by_period)]
        return any(1.0 - value if self.is_share else value for value in values)

    def changes(self, share: float) -> tuple[Change, ...]:
        """Changes that raise the limit by a share of its size, or lower it where `share` is negative."""
        return (*self._of_stated(share), *self._of_periods(share))

    def size_words(self, share: float) -> str:
        """By how much it moves; of a metric that is a share, how much less or more may be missed."""
        size = f"{100 * abs(share):.3g}%"
        if self.is_share:
            return f"{'less' if share > 0 else 'more'} missed by {size}"
        return f"{'+' if share > 0 else '-'}{size}"

    def _of_stated(self, share: float) -> Iterator[Change]:
        if not self.stated:
            return
        table, where, column = _cell_of(self.guardrail, self.side)
        if self.is_share:
            yield Change(table=table, where=where, column=column, set=self._missed_less(self.stated, share))
        else:
            yield Change(table=table, where=where, column=column, multiply=_factor(self.stated, share))

    def _of_periods(self, share: float) -> Iterator[Change]:
        def where(periods: Sequence[int]) -> Where:
            return {"guardrail": self.guardrail, "period": tuple(periods)}

        if self.is_share:
            for period, limit in self.by_period:
                missed = self._missed_less(limit, share)
                yield Change(table=LIMITS, where=where([period]), column=self.side, set=missed)
            return
        for sign in (1.0, -1.0):
            periods = [period for period, limit in self.by_period if sign * limit > 0]
            if periods:
                factor = _factor(sign, share)
                yield Change(table=LIMITS, where=where(periods), column=self.side, multiply=factor)

    @staticmethod
    def _missed_less(limit: float, share: float) -> float:
        return round(1.0 - (1.0 - limit) * (1.0 - share), 10)


def limits_of(instance: Instance) -> Iterator[Limit]:
    """Every side of every limit, in the order of the tables."""
    for name, words, metric, stated in _stated(instance):
        sides = []
        for side in ("upper", "lower"):
            periods = tuple(
                (row.period, float(getattr(row, side)))
                for row in instance.guardrail_limits
                if row.guardrail == name and getattr(row, side) is not None
            )
            if side in stated or periods:
                sides.append((side, stated.get(side), periods))
        for side, own, periods in sides:
            has_both = len(sides) > 1
            yield Limit(
                driver=f"{PREFIX}{name}:{side}" if has_both else f"{PREFIX}{name}",
                words=f"{side} limit of {words}" if has_both else f"limit of {words}",
                guardrail=name,
                side=side,
                metric=metric,
                stated=own,
                by_period=periods,
            )


def _stated(instance: Instance) -> Iterator[tuple[str, str, str, dict[str, float]]]:
    """Name, words, metric, and the limit of each side that is stated."""
    for row in instance.guardrails:
        both = {"upper": row.upper, "lower": row.lower}
        sides = {side: limit for side, limit in both.items() if limit is not None}
        yield row.guardrail, row.guardrail, row.metric, sides
    for supplier in instance.suppliers:
        if supplier.capacity_units_per_period is not None:
            capacity = {"upper": supplier.capacity_units_per_period}
            yield f"{CAPACITY}{supplier.supplier}", f"{supplier.supplier}'s capacity", "", capacity
    for warehouse in instance.warehouses:
        room = {"upper": warehouse.capacity_space}
        yield f"{WAREHOUSE}{warehouse.warehouse}", f"room in {warehouse.warehouse}", "", room


def _cell_of(guardrail: str, side: str) -> tuple[str, Where, str]:
    """Table, row and column of a limit."""
    name = guardrail.split(":", 1)[-1]
    if guardrail.startswith(CAPACITY):
        return "suppliers", {"supplier": name}, "capacity_units_per_period"
    if guardrail.startswith(WAREHOUSE):
        return "warehouses", {"warehouse": name}, "capacity_space"
    return GUARDRAILS, {"guardrail": guardrail}, side


def _factor(limit: float, share: float) -> float:
    """What multiplies a limit so that it rises by a share of its size, whatever its sign."""
    return round(1.0 + share if limit > 0 else 1.0 - share, 10)
