"""A diagnosis in words: which guardrails cannot hold together, the cheapest relaxation, and what to do next."""

import math
from collections.abc import Iterator

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.result import Diagnosis, InfeasibleError, Relaxation

MOST_LINES = 8

MOST_ITEMS, MOST_ITEMS_NAMED = 10, 5
"""Items kept as those that drive a conflict, and how many of them the message names."""

SAME = 1e-6
"""Share of an amount of money by which another one may differ and still be the same."""

DIGITS, WHOLE_FROM = 4, 1000.0
"""Digits that numbers are written with, and the amount from which on they are written without decimals."""


def infeasible_error(tables: Tables, diagnosis: Diagnosis) -> InfeasibleError:
    """The error that carries a diagnosis, with a message for people."""
    currency = tables.instance.settings.currency
    names = [f"{name!r} ({side})" for name, side in diagnosis.conflict]
    if len(names) == 1:
        first = f"No plan keeps guardrail {names[0]}."
    else:
        listed = ", ".join(names[:-1]) + f" and {names[-1]}"
        rest = (
            "without any one of them the others can"
            if diagnosis.is_minimal
            else "whether fewer of them conflict already was not settled in time"
        )
        first = f"Guardrails {listed} cannot hold together; {rest}."
    is_proven = diagnosis.least_money > 0
    if not is_proven:
        # Only one choice of the nodes that a chance guardrail releases was examined.
        first = f"No plan was found that keeps {' and '.join(names)}; it is not proven that there is none."
    cost = f"{currency} {diagnosis.money:,.2f}"
    least = f" (at least {currency} {diagnosis.least_money:,.2f} is needed)" if is_proven else ""
    lines = [
        first,
        f"The cheapest relaxation found adds up to {cost}{least}:",
        *_changes(tables.instance, diagnosis),
        "Change these limits, give one of the guardrails a soft_price, or plan with --relax to use this relaxation.",
    ]
    return InfeasibleError("\n".join(lines), diagnosis)


def unavoidable_error(instance: Instance, diagnosis: Diagnosis) -> InfeasibleError:
    """The same for limits that are each broken whatever is ordered (`Diagnosis.is_unavoidable`)."""
    names = [f"{name!r} ({side})" for name, side in diagnosis.conflict]
    one = len(names) == 1
    currency, money = instance.settings.currency, diagnosis.money
    first = (
        f"No plan keeps guardrail {', nor guardrail '.join(names)}. With what is in stock, under way or fixed, "
        f"{'it is' if one else 'each is'} broken by itself, whatever else is ordered."
    )
    next_step = (
        f"Change these limits, give the guardrail{'' if one else 's'} a soft_price, or plan with --relax to "
    )
    if diagnosis.is_enough:
        needed = f"There is a plan if limits give way by {currency} {money:,.2f} in all"
        if diagnosis.least_money < money * (1.0 - SAME):
            needed += f" (at least {currency} {diagnosis.least_money:,.2f} is needed)"
        next_step += "loosen limits by this much."
    else:
        needed = f"At least these limits have to give way, {currency} {money:,.2f} in all; whether that is enough is not known yet"
        next_step += "find out what else has to give way."
    lines = [first, f"{needed}:", *_changes(instance, diagnosis), next_step]
    return InfeasibleError("\n".join(lines), diagnosis)


def drivers(guardrails: Guardrails, stock: Stock, over: Array) -> tuple[tuple[str, float], ...]:
    """Items with the largest share of a plan's amount at the row that gives way most, in money; `over` [rows] says by how much."""
    weight = np.concatenate([np.full(len(block.limit), block.money_weight) for block in guardrails.blocks])
    worst = np.array([int(np.argmax(over * weight))])
    use = np.abs(guardrails.item_usage(guardrails.metric_values(stock), worst)[:, 0])
    if use.sum() <= 0:
        return ()
    order = np.argsort(-use, kind="stable")[:MOST_ITEMS]
    items = guardrails.instance.items
    return tuple((items[i].item, float(use[i] / use.sum())) for i in order if use[i] > 0)


def _changes(instance: Instance, diagnosis: Diagnosis) -> Iterator[str]:
    """Which limit has to change by how much, and the items behind it."""
    for relaxation in diagnosis.relaxations[:MOST_LINES]:
        yield _line(instance, relaxation)
    more = len(diagnosis.relaxations) - MOST_LINES
    if more > 0:
        yield f"  and {more} more"
    if diagnosis.items:
        named = ", ".join(f"{item} {share:.0%}" for item, share in diagnosis.items[:MOST_ITEMS_NAMED])
        yield f"Items with the largest part of it there: {named}."


def _line(instance: Instance, relaxation: Relaxation) -> str:
    is_upper = relaxation.side == "upper"
    change = relaxation.limit_change
    stated = _stated(instance, relaxation)
    to = ""
    if stated is not None and math.isfinite(change):
        to = f", to {_outward(stated + change if is_upper else stated - change, is_up=is_upper)}"
    return (
        f"  {relaxation.guardrail}, period {relaxation.period}: {'raise the upper' if is_upper else 'lower the lower'} "
        f"limit by at least {_outward(change, is_up=True)}{to} (worth {relaxation.money:,.2f})"
    )


def _stated(instance: Instance, relaxation: Relaxation) -> float | None:
    """The limit as it is in the tables; None where that says little: capacities have factors, funded builds add room."""
    name, side = relaxation.guardrail, relaxation.side
    if any(build.guardrail == name for build in instance.funded_builds):
        return None
    for limit in instance.guardrail_limits:
        given: float | None = getattr(limit, side)
        if limit.guardrail == name and limit.period == relaxation.period and given is not None:
            return given
    for row in instance.guardrails:
        if row.guardrail == name:
            stated: float | None = getattr(row, side)
            return stated
    return None


def _outward(value: float, *, is_up: bool) -> str:
    """A number as people read it, rounded in one direction only, so that what is written suffices.

    Examples
    --------
    >>> _outward(1234.2, is_up=True), _outward(18.9471, is_up=True), _outward(0.98765, is_up=False)
    ('1,235', '18.95', '0.9876')
    """
    if not math.isfinite(value) or value == 0.0:
        return f"{value:g}"
    decimals = 0 if abs(value) >= WHOLE_FROM else DIGITS - 1 - math.floor(math.log10(abs(value)))
    scaled = value * 10.0**decimals
    nearest = round(scaled)
    # What only rounding keeps from a short number is that number.
    is_whole = math.isclose(scaled, nearest, rel_tol=1e-9)
    whole = nearest if is_whole else math.ceil(scaled) if is_up else math.floor(scaled)
    text = f"{whole / 10.0**decimals:,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
