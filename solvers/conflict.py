"""A minimal conflict: guardrail sides that cannot hold together, while they can without any one of them."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

Side = tuple[str, str]
"""Guardrail and side, "upper" or "lower"."""


def minimal_conflict(
    candidates: Iterable[Side], is_feasible: Callable[[AbstractSet[Side]], bool]
) -> tuple[Side, ...]:
    """Leave candidates out one after the other, for good where the rest still cannot hold (a deletion filter).

    It asks as many questions as there are candidates, so seed it with those that a proof of infeasibility uses. Other
    orders of candidates can give other conflicts, each of them minimal.

    Parameters
    ----------
    candidates : guardrail sides that cannot all hold together; those named first are left out first.
    is_feasible : whether some plan keeps the sides it is given. Where it does not know, it should answer True: the
        conflict stays a conflict then, though it may no longer be minimal. It is never asked about no side at all.

    Returns
    -------
    tuple of sides in the order of `candidates`; all of them where they can hold together after all.
    """
    conflict = list(dict.fromkeys(candidates))
    for side in tuple(conflict):
        rest = [other for other in conflict if other != side]
        if rest and not is_feasible(frozenset(rest)):
            conflict = rest
    return tuple(conflict)
