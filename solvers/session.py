"""What searches on one instance share: the recursion, the plans it has found, and what it has proven at which prices.

Plans and proofs do not depend on limits, so a search under other limits (a frontier, the range of a price, a relaxation)
starts from all that is known.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import LinearForm
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.pool import PlanArray, PlanPool, cost_form
from stockrail.solvers.problem import Problem
from stockrail.solvers.recursion import Recursion
from stockrail.solvers.stock_room import StockRoom
from stockrail.solvers.surrogate import Surrogate

MOST_GROUPS = 64

FINE_LEVELS = 2048
"""Grid levels of the closing bound for items with very many lots."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Proof:
    """What the recursion answered at some prices [rows], with the cost of items weighted by `cost_weight`.

    Attributes
    ----------
    least : no plan has a smaller cost plus priced use.
    value : cost plus priced use of the best plan found; about what `least` would be lot by lot.
    """

    prices: Array
    cost_weight: float
    least: float
    value: float


class Session:
    """Plans and proofs of one instance.

    Parameters
    ----------
    guardrails : the rows; searches may change their limits.
    recursion : the lot recursion of the instance.

    Attributes
    ----------
    radius, patience : of searches for the best plan, see `Search`; a warm start sets them.
    """

    def __init__(self, tables: Tables, guardrails: Guardrails, recursion: Recursion, seed: int) -> None:
        self.tables = tables
        self.guardrails = guardrails
        self.recursion = recursion
        self.generator = np.random.default_rng(seed)
        items = len(tables.lot_size)
        count = min(items, MOST_GROUPS)
        groups = self.generator.permutation(np.arange(items) % count)
        self._objective = cost_form(tables)
        self.pool = PlanPool(guardrails, self._objective, groups, count)
        self.proofs: list[Proof] = []
        self.incumbents: list[PlanArray] = []
        self.radius: float | None = None
        self.patience = 0
        self.seconds = {"recursion": 0.0, "evaluation": 0.0, "master": 0.0, "recovery": 0.0}

    def adopt(self, guardrails: Guardrails) -> None:
        """Go on under guardrails that differ in their limits only.

        Where a ratio's denominator depends on the plan, so does the use of its rows on its limit: then use is evaluated
        anew, and proofs that price such rows are dropped.
        """
        changed = self.guardrails.rows_that_use_changed_limits(guardrails)
        self.guardrails = self.pool.guardrails = guardrails
        if changed.any():
            plans, self.pool.plans = self.pool.plans, []
            self.pool.costs, self.pool.usage = [], []
            for plan in plans:
                self.timed("evaluation", partial(self.pool.add, plan))
            self.proofs = [proof for proof in self.proofs if not proof.prices[changed].any()]

    def ask(self, problem: Problem, prices: Array, *, is_proof: bool) -> Proof:
        """The best plan of every item at some prices, which joins the pool; a proof where the prices keep every law."""
        form = self._priced(problem, prices)
        answer = self.timed("recursion", lambda: self.recursion.minimise(form))
        self.timed("evaluation", lambda: self.pool.add(answer.plan))
        used = float(prices @ self.pool.usage[-1].sum(axis=0))
        cost = problem.cost_weight * float(self.pool.costs[-1].sum())
        proof = Proof(prices, problem.cost_weight, float(answer.lower_bound.sum()), cost + used)
        if is_proof:
            self.proofs.append(proof)
        return proof

    def respond(self, problem: Problem, plan: PlanArray, prices: Array, surrogate: Surrogate) -> None:
        """Add each item's best plan while all others keep theirs. Stock limits are exact, other rows enter by price."""
        room = StockRoom.of(problem.guardrails, self.guardrails, self.pool.stock(plan), surrogate)
        form = self._priced(problem, np.where(room.covers, 0.0, prices))
        answer = self.timed("recursion", lambda: self.recursion.respond(form, room))
        self.timed("evaluation", lambda: self.pool.add(answer))

    def add_no_orders(self) -> None:
        """Add the plan without free orders."""
        self.add_plan(self.recursion.no_free_orders())

    def add_plan(self, plan: PlanArray) -> None:
        """Add a plan that keeps the order rules."""
        self.timed("evaluation", lambda: self.pool.add(plan))

    def finer_proof(self, problem: Problem, proof: Proof) -> Proof:
        """The same proof on a much finer grid for items with very many lots."""
        grid = self.recursion.finer_grid(FINE_LEVELS)
        everyone: IntArray = np.arange(len(grid))
        form = self._priced(problem, proof.prices)
        values = self.timed("recursion", lambda: self.recursion.lower_bound(form, grid, everyone))
        finer = Proof(proof.prices, proof.cost_weight, max(proof.least, float(values.sum())), proof.value)
        self.proofs.append(finer)
        return finer

    def proofs_for(self, problem: Problem) -> list[Proof]:
        """Proofs whose prices are valid for a problem."""
        return [
            proof
            for proof in self.proofs
            if proof.cost_weight == problem.cost_weight and problem.is_allowed(proof.prices)
        ]

    def timed(self, phase: str, work: Callable[[], Result]) -> Result:
        """Do some work and note its seconds."""
        began = time.perf_counter()
        result = work()
        self.seconds[phase] += time.perf_counter() - began
        return result

    def _priced(self, problem: Problem, prices: Array) -> LinearForm:
        form = self.guardrails.pull(prices)
        if problem.cost_weight:
            form.add(self._objective)
        return form
