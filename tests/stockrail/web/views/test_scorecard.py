"""The scorecard that pages and scripts show, with the numbers of docs/scorecard.md."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.web.views import scorecard
from stockrail.web.views.scorecard import MetricRow, ScorecardView
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened
from tests.stockrail.workbench.people import PEOPLE

SECOND_QUARTER = dt.date(2027, 5, 1)


def row_of(view: ScorecardView, name: str, scope: str = "") -> MetricRow:
    """One row."""
    rows = (*view.scopes, *(row for group in view.groups for row in group.rows))
    return next(row for row in rows if (row.name, row.scope) == (name, scope))


def test_numbers_of_the_example(store: Store, tmp_path: Path) -> None:
    """10 of 50 units were short, all by the importer; EUR 200 of gross margin and 60 of premium freight were controllable."""
    run = what_happened.quarter(store, tmp_path / "actuals")
    view = scorecard.view(store, SECOND_QUARTER)
    assert (view.run_id, view.first_day, view.last_day) == (run, dt.date(2027, 3, 18), dt.date(2027, 5, 29))
    fill = row_of(view, "fill_rate")
    assert (fill.last_quarter, fill.actual) == pytest.approx((1.0, 40 / 50))
    assert fill.plan is not None and fill.market is not None
    assert fill.plan + fill.market == pytest.approx(1)
    assert fill.controllable == pytest.approx(-0.2)
    assert fill.is_better_than_plan is False
    assert row_of(view, "gross_margin").controllable == pytest.approx(-200)
    freight = row_of(view, "premium_freight")
    assert (freight.plan, freight.actual, freight.market, freight.controllable) == (0, 60, 0, 60)
    assert row_of(view, "fill_rate", "segment seasonal").actual == pytest.approx(20 / 30)
    assert row_of(view, "lead_time", "supplier importer").actual == pytest.approx(98)
    assert any(line.startswith("Overtime: spend.csv has no overtime") for line in view.missing)


def test_quarters_to_choose_from(store: Store, tmp_path: Path) -> None:
    """Demand is known from 4 January to 18 March: one quarter by its days, of which the last period ends in the second.

    The period of 18 March ends on 29 May, so the scorecard of that day is of the second quarter; both can be chosen.
    """
    what_happened.quarter(store, tmp_path / "actuals")
    quarters = scorecard.view(store).quarters
    assert [(one.first_day, one.is_shown) for one in quarters] == [
        (dt.date(2027, 4, 1), True), (dt.date(2027, 1, 1), False),
    ]  # fmt: skip


def test_what_was_promised(store: Store, tmp_path: Path) -> None:
    """A commitment of governance.yaml of 95% stands beside the 66.7% of the segment, and beside no other metric."""
    what_happened.quarter(store, tmp_path / "actuals")
    rule = (
        "\nrules:\n- {rule: season, kind: service_commitment, segment: seasonal, least_fill_rate: 0.95, owner: executive, "
        "waits_for: decide, due_working_days: 5, is_blocking: no}\n"
    )
    text = default_text(PEOPLE)
    assert text.count("\nrules:\n") == 1
    store.governance_file.write_text(text.replace("\nrules:\n", rule), encoding="utf-8")
    view = scorecard.view(store, SECOND_QUARTER)
    promised = row_of(view, "fill_rate", "segment seasonal")
    assert (promised.promised, promised.promised_by) == (0.95, "rule season")
    assert {row.scope for row in view.scopes if row.promised is not None} == {"segment seasonal"}


def test_charts_are_those_of_the_html_page(store: Store, tmp_path: Path) -> None:
    """The split of every metric, and days of supply by segment."""
    what_happened.quarter(store, tmp_path / "actuals")
    assert [chart.key for chart in scorecard.made(store, SECOND_QUARTER).charts] == ["split", "segments"]


def test_it_is_made_again_when_actuals_come(store: Store, tmp_path: Path) -> None:
    """Kept while nothing changes; an import makes it anew."""
    what_happened.quarter(store, tmp_path / "actuals")
    first = scorecard.made(store, SECOND_QUARTER)
    assert scorecard.made(store, SECOND_QUARTER) is first
    assert scorecard.is_ready(store, SECOND_QUARTER, None)
    what_happened.import_texts(
        store, tmp_path / "more", {"spend.csv": "account,date,money\novertime,2027-05-29,0\n"}
    )
    assert not scorecard.is_ready(store, SECOND_QUARTER, None)
    assert row_of(scorecard.view(store, SECOND_QUARTER), "overtime").actual == 0


def test_without_an_approved_plan_it_says_what_to_do(store: Store) -> None:
    """There is nothing that actuals could be held against."""
    with pytest.raises(StateError, match="No plan has been approved"):
        scorecard.view(store)
