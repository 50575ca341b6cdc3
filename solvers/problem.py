"""What a search optimises: the cost of all items plus what violations of rows cost, and which prices are allowed."""

from abc import ABC, abstractmethod

import numpy as np

from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.metrics import METRICS
from stockrail.model.rows import Rows
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.price_laws import (
    PriceLaw,
    first_prices,
    largest_prices,
    price_laws,
)

PENALTY_FACTOR = 10.0
"""What a unit of a hard row may be paid for to begin with, in what it is worth: far more than it is likely to earn."""

Side = tuple[str, str]
"""Guardrail and side."""


class Problem(ABC):
    """Rows, what their violation costs, and the laws of their prices.

    Attributes
    ----------
    guardrails : the rows. None of them holds by chance: see `resolved`.
    limits : [rows], infinite where a row is let go.
    cost_weight : factor on the cost of the items: 1, or 0 where only violations count.
    most : [rows], the most that a unit of violation may cost.
    largest : [rows], largest price of each row.
    must_hold : bool [rows], rows that a plan has to keep.
    """

    def __init__(
        self,
        guardrails: Rows,
        limits: Array,
        cost_weight: float,
        most: Array,
        largest: Array,
        must_hold: BoolArray,
        laws: list[PriceLaw],
    ) -> None:
        self.guardrails = guardrails
        self.limits = limits
        self.cost_weight = cost_weight
        self.most = most
        self.largest = largest
        self.must_hold = must_hold
        self.laws = laws

    @property
    def first_prices(self) -> Array:
        """Prices that keep every law [rows]."""
        return first_prices(self.guardrails) * self.cost_weight

    def is_allowed(self, prices: Array) -> bool:
        """Whether prices that keep the laws of the guardrails keep those of this problem: none for rows that are let go."""
        return not (prices[~np.isfinite(self.limits)] > 0).any()

    def worth(self, prices: Array) -> float:
        """What the limits are worth at some prices."""
        priced = prices > 0
        return float(prices[priced] @ self.limits[priced])

    @abstractmethod
    def price_unit(self, cost: float) -> Array:
        """How far the price of each row moves [rows] where another's moves as far as is comparable, at radius 1.

        `cost` is the cost of all items without guardrails.
        """

    @abstractmethod
    def violation_cost(self, over: Array) -> float:
        """Money that violations `over` [rows] cost."""

    @abstractmethod
    def aim(self, usage: Array) -> Array:
        """Limits [rows] that a plan made from a mix with this use [rows] should keep."""


class MarginProblem(Problem):
    """The most objective under the guardrails (docs/formulation.md, section 5)."""

    def __init__(self, guardrails: Rows, limits: Array) -> None:
        soft = guardrails.soft_prices
        most = np.where(guardrails.is_soft, soft, _hard_penalties(guardrails))
        super().__init__(
            guardrails,
            limits,
            1.0,
            most,
            largest_prices(guardrails, most),
            ~guardrails.is_soft,
            price_laws(guardrails, most),
        )

    def price_unit(self, cost: float) -> Array:
        """What a whole row is worth, see `comparable_prices`."""
        return comparable_prices(self.guardrails, cost)

    def violation_cost(self, over: Array) -> float:
        """Penalties of soft rows, overtime and the margin's tail."""
        return self.guardrails.cost(over)

    def aim(self, usage: Array) -> Array:
        """The limits themselves."""
        return self.limits


def comparable_prices(guardrails: Rows, cost: float) -> Array:
    """Prices [rows] at which a whole row is worth the same: money over the row's scale, weighted by probability."""
    weight = guardrails.probability.copy()
    for group in guardrails.groups:
        if group.block.holds == "cvar":
            weight[group.rows] = np.minimum(group.probability / (1.0 - (group.block.alpha or 0.0)), 1.0)
    return np.asarray(max(cost, 1.0) * weight / guardrails.scale)


def _hard_penalties(guardrails: Rows) -> Array:
    price = guardrails.instance.item_column("unit_price")
    highest = float(price.max(initial=0.0) * guardrails.tree.price_factor.max()) or 1.0

    def worth(block: GuardrailBlock) -> float:
        is_money = METRICS[block.metric].unit in {"money", "money per year"}
        return block.money_weight if is_money else max(block.money_weight, highest)

    parts = [PENALTY_FACTOR * worth(block) * block.probability for block in guardrails.blocks]
    penalties = np.concatenate(parts) if parts else np.zeros(0)
    for group in guardrails.groups:
        if group.block.holds == "cvar":
            # One level for the period, in the size of what its nodes' prices would be one by one.
            penalties[group.rows] = PENALTY_FACTOR * worth(group.block) * group.probability.mean()
    return penalties
