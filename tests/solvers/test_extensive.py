"""The extensive form on cases solved by hand and by enumeration; those of the literature are in test_reference_cases."""

import itertools
from pathlib import Path

import highspy
import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import export, solve_extensive
from stockrail.solvers.result import (
    InfeasibleError,
    Progress,
    SolutionStatus,
    SolveOptions,
    TerminationReason,
)
from tests.builders import make_instance, path_of_nodes
from tests.solvers.extensive_cases import EXACT, orders, solve


def tables_of(instance: Instance) -> Tables:
    return Tables.build(instance, build_tree(instance))


# Two periods of demand 10, one order in period 0, what is short is lost: stock of 10 carries over to period 1.
ONE_ORDER = {"suppliers": {"order_interval_periods": 2}, "segments": {"lost_share": 1.0}}


def test_stock_is_bought_where_it_is_allowed() -> None:
    """All 20 units are ordered in period 0 and sold at 10 - 6: margin 80, and holding costs 0.05 * 6 * 10 = 3."""
    result = solve(
        make_instance(demand=(10, 10), settings={"storage_rate_per_year": 0.05}, **ONE_ORDER)  # type: ignore[arg-type]
    )
    assert orders(result) == [[20, 0]]
    assert result.objective == pytest.approx(77.0)
    assert result.bound == pytest.approx(77.0)
    assert result.termination_reason is TerminationReason.OPTIMAL
    assert result.solution_status is SolutionStatus.PROVEN


def test_price_of_a_guardrail() -> None:
    """A limit of 27 on stock worth 6 a unit lets 4 of the 10 units of period 1 be bought.

    Margin (10 + 4) * 4 = 56. A unit of limit is 1/6 unit of stock that earns 4: its price is 4/6, in period 0 alone.
    """
    result = solve(make_instance(demand=(10, 10), guardrails={"upper": 27}, **ONE_ORDER))  # type: ignore[arg-type]
    assert orders(result) == [[14, 0]]
    assert result.objective == pytest.approx(56.0)
    np.testing.assert_allclose(result.prices["G", "upper"], [4 / 6, 0.0])


def test_price_of_a_lower_guardrail_is_negative() -> None:
    """Purchases of at least 90 in period 1, where demand is 12, are 15 units at 6.

    With demand 15 before, 3 of them wait for it at 1 each; a unit of limit makes 1/6 unit wait, so its price is -1/6.
    """
    rail = {"metric": "purchases", "lower": 90, "first_period": 1}
    waiting = {"backorder_cost_share_of_price_per_period": 0.1}
    result = solve(make_instance(demand=(15, 12), guardrails=rail, segments=waiting))
    assert orders(result) == [[12, 15]]
    assert result.objective == pytest.approx(27 * 4 - 3)
    np.testing.assert_allclose(result.prices["G", "lower"], [0.0, -1 / 6])


def test_price_of_units_that_nobody_needs() -> None:
    """Purchases of at least 84 are 14 units at 6, 2 more than demand: one more unit of limit earns -1."""
    result = solve(
        make_instance(
            demand=(0, 12),
            items={"minimum_order_units": 4},  # by which an order may exceed what demand can use
            guardrails={"metric": "purchases", "lower": 84, "first_period": 1},
        )
    )
    assert orders(result) == [[0, 14]]
    assert result.objective == pytest.approx(12 * 4 - 2 * 6)
    np.testing.assert_allclose(result.prices["G", "lower"], [0.0, -1.0])


def test_soft_guardrail_pays_for_its_violation() -> None:
    """At 0.5 per unit of limit, 10 units of stock cost (60 - 27) * 0.5 = 16.5 and earn 6 * 4 more than 4 units do."""
    result = solve(
        make_instance(demand=(10, 10), guardrails={"upper": 27, "soft_price": 0.5}, **ONE_ORDER)  # type: ignore[arg-type]
    )
    assert orders(result) == [[20, 0]]
    assert result.objective == pytest.approx(80 - 16.5)
    np.testing.assert_allclose(result.prices["G", "upper"], [0.5, 0.0])


def test_expected_guardrail_averages_scenarios() -> None:
    """Units ordered in period 1 are 8 or 0 with equal probability; 4 on average is allowed, 3 is not."""
    scenarios = [
        {"node": "now", "period": 0, "probability": 1},
        {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0},
    ]

    def margin(limit: float) -> float:
        rail = {"metric": "ordered_units", "first_period": 1, "upper": limit, "holds": "expected"}
        return solve(
            make_instance(
                demand=(0, 8),
                items={"expedite_premium": 3},
                segments={"lost_share": 1},
                guardrails=rail,
                scenarios=scenarios,
                settings={"terminal_stock_share": 0},
                order_overrides={"period": 0, "lots": 0},
            )
        ).objective

    assert margin(4) == pytest.approx(0.5 * 8 * 4)
    assert margin(3) == pytest.approx(0.5 * 6 * 4)


def test_supplier_capacity_limits_orders() -> None:
    """A capacity of 6 units, halved in period 1 by a factor, allows 9 of the 20 units.

    They earn 10 - 6 each. The others wait and are served the fast way at the end, at a premium of 4, and earn nothing:
    a unit of capacity is worth 4 in either period.
    """
    result = solve(
        make_instance(
            demand=(10, 10),
            items={"expedite_premium": 4},
            suppliers={"capacity_units_per_period": 6},
            scenarios=path_of_nodes(2),
            scenario_suppliers=[{"node": "n1", "capacity_factor": 0.5}],
        )
    )
    assert orders(result) == [[6, 3]]
    assert result.objective == pytest.approx(36.0)
    np.testing.assert_allclose(result.prices["capacity:V", "upper"], [4.0, 4.0])


def test_order_rules() -> None:
    """Lots of 4, at least 6 and at most 8 units: every order is 2 lots.

    Opening stock 5 and demand 8, 8, 8 leave 19 units to order. Two orders cost 16 * 6, and 3 units served the fast way
    at the end 3 * 8, in all 120; one order costs 8 * 6 + 11 * 8 = 136; three cost 24 * 6 = 144. Waiting costs nothing.
    """
    item = {
        "lot_size": 4,
        "minimum_order_units": 6,
        "maximum_order_units": 8,
        "opening_stock_units": 5,
        "expedite_premium": 2,
    }
    result = solve(make_instance(demand=(8, 8, 8), items=item))
    assert sorted(orders(result)[0]) == [0, 2, 2]
    assert result.objective == pytest.approx(24 * 10 - 120)


def test_fixed_orders_hold() -> None:
    """A frozen period orders nothing, an override orders 2 units although that is below the minimum of 5.

    So 10 units wait in period 0 and 18 in period 1, at 1 each, and period 2 orders all 28 that are owed by then.
    """
    result = solve(
        make_instance(
            demand=(10, 10, 10),
            settings={"frozen_periods": 1},
            items={"minimum_order_units": 5},
            order_overrides={"period": 1, "lots": 2},
            segments={"backorder_cost_share_of_price_per_period": 0.1},
        )
    )
    assert orders(result) == [[0, 2, 28]]
    assert result.objective == pytest.approx(30 * 4 - 10 - 18)


def test_shelf_life_writes_stock_down_once() -> None:
    """20 units of opening stock, demand 5 a period, shelf life 1: in period 1, 20 - 10 = 10 units pass it.

    In period 2 the 5 that are left have been written down before. Half of 6 on 10 units is 30; revenue is 150.
    """
    item = {"opening_stock_units": 20, "shelf_life_periods": 1, "write_off_share": 0.5}
    result = solve(make_instance(demand=(5, 5, 5), items=item))
    assert orders(result) == [[0, 0, 0]]
    assert result.objective == pytest.approx(150 - 30)


@pytest.mark.parametrize("sigma", [0.0, 1.5])
@pytest.mark.parametrize("lost_share", [0.0, 0.4, 1.0])
def test_optimum_is_the_best_of_all_plans(sigma: float, lost_share: float) -> None:
    """Every plan of a small instance is valued by the ledger; the best of them is the optimum."""
    scenarios = [
        {"node": "now", "period": 0, "probability": 1},
        {"node": "high", "parent": "now", "period": 1, "probability": 0.4, "demand_factor": 1.6},
        {"node": "low", "parent": "now", "period": 1, "probability": 0.6, "demand_factor": 0.6},
    ]
    tables = tables_of(
        make_instance(
            demand=(6, 10),
            sigma=sigma,
            settings={"storage_rate_per_year": 0.2, "terminal_stock_share": 0.7},
            items={
                "lot_size": 3,
                "order_cost": 4,
                "opening_stock_units": 2,
                "expedite_share": 0.5,
                "expedite_premium": 1,
                "shelf_life_periods": 1,
                "write_off_share": 0.3,
            },
            segments={
                "lost_share": lost_share,
                "churn_cost_share_of_price": 0.1,
                "backorder_cost_share_of_price_per_period": 0.3,
            },
            scenarios=scenarios,
        )
    )
    most = int(tables.lots_limit[0])
    plans = [
        np.array([[root, root + high, root + low]])
        for root, high, low in itertools.product(range(most + 1), repeat=3)
        if root + max(high, low) <= most
    ]
    best = max(Ledger(tables, plan).expected_margin for plan in plans)
    result = solve_extensive(tables, EXACT)
    assert result.objective == pytest.approx(best, abs=1e-6)
    assert result.bound == pytest.approx(best, abs=1e-5)
    assert result.cumulative_lots is not None
    assert Ledger(tables, result.cumulative_lots).expected_margin == pytest.approx(best, abs=1e-6)


def test_infeasible_guardrail_is_named_with_its_least_relaxation() -> None:
    """Opening stock of 50 leaves 40 units worth 240 after period 0; a limit of 200 is short by 40."""
    instance = make_instance(
        demand=(10, 20), items={"opening_stock_units": 50}, guardrails={"guardrail": "cap", "upper": 200}
    )
    with pytest.raises(
        InfeasibleError, match=r"'cap'(.|\n)*period 0: raise the upper limit by at least 40"
    ) as caught:
        solve(instance)
    diagnosis = caught.value.diagnosis
    assert diagnosis.conflict == (("cap", "upper"),)
    assert diagnosis.money == pytest.approx(40.0)
    assert diagnosis.least_money == pytest.approx(40.0)


def test_progress_and_cancel() -> None:
    """Progress reports incumbents below their bound; a cancelled solve says so and keeps what it has."""
    seen: list[Progress] = []
    random = np.random.default_rng(0)
    instance = make_instance(
        demand=random.integers(50, 150, size=(4, 30)).tolist(),
        settings={"storage_rate_per_year": 0.1},
        items=[{"order_cost": 300}] * 4,
        segments={"backorder_cost_share_of_price_per_period": 0.5},
        guardrails={"upper": 1200},
    )
    options = SolveOptions(
        time_limit=30.0, gap=0.0, on_progress=seen.append, is_cancelled=lambda: len(seen) > 0
    )
    result = solve(instance, options)
    assert result.termination_reason is TerminationReason.CANCELLED
    assert result.solution_status is SolutionStatus.FEASIBLE
    assert result.objective <= result.bound
    assert all(progress.incumbent <= progress.bound for progress in seen)


def test_no_time_no_plan() -> None:
    """Without time there is no plan, and the result says what to do."""
    result = solve(make_instance(items={"order_cost": 5}), SolveOptions(time_limit=0.0))
    assert result.termination_reason is TerminationReason.TIME_LIMIT
    assert result.solution_status is SolutionStatus.NONE
    assert result.cumulative_lots is None
    assert "decomposition" in result.notes[0]


@pytest.mark.parametrize("suffix", [".lp", ".mps"])
def test_exported_model_has_the_same_optimum(tmp_path: Path, suffix: str) -> None:
    """HiGHS reads the file back and finds minus the margin, also where names hold blanks and signs."""
    tables = tables_of(
        make_instance(
            demand=(10, 10),
            sigma=(0, 1),
            items={"item": "Brake pad +10 [front]", "order_cost": 5, "lot_size": 3},
            guardrails={"guardrail": "stock at year end", "upper": 27},
            **ONE_ORDER,  # type: ignore[arg-type]
        )
    )
    path = tmp_path / f"model{suffix}"
    export(tables, path)
    reader = highspy.Highs()  # type: ignore[no-untyped-call]
    reader.setOptionValue("output_flag", False)
    assert reader.readModel(str(path)) == highspy.HighsStatus.kOk
    reader.run()
    margin = solve_extensive(tables, EXACT).objective
    assert reader.getInfo().objective_function_value == pytest.approx(-margin, abs=1e-6)
    assert "holds_in_every_scenario(stock_at_year_end,upper,t0_s0)" in path.read_text()
