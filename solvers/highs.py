"""The one place that talks to HiGHS: arrays in, arrays out, every status checked, no solver object handed on.

Each solve runs in one thread; parallelism is over solves. Infinite bounds are `INFINITY`.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stockrail.model.tree import Array
from stockrail.solvers.programs import INFINITY, LpSolution, LpStatus, MipSolution, StandardForm
from stockrail.solvers.result import TerminationReason

_COLUMN_WISE = 1
_MINIMISE = 1
_STATUS = highspy.HighsModelStatus

Indices = NDArray[np.int32]
Matrix = sp.csc_matrix | sp.csr_matrix | Array

_logger = logging.getLogger(__name__)
_stdout_lock = threading.Lock()


class SolverError(RuntimeError):
    """HiGHS refused its input or stopped in a state that none of our models can reach; the message says which."""


class LinearProgram:
    """A linear program that stays loaded, so that each solve starts from the basis of the one before.

    Not for sharing between threads: one instance, one thread.
    """

    def __init__(self, form: StandardForm, *, seed: int = 0) -> None:
        self._highs = _load(form, seed)

    @property
    def column_count(self) -> int:
        """Number of columns now."""
        return int(self._highs.getNumCol())

    @property
    def row_count(self) -> int:
        """Number of rows now."""
        return int(self._highs.getNumRow())

    def add_columns(self, cost: Array, lower: Array, upper: Array, matrix: Matrix) -> None:
        """Append columns; `matrix` is [rows, new columns]."""
        entries = sp.csc_matrix(matrix)
        _check(
            self._highs.addCols(
                len(cost), cost, lower, upper, entries.nnz, *_starts_indices_values(entries, len(cost))
            ),
            "addCols",
        )

    def add_rows(self, lower: Array, upper: Array, matrix: Matrix) -> None:
        """Append rows; `matrix` is [new rows, columns]."""
        entries = sp.csr_matrix(matrix)
        _check(
            self._highs.addRows(
                len(lower), lower, upper, entries.nnz, *_starts_indices_values(entries, len(lower))
            ),
            "addRows",
        )

    def set_column_bounds(self, columns: Sequence[int] | Indices, lower: Array, upper: Array) -> None:
        """Change the bounds of some columns."""
        indices = np.asarray(columns, dtype=np.int32)
        _check(self._highs.changeColsBounds(len(indices), indices, lower, upper), "changeColsBounds")

    def solve(
        self, *, time_limit: float = INFINITY, is_cancelled: Callable[[], bool] = lambda: False
    ) -> LpSolution:
        """Solve from the basis of the solve before, within `time_limit` seconds."""
        # The clock of an LP runs on over all solves of the instance, so the limit is counted from where it stands.
        _set(self._highs, time_limit=self._highs.getRunTime() + time_limit)
        with _callbacks(self._highs, is_cancelled, None):
            _check(self._highs.run(), "run")
        status = self._highs.getModelStatus()
        if status == _STATUS.kUnknown:
            # A basis from which it lost its way; from scratch it finds it.
            _check(self._highs.clearSolver(), "clearSolver")
            _check(self._highs.run(), "run")
            status = self._highs.getModelStatus()
        if status == _STATUS.kUnboundedOrInfeasible:
            # Presolve does not tell the two apart; the simplex method alone does.
            _set(self._highs, presolve="off")
            _check(self._highs.run(), "run")
            status = self._highs.getModelStatus()
            _set(self._highs, presolve="choose")
        return self._solution(_lp_status(status))

    def _solution(self, status: LpStatus) -> LpSolution:
        if status is not LpStatus.OPTIMAL:
            no_columns, no_rows = np.full(self.column_count, np.nan), np.full(self.row_count, np.nan)
            return LpSolution(status, np.nan, no_columns, no_rows, no_columns)
        solution = self._highs.getSolution()
        return LpSolution(
            status=status,
            objective=float(self._highs.getInfo().objective_function_value),
            x=np.array(solution.col_value),
            row_dual=np.array(solution.row_dual),
            reduced_cost=np.array(solution.col_dual),
        )


def solve_mip(
    form: StandardForm,
    *,
    time_limit: float = INFINITY,
    gap: float = 0.0,
    seed: int = 0,
    start: Array | None = None,
    on_incumbent: Callable[[Array, float, float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> MipSolution:
    """Solve a mixed-integer program with branch and bound.

    Parameters
    ----------
    time_limit : seconds of wall clock.
    gap : stop when (objective - bound) / max(|objective|, 1) is at most this.
    start : a complete feasible solution [columns] to begin with; a partial one would start a hidden second solve.
    on_incumbent : called with (x, objective, bound) at every improving incumbent.
    is_cancelled : asked often, though not for some seconds now and then; True ends the solve with what it has.

    Raises
    ------
    SolverError
        If HiGHS refuses the model or stops for a reason other than those of `TerminationReason`.
    """
    highs = _load(form, seed)
    # The absolute gap takes over where the objective is smaller than 1, as in `relative_gap`.
    # HiGHS 1.16 with presolve has called plans optimal that are not, by up to several percent; never without it
    # (tests/solvers/test_recursion.py and test_decomposition.py have the cases).
    _set(highs, time_limit=time_limit, mip_rel_gap=gap, mip_abs_gap=max(gap, 1e-9), presolve="off")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        _check(highs.setSolution(solution), "setSolution")
    with _callbacks(highs, is_cancelled, on_incumbent):
        _check(highs.run(), "run")
    status = highs.getModelStatus()
    info = highs.getInfo()
    has_incumbent = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == _STATUS.kModelEmpty:
        return MipSolution(TerminationReason.OPTIMAL, np.zeros(0), form.offset, form.offset)
    return MipSolution(
        reason=_mip_reason(status, info.mip_gap),
        x=np.array(highs.getSolution().col_value) if has_incumbent else None,
        objective=float(info.objective_function_value) if has_incumbent else np.inf,
        bound=np.inf if status == _STATUS.kInfeasible else float(info.mip_dual_bound),
    )


def write_model(
    form: StandardForm, path: Path, column_names: Sequence[str], row_names: Sequence[str]
) -> None:
    """Write the model as an .mps or .lp file, by the ending of `path`; names must be unique and without blanks."""
    if path.suffix not in {".mps", ".lp"}:
        raise ValueError(f"{path.name}: the file name must end in .mps or .lp.")
    highs = _load(form, seed=0)
    for column, name in enumerate(column_names):
        _check(highs.passColName(column, name), f"passColName({name!r})")
    for row, name in enumerate(row_names):
        _check(highs.passRowName(row, name), f"passRowName({name!r})")
    _check(highs.writeModel(str(path)), "writeModel")


def _load(form: StandardForm, seed: int) -> Any:
    # Any, as the type stubs of highspy lack some of the calls.
    with _silent_stdout():
        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    _set(highs, output_flag=False, threads=1, parallel="off", random_seed=seed)
    matrix = sp.csc_matrix(form.matrix)
    rows, columns = matrix.shape
    is_integer = np.zeros(columns, dtype=bool) if form.is_integer is None else form.is_integer
    _check(
        highs.passModel(
            columns,
            rows,
            matrix.nnz,
            _COLUMN_WISE,
            _MINIMISE,
            form.offset,
            form.cost,
            form.lower,
            form.upper,
            form.row_lower,
            form.row_upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
            is_integer.astype(np.int32),
        ),
        "passModel",
    )
    return highs


def _starts_indices_values(
    entries: sp.csc_matrix | sp.csr_matrix, count: int
) -> tuple[Indices, Indices, Array]:
    return (
        entries.indptr[:count].astype(np.int32),
        entries.indices.astype(np.int32),
        entries.data.astype(np.float64),
    )


def _set(highs: Any, **options: float | str | bool) -> None:
    for name, value in options.items():
        _check(highs.setOptionValue(name, value), f"option {name} = {value!r}")


def _check(status: highspy.HighsStatus, call: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS reports an error in {call}.")
    if status == highspy.HighsStatus.kWarning:
        _logger.debug("HiGHS warns in %s.", call)


def _lp_status(status: Any) -> LpStatus:
    known = {
        _STATUS.kOptimal: LpStatus.OPTIMAL,
        _STATUS.kModelEmpty: LpStatus.OPTIMAL,
        _STATUS.kInfeasible: LpStatus.INFEASIBLE,
        _STATUS.kUnbounded: LpStatus.UNBOUNDED,
        _STATUS.kTimeLimit: LpStatus.TIME_LIMIT,
        _STATUS.kInterrupt: LpStatus.CANCELLED,
    }
    if status not in known:
        raise SolverError(f"HiGHS stopped a linear program with status {status.name}.")
    return known[status]


def _mip_reason(status: Any, gap: float) -> TerminationReason:
    if status == _STATUS.kOptimal:
        # HiGHS calls a gap within the tolerance optimal; we say which of the two it was.
        return TerminationReason.OPTIMAL if gap <= 1e-9 else TerminationReason.GAP_REACHED
    known = {
        _STATUS.kInfeasible: TerminationReason.INFEASIBLE,
        _STATUS.kTimeLimit: TerminationReason.TIME_LIMIT,
        _STATUS.kInterrupt: TerminationReason.CANCELLED,
    }
    if status not in known:
        raise SolverError(f"HiGHS stopped a mixed-integer program with status {status.name}.")
    return known[status]


@contextmanager
def _callbacks(
    highs: Any,
    is_cancelled: Callable[[], bool],
    on_incumbent: Callable[[Array, float, float], None] | None,
) -> Iterator[None]:
    """Connect the callbacks for one run. HiGHS swallows their exceptions, so they are kept and raised afterwards."""
    failures: list[BaseException] = []

    def interrupt(event: Any) -> None:
        try:
            if failures or is_cancelled():
                event.interrupt()
        except BaseException as failure:  # noqa: BLE001 - raised after the run, Ctrl-C included
            failures.append(failure)
            event.interrupt()

    def improve(event: Any) -> None:
        try:
            data = event.data_out
            if on_incumbent is not None and not failures:
                on_incumbent(
                    np.array(data.mip_solution),
                    float(data.objective_function_value),
                    float(data.mip_dual_bound),
                )
        except BaseException as failure:  # noqa: BLE001 - raised after the run
            failures.append(failure)  # the next interrupt callback ends the run

    interrupts = (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt)
    for callback in interrupts:
        callback.subscribe(interrupt)
    if on_incumbent is not None:
        highs.cbMipImprovingSolution.subscribe(improve)
    try:
        yield
    finally:
        for callback in interrupts:
            callback.unsubscribe(interrupt)
        if on_incumbent is not None:
            highs.cbMipImprovingSolution.unsubscribe(improve)
    if failures:
        raise failures[0]


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """Keep the banner of the constructor out of standard output, which may carry data.

    The descriptor belongs to the whole process, hence the lock.
    """
    with _stdout_lock:
        try:
            saved = os.dup(1)
        except OSError:  # standard output is closed: nothing to protect
            yield
            return
        try:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 1)
            yield
        finally:
            os.dup2(saved, 1)
            os.close(saved)
