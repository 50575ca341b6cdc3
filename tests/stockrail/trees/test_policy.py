"""A plan on fresh paths: orders by hand, and the same money as the ledger where nothing is uncertain."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.solvers import solve
from stockrail.solvers.result import SolveOptions
from stockrail.trees.path_tree import make_tree
from stockrail.trees.path_tree_tables import tree_tables
from stockrail.trees.paths import SamplePaths
from stockrail.trees.policy import PathPolicy, follow_plan, path_tables
from tests.builders import make_instance
from tests.stockrail.path_demo import LATE, two_futures


def test_on_the_paths_of_an_exact_tree_it_is_the_ledger() -> None:
    """Paths that are their nodes' demand earn what the ledger says, in the mean, also with delays and discounting."""
    instance = make_instance(
        demand=(10, 12, 12),
        items={"lead_time_periods": 1, "opening_stock_units": 12, "order_cost": 3, "expedite_premium": 1,
               "expedite_share": 0.5, "shelf_life_periods": 1, "write_off_share": 0.3},
        segments={"lost_share": 0.5, "churn_cost_share_of_price": 0.1},
        settings={"discount_rate_per_year": 0.1, "storage_rate_per_year": 0.05, "terminal_stock_share": 0.5},
    )  # fmt: skip
    paths = SamplePaths.of(two_futures(400).demand, [LATE.model_copy(update={"period": 1})])
    tree = make_tree(instance, paths, [2])
    tables = tree_tables(instance, tree)
    _, result = solve(tables, SolveOptions(workers=1))
    assert result.cumulative_lots is not None
    margins = PathPolicy(tree, tables, result.cumulative_lots).margins(paths)
    assert margins.mean() == pytest.approx(Ledger(tables, result.cumulative_lots).expected_margin)
    assert margins.std() > 0


def _orders(demand: list[float], plan: list[int], sigma: float, **item: float | None) -> list[int]:
    """Lots ordered where the plan expects 10 units a period."""
    instance = make_instance(demand=[10.0] * len(plan), items={"lot_size": 2, **item})
    tables = tree_tables(instance, make_tree(instance, SamplePaths.of(np.full((20, 1, len(plan)), 10.0)), []))
    tables = path_tables(tables, np.arange(len(plan)))
    lots = follow_plan(tables, np.array([plan]), np.array([[demand]]), np.full((1, len(plan)), sigma))
    return [int(count) for count in lots[0, 0]]


def test_orders_make_up_for_what_was_sold() -> None:
    """Sold 4 more by period 2, where the plan orders 5 lots of 2: 7 are ordered. Sold as expected: the plan's own."""
    assert _orders([10, 12, 12, 10], [5, 0, 5, 0], 9) == [5, 0, 7, 0]
    assert _orders([10, 10, 10, 10], [5, 0, 5, 0], 9) == [5, 0, 5, 0]


def test_less_sold_is_less_ordered() -> None:
    """Sold 4 less by period 2: 5 - 2 lots. Sold 20 less: nothing, and the rest is taken off the next order."""
    assert _orders([10, 8, 8, 10], [5, 0, 5, 0], 9) == [5, 0, 3, 0]
    assert _orders([10, 0, 0, 10], [5, 0, 5, 8], 9) == [5, 0, 0, 3]


def test_an_order_of_its_own_where_more_than_sigma_is_missing() -> None:
    """Sold 6 more, sigma 5: three lots at once, though the plan orders nothing. With sigma 7 it waits."""
    assert _orders([10, 16, 10, 10], [5, 0, 0, 5], 5) == [5, 3, 0, 5]
    assert _orders([10, 16, 10, 10], [5, 0, 0, 5], 7) == [5, 0, 0, 8]


def test_order_rules_hold() -> None:
    """At least 4 units an order, at most 12; what does not fit waits for the next order."""
    rules = {"minimum_order_units": 4, "maximum_order_units": 12}
    assert _orders([10, 2, 10, 10], [5, 0, 5, 5], 99, **rules) == [5, 0, 2, 4]
    assert _orders([10, 16, 10, 10], [5, 0, 5, 5], 99, **rules) == [5, 0, 6, 6]


def test_fixed_lots_stay() -> None:
    """In a frozen period the existing plan is kept, whatever was sold."""
    instance = make_instance(demand=(10, 10), settings={"frozen_periods": 1})
    tables = tree_tables(instance, make_tree(instance, SamplePaths.of(np.full((20, 1, 2), 10.0)), []))
    own = path_tables(tables, np.arange(2))
    lots = follow_plan(own, np.array([[0, 20]]), np.array([[[15.0, 10.0]]]), np.zeros((1, 2)))
    assert lots.tolist() == [[[0, 25]]]


def test_path_tables_have_no_error() -> None:
    """On a path nothing is uncertain, and its facts are those of its nodes."""
    instance = replace(make_instance(demand=(10, 12, 12)), sigma=np.ones((1, 3)))
    tree = make_tree(instance, SamplePaths.of(two_futures().demand, [LATE]), [])
    tables = tree_tables(instance, tree)
    late = int(np.flatnonzero(tree.happens[:, 0])[0])
    own = path_tables(tables, tables.tree.path(late))
    assert own.sigma.max() == 0
    assert own.tree.delay_periods.tolist() == [[0, 0, 1]]
