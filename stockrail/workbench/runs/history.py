"""How plan and bound of a run have come closer, as far as it is kept: some points, however long the run goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_POINTS = 120
"""Points that are kept at most. Where there are more, every other one goes, so that the latest stay closest together."""

HISTORY = "history"
"""Name of the points within `progress` of a run."""


@dataclass(frozen=True)
class Point:
    """A moment at which plan or bound were better than before.

    Attributes
    ----------
    seconds : of the run, all attempts together.
    incumbent, bound : in money; None where there was none.
    """

    seconds: float
    incumbent: float | None
    bound: float | None


def points_of(progress: dict[str, Any] | None) -> list[Point]:
    """The points that a run has reported, the earliest first.

    Those after the run's own time belong to an earlier attempt whose bound counts no longer: an attempt that begins anew begins at
    second 0.
    """
    said = progress or {}
    now = float(said.get("seconds") or 0.0)
    return [Point(*row) for row in said.get(HISTORY) or [] if row[0] <= now]


def extended(
    progress: dict[str, Any] | None, seconds: float, incumbent: float | None, bound: float | None
) -> list[list[float | None]]:
    """The points of a run with one more, if anything is better than at the last one; as plain data.

    Parameters
    ----------
    progress : what the run has reported until now.
    seconds : of the run now.
    """
    now = round(seconds, 3)
    kept = [row for row in _rows(progress) if row[0] is not None and row[0] <= now]
    if kept and kept[-1][1:] == [incumbent, bound]:
        return kept
    if incumbent is None and bound is None:
        return kept
    return _thinned([*kept, [now, incumbent, bound]])


def _rows(progress: dict[str, Any] | None) -> Sequence[list[float | None]]:
    return (progress or {}).get(HISTORY) or []


def _thinned(rows: list[list[float | None]]) -> list[list[float | None]]:
    # The first point and the last one stay: the chart begins and ends with them.
    return rows if len(rows) <= MOST_POINTS else [*rows[:-1:2], rows[-1]]
