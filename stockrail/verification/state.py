"""What the checker's simulation carries from a node to its children, what it counts at a node, and what it counts in all.

Part of the independent checker. All vectors are over items unless their comment says otherwise.
"""

from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray


@dataclass(frozen=True)
class Shipment:
    """What was ordered at one node, of all items: arrival period, units and value in money, each [items]."""

    arrival: IntArray
    units: Array
    value: Array


@dataclass(frozen=True)
class State:
    """What a node hands on to its children.

    Attributes
    ----------
    queue : shipments under way, in the order in which they were placed.
    net, on_hand, backlog, waiting : units at the end of the period.
    layers, owed : stock of perishable items by age in periods (the last row holds everything older) and the demand that
        found none, without noise.
    revenues, costs_of_sales, landed_costs : the money of the periods so far, newest first; the cost of sales is
        `unit_value * served`.
    cash_flow : cumulated on the path, before payment terms.
    ordered, demanded : units cumulated on the path.
    margin : discounted margin of all items, cumulated on the path, one number.
    """

    queue: tuple[Shipment, ...]
    net: Array
    on_hand: Array
    backlog: Array
    waiting: Array
    layers: Array
    owed: Array
    revenues: tuple[Array, ...]
    costs_of_sales: tuple[Array, ...]
    landed_costs: tuple[Array, ...]
    cash_flow: Array
    ordered: Array
    demanded: Array
    margin: float


@dataclass(frozen=True)
class Moment:
    """What is counted at one node and not carried on, section 4.

    Attributes
    ----------
    demand, short, served, ordered, in_transit, aged, forward_demand : units.
    ordered_value, in_transit_value : money.
    sigma : units, the error accumulated over the protection interval.
    money : the parts of the margin, by name, undiscounted.
    """

    demand: Array
    short: Array
    served: Array
    ordered: Array
    in_transit: Array
    aged: Array
    forward_demand: Array
    ordered_value: Array
    in_transit_value: Array
    sigma: Array
    money: dict[str, Array]


@dataclass(frozen=True)
class Flows:
    """Everything that the checks compare.

    Attributes
    ----------
    parts : expected money by part, arrays [items], undiscounted amounts times `discount`.
    metrics : by metric, arrays [scopes, nodes], summed over the items of each scope asked for; of a ratio the numerator.
    denominators : the same of the denominators of ratios.
    scenario_margin : discounted margin of all items on the path to each leaf, before overtime and penalties, [leaves].
    inventory_value, demand, short : arrays [items]; the first is the mean over periods of its expectation, the others
        are summed over periods.
    imbalance : the largest violation of the unit balance, relative to the units that moved; `imbalance_at` is where.
    """

    parts: dict[str, Array]
    metrics: dict[str, Array]
    denominators: dict[str, Array]
    scenario_margin: Array
    inventory_value: Array
    demand: Array
    short: Array
    imbalance: float
    imbalance_at: str

    def joined(self, other: "Flows") -> "Flows":
        """The flows of these items and of others together; arrays by item are put one after the other."""
        is_worse = not other.imbalance <= self.imbalance
        return Flows(
            parts={part: np.concatenate([self.parts[part], other.parts[part]]) for part in self.parts},
            metrics={name: self.metrics[name] + other.metrics[name] for name in self.metrics},
            denominators={
                name: self.denominators[name] + other.denominators[name] for name in self.denominators
            },
            scenario_margin=self.scenario_margin + other.scenario_margin,
            inventory_value=np.concatenate([self.inventory_value, other.inventory_value]),
            demand=np.concatenate([self.demand, other.demand]),
            short=np.concatenate([self.short, other.short]),
            imbalance=other.imbalance if is_worse else self.imbalance,
            imbalance_at=other.imbalance_at if is_worse else self.imbalance_at,
        )
