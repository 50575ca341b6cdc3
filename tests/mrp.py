"""A small MRP, written as an ERP's net requirements calculation: one item, one scenario, period by period.

It shares no code with `stockrail.model.policy_targets` and `stockrail.model.rules`, and reads only the rows of the instance
and the nodes of the tree. Its forecast is the plain mean over all scenarios that pass through the node.
"""

import math
from dataclasses import dataclass

from stockrail.model.instance import Instance
from stockrail.model.tree import ScenarioTree

ROUNDING = 1e-9


@dataclass(frozen=True)
class Parameters:
    """Planning parameters of one material; safety stock is in units, or a factor on the error of the lead time."""

    cover_periods: float
    review_periods: int
    safety_factor: float | None = None
    safety_stock_units: float = 0.0


def replay(instance: Instance, tree: ScenarioTree, item: int, leaf: int, parameters: Parameters) -> list[int]:
    """Lots ordered in each period of the scenario that ends in `leaf`."""
    material = instance.items[item]
    vendor_number = [row.supplier for row in instance.suppliers].index(material.supplier)
    vendor = instance.suppliers[vendor_number]
    horizon = instance.settings.periods
    lot, lead_time = material.lot_size, material.lead_time_periods
    minimum = max(1, math.ceil(material.minimum_order_units / lot - ROUNDING))
    maximum = math.inf
    if material.maximum_order_units is not None:
        maximum = math.floor(material.maximum_order_units / lot + ROUNDING)
    allowance = _most_free_lots(instance, tree, item, minimum)
    interval = math.lcm(vendor.order_interval_periods, parameters.review_periods)
    firm = {row.period: row.lots for row in instance.order_overrides if row.item == material.item}
    open_orders = [(row.due_period, row.units) for row in instance.open_orders if row.item == material.item]

    available = material.opening_stock_units
    planned: list[tuple[int, float]] = []  # own orders: planned receipt, units
    orders: list[int] = []
    last_arrival = 0
    for today, node in enumerate(_path(tree, leaf)):
        available -= float(tree.demand[item, node])
        last_arrival = max(last_arrival, today + lead_time + int(tree.delay_periods[vendor_number, node]))
        lots = firm.get(today, 0)
        is_firm = today in firm or today < instance.settings.frozen_periods
        since = today - vendor.order_offset_periods
        if not is_firm and since >= 0 and since % interval == 0 and last_arrival < horizon:
            receipts = sum(units for due, units in open_orders if due <= today + lead_time)
            receipts += sum(units for _, units in planned)
            gross = _forecast(
                tree, item, node, lead_time + interval + math.ceil(parameters.cover_periods) + 2
            )
            safety_stock = parameters.safety_stock_units
            if parameters.safety_factor is not None:
                errors = instance.sigma[item, today : today + lead_time + 1]
                safety_stock = parameters.safety_factor * math.sqrt(
                    sum(float(error) ** 2 for error in errors)
                )
            projected = available + receipts - sum(gross[:lead_time])
            # The next order can be there `interval` periods later; until the period before it this one has to last.
            until_next = sum(gross[lead_time : lead_time + interval - 1])
            if (safety_stock - (projected - until_next)) / lot > ROUNDING:
                covered = _first(gross[lead_time:], parameters.cover_periods)
                net_requirement = safety_stock + max(until_next, covered) - projected
                wanted = max(minimum, math.ceil(net_requirement / lot - ROUNDING))
                possible = min(maximum, allowance)
                lots = int(min(wanted, possible)) if possible >= minimum else 0
                allowance -= lots
        if lots:
            planned.append((today + lead_time, lots * lot))
        orders.append(lots)
    return orders


def _forecast(tree: ScenarioTree, item: int, node: int, length: int) -> list[float]:
    """Mean demand of the next periods over the scenarios through the node; the last one goes on beyond the horizon."""
    today = int(tree.period[node])
    scenarios = [(leaf, _path(tree, int(leaf))) for leaf in tree.leaves]
    through = [(leaf, path) for leaf, path in scenarios if path[today] == node]
    weight = sum(float(tree.probability[leaf]) for leaf, _ in through)
    return [
        sum(
            float(tree.probability[leaf]) * float(tree.demand[item, path[min(today + j, len(path) - 1)]])
            for leaf, path in through
        )
        / weight
        for j in range(1, length + 1)
    ]


def _first(gross: list[float], periods: float) -> float:
    """Requirements of the first so many periods, a part of the last one where they are not whole."""
    whole = math.floor(periods)
    return sum(gross[:whole]) + (periods - whole) * gross[whole]


def _most_free_lots(instance: Instance, tree: ScenarioTree, item: int, minimum: int) -> int:
    """Most free lots of a scenario: the law `cumulative_lots_limit`."""
    material = instance.items[item]
    demand = max(sum(float(tree.demand[item, n]) for n in _path(tree, int(leaf))) for leaf in tree.leaves)
    variances = [float(error) ** 2 for error in instance.sigma[item]]
    lead_time = material.lead_time_periods
    noise = max(math.sqrt(sum(variances[max(0, t - lead_time) : t + 1])) for t in range(len(variances)))
    there = material.opening_stock_units
    there += sum(row.units for row in instance.open_orders if row.item == material.item)
    there += sum(
        row.lots * material.lot_size for row in instance.order_overrides if row.item == material.item
    )
    return math.ceil(max(0.0, demand + 4 * noise - there) / material.lot_size - ROUNDING) + minimum


def _path(tree: ScenarioTree, leaf: int) -> list[int]:
    nodes = [leaf]
    while tree.parent[nodes[0]] >= 0:
        nodes.insert(0, int(tree.parent[nodes[0]]))
    return nodes
