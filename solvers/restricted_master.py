"""The restricted master as an integer program: the best choice of one known plan per item, where that is small."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from stockrail.model.tree import Array, IntArray
from stockrail.solvers.highs import INFINITY, StandardForm, solve_mip

MOST_ENTRIES = 400_000
"""Items times candidates times rows up to which the program is worth solving."""


def choose(
    cost: Array,
    usage: Array,
    limits: Array,
    soft_prices: Array,
    *,
    time_limit: float,
    seed: int,
    is_cancelled: Callable[[], bool],
) -> IntArray | None:
    """Choose a candidate for each item so that cost plus soft penalties is least and hard rows hold.

    Parameters
    ----------
    cost : [candidates, items].
    usage : [candidates, items, rows].
    limits : [rows].
    soft_prices : [rows], cost per unit beyond the limit, infinite for hard rows.

    Returns
    -------
    The candidate of each item [items], or None where none was found in time or none exists.
    """
    candidates, items = cost.shape
    soft = np.flatnonzero(np.isfinite(soft_prices))
    scale = np.maximum(np.abs(limits), 1.0)
    one_each = sp.csr_matrix(np.tile(np.eye(items), candidates))
    used = sp.csr_matrix((usage.reshape(candidates * items, -1) / scale).T)
    excess = sp.csr_matrix(
        (-np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(len(limits), len(soft))
    )
    nothing = sp.csr_matrix((items, len(soft)))
    chosen = candidates * items
    solution = solve_mip(
        StandardForm(
            matrix=sp.csc_matrix(sp.vstack([sp.hstack([one_each, nothing]), sp.hstack([used, excess])])),
            cost=np.concatenate([cost.ravel(), soft_prices[soft] * scale[soft]]),
            lower=np.zeros(chosen + len(soft)),
            upper=np.concatenate([np.ones(chosen), np.full(len(soft), INFINITY)]),
            row_lower=np.concatenate([np.ones(items), np.full(len(limits), -INFINITY)]),
            row_upper=np.concatenate([np.ones(items), limits / scale]),
            is_integer=np.arange(chosen + len(soft)) < chosen,
        ),
        time_limit=time_limit,
        gap=1e-6,
        seed=seed,
        is_cancelled=is_cancelled,
    )
    if solution.x is None:
        return None
    return np.asarray(solution.x[:chosen].reshape(candidates, items).argmax(axis=0), dtype=np.int64)
