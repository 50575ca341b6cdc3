"""The least and most that an expression can be over all plans: where every big M of the extensive form comes from.

Interval arithmetic over the expression's variables, each between its values at the fewest and at the most cumulative lots. So
it is as tight as data allow for one variable, and safe for sums of several.
"""

from collections.abc import Callable

import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from stockrail.model.formulation_changes import most_added
from stockrail.model.formulation_stock import net_inventory_range, table_backlog, then_and_demand_since

Range = tuple[float, float]


def range_of(m: pyo.ConcreteModel, expression: pyo.Expression) -> Range:
    """Least and most of a linear expression over all plans.

    Raises
    ------
    KeyError
        If it has a variable that nothing bounds.
    """
    linear = generate_standard_repn(expression, quadratic=False)
    least = most = float(linear.constant)
    for variable, coefficient in zip(linear.linear_vars, linear.linear_coefs, strict=True):
        ends = [coefficient * end for end in _range_of_variable(m, variable)]
        least += min(ends)
        most += max(ends)
    return least, most


def _range_of_variable(m: pyo.ConcreteModel, variable: pyo.Var) -> Range:
    name = variable.parent_component().local_name
    if variable.is_binary():
        return 0.0, 1.0
    return _RANGES[name](m, variable.index())


def _lots(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    if index in m.FIXED_ORDERS:
        return float(m.fixed_lots[index]), float(m.fixed_lots[index])
    return 0.0, float(m.largest_order_lots[index[0]]) if index in m.FREE_ORDERS else 0.0


def _cumulative_lots(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    return float(m.fixed_cumulative_lots[index]), float(m.most_cumulative_lots[index])


def _tier_lots(m: pyo.ConcreteModel, index: tuple[str, str, int]) -> Range:
    return 0.0, float(m.largest_order_lots[index[0]])


def _order_added(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    return 0.0, most_added(m, *index)


def _order_cut(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    return 0.0, float(m.announced[index])


def _backlog(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    least, most = net_inventory_range(m, *index)
    return table_backlog(most, m.sigma[index]), table_backlog(least, m.sigma[index])


def _opening_backlog(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    least, most = (stock + m.demand[index] for stock in net_inventory_range(m, *index))
    return table_backlog(most, m.sigma[index]), table_backlog(least, m.sigma[index])


def _on_hand(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    least, most = net_inventory_range(m, *index)
    return least + table_backlog(least, m.sigma[index]), most + table_backlog(most, m.sigma[index])


def _aged_beyond(m: pyo.ConcreteModel, index: tuple[str, str, int]) -> Range:
    i = index[0]
    then, demand_since = then_and_demand_since(m, *index)
    least, most = net_inventory_range(m, i, then)
    return max(least - demand_since, 0.0), max(most - demand_since, 0.0)


def _beyond_cover(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    least, most = (stock - m.forward_demand[index] for stock in net_inventory_range(m, *index))
    return least + table_backlog(least, m.sigma[index]), most + table_backlog(most, m.sigma[index])


def _in_full(m: pyo.ConcreteModel, index: tuple[str, str]) -> Range:
    return 0.0, 1.0


def _violation(m: pyo.ConcreteModel, index: tuple[str, str, str]) -> Range:
    _, most = _guardrail_over(m, index)
    return 0.0, max(most, 0.0)


def _guardrail_over(m: pyo.ConcreteModel, index: tuple[str, str, str]) -> Range:
    g, s, n = index
    least, most = range_of(m, m.guardrail_value[g, n] - m.limit[index] * m.guardrail_base[g, n])
    return (least, most) if s == "upper" else (-most, -least)


_RANGES: dict[str, Callable[..., Range]] = {
    "lots": _lots,
    "cumulative_lots": _cumulative_lots,
    "tier_lots": _tier_lots,
    "order_added": _order_added,
    "order_cut": _order_cut,
    "backlog": _backlog,
    "opening_backlog": _opening_backlog,
    "on_hand": _on_hand,
    "aged_beyond": _aged_beyond,
    "beyond_cover": _beyond_cover,
    "in_full": _in_full,
    "violation": _violation,
    "guardrail_over": _guardrail_over,
}
