"""Hard limits on fresh paths, by hand."""

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.trees.path_limits import LimitOnPaths, excess_by_limit, limits_on_paths
from stockrail.trees.path_tree import make_tree
from stockrail.trees.path_tree_tables import tree_tables
from stockrail.trees.paths import SamplePaths
from stockrail.trees.policy import PathPolicy
from tests.builders import Changes, make_instance


def _ledger(demand: list[float], guardrails: list[Changes]) -> Ledger:
    """Thirty units bought at the root where 10 a period are expected; units are worth 6."""
    instance = make_instance(demand=(10, 10, 10), guardrails=guardrails)
    tree = make_tree(instance, SamplePaths.of(np.full((20, 1, 3), 10.0)), [])
    policy = PathPolicy(tree, tree_tables(instance, tree), np.array([[30, 30, 30]]))
    ((_, ledger),) = policy.ledgers(SamplePaths.of(np.array([[demand]])))
    return ledger


def test_excess_by_hand() -> None:
    """Sold 10, 5, 10 leaves 20, 15, 5 units: 120, 90 and 30 of inventory value.

    120 is 20% more than the limit of 100, and within 130. In the last period 30 is half of the 60 that it should be at least.
    """
    ledger = _ledger(
        [10, 5, 10],
        [
            {"guardrail": "tight", "upper": 100},
            {"guardrail": "wide", "upper": 130},
            {"guardrail": "least", "lower": 60, "first_period": 2},
        ],
    )
    assert excess_by_limit(ledger) == {
        ("tight", "upper"): pytest.approx(0.2),
        ("wide", "upper"): 0,
        ("least", "lower"): pytest.approx(0.5),
    }


def test_soft_and_expected_limits_are_left_out() -> None:
    """They need not hold on each path."""
    soft: Changes = {"guardrail": "soft", "upper": 1, "soft_price": 1}
    mean: Changes = {"guardrail": "mean", "upper": 1, "holds": "expected"}
    assert excess_by_limit(_ledger([10, 10, 10], [soft, mean])) == {}


def test_sum_over_paths() -> None:
    """Exceeded on two of four paths, by 10 and 30%: on half of them, by 20%. The one exceeded more often comes first."""
    a, b = ("A", "upper"), ("B", "lower")
    found = limits_on_paths([{a: 0.0, b: 0.1}, {a: 0.0, b: 0.3}, {a: 0.0, b: 0.0}, {a: 0.0, b: 0.0}])
    assert (found[0].guardrail, found[0].exceeded_share) == ("B", 0.5)
    assert found[0].excess_share == pytest.approx(0.2)
    assert found[1] == LimitOnPaths("A", "upper", 0.0, 0.0)
    assert limits_on_paths([]) == ()
