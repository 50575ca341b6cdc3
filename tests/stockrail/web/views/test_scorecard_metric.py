"""One metric by segment and over quarters."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.web.views import scorecard_metric
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened

DAY = dt.date(2027, 5, 1)


def test_fill_rate_by_segment_and_quarter(store: Store, tmp_path: Path) -> None:
    """Everybody was served in the first quarter; in the second one 20 of 30 fans (docs/scorecard.md)."""
    what_happened.quarter(store, tmp_path / "actuals")
    view = scorecard_metric.view(store, "fill_rate", DAY)
    assert {row.scope: row.actual for row in view.scopes} == pytest.approx(
        {"segment steady": 1, "segment seasonal": 20 / 30, "segment noisy": 1}
    )
    assert [one.actual for one in view.quarters] == pytest.approx([1, 0.8])
    assert view.quarters[0].first_day == dt.date(2027, 1, 4)
    assert view.overall.actual == pytest.approx(0.8)


def test_charts_where_there_is_something_to_draw(store: Store, tmp_path: Path) -> None:
    """Fill rate has segments and two quarters; expediting has neither an actual nor segments."""
    what_happened.quarter(store, tmp_path / "actuals")
    assert set(scorecard_metric.charts(scorecard_metric.view(store, "fill_rate", DAY))) == {"scopes", "trend"}
    assert scorecard_metric.charts(scorecard_metric.view(store, "expedite", DAY)) == {}


def test_unknown_metric(store: Store) -> None:
    """Says which there are."""
    with pytest.raises(NotFoundError, match="no metric beauty: fill_rate, on_time_in_full"):
        scorecard_metric.view(store, "beauty")
