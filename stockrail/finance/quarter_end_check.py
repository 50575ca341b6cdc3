"""Quarter ends: what limits at quarter ends move across them, and what that costs (docs/formulation.md, section 8)."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from stockrail.comparisons.plan_comparison import (
    Difference,
    NoOtherPlanError,
    ProvenPlan,
    comparable,
    solve_under,
)
from stockrail.finance.quarter_end_rules import QuarterEndRule, quarter_end_rules, without_rule
from stockrail.formats import money_plain
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.session import Session
from stockrail.tabulate import dates

WINDOW_DAYS = 28
"""Days before and after a quarter end that are compared."""

CENT = 0.005
"""Amounts of money below this are nothing."""

NAN = float("nan")


@dataclass(frozen=True)
class QuarterEndMove:
    """What a guardrail's quarter ends move across one of them. Expected values over scenarios, in money; NaN where unknown.

    Attributes
    ----------
    period, date : of the quarter end; the first day of its period.
    purchases_later : purchases that move from the window that ends with the period to the window after it.
    purchases_earlier : the same the other way round.
    stock_lower : stock that is lower at the quarter end and made up within the window after it.
    stock_higher : the same the other way round.
    cost, cost_least, cost_most : what the plan without the rule earns more, of all quarter ends of the guardrail's side
        together, and what the bounds leave possible.
    is_within_gap : the cost is no larger than both plans' gaps.
    objective, gap, objective_without, gap_without : of the plan, and of the plan without the rule.
    sentence : all that in words.
    """

    guardrail: str
    side: str
    metric: str
    period: int
    date: pd.Timestamp
    purchases_later: float
    purchases_earlier: float
    stock_lower: float
    stock_higher: float
    cost: float
    cost_least: float
    cost_most: float
    is_within_gap: bool | None
    objective: float
    gap: float
    objective_without: float
    gap_without: float
    sentence: str


def quarter_end_check(session: Session, plan: ProvenPlan, options: SolveOptions) -> pd.DataFrame:
    """Compare a plan with the plan without the rules for quarter ends, one rule at a time.

    One row per guardrail side and quarter end, one column per attribute of `QuarterEndMove`. Each guardrail side costs one
    solve, warm from what the session knows.

    Parameters
    ----------
    session : of the plan's instance; it ends under other limits than the instance's.
    plan : with its objective and bound.
    options : of each solve, which asks for the gap of the plan where that is smaller.
    """
    rows = [
        move
        for rule in quarter_end_rules(session.tables.instance)
        for move in _moves(session, plan, rule, options)
    ]
    return pd.DataFrame(rows, columns=[part.name for part in fields(QuarterEndMove)])


def _moves(
    session: Session, plan: ProvenPlan, rule: QuarterEndRule, options: SolveOptions
) -> Iterator[QuarterEndMove]:
    currency = session.tables.instance.settings.currency
    try:
        free = solve_under(session, without_rule(session, rule), comparable(options, plan))
    except NoOtherPlanError as error:
        for period in rule.periods:
            yield _move(plan, rule, period, sentence=f"Nothing to compare with: without the rule {error}.")
        return
    cost = Difference.of_loosening(free, plan)
    items = session.tables.instance.items_in_scope(rule.guardrail.scope, rule.guardrail.scope_value)
    purchases, free_purchases = (_expected(p.ledger, "purchases", items) for p in (plan, free))
    stock, free_stock = (_expected(p.ledger, "inventory_value", items) for p in (plan, free))
    window = window_periods(session.tables.instance)
    for period in rule.periods:
        later, earlier = moved_flow(free_purchases - purchases, period, window)
        lower, higher = moved_balance(free_stock - stock, period, window)
        move = _move(plan, rule, period, free=free, cost=cost, moved=(later, earlier, lower, higher))
        yield replace(move, sentence=_sentence(move, cost, currency))


def window_periods(instance: Instance) -> int:
    """Periods in the four weeks that are compared, at least one."""
    return max(1, round(WINDOW_DAYS / instance.settings.period_length_days))


def moved_flow(less: Array, period: int, window: int) -> tuple[float, float]:
    """What of a flow moves across the end of a period: later, and earlier.

    Parameters
    ----------
    less : [periods], by how much the flow is smaller than without the rule.
    period, window : the window before ends with the period, the one after begins behind it.

    Returns
    -------
    The smaller of what is less before and more after, and of what is more before and less after; NaN where the horizon
    ends with the period.

    Examples
    --------
    >>> moved_flow(np.array([0.0, 30.0, -20.0, -5.0]), 1, 2)
    (25.0, 0.0)
    """
    if period + 1 >= len(less):
        return NAN, NAN
    before = float(less[max(0, period - window + 1) : period + 1].sum())
    after = float(less[period + 1 : period + 1 + window].sum())
    return max(0.0, min(before, -after)), max(0.0, min(-before, after))


def moved_balance(less: Array, period: int, window: int) -> tuple[float, float]:
    """What of a balance is lower at the end of a period and made up in the window after; and what is higher.

    A balance that has been kept low is back where it would be anyway, not above it. So what counts is by how much the
    difference shrinks.

    Examples
    --------
    >>> moved_balance(np.array([0.0, 30.0, 10.0, 12.0]), 1, 2)
    (20.0, 0.0)
    """
    if period + 1 >= len(less):
        return NAN, NAN
    at_end, after = float(less[period]), less[period + 1 : period + 1 + window]
    lower = max(0.0, min(at_end, at_end - float(after.min())))
    higher = max(0.0, min(-at_end, float(after.max()) - at_end))
    return lower, higher


def _expected(ledger: Ledger, metric: str, items: BoolArray) -> Array:
    """A metric of some items, expected over scenarios [periods]."""
    return ledger.expected(ledger.metric(metric)[items].sum(axis=0))


def _move(
    plan: ProvenPlan,
    rule: QuarterEndRule,
    period: int,
    *,
    free: ProvenPlan | None = None,
    cost: Difference | None = None,
    moved: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN),
    sentence: str = "",
) -> QuarterEndMove:
    later, earlier, lower, higher = moved
    return QuarterEndMove(
        guardrail=rule.guardrail.guardrail,
        side=rule.side,
        metric=rule.guardrail.metric,
        period=period,
        date=dates(plan.ledger, np.array([period]))[0],
        purchases_later=later,
        purchases_earlier=earlier,
        stock_lower=lower,
        stock_higher=higher,
        cost=cost.amount if cost else NAN,
        cost_least=cost.least if cost else NAN,
        cost_most=cost.most if cost else NAN,
        is_within_gap=cost.is_within_gap if cost else None,
        objective=plan.objective,
        gap=plan.gap,
        objective_without=free.objective if free else NAN,
        gap_without=free.gap if free else NAN,
        sentence=sentence,
    )


def _sentence(move: QuarterEndMove, cost: Difference, currency: str) -> str:
    where = f"{move.guardrail} ({move.side}), quarter end in the period from {move.date:%Y-%m-%d}"
    costs = f"the rule costs {cost.words(currency)} over all its quarter ends"
    if np.isnan(move.purchases_later):
        return f"{where}: the horizon ends with it, so nothing after it can be compared; {costs}."
    parts = [
        f"{what.format(money_plain(amount, currency))}"
        for what, amount in (
            ("purchases of {} move to the four weeks after", move.purchases_later),
            ("purchases of {} move to the four weeks before", move.purchases_earlier),
            ("stock is {} lower at the end and made up within four weeks", move.stock_lower),
            ("stock is {} higher at the end and falls back within four weeks", move.stock_higher),
        )
        if amount >= CENT
    ]
    moves = ", ".join(parts) or "nothing moves across it"
    # Plans that are equally good within the gap differ in when they buy, so a move is then no proof of a reason.
    chance = ", and what moves may be chance" if parts and cost.is_within_gap else ""
    return f"{where}: {moves}; {costs}{chance}."
