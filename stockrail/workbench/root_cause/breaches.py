"""Guardrails that what happened does not keep."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.guardrail_rows import unsized_blocks
from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray
from stockrail.model.tree import ScenarioTree
from stockrail.workbench.governance.breach import CENT, ROUNDING
from stockrail.workbench.root_cause.actual_metrics import actual_amount, is_owned_under_way
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.miss import Direction, FoundMiss

STOCK = {"inventory_value", "storage_space"}
"""Metrics that more stock than assumed makes larger."""

AT_LEAST = "goods under way count in it, and are known as far as receipts say: there may be more breaches"
"""What is owned and has not arrived yet is in no actuals."""


@dataclass(frozen=True)
class NotJudged:
    """A guardrail that actuals cannot be held against, or not in full, and why."""

    guardrail: str
    reason: str


def breaches(case: Case) -> tuple[list[FoundMiss], list[NotJudged]]:
    """Guardrails that what happened does not keep, whatever they say of scenarios, and those that cannot be judged."""
    found: list[FoundMiss] = []
    not_judged: list[NotJudged] = []
    for block in unsized_blocks(case.instance, _one_path(case.instance)):
        if block.is_capacity or block.name == MARGIN_TAIL:
            continue
        amount = actual_amount(case, block)
        if isinstance(amount, str):
            not_judged.append(NotJudged(block.name, amount))
            continue
        value, below = amount
        if np.isnan(value).all():
            not_judged.append(NotJudged(block.name, "no period has all the numbers that it takes"))
            continue
        found += _breaches(case, block, value, below)
        if block.metric == "inventory_value" and (is_owned_under_way(case) & block.items).any():
            not_judged.append(NotJudged(block.name, AT_LEAST))
    return found, list(dict.fromkeys(not_judged))


def _breaches(case: Case, block: GuardrailBlock, value: Array, below: Array | None) -> Iterator[FoundMiss]:
    numerator, is_row = _over_rows(case, block, value)
    denominator = np.ones_like(numerator) if below is None else _over_rows(case, block, below)[0]
    beyond = block.sign * (numerator - block.limit * denominator)
    slack = np.where(below is None, CENT, 0.0) + ROUNDING * np.abs(block.limit * denominator)
    period = block.node
    by_period = np.full(case.instance.settings.periods, np.nan)
    limit, actual = by_period.copy(), by_period.copy()
    by_period[period] = np.where(is_row & (beyond > slack), beyond, np.nan)
    limit[period], actual[period] = block.limit, numerator / np.where(denominator > 0, denominator, np.nan)
    for first, last in case.episodes(np.isfinite(by_period)):
        worst = first + int(np.argmax(by_period[first : last + 1]))
        metric_is_money = below is None and block.metric != "storage_space"
        yield FoundMiss(
            kind="breach",
            item=block.scope_value if block.scope == "item" else "",
            segment=block.scope_value if block.scope == "segment" else "",
            subject=subject_of(block),
            period=first,
            date=case.last_day(first).date(),
            units=None if metric_is_money else float(by_period[worst]),
            money=float(by_period[worst]) * block.money_weight,
            members=np.flatnonzero(block.items) if block.items.any() else np.arange(len(block.items)),
            demand_direction=_demand_direction(block),
            supply_direction=_supply_direction(block),
            evidence={
                "guardrail": block.name,
                "side": block.side,
                "metric": block.metric,
                "scope": block.scope,
                "scope_value": block.scope_value,
                "limit": float(limit[worst]),
                "actual": float(actual[worst]),
                "holds": block.holds,
                "periods": last - first + 1,
                "last_date": case.last_day(last).date().isoformat(),
            },
        )


def _over_rows(case: Case, block: GuardrailBlock, by_period: Array) -> tuple[Array, BoolArray]:
    """Amounts of the rows of a block, and which of them are known."""
    known = np.zeros(case.instance.settings.periods)
    known[: len(by_period)] = np.nan_to_num(by_period)[: len(known)]
    missing = np.ones(len(known))
    missing[: len(by_period)] = np.isnan(by_period)[: len(known)]
    return np.asarray(block.rows @ known), np.asarray(block.rows @ missing) == 0


def subject_of(block: GuardrailBlock) -> str:
    """A side of a guardrail in words, as exceptions about guardrails call it."""
    outside = ", outside funded builds" if block.is_outside else ""
    return f"guardrail {block.name}, {block.side} limit{outside}"


def _demand_direction(block: GuardrailBlock) -> Direction:
    """Whether more or less demand than assumed makes the metric leave its limit."""
    falls_with_demand = block.metric in {*STOCK, "write_offs", "fill_rate"}
    return 1 if (block.side == "lower") == falls_with_demand else -1


def _supply_direction(block: GuardrailBlock) -> Direction:
    """Whether more or fewer receipts than assumed make the metric leave its limit."""
    falls_with_receipts = block.metric in {"expedite_spend", "overtime_spend"}
    return -1 if (block.side == "upper") == falls_with_receipts else 1


def _one_path(instance: Instance) -> ScenarioTree:
    """A tree of one path, on which the rows of guardrails are those of single periods."""
    periods = instance.settings.periods
    suppliers, warehouses = (len(instance.suppliers), periods), (len(instance.warehouses), periods)
    return ScenarioTree(
        names=tuple(f"t{t}" for t in range(periods)),
        parent=np.arange(periods) - 1,
        period=np.arange(periods),
        probability=np.ones(periods),
        demand=instance.mean_demand,
        price_factor=np.ones(periods),
        delay_periods=np.zeros(suppliers, dtype=np.int64),
        cost_factor=np.ones(suppliers),
        order_cost_factor=np.ones(suppliers),
        capacity_factor=np.ones(suppliers),
        warehouse_factor=np.ones(warehouses),
    )
