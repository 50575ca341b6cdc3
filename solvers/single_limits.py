"""Hard limits that no plan keeps, each by itself, asked of the recursion one by one.

For limits on what neither rises nor falls with stock, as working capital, where `stockrail.solvers.unavoidable` has but a weak bound: the
recursion has the least of any single row, as a sum over items. Asked are those that every plan known breaks, the worst first.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import tail_weights
from stockrail.model.rows import RowGroup
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.chance import let_go, resolved
from stockrail.solvers.explanation import drivers, unavoidable_error
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.price_laws import Key, relaxation_keys
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.relaxation import RelaxationProblem
from stockrail.solvers.result import Progress, SolveOptions
from stockrail.solvers.session import Session
from stockrail.solvers.unavoidable import CLOSE, Known, LeastUse, beyond, diagnosis_of

MOST_FAILURES = 2
"""Questions without a proof after which no more are asked, as long as nothing is proven: most likely limits can hold one by one."""

EXPLAINED_SIZE = 30_000
"""Items times nodes up to which a whole explanation takes a second or two."""

SUMS = 1e-6
"""Share by which sums of the same amounts in another order may differ."""

ROUNDING = 1e-7
"""Share of a row's size below which what is proven is rounding."""


@dataclass
class SingleLimits:
    """Questions about the limits of an instance, one at a time; each answer is a plan that joins the session.

    Attributes
    ----------
    over : [rows], by how much they are known to be broken whatever the plan; answers raise it.
    """

    session: Session
    guardrails: Guardrails
    options: SolveOptions
    ranges: LineRanges
    over: Array

    def __post_init__(self) -> None:
        self._rows = resolved(self.guardrails)
        self._limits = let_go(self.guardrails, self.guardrails.limits)
        self._problem = RelaxationProblem(self._rows, self._limits, is_pure=True)
        self._keys = _asked_about(self.guardrails, self.ranges)
        self._group_of = {int(group.rows[0]): group for group in self._rows.groups}

    def prove(self) -> None:
        """Ask as long as there is a limit that every plan known breaks and that was not asked about."""
        if not self._keys:
            return
        began, asked, failures = time.perf_counter(), set[Key](), 0
        # The plan without free orders is known before the session knows any.
        values = self.guardrails.metric_values(self.ranges.fewest_stock)
        least = self._broken_by(self.guardrails.usage(values)[0])
        if self._worst(least, asked) is not None:
            self._begin()
        for usage in self.session.pool.usage:
            least = _smaller(least, self._broken_by(usage.sum(axis=0)))
        while (key := self._worst(least, asked)) is not None:
            elapsed = time.perf_counter() - began
            if elapsed > self.options.time_limit or self.options.is_cancelled():
                return
            self.options.on_progress(Progress("single limits", -np.inf, np.inf, elapsed))
            weights = least[key][1]
            amount = self._ask(key, weights)
            asked.add(key)
            least = _smaller(least, self._broken_by(self.session.pool.usage[-1].sum(axis=0)))
            if amount > self._proven(key):
                rows = self._keys[key]
                self.over[rows[int(np.argmax(weights))]] = amount
            elif not self.over.any():
                failures += 1
                if failures >= MOST_FAILURES:
                    return

    def _begin(self) -> None:
        """The plans that every search begins with, in their order."""
        pool = self.session.pool
        if not pool.plans:
            problem = MarginProblem(self._rows, self._limits)
            self.session.ask(problem, problem.first_prices, is_proof=True)
        if len(pool.plans) == 1:
            self.session.add_no_orders()

    def _broken_by(self, usage: Array) -> dict[Key, tuple[float, Array]]:
        """By how much some use breaks the limits asked about, and prices [rows of the key] that say so."""
        over = self._rows.assess(usage, self._limits)
        found = {}
        for key, rows in self._keys.items():
            worst = rows[int(np.argmax(over[rows]))]
            found[key] = float(over[worst]), self._prices(rows, int(worst), usage)
        return found

    def _prices(self, rows: IntArray, worst: int, usage: Array) -> Array:
        """Weights of a key's rows that add up to 1: all on the worst row, or in proportion to the tail that is judged."""
        weights = np.zeros(len(rows))
        group: RowGroup | None = self._group_of.get(worst)
        if group is None:
            weights[np.searchsorted(rows, worst)] = 1.0
        else:
            at = np.searchsorted(rows, group.rows)
            beyond = usage[group.rows] - self._limits[group.rows]
            weights[at] = tail_weights(beyond, group.probability, group.block.alpha or 0.0)
        return weights

    def _worst(self, least: Mapping[Key, tuple[float, Array]], asked: set[Key]) -> Key | None:
        """The limit to ask about next: in money, what the best plan for it breaks it by beyond what is proven."""
        open_money = {
            key: self._money_weight(key) * (amount - self._proven(key))
            for key, (amount, _) in least.items()
            if key not in asked and amount - self._proven(key) > self._rounding(key)
        }
        return max(open_money, key=lambda key: open_money[key]) if open_money else None

    def _ask(self, key: Key, weights: Array) -> float:
        """By how much any plan breaks a limit, as far as these weights of its rows prove; 0 where that is rounding."""
        prices = np.zeros(len(self._limits))
        prices[self._keys[key]] = weights
        proof = self.session.ask(self._problem, prices, is_proof=False)
        amount = proof.least - self._problem.worth(prices)
        return amount if amount > self._rounding(key) else 0.0

    def _proven(self, key: Key) -> float:
        return float(self.over[self._keys[key]].max())

    def _rounding(self, key: Key) -> float:
        return ROUNDING * float(self._rows.scale[self._keys[key]].max())

    def _money_weight(self, key: Key) -> float:
        return self._rows.describe(int(self._keys[key][0]))[0].money_weight


def refuse_at_once(
    session: Session, guardrails: Guardrails, options: SolveOptions, explain: Callable[[], None]
) -> None:
    """Before any search: say where limits cannot hold because of what is in stock, under way or fixed.

    Where that is so, limits that only the recursion knows are asked about as well, so that all is said at once.

    Parameters
    ----------
    explain : raises with a whole explanation, at best; asked where that takes no time and there is more to say.

    Raises
    ------
    InfeasibleError
        A hard limit is broken whatever is ordered.
    """
    ranges = LineRanges(guardrails.tables)
    least = LeastUse.of(guardrails, ranges)
    over = beyond(guardrails, least)
    if over.any():
        SingleLimits(session, guardrails, options, ranges, over).prove()
        _refuse(session, guardrails, ranges, least, over, explain)


def refuse_single_limits(
    session: Session, guardrails: Guardrails, options: SolveOptions, explain: Callable[[], None]
) -> None:
    """Once a search has its first plans: say where a limit that all of them break cannot hold by itself.

    Raises
    ------
    InfeasibleError
        A hard limit is broken whatever is ordered.
    """
    ranges, nothing = LineRanges(guardrails.tables), np.zeros(len(guardrails))
    over = nothing.copy()
    SingleLimits(session, guardrails, options, ranges, over).prove()
    if over.any():
        _refuse(session, guardrails, ranges, LeastUse(nothing, nothing), over, explain)


def _refuse(
    session: Session,
    guardrails: Guardrails,
    ranges: LineRanges,
    least: LeastUse,
    over: Array,
    explain: Callable[[], None],
) -> NoReturn:
    weight = np.concatenate([np.full(len(block.limit), block.money_weight) for block in guardrails.blocks])
    worst, _ = guardrails.describe(int(np.argmax(weight * over)))
    is_short = worst.side == "lower" and ranges.is_reached(guardrails.terms[worst.metric], by_least=False)
    known = [(session.pool.stock(plan), plan) for plan in _cheapest(session, guardrails)]
    if session.recursion.band.rule is None:
        known.append((ranges.fewest_stock, session.recursion.no_free_orders()))
    is_small = guardrails.tables.demand.size <= EXPLAINED_SIZE
    diagnosis = diagnosis_of(
        guardrails,
        least,
        over,
        [
            Known(guardrails.usage(guardrails.metric_values(stock))[0], guardrails.per_stated_unit(stock))
            for stock, _ in known
        ],
        drivers(guardrails, ranges.most_stock if is_short else ranges.fewest_stock, over),
        close=1.0 + SUMS if is_small else CLOSE,
    )
    if is_small and not diagnosis.is_enough:
        explain()
    # One of them may be what whoever goes on with loosened limits begins with.
    session.incumbents += [plan for _, plan in known]
    raise unavoidable_error(guardrails.instance, diagnosis)


def _cheapest(session: Session, guardrails: Guardrails) -> list[PlanArray]:
    """The plan of the session that needs hard limits to give way by the least money; none where it has no plans."""
    problem = RelaxationProblem(resolved(guardrails), guardrails.limits, is_pure=True)
    money = [problem.money(guardrails.assess(used.sum(axis=0))) for used in session.pool.usage]
    return [session.pool.plans[int(np.argmin(money))]] if money else []


def _asked_about(guardrails: Guardrails, ranges: LineRanges) -> dict[Key, IntArray]:
    """Rows of the sides and periods that only the recursion knows the least of."""
    keys = relaxation_keys(guardrails)
    is_asked = {}
    for rows in keys.values():
        block = guardrails.describe(int(rows[0]))[0]
        name = block.name, block.side
        if name not in is_asked:
            is_asked[name] = not (
                block.holds == "chance"
                or block.metric == "overtime_spend"
                or block.has_plan_denominator
                or ranges.is_reached(guardrails.terms[block.metric], by_least=block.side == "upper")
            )
    return {key: rows for key, rows in keys.items() if is_asked[key[0], key[1]]}


def _smaller(
    one: dict[Key, tuple[float, Array]], other: dict[Key, tuple[float, Array]]
) -> dict[Key, tuple[float, Array]]:
    return {key: min(one[key], other[key], key=lambda found: found[0]) for key in one}
