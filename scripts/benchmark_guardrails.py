"""Many guardrails of all kinds that the best plan without guardrails breaks, each by a known share."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from stockrail.held import standings
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray

FIRST_PERIOD = 6
"""Guardrails hold from here on, so that opening stock and open orders do not decide whether they can."""

MOST_OF_MISS = 0.3
"""A share of service rises by at most this share of what it misses."""

EVERY, EXPECTED, CVAR = "every scenario", "expected", "cvar"


@dataclass(frozen=True)
class Kind:
    """A guardrail to be, with its limit as a share of what the best plan without guardrails holds."""

    metric: str
    holds: str
    share: float
    scope: str = "all"
    scope_value: str = ""
    side: str = "upper"
    measured: str = "each period"
    alpha: float | None = None
    soft_price: float | None = None

    def guardrail(self, number: int, limit: float, last_period: int) -> Guardrail:
        """The row with a limit."""
        return Guardrail.model_validate(
            {
                "guardrail": f"{number:02d} {self.metric}",
                "metric": self.metric,
                "scope": self.scope,
                "scope_value": self.scope_value,
                "first_period": FIRST_PERIOD,
                "last_period": last_period,
                "lower": limit if self.side == "lower" else None,
                "upper": limit if self.side == "upper" else None,
                "holds": self.holds,
                "alpha": self.alpha,
                "measured": self.measured,
                "soft_price": self.soft_price,
            }
        )

    def limit(self, held: float) -> float:
        """The limit, given what the plan without guardrails holds."""
        if self.metric in {"fill_rate", "on_time_in_full"}:
            return min(self.share * held, held + MOST_OF_MISS * (1.0 - held))
        # A share of something negative would loosen a lower limit rather than tighten it.
        return held + (self.share - 1.0) * abs(held)


def kinds(instance: Instance) -> list[Kind]:
    """Three ways to hold, five scopes, amounts by period, averages and totals; hard but for payables."""
    segments = [row.segment for row in instance.segments[:3]]
    groups = sorted({row.product_group for row in instance.items})[:3]
    suppliers = [row.supplier for row in instance.suppliers[:2]]
    first, second = (row.item for row in instance.items[:2])
    floor = partial(Kind, holds=EXPECTED, side="lower", measured="average")
    found = [
        Kind("inventory_value", EVERY, 0.85),
        Kind("working_capital", EVERY, 0.9),
        Kind("cash", EVERY, 1.0, side="lower"),
        Kind("inventory_value", CVAR, 0.85, alpha=0.9),
        Kind("inventory_value", EXPECTED, 0.85, measured="average"),
        Kind("purchases", EXPECTED, 0.8),
        Kind("open_commitments", EVERY, 0.85),
        Kind("expedite_spend", EXPECTED, 0.9, measured="total"),
        Kind("excess_exposure", EXPECTED, 0.8),
        floor("fill_rate", share=1.0),
        floor("turns", share=1.02),
        Kind("write_offs", CVAR, 1.0, measured="total", alpha=0.8),
        Kind("inventory_value", EVERY, 0.8, "item", first),
        Kind("served_units", EXPECTED, 0.95, "item", second, side="lower", measured="total"),
    ]
    for segment, holds in zip(segments, (EVERY, CVAR, EXPECTED), strict=True):
        alpha = 0.8 if holds == CVAR else None
        found += [
            floor("fill_rate", share=1.002, scope="segment", scope_value=segment),
            Kind("inventory_value", holds, 0.9, "segment", segment, alpha=alpha),
            Kind("days_of_supply", EXPECTED, 0.9, "segment", segment),
        ]
    for group, holds in zip(groups, (CVAR, EVERY, EXPECTED), strict=True):
        alpha = 0.9 if holds == CVAR else None
        found += [
            Kind("inventory_value", holds, 0.9, "product_group", group, alpha=alpha),
            floor("on_time_in_full", share=1.002, scope="product_group", scope_value=group),
        ]
    for supplier in suppliers:
        found += [
            Kind("purchases", EVERY, 0.9, "supplier", supplier),
            Kind("payables", EXPECTED, 0.9, "supplier", supplier, soft_price=0.05),
        ]
    return found


def with_mixed_guardrails(free: Tables, plan: IntArray) -> Tables:
    """An instance without guardrails with all of them, sized by its best plan K [items, nodes]."""
    instance = free.instance
    last = instance.settings.periods - 1
    wanted = kinds(instance)
    unsized = tuple(kind.guardrail(number, 0.0, last) for number, kind in enumerate(wanted))
    guardrails = Guardrails.build(replace(free, instance=replace(instance, guardrails=unsized)))
    stated = [row for row in standings(Ledger(free, plan), guardrails) if not row.block.is_capacity]
    # The tightest of what is held is the largest value under an upper limit and the smallest over a lower one.
    held = [row.block.sign * float(np.nanmax(row.block.sign * row.value)) for row in stated]
    sized = tuple(
        kind.guardrail(number, kind.limit(value), last)
        for number, (kind, value) in enumerate(zip(wanted, held, strict=True))
    )
    return replace(free, instance=replace(instance, guardrails=sized))
