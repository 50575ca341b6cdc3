"""Ways to hold in the extensive form (docs/formulation.md, section 7), all stated for `guardrail_over`, positive = violated.

Rows of `every scenario` and `chance` are at nodes; those of `expected` and `cvar` at the first node of their period, and
TOGETHER are the nodes that such a row judges together. What holds by chance is in formulation_chance.

Variables and laws
    violation[g,s,n]                    by how much a soft row is violated
    holds_in_every_scenario[g,s,n]      guardrail_over <= violation + relaxation
    holds_in_expectation[g,s,n]         its expectation <= violation + relaxation
    holds_in_tail[g,s,n]                its CVaR <= violation + relaxation
    tail_start[g,s,n], tail_excess[g,s,n], tail[g,s,n]
        CVaR is the least of tail_start + E[tail_excess] / (1 - alpha) with tail_excess >= guardrail_over - tail_start
        (Rockafellar and Uryasev 2000, theorem 1)
"""

import pyomo.environ as pyo

Index = tuple[str, str, str]


def declare_rows(m: pyo.ConcreteModel) -> None:
    """Declare which rows there are, and the violation of soft ones."""
    together: dict[Index, list[str]] = {}
    first_nodes: dict[tuple[str, str, int], str] = {}
    for g, s, n in m.LIMITED:
        first = first_nodes.setdefault((g, s, m.period[n]), n)
        together.setdefault((g, s, first), []).append(n)
    m.SCENARIO_ROWS = pyo.Set(dimen=3, initialize=_of_kind(m, m.LIMITED, "every scenario"))
    m.EXPECTED_ROWS = pyo.Set(dimen=3, initialize=_of_kind(m, together, "expected"))
    m.TAIL_ROWS = pyo.Set(dimen=3, initialize=_of_kind(m, together, "cvar"))
    m.TAIL_AMOUNTS = pyo.Set(dimen=3, initialize=_of_kind(m, m.LIMITED, "cvar"))
    m.CHANCE_ROWS = pyo.Set(dimen=3, initialize=_of_kind(m, together, "chance"))
    m.CHANCE_AMOUNTS = pyo.Set(dimen=3, initialize=_of_kind(m, m.LIMITED, "chance"))
    grouped = [*m.EXPECTED_ROWS, *m.TAIL_ROWS, *m.CHANCE_ROWS]
    m.TOGETHER = pyo.Set(grouped, initialize={index: together[index] for index in grouped})
    violable = [*m.SCENARIO_ROWS, *m.EXPECTED_ROWS, *m.TAIL_ROWS, *m.CHANCE_AMOUNTS]
    m.VIOLATED = pyo.Set(dimen=3, initialize=[index for index in violable if index[0] in m.soft_price])
    m.violation = pyo.Var(m.VIOLATED, domain=pyo.NonNegativeReals)


def _of_kind(m: pyo.ConcreteModel, rows: pyo.Set, way: str) -> list[Index]:
    return [index for index in rows if m.holds[index[0]] == way]


def declare_holds(m: pyo.ConcreteModel) -> None:
    """Declare the laws of `every scenario`, `expected` and `cvar`."""
    m.holds_in_every_scenario = pyo.Constraint(m.SCENARIO_ROWS, rule=holds_in_every_scenario)
    m.holds_in_expectation = pyo.Constraint(m.EXPECTED_ROWS, rule=holds_in_expectation)
    m.tail_start = pyo.Var(m.TAIL_ROWS, domain=pyo.Reals)
    m.tail_excess = pyo.Var(m.TAIL_AMOUNTS, domain=pyo.NonNegativeReals)
    m.tail = pyo.Constraint(
        [(*row, o) for row in m.TAIL_ROWS for o in m.TOGETHER[row]],
        rule=tail,
    )
    m.holds_in_tail = pyo.Constraint(m.TAIL_ROWS, rule=holds_in_tail)


def allowance(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """By how much a row may be violated: by its violation where it is soft, by its relaxation in the elastic form."""
    if (g, s, n) in m.VIOLATED:
        return m.violation[g, s, n]
    row = (m.stated_guardrail[g], s, m.period[n])
    return m.relaxation[row] if row in m.RELAXED else 0


def holds_in_every_scenario(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """The amount of the node keeps its limit."""
    return m.guardrail_over[g, s, n] - allowance(m, g, s, n) <= 0


def holds_in_expectation(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """The mean over the nodes of the period keeps the limit."""
    mean = sum(m.probability[o] * m.guardrail_over[g, s, o] for o in m.TOGETHER[g, s, n])
    return mean - allowance(m, g, s, n) <= 0


def tail(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """By how much the amount of node o is beyond the start of the tail."""
    return m.tail_excess[g, s, o] >= m.guardrail_over[g, s, o] - m.tail_start[g, s, n]


def holds_in_tail(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """The mean of the worst `1 - alpha` share of the period keeps the limit."""
    beyond = sum(m.probability[o] * m.tail_excess[g, s, o] for o in m.TOGETHER[g, s, n])
    return m.tail_start[g, s, n] + beyond / (1 - m.alpha[g]) - allowance(m, g, s, n) <= 0
