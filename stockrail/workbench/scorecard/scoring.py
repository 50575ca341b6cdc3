"""From the facts of a quarter to scores: metric by metric, for all items, each segment and each supplier."""

from collections.abc import Iterator

import numpy as np

from stockrail.formats import plural, ranges
from stockrail.simulation.world import BoolArray
from stockrail.workbench.scorecard.lines import Lines
from stockrail.workbench.scorecard.metric import Metric, NoValueError, known_items, missing
from stockrail.workbench.scorecard.metrics import METRICS
from stockrail.workbench.scorecard.quarter_facts import QuarterFacts
from stockrail.workbench.scorecard.score import Score
from stockrail.workbench.scorecard.supply import LEAD_TIME, NO_ORDER_DATES, ON_TIME

ALL_METRICS: tuple[Metric, ...] = (
    *(row for row in METRICS if row.group in ("service", "inventory", "variability")),
    LEAD_TIME,
    ON_TIME,
    *(row for row in METRICS if row.group in ("finance", "instability")),
)
"""All metrics in the order of the scorecard."""

NO_PLAN = "no plan was approved for the quarter"

_SOURCES = {
    "demand": "demand.csv",
    "short": "served_units of demand.csv",
    "in_full": "served_units of demand.csv",
    "owed": "served_units of demand.csv or units of stock.csv",
    "on_hand": "units of stock.csv",
    "stock_value": "units of stock.csv",
    "delivered": "units of stock.csv or receipts.csv",
    "receivables": "units of stock.csv or receipts.csv as far back as customers owe",
    "receivables_at_cost": "units of stock.csv or receipts.csv as far back as customers owe",
    "payables": "receipts.csv as far back as suppliers are owed",
    "received_value": "receipts.csv",
    "aged": "receipts.csv, or as many periods of the plan as stock must be old",
    "excess": "units of stock.csv or receipts.csv",
    "error": "demand.csv",
    "error_size": "demand.csv",
}
"""Where the actuals of a line come from."""

_WHERE = ("in the plan", "in the plan on actual demand", "in fact")
"""Columns, for reasons."""

_NEEDS_FORECAST = ("excess", "error", "error_size")


def scores(facts: QuarterFacts) -> list[Score]:
    """All scores of a quarter: those of all items first, then those of segments and suppliers."""
    found = [_score_of(facts, metric) for metric in ALL_METRICS]
    for k, segment in enumerate(facts.instance.segments):
        members = facts.instance.item_segment == k
        if members.any():
            found += [
                _of_items(facts, metric, members, f"segment {segment.segment}")
                for metric in ALL_METRICS
                if metric.value is not None
            ]
    for supplier in sorted(set(facts.deliveries.supplier)):
        found += [_of_deliveries(facts, metric, str(supplier)) for metric in (LEAD_TIME, ON_TIME)]
    return found


def _score_of(facts: QuarterFacts, metric: Metric) -> Score:
    if metric in (LEAD_TIME, ON_TIME):
        return _of_deliveries(facts, metric, None)
    if metric.accounts:
        return _of_accounts(facts, metric)
    return _of_items(facts, metric, np.ones(len(facts.instance.items), dtype=bool), "")


def _of_items(facts: QuarterFacts, metric: Metric, members: BoolArray, scope: str) -> Score:
    """The score of items with everything that the metric needs, the same ones in each column."""
    assert metric.value is not None
    known = members & known_items(facts.actual, metric, facts.first, facts.last)
    if not known.any():
        planned = _value(facts, metric, facts.plan, members)
        return Score(metric, scope, planned, None, None, 0, "; ".join(_unknown(facts, metric, members)))
    reasons: list[str] = []
    if facts.plan is None:
        reasons.append(NO_PLAN)
    is_revalued = facts.is_revalued
    both = known if is_revalued is None else known & is_revalued
    can_revalue = bool(both.any())
    if is_revalued is not None and not can_revalue:
        reasons.append(f"demand is not known in each period up to {facts.last_day}: no split")
    items = both if can_revalue else known
    left_out = int(members.sum() - items.sum())
    if left_out:
        reasons.append(f"without {left_out} {plural(left_out, 'item')} of which not everything is known")
    columns = (facts.plan, facts.revalued if can_revalue else None, facts.actual)
    values: list[float | None] = []
    nothing: dict[str, list[str]] = {}
    for lines, where in zip(columns, _WHERE, strict=True):
        try:
            values.append(None if lines is None else metric.value(facts.view(lines, items)))
        except NoValueError as error:
            values.append(None)
            nothing.setdefault(str(error), []).append(where)
    reasons += [f"{what} {' and '.join(where)}" for what, where in nothing.items()]
    finite = [None if value is None or not np.isfinite(value) else value for value in values]
    if facts.plan is not None and finite[0] is None and values[0] is not None:
        reasons += _unknown_in_plan(metric)
    plan, revalued, actual = finite
    told = "; ".join(reasons)
    return Score(metric, scope, plan, revalued, actual, int(items.sum()), told)


def _value(facts: QuarterFacts, metric: Metric, lines: Lines | None, items: BoolArray) -> float | None:
    assert metric.value is not None
    try:
        value = None if lines is None else metric.value(facts.view(lines, items))
    except NoValueError:
        return None
    return None if value is None or not np.isfinite(value) else value


def _of_accounts(facts: QuarterFacts, metric: Metric) -> Score:
    """What was spent, on the accounts that the actuals have."""
    booked = facts.actual.spend
    there = [name for name in metric.accounts if name in booked and np.isfinite(booked[name]).any()]
    periods = slice(facts.first, facts.last + 1)
    reasons = [] if facts.plan is not None else [NO_PLAN]
    absent = [name for name in metric.accounts if name not in there]
    counted = there or list(metric.accounts)
    everybody = np.ones(len(facts.instance.items), dtype=bool)
    plan, revalued = (
        None if lines is None else facts.view(lines, everybody).spend(*counted)
        for lines in (facts.plan, facts.revalued)
    )
    gaps = [name for name in there if not np.isfinite(booked[name][periods]).all()]
    if not there or gaps:
        which = ", ".join(gaps or absent)
        period = (
            f" in periods {ranges(facts.first + np.flatnonzero(~np.isfinite(booked[gaps[0]][periods])))}"
            if gaps
            else ""
        )
        reason = f"spend.csv has no {which}{period}; where nothing was spent, say 0"
        return Score(metric, "", plan, None, None, len(everybody), "; ".join([*reasons, reason]))
    if absent:
        reasons.append(f"without {', '.join(absent)}, which spend.csv does not have")
    if facts.is_revalued is not None and not facts.is_revalued.all():
        revalued = None
        reasons.append(f"demand of some items is not known in each period up to {facts.last_day}: no split")
    actual = facts.view(facts.actual, everybody).spend(*there)
    return Score(metric, "", plan, revalued, actual, len(everybody), "; ".join(reasons))


def _of_deliveries(facts: QuarterFacts, metric: Metric, supplier: str | None) -> Score:
    """What suppliers did. Demand has no part in it, so all of the change is controllable."""
    deliveries = facts.deliveries if supplier is None else facts.deliveries.of_supplier(supplier)
    is_lead_time = metric is LEAD_TIME
    actual = deliveries.mean(deliveries.days if is_lead_time else deliveries.is_on_time)
    agreed = deliveries.mean(deliveries.standard_days if is_lead_time else np.ones(len(deliveries.value)))
    planned = agreed if facts.plan is not None else None
    reasons = [] if facts.plan is not None else [NO_PLAN]
    if actual is None:
        reasons.append(NO_ORDER_DATES)
    scope = "" if supplier is None else f"supplier {supplier}"
    return Score(metric, scope, planned, planned, actual, deliveries.items, "; ".join(reasons))


def _unknown(facts: QuarterFacts, metric: Metric, members: BoolArray) -> Iterator[str]:
    """Why a metric has no actual value."""
    for need in metric.needs:
        gaps = missing(facts.actual, need, facts.first, facts.last)[members]
        if not gaps.any():
            continue
        if facts.plan is None and need.line in _NEEDS_FORECAST:
            yield f"{NO_PLAN}, so there is no forecast"
            continue
        columns = np.flatnonzero(gaps.any(axis=0))
        begin = facts.last + 1 - gaps.shape[1]
        named = ranges(int(t) + begin for t in columns)
        yield f"{_SOURCES[need.line]}: not known in {plural(len(columns), 'period')} {named}"


def _unknown_in_plan(metric: Metric) -> list[str]:
    return (
        ["the plan had not lasted long enough"] if any(need.line == "aged" for need in metric.needs) else []
    )
