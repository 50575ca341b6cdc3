"""What it costs that a unit is not there (docs/formulation.md, sections 5 and 20)."""

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array


def left_unit_cost(ledger: Ledger) -> Array:
    """What a unit costs that is neither in stock nor expedited, money per unit [items, nodes]."""
    tables = ledger.tables
    return _cost(tables.instance, tables.price, tables.unit_value[:, None])


def left_unit_cost_now(instance: Instance, item: str) -> float:
    """The same of one item at its list price."""
    price = instance.item_column("unit_price")[:, None]
    rate = instance.landed_rate
    unit_value = (instance.item_column("unit_cost") * rate)[:, None]
    return float(_cost(instance, price, unit_value)[instance.item_index[item], 0])


def _cost(instance: Instance, price: Array, unit_value: Array) -> Array:
    """Lost, a unit costs its margin and what the customer's anger costs; waiting, one period of it."""
    lost_share, churn, wait = (
        instance.segment_column(name)[:, None]
        for name in (
            "lost_share",
            "churn_cost_share_of_price",
            "backorder_cost_share_of_price_per_period",
        )
    )
    return lost_share * (price - unit_value + churn * price) + (1.0 - lost_share) * wait * price
