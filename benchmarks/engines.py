"""Every engine of the benchmark: a case in, an outcome out, in this process. The calls of peers are those of their manuals."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import stockrail as sr
from benchmarks.cases import Case, Outcome
from stockrail.model.formulation import build_model
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.compiled_model import compile_model
from stockrail.solvers.extensive import export
from stockrail.solvers.result import NoPlanError, relative_gap

SEED = 1


def read_tables(case: Case) -> Tables:
    """Parameters of a case's instance."""
    instance = sr.load(Path(case.folder))
    return Tables.build(instance, build_tree(instance))


def stockrail(case: Case) -> Outcome:
    """A plan as `stockrail plan` makes it, without what comes after the solve: prices of limits and checks.

    The one place where Stockrail is called: how it solves larger instances is its own affair.
    """
    began = time.perf_counter()
    instance = sr.load(Path(case.folder))
    reading = time.perf_counter() - began
    try:
        plan = sr.plan(
            instance, gap=case.gap, time_limit=case.time_limit, seed=SEED, prices="none", checks=()
        ).certificate
    except NoPlanError:
        return Outcome(f"no plan in {case.time_limit:.0f} s", reading, time.perf_counter() - began - reading)
    seconds = time.perf_counter() - began - reading
    outcome = (
        "gap reached" if plan["status"] == "proven" else str(plan["termination_reason"]).replace("_", " ")
    )
    return Outcome(outcome, reading, seconds, plan["objective"], plan["bound"], plan["gap"])


def highs(case: Case) -> Outcome:
    """HiGHS as it comes, two threads, on the extensive form handed over as arrays.

    Stockrail itself runs HiGHS without presolve (docs/notes); here it has its defaults, as a user would run it.
    """
    import highspy

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "model.mps"
        export(read_tables(case), path)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.readModel(str(path))
    for option, value in (("time_limit", case.time_limit), ("mip_rel_gap", case.gap), ("threads", 2)):
        solver.setOptionValue(option, value)
    built = time.perf_counter()
    solver.run()
    seconds, info = time.perf_counter() - built, solver.getInfo()
    has_plan = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    objective = -float(info.objective_function_value) if has_plan else None
    reason = solver.modelStatusToString(solver.getModelStatus()).lower()
    return _solved(
        case, reason, built - began, seconds, objective, -float(info.mip_dual_bound), solver.getNumCol()
    )


def scip(case: Case) -> Outcome:
    """SCIP as it comes on the extensive form, by its MPS file."""
    from pyscipopt import Model

    began = time.perf_counter()
    solver = Model()
    solver.hideOutput()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "model.mps"
        export(read_tables(case), path)
        solver.readProblem(str(path))
    solver.setParam("limits/time", case.time_limit)
    solver.setParam("limits/gap", case.gap)
    built = time.perf_counter()
    columns = solver.getNVars()
    solver.optimize()
    seconds = time.perf_counter() - built
    objective = -float(solver.getObjVal()) if solver.getNSols() else None
    return _solved(
        case, solver.getStatus(), built - began, seconds, objective, -float(solver.getDualbound()), columns
    )


def pyomo(case: Case) -> Outcome:
    """Pyomo's model, and its arrays."""
    tables = read_tables(case)
    began = time.perf_counter()
    compiled = compile_model(build_model(tables))
    return Outcome("built", time.perf_counter() - began, columns=len(compiled.columns))


def linopy(case: Case) -> Outcome:
    """Linopy's model, and its arrays."""
    from benchmarks.linopy_model import build_linopy

    tables = read_tables(case)
    began = time.perf_counter()
    model = build_linopy(tables)
    matrices = model.matrices
    return Outcome("built", time.perf_counter() - began, columns=int(matrices.A.shape[1]))


RUN: dict[str, Callable[[Case], Outcome]] = {
    "stockrail": stockrail,
    "highs": highs,
    "scip": scip,
    "pyomo": pyomo,
    "linopy": linopy,
}
"""Engines that run in one process; mpi-sppy runs in three, by scripts/mpi_sppy_hub.py."""


def _solved(
    case: Case,
    reason: str,
    build_seconds: float,
    seconds: float,
    objective: float | None,
    bound: float | None,
    columns: int,
) -> Outcome:
    """An outcome in the words that all engines share."""
    # Both solvers write 1e20 or more for no bound.
    bound = bound if bound is not None and abs(bound) < 1e19 else None
    gap = None if objective is None or bound is None else relative_gap(objective, bound)
    if objective is None:
        words = f"no plan in {seconds:.0f} s" if "time" in reason else f"no plan ({reason})"
    elif gap is not None and gap <= case.gap + 1e-9:
        words = "gap reached"
    else:
        words = "time limit" if "time" in reason else reason
    return Outcome(words, build_seconds, seconds, objective, bound, gap, columns)
