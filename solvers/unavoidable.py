"""Hard limits that no plan keeps, each by itself, because of what is in stock, under way or fixed (docs/formulation.md, section 7).

The least that plans can use of a row is a sum over items, each at its own least. Where that is beyond the limit already, no search is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.guardrails import DENOMINATOR, Guardrails
from stockrail.model.rows import Rows
from stockrail.model.tree import Array
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.price_laws import relaxation_keys
from stockrail.solvers.result import Diagnosis, Relaxation

CLOSE = 1.1
"""A plan says what to change where that is no more than so many times what every plan needs, in money."""


@dataclass(frozen=True)
class Known:
    """What a plan uses of rows [rows], and per unit of the limits as stated [rows]; None where that is not known for ratios."""

    usage: Array
    per_unit: Array | None = None


@dataclass(frozen=True)
class LeastUse:
    """What plans use of rows at least. Those of items add up, so that parts of an instance can be asked apart.

    Attributes
    ----------
    use : [rows], no plan uses less; 0 for rows that are not looked at.
    below : [rows], the end of the denominator in it, of a ratio whose denominator depends on the plan; 0 elsewhere.
    """

    use: Array
    below: Array

    @staticmethod
    def of(guardrails: Guardrails, ranges: LineRanges) -> "LeastUse":
        """The least use of all items of the tables."""
        use, below = np.zeros(len(guardrails)), np.zeros(len(guardrails))
        ends = _Ends(guardrails, ranges)
        for block, where in guardrails.each():
            if counts(guardrails, block):
                amounts, under = (block.rows @ by_item[block.items].sum(axis=0) for by_item in ends.of(block))
                use[where] = block.sign * amounts
                if block.has_plan_denominator:
                    use[where] -= block.sign * block.limit * under
                    below[where] = under
        return LeastUse(use, below)

    def __add__(self, other: "LeastUse") -> "LeastUse":
        return LeastUse(self.use + other.use, self.below + other.below)


class _Ends:
    """The ends of metrics and denominators that make for the least use, [items, nodes]; each is computed once."""

    def __init__(self, guardrails: Guardrails, ranges: LineRanges) -> None:
        self._terms = guardrails.terms
        self._ranges = ranges
        self._known: dict[tuple[str, bool], Array] = {}

    def of(self, block: GuardrailBlock) -> tuple[Array, Array]:
        """Of the numerator, and of the denominator where it depends on the plan (else nothing)."""
        is_upper = block.side == "upper"
        above = self._end(block.metric, is_upper)
        if not block.has_plan_denominator:
            return above, np.zeros_like(above)
        # A limit above 0 leaves the more room the larger the denominator is.
        return above, self._end(block.metric + DENOMINATOR, not is_upper)

    def _end(self, name: str, is_least: bool) -> Array:
        if (name, is_least) not in self._known:
            of = self._ranges.least if is_least else self._ranges.most
            self._known[name, is_least] = of(self._terms[name])
        return self._known[name, is_least]


def counts(rows: Rows, block: GuardrailBlock) -> bool:
    """Whether the least use of a block is looked at: of hard ones, and of soft capacities where what they cost is limited.

    Left out are lower limits on overtime spend, which all capacities together decide, and limits below 0 on ratios whose denominator
    depends on the plan.
    """
    if block.metric == "overtime_spend" and block.side == "lower":
        return False
    if block.has_plan_denominator and (block.limit < 0).any():
        return False
    return block.soft_price is None or (block.is_capacity and rows.overtime.is_used)


def beyond(rows: Rows, least: LeastUse) -> Array:
    """By how much each hard row is broken whatever the plan [rows]; judged together where rows are."""
    limits = rows.limits.copy()
    for block, where in rows.each():
        if not counts(rows, block):
            limits[where] = np.inf
    over = rows.assess(least.use, limits)
    return np.where(rows.is_soft, 0.0, over)


def diagnosis_of(
    rows: Rows,
    least: LeastUse,
    over: Array,
    known: Sequence[Known],
    items: tuple[tuple[str, float], ...] = (),
    close: float = CLOSE,
) -> Diagnosis:
    """What is known where limits cannot hold.

    Parameters
    ----------
    over : [rows], by how much hard rows are broken whatever the plan.
    known : plans that are known. One for which limits give way by no more than `close` times the least, in money, says what to change.
    items : those that drive it, with their share.
    """
    at_least = _relaxations(rows, per_stated_unit(rows, least), over)
    least_money = sum(row.money for row in at_least)
    relaxations, money, is_enough = at_least, least_money, False
    for plan in known:
        broken = np.where(rows.is_soft, 0.0, rows.assess(plan.usage))
        needed = _relaxations(
            rows, per_stated_unit(rows, least) if plan.per_unit is None else plan.per_unit, broken
        )
        cost = sum(row.money for row in needed)
        if cost <= close * least_money and (cost < money or not is_enough):
            relaxations, money, is_enough = needed, cost, True
    conflict = tuple(dict.fromkeys((row.guardrail, row.side) for row in at_least))
    return Diagnosis(
        conflict=conflict,
        relaxations=relaxations,
        money=money,
        # Sums of the same amounts in another order differ by rounding.
        least_money=min(least_money, money),
        items=items,
        is_minimal=len(conflict) == 1,
        is_unavoidable=True,
        is_enough=is_enough,
    )


def per_stated_unit(rows: Rows, least: LeastUse) -> Array:
    """What a unit of a limit as stated adds to the right-hand side [rows], of ratios with the denominators of the least use."""
    own = [np.zeros(len(b.limit)) if b.has_plan_denominator else b.base for b in rows.blocks]
    return np.asarray(least.below + np.concatenate(own))


def _relaxations(rows: Rows, per_unit: Array, over: Array) -> tuple[Relaxation, ...]:
    """What hard sides and periods that are broken by `over` [rows] have to give way by, the dearest first."""
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(over > 0, over / per_unit, 0.0)
    for key, members in relaxation_keys(rows).items():
        amount = float(over[members].max())
        if amount > 0:
            weight = rows.describe(int(members[0]))[0].money_weight
            found.append(Relaxation(*key, amount, float(change[members].max()), amount * weight))
    return tuple(sorted(found, key=lambda relaxation: -relaxation.money))
