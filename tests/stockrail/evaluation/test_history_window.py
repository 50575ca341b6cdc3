"""A demand history cut into what is known and what is played back."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.evaluation.history_window import read_window
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from tests.builders import make_instance

START = dt.date(2026, 3, 2)


def _instance(items: int = 1) -> Instance:
    settings = {"start": START, "period_length_days": 7}
    return make_instance(demand=[(10, 10)] * items, settings=settings)


def _file(tmp_path: Path, rows: list[tuple[str, dt.date, float]]) -> Path:
    path = tmp_path / "history.csv"
    lines = [f"{item},{day},{units}" for item, day, units in rows]
    path.write_text("\n".join(["item,date,units", *lines]) + "\n", encoding="utf-8")
    return path


def _weeks(count: int, first: int = -9) -> list[tuple[str, dt.date, float]]:
    return [("A", START + dt.timedelta(days=7 * (first + k)), float(k)) for k in range(count)]


def test_dated_by_first_days(tmp_path: Path) -> None:
    """Twelve weeks from nine before the start: three of them after it, which a backtest may play back."""
    window = read_window(_file(tmp_path, _weeks(12)), _instance(), "9", "11")
    assert window.units.tolist() == [[float(k) for k in range(12)]]
    assert window.played.tolist() == [[9.0, 10.0, 11.0]]
    assert window.known(0).tolist() == [[float(k) for k in range(9)]]
    assert window.known(2).shape == (1, 11)
    assert window.date(9) == START


def test_by_date_is_by_number(tmp_path: Path) -> None:
    """Any day of a period names it."""
    path = _file(tmp_path, _weeks(12))
    by_date = read_window(path, _instance(), str(START), str(START + dt.timedelta(days=20)))
    assert (by_date.first, by_date.last) == (9, 11)


def test_days_leave_out_parts_of_periods(tmp_path: Path) -> None:
    """One unit a day from a Tuesday to a Saturday: whole weeks of 7, without the week that began before and the one that had not ended."""
    first = START - dt.timedelta(days=7 * 10 - 1)
    rows = [("A", first + dt.timedelta(days=k), 1.0) for k in range(7 * 10 + 4)]
    window = read_window(_file(tmp_path, rows), _instance(), "8", "8")
    assert window.units.tolist() == [[7.0] * 9]
    assert window.date(0) == START - dt.timedelta(days=63)


def test_every_problem_at_once(tmp_path: Path) -> None:
    """Both periods are told with what is allowed; items that the instance does not have come with their lines."""
    path = _file(tmp_path, _weeks(12))
    with pytest.raises(InstanceError) as error:
        read_window(path, _instance(), "soon", "2026-13-01")
    assert [problem.file for problem in error.value.problems] == ["--from", "--to"]
    wrong = _file(tmp_path, [*_weeks(12), ("Z", START, 1.0), ("Y", START, 1.0)])
    with pytest.raises(InstanceError) as error:
        read_window(wrong, _instance(), "9", "11")
    assert [(problem.row, problem.value) for problem in error.value.problems] == [(14, "Z"), (15, "Y")]


def test_missing_is_not_zero(tmp_path: Path) -> None:
    """A week without a row is an error for the item that lacks it, unless it is said to be no demand; after the last period it is none."""
    rows = _weeks(12)
    path = _file(tmp_path, rows[:4] + rows[5:11] + rows[11:])
    with pytest.raises(InstanceError, match="A without the period from 2026-01-26"):
        read_window(path, _instance(), "9", "11")
    assert read_window(path, _instance(), "9", "11", is_missing_zero=True).units[0, 4] == 0.0
    late = _file(tmp_path, rows[:10] + rows[11:])
    assert read_window(late, _instance(), "8", "9").played.tolist() == [[8.0, 9.0]]
