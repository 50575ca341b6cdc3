"""Values from the literature and from closed forms, reproduced by every way of solving. See docs/reference-cases.md."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import SolveOptions, SolveResult
from tests import reference_cases
from tests.random_instances import tables_of
from tests.reference_cases import ReferenceCase, closed_forms, needs_reference

Solver = Callable[[Tables, SolveOptions], SolveResult]

EXACT = SolveOptions(time_limit=60.0, gap=0.0)
SOLVERS = [
    pytest.param(solve_extensive, id="extensive"),
    pytest.param(solve_decomposition, id="decomposition"),
]

pytestmark = needs_reference


def first_order_units(tables: Tables, result: SolveResult) -> list[float]:
    """Units of each item ordered at the root."""
    assert result.cumulative_lots is not None
    units: list[float] = (result.cumulative_lots[:, 0] * tables.lot_size).tolist()
    return units


def check(case: ReferenceCase, solver: Solver) -> None:
    """The plan earns the reference value, no bound is below it, and the first order is the reference's."""
    tables = tables_of(case.instance)
    result = solver(tables, EXACT)
    assert result.expected_margin == pytest.approx(case.expected_margin, abs=case.tolerance)
    assert result.bound == pytest.approx(case.expected_margin, abs=case.tolerance)
    if case.first_order_units is not None:
        expected = pytest.approx(list(case.first_order_units), abs=case.lot_tolerance)
        assert first_order_units(tables, result) == expected


@pytest.mark.parametrize("solver", SOLVERS)
def test_wagner_whitin_1958(solver: Solver) -> None:
    """Wagner and Whitin's 12 periods cost 864."""
    check(reference_cases.wagner_whitin_1958(), solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", closed_forms("wagner_whitin"))
def test_wagner_whitin_textbook(case: Any, solver: Solver) -> None:
    """Textbook lot-sizing optima, with and without a purchase cost that differs by period."""
    check(reference_cases.wagner_whitin(case), solver)


@pytest.mark.parametrize("solver", SOLVERS)
def test_air_conditioner(solver: Solver) -> None:
    """Birge and Louveaux's three stages cost 62,500, and 200 units are made first."""
    check(reference_cases.air_conditioner(), solver)


@pytest.mark.parametrize("budget", ["None", "2500", "2000", "1500", "1000"])
def test_two_stage_with_budget(budget: str) -> None:
    """The recourse problem's value and orders, for every budget."""
    check(reference_cases.two_stage_with_budget(budget), solve_extensive)


@pytest.mark.parametrize("budget", ["None", "2500", "2000", "1500", "1000"])
def test_two_stage_with_budget_is_between_plan_and_bound(budget: str) -> None:
    """Two items cannot share a budget to the last unit of money by prices alone, so a gap may be left; it holds the value.

    The decomposition's plan keeps the budget and is at most the recourse problem's value, its bound is at least that.
    """
    case = reference_cases.two_stage_with_budget(budget)
    tables = tables_of(case.instance)
    result = solve_decomposition(tables, EXACT)
    assert result.cumulative_lots is not None
    assert result.expected_margin <= case.expected_margin + case.tolerance
    assert result.bound >= case.expected_margin - case.tolerance
    ledger = Ledger(tables, result.cumulative_lots)
    assert result.expected_margin == pytest.approx(ledger.expected_margin)
    guardrails = Guardrails.build(tables)
    usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    assert (usage <= guardrails.limits + 1e-6).all()


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", closed_forms("newsvendor_normal"))
def test_newsvendor_with_normal_demand(case: Any, solver: Solver) -> None:
    """The newsvendor's cost and base stock, to half a lot."""
    check(reference_cases.newsvendor_normal(case), solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", closed_forms("base_stock_lead_time"))
def test_base_stock_with_lead_time(case: Any, solver: Solver) -> None:
    """The base-stock level covers the error of lead time + 1 periods."""
    check(reference_cases.base_stock_lead_time(case), solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", closed_forms("newsvendor_normal_explicit_profit"))
def test_newsvendor_with_lost_sales(case: Any, solver: Solver) -> None:
    """The newsvendor's profit where what is short is lost and what is left has a salvage value."""
    check(reference_cases.newsvendor_with_lost_sales(case), solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("number", range(3))
def test_newsvendor_with_expediting(number: int, solver: Solver) -> None:
    """The newsvendor's profit where what is short is expedited."""
    check(reference_cases.newsvendor_with_expediting(number), solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", closed_forms("newsvendor_discrete"))
def test_newsvendor_with_discrete_demand(case: Any, solver: Solver) -> None:
    """The newsvendor with one scenario per outcome."""
    check(reference_cases.newsvendor_discrete(case), solver)


def test_the_recursion_alone_finds_wagner_and_whitins_plan() -> None:
    """One item without guardrails needs no prices: one pass of the recursion is exact, plan and value."""
    case = reference_cases.wagner_whitin_1958()
    tables = tables_of(case.instance)
    with threads(1) as executor:
        answer = Recursion(tables, executor, 1, levels=10**6).minimise(objective_form(tables))
    assert -answer.lower_bound[0] == pytest.approx(case.expected_margin)
    ledger = Ledger(tables, answer.plan.astype(np.int64))
    assert ledger.expected_margin == pytest.approx(case.expected_margin)
