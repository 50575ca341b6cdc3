"""Ratios, numerator and denominator apart, derived by hand."""

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from tests.builders import make_instance
from tests.random_instances import tables_of

RATIOS = {"days_of_supply", "fill_rate", "on_time_in_full", "turns", "cash_conversion_cycle"}


def example(forward_cover_days: float = 90.0) -> Ledger:
    """Three periods of 30 days. 10 units a period are sold; 15, 5 and 10 are ordered at 6, so 5 are left in period 0."""
    settings = {
        "period_length_days": 30,
        "receivable_days": 45,
        "forward_cover_days": forward_cover_days,
    }
    tables = tables_of(make_instance(settings=settings, suppliers={"payment_days": 75}))
    return Ledger(tables, np.array([[15, 20, 30]]))


def fractions(ledger: Ledger, name: str) -> tuple[list[float], list[float]]:
    """Numerator and denominator of the only item by node."""
    denominator = ledger.denominator(name)
    assert denominator is not None
    return ledger.metric(name)[0].tolist(), denominator[0].tolist()


def test_which_metrics_are_ratios() -> None:
    """Those of the second table in docs/formulation.md, section 6; the others have no denominator."""
    assert {name for name in METRICS if example().denominator(name) is not None} == RATIOS


def test_days_of_supply() -> None:
    """45 days ahead 15 units are expected, worth 90: 2 a day. 5 units worth 30 last 15 days."""
    numerator, denominator = fractions(example(45.0), "days_of_supply")
    assert numerator == pytest.approx([30, 0, 0])
    assert denominator == pytest.approx([2, 2, 2])


def test_turns() -> None:
    """Sales cost 60 a period, 60 * 365 / 30 = 730 a year; the stock of period 0 is worth 30."""
    numerator, denominator = fractions(example(), "turns")
    assert numerator == pytest.approx([730, 730, 730])
    assert denominator == pytest.approx([30, 0, 0])


def test_cash_conversion_cycle() -> None:
    """Stock 30, 0, 0; customers owe 1.5 periods of sales at cost, 60, 90, 90; suppliers are owed 90, 120, 135.

    A day's sales cost 60 / 30 = 2, so in the last period it is -45 / 2 = -22.5 days.
    """
    numerator, denominator = fractions(example(), "cash_conversion_cycle")
    assert numerator == pytest.approx([30 + 60 - 90, 90 - 120, 90 - 135])
    assert denominator == pytest.approx([2, 2, 2])


def test_fill_rate_and_on_time_in_full() -> None:
    """12 units against 10 and 10 again: 8 of the second 10 are short, so 2 are filled, and the order is not in full."""
    tables = tables_of(make_instance(demand=(10, 10), items={"opening_stock_units": 12}))
    ledger = Ledger(tables, np.zeros((1, 2), dtype=np.int64))
    assert fractions(ledger, "fill_rate") == ([10, 2], [10, 10])
    assert fractions(ledger, "on_time_in_full") == ([10, 0], [10, 10])


def test_stock_that_is_just_enough_is_in_full() -> None:
    """Nothing is owed when the last unit is sold, without noise; with noise it is as likely as not."""
    for sigma, expected in ((0, 10), (3, 5)):
        tables = tables_of(make_instance(demand=(10,), sigma=sigma, items={"opening_stock_units": 10}))
        ledger = Ledger(tables, np.zeros((1, 1), dtype=np.int64))
        assert fractions(ledger, "on_time_in_full")[0] == pytest.approx([expected])


def test_on_time_in_full_under_noise() -> None:
    """13 units against 10 with an error of 3: one standard deviation, cdf(1) = 84.13% of 10 units.

    Short are 3 * G(1), with G(1) = 0.0833154706, less the 3 * G(13 / 3) = 5e-6 that were owed before.
    """
    tables = tables_of(make_instance(demand=(10,), sigma=3, items={"opening_stock_units": 13}))
    ledger = Ledger(tables, np.zeros((1, 1), dtype=np.int64))
    assert fractions(ledger, "on_time_in_full")[0] == pytest.approx([8.413447460685429])
    assert fractions(ledger, "fill_rate")[0] == pytest.approx([10 - 3 * 0.0833154706], abs=1e-5)
