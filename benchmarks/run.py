"""The table: Stockrail next to HiGHS, SCIP, mpi-sppy, linopy and Pyomo on the same instances, in one run, in the same time.

    python benchmarks/run.py                                              1 to 1,000 items, 27 and 81 scenarios
    python benchmarks/run.py --sizes 1,10,100 --trees 27,729 --time-limit 60
    python benchmarks/run.py --sizes 10000 --trees 81 --engines stockrail --time-limit 300

Every case runs in processes of its own, under hard limits on wall clock and memory. Peers that are not installed are said to be
so. With --out the rows are written as CSV, as JSON and as a table in Markdown.
"""

import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

import stockrail as sr
from stockrail.library import PERIODS, Recipe
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables

# A script finds its neighbours beside it; the type checker knows them by the folder they are in.
if TYPE_CHECKING:
    from benchmarks.cases import ENGINES, GIGABYTES_PER_MILLION, Case, Outcome, held_against
    from benchmarks.limited_process import Ended, run_limited
    from benchmarks.results import HEAD, Row, write_results
else:
    from cases import ENGINES, GIGABYTES_PER_MILLION, Case, Outcome, held_against
    from limited_process import Ended, run_limited
    from results import HEAD, Row, write_results

ROOT = Path(__file__).resolve().parents[1]
SEED = 1
CAP_PERIODS, CAP_PERIODS_ONE_ITEM = 3.5, 6.0
"""Limit on inventory value: about 70% of the peak of the best plan without it. A single item's stock peaks higher."""

GAP = 0.001
PACKAGES = {
    "highs": "highspy",
    "scip": "pyscipopt",
    "mpi-sppy": "mpisppy",
    "pyomo": "pyomo",
    "linopy": "linopy",
}
MPIEXEC_RANKS = 3

BUILD_SECONDS = 120.0
"""What a case may take on top of three times the limit of its solve: reading, building, computing bounds anew."""


def main(
    sizes: Annotated[str, typer.Option(help="Numbers of items.")] = "1,10,100,1000",
    trees: Annotated[str, typer.Option(help="Numbers of scenarios, powers of three.")] = "27,81",
    errors: Annotated[
        str, typer.Option(help="`with`, `without` forecast error beside the tree, or `both`.")
    ] = "both",
    engines: Annotated[str, typer.Option(help=f"Some of {', '.join(ENGINES)}.")] = ",".join(ENGINES),
    time_limit: Annotated[float, typer.Option(help="Seconds of each solve.")] = 60.0,
    gap: Annotated[float, typer.Option(help="Relative gap at which a solve may stop.")] = GAP,
    memory: Annotated[float, typer.Option(help="Gigabytes that a case may have.")] = 8.0,
    out: Annotated[Path | None, typer.Option(help="Folder for CSV, JSON and Markdown.")] = None,
) -> None:
    """Run the cases, smaller ones first, and print each as it ends. Ctrl-C keeps the rows so far."""
    chosen = [name for name in ENGINES if name in engines.split(",")]
    if unknown := sorted(set(engines.split(",")) - set(ENGINES)):
        raise typer.BadParameter(f"there is no engine {', '.join(unknown)}; choose from {', '.join(ENGINES)}")
    kinds = {"with": (True,), "without": (False,), "both": (False, True)}
    if errors not in kinds:
        raise typer.BadParameter(f"--errors is one of {', '.join(kinds)}, not {errors}")
    recipes = [
        Recipe(items, scenarios, SEED, has_error, CAP_PERIODS if items > 1 else CAP_PERIODS_ONE_ITEM)
        for items in _numbers(sizes)
        for scenarios in _numbers(trees)
        for has_error in kinds[errors]
    ]
    rows: list[Row] = []
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            for row in _rows(recipes, chosen, gap, time_limit, memory, Path(temporary)):
                rows.append(row)
                print(row.line, flush=True)
                if out is not None:
                    write_results(rows, out, gap, time_limit, memory)
        except KeyboardInterrupt:
            print("Stopped; the rows so far are kept.", file=sys.stderr)


def _rows(
    recipes: list[Recipe], engines: list[str], gap: float, time_limit: float, memory: float, folder: Path
) -> Iterator[Row]:
    for recipe in recipes:
        instance = recipe.make()
        target = folder / recipe.name
        sr.write(instance, target)
        tables = Tables.build(instance, build_tree(instance))
        columns = extensive_columns(tables)
        best = (-float("inf"), float("inf"))
        for engine in engines:
            case = Case(
                engine,
                str(target),
                recipe.items,
                recipe.scenarios,
                recipe.has_forecast_error,
                gap,
                time_limit,
            )
            outcome = run_case(case, columns, len(tables.tree), memory, folder)
            outcome, best = held_against(outcome, best)
            yield Row(case, len(tables.tree), outcome)


def run_case(case: Case, columns: tuple[int, int], nodes: int, memory: float, folder: Path) -> Outcome:
    """Run one case, or say why not; `columns` and `nodes` are those of the extensive form and of the tree."""
    if case.engine in PACKAGES and importlib.util.find_spec(PACKAGES[case.engine]) is None:
        return Outcome("not installed")
    if case.engine == "linopy" and case.has_forecast_error:
        return Outcome("stated for instances without forecast error only")
    copies = 1.0
    if case.engine == "mpi-sppy":
        # Each of its processes holds the models of all scenarios, which share no nodes.
        copies = MPIEXEC_RANKS * case.scenarios * PERIODS / nodes
    needed = copies * np.dot(GIGABYTES_PER_MILLION.get(case.engine, (0.0, 0.0)), columns) / 1e6
    if needed > memory:
        return Outcome(f"too large to build (about {needed:,.0f} GB)", columns=round(copies * sum(columns)))
    case_file, outcome_file = folder / "case.json", folder / "outcome.json"
    case_file.write_text(json.dumps(asdict(case)), encoding="utf-8")
    outcome_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.worker", str(case_file), str(outcome_file)]
    if case.engine == "mpi-sppy":
        command = _hub(case, outcome_file)
    ended = run_limited(
        command,
        wall_seconds=3.0 * case.time_limit + BUILD_SECONDS,
        most_gigabytes=memory,
        log=folder / "log.txt",
        environment={"PYTHONPATH": str(ROOT)},
    )
    return _outcome(case, ended, outcome_file, memory)


def extensive_columns(tables: Tables) -> tuple[int, int]:
    """About as many columns as the extensive form has, counted without building it: by item and node, and of levels.

    Eight variables by item and node; with forecast error one for each number of lots that can be reached at an order node.
    """
    levels = 0
    if tables.sigma.any():
        nodes = [len(set(row.tolist()) - {-1}) for row in tables.arrived]
        levels = int(np.dot(nodes, tables.lots_limit))
    return 8 * tables.demand.size, levels


def _hub(case: Case, outcome_file: Path) -> list[str]:
    mpiexec = Path(sys.executable).parent / "mpiexec"
    ranks = [str(mpiexec) if mpiexec.exists() else "mpiexec", "-n", str(MPIEXEC_RANKS)]
    script = [sys.executable, str(ROOT / "scripts" / "mpi_sppy_hub.py"), case.folder]
    limits = ["--iterations", "1000", "--gap", str(case.gap), "--time-limit", str(case.time_limit)]
    return [*ranks, *script, *limits, "--json", str(outcome_file)]


def _outcome(case: Case, ended: Ended, file: Path, memory: float) -> Outcome:
    """What a case wrote, with its peak memory; or why it wrote nothing."""
    peak = ended.peak_gigabytes
    if ended.reason == "memory":
        return Outcome(f"out of memory ({memory:g} GB)", seconds=ended.seconds, peak_gigabytes=peak)
    if ended.reason == "time":
        return Outcome(f"no plan in {ended.seconds:.0f} s", seconds=ended.seconds, peak_gigabytes=peak)
    if not file.exists():
        return Outcome(f"failed: {ended.last_line[:80]}", seconds=ended.seconds, peak_gigabytes=peak)
    if case.engine != "mpi-sppy":
        return replace(Outcome.read(file), peak_gigabytes=peak)
    found = json.loads(file.read_text(encoding="utf-8"))
    has_plan = found["objective_anew"] is not None and not found["broken"]
    words = f"no plan in {case.time_limit:.0f} s" if not has_plan else "time limit"
    if found["gap"] is not None and found["gap"] <= case.gap + 1e-9:
        words = "gap reached"
    return Outcome(
        words,
        seconds=found["seconds"],
        objective=found["objective_anew"] if has_plan else None,
        bound=found["bound_anew"],
        gap=found["gap"],
        peak_gigabytes=peak,
    )


def _numbers(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",") if part.strip()]


if __name__ == "__main__":
    typer.run(main)
