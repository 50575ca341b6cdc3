"""Demand history: periods, forecasts, back-casts and what errors have in common."""

import sys
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.problems import InstanceError
from stockrail.trees.history import History, Method, MissingExtraError, forecast_history, read_history
from tests.builders import make_instance

WEEKLY = {"period_length_days": 7, "start": "2024-03-04"}


def _instance(items: int = 1, periods: int = 4):  # type: ignore[no-untyped-def]  # as make_instance
    return make_instance(demand=[[10.0] * periods] * items, settings=WEEKLY)


def test_periods_count_back_from_the_start(tmp_path: Path) -> None:
    """Days of the week before the start are the last period; two rows of a week add up; a partial first week is left out."""
    file = tmp_path / "history.csv"
    days = [
        "2024-01-03,9",
        *(f"2024-{day},1" for day in ("01-08", "01-15", "01-22", "01-29", "02-05", "02-12")),
    ]
    days += ["2024-02-19,2", "2024-02-26,3", "2024-03-03,4"]
    file.write_text("item,date,units\n" + "\n".join(f"A,{day}" for day in days) + "\n")
    assert read_history(file, _instance()).units.tolist() == [[1, 1, 1, 1, 1, 1, 2, 7]]


def test_missing_is_not_zero(tmp_path: Path) -> None:
    """A week without a row is named, unless it is said to be one without demand."""
    file = tmp_path / "history.csv"
    file.write_text("item,date,units\nA,2024-01-01,5\nA,2024-02-26,5\n")
    with pytest.raises(InstanceError, match="A without the period from 2024-01-08 and 6 more periods"):
        read_history(file, _instance())
    assert read_history(file, _instance(), is_missing_zero=True).units.tolist() == [[5, *[0] * 7, 5]]


def test_history_has_to_be_past_and_long_enough(tmp_path: Path) -> None:
    """Days after the start, unknown items, and a history of two weeks are refused."""
    file = tmp_path / "history.csv"
    file.write_text("item,date,units\nZ,2024-02-26,5\nA,2024-03-04,5\n")
    with pytest.raises(InstanceError) as caught:
        read_history(file, _instance())
    assert [problem.column for problem in caught.value.problems] == ["item", "date"]
    file.write_text("item,date,units\nA,2024-02-19,5\n")
    with pytest.raises(InstanceError, match="2 whole periods since 2024-02-19"):
        read_history(file, _instance())


@pytest.mark.parametrize("method", ["level", "trend", "theta"])
def test_steady_demand_is_forecast_without_error(method: Method) -> None:
    """Ten units in each of 24 weeks are ten in each week to come; back-casts never erred."""
    pytest.importorskip("statsmodels", reason="The extra `history` is not installed.")
    found = forecast_history(_instance(), History(np.full((1, 24), 10.0)), method=method)
    assert found.model.forecast.tolist() == [[10, 10, 10, 10]]
    assert found.model.sd.max() == 0
    assert found.back_cast.frame()["error_share"].max() == 0


def test_noise_is_measured() -> None:
    """Forty items of mean 100 and standard deviation 20: the error is about 20, a little more as the level is estimated."""
    pytest.importorskip("statsmodels", reason="The extra `history` is not installed.")
    random = np.random.default_rng(4)
    history = History(random.normal(100, 20, (40, 48)))
    model = forecast_history(_instance(40), history, origins=4).model
    assert model.forecast.mean() == pytest.approx(100, rel=0.05)
    assert model.sd_share.mean() == pytest.approx(0.21, abs=0.03)
    assert model.factors.market_share < 0.05
    assert model.factors.item_persistence < 0.25


def test_only_errors_may_be_taken() -> None:
    """The instance's own demand stays the forecast; a bias of 10 less 8 over 8 is applied where asked for."""
    pytest.importorskip("statsmodels", reason="The extra `history` is not installed.")
    rising = np.array([[8.0] * 12 + [10.0] * 12])
    kept = forecast_history(_instance(), History(rising), origins=1, is_forecast_kept=True)
    assert kept.model.forecast.tolist() == [[10, 10, 10, 10]]
    assert kept.model.bias_share.max() == 0
    shifted = forecast_history(_instance(), History(rising), origins=1, is_bias_applied=True)
    assert shifted.model.bias_share == pytest.approx(np.full((1, 4), 0.25))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command."""
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.forecasting.theta", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stockrail\[history\]'"):
        forecast_history(_instance(), History(np.ones((1, 24))))
