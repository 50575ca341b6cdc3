"""What errors have in common, measured on errors that are known."""

import numpy as np
import pytest

from stockrail.trees.errors import CommonFactors, ErrorModel
from stockrail.trees.factors import common_factors
from stockrail.trees.paths import SamplePaths
from tests.builders import make_instance

GROUPS = np.repeat([0, 1, 2, 3], 5)


def test_factors_that_were_put_in_are_found() -> None:
    """Two methods: errors drawn from a model show that model's shares and persistence."""
    instance = make_instance(
        demand=[[100.0] * 8] * 20,
        sigma=[[10.0] * 8] * 20,
        items=[{"item": f"i{k}", "product_group": f"P{g}"} for k, g in enumerate(GROUPS)],
    )
    stated = CommonFactors(0.3, 0.2, 0.8, 0.8, 0.3, "additive")
    demand = SamplePaths.sample(ErrorModel.of_instance(instance, stated), 1500, 7).demand
    found = common_factors((demand - 100) / 10, GROUPS)
    assert found.market_share == pytest.approx(0.3, abs=0.04)
    assert found.product_group_share == pytest.approx(0.2, abs=0.04)
    assert found.market_persistence == pytest.approx(0.8, abs=0.06)


def test_errors_that_cancel_have_nothing_in_common() -> None:
    """Two items with opposite errors: a negative correlation is no common factor."""
    errors = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[1.0, 1.0], [-1.0, -1.0]]])
    found = common_factors(errors, np.array([0, 1]))
    assert (found.market_share, found.product_group_share) == (0, 0)


def test_same_errors_are_the_markets() -> None:
    """Two items of two groups that always err alike have all of it in common."""
    errors = np.array([[[1.0, -1.0], [1.0, -1.0]], [[1.0, 1.0], [1.0, 1.0]]])
    assert common_factors(errors, np.array([0, 1])).market_share == 1
    # With one product group only, it cannot be told from the market.
    assert common_factors(errors, np.array([0, 0])).market_share == 1


def test_no_errors() -> None:
    """Where nothing is known nothing is in common."""
    assert common_factors(np.full((2, 1, 3), np.nan), np.array([0])).market_share == 0
