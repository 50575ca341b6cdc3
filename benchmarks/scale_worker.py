"""One case of the benchmark of scale in this process: generate, solve, have the plan checked. Started by benchmarks/scale.py.

What is known is written after each step, so that a crash loses the step only.
"""

import resource
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

import stockrail as sr
from benchmarks.scale_cases import ScaleCase, ScaleOutcome
from benchmarks.scale_check import checked
from scripts.benchmark_process import BRANCHINGS, PERIODS
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import ScenarioTree
from stockrail.progress import cancel_on_interrupt
from stockrail.solvers import BLOCKS_SIZE, solve
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.result import Progress, SolveOptions, SolveResult

SHARE = 0.7
"""The limit on inventory value in every scenario, as a share of the peak of the best plan without it."""

SAY_EVERY_SECONDS = 10.0


class Teller(threading.Thread):
    """Says what is being done and how far it is, every few seconds, also while nothing improves."""

    def __init__(self, items: int) -> None:
        super().__init__(daemon=True)
        self._items = items
        self._began = time.perf_counter()
        self._ended = threading.Event()
        self.stage = "starting"
        self.detail = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Speak until the end."""
        while not self._ended.wait(SAY_EVERY_SECONDS):
            self.say()

    def now(self, stage: str) -> None:
        """Begin a stage."""
        self.stage, self.detail = stage, ""
        self.say()

    def say(self) -> None:
        """One line."""
        elapsed = time.perf_counter() - self._began
        words = self.stage + (f": {self.detail}" if self.detail else "")
        print(f"{self._items:,} items  {elapsed:6,.0f} s  {words}", flush=True)

    def tell(self, detail: str) -> None:
        """Take in how far the stage is."""
        self.detail = detail

    def show(self, progress: Progress) -> None:
        """Take in a moment of the solve."""
        plan = f"{progress.incumbent:,.0f}" if progress.incumbent > -np.inf else "none yet"
        gap = f"{progress.gap:.3%}" if progress.gap < np.inf else "-"
        self.detail = f"gap {gap}, plan {plan}, bound {progress.bound:,.0f}, {progress.phase}"


def run(case: ScaleCase, file: Path) -> ScaleOutcome:
    """Run a case and write what comes out to a file, step by step."""
    with Teller(case.items) as teller:
        found = ScaleOutcome(stage="generating")

        def ends(outcome: ScaleOutcome, stage: str) -> ScaleOutcome:
            outcome = replace(outcome, stage=stage, peak_gigabytes_main=_peak_gigabytes())
            outcome.write(file)
            teller.now(stage)
            return outcome

        teller.now("loading compiled code")
        load_compiled_code()
        found = ends(found, "generating")
        began = time.perf_counter()
        instance = sr.generate(case.items, PERIODS, BRANCHINGS, case.seed, guardrail_share=SHARE)
        tree = build_tree(instance)
        found = ends(replace(found, nodes=len(tree), generate_seconds=time.perf_counter() - began), "solving")
        checkpoint = _checkpoint(case, tree)
        found = replace(found, is_resumed=checkpoint is not None and checkpoint.exists())
        with cancel_on_interrupt() as is_cancelled:
            began = time.perf_counter()
            options = SolveOptions(
                time_limit=case.time_limit,
                gap=case.gap,
                seed=case.seed,
                workers=case.workers,
                checkpoint=checkpoint,
                on_progress=teller.show,
                is_cancelled=is_cancelled,
            )
            engine, result = solved(instance, tree, case.solver, options)
            found = ends(_with_result(found, engine, result, time.perf_counter() - began), "checking")
            if result.cumulative_lots is not None:
                began = time.perf_counter()
                valued = checked(instance, tree, result.cumulative_lots, teller.tell, case.workers)
                found = replace(
                    found,
                    check_seconds=time.perf_counter() - began,
                    checked_objective=valued.objective,
                    largest_excess=valued.largest_excess,
                    broken=valued.broken,
                )
        return ends(found, "done")


def load_compiled_code() -> None:
    """Compile, or load compiled, every kernel: by a tiny solve."""
    instance = sr.generate(5, 6, (2,), 0, guardrail_share=0.95)
    solve(Tables.build(instance, build_tree(instance)), SolveOptions(time_limit=2.0), "decomposition")


def solved(
    instance: Instance, tree: ScenarioTree, solver: str, options: SolveOptions
) -> tuple[str, SolveResult]:
    """Solve by the engine that `auto` takes at this size, or the one asked for; returns its name too."""
    if _takes_blocks(solver, tree):
        return "blocks", solve_in_blocks(instance, tree, options)
    began = time.perf_counter()
    tables = Tables.build(instance, tree)
    left = options.time_limit - (time.perf_counter() - began)
    return solve(tables, replace(options, time_limit=left, checkpoint=None), "decomposition")


def _takes_blocks(solver: str, tree: ScenarioTree) -> bool:
    return solver == "blocks" or (solver == "auto" and tree.demand.size >= BLOCKS_SIZE)


def _checkpoint(case: ScaleCase, tree: ScenarioTree) -> Path | None:
    """Smaller sizes are not solved in blocks only because there is a file to keep larger ones in."""
    return Path(case.checkpoint) if case.checkpoint and _takes_blocks(case.solver, tree) else None


def _with_result(found: ScaleOutcome, engine: str, result: SolveResult, seconds: float) -> ScaleOutcome:
    has_plan = result.cumulative_lots is not None
    return replace(
        found,
        engine=engine,
        solve_seconds=seconds,
        objective=result.objective if has_plan else None,
        bound=result.bound if np.isfinite(result.bound) else None,
        termination_reason=str(result.termination_reason),
        notes=result.notes,
    )


def _peak_gigabytes() -> float:
    # Kilobytes on Linux, bytes on macOS.
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    run(ScaleCase.read(Path(sys.argv[1])), Path(sys.argv[2]))
