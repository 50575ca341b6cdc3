"""What each policy option means for a segment: stock against sales and expediting (docs/formulation.md, sections 10 and 14)."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.option_plans import OptionPlans
from stockrail.solvers.pool import PlanArray

PARTS = ("order_cost", "holding", "expedite", "stockout", "write_off")
"""Costs of the margin that are shown by themselves."""

AMOUNTS = (
    "inventory_value",
    "demand_units",
    "short_units",
    "lost_units",
    "expedited_units",
    "lost_sales",
    "lost_margin",
    "end_loss",
    *PARTS,
    "guardrail_charge",
    "expected_margin",
)
"""What a plan means for a segment; all of it adds up over segments."""


@dataclass(frozen=True)
class PlanAmounts:
    """What one plan means for each segment.

    Attributes
    ----------
    amounts : [segments] by name of `AMOUNTS`. `inventory_value` is the mean over periods; units and money are of the whole horizon;
        `lost_sales` is lost units times price, `lost_margin` times price less standard value; `end_loss` what stock is worth less than its standard value
        when the horizon ends. `guardrail_charge` is what the segment's use of guardrail
        rows is worth at their prices: only differences between plans mean something.
    usage : [segments, rows] of guardrails.
    """

    amounts: Mapping[str, Array]
    usage: Array

    @staticmethod
    def of(ledger: Ledger, guardrails: Guardrails, prices: Array) -> "PlanAmounts":
        """Read them from a ledger; `prices` [rows] are those of the guardrails' rows, at least 0."""
        tables, probability = ledger.tables, ledger.tables.tree.probability
        segment, count = tables.instance.item_segment, len(tables.instance.segments)
        lost = ledger.line("lost")
        by_item: dict[str, Array] = {
            "inventory_value": ledger.expected(ledger.metric("inventory_value")).mean(axis=1),
            "demand_units": tables.demand @ probability,
            "short_units": ledger.line("short") @ probability,
            "lost_units": lost @ probability,
            "expedited_units": ledger.line("expedited") @ probability,
            "lost_sales": (lost * tables.price) @ tables.weight,
            "lost_margin": (lost * (tables.price - tables.unit_value[:, None])) @ tables.weight,
            "end_loss": _end_loss(ledger),
            **{name: ledger.item_parts[name] for name in PARTS},
            "expected_margin": ledger.item_margin,
            # Where the objective weighs the worst scenarios it counts less of the margin here and charges the rest by row.
            "not_counted": tables.instance.settings.margin_cvar_weight * ledger.item_margin,
        }
        found: dict[str, Array] = {
            name: np.bincount(segment, values, minlength=count).astype(np.float64)
            for name, values in by_item.items()
        }
        usage = guardrails.usage(guardrails.metric_values(ledger.stock), segment, count)
        charge = usage @ prices + found.pop("not_counted")
        return PlanAmounts(found | {"guardrail_charge": charge}, usage)

    def at(self, segment: int) -> "Point":
        """What it means for one segment."""
        return Point({name: float(values[segment]) for name, values in self.amounts.items()})


@dataclass(frozen=True)
class Point:
    """What a plan means for one segment: `amounts` by name of `AMOUNTS`."""

    amounts: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.amounts[name]

    @property
    def fill_rate(self) -> float:
        """1 - expected short units / expected demand; 1 where there is no demand."""
        demand = self["demand_units"]
        return 1.0 - self["short_units"] / demand if demand > 0 else 1.0

    @property
    def gain(self) -> float:
        """Margin before what stock costs: what stock is held for."""
        return self["expected_margin"] + self["holding"]

    @property
    def worth(self) -> float:
        """Margin less what guardrails charge for the room."""
        return self["expected_margin"] - self["guardrail_charge"]


@dataclass(frozen=True)
class Move:
    """From one point of a segment to another one with more stock, in money; negative amounts where it goes the other way.

    `gain` is `retained_margin + saved_expedite + saved_stockout + saved_order_cost + saved_end_loss + other`, `cost` is
    `added_holding + added_guardrail_charge`, and `net = gain - cost` is what the objective gains.
    """

    before: Point
    after: Point

    def _less(self, name: str) -> float:
        return self.before[name] - self.after[name]

    def _more(self, name: str) -> float:
        return self.after[name] - self.before[name]

    @property
    def added_inventory(self) -> float:
        """Mean inventory value."""
        return self._more("inventory_value")

    @property
    def retained_sales(self) -> float:
        """Revenue of units that are no longer lost. Their margin is part of the gain, not this."""
        return self._less("lost_sales")

    @property
    def parts(self) -> dict[str, float]:
        """What the gain is made of. `other`: write-offs, goods bought at other times and prices, waiting."""
        parts = {
            "retained_margin": self._less("lost_margin"),
            "saved_expedite": self._less("expedite"),
            "saved_stockout": self._less("stockout"),
            "saved_order_cost": self._less("order_cost"),
            "saved_end_loss": self._less("end_loss"),
        }
        return parts | {"other": self.gain - sum(parts.values())}

    @property
    def gain(self) -> float:
        """Margin before what stock costs."""
        return self.after.gain - self.before.gain

    @property
    def costs(self) -> dict[str, float]:
        """What the stock costs."""
        return {
            "added_holding": self._more("holding"),
            "added_guardrail_charge": self._more("guardrail_charge"),
        }

    @property
    def cost(self) -> float:
        """What the stock costs in all."""
        return sum(self.costs.values())

    @property
    def net(self) -> float:
        """Gain less cost."""
        return self.gain - self.cost


def _end_loss(ledger: Ledger) -> Array:
    """What stock at the leaves is worth less than its standard value, by item [items]."""
    tables = ledger.tables
    share = 1.0 - tables.instance.settings.terminal_stock_share
    leaves = tables.tree.leaves
    return np.asarray(share * tables.unit_value * (ledger.line("on_hand")[:, leaves] @ tables.weight[leaves]))


def option_amounts(
    plans: OptionPlans,
    guardrails: Guardrails,
    prices: Array,
    workers: int,
    on_done: Callable[[int], None] = lambda done: None,
) -> list[PlanAmounts]:
    """What the plan of each option means, all items following it; `on_done` hears how many there are so far."""

    def one(plan: PlanArray) -> PlanAmounts:
        return PlanAmounts.of(Ledger(guardrails.tables, plan.astype(np.int64)), guardrails, prices)

    found: list[PlanAmounts] = []
    rest = iter(plans.plans)
    with ThreadPoolExecutor(workers) as executor:
        # As many at a time as there are workers: ledgers of all options at once would fill the memory.
        while some := list(islice(rest, workers)):
            found += executor.map(one, some)
            on_done(len(found))
    return found


def efficient(points: list[Point]) -> IntArray:
    """Places of the points on the upper concave hull of `gain` over `inventory_value`, least stock first.

    The hull goes from the point with the least stock to the one with the largest gain: whatever a unit of stock costs, the best option
    is on it, and each step earns less per unit of stock than the one before.
    """
    order = sorted(range(len(points)), key=lambda k: (points[k]["inventory_value"], -points[k].gain))
    hull: list[int] = []
    for k in order:
        if hull and points[k].gain <= points[hull[-1]].gain:
            continue
        while len(hull) > 1 and _slope(points, hull[-2], hull[-1]) <= _slope(points, hull[-2], k):
            hull.pop()
        hull.append(k)
    return np.array(hull, dtype=np.int64)


def _slope(points: list[Point], first: int, last: int) -> float:
    added = points[last]["inventory_value"] - points[first]["inventory_value"]
    return (points[last].gain - points[first].gain) / added if added > 0 else np.inf


def shared_costs(guardrails: Guardrails, usage: Array) -> dict[str, float]:
    """The parts `overtime` and `guardrail_penalty` for the use of rows [rows]."""
    over = guardrails.assess(usage)
    parts = {"overtime": 0.0, "guardrail_penalty": 0.0}
    for block, where in guardrails.each():
        if block.soft_price is not None and block.name != MARGIN_TAIL:
            part = "overtime" if block.is_capacity else "guardrail_penalty"
            parts[part] += float(guardrails.soft_prices[where] @ over[where])
    return parts
