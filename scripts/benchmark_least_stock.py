"""The least stock that service needs: the smallest limit on inventory under which floors on service can hold. See benchmark_finance.py.

Every plan that keeps the floors has a largest inventory, over all scenarios and periods that the limit covers. The least of these is

    least stock = min over plans that keep the floors of max over nodes of inventory value

and its relaxation, prices on nodes that add up to 1 and prices on the floors, is a problem for a search like the cheapest relaxation
of docs/formulation.md, section 7, with one relaxation for the whole limit instead of one for each period, and none for the floors. Each
answer of the recursion proves a stock below which no plan keeps the floors: the largest of these is a lower bound on the least stock, so
a cap of some share of it below 1 is out of reach by at least that much, whatever the search has missed.
"""

import time

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers import SolveOptions
from stockrail.solvers.decomposition import open_session
from stockrail.solvers.price_laws import largest_prices, price_of_relaxation
from stockrail.solvers.problem import Problem
from stockrail.solvers.search import Search

RADIUS = 0.005
"""How far prices move at first: those of the cap add up to 1 over many nodes."""

GAP = 0.1
"""The search ends once what it hopes for is within a tenth of this, 1%, of what its plans say."""


class LeastStockProblem(Problem):
    """Minus the largest use among the rows of a cap, under hard floors; the margin does not count.

    Parameters
    ----------
    guardrails : floors, and one upper limit, the cap, each of them hard and none of them by chance or in the tail.
    cap : name of the upper limit; what it is does not matter.
    """

    def __init__(self, guardrails: Guardrails, cap: str) -> None:
        is_cap = np.zeros(len(guardrails), dtype=bool)
        for block, where in guardrails.each():
            is_cap[where] = block.name == cap
        self._cap = np.flatnonzero(is_cap)
        # A row of a floor may cost as much as the whole cap to begin with; the search raises that where it is not enough.
        dear = float(guardrails.scale[self._cap].max()) / guardrails.scale
        most = np.where(is_cap, 1.0, dear)
        super().__init__(
            guardrails,
            np.where(is_cap, 0.0, guardrails.limits),
            0.0,
            most,
            largest_prices(guardrails, most),
            ~is_cap,
            [price_of_relaxation(self._cap, 1.0)],
        )

    def is_allowed(self, prices: Array) -> bool:
        """Whether the prices of the cap's rows add up to at most 1."""
        return super().is_allowed(prices) and float(prices[self._cap].sum()) <= 1.0 + 1e-9

    def price_unit(self, cost: float) -> Array:
        """What a whole row of a floor is worth, in stock; of the cap, its part of 1."""
        unit = self.most.copy()
        unit[self._cap] = 1.0
        return unit

    def violation_cost(self, over: Array) -> float:
        """The largest stock."""
        return float(over[self._cap].max())

    def aim(self, usage: Array) -> Array:
        """The floors, and the cap at what the mix holds."""
        aim = self.limits.copy()
        aim[self._cap] = usage[self._cap].max()
        return aim


def least_stock(tables: Tables, cap: str, *, seconds: float, seed: int) -> float:
    """Proven least stock of an instance whose guardrails are floors and a cap on inventory value, in money; 0 where nothing is proven.

    `seconds` is the most that the search takes; it ends before where more rounds would change little.
    """
    began = time.perf_counter()
    options = SolveOptions(time_limit=seconds, gap=GAP, seed=seed)
    with open_session(tables, options) as session:
        rows = session.guardrails
        problem = LeastStockProblem(rows, cap)
        found = Search(
            session,
            problem,
            options,
            rows,
            problem.limits,
            began=began,
            seeks_plan=False,
            radius=RADIUS,
        ).run()
    return max(-found.bound, 0.0)
