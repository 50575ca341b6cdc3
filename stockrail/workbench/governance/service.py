"""Expected service of items and segments of a plan, and what a share of their demand is worth."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import IntArray


@dataclass(frozen=True)
class Service:
    """Service of some items together.

    Attributes
    ----------
    demand_units : expected over the horizon.
    fill_rate : 1 - expected short units / expected demand; 1 where there is no demand.
    demand_margin : what all of that demand earns, in money: units times the price less the landed standard cost, at least 0.
    """

    demand_units: float
    fill_rate: float
    demand_margin: float


def demand_margin(instance: Instance, members: IntArray) -> float:
    """What the expected demand of items earns where all of it is served, in money, undiscounted.

    Parameters
    ----------
    members : places of the items.
    """
    tree = build_tree(instance)
    unit_value = instance.item_column("unit_cost") * instance.landed_rate
    unit_margin = np.maximum(instance.item_column("unit_price") - unit_value, 0.0)
    expected = tree.demand[members] @ tree.probability
    return float(expected @ unit_margin[members])


def item_service(instance: Instance, orders: pd.DataFrame, item: str) -> Service:
    """Service of one item under the orders of a plan, by the ledger (docs/formulation.md, sections 4 and 8).

    Parameters
    ----------
    instance : that was planned, with the item in it.
    orders : item, node, lots.
    """
    members = np.array([instance.item_index[item]])
    whole = build_tree(instance)
    tree = replace(whole, demand=whole.demand[members])
    node = {name: n for n, name in enumerate(tree.names)}
    lots = np.zeros((1, len(tree)))
    own = orders[orders["item"] == item]
    for name, count in zip(own["node"], own["lots"], strict=True):
        lots[0, node[str(name)]] += float(count)
    tables = Tables.build(InstanceParts(instance).of(members), tree)
    ledger = Ledger(tables, cumulate(tree, lots).astype(np.int64))
    units = float(tree.demand[0] @ tree.probability)
    return Service(units, float(ledger.fill_rate[0]), demand_margin(instance, members))


def members_of(instance: Instance, segment: str | None) -> IntArray:
    """Places of the items of a segment, or of all of them."""
    if segment is None:
        return np.arange(len(instance.items))
    return np.flatnonzero([row.segment == segment for row in instance.items])
