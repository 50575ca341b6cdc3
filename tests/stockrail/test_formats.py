"""Tests of how numbers are written for people."""

import datetime as dt
import math

import pandas as pd
import pytest

from stockrail import formats


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_missing_is_a_dash(value: float | None) -> None:
    """What is not known is never written as a number."""
    assert formats.amount(value) == formats.MISSING
    assert formats.money(value, "EUR") == formats.MISSING
    assert formats.money_short(value, "EUR") == formats.MISSING
    assert formats.significant(value) == formats.MISSING
    assert formats.percent(value) == formats.MISSING
    assert formats.units(value) == formats.MISSING
    assert formats.duration(value) == formats.MISSING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234567.8, "EUR 1,234,568"),
        (1000.0, "EUR 1,000"),
        (999.5, "EUR 999.50"),
        (0.0, "EUR 0"),
        (-0.001, "EUR 0.00"),
        (-1234.4, "EUR -1,234"),
    ],
)
def test_money(value: float, expected: str) -> None:
    """Money is written in full, with cents below 1,000, never as minus zero, and in one piece."""
    assert formats.money(value, "EUR") == expected.replace(" ", formats.NO_BREAK)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.5e10, "USD 15.0 bn"),
        (1234567.8, "USD 1.23 m"),
        (999_999.0, "USD 1.00 m"),
        (999_499.0, "USD 999 k"),
        (-4321.0, "USD -4.32 k"),
        (12.0, "USD 12.0"),
        (0.0, "USD 0"),
        (2.0e12, "USD 2,000 bn"),
    ],
)
def test_money_short(value: float, expected: str) -> None:
    """Three digits and the scale that fits after rounding, in one piece."""
    assert formats.money_short(value, "USD") == expected.replace(" ", formats.NO_BREAK)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.04213, "0.0421"),
        (9.999, "10.0"),
        (0.0009999, "0.00100"),
        (-0.5, "-0.500"),
        (123456.0, "123,456"),
        (1e-15, "0"),
    ],
)
def test_significant(value: float, expected: str) -> None:
    """Digits are counted after rounding, and there is no exponent."""
    assert formats.significant(value) == expected


@pytest.mark.parametrize(
    ("share", "decimals", "expected"),
    [
        (0.9734, 1, "97.3%"),
        (0.9999, 1, ">99.9%"),
        (1.0, 1, "100.0%"),
        (0.0, 2, "0.00%"),
        (1e-9, 2, "<0.01%"),
        (-0.031, 1, "-3.1%"),
        (1.25, 0, "125%"),
    ],
)
def test_percent(share: float, decimals: int, expected: str) -> None:
    """Not quite all is not 100%, and not quite nothing is not 0%."""
    assert formats.percent(share, decimals) == expected


def test_units() -> None:
    """Whole units stay whole, parts of units have one decimal where they matter."""
    assert [formats.units(value) for value in (24.0, 0.25, 12345.6)] == ["24", "0.2", "12,346"]


def test_duration_carries_over() -> None:
    """59.97 seconds are a minute and not 60.0 seconds."""
    assert [formats.duration(value) for value in (0.04, 59.9, 59.97, 3600)] == [
        "0.0 s",
        "59.9 s",
        "1 min 0 s",
        "1 h 0 min",
    ]


def test_day() -> None:
    """Dates, time stamps and ISO text are all written as the day."""
    for value in (dt.date(2025, 1, 6), pd.Timestamp("2025-01-06 10:00"), "2025-01-06T00:00:00"):
        assert formats.day(value) == "2025-01-06"
    assert formats.day(pd.NaT) == formats.day(None) == formats.day("") == formats.MISSING


def test_moment() -> None:
    """A time stamp is written to the minute with its zone; one without a zone gets none."""
    assert formats.moment("2026-11-25T01:43:59+00:00") == "2026-11-25 01:43 UTC"
    assert formats.moment("2025-01-03 09:30") == "2025-01-03 09:30"


def test_ranges() -> None:
    """Runs are joined whatever the order and repetition."""
    assert formats.ranges([8, 4, 3, 5, 4, 0]) == "0, 3–5, 8"


def test_decimals_for() -> None:
    """A column has cents only where no amount reaches 1,000; unknown amounts do not count."""
    assert formats.decimals_for([1.5, None, math.nan]) == 2
    assert formats.decimals_for([1.5, -1000.0]) == 0
    assert formats.decimals_for([]) == formats.decimals_for([0.0]) == 0
