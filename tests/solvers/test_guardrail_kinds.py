"""Every metric under every way to hold and to measure: the decomposition against the extensive form."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from stockrail.model.guardrails import DENOMINATOR, Guardrails
from stockrail.model.holds import exceeded_quantile, tail_mean
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.schema import QuantityBreak
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import InfeasibleError, SolveOptions, SolveResult
from tests.builders import Changes
from tests.random_instances import random_instance, random_plan, tables_of

EXACT = SolveOptions(time_limit=30.0, gap=0.0)

LOWER = ("cash", "served_units", "margin", "fill_rate", "on_time_in_full", "turns")
"""Metrics of which more is better; the others have upper limits."""

HOLDS: dict[str, Changes] = {
    "every scenario": {},
    "expected": {"holds": "expected"},
    "cvar": {"holds": "cvar", "alpha": 0.6},
    "chance": {"holds": "chance", "alpha": 0.45},
}
MEASURED = ("each period", "quarter ends", "average", "total")

OTHER_PLANS = 40
"""Random plans that say how far a metric can move."""

WAY = 0.5
"""Where the limit is on the way from what the best plan holds to what one of the other plans holds at best."""

STEP = 0.15
"""How far the limit goes, as a share of what the best plan holds, where no other plan holds a better value."""

CASES = [
    (metric, holds, MEASURED[(m + h) % len(MEASURED)], 10 * m + h)
    for (m, metric), (h, holds) in product(enumerate(METRICS), enumerate(HOLDS))
]
"""Metric, way to hold, way to measure and first seed of an instance to try."""

SEEDS_TO_TRY = range(0, 20_000, 1000)
"""Added to the first seed until there is an instance in which the metric is not 0 in the best plan."""


def instance_tables(seed: int, guardrails: tuple[Changes, ...] = ()) -> Tables:
    """Two items, a small tree, soft capacities, a deposit, a quantity break."""
    instance = random_instance(
        np.random.default_rng(seed), items=2, most_nodes=7, lots=(2, 4), guardrails=guardrails
    )
    first = instance.items[0]
    discount = QuantityBreak(
        item=first.item,
        from_units=2 * first.lot_size,
        unit_cost=0.9 * first.unit_cost,
        applies_to="all units",
    )
    soft = {"capacity_units_per_period": 5.0, "overtime_premium_per_unit": 0.3, "deposit_share": 0.2}
    suppliers = tuple(row.model_copy(update=soft) for row in instance.suppliers)
    return tables_of(replace(instance, suppliers=suppliers, quantity_breaks=(discount,)))


@cache
def free_optimum(seed: int) -> tuple[Tables, SolveResult]:
    """The instance without guardrails, and its best plan."""
    tables = instance_tables(seed)
    return tables, solve_extensive(tables, EXACT)


def worst(guardrails: Guardrails, plan: IntArray) -> float:
    """The worst of what the first block's guardrail holds in its periods, in the unit of the limit as stated.

    For the tail of a ratio it is the tail mean of ratios, which is near what the law compares with the limit.
    """
    block, where = next(iter(guardrails.each()))
    values = guardrails.metric_values(Ledger(guardrails.tables, plan).stock)
    if block.metric == "overtime_spend":
        usage = guardrails.usage(values)[0]
        amounts = block.sign * guardrails.overtime.add_to(usage, guardrails.limits)[where]
    else:
        amounts = block.rows @ values[block.metric][block.items].sum(axis=0) + block.constant
    below = block.base
    if block.metric + DENOMINATOR in guardrails.terms:
        below = block.rows @ values[block.metric + DENOMINATOR][block.items].sum(axis=0)
    has_base = below > 1e-9
    signed = block.sign * np.divide(amounts, below, out=np.zeros_like(amounts), where=has_base)
    signed[~has_base] = signed[has_base].min(
        initial=0.0
    )  # nothing is demanded or served: as good as the best
    if block.holds not in {"cvar", "chance"}:
        return block.sign * float(signed.max())
    judge = tail_mean if block.holds == "cvar" else exceeded_quantile
    period = guardrails.tables.tree.period[block.node]

    def in_period(t: int) -> float:
        here = period == t
        probability: Array = block.probability[here] / block.probability[here].sum()
        return judge(signed[here], probability, block.alpha or 0.0)

    return block.sign * max(in_period(int(t)) for t in np.unique(period))


def limited(metric: str, holds: str, measured: str, first_seed: int) -> Tables:
    """An instance whose guardrail the best plan without it breaks."""
    tables = (_limited(metric, holds, measured, first_seed + more) for more in SEEDS_TO_TRY)
    return next(found for found in tables if found is not None)


def _limited(metric: str, holds: str, measured: str, seed: int) -> Tables | None:
    """The instance of one seed; None where the metric is 0 in the best plan, or a share that cannot get better."""
    free, optimum = free_optimum(seed)
    assert optimum.cumulative_lots is not None
    if measured == "quarter ends" and not free.instance.quarter_ends.any():
        return None
    side, sign = ("lower", -1.0) if metric in LOWER else ("upper", 1.0)
    rail: Changes = {"metric": metric, "measured": measured, side: 0.0, **HOLDS[holds]}
    guardrails = Guardrails.build(instance_tables(seed, (rail,)))
    best = worst(guardrails, optimum.cumulative_lots)
    if abs(best) < 1e-6:
        return None
    generator = np.random.default_rng(seed)
    plans = [random_plan(generator, free) for _ in range(OTHER_PLANS)]
    reached = sign * min(sign * worst(guardrails, plan) for plan in plans)
    is_better = sign * reached < sign * best - 1e-6 * abs(best)
    limit = best + WAY * (reached - best) if is_better else best - sign * STEP * abs(best)
    if metric in {"fill_rate", "on_time_in_full"} and limit > 1.0:
        return None
    return instance_tables(seed, ({**rail, side: limit},))


@pytest.mark.parametrize(("metric", "holds", "measured", "seed"), CASES)
def test_optimum_is_between_plan_and_bound(metric: str, holds: str, measured: str, seed: int) -> None:
    """The bound is no less than the optimum, the plan no better and within the law, and none where there can be none."""
    tables = limited(metric, holds, measured, seed)
    try:
        optimum = solve_extensive(tables, EXACT)
    except InfeasibleError:
        # The decomposition proves that where no mix of plans holds; where only whole lots do not, it finds no plan.
        try:
            assert solve_decomposition(tables, EXACT).cumulative_lots is None
        except InfeasibleError as error:
            assert error.diagnosis.money > 0
        return
    result = solve_decomposition(tables, EXACT)
    tolerance = 1e-6 * max(1.0, abs(optimum.objective)) + 1e-4
    assert result.bound >= optimum.objective - tolerance
    assert result.objective <= optimum.bound + tolerance
    if result.cumulative_lots is not None:
        guardrails = Guardrails.build(tables)
        stock = Ledger(tables, result.cumulative_lots).stock
        over = guardrails.assess(guardrails.usage(guardrails.metric_values(stock))[0])
        assert not over[~guardrails.is_soft].any()
