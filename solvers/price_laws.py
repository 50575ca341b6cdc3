"""What the prices of rows must satisfy for their bound to be valid: the duals of the ways to hold.

A row that holds by itself has a price between 0 and its price of violation. Rows that are judged together share theirs:

- **CVaR** (`price_of_tail`): the prices of a period's nodes are a reweighting of its probabilities,
  `sum of price[m] = level`, `0 <= price[m] <= level * probability[m] / (1 - alpha)`, and the level is the price of the limit.
  For alpha = 0 this is the expectation, towards 1 any node may carry all of it.
- **The margin's tail in the objective**: the same with a level that is fixed, `margin_cvar_weight`.
- **Overtime spend** (`price_of_overtime`): a limit on it makes overtime dearer by its own price, so a capacity's price may
  rise beyond its premium: `price[capacity row] - sum of rate * price[spend row] <= premium`.
- **Relaxation** (`price_of_relaxation`): one number loosens all rows of a guardrail side and period, so their prices add
  up to at most what a unit of it costs.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.rows import RowGroup, Rows
from stockrail.model.tree import Array, IntArray

LAW_ROUNDING = 1e-9
"""Share of the prices by which rounding alone may break a law."""

Key = tuple[str, str, int]
"""Guardrail, side and period of a relaxation."""


@dataclass(frozen=True)
class PriceLaw:
    """Linear laws between the prices of some rows and auxiliary prices: `lower <= by_row @ prices + by_level @ levels <= upper`.

    Attributes
    ----------
    rows : int [r], the rows.
    by_row, by_level : [laws, r] and [laws, levels].
    lower, upper : [laws].
    most : [levels], largest value of each level; `least` its smallest.
    scale : [r], size of the rows' amounts, by which their prices are scaled.
    is_joint : whether the rows make sense only together, so that they enter the master together.
    """

    rows: IntArray
    by_row: sp.csr_matrix
    by_level: sp.csr_matrix
    lower: Array
    upper: Array
    least: Array
    most: Array
    is_joint: bool

    def allows(self, prices: Array) -> bool:
        """Whether some levels make the prices of all rows [rows of the instance] keep the law, but for rounding."""
        used = self.by_row @ prices[self.rows]
        if not len(self.most):
            slack = LAW_ROUNDING * np.maximum(np.abs(used), 1e-12)
            return bool(((used >= self.lower - slack) & (used <= self.upper + slack)).all())
        # One level, whose coefficient is negative where it is not 0: each law says how large it must be, or may be.
        level = np.asarray(self.by_level.toarray())[:, 0]
        slack = LAW_ROUNDING * max(float(np.abs(used).max(initial=0.0)), 1e-12)
        least = max(float(self.least[0]), float(((used - self.upper - slack) / -level).max()))
        return least <= min(float(self.most[0]), float(((used - self.lower + slack) / -level).min()))


def price_laws(guardrails: Rows, penalties: Array) -> list[PriceLaw]:
    """Laws of an instance's rows; `penalties` [rows] is the most a unit of violation may cost."""
    laws = [
        price_of_tail(group, float(penalties[group.rows[0]]))
        for group in guardrails.groups
        if group.block.holds == "cvar"
    ]
    if guardrails.overtime.is_used:
        laws.append(price_of_overtime(guardrails))
    return laws


def largest_prices(guardrails: Rows, penalties: Array) -> Array:
    """Largest price of each row by itself [rows], given what a unit of violation costs at most [rows]."""
    most = penalties.copy()
    for group in guardrails.groups:
        if group.block.holds == "cvar":
            share = np.minimum(group.probability / (1.0 - (group.block.alpha or 0.0)), 1.0)
            most[group.rows] = penalties[group.rows[0]] * share
    if guardrails.overtime.is_used:
        # A capacity's price may rise by what limits on spend allow.
        most += guardrails.overtime.rate.T @ most
    return most


def first_prices(guardrails: Rows) -> Array:
    """Prices [rows] that satisfy every law: none, and the expectation for the margin's tail."""
    prices = np.zeros(len(guardrails))
    for group in guardrails.groups:
        if group.is_margin_tail:
            prices[group.rows] = (group.block.soft_price or 0.0) * group.probability
    return prices


def price_of_tail(group: RowGroup, most: float) -> PriceLaw:
    """The law of CVaR over one period's nodes."""
    count = len(group.rows)
    share = group.probability / (1.0 - (group.block.alpha or 0.0))
    by_row = sp.csr_matrix(np.vstack([np.ones(count), np.eye(count)]))
    by_level = sp.csr_matrix(-np.concatenate([[1.0], share])[:, None])
    return PriceLaw(
        rows=group.rows,
        by_row=by_row,
        by_level=by_level,
        lower=np.concatenate([[0.0], np.full(count, -np.inf)]),
        upper=np.zeros(count + 1),
        least=np.array([most if group.is_margin_tail else 0.0]),
        most=np.array([most]),
        is_joint=True,
    )


def price_of_overtime(guardrails: Rows, premium: float = 1.0) -> PriceLaw:
    """The law between the prices of soft capacities and of limits on what they cost; `premium` is a factor on premiums."""
    rate = guardrails.overtime.rate
    spend = np.unique(rate.nonzero()[0])
    capacity = np.unique(rate.nonzero()[1])
    rows = np.concatenate([capacity, spend])
    by_row = sp.csr_matrix(sp.hstack([sp.identity(len(capacity)), -rate[spend][:, capacity].T]))
    return PriceLaw(
        rows=rows,
        by_row=by_row,
        by_level=sp.csr_matrix((len(capacity), 0)),
        lower=np.full(len(capacity), -np.inf),
        upper=premium * guardrails.soft_prices[capacity],
        least=np.zeros(0),
        most=np.zeros(0),
        is_joint=True,
    )


def relaxation_keys(guardrails: Rows) -> dict[Key, IntArray]:
    """Hard rows by guardrail, side and period."""
    keys: dict[Key, list[int]] = {}
    for block, where in guardrails.each():
        if block.soft_price is None:
            period = guardrails.tree.period[block.node]
            for position, t in enumerate(period):
                keys.setdefault((block.name, block.side, int(t)), []).append(where.start + position)
    return {key: np.array(rows, dtype=np.int64) for key, rows in keys.items()}


def price_of_relaxation(rows: IntArray, money_weight: float) -> PriceLaw:
    """The law of one relaxation: the prices of its rows add up to at most its weight in money."""
    return PriceLaw(
        rows=rows,
        by_row=sp.csr_matrix(np.ones((1, len(rows)))),
        by_level=sp.csr_matrix((1, 0)),
        lower=np.array([-np.inf]),
        upper=np.array([money_weight]),
        least=np.zeros(0),
        most=np.zeros(0),
        is_joint=False,
    )
