"""Have a plan of very many items checked by code that shares nothing with the engine, some items at a time, on processes."""

import csv
import signal
import tempfile
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.in_parts import CheckedPart, CheckInParts, Part, Valued

ITEMS_AT_ONCE = 1000
"""Items that are checked together."""


def checked(
    instance: Instance, tree: ScenarioTree, plan: IntArray, tell: Callable[[str], None], workers: int = 1
) -> Valued:
    """Value a plan by code that shares nothing with the engine, from tables of its orders, some items at a time."""
    check = CheckInParts(instance, tree)
    parts = np.array_split(np.arange(len(instance.items)), -(-len(instance.items) // ITEMS_AT_ONCE))
    waiting: deque[Future[CheckedPart]] = deque()
    workers = min(workers, len(parts))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # Ctrl-C is this process's to answer; those that are started here never hear of it, not even while they import.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for _ in range(workers):
            pool.submit(int)
        signal.signal(signal.SIGINT, before)
        for number, members in enumerate(parts):
            waiting.append(pool.submit(checked_part, check.part(members), plan[members]))
            # A few parts are under way at a time, so that memory is for those only.
            if len(waiting) > 2 * workers:
                check.add(waiting.popleft().result())
            tell(f"{number + 1 - len(waiting)} of {len(parts)} parts")
        for future in waiting:
            check.add(future.result())
    return check.value()


def checked_part(part: Part, plan: IntArray) -> CheckedPart:
    """Check the plan of some items by way of a file of their orders."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "orders.csv"
        write_orders(part.instance, part.tree, plan, file)
        return part.check(file)


def write_orders(instance: Instance, tree: ScenarioTree, plan: IntArray, file: Path) -> None:
    """Write the orders of a plan as a table with columns item, node and lots."""
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tree.parent[1:]]
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("item", "node", "lots"))
        for i, node in zip(*np.nonzero(lots), strict=True):
            writer.writerow((instance.items[i].item, tree.names[node], int(lots[i, node])))
