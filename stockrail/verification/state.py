"""What the checker's simulation carries from a node to its children, and what it has counted at the node itself.

Part of the independent checker. All vectors are over items unless their comment says otherwise.
"""

from dataclasses import dataclass

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
