"""The rows of one side of a guardrail: which amounts are limited by how much, and what size they have.

Rows come from the instance and its tree alone (model/guardrail_rows.py); their size takes the parameters of the items.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from stockrail.model.metrics import METRICS
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray

MARGIN_TAIL = "margin:tail"
"""Name of the block that holds the scenario margins where the objective looks at their CVaR."""

CAPACITY, WAREHOUSE = "capacity:", "warehouse:"
"""What the names of the guardrails of suppliers and of warehouses begin with."""


@dataclass(frozen=True)
class GuardrailBlock:
    """The rows of one side of one guardrail.

    Attributes
    ----------
    name, metric, side : the guardrail, its metric, and "upper" or "lower".
    holds, alpha, measured : as in the table `guardrails`.
    items : bool [items], the items whose metric counts.
    limit : [rows], the limit as stated, funded room included.
    base : [rows], what a limit is multiplied with: a ratio's denominator that is data, else 1.
    constant : [rows], the instance-wide amount in the metric.
    scale : [rows], the size of the amounts, against which differences are judged; 0 until the block is `sized`.
    rows : sparse [rows, nodes], from the metric by node to the amounts.
    node : int [rows], the node of the amount; the first of its period for an expectation.
    probability : [rows], probability of the node; 1 for an expectation.
    soft_price : money per unit of violation, None where the guardrail is hard.
    is_capacity : whether violations are overtime or overflow rather than penalties.
    is_outside : whether the rows limit the items outside of funded builds.
    has_plan_denominator : whether the metric is a ratio whose denominator depends on the plan.
    money_weight : money that a unit of the numerator stands for in relaxations.
    """

    name: str
    metric: str
    side: str
    scope: str
    scope_value: str
    holds: str
    alpha: float | None
    measured: str
    owner: str
    items: BoolArray
    limit: Array
    base: Array
    constant: Array
    scale: Array
    rows: sp.csr_matrix
    node: IntArray
    probability: Array
    soft_price: float | None
    money_weight: float
    is_capacity: bool = False
    is_outside: bool = False
    has_plan_denominator: bool = False

    @property
    def sign(self) -> float:
        """+1 for an upper limit, -1 for a lower one."""
        return 1.0 if self.side == "upper" else -1.0

    @property
    def has_tail(self) -> bool:
        """Whether the rows of a period are judged together: `cvar` and `chance`."""
        return self.holds in {"cvar", "chance"}

    def sized(self, size: "BlockSize") -> "GuardrailBlock":
        """The block with what only its items' parameters tell: what its limit is multiplied with, and its scale."""
        if self.name == MARGIN_TAIL:
            return replace(self, scale=_with_floor(size.typical, np.zeros(len(size.typical))))
        # A denominator that moves with the plan leaves the limit without a size: what demand amounts to stands in for it.
        scale = size.typical if size.has_plan_denominator else np.abs(self.limit * size.base)
        scale = _with_floor(scale, size.typical)
        return replace(self, base=size.base, scale=scale, has_plan_denominator=size.has_plan_denominator)

    def part(self, members: IntArray) -> "GuardrailBlock":
        """The same rows for some of the items only [members]."""
        return replace(self, items=self.items[members])


@dataclass(frozen=True)
class BlockSize:
    """What a block's items add to the size of its rows. Sizes of items add up, so that parts of an instance can be sized apart.

    Attributes
    ----------
    base : [rows], a ratio's denominator that is data; 1 where there is none.
    typical : [rows], what demand amounts to in the unit of the metric's numerator.
    has_denominator : whether `base` is a denominator.
    has_plan_denominator : whether the metric is a ratio whose denominator depends on the plan.
    """

    base: Array
    typical: Array
    has_denominator: bool
    has_plan_denominator: bool

    @staticmethod
    def of(block: GuardrailBlock, tables: Tables) -> "BlockSize":
        """The size of a block's items, which are those of `tables`."""
        metric = METRICS[block.metric]
        base = np.ones(len(block.limit))
        if block.name == MARGIN_TAIL:
            revenue = (tables.price * tables.demand).sum(axis=0)
            return BlockSize(base, np.asarray(block.rows @ revenue), False, False)
        items = block.items
        if metric.is_shared:
            items = tables.instance.items_in_scope(block.scope, block.scope_value)
        denominator = metric.denominator(tables)
        is_data = isinstance(denominator, np.ndarray)
        if isinstance(denominator, np.ndarray):
            base = np.asarray(block.rows @ denominator[items].sum(axis=0))
        typical = np.asarray(block.rows @ _typical(tables, metric.unit, items))
        return BlockSize(base, typical, is_data, denominator is not None and not is_data)

    def __add__(self, other: "BlockSize") -> "BlockSize":
        base = self.base + other.base if self.has_denominator else self.base
        return replace(self, base=base, typical=self.typical + other.typical)


def _typical(tables: Tables, unit: str, items: BoolArray) -> Array:
    """What the demand of some items amounts to in the unit of a metric's numerator at each node [nodes]."""
    per_unit = {
        "money": tables.unit_value,
        "money per year": tables.unit_value * tables.instance.periods_per_year,
        "units": np.ones(len(items)),
        "space": tables.space_per_unit,
    }[unit]
    return np.asarray((per_unit[:, None] * tables.demand)[items].sum(axis=0))


def _with_floor(scale: Array, typical: Array) -> Array:
    """Sizes that are never near 0, where a limit is: at least a thousandth of what is typical in the block."""
    floor = 1e-3 * max(float(scale.max(initial=0.0)), float(typical.max(initial=0.0)), 1e-3)
    return np.asarray(np.maximum(scale, floor))
