"""Rules for quarter ends: limits that hold there only, or are tighter there, and the guardrails without them."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from stockrail.comparisons.plan_comparison import guardrails_of
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail, GuardrailLimit
from stockrail.model.tree import Array
from stockrail.solvers.session import Session


@dataclass(frozen=True)
class QuarterEndRule:
    """One side of a guardrail that asks more of quarter ends than of other periods.

    Attributes
    ----------
    periods : quarter ends that it asks more of.
    looser : by period the limit of the neighbouring periods; empty where only quarter ends are measured.
    """

    guardrail: Guardrail
    side: str
    periods: tuple[int, ...]
    looser: dict[int, float]


@dataclass(frozen=True)
class _WithoutRows(Guardrails):
    """The same rows, some of them without any limit."""

    let_go: tuple[int, ...] = ()

    @cached_property
    def limits(self) -> Array:
        """Right-hand sides [rows], infinite where a row is let go."""
        limits = super().limits.copy()
        limits[list(self.let_go)] = np.inf
        return limits


def quarter_end_rules(instance: Instance) -> list[QuarterEndRule]:
    """Guardrail sides that are measured at quarter ends, or whose limit there is tighter than in the periods beside them."""
    return [
        rule
        for row in instance.guardrails
        for side in ("upper", "lower")
        if (rule := _rule(instance, row, side)) is not None
    ]


def _rule(instance: Instance, row: Guardrail, side: str) -> QuarterEndRule | None:
    limits = _limits(instance, row, side)
    ends = [
        int(t)
        for t in np.flatnonzero(instance.quarter_ends)
        if row.first_period <= t <= row.last_period and np.isfinite(limits[t])
    ]
    if row.measured == "quarter ends":
        return QuarterEndRule(row, side, tuple(ends), {}) if ends else None
    if row.measured != "each period":
        return None
    sign = 1.0 if side == "upper" else -1.0
    looser = {}
    for t in ends:
        beside = [sign * limits[s] for s in (t - 1, t + 1) if row.first_period <= s <= row.last_period]
        # A period without a limit beside it is as loose as can be, and then says nothing about how much looser.
        known = [value for value in beside if np.isfinite(value)]
        if known and all(np.isnan(value) or value > sign * limits[t] for value in beside):
            looser[t] = sign * min(known)
    return QuarterEndRule(row, side, tuple(looser), looser) if looser else None


def _limits(instance: Instance, row: Guardrail, side: str) -> Array:
    """Limit of one side in each period [periods], NaN where there is none; without funded room."""
    own = getattr(row, side)
    limits = np.full(instance.settings.periods, np.nan if own is None else own)
    for given in instance.guardrail_limits:
        if given.guardrail == row.guardrail and getattr(given, side) is not None:
            limits[given.period] = getattr(given, side)
    return limits


def without_rule(session: Session, rule: QuarterEndRule) -> Guardrails:
    """The session's guardrails without a rule: its rows let go, or with the limits of the periods beside them."""
    instance, stated = session.tables.instance, guardrails_of(session, session.tables.instance)
    name, side = rule.guardrail.guardrail, rule.side
    if rule.looser:
        return guardrails_of(session, _with_looser_limits(instance, rule))
    let_go = [
        int(k)
        for block, where in stated.each()
        if (block.name, block.side) == (name, side)
        for k in range(where.start, where.stop)
    ]
    same = {part.name: getattr(stated, part.name) for part in fields(Guardrails)}
    return _WithoutRows(**same, let_go=tuple(let_go))


def _with_looser_limits(instance: Instance, rule: QuarterEndRule) -> Instance:
    name, side = rule.guardrail.guardrail, rule.side
    rows = {(row.guardrail, row.period): row for row in instance.guardrail_limits}
    for period, limit in rule.looser.items():
        blank = GuardrailLimit(guardrail=name, period=period, lower=None, upper=None)
        rows[name, period] = rows.get((name, period), blank).model_copy(update={side: limit})
    return replace(instance, guardrail_limits=tuple(rows.values()))
