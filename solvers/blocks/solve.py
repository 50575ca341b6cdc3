"""Solve an instance block by block: on this process, on processes of this machine, or on a cluster."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import Array, ScenarioTree
from stockrail.solvers.blocks.checkpoint import key_of, load, save
from stockrail.solvers.blocks.processes import Processes
from stockrail.solvers.blocks.search import BlockSearch, BlocksFound
from stockrail.solvers.blocks.shared import (
    SharedPool,
    SharedRows,
    Sizes,
    sample_rows,
    shared_rows,
    sizes_of,
)
from stockrail.solvers.blocks.split import BLOCK_ITEMS, Split, split
from stockrail.solvers.blocks.workers import InProcess, Workers
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.result import (
    BlocksError,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
    notes_on_buckets,
)

SAMPLED_FROM, SAMPLE = 32, 8
"""Number of blocks from which on a search begins with the prices that some of them find, and how many do."""

START = 5
"""Prices of a sample that a search begins with: the last ones, which differ in what is still open."""


def solve_in_blocks(
    instance: Instance,
    tree: ScenarioTree,
    options: SolveOptions,
    block_items: int = BLOCK_ITEMS,
) -> SolveResult:
    """Solve an instance of any size to a proven gap.

    Parameters
    ----------
    options : `workers` are processes; 1 is this process.

    Raises
    ------
    BlocksError
        If a guardrail holds by chance (which nodes to let go is not decided block by block), the checkpoint belongs to
        something else, no cluster answers, or workers die again and again.
    """
    began = time.perf_counter()
    by_chance = [row.guardrail for row in instance.guardrails if row.holds == "chance"]
    if by_chance:
        raise BlocksError(
            f"Guardrails that hold by chance ({', '.join(by_chance)}) cannot be planned in blocks: "
            "ask for the solver `decomposition`, without a cluster or a file to resume from."
        )
    parts = split(instance, tree, options.seed, block_items)
    checkpoint = options.checkpoint
    key = "" if checkpoint is None else key_of(parts, options.seed)
    known = None if checkpoint is None else load(checkpoint, key)

    def is_over() -> bool:
        return options.is_cancelled() or time.perf_counter() - began > options.time_limit

    with _workers(parts, options.workers, options.dask) as workers:
        sizes = sizes_of(parts, workers)
        rows = shared_rows(instance, parts, sizes)
        if known is None:
            start, first_number = _start(parts, workers, rows, sizes, options, began, is_over)
            pool = SharedPool(parts, workers, len(rows), is_over, first_number=first_number)
        else:
            start = known.start
            pool = SharedPool(
                parts, workers, len(rows), is_over, answers=known.answers, first_number=known.first_number
            )

        def keep(found: BlocksFound) -> None:
            if checkpoint is not None:
                save(checkpoint, key, pool, start, found.selection)

        best = None if known is None else known.best
        search = BlockSearch(pool, rows, options, began, keep, best=best, start=start)
        found = search.run()
        notes = notes_on_buckets(sum(size.coarse_items for size in sizes))
        return _result(pool, rows, found, search.seconds, notes)


def _start(
    parts: Split,
    workers: Workers,
    rows: SharedRows,
    sizes: Sizes,
    options: SolveOptions,
    began: float,
    is_over: Callable[[], bool],
) -> tuple[tuple[Array, ...], int]:
    """Prices to begin with, from a search on some of the blocks, and the number of the next plan."""
    if len(parts.sources) < SAMPLED_FROM or not len(rows):
        return (), 0
    numbers = range(SAMPLE)
    pool = SharedPool(parts, workers, len(rows), is_over, numbers=numbers)
    quiet = replace(options, on_progress=lambda progress: None)
    sampled = sample_rows(rows, sizes, numbers)
    BlockSearch(pool, sampled, quiet, began, seeks_plan=False).run()
    prices = [answer.asked.prices for answer in pool.answers[2:]]
    return tuple(one for one in prices[-START:] if one is not None), pool.next_number


@contextmanager
def _workers(parts: Split, count: int, dask: str | None) -> Iterator[Workers]:
    workers: Workers
    if dask is not None:
        try:
            from stockrail.solvers.blocks.dask_cluster import DaskCluster
        except ImportError as error:
            raise BlocksError("A cluster needs the extra `dask`: pip install 'stockrail[dask]'.") from error

        workers = DaskCluster(parts, dask)
    else:
        workers = InProcess(parts) if count == 1 else Processes(parts, count)
    try:
        yield workers
    finally:
        workers.close()


def _result(
    pool: SharedPool, rows: SharedRows, found: BlocksFound, seconds: dict[str, float], notes: tuple[str, ...]
) -> SolveResult:
    assert found.reason is not None
    is_proven = found.reason is TerminationReason.GAP_REACHED
    has_plan = found.selection is not None
    status = SolutionStatus.PROVEN if is_proven else SolutionStatus.FEASIBLE
    return SolveResult(
        cumulative_lots=_plan(pool, found).astype(np.int64) if has_plan else None,
        objective=found.objective,
        bound=found.bound,
        termination_reason=found.reason,
        solution_status=status if has_plan else SolutionStatus.NONE,
        prices=_prices_by_node(rows, found.prices),
        seconds=seconds,
        notes=notes,
    )


def _plan(pool: SharedPool, found: BlocksFound) -> PlanArray:
    """Cumulative lots of the best plan [items, nodes]."""
    selection = found.selection
    assert selection is not None
    parts = pool.split
    plan = np.empty((sum(len(s.members) for s in parts.sources), len(parts.frame.tree)), dtype=np.int32)
    own = {number: (chosen.choice,) for number, chosen in enumerate(selection.chosen)}
    for number, lots in pool.workers.ask("plan", (selection.asked,), own):
        plan[parts.sources[number].members] = lots
    return plan


def _prices_by_node(rows: SharedRows, prices: Array) -> dict[tuple[str, str], Array]:
    """See `Guardrails.prices_by_node`; NaN for ratios whose denominator depends on the plan."""
    by_node: dict[tuple[str, str], Array] = {}
    for block, where in rows.each():
        per_unit = np.full(len(block.limit), np.nan) if block.has_plan_denominator else block.base
        at = by_node.setdefault((block.name, block.side), np.zeros(len(rows.tree)))
        np.add.at(at, block.node, block.sign * prices[where] * per_unit)
    return by_node
