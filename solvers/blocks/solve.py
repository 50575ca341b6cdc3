"""Solve an instance block by block: on this process, on processes of this machine, or on a cluster."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import Array, ScenarioTree
from stockrail.solvers.blocks.processes import Processes
from stockrail.solvers.blocks.search import BlockSearch, BlocksFound
from stockrail.solvers.blocks.shared import SharedPool, SharedRows, shared_rows
from stockrail.solvers.blocks.split import BLOCK_ITEMS, Split, split
from stockrail.solvers.blocks.workers import InProcess, Workers
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.result import SolutionStatus, SolveOptions, SolveResult, TerminationReason


def solve_in_blocks(
    instance: Instance, tree: ScenarioTree, options: SolveOptions, block_items: int = BLOCK_ITEMS
) -> SolveResult:
    """Solve an instance of any size to a proven gap, on `options.workers` processes.

    Raises
    ------
    ValueError
        If a guardrail holds by chance: which nodes to let go is not decided block by block.
    """
    began = time.perf_counter()
    by_chance = [row.guardrail for row in instance.guardrails if row.holds == "chance"]
    if by_chance:
        raise ValueError(
            f"Guardrails {', '.join(by_chance)} hold by chance, which solving in blocks cannot do: "
            "use the solver `decomposition`."
        )
    parts = split(instance, tree, options.seed, block_items)
    with _workers(parts, options.workers) as workers:
        rows = shared_rows(instance, parts, workers)

        def is_over() -> bool:
            return options.is_cancelled() or time.perf_counter() - began > options.time_limit

        pool = SharedPool(parts, workers, len(rows), [], is_over)
        search = BlockSearch(pool, rows, options, began)
        found = search.run()
        return _result(pool, rows, found, search.seconds, options)


@contextmanager
def _workers(parts: Split, count: int) -> Iterator[Workers]:
    workers: Workers = InProcess(parts) if count == 1 else Processes(parts, count)
    try:
        yield workers
    finally:
        workers.close()


def _result(
    pool: SharedPool, rows: SharedRows, found: BlocksFound, seconds: dict[str, float], options: SolveOptions
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
