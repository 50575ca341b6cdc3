"""A point of a frontier, and what all points have found, for each of them: plans that hold, bounds from every proof."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array
from stockrail.solvers.chance import let_go, resolved
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.result import SolutionStatus, relative_gap
from stockrail.solvers.session import Session

INFEASIBLE = "infeasible"

NAN = float("nan")


@dataclass(frozen=True)
class FrontierPoint:
    """One limit and the best plan found under it. Money in the instance's currency, NaN where there is no plan.

    Attributes
    ----------
    limit : the limit, in the unit of the metric.
    status : "proven" within the gap asked for, "feasible" where that was not reached, "infeasible", or "none" where the
        sweep ended before there was a plan.
    expected_margin, objective : of the plan; the two differ only where the instance weighs the worst scenarios.
    bound : no plan under this limit reaches a larger objective.
    gap : relative gap between them.
    fill_rate : 1 - expected short units / expected demand.
    mean_inventory_value, peak_inventory_value : expectation over all periods; largest in any period and scenario.
    relaxation : of an infeasible limit, by how much it has to give way in the cheapest relaxation of all hard limits found;
        0 where that relaxation leaves it alone.
    reason : of an infeasible limit, which limits cannot hold together.
    seconds : spent on this point.
    """

    limit: float
    status: str
    expected_margin: float = NAN
    objective: float = NAN
    bound: float = NAN
    gap: float = NAN
    fill_rate: float = NAN
    mean_inventory_value: float = NAN
    peak_inventory_value: float = NAN
    relaxation: float = NAN
    reason: str = ""
    seconds: float = 0.0

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan."""
        return bool(np.isfinite(self.objective))


class Known:
    """Plans with their cost and use, which do not depend on limits, and the session's proofs.

    Parameters
    ----------
    gap : relative gap within which a point is proven.
    """

    def __init__(self, session: Session, gap: float) -> None:
        self._session = session
        self._gap = gap
        self._plans: list[tuple[PlanArray, float, Array]] = []

    def learn(self, guardrails: Guardrails) -> None:
        """Take the plans that the last solve has found over, and leave the session the one that is best there.

        Sweeping to looser limits, no other is needed, and a solve judges again each plan that it is left.
        """
        known = {id(plan) for plan, _, _ in self._plans}
        for plan in self._session.incumbents:
            if id(plan) not in known:
                known.add(id(plan))
                self._plans.append((plan, *self._session.pool.outcome(plan)))
        best = self._best_plan(guardrails)
        if best is not None:
            self._session.incumbents = [best[0]]

    def best(self, point: FrontierPoint, guardrails: Guardrails) -> FrontierPoint:
        """The point with the best plan and the lowest bound known."""
        if point.status == INFEASIBLE:
            return point
        if self._session.guardrails.rows_that_use_changed_limits(guardrails).any():
            return point  # use of a ratio's rows hangs on its limit: nothing can be carried over as it is
        problem = MarginProblem(resolved(guardrails), let_go(guardrails, guardrails.limits))
        bounds = [problem.worth(proof.prices) - proof.least for proof in self._session.proofs_for(problem)]
        bounds += [point.bound] if np.isfinite(point.bound) else []
        point = replace(point, bound=min(bounds, default=NAN))
        found = self._best_plan(guardrails)
        if found is not None and not found[1] <= point.objective:
            point = with_plan(point, self._session, guardrails, found[0], found[1])
        if not point.has_plan:
            return point
        gap = relative_gap(point.objective, point.bound)
        status = SolutionStatus.PROVEN if gap <= self._gap else SolutionStatus.FEASIBLE
        return replace(point, gap=gap, status=str(status))

    def _best_plan(self, guardrails: Guardrails) -> tuple[PlanArray, float] | None:
        best: tuple[PlanArray, float] | None = None
        for plan, cost, usage in self._plans:
            over = guardrails.assess(usage)
            objective = -cost - guardrails.cost(over)
            if not over[~guardrails.is_soft].any() and (best is None or objective > best[1]):
                best = plan, objective
        return best


def with_plan(
    point: FrontierPoint,
    session: Session,
    guardrails: Guardrails,
    plan: NDArray[np.int32] | NDArray[np.int64],
    objective: float,
) -> FrontierPoint:
    """The point with a plan's numbers."""
    ledger = Ledger(session.tables, plan.astype(np.int64))
    tree = session.tables.tree
    inventory = ledger.metric_total("inventory_value")
    short = float((ledger.line("short") @ tree.probability).sum())
    demand = float((session.tables.demand @ tree.probability).sum())
    return replace(
        point,
        expected_margin=ledger.expected_margin - sum(guardrails.costs(ledger.stock).values()),
        objective=objective,
        fill_rate=1.0 - short / demand if demand > 0 else 1.0,
        mean_inventory_value=float(ledger.expected(inventory).mean()),
        peak_inventory_value=float(inventory.max()),
    )
