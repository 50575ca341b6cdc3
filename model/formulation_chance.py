"""Guardrails that hold by chance in the extensive form (docs/formulation.md, section 7).

Which nodes are released is a binary each. A hard guardrail may release any nodes with a total probability of at most alpha. A
soft one releases those with the largest violations first, as far as they fit; the cheapest release is that one where nodes are
equally likely, elsewhere the laws of the order say so.

Variables and laws
    is_released[g,s,n]                  whether a node is let off
    holds_by_chance[g,s,n]              guardrail_over <= violation + relaxation at nodes that are not released
    released_probability[g,s,n]         at most alpha of a period is released
    is_worse[g,s,n,o]                   whether node n comes before node o, which it may if its violation is no smaller
    worse_first, worse_last[g,s,n,o]    define it
    is_worse_released[g,s,n,o]          whether n comes before o and is released
    worse_released_if, worse_released_only, worse_only_if_before[g,s,n,o]      define it
    released_as_far_as_it_fits[g,s,o]   a node that is not released does not fit behind those before it
"""

from itertools import combinations, permutations

import pyomo.environ as pyo

from stockrail.model.formulation_holds import Index, allowance
from stockrail.model.formulation_ranges import range_of

SAME_PROBABILITY = 1e-9
"""What two sums of probabilities may differ by."""

SAME_VIOLATION = 1e-5
"""Share of the range of a violation below which two are equal; of equal ones the first node of the tree comes first. It is
ten times the tolerance within which HiGHS takes a binary for whole."""


def declare_chance(m: pyo.ConcreteModel) -> None:
    """Declare the laws of `chance`."""
    m.is_released = pyo.Var(m.CHANCE_AMOUNTS, domain=pyo.Binary)
    m.holds_by_chance = pyo.Constraint(m.CHANCE_AMOUNTS, rule=holds_by_chance)
    m.released_probability = pyo.Constraint(m.CHANCE_ROWS, rule=released_probability)
    ordered = [row for row in m.CHANCE_ROWS if row[0] in m.soft_price and not _is_even(m, row)]
    m.ORDERED_ROWS = pyo.Set(dimen=3, initialize=ordered)
    pairs = [(*row[:2], n, o) for row in ordered for n, o in combinations(m.TOGETHER[row], 2)]
    both = [(*row[:2], n, o) for row in ordered for n, o in permutations(m.TOGETHER[row], 2)]
    m.is_worse = pyo.Var(pairs, domain=pyo.Binary)
    m.worse_first = pyo.Constraint(pairs, rule=worse_first)
    m.worse_last = pyo.Constraint(pairs, rule=worse_last)
    m.is_worse_released = pyo.Var(both, bounds=(0, 1))
    m.worse_released_if = pyo.Constraint(both, rule=worse_released_if)
    m.worse_released_only = pyo.Constraint(both, rule=worse_released_only)
    m.worse_only_if_before = pyo.Constraint(both, rule=worse_only_if_before)
    m.released_as_far_as_it_fits = pyo.Constraint(
        [(*row, o) for row in ordered for o in m.TOGETHER[row]], rule=released_as_far_as_it_fits
    )


def _is_even(m: pyo.ConcreteModel, row: Index) -> bool:
    likely = [m.probability[n] for n in m.TOGETHER[row]]
    return bool(max(likely) - min(likely) <= SAME_PROBABILITY)


def holds_by_chance(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """The amount keeps its limit unless the node is released; nothing bounds it there but the largest of any plan."""
    _, most = range_of(m, m.guardrail_over[g, s, n])
    return m.guardrail_over[g, s, n] - allowance(m, g, s, n) <= max(most, 0.0) * m.is_released[g, s, n]


def released_probability(m: pyo.ConcreteModel, g: str, s: str, n: str) -> pyo.Expression:
    """Released nodes of a period have at most a probability of alpha."""
    released = sum(m.probability[o] * m.is_released[g, s, o] for o in m.TOGETHER[g, s, n])
    return released <= m.alpha[g] + SAME_PROBABILITY


def _largest_difference(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> float:
    """The most that the violations at n and o can differ."""
    least, most = zip(*(range_of(m, m.guardrail_over[g, s, k]) for k in (n, o)), strict=True)
    return float(max(max(most) - min(least), 1.0))


def worse_first(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """Node n comes before the later node o only if its amount is no better."""
    room = _largest_difference(m, g, s, n, o)
    difference = m.guardrail_over[g, s, o] - m.guardrail_over[g, s, n]
    return difference <= SAME_VIOLATION * room + room * (1 - m.is_worse[g, s, n, o])


def worse_last(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """The later node o comes before n only if its amount is worse."""
    room = _largest_difference(m, g, s, n, o)
    difference = m.guardrail_over[g, s, n] - m.guardrail_over[g, s, o] + SAME_VIOLATION * room
    return difference <= (1 + SAME_VIOLATION) * room * m.is_worse[g, s, n, o]


def _is_before(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    return m.is_worse[g, s, n, o] if (g, s, n, o) in m.is_worse else 1 - m.is_worse[g, s, o, n]


def worse_released_if(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """A node that comes before and is released counts."""
    return m.is_worse_released[g, s, n, o] >= _is_before(m, g, s, n, o) + m.is_released[g, s, n] - 1


def worse_released_only(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """One that is not released does not."""
    return m.is_worse_released[g, s, n, o] <= m.is_released[g, s, n]


def worse_only_if_before(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """Nor does one that comes later."""
    return m.is_worse_released[g, s, n, o] <= _is_before(m, g, s, n, o)


def released_as_far_as_it_fits(m: pyo.ConcreteModel, g: str, s: str, n: str, o: str) -> pyo.Expression:
    """A node stays only where the released ones before it leave too little of alpha for it."""
    nodes = list(m.TOGETHER[g, s, n])
    before = sum(m.probability[k] * m.is_worse_released[g, s, k, o] for k in nodes if k != o)
    too_much = _least_sum_above([m.probability[k] for k in nodes], m.alpha[g] + SAME_PROBABILITY)
    return before + m.probability[o] >= too_much * (1 - m.is_released[g, s, o])


def _least_sum_above(probabilities: list[float], limit: float) -> float:
    """The smallest sum of some of the probabilities that is above the limit, less what rounding may take."""
    sums = {0.0}
    for probability in probabilities:
        sums |= {round(total + probability, 12) for total in sums}
    return min(total for total in sums if total > limit) - SAME_PROBABILITY
