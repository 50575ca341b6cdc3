"""The strategy `rule`: the best option for every segment (docs/formulation.md, section 10).

A rule plan is a function of the options, so that the best rule is a choice among known plans: an integer program over segments. Items
that may depart from their segment's option join it one by one, those that gain most at the program's prices.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.chance import let_go, resolved
from stockrail.solvers.column_choice import Choice, Columns, choose
from stockrail.solvers.departures import Pattern, best_fee, departing
from stockrail.solvers.option_plans import OptionPlans
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import MarginProblem, Problem
from stockrail.solvers.relaxation import RelaxationProblem
from stockrail.solvers.result import NoPlanError, Progress, SolveOptions, relative_gap
from stockrail.solvers.rule_result import RuleResult

SAFETY = 2e-6
"""Share of a row's scale kept free where the integer program's rounding broke a row."""

MOST_EXCLUDED = 5
"""Choices that are excluded one by one before all rows are tightened."""

SHARE_OF_GAP, SHARE_WITH_DEPARTURES = 0.5, 0.1
"""Of the gap asked for, for the integer program. Few departures earn little, and their bound leaves some of the gap."""

MOST_ROUNDS = 3
"""Choices among ever more patterns of departures."""


def solve_rule(tables: Tables, options: SolveOptions, *, most_departures: int = 0) -> RuleResult:
    """The best option for every segment, and for up to `most_departures` items one of their own.

    Where no choice keeps the hard guardrails, the one that needs the cheapest relaxation: `RuleResult.is_feasible` says so.
    """
    return _Rule(tables, options, most_departures).solve()


class _Rule:
    def __init__(self, tables: Tables, options: SolveOptions, most_departures: int) -> None:
        self._tables = tables
        self._options = options
        self._most_departures = most_departures
        self._began = time.perf_counter()
        self._judge = Guardrails.build(tables)
        self._rows = resolved(self._judge)
        self._limits = self._judge.limits
        self._seconds: dict[str, float] = {}
        with self._timed("options"):
            self._plans = OptionPlans.build(tables, self._rows, options.workers, self._show_options)
        self._segment = tables.instance.item_segment
        has_items = np.bincount(self._segment, minlength=len(self._plans.is_offered)) > 0
        self._offered = self._plans.is_offered & has_items[:, None]

    def solve(self) -> RuleResult:
        """Choose, let items depart, choose again, and value the plan."""
        problem: Problem = MarginProblem(self._rows, self._limits)
        patterns = [Pattern.plain(self._plans, s, o) for s, o in zip(*np.nonzero(self._offered), strict=True)]
        choice, least = self._choose(problem, patterns)
        if choice is None and self._most_departures:
            # Departures may be what it takes: those to which the cheapest relaxation points.
            relaxation = self._relaxation()
            rough, _ = self._choose(relaxation, patterns)
            if rough is not None:
                _, least = self._depart(relaxation, patterns, rough)
                choice, _ = self._choose(problem, patterns)
        if choice is None:
            return self._relaxed(patterns, least)
        self._show("choosing options", -choice.cost, -least)
        if self._most_departures:
            choice, least = self._depart(problem, patterns, choice)
        result = self._result(patterns, choice, -least)
        return result if result.is_feasible else self._again(problem, patterns, choice, result)

    def _again(
        self, problem: Problem, patterns: list[Pattern], choice: Choice, result: RuleResult
    ) -> RuleResult:
        """Another choice where the program's rounding let one break a row: without that one, then with some room on all rows."""
        excluded, bound = [choice.columns], result.bound
        for attempt in range(MOST_EXCLUDED + 1):
            tightened = SAFETY if attempt == MOST_EXCLUDED else 0.0
            again, least = self._choose(problem, patterns, tightened=tightened, excluded=excluded)
            if again is None:
                break
            if not tightened and not self._most_departures:
                bound = min(bound, -least)
            other = self._result(patterns, again, bound)
            if other.is_feasible:
                return other
            excluded.append(again.columns)
        return result

    def _depart(self, problem: Problem, patterns: list[Pattern], choice: Choice) -> tuple[Choice, float]:
        """The best choice where items may depart, and a bound: patterns are added at the prices of the choice before."""
        best, least = choice, -np.inf
        fees: list[float] = []
        for _ in range(MOST_ROUNDS):
            with self._timed("departures"):
                valued = self._valued(choice.prices)
                fee, value = best_fee(valued, self._segment, self._offered, self._most_departures)
                least = max(least, self._proven(problem, choice.prices, valued, value))
                # The fee of the bound is about right from the first round on, that of the choice later.
                fees = [fee, *([choice.fee] if fees else [])]
                if (
                    relative_gap(-best.cost, -least) <= self._options.gap
                    and len(patterns) > self._offered.sum()
                ):
                    break
                patterns += departing(
                    self._plans, valued, self._offered, fees, self._most_departures, self._each
                )
            found, _ = self._choose(problem, patterns)
            if found is None:
                break
            # Within its gap a choice from more patterns may be the worse one.
            choice, best = found, min(best, found, key=lambda one: one.cost)
            self._show("choosing departures", -best.cost, -least)
            if self._seconds_left() <= 0:
                break
        return best, least

    def _choose(
        self,
        problem: Problem,
        patterns: list[Pattern],
        *,
        tightened: float = 0.0,
        excluded: Sequence[IntArray] = (),
    ) -> tuple[Choice | None, float]:
        departs = len(patterns) > self._offered.sum()
        share = SHARE_WITH_DEPARTURES if departs else SHARE_OF_GAP
        options = replace(self._options, time_limit=self._seconds_left(), gap=share * self._options.gap)
        columns = Columns(
            np.array([pattern.segment for pattern in patterns], dtype=np.int64),
            np.array([pattern.cost for pattern in patterns]),
            np.array([pattern.usage for pattern in patterns]).reshape(len(patterns), len(self._rows)),
            np.array([len(pattern.departing) for pattern in patterns], dtype=np.float64),
            float(self._most_departures) if self._most_departures else np.inf,
        )
        with self._timed("choice"):
            return choose(columns, problem, self._judge, options, tightened=tightened, excluded=excluded)

    def _valued(self, prices: Array) -> Array:
        """Cost and priced use of each item under each option [options, items], infinite where its menu has it not."""
        form = self._rows.pull(prices)
        form.add(self._plans.objective)
        valued = np.array(self._each(form.value))
        offered = self._plans.is_offered[self._segment].T
        return np.where(offered, valued, np.inf)

    def _proven(self, problem: Problem, prices: Array, valued: Array, value: float) -> float:
        """What no choice costs less than, by the prices of a choice and what `best_fee` says at them."""
        proving = self._without_chance(prices)
        if not np.array_equal(proving, prices):
            valued = self._valued(proving)
            _, value = best_fee(valued, self._segment, self._offered, self._most_departures)
        return value - problem.worth(proving)

    def _without_chance(self, prices: Array) -> Array:
        """The same prices without those of rows that hold by chance: any of these may be released."""
        kept = np.where(np.isfinite(let_go(self._judge, self._limits)), prices, 0.0)
        overtime = self._rows.overtime
        if overtime.is_used:
            # The price of a limit on spend is part of the capacity's.
            counted = np.unique(overtime.rate.nonzero()[1])
            highest = self._rows.soft_prices + overtime.rate.T @ kept
            kept[counted] = np.minimum(kept, highest)[counted]
        return np.asarray(kept)

    def _relaxation(self) -> Problem:
        return RelaxationProblem(self._rows, self._limits)

    def _relaxed(self, patterns: list[Pattern], least: float) -> RuleResult:
        """The choice that needs the cheapest relaxation of the hard guardrails."""
        choice, _ = self._choose(self._relaxation(), patterns)
        if choice is None:
            raise NoPlanError("No choice of options was found in time. Allow more time.")
        return replace(self._result(patterns, choice, -least), objective=-np.inf)

    def _result(self, patterns: list[Pattern], choice: Choice, bound: float) -> RuleResult:
        """The plan of a choice, valued as the guardrails as stated value it."""
        by_segment = np.full(len(self._plans.is_offered), -1, dtype=np.int64)
        by_item = np.zeros(len(self._segment), dtype=np.int64)
        for place in choice.columns:
            pattern = patterns[place]
            by_segment[pattern.segment] = pattern.option
            by_item[self._segment == pattern.segment] = pattern.option
            by_item[pattern.departing] = pattern.options
        plan = self._plans.plan(by_item)
        stock = Stock.of(self._tables, plan.astype(np.int64))
        over = self._judge.assess(self._judge.usage(self._judge.metric_values(stock))[0])
        objective = -float(self._plans.objective.value(stock).sum()) - self._judge.cost(over)
        if over[~self._judge.is_soft].any():
            objective = -np.inf
        return RuleResult(
            self._plans,
            by_segment,
            by_item,
            plan,
            objective,
            bound,
            over,
            choice.prices,
            self._seconds,
            self._most_departures,
        )

    def _each(self, of: Callable[[Stock], Array]) -> list[Array]:
        """Something of the stock under each option's plan."""

        def one(plan: PlanArray) -> Array:
            return of(Stock.of(self._tables, plan.astype(np.int64)))

        with ThreadPoolExecutor(self._options.workers) as executor:
            return list(executor.map(one, self._plans.plans))

    def _show_options(self, done: int, total: int) -> None:
        self._show(f"options, {done} of {total}", -np.inf, np.inf)

    def _show(self, phase: str, objective: float, bound: float) -> None:
        elapsed = time.perf_counter() - self._began
        self._options.on_progress(Progress(phase, objective, bound, elapsed))

    def _seconds_left(self) -> float:
        return max(self._options.time_limit - (time.perf_counter() - self._began), 0.0)

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._seconds[phase] = self._seconds.get(phase, 0.0) + time.perf_counter() - began
