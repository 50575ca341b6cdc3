"""The best rule, as plain data."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.policy import Option
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.option_plans import OptionPlans
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.result import relative_gap


@dataclass(frozen=True)
class RuleResult:
    """The best rule.

    Attributes
    ----------
    plans : the plans of all options.
    by_segment, by_item : int [segments], [items]: place of the option in `plans.options`; -1 for a segment without items.
    plan : cumulative lots [items, nodes].
    objective, bound : of the plan, and what no choice of options earns more than. The objective is -inf where no choice keeps
        the hard guardrails; plan and options are then those that need the cheapest relaxation.
    over : violation of each row [rows] by the plan.
    prices : [rows], objective earned by one more unit of limit, of the relaxation.
    seconds : by phase.
    most_departures : items that may depart.
    """

    plans: OptionPlans
    by_segment: IntArray
    by_item: IntArray
    plan: PlanArray
    objective: float
    bound: float
    over: Array
    prices: Array
    seconds: dict[str, float]
    most_departures: int = 0

    @property
    def is_feasible(self) -> bool:
        """Whether the plan keeps the hard guardrails."""
        return bool(np.isfinite(self.objective))

    @property
    def gap(self) -> float:
        """Relative gap between plan and bound."""
        return relative_gap(self.objective, self.bound)

    @property
    def departures(self) -> IntArray:
        """Items that depart from their segment's option."""
        of_segment = self.by_segment[self.plans.guardrails.tables.instance.item_segment]
        return np.flatnonzero(self.by_item != of_segment)

    def options_by_item(self) -> list[Option]:
        """The option of each item."""
        return [self.plans.options[k] for k in self.by_item]
