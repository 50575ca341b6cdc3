"""Plans as they are kept."""

import math

import numpy as np
import pandas as pd
import pytest

from stockrail.model.scenarios import build_tree
from stockrail.solvers.result import Incumbent
from stockrail.workbench.runs.kept_plan import (
    UnfitPlanError,
    cumulative_lots_of,
    orders_frame,
    prices_frame,
)
from tests.builders import make_instance


def test_orders_are_differences_along_the_tree() -> None:
    """Two periods, then two branches: cumulative lots 2, 2, and 5 or 3 are orders of 2, none, and 3 or 1."""
    nodes = [
        {"node": "r", "parent": "", "period": 0, "probability": 1.0},
        {"node": "m", "parent": "r", "period": 1, "probability": 1.0},
        {"node": "u", "parent": "m", "period": 2, "probability": 0.5},
        {"node": "d", "parent": "m", "period": 2, "probability": 0.5},
    ]
    instance = make_instance(demand=[[1, 1, 1], [1, 1, 1]], scenarios=nodes)
    tree = build_tree(instance)
    place = {name: k for k, name in enumerate(tree.names)}
    lots = np.zeros((2, 4), dtype=np.int64)
    for name, value in {"r": 2, "m": 2, "u": 5, "d": 3}.items():
        lots[0, place[name]] = value
    orders = orders_frame(lots, instance, tree)
    found = {(row.item, row.node): row.lots for row in orders.itertuples()}
    first = instance.items[0].item
    assert found == {(first, "r"): 2, (first, "u"): 3, (first, "d"): 1}
    np.testing.assert_array_equal(cumulative_lots_of(orders, instance, tree), lots)


def test_a_plan_of_another_instance_is_refused() -> None:
    """An item that is not there is no order of nothing."""
    instance = make_instance(demand=[[1, 1]])
    orders = pd.DataFrame({"item": ["nobody"], "node": [build_tree(instance).names[0]], "lots": [1]})
    with pytest.raises(UnfitPlanError, match="another instance"):
        cumulative_lots_of(orders, instance, build_tree(instance))


def test_prices_are_kept_where_there_are_any() -> None:
    """The extensive form has none."""
    incumbent = Incumbent(np.zeros((1, 1), dtype=np.int64), 0.0, math.inf, np.array([1.5, 0.0]))
    frame = prices_frame(incumbent)
    assert frame is not None
    assert frame["price"].tolist() == [1.5, 0.0]
    assert prices_frame(Incumbent(incumbent.cumulative_lots, 0.0, math.inf)) is None
