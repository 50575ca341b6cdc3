"""Options of runs: all that is wrong at once, with what is allowed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.comparisons.tornado_drivers import drivers
from stockrail.workbench.runs.options import (
    FrontierOptions,
    OptionsError,
    TornadoOptions,
    parsed,
    require_fitting,
)
from tests.builders import make_instance


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FRONTIER_NAMES = (*FrontierOptions.model_fields, "from_limit", "to_limit", "points")


@given(st.dictionaries(st.sampled_from(FRONTIER_NAMES), JSON))
def test_a_frontier_of_anything(options: dict[str, Any]) -> None:
    """Whatever a script sends for a frontier: options, or a refusal that says what is allowed."""
    try:
        made = parsed("frontier", options)
    except OptionsError as refusal:
        assert "allowed" in str(refusal)
        return
    assert isinstance(made, FrontierOptions)
    assert list(made.limits) == sorted(set(made.limits))
    assert parsed("frontier", made.model_dump(mode="json")) == made


@given(st.dictionaries(st.sampled_from(sorted(TornadoOptions.model_fields)), JSON))
def test_a_tornado_of_anything(options: dict[str, Any]) -> None:
    """The same for a tornado, held against an instance."""
    instance = make_instance(demand=(10,))
    try:
        made = parsed("tornado", options)
        require_fitting(made, instance)
    except OptionsError as refusal:
        assert str(refusal)
        return
    assert isinstance(made, TornadoOptions)
    assert drivers(instance, made.drivers, made.sizes)


def test_a_range_is_its_limits() -> None:
    """Three from 400 to 600; too many points, and one end without the other, are refused with what is allowed."""
    ranged = {"guardrail": "G", "from_limit": 400, "to_limit": 600, "points": 3}
    assert parsed("frontier", ranged) == parsed("frontier", {"guardrail": "G", "limits": [600, 400, 500]})
    with pytest.raises(OptionsError, match="points: found '501'; allowed: a whole number >= 2 and <= 500"):
        parsed("frontier", {**ranged, "points": 501})
    with pytest.raises(
        OptionsError, match="limits: found nothing; allowed: from 2 to 500 numbers, each once; or from_limit"
    ):
        parsed("frontier", {"guardrail": "G", "from_limit": 400})
