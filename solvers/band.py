"""The band that a policy leaves to plans, as the lot recursion needs it (docs/formulation.md, section 10)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.policy_targets import PolicyTargets
from stockrail.model.rules import breaches_of_band, rule_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.recursion_orders import NO_FLOOR


@dataclass(frozen=True)
class Band:
    """Cumulative lots between which plans stay.

    Attributes
    ----------
    floor, ceiling : int64 [items, nodes]; empty where there is no band. An order leads to at most `ceiling` or is the smallest
        one; the plan reaches `floor` or orders as much as it may.
    rule : int32 [items, nodes], the rule's plan, which is in the band; None where there is no band.
    """

    tables: Tables
    floor: IntArray
    ceiling: IntArray
    targets: PolicyTargets | None = None
    rule: NDArray[np.int32] | None = None

    @staticmethod
    def none(tables: Tables) -> "Band":
        """No band."""
        nothing = np.zeros((1, 0), dtype=np.int64)
        return Band(tables, nothing, nothing)

    @staticmethod
    def of(tables: Tables, targets: PolicyTargets) -> "Band":
        """The band of a policy."""
        floor = np.where(targets.is_review, targets.floor_lots, NO_FLOOR)
        rule = rule_plan(tables, targets).astype(np.int32)
        return Band(tables, floor, targets.target_lots, targets, rule)

    def repair(self, plan: NDArray[np.int32]) -> None:
        """Give items that have left the band the rule's plan, in place."""
        if self.targets is None or self.rule is None:
            return
        breaches = breaches_of_band(self.tables, self.targets, plan.astype(np.int64))
        items = np.unique(breaches[:, 0])
        plan[items] = self.rule[items]
