"""Options of runs: all that is wrong at once, with what is allowed."""

import pytest

from stockrail.workbench.runs.options import OptionsError, parsed


def test_every_problem_is_told_with_what_is_allowed() -> None:
    """A word that is none of those, a number out of its range, and an option of the other kind."""
    with pytest.raises(OptionsError) as caught:
        parsed("plan", {"solver": "foo", "gap": -1, "strategy": "all"})
    solver, gap, strategy = str(caught.value).splitlines()
    assert solver.endswith("solver: found 'foo'; allowed: one of: auto, extensive, decomposition, blocks")
    assert gap == "options of a plan run, gap: found '-1'; allowed: a number >= 0"
    assert strategy.startswith(
        "options of a plan run: found 'strategy'; allowed: one of: solver, time_limit, gap, "
    )


def test_what_is_left_out_has_its_default() -> None:
    """Two ways to ask for the same are the same options."""
    assert parsed("calibrate", {}) == parsed("calibrate", {"gap": 0.005, "time_limit": 600})
    assert parsed("plan", {}).model_dump()["prices"] == "quick"
