"""Monitoring for the terminal: what left the fan, errors, suppliers, spend, stock, broken rules, and when to plan again."""

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np

from stockrail.formats import MISSING, money_plain, plural
from stockrail.workbench.governance.display import Table
from stockrail.workbench.monitoring.errors import ForecastError
from stockrail.workbench.monitoring.money import SpendAgainstPlan, StockAgainstPlan
from stockrail.workbench.monitoring.monitor import Monitored
from stockrail.workbench.monitoring.seen import Seen
from stockrail.workbench.monitoring.suppliers import SupplierPerformance

COLUMNS = 80

MOST_ROWS = 8
"""Rows of a table on the terminal; files have all."""


def head_lines(monitored: Monitored) -> Iterator[str]:
    """What is held against what."""
    seen = monitored.seen
    if seen is not None and monitored.plan is not None:
        n = seen.observed.n_periods
        periods = "period" if n == 1 else f"{n} {plural(n, 'period')}"
        yield (
            f"The plan of run {monitored.run_id} in its first {periods}, "
            f"{monitored.plan.start} to {seen.last_day}, as of {monitored.on}"
        )
    yield from monitored.notes


def fan_lines(seen: Seen) -> Iterator[str]:
    """How much left the fan, against how much would by chance."""
    where = seen.position
    outside, above = int(where.is_outside.sum()), int(where.is_above.sum())
    yield (
        f"Demand: {outside} of {where.known} left the fan ({above} above, {outside - above} below); of a fan that is right "
        f"{_about(where.expected_outside)} would."
    )


def _about(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def fan_table(seen: Seen) -> Table:
    """Items whose demand outside of the fan was worth most, with the last time that they left it."""
    where = seen.position
    count = where.is_outside.sum(axis=1)
    missed = np.where(where.is_outside, np.abs(seen.observed.demand_units - seen.forecast), 0.0).sum(axis=1)
    worth = missed * seen.instance.item_column("unit_price")
    order = [i for i in np.argsort(-worth, kind="stable") if count[i]][:MOST_ROWS]
    rows: list[tuple[object, ...]] = []
    for i in order:
        last = int(np.flatnonzero(where.is_outside[i])[-1])
        rows.append(
            (
                seen.instance.items[i].item,
                int(where.is_above[i].sum()),
                int(count[i] - where.is_above[i].sum()),
                last,
                f"{seen.observed.demand_units[i, last]:,.0f}",
                f"{seen.low[i, last]:,.0f} to {seen.high[i, last]:,.0f}",
                f"{where.position[i, last]:.1%}",
            )
        )
    return ("item", "above", "below", "last period", "units", "fan", "position"), rows


def error_table(errors: Sequence[ForecastError]) -> Table:
    """All items, segments, and the items with the largest bias in money."""
    items = sorted((one for one in errors if one.level == "item"), key=lambda one: -abs(one.money))
    shown = [one for one in errors if one.level != "item"] + items[:3]
    rows: list[tuple[object, ...]] = [
        (
            "all items" if one.level == "all" else f"{one.level} {one.name}",
            one.periods,
            _share(one.wape),
            _share(one.counted_on),
            _share(one.bias, sign=True),
            f"{one.tracking_signal:+.1f}",
            f"{one.chance:.1%}",
        )
        for one in shown
    ]
    return ("forecast of", "periods", "error", "counted on", "bias", "signal", "chance"), rows


def supplier_table(monitored: Monitored, suppliers: Sequence[SupplierPerformance]) -> Table:
    """Suppliers, those whose lead time has changed first, then the least punctual."""
    order = sorted(
        suppliers,
        key=lambda one: (
            monitored.drift_of(one) in ("as planned", "too few"),
            2.0 if one.on_time is None else one.on_time,
        ),
    )
    rows: list[tuple[object, ...]] = [
        (
            one.supplier,
            one.shipments,
            _days(one.planned_days),
            _days(one.observed_days),
            monitored.drift_of(one),
            _share(one.on_time, 0),
            _days(one.days_late),
            _of(one.short_money, one.due_money),
            _of(one.over_money, one.due_money),
        )
        for one in order[:MOST_ROWS]
    ]
    return ("supplier", "shipm.", "plan d", "days", "lead time", "on time", "d late", "short", "over"), rows


def spend_table(spend: Sequence[SpendAgainstPlan], currency: str) -> Table:
    """Accounts against the plan."""
    rows: list[tuple[object, ...]] = [
        (
            one.account,
            one.periods,
            money_plain(one.actual, currency).strip(),
            MISSING if one.plan is None else money_plain(one.plan, currency).strip(),
            _share(one.share, sign=True),
        )
        for one in spend
    ]
    return ("account", "periods", "spent", "plan", "difference"), rows


def stock_table(stock: Sequence[StockAgainstPlan], currency: str) -> Table:
    """All items and segments at the end of the last period that was counted."""
    last = max((one.period for one in stock), default=-1)
    rows: list[tuple[object, ...]] = []
    for one in stock:
        if one.period == last:
            fan = MISSING
            if one.low is not None and one.high is not None:
                fan = f"{money_plain(one.low, currency).strip()} to {money_plain(one.high, currency).strip()}"
            rows.append(
                (
                    f"segment {one.segment}" if one.segment else "all items",
                    money_plain(one.actual, currency).strip(),
                    money_plain(one.plan, currency).strip(),
                    _share(one.share, sign=True),
                    fan,
                )
            )
    return (f"stock, period {last}", "counted", "plan", "difference", "fan"), rows


def broken_lines(monitored: Monitored, currency: str) -> Iterator[str]:
    """Each broken rule: what it is about, why, who decides by when."""
    if not monitored.broken:
        yield "No rule of monitoring is broken."
        return
    count = len(monitored.broken)
    yield f"{count} {plural(count, 'exception')} by the rules of governance.yaml:"
    for one in monitored.broken[:MOST_ROWS]:
        yield f"  {one.rule}: {one.subject}"
        at_stake = "" if one.money is None else f"{money_plain(one.money, currency).strip()} at stake, "
        blocking = ", blocks approval" if one.is_blocking else ""
        for words in (str(one.evidence["why"]), f"{at_stake}{one.owner_role} by {one.due}{blocking}"):
            yield from textwrap.wrap(words, COLUMNS, initial_indent="    ", subsequent_indent="    ")
    if count > MOST_ROWS:
        yield f"  and {count - MOST_ROWS} more"


def trigger_lines(monitored: Monitored) -> Iterator[str]:
    """Whether it is time to plan again, and why."""
    for one in monitored.triggers[:MOST_ROWS]:
        yield f"Plan again, {one.kind}: {one.reason}."
    if len(monitored.triggers) > MOST_ROWS:
        yield f"And {len(monitored.triggers) - MOST_ROWS} more reasons to plan again."
    coming = monitored.cycle
    if not monitored.triggers:
        yield "Nothing asks for a new plan."
    if coming.due_since is None and coming.next_day is not None:
        yield f"The monthly plan is next due after {coming.next_event} of {coming.next_day}."


def _share(value: float | None, decimals: int = 1, *, sign: bool = False) -> str:
    if value is None or np.isnan(value):
        return MISSING
    if np.isinf(value):
        return "none planned"
    return f"{value:{'+' if sign else ''}.{decimals}%}"


def _of(part: float | None, whole: float | None) -> str:
    return MISSING if part is None or not whole else _share(part / whole)


def _days(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1f}"
