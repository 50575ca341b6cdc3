"""Guardrails in the extensive form: what they limit, and what violations cost (docs/formulation.md, section 7).

Guardrails, capacities and what funded builds leave to others are all in GUARDRAILS. A limited amount is named by guardrail,
side and node; positive `guardrail_over` is a violation on either side. How the amounts hold is in formulation_holds.

Expressions
    guardrail_value[g,n]        the amount: its metric over scope and path, of a ratio the numerator
    guardrail_base[g,n]         what a limit is multiplied with: the amount of the denominator, 1 where there is none
    overtime, guardrail_penalty     expected cost of violating soft capacities and soft guardrails, money
Variables and laws
    guardrail_over[g,s,n]       amount less limit, for a lower limit the reverse
    over_balance[g,s,n]         defines it
    relaxation[g,s,t]           by how much a hard side gives way in a period, in the elastic form
    is_beyond_capacity[g,n], overtime_only_beyond, overtime_within_excess[g,n]
                                no more overtime than what is beyond, where more spend would keep a lower limit
"""

import pyomo.environ as pyo

from stockrail.model.formulation_chance import declare_chance
from stockrail.model.formulation_holds import declare_holds, declare_rows
from stockrail.model.formulation_limits import Limit, read_limits
from stockrail.model.formulation_metrics import declare_metrics, instance_wide_amount
from stockrail.model.formulation_ranges import range_of
from stockrail.model.tables import Tables

OVERTIME = "overtime_spend"
"""The one metric that belongs to no item."""


def declare_guardrails(m: pyo.ConcreteModel, tables: Tables, *, is_elastic: bool) -> None:
    """Declare the metrics that guardrails name, their amounts, the laws that hold them, and what violations cost."""
    limits = read_limits(m, tables)
    declare_metrics(m, (limit.metric for limit in limits.values()))
    _declare_limits(m, limits)
    _declare_amounts(m, tables, limits)
    _declare_relaxation(m, limits, is_elastic=is_elastic)
    declare_rows(m)
    m.guardrail_value = pyo.Expression(m.AMOUNTS, rule=guardrail_value)
    m.guardrail_base = pyo.Expression(m.AMOUNTS, rule=guardrail_base)
    m.guardrail_over = pyo.Var(m.LIMITED, domain=pyo.Reals)
    m.over_balance = pyo.Constraint(m.LIMITED, rule=over_balance)
    declare_holds(m)
    declare_chance(m)
    _declare_exact_overtime(m, limits)
    m.overtime = pyo.Expression(rule=overtime)
    m.guardrail_penalty = pyo.Expression(rule=guardrail_penalty)


def _declare_limits(m: pyo.ConcreteModel, limits: dict[str, Limit]) -> None:
    m.GUARDRAILS = pyo.Set(initialize=list(limits))
    m.GUARDRAIL_ITEMS = pyo.Set(m.GUARDRAILS, initialize={g: limit.items for g, limit in limits.items()})
    stated = {
        (g, side, n): level
        for g, limit in limits.items()
        for side, levels in (("upper", limit.upper), ("lower", limit.lower))
        for n, level in levels.items()
    }
    m.LIMITED = pyo.Set(dimen=3, initialize=list(stated))
    m.limit = pyo.Param(m.LIMITED, domain=pyo.Reals, initialize=stated)
    m.stated_guardrail = pyo.Param(
        m.GUARDRAILS, domain=pyo.Any, initialize={g: limit.guardrail for g, limit in limits.items()}
    )
    m.guardrail_metric = pyo.Param(
        m.GUARDRAILS, domain=pyo.Any, initialize={g: limit.metric for g, limit in limits.items()}
    )
    m.holds = pyo.Param(
        m.GUARDRAILS, domain=pyo.Any, initialize={g: limit.holds for g, limit in limits.items()}
    )
    m.alpha = pyo.Param(m.GUARDRAILS, initialize={g: limit.alpha for g, limit in limits.items()})
    m.CAPACITIES = pyo.Set(initialize=[g for g, limit in limits.items() if limit.is_capacity])
    m.soft_price = pyo.Param(
        m.GUARDRAILS,
        initialize={g: limit.soft_price for g, limit in limits.items() if limit.soft_price is not None},
    )


def _declare_amounts(m: pyo.ConcreteModel, tables: Tables, limits: dict[str, Limit]) -> None:
    amounts = {
        (g, n): list(limit.amounts[n])
        for g, limit in limits.items()
        for n in limit.amounts
        if n in limit.upper or n in limit.lower
    }
    m.AMOUNTS = pyo.Set(dimen=2, initialize=list(amounts))
    m.AMOUNT_NODES = pyo.Set(m.AMOUNTS, initialize=amounts)
    m.amount_weight = pyo.Param(
        m.GUARDRAILS, initialize={g: limit.amount_weight for g, limit in limits.items()}
    )
    m.OVERTIME_SOURCES = pyo.Set(
        m.GUARDRAILS,
        initialize={
            g: [
                c
                for c in m.CAPACITIES
                if limit.metric == OVERTIME
                and c in m.soft_price
                and limit.scope in ("", c.removeprefix("capacity:"))
            ]
            for g, limit in limits.items()
        },
    )
    m.instance_wide_amount = pyo.Param(
        m.GUARDRAILS,
        m.NODES,
        domain=pyo.Reals,
        default=0.0,
        initialize={
            (g, n): instance_wide_amount(tables.instance, limit.metric, m.period[n])
            for g, limit in limits.items()
            if limit.is_whole
            for n in m.NODES
        },
    )


def _declare_relaxation(m: pyo.ConcreteModel, limits: dict[str, Limit], *, is_elastic: bool) -> None:
    hard = [index for index in m.LIMITED if index[0] not in m.soft_price] if is_elastic else []
    relaxed = dict.fromkeys((m.stated_guardrail[g], s, m.period[n]) for g, s, n in hard)
    m.RELAXED = pyo.Set(dimen=3, initialize=list(relaxed))
    m.relaxation = pyo.Var(m.RELAXED, domain=pyo.NonNegativeReals)
    m.money_weight = pyo.Param(
        m.GUARDRAILS, initialize={g: limit.money_weight for g, limit in limits.items()}
    )


def guardrail_value(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """The limited amount: the metric of the items in scope, summed or averaged over the nodes that it is made of."""
    x = m.guardrail_metric[g]
    value = sum(
        sum(m.metric[x, i, o] for i in m.GUARDRAIL_ITEMS[g])
        + sum(m.soft_price[c] * m.violation[c, "upper", o] for c in m.OVERTIME_SOURCES[g])
        + m.instance_wide_amount[g, o]
        for o in m.AMOUNT_NODES[g, n]
    )
    return m.amount_weight[g] * value


def guardrail_base(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """The same of a ratio's denominator; 1 for other metrics."""
    x = m.guardrail_metric[g]
    if x not in m.RATIOS:
        return 1.0
    return m.amount_weight[g] * sum(
        m.denominator[x, i, o] for i in m.GUARDRAIL_ITEMS[g] for o in m.AMOUNT_NODES[g, n]
    )


def over_balance(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """By how much the amount is above an upper limit, or below a lower one; negative where there is room."""
    sign = 1 if s == "upper" else -1
    return m.guardrail_over[g, s, n] == sign * (
        m.guardrail_value[g, n] - m.limit[g, s, n] * m.guardrail_base[g, n]
    )


def _declare_exact_overtime(m: pyo.ConcreteModel, limits: dict[str, Limit]) -> None:
    """Violation is as small as it may be where it only costs; where spending it keeps a limit, laws must say so."""
    is_wanted = any(limit.metric == OVERTIME and limit.lower for limit in limits.values())
    rows = [(g, n) for g, _, n in m.LIMITED if is_wanted and g in m.CAPACITIES and g in m.soft_price]
    m.EXACT_OVERTIME = pyo.Set(dimen=2, initialize=rows)
    m.is_beyond_capacity = pyo.Var(m.EXACT_OVERTIME, domain=pyo.Binary)
    m.overtime_only_beyond = pyo.Constraint(m.EXACT_OVERTIME, rule=overtime_only_beyond)
    m.overtime_within_excess = pyo.Constraint(m.EXACT_OVERTIME, rule=overtime_within_excess)


def overtime_only_beyond(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """Overtime only where the amount is beyond the capacity."""
    _, most = range_of(m, m.guardrail_over[g, "upper", n])
    return m.violation[g, "upper", n] <= max(most, 0.0) * m.is_beyond_capacity[g, n]


def overtime_within_excess(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """And no more than what is beyond it."""
    least, _ = range_of(m, m.guardrail_over[g, "upper", n])
    slack = max(-least, 0.0) * (1 - m.is_beyond_capacity[g, n])
    return m.violation[g, "upper", n] <= m.guardrail_over[g, "upper", n] + slack


def overtime(m: pyo.ConcreteModel) -> pyo.Expression:
    """Premiums on what is beyond soft capacities, expected and discounted."""
    return sum(violation_cost(m, g, s, n) for g, s, n in m.VIOLATED if g in m.CAPACITIES)


def guardrail_penalty(m: pyo.ConcreteModel) -> pyo.Expression:
    """Soft price times violation of guardrails, expected and discounted."""
    return sum(violation_cost(m, g, s, n) for g, s, n in m.VIOLATED if g not in m.CAPACITIES)


def violation_cost(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """Cost of one violation: of one node by its probability, of a period's expectation or tail once."""
    weight = m.probability[n] if m.holds[g] in ("every scenario", "chance") else 1.0
    return m.soft_price[g] * weight * m.discount[n] * m.violation[g, s, n]
