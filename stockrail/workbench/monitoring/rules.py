"""Rules of `monitoring` held against what was seen: which are broken, by what, and what is at stake."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from stockrail.model.tables import BoolArray
from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.governance.rules import Broken, broken_of
from stockrail.workbench.governance.schema_monitoring import MonitoringRule

if TYPE_CHECKING:
    from stockrail.workbench.monitoring.seen import Seen


def broken_rules(governance: Governance, seen: "Seen", found_on: dt.date) -> list[Broken]:
    """Every rule that is broken, in the order of governance.yaml, of one rule what is worth most first.

    Parameters
    ----------
    found_on : day from which dates due count.
    """
    return [
        broken_of(governance, rule, rule.kind, breach, found_on)
        for rule in governance.document.monitoring.rules
        for breach in sorted(breaches(rule, seen), key=lambda one: -(one.money or 0.0))
        if breach.money is None or breach.money >= rule.least_money
    ]


def breaches(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Where one rule is broken."""
    match rule.kind:
        case "outside_fan":
            yield from _outside_fan(rule, seen)
        case "bias" | "forecast_error":
            yield from _errors(rule, seen)
        case "lead_time" | "supplier_on_time":
            yield from _suppliers(rule, seen)
        case "spend":
            yield from _spend(rule, seen)
        case "inventory":
            yield from _inventory(rule, seen)


def longest_row(is_it: BoolArray) -> tuple[int, int]:
    """First position and length of the longest unbroken row, the latest of several; length 0 where there is none."""
    first, length, best = 0, 0, (0, 0)
    for place, value in enumerate(is_it):
        first, length = (first, length + 1) if value and length else (place, int(value))
        if length and length >= best[1]:
            best = first, length
    return best


def _outside_fan(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Money at stake: what came above or below the forecast in these periods, at the item's price."""
    where = seen.position
    above, below = where.is_above, where.is_outside & ~where.is_above
    error = seen.observed.demand_units - seen.forecast
    for i in np.flatnonzero(where.is_outside.sum(axis=1) >= rule.limit):
        item = seen.instance.items[i]
        for side, is_out in (("above", above[i]), ("below", below[i])):
            first, length = longest_row(is_out)
            if length < rule.limit or int(np.isfinite(where.low[i]).sum()) < rule.least_observations:
                continue
            during = slice(first, first + length)
            came, expected = (
                float(values[i, during].sum()) for values in (seen.observed.demand_units, seen.forecast)
            )
            tail = where.high if side == "above" else where.low
            yield Breach(
                f"item {item.item}",
                abs(float(error[i, during].sum())) * item.unit_price,
                {
                    "item": item.item,
                    "why": f"{side} the fan for {length} {_periods(length)} in a row, {came:,.0f} units where {expected:,.0f} were expected",
                    "side": side,
                    "first_period": first,
                    "last_period": first + length - 1,
                    "units": came,
                    "expected_units": expected,
                    "probability_each": [float(value) for value in tail[i, during]],
                },
            )


def _errors(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Money at stake: the bias at the items' prices."""
    for one in seen.errors:
        if one.level != rule.level or one.periods < rule.least_observations:
            continue
        about = "all items" if one.level == "all" else f"{one.level} {one.name}"
        evidence: dict[str, Any] = {
            "periods": one.periods,
            "forecast": one.forecast,
            "actual": one.actual,
            "bias": one.bias,
            "wape": one.wape,
            "counted_on": one.counted_on,
            "tracking_signal": one.tracking_signal,
            "chance": one.chance,
        }
        evidence |= {} if one.level == "all" else {one.level: one.name}
        is_luck = one.chance >= seen.position.tail
        if rule.kind == "bias" and abs(one.tracking_signal) > rule.limit and not is_luck:
            bias = "" if one.bias is None else f", {one.bias:+.1%} of the forecast"
            why = (
                f"tracking signal {one.tracking_signal:+.1f} over {one.periods} {_periods(one.periods)}{bias}, "
                f"to which the plan gave {one.chance:.1%}"
            )
            yield Breach(about, abs(one.money), {"why": why, **evidence})
        if rule.kind == "forecast_error" and one.ratio is not None and one.ratio > rule.limit:
            why = f"error {one.wape:.1%} where the plan counts on {one.counted_on:.1%}"
            yield Breach(about, abs(one.money), {"why": why, **evidence})


def _suppliers(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Money at stake: value of what came, as far as its order is dated; of late suppliers the share that was late."""
    for one in seen.suppliers:
        if one.shipments < rule.least_observations:
            continue
        evidence: Mapping[str, Any] = {
            "supplier": one.supplier,
            "shipments": one.shipments,
            "planned_days": one.planned_days,
            "observed_days": one.observed_days,
            "drift_days": one.drift_days,
            "interval_days": [one.low, one.high],
            "on_time": one.on_time,
        }
        about = f"supplier {one.supplier}"
        drift = one.drift(rule.limit, rule.least_observations)
        if rule.kind == "lead_time" and drift in ("longer", "shorter"):
            why = (
                f"lead time {drift} by {abs(one.drift_days or 0.0):.1f} days ({one.low:+.1f} to {one.high:+.1f}) "
                f"over {one.shipments} shipments"
            )
            yield Breach(about, one.dated_money, {"why": why, **evidence})
        if rule.kind == "supplier_on_time" and one.on_time is not None and one.on_time < rule.limit:
            why = f"{one.on_time:.0%} of {one.dated} receipts on time"
            yield Breach(about, one.late_money, {"why": why, **evidence})


def _spend(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Money at stake: what was spent beyond the plan."""
    for one in seen.spend:
        if one.account != rule.account or one.periods < rule.least_observations:
            continue
        if one.difference is None or one.share is None or one.share <= rule.limit:
            continue
        why = f"{one.actual:,.0f} where the plan has {one.plan:,.0f}, over {one.periods} {_periods(one.periods)}"
        evidence = {"account": one.account, "why": why, "actual": one.actual, "plan": one.plan}
        yield Breach(f"account {one.account}", one.difference, evidence)


def _inventory(rule: MonitoringRule, seen: "Seen") -> Iterator[Breach]:
    """Money at stake: the difference, in the last period that was counted."""
    wanted = [one for one in seen.stock if bool(one.segment) == (rule.level == "segment")]
    last = max((one.period for one in wanted), default=-1)
    for one in wanted:
        if one.period != last or one.period + 1 < rule.least_observations or abs(one.share) <= rule.limit:
            continue
        side = "above" if one.difference > 0 else "below"
        why = f"{one.actual:,.0f} where the plan has {one.plan:,.0f} at the end of period {one.period}"
        evidence = {"why": why, "side": side, "period": one.period, "actual": one.actual, "plan": one.plan}
        evidence |= {"low": one.low, "high": one.high, "unknown_items": one.unknown}
        evidence |= {"segment": one.segment} if one.segment else {}
        about = f"segment {one.segment}" if one.segment else "inventory_value, actual"
        yield Breach(about, abs(one.difference), evidence)


def _periods(count: int) -> str:
    return "period" if count == 1 else "periods"
