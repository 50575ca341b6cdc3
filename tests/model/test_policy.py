"""Menus of options, and policies by item."""

import numpy as np
import pytest

from stockrail.model.policy import DEFAULT_MENU, Option, Policy, menu
from stockrail.model.problems import InstanceError
from tests.builders import make_instance

TWO_SEGMENTS = [{"segment": "S"}, {"segment": "T"}]


def test_menu_of_the_table() -> None:
    """A row without segment serves all, but a segment's own row of that name counts there; the order is the table's."""
    instance = make_instance(
        segments=TWO_SEGMENTS,
        policy_options=[
            {"option": "lean", "safety_factor": 0, "cover_periods": 1},
            {"option": "own", "segment": "S", "safety_factor": 1, "cover_periods": 2.5, "review_periods": 3},
            {"option": "lean", "segment": "T", "safety_factor": -1, "cover_periods": 0},
        ],
    )
    assert menu(instance) == {
        "S": (Option("lean", 0, 1, 1), Option("own", 1, 2.5, 3)),
        "T": (Option("lean", -1, 0, 1),),
    }


def test_default_menu() -> None:
    """Without the table every segment has 40 options with names of their own, reviewed in each period."""
    assert menu(make_instance(segments=TWO_SEGMENTS)) == {"S": DEFAULT_MENU, "T": DEFAULT_MENU}
    assert len({option.name for option in DEFAULT_MENU}) == len(DEFAULT_MENU) == 40
    assert {option.review_periods for option in DEFAULT_MENU} == {1}
    assert DEFAULT_MENU[0] == Option("z0-cover0", 0, 0, 1)
    assert DEFAULT_MENU[-1] == Option("z3-cover8", 3, 8, 1)


def test_policy_of_options() -> None:
    """An option for each item, or one for all; safety stock is by factor."""
    instance = make_instance(demand=((1,), (1,)))
    one, other = Option("one", 1.5, 2, 3), Option("other", -1, 0.5)
    policy = Policy.of(instance, [one, other])
    assert policy.safety_factor.tolist() == [1.5, -1]
    assert policy.cover_periods.tolist() == [2, 0.5]
    assert policy.review_periods.tolist() == [3, 1]
    assert np.isnan(policy.safety_stock_units).all()
    assert Policy.of_option(instance, one).review_periods.tolist() == [3, 3]
    with pytest.raises(ValueError, match="Expected 2 options, one per item, not 1"):
        Policy.of(instance, [one])


def test_current_policy_is_in_the_order_of_items() -> None:
    """Rows come in any order; safety stock is in units."""
    instance = make_instance(
        demand=((1,), (1,)),
        current_targets=[
            {"item": "B", "safety_stock_units": 7, "cover_periods": 2, "review_periods": 4},
            {"item": "A", "safety_stock_units": 0, "cover_periods": 1.5},
        ],
    )
    policy = Policy.current(instance)
    assert policy.safety_stock_units.tolist() == [0, 7]
    assert policy.cover_periods.tolist() == [1.5, 2]
    assert policy.review_periods.tolist() == [1, 4]
    assert np.isnan(policy.safety_factor).all()


def test_current_policy_needs_every_item() -> None:
    """It says which items have no row, the first five of many."""
    targets = {"item": "B", "safety_stock_units": 7, "cover_periods": 2}
    with pytest.raises(InstanceError) as caught:
        Policy.current(make_instance(demand=[(1,)] * 8, current_targets=targets))
    (problem,) = caught.value.problems
    assert str(problem) == (
        "current_targets.csv, column item: missing; allowed: a row for each item, to run today's settings; "
        "7 items without one: A, C, D, E, F, ..."
    )
    with pytest.raises(InstanceError, match=r"1 item without one: A$"):
        Policy.current(make_instance(demand=[(1,)] * 2, current_targets=targets))
