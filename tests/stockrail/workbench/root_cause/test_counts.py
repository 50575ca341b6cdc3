"""Misses counted by cause over time, as tables and as plain data."""

import datetime as dt
import json
import math

import pytest

from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.root_cause.counts import as_data, causes_by_period, misses_frame, money_by_cause
from stockrail.workbench.root_cause.display import count_lines
from stockrail.workbench.store.tables import Miss

FIRST, SECOND = dt.date(2027, 3, 17), dt.date(2027, 5, 29)


def miss(number: int, date: dt.date, cause: Cause, money: float | None) -> Miss:
    """A stockout with a cause."""
    evidence = {
        "row": 5,
        "hindsight": {"answer": "holds"},
        "process": {"shown": "never", "decided": "nothing to decide"},
        "fault": {"assumption": None, "place": "not known"},
    }
    return Miss(
        id=number, kind="stockout", item=f"item {number}", segment="", subject=f"item {number}", period=0, date=date, run_id=1,
        units=None, money=money, cause=str(cause), explanation="Why.", evidence=evidence,
        found_at=dt.datetime(2027, 9, 1, tzinfo=dt.UTC),
    )  # fmt: skip


MISSES = [
    miss(1, FIRST, Cause.DEMAND, 100.0),
    miss(2, FIRST, Cause.DEMAND, None),
    miss(3, SECOND, Cause.DEMAND, 50.0),
    miss(4, SECOND, Cause.UNKNOWN, None),
]


def test_period_by_cause() -> None:
    """Two of demand in the first period; one of demand and one that is not known in the second; every cause has its column."""
    table = causes_by_period(MISSES)
    assert list(table.columns) == ["date", *(str(cause) for cause in Cause), "misses"]
    assert table["date"].to_list() == [FIRST, SECOND]
    assert table[str(Cause.DEMAND)].to_list() == [2, 1]
    assert table[str(Cause.UNKNOWN)].to_list() == [0, 1]
    assert table["misses"].to_list() == [2, 2]
    assert table[str(Cause.LEAD_TIME)].sum() == 0


def test_money_by_cause() -> None:
    """150 are known of demand, and one of its misses is not; money of a cause with nothing known is not zero."""
    table = money_by_cause(MISSES).set_index("cause")
    assert table["misses"].to_dict() == {str(Cause.DEMAND): 3, str(Cause.UNKNOWN): 1}
    assert table["unknown"].to_dict() == {str(Cause.DEMAND): 1, str(Cause.UNKNOWN): 1}
    assert table["money"].to_list() == pytest.approx([150, math.nan], nan_ok=True)


def test_no_misses_are_empty_tables() -> None:
    """The columns are there all the same."""
    assert list(causes_by_period([]).columns) == list(causes_by_period(MISSES).columns)
    assert len(causes_by_period([])) == len(money_by_cause([])) == len(misses_frame([])) == 0
    assert as_data([]) == {"misses": [], "causes": [], "causes_by_period": []}


def test_plain_data_has_the_evidence() -> None:
    """As JSON: dates as text, and everything that is kept with a miss."""
    data = as_data(MISSES)
    assert data["misses"][0]["evidence"] == MISSES[0].evidence
    assert data["misses"][0]["date"] == "2027-03-17"
    assert [row["misses"] for row in data["causes_by_period"]] == [2, 2]
    json.dumps(data["misses"], allow_nan=False)


def test_causes_are_letters_in_the_terminal() -> None:
    """Counts of a cause without misses in a period are left blank, and those without any are not there."""
    lines = list(count_lines(MISSES))
    assert lines == [
        "  until        A   B  all",
        "  2027-03-17   2        2",
        "  2027-05-29   1   1    2",
        f"  A  {Cause.DEMAND}",
        f"  B  {Cause.UNKNOWN}",
    ]


def test_frame_has_a_row_for_each_miss() -> None:
    """With the four answers in columns of their own."""
    frame = misses_frame(MISSES)
    assert frame["id"].to_list() == [1, 2, 3, 4]
    assert frame["hindsight"].to_list() == ["holds"] * 4
    assert frame["money"].sum() == pytest.approx(150)
