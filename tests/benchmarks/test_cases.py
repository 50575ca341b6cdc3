"""Outcomes of engines held against one another."""

from pathlib import Path

import pytest

from benchmarks.cases import Outcome, held_against

NOTHING = (-float("inf"), float("inf"))


def test_engines_may_not_contradict_one_another() -> None:
    """A plan of 101 cannot be where 100 is a bound, nor a bound of 98 where there is a plan of 99; neither then counts."""
    first, best = held_against(Outcome("gap reached", objective=99.0, bound=100.0), NOTHING)
    assert (first.outcome, best) == ("gap reached", (99.0, 100.0))
    above, best = held_against(Outcome("optimal", objective=101.0, bound=101.0), best)
    assert "plan above the bound" in above.outcome
    below, best = held_against(Outcome("optimal", objective=98.0, bound=98.0), best)
    assert "bound below the plan" in below.outcome
    assert best == (99.0, 100.0)


@pytest.mark.parametrize(("objective", "bound"), [(99.5, 99.8), (None, 99.8), (99.5, None)])
def test_better_ones_count(objective: float | None, bound: float | None) -> None:
    """The best plan and the best bound of all engines are kept."""
    outcome, best = held_against(Outcome("time limit", objective=objective, bound=bound), (99.0, 100.0))
    assert outcome.outcome == "time limit"
    assert best == (objective or 99.0, bound or 100.0)


def test_outcomes_go_between_processes(tmp_path: Path) -> None:
    """What is written is read back."""
    outcome = Outcome("built", 1.5, columns=7)
    outcome.write(tmp_path / "outcome.json")
    assert Outcome.read(tmp_path / "outcome.json") == outcome
