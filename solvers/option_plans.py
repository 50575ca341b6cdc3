"""The rule plans of every policy option, with what they cost and use: what a choice of options chooses from."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.policy import Option, menu
from stockrail.model.policy_targets import Forecast, PolicyTargets, targets_of_options
from stockrail.model.rules import rule_plan
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.pool import PlanArray, cost_form


@dataclass(frozen=True)
class OptionPlans:
    """One plan for each option, of all items, and what the menus offer.

    Attributes
    ----------
    options : every option of any menu, once.
    is_offered : bool [segments, options].
    plans : int32 [items, nodes] for each option.
    costs : [options, items]; minus the expected margin, weighed as the objective weighs it.
    usage : [options, segments, rows].
    """

    guardrails: Guardrails
    objective: LinearForm
    options: tuple[Option, ...]
    is_offered: BoolArray
    plans: tuple[PlanArray, ...]
    costs: Array
    usage: Array

    @staticmethod
    def build(
        tables: Tables,
        guardrails: Guardrails,
        workers: int,
        on_done: Callable[[int, int], None] = lambda done, total: None,
    ) -> "OptionPlans":
        """Run the rule for every option; `on_done` is told how many of them are done."""
        instance = tables.instance
        menus = menu(instance)
        options = tuple(dict.fromkeys(option for offered in menus.values() for option in offered))
        is_offered = np.array(
            [[option in menus.get(row.segment, ()) for option in options] for row in instance.segments],
            dtype=bool,
        ).reshape(len(instance.segments), len(options))
        objective = cost_form(tables)
        segments = instance.item_segment

        def evaluate(one: PolicyTargets) -> tuple[PlanArray, Array, Array]:
            plan = rule_plan(tables, one)
            stock = Stock.of(tables, plan)
            used = guardrails.usage(guardrails.metric_values(stock), segments, len(instance.segments))
            return plan.astype(np.int32), objective.value(stock), used

        targets = targets_of_options(tables, Forecast.of(tables), options)
        found: list[tuple[PlanArray, Array, Array]] = []
        with ThreadPoolExecutor(workers) as executor:
            # As many at a time as there are workers: targets of all options at once would fill the memory.
            while some := list(islice(targets, workers)):
                found += executor.map(evaluate, some)
                on_done(len(found), len(options))
        return OptionPlans(
            guardrails=guardrails,
            objective=objective,
            options=options,
            is_offered=is_offered,
            plans=tuple(plan for plan, _, _ in found),
            costs=np.array([cost for _, cost, _ in found]),
            usage=np.array([used for _, _, used in found]),
        )

    def plan(self, by_item: IntArray) -> PlanArray:
        """The plan in which each item follows the option at its place [items]."""
        plan = np.empty_like(self.plans[0])
        for place in np.unique(by_item):
            members = np.flatnonzero(by_item == place)
            plan[members] = self.plans[place][members]
        return plan
