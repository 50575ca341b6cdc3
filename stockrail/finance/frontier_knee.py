"""The knee of a frontier: where it bends most."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Knee:
    """Where a frontier bends most.

    Attributes
    ----------
    limit, objective : the point of the frontier.
    above_chord : money by which it lies above the straight line between the frontier's ends.
    slope_before, slope_after : what a unit of limit earns on average from the lower end to the knee, and from there on.
    """

    limit: float
    objective: float
    above_chord: float
    slope_before: float
    slope_after: float


def find_knee(limits: Sequence[float], objectives: Sequence[float]) -> Knee | None:
    """The point of the concave hull that lies furthest from the chord between its ends; None without a bend.

    The distance is measured upwards: the axes have units of their own, and whatever they are, the same point is furthest.
    """
    hull = concave_hull(limits, objectives)
    if len(hull) < 3:
        return None
    (left, low), (right, high) = hull[0], hull[-1]
    slope = (high - low) / (right - left)
    knee, top = max(hull[1:-1], key=lambda point: point[1] - low - slope * (point[0] - left))
    return Knee(
        limit=knee,
        objective=top,
        above_chord=top - low - slope * (knee - left),
        slope_before=(top - low) / (knee - left),
        slope_after=(high - top) / (right - knee),
    )


def concave_hull(limits: Sequence[float], objectives: Sequence[float]) -> list[tuple[float, float]]:
    """Corners of the least concave function above all points, by rising limit."""
    best: dict[float, float] = {}
    for limit, objective in zip(limits, objectives, strict=True):
        best[limit] = max(objective, best.get(limit, objective))
    hull: list[tuple[float, float]] = []
    for x, y in sorted(best.items()):
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2], hull[-1]
            if (y1 - y0) * (x - x1) > (y - y1) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull
