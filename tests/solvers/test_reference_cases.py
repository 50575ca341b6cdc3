"""Values from the literature and from closed forms, reproduced by every way of solving. See docs/reference-cases.md."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import SolveOptions
from tests import reference_cases
from tests.random_instances import tables_of
from tests.reference_cases import ReferenceCase, closed_forms, needs_reference

OPTIONS = SolveOptions(time_limit=60.0, gap=0.0)
PRECISION = 0.003
"""Relative distance from plan to bound that the decomposition is held to; what it asks for by default."""

Check = Callable[[ReferenceCase], None]

pytestmark = needs_reference


def by_extensive_form(case: ReferenceCase) -> None:
    """Plan and bound are the reference value, and the first order is the reference's."""
    tables = tables_of(case.instance)
    result = solve_extensive(tables, OPTIONS)
    assert result.objective == pytest.approx(case.expected_margin, abs=case.tolerance)
    assert result.bound == pytest.approx(case.expected_margin, abs=case.tolerance)
    assert result.cumulative_lots is not None
    check_first_order(case, tables, result.cumulative_lots)


def by_recursion(case: ReferenceCase) -> None:
    """One item without guardrails needs no prices: one pass over whole lots is exact, plan and value."""
    tables = tables_of(case.instance)
    with threads(1) as executor:
        answer = Recursion(tables, executor, 1, levels=10**6).minimise(objective_form(tables))
    plan = answer.plan.astype(np.int64)
    assert -answer.lower_bound.sum() == pytest.approx(case.expected_margin, abs=case.tolerance)
    assert Ledger(tables, plan).expected_margin == pytest.approx(-answer.lower_bound.sum())
    check_first_order(case, tables, plan)


def by_decomposition(case: ReferenceCase) -> None:
    """The reference value is between plan and bound, which are close, also where grids are coarser than lots."""
    tables = tables_of(case.instance)
    result = solve_decomposition(tables, OPTIONS)
    assert result.cumulative_lots is not None
    assert result.objective <= case.expected_margin + case.tolerance
    assert result.bound >= case.expected_margin - case.tolerance
    assert result.gap <= PRECISION
    guardrails, stock = Guardrails.build(tables), Ledger(tables, result.cumulative_lots).stock
    usage = guardrails.usage(guardrails.metric_values(stock))[0]
    assert (usage <= guardrails.limits + 1e-6).all()


def check_first_order(case: ReferenceCase, tables: Tables, plan: IntArray) -> None:
    """The units of each item that are ordered at the root are the reference's."""
    if case.first_order_units is not None:
        expected = pytest.approx(list(case.first_order_units), abs=case.lot_tolerance)
        assert (plan[:, 0] * tables.lot_size).tolist() == expected


WITH_GUARDRAILS = pytest.mark.parametrize("check", [by_extensive_form, by_decomposition])
WITHOUT_GUARDRAILS = pytest.mark.parametrize("check", [by_extensive_form, by_recursion, by_decomposition])


@WITHOUT_GUARDRAILS
def test_wagner_whitin_1958(check: Check) -> None:
    """Wagner and Whitin's 12 periods cost 864."""
    check(reference_cases.wagner_whitin_1958())


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("case", closed_forms("wagner_whitin"))
def test_wagner_whitin_textbook(case: Any, check: Check) -> None:
    """Textbook lot-sizing optima, with and without a purchase cost that differs by period."""
    check(reference_cases.wagner_whitin(case))


@WITH_GUARDRAILS
def test_air_conditioner(check: Check) -> None:
    """Birge and Louveaux's three stages cost 62,500, and 200 units are made first."""
    check(reference_cases.air_conditioner())


@pytest.mark.parametrize("budget", ["None", "2500", "2000", "1500", "1000"])
def test_two_stage_with_budget(budget: str) -> None:
    """The recourse problem's value and orders, for every budget."""
    by_extensive_form(reference_cases.two_stage_with_budget(budget))


@pytest.mark.parametrize("budget", ["None", "2500", "2000", "1500", "1000"])
def test_two_stage_with_budget_is_between_plan_and_bound(budget: str) -> None:
    """Two items cannot share a budget by prices alone, so a gap is left, but there is a plan and the value is in the gap."""
    case = reference_cases.two_stage_with_budget(budget)
    tables = tables_of(case.instance)
    result = solve_decomposition(tables, OPTIONS)
    assert result.bound >= case.expected_margin - case.tolerance
    assert result.cumulative_lots is not None
    assert result.objective <= case.expected_margin + case.tolerance
    ledger = Ledger(tables, result.cumulative_lots)
    assert result.objective == pytest.approx(ledger.expected_margin)
    guardrails = Guardrails.build(tables)
    usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    assert (usage <= guardrails.limits + 1e-6).all()


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("case", closed_forms("newsvendor_normal"))
def test_newsvendor_with_normal_demand(case: Any, check: Check) -> None:
    """The newsvendor's cost and base stock, to half a lot."""
    check(reference_cases.newsvendor_normal(case))


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("case", closed_forms("base_stock_lead_time"))
def test_base_stock_with_lead_time(case: Any, check: Check) -> None:
    """The base-stock level covers the error of lead time + 1 periods."""
    check(reference_cases.base_stock_lead_time(case))


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("case", closed_forms("newsvendor_normal_explicit_profit"))
def test_newsvendor_with_lost_sales(case: Any, check: Check) -> None:
    """The newsvendor's profit where what is short is lost and what is left has a salvage value."""
    check(reference_cases.newsvendor_with_lost_sales(case))


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("number", range(3))
def test_newsvendor_with_expediting(number: int, check: Check) -> None:
    """The newsvendor's profit where what is short is expedited."""
    check(reference_cases.newsvendor_with_expediting(number))


@WITHOUT_GUARDRAILS
@pytest.mark.parametrize("case", closed_forms("newsvendor_discrete"))
def test_newsvendor_with_discrete_demand(case: Any, check: Check) -> None:
    """The newsvendor with one scenario per outcome."""
    check(reference_cases.newsvendor_discrete(case))
