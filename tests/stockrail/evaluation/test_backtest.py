"""History played back on a small case."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stockrail.evaluation.backtest import BacktestOptions, backtest
from stockrail.evaluation.evaluation import PLAN, Evaluation
from stockrail.evaluation.history_window import HistoryWindow
from stockrail.evaluation.replanning import Announcements
from stockrail.evaluation.stages import Forecasting, at_horizon, moved
from stockrail.generation import generate
from stockrail.model.instance import Array, Instance

ITEMS, PERIODS, FIRST, LAST = 6, 26, 16, 23


@pytest.fixture(scope="module")
def instance() -> Instance:
    return generate(ITEMS, 8, (), 2, guardrail_share=0.9)


def _history(instance: Instance) -> Array:
    random = np.random.default_rng(4)
    return np.asarray(
        instance.mean_demand.mean(axis=1)[:, None] * random.lognormal(-0.05, 0.3, (ITEMS, PERIODS))
    )


def _play(instance: Instance, units: Array, names: tuple[str, ...] = ("textbook", "mean-plan")) -> Evaluation:
    window = HistoryWindow(units, dt.date(2026, 1, 5), 7, FIRST, LAST)
    how = Forecasting(horizon=12, widths=(2,), origins=2)
    options = BacktestOptions(every=4, forecasting=how, names=names, training_paths=20, gap=0.01, workers=1)
    return backtest(instance, window, options)


@pytest.fixture(scope="module")
def result(instance: Instance) -> Evaluation:
    return _play(instance, _history(instance))


def _rows(result: Evaluation) -> dict[str, dict[str, Any]]:
    return {
        str(row["name"]): {str(key): value for key, value in row.items()}
        for row in result.table.to_dict("records")
    }


def test_one_path_with_intervals_over_items(result: Evaluation) -> None:
    """History is one path; the difference is that of the totals, and items are the pairs of its interval."""
    table = _rows(result)
    assert {row["pairs"] for row in table.values()} == {1}
    for name in ("textbook", "mean-plan", "foresight"):
        difference = table[PLAN]["margin"] - table[name]["margin"]
        assert table[name]["margin_difference"] == pytest.approx(difference)
        assert table[name]["margin_lower"] < difference < table[name]["margin_upper"]
        full = table[PLAN]["margin_full_stock"] - table[name]["margin_full_stock"]
        assert table[name]["margin_full_stock_difference"] == pytest.approx(full)


def test_facts_say_what_was_played(result: Evaluation) -> None:
    """Eight weeks from the 17th on, two plans, 16 weeks to learn from."""
    facts = result.facts
    assert (facts["from"], facts["to"]) == ("2026-04-27", "2026-06-15")
    assert (facts["plans"], facts["trained_periods"], facts["plans_not_found"]) == (2, 16, 0)
    assert len(facts["capital_targets"]) == 2


def test_only_plans_announce_orders(result: Evaluation) -> None:
    """Nervousness is a share of what plans announced; a rule announces nothing."""
    table = {name: float(row["nervousness"]) for name, row in _rows(result).items()}
    assert 0.0 <= table[PLAN] <= 1.0 and 0.0 <= table["mean-plan"] <= 1.0
    assert np.isnan(table["textbook"])


def test_the_future_is_not_known(instance: Instance, result: Evaluation) -> None:
    """What comes after the last period played back changes nothing, nor can a forecast see it."""
    units = _history(instance)
    units[:, LAST + 1 :] *= 100.0
    again = _play(instance, units, ())
    assert again.table["margin"].iloc[0] == result.table["margin"].iloc[0]


def test_announcements_by_hand() -> None:
    """Announced for periods 2 and 3: 10 and 6 at 2 a unit, 32. The next plan has 4 and 9 there: 6 units are cut, 12 of 32."""
    found = Announcements(np.array([2.0]), 2)
    found.add(0, np.array([[5.0, 5.0, 10.0, 6.0, 7.0]]))
    assert np.isnan(found.nervousness)
    found.add(2, np.array([[4.0, 9.0, 7.0]]))
    assert found.nervousness == pytest.approx(12.0 / 32.0)


def test_moved_keeps_calendars(instance: Instance) -> None:
    """A supplier that takes orders every second week from week 1 on does so on the same days, wherever the horizon begins."""
    suppliers = tuple(
        row.model_copy(update={"order_interval_periods": 2, "order_offset_periods": 1})
        for row in instance.suppliers
    )
    some = replace(instance, suppliers=suppliers)
    start = instance.settings.start
    later = moved(some, start + dt.timedelta(days=21), 5)
    assert later.suppliers[0].order_offset_periods == 0
    earlier = moved(some, start - dt.timedelta(days=14), 5)
    assert earlier.suppliers[0].order_offset_periods == 1
    assert later.settings.periods == 5 and later.mean_demand.shape == (ITEMS, 5)
    assert later.guardrails[0].last_period == 4
    assert at_horizon(later, 9).guardrails[0].last_period == 8
