"""Two plans of one instance held against each other, each with its bound: what the first earns more, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from stockrail.formats import money_plain
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.solvers.decomposition import solve_in
from stockrail.solvers.result import InfeasibleError, SolveOptions, SolveResult, relative_gap
from stockrail.solvers.session import Session

WITHIN_GAP = "within the solver's gap"
"""Said of a difference that two equally good plans could show as well."""


class NoOtherPlanError(Exception):
    """There is no plan to compare with. The message says why."""


class Proven(Protocol):
    """What is known of a plan's worth, whether or not the plan itself is at hand."""

    @property
    def objective(self) -> float:
        """Of the plan, in money."""

    @property
    def bound(self) -> float:
        """The most that any plan under the same limits reaches."""

    @property
    def open_money(self) -> float:
        """What a better plan could still earn more."""


@dataclass(frozen=True)
class ProvenPlan:
    """A plan with its proof.

    Attributes
    ----------
    objective, bound : objective of the plan, and the most that any plan under the same limits reaches, in money.
    expected_margin : of the plan, after overtime and penalties of soft guardrails.
    """

    ledger: Ledger
    objective: float
    bound: float
    expected_margin: float

    @staticmethod
    def of(guardrails: Guardrails, result: SolveResult) -> "ProvenPlan":
        """The plan of a solve under these guardrails; `result` has a plan."""
        assert result.cumulative_lots is not None
        ledger = Ledger(guardrails.tables, result.cumulative_lots)
        margin = ledger.expected_margin - sum(guardrails.costs(ledger.stock).values())
        return ProvenPlan(ledger, result.objective, result.bound, margin)

    @property
    def gap(self) -> float:
        """Relative gap between plan and bound."""
        return relative_gap(self.objective, self.bound)

    @property
    def open_money(self) -> float:
        """What a better plan could still earn more, in money; rounding below 0 is none."""
        return max(self.bound - self.objective, 0.0)


@dataclass(frozen=True)
class Difference:
    """What plans under one set of limits earn more than plans under another, in money.

    Attributes
    ----------
    amount : between the two plans found.
    least, most : between the best plans there are: what the bounds leave possible.
    is_within_gap : the amount is no larger than both plans' gaps together, so that either sign could be chance.
    """

    amount: float
    least: float
    most: float
    is_within_gap: bool

    @staticmethod
    def between(plan: Proven, reference: Proven) -> "Difference":
        """What `plan` earns more than `reference`, under facts or limits of its own: neither bound says anything of the other plan."""
        amount = plan.objective - reference.objective
        return Difference(
            amount=amount,
            least=plan.objective - reference.bound,
            most=plan.bound - reference.objective,
            is_within_gap=abs(amount) <= plan.open_money + reference.open_money,
        )

    @staticmethod
    def of_loosening(loose: ProvenPlan, tight: ProvenPlan) -> "Difference":
        """What `loose` earns more than `tight`, whose limits are the same or tighter.

        What bounds every plan under the looser limits bounds those under the tighter ones as well.
        """
        amount = loose.objective - tight.objective
        tight = replace(tight, bound=min(tight.bound, loose.bound))
        return Difference(
            amount=amount,
            least=loose.objective - tight.bound,
            most=loose.bound - tight.objective,
            is_within_gap=abs(amount) <= loose.open_money + tight.open_money,
        )

    def words(self, currency: str) -> str:
        """The amount, and whether it is within the solver's gap."""
        return money_plain(self.amount, currency) + (f" ({WITHIN_GAP})" if self.is_within_gap else "")


def solve_under(session: Session, guardrails: Guardrails, options: SolveOptions) -> ProvenPlan:
    """Solve under guardrails that differ from the session's in their limits only, from all that the session knows.

    To compare with a plan, give `comparable` options.

    Raises
    ------
    NoOtherPlanError
        No plan keeps these limits, or none was found in time.
    """
    try:
        result = solve_in(session, guardrails, options)
    except InfeasibleError as error:
        raise NoOtherPlanError("no plan keeps the other limits") from error
    if result.cumulative_lots is None:
        raise NoOtherPlanError(f"no plan was found in time ({result.termination_reason})")
    return ProvenPlan.of(guardrails, result)


def guardrails_of(session: Session, instance: Instance) -> Guardrails:
    """The guardrails of an instance that differs from the session's in limits only, row for row."""
    blocks = Guardrails.build(replace(session.tables, instance=instance)).blocks
    return Guardrails(session.tables, blocks, session.guardrails.terms)


def comparable(options: SolveOptions, plan: ProvenPlan) -> SolveOptions:
    """Options that ask for a plan proven as closely as this one, where that is closer than they ask for.

    A search that starts from the plan would else stop at it, and nothing would seem to depend on the limits.
    """
    return replace(options, gap=max(0.0, min(options.gap, plan.gap)))


def start_from(session: Session, plans: Sequence[ProvenPlan]) -> None:
    """Let the session know plans that were found elsewhere, so that its searches start from them."""
    session.incumbents.extend(plan.ledger.cumulative_lots.astype(np.int32) for plan in plans)
