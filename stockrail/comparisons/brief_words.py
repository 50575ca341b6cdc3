"""What the decision brief says: per what-if what is chosen, what is given up for it, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stockrail import formats
from stockrail.comparisons.comparison import Comparison
from stockrail.comparisons.outcome import Outcome
from stockrail.comparisons.plan_comparison import WITHIN_GAP
from stockrail.comparisons.regret import NO_PLAN, NOT_RESOLVED, OPEN, SAME, least_regret
from stockrail.comparisons.what_if_solve import INFEASIBLE
from stockrail.model.what_if import Change, Span, WhatIf

SMALL_SHARE, SMALL_FILL = 0.005, 0.0005
"""Smaller differences of money (relative) and of the fill rate are not worth a word."""


CENT = 0.005


@dataclass(frozen=True)
class Aspect:
    """What plans are compared by: its name, the attribute of `Outcome`, and whether more is better."""

    words: str
    name: str
    is_more_better: bool


ASPECTS = (
    Aspect("fill rate", "fill_rate", True),
    Aspect("revenue", "revenue", True),
    Aspect("mean inventory", "mean_inventory_value", False),
    Aspect("peak working capital", "peak_working_capital", False),
    Aspect("lowest cash", "lowest_cash", True),
    Aspect("expediting", "expedite", False),
    Aspect("cost of stockouts", "stockout", False),
)


@dataclass(frozen=True)
class Option:
    """One row of the brief.

    Attributes
    ----------
    choose : what is decided, or what happens.
    give_up, outcome : what gets worse and better against the first what-if, and what follows for now.
    """

    name: str
    heading: str
    choose: str
    give_up: tuple[str, ...]
    outcome: tuple[str, ...]


def options(comparison: Comparison) -> list[Option]:
    """One option per what-if; the first is what the others are compared with."""
    reference = comparison.outcomes[0]
    return [
        _option(what_if, outcome, reference, comparison.currency, is_first=outcome is reference)
        for what_if, outcome in zip(comparison.what_ifs, comparison.outcomes, strict=True)
    ]


def _option(
    what_if: WhatIf, outcome: Outcome, reference: Outcome, currency: str, *, is_first: bool
) -> Option:
    heading = "If it happens" if what_if.kind == "event" else "Choose"
    changed = "; ".join(change_words(change) for change in what_if.changes)
    choose = " ".join(part for part in (what_if.reason, f"Changes: {changed}." if changed else "") if part)
    if not outcome.has_plan:
        first = (
            outcome.reason.splitlines()[0] if outcome.reason else "There is no plan."
        )  # the rest is in the table
        return Option(what_if.name, heading, choose, (first,), (f"No plan ({outcome.status}).",))
    now = f"Now: {outcome.orders_now:.0f} orders, {formats.money_plain(outcome.buys_now, currency)}."
    if is_first or not reference.has_plan:
        margin = formats.money_plain(outcome.expected_margin, currency)
        earns = f"Expected margin {margin}, fill rate {formats.percent(outcome.fill_rate)}."
        return Option(what_if.name, heading, choose, ("What the others are compared with.",), (earns, now))
    if outcome.is_same_plan:
        same = f"The same orders as {reference.name}: its plan is the best found here as well."
        return Option(what_if.name, heading, choose, ("Nothing.",), (same, now))
    worse: list[str] = []
    better: list[str] = []
    margin, is_less = _margin(outcome, reference, currency)
    (worse if is_less else better).append(margin)
    for aspect in ASPECTS:
        difference = getattr(outcome, aspect.name) - getattr(reference, aspect.name)
        if _is_worth_a_word(aspect, difference, getattr(reference, aspect.name)):
            is_better = (difference > 0) == aspect.is_more_better
            (better if is_better else worse).append(_words(aspect, difference, outcome, currency))
    nothing = "Nothing that the plans can show."
    return Option(what_if.name, heading, choose, tuple(worse) or (nothing,), (*better, now))


def _margin(outcome: Outcome, reference: Outcome, currency: str) -> tuple[str, bool]:
    difference = outcome.expected_margin - reference.expected_margin
    is_less = difference < 0
    share = abs(difference) / max(abs(reference.expected_margin), 1.0)
    text = f"{formats.money_plain(abs(difference), currency)} of margin {'less' if is_less else 'more'} ({formats.percent(share, 2)})"
    if not is_resolved(outcome, reference):
        text += f", {WITHIN_GAP}"
    return f"{text}.", is_less


def is_resolved(outcome: Outcome, reference: Outcome) -> bool:
    """Whether two margins differ by more than what better plans could still earn."""
    difference = abs(outcome.objective - reference.objective)
    return bool(difference > outcome.open_money + reference.open_money)


def _is_worth_a_word(aspect: Aspect, difference: float, before: float) -> bool:
    small = SMALL_FILL if aspect.name == "fill_rate" else SMALL_SHARE * max(abs(before), 1.0)
    return bool(np.isfinite(difference) and abs(difference) >= small)


def _words(aspect: Aspect, difference: float, outcome: Outcome, currency: str) -> str:
    more = "up" if difference > 0 else "down"
    after = getattr(outcome, aspect.name)
    if aspect.name == "fill_rate":
        points = formats.amount(100 * abs(difference), 2)
        return f"{aspect.words.capitalize()} {more} {points} points to {formats.percent(after, 2)}."
    amount = formats.money_plain(abs(difference), currency)
    return f"{aspect.words.capitalize()} {more} {amount} to {formats.money_plain(after, currency)}."


def change_words(change: Change) -> str:
    """A change in words.

    Examples
    --------
    >>> change_words(Change(table="guardrails", where={"guardrail": "cap"}, column="upper", multiply=0.9))
    'guardrails (cap): upper times 0.9'
    """
    where = f" ({', '.join(_wanted(value) for value in change.where.values())})" if change.where else ""
    if change.add_rows is not None:
        place = change.column or change.table
        rows = "; ".join(" ".join(_row_words(row)) for row in change.add_rows[:2])
        more = f" and {len(change.add_rows) - 2} more" if len(change.add_rows) > 2 else ""
        return f"{place}: added {rows}{more}"
    if change.remove:
        return f"{change.table}{where}: removed"
    action: dict[str, Callable[[], str]] = {
        "set": lambda: f"set to {'blank' if change.set is None else change.set}",
        "multiply": lambda: f"times {change.multiply:g}",
        "add": lambda: f"{'plus' if (change.add or 0) >= 0 else 'minus'} {abs(change.add or 0):g}",
    }
    return f"{change.table}{where}: {change.column} {action[change.action]()}"


_TELLING = (
    "guardrail",
    "metric",
    "supplier",
    "item",
    "scope_value",
    "lower",
    "upper",
    "period",
    "lots",
    "delay_periods",
)


def _row_words(row: dict[str, object]) -> list[str]:
    """What tells a row from others, in a few words."""
    return [f"{name} {row[name]}" for name in _TELLING if row.get(name) is not None]


def _wanted(value: object) -> str:
    if isinstance(value, Span):
        return f"{value.first:g} to {value.last:g}"
    return " or ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def regret_cell(row: dict[str, object] | None, currency: str) -> str:
    """A cell of the regret matrix."""
    if row is None:
        return formats.MISSING
    status = row["status"]
    if status in {SAME, NO_PLAN, OPEN}:
        return str(status)
    amount = float(str(row["regret"]))
    if status == NOT_RESOLVED:
        return f"not resolved (up to {formats.amount(float(str(row['most'])))})"
    return formats.amount(amount)


def regret_sentence(comparison: Comparison) -> str:
    """Which first buys are safest, in words; blank where nothing was asked."""
    if comparison.regret.empty:
        return ""
    least = least_regret(comparison.regret)
    if least is None:
        return (
            "No first buys are safe in every what-if: each leaves one without a plan, or not all was solved."
        )
    name, amount = least
    money = formats.money_plain(amount, comparison.currency)
    return f"The first buys of {name} are the safest: whatever happens, they cost at most {money} of margin."


def bottom_line(comparison: Comparison) -> str:
    """The first sentence of the brief."""
    with_plan = [row for row in comparison.outcomes if row.has_plan]
    without = [row.name for row in comparison.outcomes if row.status == INFEASIBLE]
    parts = []
    if len(with_plan) > 1:
        best = max(with_plan, key=lambda row: row.expected_margin)
        worst = min(with_plan, key=lambda row: row.expected_margin)
        money = formats.money_plain(best.expected_margin - worst.expected_margin, comparison.currency)
        within = "" if is_resolved(best, worst) else f" ({WITHIN_GAP})"
        if best.expected_margin - worst.expected_margin < CENT:
            parts.append("All plans earn the same.")
        else:
            parts.append(
                f"Between {best.name}, which earns most, and {worst.name} lie {money} of expected margin{within}."
            )
        count = len(comparison.buys)
        parts.append(
            f"{count} {formats.plural(count, 'item')} {'is' if count == 1 else 'are'} bought differently now, depending on the plan."
            if count
            else "The orders to place now are the same in all plans."
        )
    if without:
        parts.append(f"No plan keeps the limits of {', '.join(without)}.")
    return " ".join(parts) or "One plan, nothing to compare it with."
