"""Laws of funded builds: what each refuses, and what it lets pass."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.build_consistency import MOST_BUILDS
from stockrail.model.consistency import inconsistencies_of
from stockrail.model.problems import Problem
from stockrail.verification.builds import rooms
from tests.builders import Changes, make_instance

WEEKS: Changes = {"start": dt.date(2025, 1, 6), "period_length_days": 7}
"""Periods begin on 6, 13, 20 and 27 January; the horizon of four ends on 2 February."""

ITEMS = [
    {"item": "A", "product_group": "P"},
    {"item": "B", "product_group": "Q"},
    {"item": "C", "product_group": "Q", "segment": "T"},
]


def build(**changes: Any) -> dict[str, Any]:
    """A build with room in weeks 0 and 1, half of which is left in week 2, and nothing in week 3."""
    defaults = {"amount": 8, "first_period": 0, "last_period": 1, "exit_date": dt.date(2025, 1, 27)}
    return {**defaults, **changes}


def problems(guardrails: Changes | Sequence[Changes], *builds: Changes) -> list[Problem]:
    """Problems of builds on guardrails of three items over four weeks."""
    instance = make_instance(
        demand=[[1] * 4] * 3,
        settings=WEEKS,
        items=ITEMS,
        segments=[{"segment": "S"}, {"segment": "T"}],
        guardrails=guardrails,
        funded_builds=builds,
    )
    return inconsistencies_of(instance)


@pytest.mark.parametrize(
    ("guardrail", "allowed"),
    [
        ({"lower": 1}, "a guardrail with an upper limit"),
        ({"upper": 1, "metric": "fill_rate"}, "a guardrail on an amount; fill_rate is a ratio"),
        ({"upper": 1, "metric": "turns"}, "a guardrail on an amount; turns is a ratio"),
        (
            {"upper": 1, "metric": "overtime_spend"},
            "a guardrail on amounts of items; overtime_spend belongs to no single item",
        ),
        (
            {"upper": 1, "measured": "average"},
            "a guardrail by period; this one limits the average over its periods",
        ),
        (
            {"upper": 1, "measured": "total"},
            "a guardrail by period; this one limits the total over its periods",
        ),
    ],
)
def test_guardrails_that_no_build_can_raise(guardrail: Changes, allowed: str) -> None:
    """Room is added to an upper limit on an amount of items in a period."""
    assert problems(guardrail, build()) == [Problem("funded_builds.csv", 2, "guardrail", "G", allowed)]


@pytest.mark.parametrize(
    "guardrail",
    [
        {"upper": 1},
        {"lower": 0, "upper": 1, "soft_price": 2, "metric": "cash"},
        {"upper": 1, "holds": "cvar", "alpha": 0.9},
        {"upper": 1, "holds": "chance", "alpha": 0.1, "metric": "storage_space"},
    ],
)
def test_guardrails_that_a_build_can_raise(guardrail: Changes) -> None:
    """Soft or hard, in any sense."""
    assert problems(guardrail, build()) == []


@pytest.mark.parametrize(
    ("guardrail", "scope", "value", "allowed"),
    [
        ({}, "all", "A", "blank, as the scope is all"),
        ({}, "item", "X", "a value of the column item in the table items"),
        ({}, "segment", "", "a value of the column segment in the table items"),
        (
            {"scope": "product_group", "scope_value": "P"},
            "product_group",
            "Q",
            "items that the guardrail covers: product_group P",
        ),
        (
            {"scope": "item", "scope_value": "B"},
            "segment",
            "T",
            "items that the guardrail covers: item B",
        ),
        # Group Q is B and C, segment T is C: one item in both is enough.
        ({"scope": "product_group", "scope_value": "Q"}, "segment", "T", None),
        ({"scope": "product_group", "scope_value": "Q"}, "all", "", None),
        ({}, "item", "C", None),
    ],
)
def test_scopes(guardrail: Changes, scope: str, value: str, allowed: str | None) -> None:
    """A build's scope has items, at least one of which is the guardrail's."""
    expected = [Problem("funded_builds.csv", 2, "scope_value", value or None, allowed)] if allowed else []
    assert problems({"upper": 1, **guardrail}, build(scope=scope, scope_value=value)) == expected


def test_a_scope_without_items_is_reported_once() -> None:
    """A guardrail that covers nothing is the guardrail's problem, not that of its builds."""
    found = problems({"upper": 1, "scope": "item", "scope_value": "X"}, build())
    assert [(p.file, p.column) for p in found] == [("guardrails.csv", "scope_value")]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"first_period": 2}, ("first_period", "2", "a period <= last_period, 1")),
        # 19 January is the last day of week 1.
        (
            {"exit_date": dt.date(2025, 1, 19)},
            ("exit_date", "2025-01-19", "a day after the end of last_period, 2025-01-20 or later"),
        ),
        (
            {"exit_date": dt.date(2024, 1, 1)},
            ("exit_date", "2024-01-01", "a day after the end of last_period, 2025-01-20 or later"),
        ),
        ({"exit_date": dt.date(2025, 1, 20)}, None),
        ({"exit_date": dt.date(2030, 1, 1)}, None),
        (
            {"last_period": 3},
            ("exit_date", "2025-01-27", "a day after the end of last_period, 2025-02-03 or later"),
        ),
        ({"last_period": 3, "exit_date": dt.date(2025, 2, 3)}, None),
        ({"last_period": 4}, ("last_period", "4", "a period of the horizon, 0 to 3")),
    ],
)
def test_periods(changes: Changes, problem: tuple[str, str, str] | None) -> None:
    """Room is granted in periods of the horizon and has run off in a later period, there or beyond."""
    expected = [Problem("funded_builds.csv", 2, *problem)] if problem else []
    assert problems({"upper": 1}, build(**changes)) == expected


def test_four_builds_at_once() -> None:
    """Four builds have room in one period; a fifth may follow when one of them has run off, week 3, not before."""
    four = [build(build=name) for name in "1234"]
    later = {"last_period": 3, "exit_date": dt.date(2025, 2, 3)}
    assert problems({"upper": 1}, *four, build(build="5", first_period=3, **later)) == []
    allowed = "a guardrail with less than 4 other builds in one period; in period 2 it has 1, 2, 3, 4"
    assert problems({"upper": 1}, *four, build(build="5", first_period=2, **later)) == [
        Problem("funded_builds.csv", 6, "guardrail", "G", allowed)
    ]


def test_builds_of_several_guardrails_do_not_meet() -> None:
    """The number counts for each guardrail by itself."""
    guardrails = [{"guardrail": "G", "upper": 1}, {"guardrail": "H", "upper": 1}]
    builds = [build(build=f"{g}{k}", guardrail=g) for g in "GH" for k in range(4)]
    assert problems(guardrails, *builds) == []


def test_every_build_too_many_is_reported() -> None:
    """Six builds at once are two too many, and a wrong scope is said as well."""
    builds = [build(build=str(k)) for k in range(5)] + [build(build="5", scope_value="X")]
    found = [(p.row, p.column) for p in problems({"upper": 1}, *builds)]
    assert sorted(found, key=str) == [(6, "guardrail"), (7, "guardrail"), (7, "scope_value")]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 60)), min_size=1, max_size=8))
def test_crowded_periods_are_those_of_the_checker(spans: list[tuple[int, int, int]]) -> None:
    """A build too many is reported exactly where the checker's rooms, computed apart, are more than four at once."""
    builds = []
    for k, (first, more, days) in enumerate(spans):
        last = min(first + more, 3)
        # The exit is some days after the end of the last period of 7 days, in the next period or later.
        exit_date = dt.date(2025, 1, 6) + dt.timedelta(days=7 * (last + 1) - 1 + days)
        builds.append(build(build=str(k), first_period=first, last_period=last, exit_date=exit_date))
    instance = make_instance(
        demand=(1, 1, 1, 1), settings=WEEKS, guardrails={"upper": 1}, funded_builds=builds
    )
    most = int((rooms(instance, "G") > 0).sum(axis=0).max())
    found = inconsistencies_of(instance)
    assert (len(found) > 0) == (most > MOST_BUILDS)
    assert {p.column for p in found} <= {"guardrail"}
