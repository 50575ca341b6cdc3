"""How fast the lot recursion is, next to the time it takes to stream the states it goes through once through memory.

    python benchmarks/recursion.py                    256 items, 26 periods, 81 scenarios
    python benchmarks/recursion.py --items 1000 --workers 2

A state is a node with a number of cumulative lots. The recursion keeps one number of 8 bytes for each, its value; streaming reads
as many numbers once, or reads and writes them. Both are measured in one run on the same number of threads, medians of several.
"""

import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

import stockrail as sr
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.pool import cost_form
from stockrail.solvers.recursion import Recursion, threads

BRANCHES = (3, 3, 3, 3)
PERIODS, SEED, REPEATS = 26, 1, 9


def main(
    items: Annotated[int, typer.Option(min=1, help="Number of items.")] = 256,
    workers: Annotated[int, typer.Option(min=1, help="Number of threads, for both.")] = 1,
) -> None:
    """Print seconds, nanoseconds per state and ratios to streaming."""
    instance = sr.generate(items, PERIODS, BRANCHES, SEED)
    tree = build_tree(instance)
    tables = Tables.build(instance, tree)
    form = cost_form(tables)
    with threads(workers) as executor:
        recursion = Recursion(tables, executor, workers)
        levels = tables.lots_limit // recursion.grid + 1
        lot_by_lot = np.flatnonzero(recursion.grid == 1)
        few, every = int(levels[lot_by_lot].sum()) * len(tree), int(levels.sum()) * len(tree)
        values = np.array_split(np.ones(few), workers)
        doubled = [np.empty_like(part) for part in values]

        def read() -> None:
            list(executor.map(np.sum, values))

        def read_and_write() -> None:
            list(executor.map(lambda part, out: np.multiply(part, 2.0, out=out), values, doubled))

        def exact_values() -> None:
            recursion.lower_bound(form, recursion.grid, lot_by_lot)

        rows = [
            ("stream the states: read", few, _median(read)),
            ("stream the states: read and write", few, _median(read_and_write)),
            (f"exact values of {len(lot_by_lot):,} items", few, _median(exact_values)),
            (
                f"best plans and bounds of all {items:,} items",
                every,
                _median(lambda: recursion.minimise(form)),
            ),
        ]
    table = Table(
        "work", "million states", "seconds", "ns per state", "times reading", "times read and write"
    )
    reading, both = (seconds / states for _, states, seconds in rows[:2])
    for name, states, seconds in rows:
        each = seconds / states
        table.add_row(
            name,
            f"{states / 1e6:.1f}",
            f"{seconds:.4f}",
            f"{each * 1e9:.2f}",
            f"{each / reading:.1f}",
            f"{each / both:.1f}",
        )
    Console(width=120).print(table)


def _median(work: Callable[[], object]) -> float:
    """Seconds of the middle one of several runs, after one that is not counted."""
    work()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


if __name__ == "__main__":
    typer.run(main)
