"""Laws of guardrails and of limits of single periods: what each refuses, and what it lets pass."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.consistency import inconsistencies, inconsistencies_of
from stockrail.model.draft import Draft
from stockrail.model.guardrail_consistency import RATIO_RANGES
from stockrail.model.metrics import METRICS, metric_names
from stockrail.model.problems import Problem
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

WEEKS: Changes = {"start": dt.date(2025, 1, 6), "period_length_days": 7}
"""Week 12 is 31 March to 6 April, the only one of the first 13 in which a calendar quarter ends."""


@pytest.mark.parametrize(
    ("guardrail", "column", "value", "allowed"),
    [
        ({}, "upper", None, "a number here or in lower"),
        ({"lower": 2, "upper": 1}, "lower", "2", "a number <= upper, 1"),
        (
            {"upper": 1, "first_period": 2, "last_period": 1},
            "first_period",
            "2",
            "a period <= last_period, 1",
        ),
        ({"upper": 1, "metric": "stock"}, "metric", "stock", f"one of: {', '.join(metric_names())}"),
        (
            {"upper": 1, "guardrail": "capacity:V"},
            "guardrail",
            "capacity:V",
            "a name that does not begin with any of capacity:, warehouse:, margin:",
        ),
        (
            {"upper": 1, "guardrail": "warehouse:"},
            "guardrail",
            "warehouse:",
            "a name that does not begin with any of capacity:, warehouse:, margin:",
        ),
        (
            {"upper": 1, "guardrail": "margin:tail"},
            "guardrail",
            "margin:tail",
            "a name that does not begin with any of capacity:, warehouse:, margin:",
        ),
        ({"upper": 1, "scope_value": "A"}, "scope_value", "A", "blank, as the scope is all"),
        (
            {"upper": 1, "scope": "supplier"},
            "scope_value",
            None,
            "a value of the column supplier in the table items",
        ),
        (
            {"upper": 1, "scope": "segment", "scope_value": "X"},
            "scope_value",
            "X",
            "a value of the column segment in the table items",
        ),
        (
            {"upper": 1, "scope": "item", "scope_value": "X"},
            "scope_value",
            "X",
            "a value of the column item in the table items",
        ),
        (
            {"upper": 1, "metric": "overtime_spend", "scope": "item", "scope_value": "A"},
            "scope",
            "item",
            "all or supplier, as overtime_spend belongs to no single item",
        ),
        ({"upper": 1, "holds": "cvar"}, "alpha", None, "a number >= 0 and < 1, as holds is cvar"),
        ({"upper": 1, "holds": "chance"}, "alpha", None, "a number >= 0 and < 1, as holds is chance"),
        ({"upper": 1, "alpha": 0}, "alpha", "0", "blank, as holds is every scenario"),
        ({"upper": 1, "holds": "expected", "alpha": 0.5}, "alpha", "0.5", "blank, as holds is expected"),
        (
            {"lower": 1.1, "metric": "fill_rate"},
            "lower",
            "1.1",
            "a number >= 0 and <= 1, as fill_rate is never anything else",
        ),
        (
            {"lower": 98, "metric": "on_time_in_full"},
            "lower",
            "98",
            "a number >= 0 and <= 1, as on_time_in_full is never anything else",
        ),
        (
            {"upper": -1, "metric": "turns"},
            "upper",
            "-1",
            "a number >= 0, as turns is never anything else",
        ),
        (
            {"upper": -1, "metric": "days_of_supply"},
            "upper",
            "-1",
            "a number >= 0, as days_of_supply is never anything else",
        ),
    ],
)
def test_guardrails(guardrail: dict[str, Any], column: str, value: str | None, allowed: str) -> None:
    """A guardrail has a metric, a limit that can be met, a sense that is complete, and items in scope."""
    instance = make_instance(guardrails=guardrail)
    assert inconsistencies_of(instance) == [Problem("guardrails.csv", 2, column, value, allowed)]


@pytest.mark.parametrize(
    "guardrail",
    [
        {"upper": 1, "guardrail": "capacity of V"},
        {"upper": 1, "metric": "overtime_spend"},
        {"upper": 1, "metric": "overtime_spend", "scope": "supplier", "scope_value": "V"},
        {"upper": 1, "metric": "storage_space", "scope": "segment", "scope_value": "S"},
        {"upper": 1, "holds": "cvar", "alpha": 0},
        {"upper": 1, "holds": "chance", "alpha": 0.99, "measured": "average"},
        {"lower": 0, "upper": 1, "metric": "fill_rate"},
        {"lower": 0, "upper": 400, "metric": "days_of_supply"},
        {"lower": -30, "upper": -10, "metric": "cash_conversion_cycle"},
        {"lower": -5, "metric": "margin", "measured": "total"},
    ],
)
def test_guardrails_that_pass(guardrail: dict[str, Any]) -> None:
    """Names, scopes, senses and ranges may be anything that means something."""
    assert inconsistencies_of(make_instance(guardrails=guardrail)) == []


@pytest.mark.parametrize("metric", metric_names())
def test_every_metric_may_be_limited(metric: str) -> None:
    """Names of metrics are those of the registry."""
    assert inconsistencies_of(make_instance(guardrails={"metric": metric, "upper": 1})) == []


def test_ratios_are_the_metrics_with_a_denominator() -> None:
    """The register of ranges has exactly the ratios of the registry of metrics."""
    tables = tables_of(make_instance())
    ratios = {name for name, metric in METRICS.items() if metric.denominator(tables) is not None}
    assert set(RATIO_RANGES) == ratios


def test_problems_of_guardrails_come_at_once() -> None:
    """Every row is told everything that is wrong with it."""
    rows = [
        {"guardrail": "one", "upper": 2, "metric": "turns", "lower": -1, "holds": "cvar"},
        {"guardrail": "margin:x", "upper": 2, "alpha": 0.5, "scope_value": "A"},
    ]
    found = [(p.row, p.column) for p in inconsistencies_of(make_instance(guardrails=rows))]
    assert sorted(found, key=str) == [
        (2, "alpha"),
        (2, "lower"),
        (3, "alpha"),
        (3, "guardrail"),
        (3, "scope_value"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "month", "where"),
    [
        (0, 11, 1, "periods 12"),
        # With a fiscal year from February on, quarters end on 31 January, which is in week 3, and 30 April.
        (4, 12, 2, "periods 3"),
        (12, 12, 1, None),
        (0, 12, 4, None),
        (3, 3, 2, None),
    ],
)
def test_quarter_ends_among_the_periods(first: int, last: int, month: int, where: str | None) -> None:
    """A guardrail for quarter ends has at least one; the problem says where they are."""
    guardrail = {"upper": 1, "measured": "quarter ends", "first_period": first, "last_period": last}
    instance = make_instance(
        demand=(1,) * 13, settings={**WEEKS, "fiscal_year_start_month": month}, guardrails=guardrail
    )
    allowed = f"something else, or other periods than {first} to {last}: fiscal quarters end in {where}"
    problem = Problem("guardrails.csv", 2, "measured", "quarter ends", allowed)
    assert inconsistencies_of(instance) == ([problem] if where else [])


def test_quarter_ends_outside_of_the_horizon() -> None:
    """A horizon without any says so."""
    guardrail = {"upper": 1, "measured": "quarter ends"}
    (problem,) = inconsistencies_of(make_instance(settings=WEEKS, guardrails=guardrail))
    assert problem.allowed.endswith("fiscal quarters end in no period of the horizon")


def limits(guardrail: Changes, *rows: Changes) -> list[tuple[int | None, str | None, str | None, str]]:
    """Problems of limits of single periods, of a guardrail in periods 1 and 2 of 4 unless it says otherwise."""
    instance = make_instance(
        demand=(1, 1, 1, 1),
        guardrails={"first_period": 1, "last_period": 2, **guardrail},
        guardrail_limits=rows,
        suppliers=[{"supplier": "V", "capacity_units_per_period": 9}, {"supplier": "W"}],
        warehouses={"capacity_space": 9},
    )
    problems = inconsistencies_of(instance)
    assert {p.file for p in problems} <= {"guardrail_limits.csv"}
    return [(p.row, p.column, p.value, p.allowed) for p in problems]


@pytest.mark.parametrize(
    "row",
    [
        {"period": 1, "upper": -1},
        {"period": 2, "lower": 5},
        {"period": 2, "lower": 6, "upper": 6},
        {"guardrail": "capacity:V", "period": 0, "upper": 0},
        {"guardrail": "warehouse:H", "period": 3, "upper": 100},
    ],
)
def test_limits_that_pass(row: Changes) -> None:
    """A limit may be looser or tighter than the guardrail's own, or be on the side where that has none."""
    assert limits({"upper": 5}, row) == []


UNKNOWN = "a name in the table guardrails, capacity: and a supplier that has a capacity, or warehouse: and a warehouse"


@pytest.mark.parametrize(
    ("row", "column", "value", "allowed"),
    [
        ({"period": 1}, "upper", None, "a number here or in lower"),
        ({"period": 0, "upper": 5}, "period", "0", "a period of the guardrail, 1 to 2"),
        ({"period": 3, "upper": 5}, "period", "3", "a period of the guardrail, 1 to 2"),
        (
            {"period": 1, "lower": 7},
            "lower",
            "7",
            "a number <= the upper limit in this period, 6",
        ),
        (
            {"period": 1, "lower": 7, "upper": 6.5},
            "lower",
            "7",
            "a number <= the upper limit in this period, 6.5",
        ),
        ({"period": 1, "upper": 1}, "upper", "1", "a number >= the lower limit of the guardrail, 2"),
        ({"guardrail": "X", "period": 1, "upper": 5}, "guardrail", "X", UNKNOWN),
        ({"guardrail": "capacity:W", "period": 1, "upper": 5}, "guardrail", "capacity:W", UNKNOWN),
        ({"guardrail": "capacity:H", "period": 1, "upper": 5}, "guardrail", "capacity:H", UNKNOWN),
        ({"guardrail": "warehouse:V", "period": 1, "upper": 5}, "guardrail", "warehouse:V", UNKNOWN),
        (
            {"guardrail": "capacity:V", "period": 1, "lower": 5},
            "lower",
            "5",
            "blank, as a capacity is an upper limit only",
        ),
        (
            {"guardrail": "warehouse:H", "period": 1, "upper": -5},
            "upper",
            "-5",
            "a number >= 0, as it is a capacity",
        ),
        ({"guardrail": "warehouse:H", "period": 1}, "upper", None, "a number here or in lower"),
    ],
)
def test_limits(row: Changes, column: str, value: str | None, allowed: str) -> None:
    """A limit of a period belongs to a guardrail or a capacity, to one of its periods, and can be met."""
    assert limits({"lower": 2, "upper": 6}, row) == [(2, column, value, allowed)]


@pytest.mark.parametrize("measured", ["average", "total"])
def test_no_limits_of_periods_that_are_summed(measured: str) -> None:
    """An average or a total has one limit for all its periods."""
    allowed = f"a guardrail by period; this one limits the {measured} over its periods"
    assert limits({"upper": 6, "measured": measured}, {"period": 1, "upper": 5}) == [
        (2, "guardrail", "G", allowed)
    ]


def test_limits_on_ratios_are_in_range() -> None:
    """A share is at most 1 in every period too."""
    rows: list[Changes] = [{"period": 1, "lower": 0.97}, {"period": 2, "lower": 97}]
    assert limits({"lower": 0.9, "metric": "fill_rate"}, *rows) == [
        (3, "lower", "97", "a number >= 0 and <= 1, as fill_rate is never anything else")
    ]


def test_limits_of_a_wrong_guardrail_are_not_reported_again() -> None:
    """What is wrong with the guardrail is said there: periods in disorder, two of one name."""
    draft = Draft.of(
        make_instance(
            guardrails={"upper": 1, "first_period": 2, "last_period": 1},
            guardrail_limits={"period": 1, "upper": 2},
        )
    )
    assert [p.file for p in inconsistencies(draft)] == ["guardrails.csv"]
    twice = make_instance(guardrails=[{"upper": 1}, {"lower": 9}], guardrail_limits={"period": 1, "lower": 1})
    # The first of the two counts, so a lower limit of 1 meets its upper limit of 1.
    assert [(p.file, p.column) for p in inconsistencies_of(twice)] == [("guardrails.csv", "guardrail")]


def test_alpha_is_below_one() -> None:
    """At 1 nothing would be left to average over, and anything may be violated."""
    with pytest.raises(ValueError, match="less than 1"):
        make_instance(guardrails={"upper": 1, "holds": "chance", "alpha": 1})
    assert inconsistencies_of(make_instance(guardrails={"upper": 1, "holds": "chance", "alpha": 0.999})) == []


LIMIT = st.none() | st.integers(-2, 2)


@given(LIMIT, LIMIT, LIMIT, LIMIT)
def test_limits_meet_in_every_period(
    lower: int | None, upper: int | None, lower_there: int | None, upper_there: int | None
) -> None:
    """There is a problem exactly where, with blanks filled in by hand, some period has nothing between its limits."""

    def meet(least: int | None, largest: int | None) -> bool:
        return least is None or largest is None or least <= largest

    instance = make_instance(
        guardrails={"lower": lower, "upper": upper},
        guardrail_limits={"period": 1, "lower": lower_there, "upper": upper_there},
    )
    is_complete = {lower, upper} != {None} and {lower_there, upper_there} != {None}
    there = (
        lower if lower_there is None else lower_there,
        upper if upper_there is None else upper_there,
    )
    is_right = is_complete and meet(lower, upper) and meet(*there)
    assert (inconsistencies_of(instance) == []) == is_right
