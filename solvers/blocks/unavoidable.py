"""Hard limits that no plan keeps, each by itself, for items in blocks: each block says what its items use at least."""

from functools import reduce
from operator import add

from stockrail.model.rows import Rows
from stockrail.solvers.blocks.shared import SharedPool
from stockrail.solvers.explanation import unavoidable_error
from stockrail.solvers.unavoidable import Known, LeastUse, beyond, diagnosis_of


def refuse_at_once(pool: SharedPool, rows: Rows) -> None:
    """Before any search: say where limits cannot hold because of what is in stock, under way or fixed.

    Parameters
    ----------
    pool : all blocks.

    Raises
    ------
    InfeasibleError
        A hard limit is broken whatever is ordered.
    StoppedError
        The user or a limit said stop.
    """
    if not len(rows):
        return
    least = _least_use(pool)
    over = beyond(rows, least)
    if over.any():
        fewest = pool.ask(None)
        diagnosis = diagnosis_of(rows, least, over, [Known(fewest.usage.sum(axis=0))])
        raise unavoidable_error(rows.instance, diagnosis)


def cannot_hold(pool: SharedPool, rows: Rows) -> bool:
    """Whether a limit is broken whatever is ordered of some blocks of items."""
    return len(rows) > 0 and bool(beyond(rows, _least_use(pool)).any())


def _least_use(pool: SharedPool) -> LeastUse:
    """What plans of the pool's blocks use of rows at least."""
    parts: dict[int, LeastUse] = {}
    for number, answer in pool.workers.ask("least_use", (), pool.everyone):
        parts[number] = answer
        pool.check()
    # In the order of blocks, so that sums do not depend on who was faster.
    return reduce(add, (parts[number] for number in pool.numbers))
