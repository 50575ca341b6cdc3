"""Choose a few points that stand for many: forward selection, refined by k-means."""

import numpy as np
from numpy.typing import NDArray

from stockrail.model.tree import Array

MOST_CANDIDATES = 400
"""Points among which forward selection chooses; more of them change little and cost the square."""

MOST_ROUNDS = 50
"""Rounds of k-means at most; it ends earlier where nothing changes."""


def cluster(points: Array, count: int, least_members: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Put points into at most `count` clusters of at least `least_members` each.

    Forward selection picks, one by one, the point that brings all points nearest to a picked one (Heitsch and Romisch 2003,
    algorithm 2.4, with distance squared); k-means then moves each centre to the mean of its points. A cluster that is too small is
    given to the others.

    Parameters
    ----------
    points : [points, features]
    count, least_members : at least 1.

    Returns
    -------
    labels [points], 0 to the number of clusters less one, in ascending order of the sum of the centre's features.
    """
    if count < 1 or least_members < 1:
        raise ValueError(f"Expected at least 1 cluster and 1 member, got {count} and {least_members}.")
    count = max(1, min(count, len(points) // least_members))
    centres = points[forward_selection(points, count, random)]
    labels = nearest(points, centres)
    for _ in range(MOST_ROUNDS):
        sizes = np.bincount(labels, minlength=len(centres))
        if sizes.min() < least_members and len(centres) > 1:
            # Only the smallest goes, as its points may fill up another one.
            centres = np.delete(centres, sizes.argmin(), axis=0)
        else:
            centres = np.array([points[labels == k].mean(axis=0) for k in range(len(centres))])
        before, labels = labels, nearest(points, centres)
        if np.array_equal(before, labels):
            break
    while len(centres) > 1 and (sizes := np.bincount(labels, minlength=len(centres))).min() < least_members:
        centres = np.delete(centres, sizes.argmin(), axis=0)
        labels = nearest(points, centres)
    used, labels = np.unique(labels, return_inverse=True)
    order = np.argsort(centres[used].sum(axis=1), kind="stable")
    return np.asarray(np.argsort(order)[labels], dtype=np.int64)


def forward_selection(points: Array, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Positions of `count` different points, each of which lowers the mean squared distance to a chosen one the most."""
    candidates = np.arange(len(points))
    if len(points) > MOST_CANDIDATES:
        candidates = np.sort(random.choice(len(points), MOST_CANDIDATES, replace=False))
    distance = squared_distances(points[candidates], points)
    chosen: list[int] = []
    least = np.full(len(points), np.inf)
    for _ in range(min(count, len(candidates))):
        total = np.minimum(distance, least).sum(axis=1)
        total[chosen] = np.inf
        chosen.append(int(total.argmin()))
        least = np.minimum(least, distance[chosen[-1]])
    return np.asarray(candidates[chosen])


def nearest(points: Array, centres: Array) -> NDArray[np.int64]:
    """Position of the nearest centre of each point [points]; the first of several that are as near."""
    return np.asarray(squared_distances(points, centres).argmin(axis=1), dtype=np.int64)


def squared_distances(left: Array, right: Array) -> Array:
    """Squared distance of each point on the left to each on the right [left, right]."""
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2.0 * left @ right.T
    return np.asarray(np.maximum(squares, 0.0))
