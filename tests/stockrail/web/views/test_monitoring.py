"""Monitoring and drift that pages and scripts show, with the numbers of docs/monitoring.md."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.web.views import drift, happened, monitoring
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened


def test_numbers_of_the_example(store: Store, tmp_path: Path) -> None:
    """55 kettles where 30 were expected; an importer 14.6 days late; stock of 460 where the plan has 154.17; 120 of expediting."""
    run = what_happened.monitored(store, tmp_path / "actuals")
    view = monitoring.view(store, "ben")
    assert (view.run_id, view.periods, view.last_day) == (run, 3, dt.date(2027, 8, 10))
    assert (view.demands_known, view.demands_outside) == (9, 3)
    assert view.demands_outside_by_chance == pytest.approx(0.9)
    assert [(one.rule, one.money) for one in view.broken] == [
        ("lead time drift", 700),
        ("demand outside the fan", 500),
        ("inventory off plan", pytest.approx(305.83, abs=0.01)),
        ("expediting above plan", 120),
        ("supplier on time", 100),
    ]
    assert [one.kind for one in view.triggers] == ["monthly", "off-cycle", "off-cycle", "off-cycle"]
    [kettle] = view.outside
    assert (kettle.item, kettle.above, kettle.below, kettle.money) == ("kettle", 3, 0, 500)
    importer = view.suppliers[0]
    assert (importer.supplier, importer.lead_time, importer.on_time) == ("importer", "longer", 0.8)
    assert importer.observed_days == pytest.approx(87.6)
    [everything] = [one for one in view.stock if not one.segment]
    assert (everything.actual, everything.plan) == pytest.approx((460, 154.17), abs=0.01)
    assert next(one for one in view.spend if one.account == "expedite").difference == 120
    [total] = [one for one in view.errors if one.level == "all"]
    assert (total.bias, total.chance) == pytest.approx((0.267, 0.001), abs=5e-4)


def test_who_may_do_something_about_it(store: Store, tmp_path: Path) -> None:
    """Ben may open exceptions and ask for a run, dora neither; she has no permission for actuals and runs."""
    what_happened.monitored(store, tmp_path / "actuals")
    ben, dora = (monitoring.view(store, name) for name in ("ben", "dora"))
    assert (ben.may_open, ben.may_start) == (True, True)
    assert (dora.may_open, dora.may_start) == (False, False)


def test_without_a_plan_it_says_what_to_do(store: Store) -> None:
    """Nothing is broken, nothing is seen, and the note names the next step."""
    view = monitoring.view(store, "ben")
    assert view.run_id is None and view.broken == ()
    assert view.notes[0].startswith("No plan is approved yet")


def test_drift_of_the_example(store: Store, tmp_path: Path) -> None:
    """Receipts of the importer's fans took 87.6 days on average by shipment, weighted by units 88.6 where 73 are stated.

    Units: 5 each after 88, 84 and 84 days, 10 after 91 and 10 after 91: (5 * 256 + 10 * 182) / 35 = 88.57, which is within the half
    period of tolerance.
    """
    what_happened.monitored(store, tmp_path / "actuals")
    view = drift.view(store, "ben", first=dt.date(2027, 1, 1), last=dt.date(2027, 8, 10))
    rows = {(check.check, row.subject): row for check in view.checks for row in check.rows}
    lead = rows["lead_time_days", "fan"]
    assert (lead.stated, lead.is_beyond) == (73, False)
    assert lead.found == pytest.approx(88.571, abs=0.001)
    assert [one.title for one in view.not_checked] == ["payment terms in days", "segment"]


def test_drift_without_actuals(store: Store) -> None:
    """There is nothing to compare with."""
    with pytest.raises(NotFoundError, match="no receipts and no spend"):
        drift.view(store, "ben")


def test_what_makes_them_stale(store: Store, tmp_path: Path) -> None:
    """An approval and an import change the tag, and the words say who did it; looking does not."""
    assert happened.seen(store) == "actuals.-.-"
    assert happened.changed_words(store) == "This is not what the page showed."
    facts = happened.facts_of(store)
    what_happened.monitored(store, tmp_path / "actuals")
    assert happened.facts_of(store) != facts
    assert happened.changed_words(store) == (
        "anna imported actuals at 2027-08-16 12:00:00 UTC; paula approved the plan of run 1 at 2026-12-28 12:00:00 UTC."
    )
    tag, facts = happened.seen(store), happened.facts_of(store)
    monitoring.view(store, "ben")
    assert (happened.seen(store), happened.facts_of(store)) == (tag, facts)
