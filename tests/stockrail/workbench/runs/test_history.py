"""What is kept of how plan and bound came closer: only what is better, and never more than some points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.workbench.runs.history import HISTORY, MOST_POINTS, Point, extended, points_of


def _told(seconds: float, rows: list[list[float | None]]) -> dict[str, object]:
    return {"seconds": seconds, HISTORY: rows}


def test_a_point_is_added_where_something_is_better() -> None:
    """First a bound alone, then a plan, then nothing new at 3 s, then a better bound."""
    progress: dict[str, object] = {}
    for seconds, incumbent, bound in (
        (1.0, None, 120.0), (2.0, 100.0, 120.0), (3.0, 100.0, 120.0), (4.0, 100.0, 110.0),
    ):  # fmt: skip
        progress = _told(seconds, extended(progress, seconds, incumbent, bound))
    assert points_of(progress) == [
        Point(1.0, None, 120.0),
        Point(2.0, 100.0, 120.0),
        Point(4.0, 100.0, 110.0),
    ]


def test_before_anything_is_known_there_is_no_point() -> None:
    """A run that reads its inputs has neither plan nor bound."""
    assert extended(None, 0.5, None, None) == []
    assert points_of(None) == []
    assert points_of({"seconds": 3.0}) == []


def test_an_attempt_that_begins_anew_forgets_what_counts_no_longer() -> None:
    """The engine has changed: the run is at second 0 again, and what was proven at 5 s is no longer proven."""
    said = _told(0.0, [[5.0, 100.0, 110.0]])
    assert points_of(said) == []
    assert extended(said, 1.0, 100.0, 130.0) == [[1.0, 100.0, 130.0]]


@given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=600))
def test_however_many_there_are_few_are_kept(steps: list[float]) -> None:
    """In order, with the first and the last one, at most `MOST_POINTS`."""
    progress: dict[str, object] = {}
    seconds = 0.0
    for number, step in enumerate(steps):
        seconds += step
        progress = _told(round(seconds, 3), extended(progress, seconds, float(number), 1e6 - number))
    points = points_of(progress)
    assert len(points) <= MOST_POINTS
    assert [point.seconds for point in points] == sorted(point.seconds for point in points)
    assert (points[0].incumbent, points[-1].incumbent) == (0.0, len(steps) - 1.0)


def test_121_points_become_61() -> None:
    """Points 0 to 120: every other one, which are 0, 2, ..., 120."""
    progress: dict[str, object] = {}
    for number in range(MOST_POINTS + 1):
        progress = _told(float(number), extended(progress, float(number), float(number), 1e6))
    assert [point.incumbent for point in points_of(progress)] == pytest.approx(list(range(0, 121, 2)))
