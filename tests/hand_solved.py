"""Two worlds of one item that pencil and paper solve, for guardrails of every metric and every way to hold.

Both have four scenarios `a`, `b`, `c`, `d` with probabilities 0.4, 0.3, 0.2, 0.1 and lots of 10 units. None of the numbers
here and in tests/hand_solved_amounts.py comes out of the program.

**Order first** (`order_first`): n lots are ordered now, at most 4, and none later; then demand turns out to be d = 10, 20, 30
or 40 units. A period is a fifth of a year. Opening stock serves the 10 units of period 0, so 10 n units wait for d:

    h = max(0, 10 n - d) are left,   x = max(0, d - 10 n) are short: half expedited, half lost

           left h:  a   b   c   d        short x:  a   b   c   d     E[h]   E[x]
    n = 0           0   0   0   0                 10  20  30  40        0     20
    n = 1           0   0   0   0                  0  10  20  30        0     10
    n = 2          10   0   0   0                  0   0  10  20        4      4
    n = 3          20  10   0   0                  0   0   0  10       11      1
    n = 4          30  20  10   0                  0   0   0   0       20      0

**Demand first** (`demand_first`): the scenario is known in period 1, then lots are ordered, o units; they arrive in period 2 and
meet a demand of 10, 20, 30 or 40 at prices of 30, 40, 50 or 60. A unit costs 10, what is short is lost, what is left is lost too.
A lot up to demand earns 0.4 * 200 = 80, 0.3 * 300 = 90, 0.2 * 400 = 80 or 0.1 * 500 = 50; one beyond demand costs 40, 30, 20 or
10. The best orders are the demands: 80 + 2 * 90 + 3 * 80 + 4 * 50 = 700.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import IntArray
from tests.builders import Changes, make_instance
from tests.hand_solved_amounts import OBJECTIVE

PROBABILITY = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
DEMAND_FACTOR = {"a": 1, "b": 2, "c": 3, "d": 4}


@dataclass(frozen=True)
class Case:
    """A hard guardrail and what follows from it by hand.

    Attributes
    ----------
    lots : the best lots under it, n where orders come first, else those of a, b, c and d.
    value : what the guardrail holds there, in the unit of the limit: in the worst scenario for `every scenario`.
    objective : expected margin; by default that of n.
    """

    metric: str
    holds: str
    alpha: float | None
    side: str
    limit: float
    lots: int | tuple[int, ...]
    value: float
    objective: float | None = None
    measured: str = "each period"

    @property
    def rail(self) -> dict[str, Any]:
        """The guardrail's row, for the period where amounts differ by scenario, or for both where they are added up."""
        return {
            "metric": self.metric,
            "holds": self.holds,
            "alpha": self.alpha,
            self.side: self.limit,
            "measured": self.measured,
            "first_period": 1 if self.measured == "each period" else 0,
            "last_period": 1,
        }

    @property
    def best(self) -> float:
        """The objective of the best lots."""
        if self.objective is None:
            assert isinstance(self.lots, int)
            return OBJECTIVE[self.lots]
        return self.objective

    def __str__(self) -> str:
        return f"{self.metric}, {self.holds}, {self.measured}"


def order_first(*guardrails: Changes, settings: Changes | None = None, **changes: Any) -> Instance:
    """The world where n lots are ordered before demand is known."""
    return make_instance(
        demand=(10, 10),
        settings={
            "period_length_days": 73,
            "cost_of_capital_rate_per_year": 0.25,
            "storage_rate_per_year": 0.15,
            "insurance_rate_per_year": 0.10,
            "terminal_stock_share": 0.8,
            "receivable_days": 36.5,
            "opening_cash": 300,
            "opening_receivables": 40,
            "opening_payables": 60,
            "fixed_payments_per_period": 20,
            "forward_cover_days": 36.5,
            **(settings or {}),
        },
        items={
            "unit_price": 40,
            "unit_cost": 10,
            "order_cost": 10,
            "lot_size": 10,
            "maximum_order_units": 40,
            "opening_stock_units": 10,
            "expedite_premium": 4,
            "expedite_share": 0.5,
            "shelf_life_periods": 1,
            "write_off_share": 0.2,
            "space_per_unit": 3,
            "warehouse": "H" if "warehouses" in changes else "",
        },
        segments={"lost_share": 1, "churn_cost_share_of_price": 0.1},
        suppliers={"payment_days": 109.5, "order_interval_periods": 2},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            *(
                {"node": s, "parent": "now", "period": 1, "probability": p, "demand_factor": DEMAND_FACTOR[s]}
                for s, p in PROBABILITY.items()
            ),
        ],
        guardrails=guardrails,
        **changes,
    )


def demand_first(*guardrails: Changes, suppliers: Changes | None = None) -> Instance:
    """The world where each scenario orders for itself, in period 1 for period 2."""
    prices = {"a": 0.75, "b": 1.0, "c": 1.25, "d": 1.5}
    return make_instance(
        demand=(0, 0, 10),
        settings={"period_length_days": 73},
        items={
            "unit_price": 40,
            "unit_cost": 10,
            "lot_size": 10,
            "maximum_order_units": 40,
            "lead_time_periods": 1,
        },
        segments={"lost_share": 1},
        suppliers={"order_interval_periods": 3, "order_offset_periods": 1, **(suppliers or {})},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            *({"node": s, "parent": "now", "period": 1, "probability": p} for s, p in PROBABILITY.items()),
            *(
                {
                    "node": f"{s}-end",
                    "parent": s,
                    "period": 2,
                    "probability": p,
                    "demand_factor": DEMAND_FACTOR[s],
                    "price_factor": prices[s],
                }
                for s, p in PROBABILITY.items()
            ),
        ],
        guardrails=guardrails,
    )


def plan_of(lots: int | tuple[int, ...]) -> IntArray:
    """Cumulative lots [1, nodes] of n lots now, or of lots by scenario in period 1."""
    if isinstance(lots, int):
        return np.full((1, 5), lots, dtype=np.int64)
    return np.array([[0, *lots, *lots]], dtype=np.int64)
