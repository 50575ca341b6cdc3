"""Limits on what neither rises nor falls with stock: the recursion has the least of a single row."""

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import Stock
from stockrail.solvers.decomposition import open_session, solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.price_laws import relaxation_keys
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.solvers.single_limits import SingleLimits
from stockrail.solvers.unavoidable import LeastUse, beyond
from tests.builders import Changes, make_instance
from tests.random_instances import random_plan, tables_of
from tests.solvers.test_unavoidable_properties import RAILS, limited

EXACT = SolveOptions(time_limit=30.0, gap=0.0, workers=1)

ONE: Changes = {"demand": (5, 5), "items": {"opening_stock_units": 20}, "suppliers": {"payment_days": 365}}
"""15 units are left after the first of two years. What is ordered arrives at once and is paid a year later, so that in its year it is in
stock and owed, and working capital is 15 * 6 = 90 whatever is ordered."""

TWO: Changes = {
    **ONE,
    "demand": [[5, 5], [5, 5]],
    "items": [{"opening_stock_units": 20}, {"opening_stock_units": 10}],
}
"""5 units more of a second item, worth 30."""


@pytest.mark.parametrize(("given", "limit", "amount"), [(ONE, 86, 4), (TWO, 112, 8)])
def test_the_recursion_tells_what_ends_of_lines_do_not(given: Changes, limit: float, amount: float) -> None:
    """Lots are limited to one that demand does not need, so payables could be 6 of an item whose stock could be 0: 84 or 108 at least.

    The recursion knows that both go together. The extensive form agrees.
    """
    tables = tables_of(
        make_instance(**given, guardrails={"metric": "working_capital", "upper": limit, "last_period": 0})
    )
    guardrails = Guardrails.build(tables)
    assert not beyond(guardrails, LeastUse.of(guardrails, LineRanges(tables))).any()
    for solve in (solve_decomposition, solve_extensive):
        with pytest.raises(InfeasibleError) as caught:
            solve(tables, EXACT)
        diagnosis = caught.value.diagnosis
        assert diagnosis.money == pytest.approx(amount, rel=1e-6)
        assert diagnosis.least_money == pytest.approx(amount, rel=1e-4)
        assert diagnosis.conflict == (("G", "upper"),)


def test_all_periods_are_told_at_once() -> None:
    """The first period is told by what is in stock, the second by the recursion: 90 and 60 of stock for limits of 80 and 58.

    In the second, an order of the first would be in stock but paid, so that nothing ordered is least.
    """
    rails = {"metric": "working_capital", "upper": 80, "last_period": 1}
    tables = tables_of(make_instance(**ONE, guardrails=rails, guardrail_limits={"period": 1, "upper": 58}))
    with pytest.raises(InfeasibleError) as caught:
        solve_decomposition(tables, EXACT)
    found = {row.period: row.amount for row in caught.value.diagnosis.relaxations}
    assert found == pytest.approx({0: 10, 1: 2})
    assert caught.value.diagnosis.is_unavoidable
    assert caught.value.diagnosis.least_money == pytest.approx(12)


def test_a_tail_is_weighed_as_it_is_judged() -> None:
    """In the second year 10 units are left where demand is high, worth 60, and 14 where it is low: 84, 4 too much for the worse half."""
    nodes = [
        {"node": "now", "period": 0, "probability": 1},
        {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.2},
    ]
    rail = {"metric": "working_capital", "upper": 80, "first_period": 1, "holds": "cvar", "alpha": 0.5}
    tables = tables_of(make_instance(**ONE, scenarios=nodes, guardrails=rail))
    with open_session(tables, EXACT) as session:
        over = np.zeros(len(session.guardrails))
        SingleLimits(session, session.guardrails, EXACT, LineRanges(tables), over).prove()
    assert over.max() == pytest.approx(4)


def test_nothing_is_asked_where_a_plan_keeps_the_limit() -> None:
    """Without orders working capital is 90, within a limit of 90: no question to the recursion, and a plan."""
    tables = tables_of(make_instance(**ONE, guardrails={"metric": "working_capital", "upper": 90.1}))
    with open_session(tables, EXACT) as session:
        over = np.zeros(len(session.guardrails))
        SingleLimits(session, session.guardrails, EXACT, LineRanges(tables), over).prove()
        assert session.pool.plans == []
    assert not over.any()
    assert solve_decomposition(tables, EXACT).cumulative_lots is not None


@pytest.mark.parametrize("metric", ["working_capital", "cash", "payables", "margin", "served_units"])
def test_no_plan_needs_less_than_is_proven(metric: str) -> None:
    """Random plans break each limit by at least what is proven of it, in every way to hold; and something is proven in most cases."""
    proven = 0
    for seed in range(6):
        for rail in RAILS[metric]:
            tables = limited(seed, rail, 0.1 if rail["side"] == "upper" else 0.9)
            guardrails, rng = Guardrails.build(tables), np.random.default_rng(seed)
            with open_session(tables, EXACT) as session:
                over = np.zeros(len(guardrails))
                SingleLimits(session, guardrails, EXACT, LineRanges(tables), over).prove()
            proven += bool(over.any())
            for _ in range(4):
                stock = Stock.of(tables, random_plan(rng, tables))
                broken = guardrails.assess(guardrails.usage(guardrails.metric_values(stock))[0])
                for rows in relaxation_keys(guardrails).values():
                    assert broken[rows].max() >= over[rows].max() - 1e-6 * guardrails.scale[rows].max()
    assert proven >= 10
