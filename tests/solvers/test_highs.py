"""The HiGHS wrapper on problems solved by hand."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from stockrail.solvers.highs import LinearProgram, SolverError, solve_mip, write_model
from stockrail.solvers.programs import INFINITY, LpStatus, StandardForm
from stockrail.solvers.result import TerminationReason

# Maximise 3x + 2y over x + y <= 4, x, y >= 0, stated as a minimisation.
TWO_PRODUCTS = StandardForm(
    matrix=sp.csc_matrix([[1.0, 1.0]]),
    cost=np.array([-3.0, -2.0]),
    lower=np.zeros(2),
    upper=np.full(2, INFINITY),
    row_lower=np.array([-INFINITY]),
    row_upper=np.array([4.0]),
)

# Maximise 3x + 2y over 2x + 2y <= 7 in whole numbers, with 100 added: x = 3, y = 0, objective -9 + 100.
WHOLE_NUMBERS = StandardForm(
    matrix=sp.csc_matrix([[2.0, 2.0]]),
    cost=np.array([-3.0, -2.0]),
    lower=np.zeros(2),
    upper=np.full(2, 9.0),
    row_lower=np.array([-INFINITY]),
    row_upper=np.array([7.0]),
    is_integer=np.array([True, True]),
    offset=100.0,
)


def knapsack(seed: int, columns: int = 60, rows: int = 30) -> StandardForm:
    """A many-row knapsack that takes HiGHS seconds."""
    random = np.random.default_rng(seed)
    weight = random.integers(5, 100, size=(rows, columns)).astype(float)
    return StandardForm(
        matrix=sp.csc_matrix(weight),
        cost=-(weight.sum(axis=0) / rows + random.integers(0, 20, columns)),
        lower=np.zeros(columns),
        upper=np.ones(columns),
        row_lower=np.full(rows, -INFINITY),
        row_upper=weight.sum(axis=1) / 2,
        is_integer=np.ones(columns, dtype=bool),
    )


def test_linear_program_returns_primal_and_dual() -> None:
    """All capacity goes to the better product, so a unit of it is worth 3 and the other product loses 1 a unit."""
    solution = LinearProgram(TWO_PRODUCTS).solve()
    assert solution.status is LpStatus.OPTIMAL
    assert solution.objective == pytest.approx(-12.0)
    np.testing.assert_allclose(solution.x, [4.0, 0.0])
    np.testing.assert_allclose(solution.row_dual, [-3.0])
    np.testing.assert_allclose(solution.reduced_cost, [0.0, 1.0])


def test_linear_program_changes_in_place() -> None:
    """Columns, rows and bounds change one after the other, each with an answer known by hand."""
    program = LinearProgram(TWO_PRODUCTS)
    program.add_columns(np.array([-4.0]), np.zeros(1), np.array([2.0]), np.array([[1.0]]))
    assert program.solve().objective == pytest.approx(-14.0)  # 2 * 4 + 2 * 3
    program.add_rows(np.array([-INFINITY]), np.array([1.0]), np.array([[1.0, 0.0, 0.0]]))
    assert program.solve().objective == pytest.approx(-13.0)  # 2 * 4 + 1 * 3 + 1 * 2
    program.set_column_bounds([2], np.zeros(1), np.array([1.0]))
    assert program.solve().objective == pytest.approx(-11.0)  # 1 * 4 + 1 * 3 + 2 * 2
    assert (program.row_count, program.column_count) == (2, 3)


def test_linear_program_tells_infeasible_from_unbounded() -> None:
    """A row that cannot hold is infeasible; without a row that limits it the problem is unbounded."""
    impossible = replace(TWO_PRODUCTS, row_lower=np.array([-5.0]), row_upper=np.array([-3.0]))
    solution = LinearProgram(impossible).solve()
    assert solution.status is LpStatus.INFEASIBLE
    assert np.isnan(solution.objective)
    endless = replace(TWO_PRODUCTS, row_lower=np.array([-INFINITY]), row_upper=np.array([INFINITY]))
    assert LinearProgram(endless).solve().status is LpStatus.UNBOUNDED


def test_mip_returns_incumbent_and_bound() -> None:
    """The best whole plan makes 3 of the first product, and the bound meets it."""
    seen: list[float] = []
    solution = solve_mip(WHOLE_NUMBERS, on_incumbent=lambda x, objective, bound: seen.append(objective))
    assert solution.reason is TerminationReason.OPTIMAL
    assert solution.x is not None
    np.testing.assert_allclose(solution.x, [3.0, 0.0], atol=1e-9)
    assert solution.objective == pytest.approx(91.0)
    assert solution.bound == pytest.approx(91.0)
    assert seen[-1] == pytest.approx(91.0)


def test_mip_takes_a_start() -> None:
    """A feasible start does not change the optimum."""
    assert solve_mip(WHOLE_NUMBERS, start=np.array([1.0, 1.0])).objective == pytest.approx(91.0)


def test_mip_without_solution_is_infeasible() -> None:
    """1.2 <= x + y <= 1.8 holds for no whole numbers."""
    form = StandardForm(
        matrix=sp.csc_matrix([[1.0, 1.0]]),
        cost=np.ones(2),
        lower=np.zeros(2),
        upper=np.full(2, 9.0),
        row_lower=np.array([1.2]),
        row_upper=np.array([1.8]),
        is_integer=np.ones(2, dtype=bool),
    )
    solution = solve_mip(form)
    assert solution.reason is TerminationReason.INFEASIBLE
    assert solution.x is None
    assert solution.objective == np.inf


def test_mip_stops_at_the_gap() -> None:
    """With a loose gap the bound stays below the incumbent, within the gap."""
    solution = solve_mip(knapsack(1), gap=0.05)
    assert solution.reason in {TerminationReason.GAP_REACHED, TerminationReason.OPTIMAL}
    assert solution.bound <= solution.objective + 1e-9
    assert solution.objective - solution.bound <= 0.05 * abs(solution.objective)


def test_mip_stops_at_the_time_limit() -> None:
    """A solve that would take long ends with what it has."""
    solution = solve_mip(knapsack(2, columns=150, rows=50), time_limit=0.5)
    assert solution.reason is TerminationReason.TIME_LIMIT
    assert solution.bound <= solution.objective


def test_mip_can_be_cancelled() -> None:
    """A solve that is cancelled at its first incumbent keeps that incumbent."""
    seen: list[float] = []
    solution = solve_mip(
        knapsack(3, columns=150, rows=50),
        time_limit=30.0,
        on_incumbent=lambda x, objective, bound: seen.append(objective),
        is_cancelled=lambda: len(seen) > 0,
    )
    assert solution.reason is TerminationReason.CANCELLED
    assert solution.x is not None
    assert solution.bound <= solution.objective


def test_exceptions_in_callbacks_are_raised() -> None:
    """HiGHS swallows exceptions of callbacks; the wrapper raises them after the run."""

    def fail(x: object, objective: float, bound: float) -> None:
        raise LookupError("no such plan")

    with pytest.raises(LookupError, match="no such plan"):
        solve_mip(WHOLE_NUMBERS, on_incumbent=fail)


def test_bad_input_is_refused() -> None:
    """A cost that is not a number is an error that names the call."""
    form = StandardForm(
        matrix=sp.csc_matrix([[1.0]]),
        cost=np.array([1.0]),
        lower=np.array([2.0]),
        upper=np.array([INFINITY]),
        row_lower=np.array([INFINITY]),  # a row that must be at least infinity
        row_upper=np.array([INFINITY]),
    )
    with pytest.raises(SolverError, match="passModel"):
        LinearProgram(form)


def test_construction_is_silent() -> None:
    """Standard output carries data; HiGHS prints its banner there unless it is kept from doing so."""
    code = (
        "import numpy as np, scipy.sparse as sp\n"
        "from stockrail.solvers.highs import LinearProgram\n"
        "from stockrail.solvers.programs import StandardForm\n"
        "one = np.ones(1)\n"
        "LinearProgram(StandardForm(sp.csc_matrix([[1.0]]), one, one, one, one, one)).solve()\n"
        "print('data')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "data\n"


@pytest.mark.parametrize("suffix", [".lp", ".mps"])
def test_models_are_written(tmp_path: Path, suffix: str) -> None:
    """The file holds the names it was given."""
    path = tmp_path / f"model{suffix}"
    write_model(WHOLE_NUMBERS, path, ["lots(A,t0)", "lots(B,t0)"], ["capacity"])
    text = path.read_text()
    assert "lots(B,t0)" in text
    assert "capacity" in text


def test_other_file_types_are_refused(tmp_path: Path) -> None:
    """The ending of the name says what is written, and there are only two."""
    with pytest.raises(ValueError, match=r"\.mps or \.lp"):
        write_model(WHOLE_NUMBERS, tmp_path / "model.txt", ["x", "y"], ["r"])
