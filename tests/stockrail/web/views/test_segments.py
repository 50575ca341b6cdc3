"""Segments of a plan: what the page says of each, with the numbers of three items solved by hand."""

import pytest

from stockrail.web.views import item, segments
from stockrail.web.views.segments import SegmentRow
from stockrail.workbench.calibrations.decisions import decide
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from tests.stockrail.web.stated_plans import BY_HAND, add_plan
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example

HORIZON_DAYS = 3 * 73


def by_name(store: Store, run: int) -> dict[str, SegmentRow]:
    return {row.segment: row for row in segments.view(store, run).segments}


def test_what_a_plan_means_for_its_segments(store: Store) -> None:
    """Each of the three items is a segment of its own; margins are those of instances/three-items/README.md."""
    run = add_plan(store, 1, BY_HAND)
    view = segments.view(store, run)
    rows = by_name(store, run)
    # Kettle: 20, 10 and 0 units of value 10 at the end of the periods, so 100 on average. 30 units are served: 300 in 219 days.
    steady = rows["steady"]
    assert steady.expected_margin == pytest.approx(289)
    assert steady.inventory_value == pytest.approx(100)
    assert steady.days_of_stock == pytest.approx(100 / (300 / HORIZON_DAYS))
    assert steady.turns == pytest.approx(300 * 365 / HORIZON_DAYS / 100)
    assert steady.fill_rate == 1
    # Fan: 0, then 400 in one of two cases, then 0, so 200 / 3 on average; 45 units of value 20 are served.
    seasonal = rows["seasonal"]
    assert seasonal.expected_margin == pytest.approx(1090)
    assert seasonal.inventory_value == pytest.approx(200 / 3)
    assert seasonal.turns == pytest.approx(900 * 365 / HORIZON_DAYS / (200 / 3))
    # Filter: 100.42, 54.17 and 5 * 3.989 on average.
    noisy = rows["noisy"]
    assert noisy.expected_margin == pytest.approx(171.81, abs=0.005)
    assert noisy.inventory_value == pytest.approx((100.42 + 54.17 + 19.95) / 3, abs=0.01)
    assert view.expected_margin == pytest.approx(1550.81, abs=0.005)
    assert view.inventory_value == pytest.approx(sum(row.inventory_value for row in rows.values()))
    assert (view.items, view.kind, view.currency) == (3, "plan", "EUR")


def test_without_targets_nothing_is_said_of_them(store: Store) -> None:
    """Missing is not zero."""
    for row in by_name(store, add_plan(store, 1, BY_HAND)).values():
        assert (row.old, row.new, row.accepted) == (None, None, None)


def test_targets_of_today_and_those_that_were_accepted(store: Store) -> None:
    """Staples have 100 bulbs of value 7, 40 lamps of 26.75 and 400 cables of 3 today; z0.5 with 661.35 was accepted (docs/calibration.md)."""
    baseline = add_example(store)
    run = add_calibration(store, baseline)
    decision = decide(store, "ben", run, "staples", "accepted", "Less stock.")
    row = by_name(store, run)["staples"]
    assert row.old is not None
    assert row.old.safety_stock_value == pytest.approx(100 * 7 + 40 * 26.75 + 400 * 3)
    # Mean demand is 100, 40 and 200 a week: 100 * 7 + 40 * 26.75 + 200 * 3 = 2,370 of money in 7 days.
    assert row.old.safety_stock_days == pytest.approx(2970 / (2370 / 7))
    assert row.new is not None
    assert (row.new.option, row.new.safety_factor) == ("z0.5", 0.5)
    assert row.new.safety_stock_value == pytest.approx(661.35, abs=0.005)
    assert row.new.safety_stock_days == pytest.approx(2.0, abs=0.05)
    assert row.accepted is not None
    assert (row.accepted.run_id, row.accepted.by, row.accepted.at) == (run, "ben", decision.at)
    assert by_name(store, run)["extras"].new is None


def test_items_come_with_the_most_money_first(store: Store) -> None:
    """Kettle 100, fan 66.67, filter 58.18; of a segment only its own."""
    run = add_plan(store, 1, BY_HAND)
    view = segments.items_view(store, run)
    assert [row.item for row in view.items] == ["kettle", "fan", "filter"]
    kettle = view.items[0]
    assert kettle.inventory_value == pytest.approx(100)
    assert kettle.days_of_stock == pytest.approx(73)
    assert kettle.turns == pytest.approx(5)
    assert kettle.expected_margin == pytest.approx(289)
    assert kettle.today_units is None
    assert [row.item for row in segments.items_view(store, run, "noisy").items] == ["filter"]


def test_an_item_without_receipts_has_no_safety_stock(store: Store) -> None:
    """Nothing of the filter is ordered, so nothing is received: missing is not zero, here as on the page of the item."""
    run = add_plan(store, 1, {name: lots for name, lots in BY_HAND.items() if name != "filter"})
    filter_ = next(row for row in segments.items_view(store, run).items if row.item == "filter")
    assert (filter_.safety_stock_units, filter_.safety_stock_value) == (None, None)
    assert item.view(store, run, "filter").safety_stock_units is None


def test_what_is_not_there(store: Store) -> None:
    """Another segment, a run without a plan, no run: each says so."""
    run = add_plan(store, 1, BY_HAND)
    with pytest.raises(NotFoundError, match="segment 'spares': there are steady, seasonal, noisy"):
        segments.items_view(store, run, "spares")
    with pytest.raises(NotFoundError, match="no run 99"):
        segments.view(store, 99)
    running = add_calibration(store, 1, state="running", without=("rule/orders.csv",))
    with pytest.raises(NotFoundError, match=f"Run {running} has no plan to look at: it is running"):
        segments.view(store, running)
