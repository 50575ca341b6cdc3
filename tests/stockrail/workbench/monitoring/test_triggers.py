"""When to plan again."""

import datetime as dt
from typing import Any

import pytest

from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.monitoring.triggers import Trigger, cycle, triggers
from tests.stockrail.workbench.governance.files import governance_with

PACKAGED = governance_with()
"""Its forecast update is on the fifth working day of a month: 7 January 2027, a Thursday, and 5 February, a Friday."""

UPDATE = dt.date(2027, 2, 5)


@pytest.mark.parametrize(
    ("last_plan", "today", "due_since", "next_day"),
    [
        (dt.date(2027, 1, 20), dt.date(2027, 2, 4), None, UPDATE),
        (dt.date(2027, 1, 20), UPDATE, UPDATE, dt.date(2027, 3, 5)),
        (dt.date(2027, 1, 20), dt.date(2027, 2, 20), UPDATE, dt.date(2027, 3, 5)),
        (UPDATE, dt.date(2027, 2, 20), None, dt.date(2027, 3, 5)),  # planned on the day of the update
        (dt.date(2027, 1, 7), dt.date(2027, 2, 4), None, UPDATE),
        (dt.date(2027, 1, 6), dt.date(2027, 2, 4), dt.date(2027, 1, 7), UPDATE),
        (None, dt.date(2027, 2, 4), dt.date(2027, 1, 7), UPDATE),
    ],
)
def test_monthly(
    last_plan: dt.date | None, today: dt.date, due_since: dt.date | None, next_day: dt.date
) -> None:
    """Due from an update on, until there is a plan of that day or later."""
    where = cycle(PACKAGED, last_plan, today)
    assert (where.due_since, where.next_day, where.next_event) == (due_since, next_day, "forecast update")
    assert where.due_event == ("" if due_since is None else "forecast update")


def test_without_events_nothing_is_monthly() -> None:
    """A calendar without a forecast update has no rhythm."""
    where = cycle(governance_with(calendar={"events": []}), None, UPDATE)
    assert (where.due_since, where.next_event, where.next_day) == (None, None, None)


def broken(rule: str, **evidence: Any) -> Broken:
    """A broken rule."""
    return Broken(
        rule, "supplier V", "finance", "", 1.0, UPDATE, "a word", False, {"why": "7 days longer", **evidence}
    )


def test_reasons() -> None:
    """The monthly run with the plan before it, then rules with `replans: yes`; a late supplier alone is no reason."""
    where = cycle(PACKAGED, dt.date(2027, 1, 20), UPDATE)
    found = [broken("supplier on time"), broken("lead time drift")]
    assert triggers(PACKAGED, where, dt.date(2027, 1, 20), found) == [
        Trigger("monthly", "forecast update of 2027-02-05; the last plan is of 2027-01-20"),
        Trigger("off-cycle", "lead time drift: supplier V, 7 days longer"),
    ]
    [first] = triggers(PACKAGED, cycle(PACKAGED, None, UPDATE), None, [])
    assert first.reason == "forecast update of 2027-02-05; no plan has been made yet"
    assert triggers(PACKAGED, cycle(PACKAGED, UPDATE, UPDATE), UPDATE, found[:1]) == []
