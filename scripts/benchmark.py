"""Benchmark of the engine: proven gap, time, memory and growth. Peers, and more items, are in benchmarks/ (docs/benchmarks.md).

    python scripts/benchmark.py                    all of it, about half an hour on two cores
    python scripts/benchmark.py --quick            smaller sizes, and no tables of growth
    python scripts/benchmark.py --only mixed       one case: plan, growth, lots, mixed, chance, frontier, infeasible,
                                                   calibrate, what-ifs
    python scripts/benchmark.py --instance FOLDER  one more instance, such as one made by import_online_retail.py

Every case runs in a process of its own, so that its peak memory is its own. Times are those of this machine at this
moment: compare rows of one run, not runs.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

import stockrail as sr

# A script finds its neighbours beside it; the type checker knows them by the folder they are in.
if TYPE_CHECKING:
    from scripts.benchmark_finance import FINANCE, Measure
    from scripts.benchmark_process import BRANCHINGS, PERIODS, in_own_process
    from scripts.benchmark_strategies import calibrate
    from scripts.benchmark_what_ifs import compare_what_ifs
else:
    from benchmark_finance import FINANCE, Measure
    from benchmark_process import BRANCHINGS, PERIODS, in_own_process
    from benchmark_strategies import calibrate
    from benchmark_what_ifs import compare_what_ifs

SEED, SHARE = 1, 0.7
GROWTH = (125, 250, 500, 1000, 2000)
LOT_DIVISORS = (1, 10, 100, 1000)


@dataclass(frozen=True)
class Row:
    """One case: what was solved, how well, what it took."""

    name: str
    items: int
    nodes: int
    gap: float
    seconds: float
    seconds_by_phase: dict[str, float]
    peak_gigabytes: float
    outcome: str


def solve_folder(name: str, folder: Path, gap: float, time_limit: float) -> Row:
    """Read an instance and plan it, in this process, without what comes after the solve: prices of limits, and checks."""
    began = time.perf_counter()
    instance = sr.load(folder)
    reading = time.perf_counter() - began
    try:
        plan = sr.plan(
            instance,
            solver="decomposition",
            gap=gap,
            time_limit=time_limit,
            seed=SEED,
            prices="none",
            checks=(),
        )
        numbers = plan.certificate
        outcome = f"{numbers['status']} ({numbers['termination_reason']})"
        nodes, found, phases = numbers["nodes"], numbers["gap"], numbers["seconds_by_phase"]
    except sr.NoPlanError:
        outcome, nodes, found, phases = "no plan in the time given", 0, float("inf"), {}
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Row(
        name, len(instance.items), nodes, found, seconds, {"reading": reading, **phases}, peak, outcome
    )


def measured(work: Callable[..., Row], name: str, folder: Path, *arguments: object) -> Row:
    """Run a case in a process of its own; one that is killed for its memory has a row too."""
    began = time.perf_counter()
    try:
        return in_own_process(work, name, folder, *arguments)
    except BrokenProcessPool:
        items, seconds = len(sr.load(folder).items), time.perf_counter() - began
        return Row(name, items, 0, float("inf"), seconds, {}, float("nan"), "killed: out of memory")


def generated(items: int, folder: Path) -> Path:
    """An instance of the benchmark's family, written to a folder."""
    target = folder / f"generated-{items}"
    if not target.exists():
        sr.write(sr.generate(items, PERIODS, BRANCHINGS, SEED, guardrail_share=SHARE), target)
    return target


def finer_lots(items: int, divisor: int, folder: Path) -> Path:
    """The generated instance with every lot size divided, so that demand per lot grows."""
    target = folder / f"generated-{items}-lots-{divisor}"
    instance = sr.load(generated(items, folder))
    rows = tuple(row.model_copy(update={"lot_size": row.lot_size / divisor}) for row in instance.items)
    sr.write(replace(instance, items=rows), target)
    return target


def show(console: Console, title: str, rows: list[Row]) -> None:
    """Print cases as a table."""
    table = Table(title=title, title_justify="left")
    for column in ("case", "items", "nodes", "gap", "seconds", "ms/item", "peak GB", "outcome"):
        table.add_column(column, justify="left" if column in {"case", "outcome"} else "right")
    for row in rows:
        gap = f"{row.gap:.3%}" if row.gap < float("inf") else "-"
        per_item = f"{1000 * row.seconds / row.items:.1f}"
        table.add_row(
            row.name, str(row.items), str(row.nodes or "-"), gap, f"{row.seconds:.1f}", per_item,
            f"{row.peak_gigabytes:.2f}", row.outcome,
        )  # fmt: skip
    console.print(table)


def show_phases(console: Console, row: Row) -> None:
    """Print where the time of one case went."""
    parts = {
        name: row.seconds_by_phase.get(name, 0.0)
        for name in ("reading", "tables", "recursion", "evaluation", "master", "recovery")
    }
    parts["tables of results, rest"] = row.seconds - sum(parts.values())
    shares = ", ".join(f"{name} {seconds / row.seconds:.0%}" for name, seconds in parts.items())
    console.print(f"Time of {row.name}: {shares}\n")


def show_measures(console: Console, measures: list[Measure]) -> None:
    """Print the numbers of a case for finance, one table for each of its instances."""
    for case, rows in groupby(measures, key=lambda row: row.case):
        table = Table(title=case, title_justify="left")
        for column in ("what", "measured", "target, at most"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for row in rows:
            table.add_row(row.what, row.value, row.target)
        console.print(table)


@dataclass(frozen=True)
class Bench:
    """Where cases print and keep their instances, and how they are run."""

    console: Console
    folder: Path
    is_quick: bool
    instances: tuple[Path, ...]
    time_limit: float
    gap: float

    def solved(self, name: str, folder: Path, seconds: float) -> Row:
        """A case of the decomposition."""
        return measured(solve_folder, name, folder, self.gap, seconds)

    def plan(self) -> None:
        """One instance, and those given."""
        cases = [("generated", generated(500, self.folder)), *((path.name, path) for path in self.instances)]
        rows = [self.solved(name, path, self.time_limit) for name, path in cases]
        show(self.console, f"To a gap of {self.gap:.1%} within {self.time_limit:.0f} s", rows)
        for row in rows:
            show_phases(self.console, row)

    def growth(self) -> None:
        """More and more items."""
        rows = [
            self.solved(f"generated, {items} items", generated(items, self.folder), 10 * self.time_limit)
            for items in GROWTH
        ]
        show(self.console, "Growth with the number of items", rows)
        ratio = rows[-1].seconds / rows[0].seconds
        self.console.print(f"{GROWTH[-1] // GROWTH[0]} times the items took {ratio:.1f} times as long.\n")

    def lots(self) -> None:
        """Smaller and smaller lots."""
        rows = [
            self.solved(
                f"lots / {divisor}", finer_lots(GROWTH[0], divisor, self.folder), 10 * self.time_limit
            )
            for divisor in LOT_DIVISORS
        ]
        show(self.console, "Growth with demand per lot", rows)

    def run(self, case: str) -> None:
        """One case by name."""
        engine = {"plan": self.plan, "growth": self.growth, "lots": self.lots}
        if case in engine:
            engine[case]()
        else:
            show_measures(self.console, in_own_process(finance_case, case, self.is_quick))


def finance_case(case: str, is_quick: bool) -> list[Measure]:
    """A case for finance by name, in this process."""
    return MEASURED[case](is_quick=is_quick)


MEASURED = {**FINANCE, "calibrate": calibrate, "what-ifs": compare_what_ifs}
SLOW = ("growth", "lots")
CASES = ("plan", *SLOW, *MEASURED)


def main(
    only: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(CASES)}; may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Smaller sizes, and no tables of growth.")] = False,
    instance: Annotated[list[Path] | None, typer.Option(help="One more instance; may be repeated.")] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds per case of the engine.")] = 60.0,
    gap: Annotated[float, typer.Option(help="Gap at which a case of the engine stops.")] = 0.003,
) -> None:
    """Run the benchmark and print its tables."""
    unknown = sorted(set(only or ()) - set(CASES))
    if unknown:
        raise typer.BadParameter(f"there is no case {', '.join(unknown)}; choose from {', '.join(CASES)}")
    cases = only or [case for case in CASES if not (quick and case in SLOW)]
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Console(width=140), Path(temporary), quick, tuple(instance or ()), time_limit, gap)
        for case in cases:
            bench.run(case)


if __name__ == "__main__":
    typer.run(main)
