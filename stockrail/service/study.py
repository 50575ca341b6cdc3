"""Curves of all segments around a baseline: the rows of the tables of `service_for_profit`."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.policy import Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.service.curve import (
    Move,
    PlanAmounts,
    Point,
    efficient,
    option_amounts,
    shared_costs,
)
from stockrail.service.verdict import CURRENT_STEP, Neighbour, TradeOff, menu_neighbours, moved
from stockrail.solvers.rule_result import RuleResult

CURRENT = "current"
"""Name of the point that today's settings make."""

CURVE_COLUMNS = (
    "segment", "option", "safety_factor", "cover_periods", "review_periods", "is_baseline", "is_efficient", "keeps_limits",
    "inventory_value", "holding", "guardrail_charge", "fill_rate", "lost_units", "lost_sales", "lost_margin", "expedited_units",
    "expedite", "stockout", "order_cost", "write_off", "expected_margin", "plan_margin",
)  # fmt: skip

STEP_COLUMNS = (
    "segment", "from_option", "to_option", "added_inventory", "retained_sales", "retained_margin", "saved_expedite",
    "saved_stockout", "saved_order_cost", "saved_end_loss", "other", "gain", "added_holding", "added_guardrail_charge", "cost", "net", "break_even_rate_per_year",
    "cost_rate_per_year", "pays",
)  # fmt: skip

NO_PRICES = (
    "No choice of options keeps the hard limits, so guardrails have no price here. The curves are around the choice that exceeds them "
    "least; see `stockrail plan --relax`."
)


TODAY_EXCEEDS = (
    "Today's settings exceed hard limits. Room is charged at the prices that it has for the best options."
)


class Study:
    """The curves of all segments around one baseline.

    Attributes
    ----------
    ledger : of the baseline.
    shared : its `overtime` and `guardrail_penalty`.
    """

    def __init__(
        self,
        tables: Tables,
        choice: RuleResult,
        current: Policy | None,
        workers: int,
        on_done: Callable[[int], None],
    ) -> None:
        self._tables = tables
        self._instance = tables.instance
        self._choice = choice
        self._current = current
        self._guardrails = Guardrails.build(tables)
        # Prices of a relaxation are money per unit that limits are exceeded by, not per unit that they allow.
        self._prices: Array = choice.prices if choice.is_feasible else np.zeros(len(self._guardrails))
        self._options = option_amounts(choice.plans, self._guardrails, self._prices, workers, on_done)
        plan = choice.plan.astype(np.int64) if current is None else self._rule(current)
        self.ledger = Ledger(tables, plan)
        self._base = PlanAmounts.of(self.ledger, self._guardrails, self._prices)
        self._usage = self._base.usage.sum(axis=0)
        self.shared = shared_costs(self._guardrails, self._usage)
        settings = self._instance.settings
        self._years = settings.periods * settings.period_length_days / 365.0

    def _rule(self, policy: Policy) -> IntArray:
        return rule_plan(self._tables, PolicyTargets.of(self._tables, Forecast.of(self._tables), policy))

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Curve, steps and trade-off of all segments with items."""
        curve: list[list[object]] = []
        steps: list[list[object]] = []
        rows: list[TradeOff] = []
        nearby = self._nearby()
        for s in np.unique(self._instance.item_segment).tolist():
            offered = np.flatnonzero(self._choice.plans.is_offered[s])
            points = [self._options[o].at(s) for o in offered]
            hull = efficient(points)
            curve += self._curve_rows(s, offered, points, set(hull.tolist()))
            steps += self._step_rows(s, offered, points, hull)
            rows.append(self._trade_off(s, offered, points, hull, nearby))
        return (
            pd.DataFrame(curve, columns=list(CURVE_COLUMNS)),
            pd.DataFrame(steps, columns=list(STEP_COLUMNS)),
            TradeOff.frame(rows),
        )

    def notes(self) -> tuple[str, ...]:
        """What to know when reading the tables."""
        if not self._choice.is_feasible:
            return (NO_PRICES,)
        if self._current is not None and not self._keeps_limits(self._usage):
            return (TODAY_EXCEEDS,)
        return ()

    def _keeps_limits(self, usage: Array) -> bool:
        over = self._guardrails.assess(usage)
        return not over[~self._guardrails.is_soft].any()

    def _curve_rows(
        self, s: int, offered: IntArray, points: list[Point], hull: set[int]
    ) -> list[list[object]]:
        """A row for each option, and one for today's settings where they are the baseline."""
        name, plans = self._instance.segments[s].segment, self._choice.plans
        rows = []
        for k, o in enumerate(offered):
            option = plans.options[o]
            is_baseline = self._current is None and o == self._choice.by_segment[s]
            others = self._usage - self._base.usage[s] + self._options[o].usage[s]
            head = [name, option.name, option.safety_factor, option.cover_periods, option.review_periods]
            rows.append([*head, is_baseline, k in hull, *self._cells(s, points[k], others)])
        if self._current is not None:
            nothing = [float("nan")] * 3
            rows.append(
                [name, CURRENT, *nothing, True, False, *self._cells(s, self._base.at(s), self._usage)]
            )
        return rows

    def _cells(self, s: int, point: Point, usage: Array) -> list[object]:
        """From `keeps_limits` on; `usage` [rows] is that of the whole plan."""
        swapped = self.ledger.expected_margin - self._base.at(s)["expected_margin"]
        margin = swapped + point["expected_margin"] - sum(shared_costs(self._guardrails, usage).values())
        names = (
            "lost_units",
            "lost_sales",
            "lost_margin",
            "expedited_units",
            "expedite",
            "stockout",
            "order_cost",
            "write_off",
        )
        return [
            self._keeps_limits(usage), point["inventory_value"], point["holding"], point["guardrail_charge"], point.fill_rate,
            *(point[name] for name in names), point["expected_margin"], margin,
        ]  # fmt: skip

    def _step_rows(
        self, s: int, offered: IntArray, points: list[Point], hull: IntArray
    ) -> list[list[object]]:
        options, rows = self._choice.plans.options, []
        for first, last in pairwise(hull):
            move = Move(points[first], points[last])
            per_year = move.added_inventory * self._years
            rows.append(
                [
                    self._instance.segments[s].segment, options[offered[first]].name, options[offered[last]].name,
                    move.added_inventory, move.retained_sales, *move.parts.values(), move.gain, *move.costs.values(), move.cost, move.net,
                    move.gain / per_year, move.cost / per_year, bool(move.net > 0),
                ]
            )  # fmt: skip
        return rows

    def _trade_off(
        self,
        s: int,
        offered: IntArray,
        points: list[Point],
        hull: IntArray,
        nearby: Sequence[PlanAmounts],
    ) -> TradeOff:
        """The row of a segment; `nearby` are today's settings with less and more safety stock, where they are the baseline."""
        found: list[Neighbour | None] = []
        if nearby:
            option = CURRENT
            names = [f"-{CURRENT_STEP:g} sigma", f"+{CURRENT_STEP:g} sigma"]
            found = [self._neighbour(s, name, plan) for name, plan in zip(names, nearby, strict=True)]
        else:
            options = [self._choice.plans.options[o] for o in offered]
            here = int(np.flatnonzero(offered == self._choice.by_segment[s])[0])
            option = options[here].name
            found += [
                None if k is None else self._neighbour(s, options[k].name, self._options[offered[k]])
                for k in menu_neighbours(options, points, here, hull)
            ]
        segment, currency = self._instance.segments[s].segment, self._instance.settings.currency
        return TradeOff.of(segment, option, self._base.at(s), found[0], found[1], self._years, currency)

    def _neighbour(self, s: int, name: str, plan: PlanAmounts) -> Neighbour:
        point, base = plan.at(s), self._base.at(s)
        others = self._usage - self._base.usage[s] + plan.usage[s]
        penalty = sum(shared_costs(self._guardrails, others).values())
        added = point["expected_margin"] - base["expected_margin"]
        added -= penalty - sum(self.shared.values())
        # A plan that exceeds limits already may do so after the move: their prices are all there is to go by.
        if not self._keeps_limits(self._usage):
            return Neighbour(name, point, True)
        return Neighbour(name, point, added > 0 and self._keeps_limits(others))

    def _nearby(self) -> list[PlanAmounts]:
        """Today's settings with less and with more safety stock; nothing where options are the baseline."""
        if self._current is None:
            return []
        plans = [self._rule(policy) for policy in moved(self._current, self._tables)]
        return [PlanAmounts.of(Ledger(self._tables, plan), self._guardrails, self._prices) for plan in plans]
