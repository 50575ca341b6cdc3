"""The decision table: each row with answers that fit it and no row above, and the docs page shows the same table."""

import itertools
import re
from pathlib import Path

import pytest

from stockrail.workbench.root_cause.classification import (
    CANDIDATES,
    TABLE,
    Answers,
    Assumption,
    Cause,
    Decided,
    Fault,
    Finding,
    Hindsight,
    Place,
    Shown,
    TableRow,
    at_fault,
    classify,
)
from stockrail.workbench.root_cause.explanation import NEXT

PAGE = Path(__file__).resolve().parents[4] / "docs" / "root-cause.md"

NOBODY = (Shown.NEVER, Decided.NOTHING)
"""No exception had pointed to it."""

ROWS = [
    # Known in time: what became of the exceptions decides, whatever else was wrong.
    (1, Shown.IN_TIME, Decided.NEVER, Hindsight.MISSES, Place.OUTSIDE, Assumption.DEMAND, Cause.NOT_DECIDED),
    (2, Shown.IN_TIME, Decided.LATE, Hindsight.HOLDS, Place.OUTSIDE, Assumption.COST, Cause.DECIDED_LATE),
    (3, Shown.IN_TIME, Decided.BY_OTHERS, Hindsight.UNKNOWN, Place.UNKNOWN, None, Cause.DECIDED_BY_OTHERS),
    (4, Shown.IN_TIME, Decided.AS_RULED, Hindsight.MISSES, Place.INSIDE, Assumption.DEMAND, Cause.DECIDED),
    # Nobody knew, or it was too late, or the decision was not due yet: an assumption was beyond every scenario.
    (5, *NOBODY, Hindsight.MISSES, Place.OUTSIDE, Assumption.DEMAND, Cause.DEMAND),
    (5, Shown.LATE, Decided.NOTHING, Hindsight.MISSES, Place.OUTSIDE, Assumption.DEMAND, Cause.DEMAND),
    (5, Shown.IN_TIME, Decided.WAITING, Hindsight.UNKNOWN, Place.OUTSIDE, Assumption.DEMAND, Cause.DEMAND),
    (6, *NOBODY, Hindsight.HOLDS, Place.OUTSIDE, Assumption.LEAD_TIME, Cause.LEAD_TIME),
    (7, *NOBODY, Hindsight.HOLDS, Place.OUTSIDE, Assumption.QUANTITY, Cause.QUANTITY),
    (8, *NOBODY, Hindsight.HOLDS, Place.OUTSIDE, Assumption.COST, Cause.COST),
    # It could have been known from the plan's own scenarios.
    (9, *NOBODY, Hindsight.MISSES, Place.INSIDE, Assumption.DEMAND, Cause.RISK_TAKEN),
    (9, *NOBODY, Hindsight.MISSES, Place.AS_ASSUMED, None, Cause.RISK_TAKEN),
    (10, *NOBODY, Hindsight.HOLDS, Place.INSIDE, Assumption.LEAD_TIME, Cause.RISK_TAKEN),
    (10, *NOBODY, Hindsight.UNKNOWN, Place.INSIDE, Assumption.DEMAND, Cause.RISK_TAKEN),
    # Everything was as assumed, and the plan as made would have held.
    (11, *NOBODY, Hindsight.HOLDS, Place.AS_ASSUMED, None, Cause.NOT_FOLLOWED),
    # Too little is known.
    (12, *NOBODY, Hindsight.HOLDS, Place.UNKNOWN, None, Cause.UNKNOWN),
    (12, *NOBODY, Hindsight.UNKNOWN, Place.AS_ASSUMED, None, Cause.UNKNOWN),
    (12, *NOBODY, Hindsight.UNKNOWN, Place.UNKNOWN, None, Cause.UNKNOWN),
]


@pytest.mark.parametrize(("row", "shown", "decided", "hindsight", "place", "assumption", "cause"), ROWS)
def test_each_row(
    row: int,
    shown: Shown,
    decided: Decided,
    hindsight: Hindsight,
    place: Place,
    assumption: Assumption | None,
    cause: Cause,
) -> None:
    """Answers that a row is about lead to its cause, and to no row above it."""
    assert classify(Answers(shown, decided, hindsight, Fault(assumption, place))) == (cause, row)


def test_every_row_decides_something() -> None:
    """No row is hidden by those above it, and the last one takes whatever is left."""
    assert {row for row, *_ in ROWS} == set(range(1, len(TABLE) + 1))
    every = itertools.product(Shown, Decided, Hindsight, Place, [None, *Assumption])
    reached = {classify(Answers(s, d, h, Fault(a, p)))[1] for s, d, h, p, a in every}
    assert reached == set(range(1, len(TABLE) + 1))


def test_every_cause_has_a_row_and_something_to_do() -> None:
    """A cause without a row would never be found, one without advice leaves the reader alone."""
    assert {row.cause for row in TABLE} == set(Cause) == set(NEXT)


def test_the_page_shows_this_table() -> None:
    """docs/root-cause.md has the rows as they are in code; a dash is any answer."""
    lines = re.findall(r"^\| (\d+) \|(.+)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(number), [cell.strip() for cell in cells.split("|")]) for number, cells in lines] == [
        (k, _cells(row)) for k, row in enumerate(TABLE, start=1)
    ]


def _cells(row: TableRow) -> list[str]:
    wanted = (row.shown, row.decided, row.hindsight, row.place, row.assumption)
    return [*("–" if answer is None else str(answer) for answer in wanted), f"**{row.cause}**"]


def findings(**places: tuple[Place, float]) -> dict[Assumption, Finding]:
    """Findings by the name of the assumption."""
    return {Assumption[name]: Finding(place, money) for name, (place, money) in places.items()}


def test_what_was_wrong_depends_on_what_the_plan_would_have_done() -> None:
    """Demand and lead time were both outside: where the plan misses on that demand it was demand, where it holds the lead time."""
    both = findings(DEMAND=(Place.OUTSIDE, 10), LEAD_TIME=(Place.OUTSIDE, 500))
    assert at_fault(both, Hindsight.MISSES) == Fault(Assumption.DEMAND, Place.OUTSIDE)
    assert at_fault(both, Hindsight.HOLDS) == Fault(Assumption.LEAD_TIME, Place.OUTSIDE)
    assert at_fault(both, Hindsight.UNKNOWN) == Fault(Assumption.LEAD_TIME, Place.OUTSIDE)


def test_outside_comes_before_inside_and_then_money_decides() -> None:
    """A small surprise that no scenario has explains more than a large one that the plan had counted with."""
    found = findings(LEAD_TIME=(Place.INSIDE, 900), QUANTITY=(Place.OUTSIDE, 100), COST=(Place.OUTSIDE, 101))
    assert at_fault(found, Hindsight.HOLDS) == Fault(Assumption.COST, Place.OUTSIDE)
    del found[Assumption.COST], found[Assumption.QUANTITY]
    assert at_fault(found, Hindsight.HOLDS) == Fault(Assumption.LEAD_TIME, Place.INSIDE)


def test_what_is_not_known_is_not_taken_for_as_assumed() -> None:
    """One of the candidates is unknown and none is wrong: it may have been that one."""
    unknown = findings(LEAD_TIME=(Place.UNKNOWN, 0), QUANTITY=(Place.AS_ASSUMED, 0))
    assert at_fault(unknown, Hindsight.HOLDS) == Fault(None, Place.UNKNOWN)
    assert at_fault(unknown, Hindsight.MISSES) == Fault(None, Place.UNKNOWN)
    known = findings(LEAD_TIME=(Place.AS_ASSUMED, 0), QUANTITY=(Place.AS_ASSUMED, 0))
    assert at_fault(known, Hindsight.HOLDS) == Fault(None, Place.AS_ASSUMED)


def test_candidates_leave_nothing_out() -> None:
    """Each assumption can explain a miss, whichever way the plan as made would have gone."""
    assert {*CANDIDATES[Hindsight.MISSES], *CANDIDATES[Hindsight.HOLDS]} == set(Assumption)
    assert set(CANDIDATES[Hindsight.UNKNOWN]) == set(Assumption)
