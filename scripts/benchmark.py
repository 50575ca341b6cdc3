"""Benchmark of the engine: proven gap, time, memory and growth, next to HiGHS on the extensive form in the same time.

    python scripts/benchmark.py                    all of it, about ten minutes on two cores
    python scripts/benchmark.py --quick            the 500-item case alone
    python scripts/benchmark.py --instance FOLDER  one more instance, such as one made by import_online_retail.py

Every case runs in a process of its own, so that its peak memory is its own. Times are those of this machine at this
moment: compare rows of one run, not runs.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import stockrail as sr
from stockrail.generation import with_inventory_cap

PERIODS, BRANCHINGS, SEED, SHARE = 26, (3, 3, 3, 3), 1, 0.7
GROWTH = (125, 250, 500, 1000, 2000)
LOT_DIVISORS = (1, 10, 100, 1000)
EXTENSIVE_ITEMS = (1, 2, 5)


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


def solve_folder(name: str, folder: Path, solver: str, gap: float, time_limit: float) -> Row:
    """Read an instance and plan it, in this process."""
    began = time.perf_counter()
    instance = sr.load(folder)
    reading = time.perf_counter() - began
    try:
        plan = sr.plan(instance, solver=solver, gap=gap, time_limit=time_limit, seed=SEED)  # type: ignore[arg-type]
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


def in_own_process(work: Callable[..., Row], name: str, folder: Path, *arguments: object) -> Row:
    """Run a case in a fresh process, after a tiny one there so that compilation is not timed."""
    began = time.perf_counter()
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=warm_up) as pool:
            return pool.submit(work, name, folder, *arguments).result()
    except BrokenProcessPool:
        items, seconds = len(sr.load(folder).items), time.perf_counter() - began
        return Row(name, items, 0, float("inf"), seconds, {}, float("nan"), "killed: out of memory")


def warm_up() -> None:
    """Compile, or load compiled, every kernel."""
    instance = with_inventory_cap(sr.generate(5, 6, (2,), 0), 0.9)
    sr.plan(instance, solver="decomposition", time_limit=2.0)


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


def main(
    quick: Annotated[bool, typer.Option(help="The 500-item case alone.")] = False,
    instance: Annotated[list[Path] | None, typer.Option(help="One more instance; may be repeated.")] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds per case.")] = 60.0,
    gap: Annotated[float, typer.Option(help="Gap at which a case stops.")] = 0.003,
) -> None:
    """Run the benchmark and print its tables."""
    console = Console(width=140)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        main_case = in_own_process(
            solve_folder, "generated", generated(500, folder), "decomposition", gap, time_limit
        )
        given = [
            in_own_process(solve_folder, path.name, path, "decomposition", gap, time_limit)
            for path in instance or []
        ]
        show(console, f"To a gap of {gap:.1%} within {time_limit:.0f} s", [main_case, *given])
        for row in (main_case, *given):
            show_phases(console, row)
        if quick:
            return
        growth = [
            in_own_process(
                solve_folder,
                f"generated, {items} items",
                generated(items, folder),
                "decomposition",
                gap,
                10 * time_limit,
            )
            for items in GROWTH
        ]
        show(console, "Growth with the number of items", growth)
        ratio = growth[-1].seconds / growth[0].seconds
        console.print(f"{GROWTH[-1] // GROWTH[0]} times the items took {ratio:.1f} times as long.\n")
        finer = [
            in_own_process(
                solve_folder,
                f"lots / {divisor}",
                finer_lots(GROWTH[0], divisor, folder),
                "decomposition",
                gap,
                10 * time_limit,
            )
            for divisor in LOT_DIVISORS
        ]
        show(console, "Growth with demand per lot", finer)
        peers = [
            in_own_process(solve_folder, solver, generated(items, folder), solver, 0.0001, time_limit)
            for items in EXTENSIVE_ITEMS
            for solver in ("extensive", "decomposition")
        ]
        show(console, f"HiGHS on the extensive form and the decomposition, {time_limit:.0f} s each", peers)


if __name__ == "__main__":
    typer.run(main)
