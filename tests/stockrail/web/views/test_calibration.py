"""A calibration as a page shows it, with the numbers of docs/calibration.md."""

import pytest

from stockrail.web.views import calibration, calibration_items, calibrations
from stockrail.web.views.proposed_segment import ProposedSegment
from stockrail.workbench.calibrations.decisions import decide
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from tests.stockrail.web.stated_plans import BY_HAND, add_plan
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example


@pytest.fixture
def run(store: Store) -> int:
    return add_calibration(store, add_example(store))


def segment(store: Store, run: int, name: str, actor: str = "ben") -> ProposedSegment:
    return next(row for row in calibration.view(store, actor, run).segments if row.segment == name)


def test_old_and_new_targets_of_a_segment(store: Store, run: int) -> None:
    """Staples: today 2,970 of safety stock (see test_segments), z0.5 has 661; stock 3,775; fill rate 98.6 %."""
    staples = segment(store, run, "staples")
    assert (staples.items, staples.option, staples.safety_factor) == (3, "z0.5", 0.5)
    assert staples.service_level == pytest.approx(0.691, abs=0.0005)
    assert staples.old.safety_stock_value == pytest.approx(2970)
    assert staples.new.safety_stock_value == pytest.approx(661.35, abs=0.005)
    assert staples.new.inventory_value == pytest.approx(3775.10, abs=0.005)
    assert staples.new.fill_rate == pytest.approx(0.986, abs=0.0005)
    assert staples.decision is None
    assert staples.replaces is None


def test_money_of_the_changes(store: Store, run: int) -> None:
    """Own margins of staples: cable +215.69, bulb -13.90, lamp -104.72, together +97.07; of all items +223.95."""
    view = calibration.view(store, "ben", run)
    staples, extras = view.segments
    assert staples.margin_change == pytest.approx(215.69 - 13.90 - 104.72, abs=0.02)
    # vase +59.60, shade +67.48, timer -0.21.
    assert extras.margin_change == pytest.approx(59.60 + 67.48 - 0.21, abs=0.02)
    assert view.margin_change == pytest.approx(223.95, abs=0.005)
    for row in view.segments:
        assert row.worth_change is not None
        assert sum(row.sources.values()) == pytest.approx(row.worth_change)


def test_reasons_come_with_the_largest_worth_first(store: Store, run: int) -> None:
    """Cable 215.69, bulb -13.90 + 228.23 = 214.33, lamp -104.72 + 152.72 = 48.00."""
    staples = segment(store, run, "staples")
    assert [row.item for row in staples.reasons] == ["cable", "bulb", "lamp"]
    assert [row.worth_change for row in staples.reasons] == pytest.approx([215.69, 214.33, 48.00], abs=0.02)
    assert "covers most surprises" in staples.reasons[0].reason
    assert staples.changed_items == 3


def test_the_price_of_service_and_departures(store: Store, run: int) -> None:
    """Extras: a point more costs 7.54 from 69.1 to 84.1 %, so 113 in all; the vase departs and earns 47.26 by it."""
    extras = segment(store, run, "extras")
    higher, lower = extras.neighbours
    assert (higher.direction, higher.option, lower.option) == ("higher", "z1", "z0")
    assert higher.worth_change == pytest.approx(-7.54 * (84.13 - 69.15), abs=0.5)
    assert lower.worth_change == pytest.approx(-2.36 * (69.15 - 50.0), abs=0.5)
    view = calibration.view(store, "ben", run)
    assert [(row.item, row.option, row.segment_option) for row in view.departures] == [("vase", "z1", "z0.5")]
    assert view.departures[0].worth_change == pytest.approx(47.26, abs=0.005)
    assert extras.departures == 1


def test_who_may_decide(store: Store, run: int) -> None:
    """Ben and Carla may; Anna asked for it, and would need the permission as well; Dora does not have it."""
    assert calibration.view(store, "ben", run).may_decide
    assert calibration.view(store, "carla", run).may_decide
    dora = calibration.view(store, "dora", run)
    assert (dora.may_decide, dora.cannot_decide) == (False, "Decided on by supply_planning, finance.")
    own = add_calibration(store, 2, requested_by="ben")
    assert calibration.view(store, "ben", own).cannot_decide.startswith("You asked for this calibration")


def test_decisions_are_shown_with_who_and_why(store: Store, run: int) -> None:
    """What was decided, what it replaces, and a tag that changes with it."""
    seen = segment(store, run, "staples").seen
    first = decide(store, "ben", run, "staples", "accepted", "Less stock.")
    staples = segment(store, run, "staples")
    assert staples.decision is not None
    assert (staples.decision.verdict, staples.decision.by, staples.decision.reason) == (
        "accepted",
        "ben",
        "Less stock.",
    )
    assert staples.replaces is None
    assert staples.seen != seen
    later = add_calibration(store, 2)
    again = segment(store, later, "staples")
    assert again.decision is None
    assert again.replaces is not None
    assert again.replaces.number == first.id
    view = calibration.view(store, "ben", run)
    assert (view.accepted, view.rejected) == (1, 0)


def test_a_calibration_without_targets(store: Store) -> None:
    """One that has not finished has nothing to decide on, and says how it stands."""
    run = add_calibration(store, add_example(store), state="running", without=("targets.csv",))
    view = calibration.view(store, "ben", run)
    assert (view.has_targets, view.state, view.segments) == (False, "running", ())
    assert (view.may_decide, view.cannot_decide.startswith("The run is running")) == (False, True)
    plan = add_plan(store, 1, BY_HAND)
    with pytest.raises(NotFoundError, match=f"Run {plan} is a plan run, not a calibration"):
        calibration.view(store, "ben", plan)


def test_items_of_a_calibration(store: Store, run: int) -> None:
    """Those with the largest worth first, all of them or of one segment."""
    view = calibration_items.view(store, run)
    assert view.knows_today
    # The order of docs/calibration.md: vase 59.60 + 165.27, shade 67.48 + 149.91, then cable, bulb, lamp, timer.
    assert [row["item"] for row in view.items] == ["vase", "shade", "cable", "bulb", "lamp", "timer"]
    worth = [abs(row["worth_change"]) for row in view.items]
    assert worth == sorted(worth, reverse=True)
    assert {row["item"] for row in calibration_items.view(store, run, "extras").items} == {
        "shade",
        "vase",
        "timer",
    }
    with pytest.raises(NotFoundError, match="no segment 'spares'"):
        calibration_items.view(store, run, "spares")


def test_the_list_counts_decisions(store: Store, run: int) -> None:
    """Two segments, one accepted; the targets in force name who and why."""
    decide(store, "carla", run, "extras", "accepted", "The bank likes it.")
    later = add_calibration(store, 2)
    view = calibrations.view(store, "ben")
    assert [row.run_id for row in view.calibrations] == [later, run]
    assert [(row.segments, row.accepted, row.rejected) for row in view.calibrations] == [(2, 0, 0), (2, 1, 0)]
    [in_force] = view.in_force
    assert (in_force.segment, in_force.run_id, in_force.by, in_force.role) == (
        "extras",
        run,
        "carla",
        "finance",
    )
    assert in_force.safety_stock_value == pytest.approx(660.25, abs=0.005)
    assert view.may_start
    assert not calibrations.view(store, "edna").may_start
