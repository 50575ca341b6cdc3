"""Sample paths: the moments that the error model states, common factors, given paths."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.problems import InstanceError
from stockrail.trees.disruptions import Disruption
from stockrail.trees.errors import CommonFactors, ErrorModel, Shape
from stockrail.trees.paths import SamplePaths, read_paths
from tests.builders import make_instance

COUNT = 20_000


def _model(factors: CommonFactors) -> ErrorModel:
    """Four items in two product groups; demand is biased by a tenth."""
    instance = make_instance(
        demand=[(100, 100, 100)] * 4,
        sigma=[(10, 20, 30)] * 4,
        items=[
            {"product_group": "P"},
            {"product_group": "P"},
            {"product_group": "Q"},
            {"product_group": "Q"},
        ],
    )
    return replace(ErrorModel.of_instance(instance, factors), bias_share=np.full((4, 3), 0.1))


@pytest.mark.parametrize("shape", ["lognormal", "additive"])
def test_mean_and_standard_deviation_are_those_of_the_model(shape: Shape) -> None:
    """Mean 110 and standard deviations 10, 20, 30 by horizon, within 4 standard errors of 20,000 paths."""
    paths = SamplePaths.sample(_model(CommonFactors(0.2, 0.2, shape=shape)), COUNT, 1)
    sd = np.array([10.0, 20.0, 30.0])
    assert np.abs(paths.demand.mean(axis=0) - 110).max() < 4 * 30 / np.sqrt(COUNT)
    assert paths.demand.std(axis=0) == pytest.approx(np.tile(sd, (4, 1)), rel=0.04)
    assert paths.demand.min() >= 0


def test_correlations_are_those_of_the_factors() -> None:
    """Additive errors: items of one group correlate by market and group share, others by the market's alone.

    From one period to the next: market 0.3 * 0.9 + group 0.2 * 0.5 + own 0.5 * 0.2 = 0.47.
    """
    factors = CommonFactors(0.3, 0.2, 0.9, 0.5, 0.2, "additive")
    demand = SamplePaths.sample(_model(factors), COUNT, 2).demand
    now = np.atleast_2d(np.corrcoef(demand[:, :, 0].T))
    assert now[0, 1] == pytest.approx(0.5, abs=0.03)
    assert now[0, 2] == pytest.approx(0.3, abs=0.03)
    later = np.atleast_2d(np.corrcoef(demand[:, 0, :2].T))
    assert later[0, 1] == pytest.approx(0.47, abs=0.03)


def test_same_seed_same_paths() -> None:
    """Seeds decide everything; more disruptions leave demand as it is."""
    model = _model(CommonFactors())
    first = SamplePaths.sample(model, 50, 3)
    late = Disruption(
        disruption="d", supplier="V", probability=0.25, period=1, duration_periods=1, delay_periods=1
    )
    again = SamplePaths.sample(model, 50, 3, [late])
    assert np.array_equal(first.demand, again.demand)
    assert not np.array_equal(first.demand, SamplePaths.sample(model, 50, 4).demand)


def test_disruptions_happen_as_often_as_they_are_probable() -> None:
    """A quarter of 40 paths, exactly; and a rare one on at least one path."""
    often = Disruption(disruption="often", supplier="V", probability=0.25, period=1, duration_periods=1)
    rare = often.model_copy(update={"disruption": "rare", "probability": 0.001})
    paths = SamplePaths.of(np.ones((40, 1, 2)), [often, rare])
    assert paths.happens.sum(axis=0).tolist() == [10, 1]


def test_centred_paths_have_the_mean_exactly() -> None:
    """Scaling takes chance out of the mean; an item without demand stays without."""
    paths = SamplePaths.of(np.array([[[1.0, 0.0]], [[3.0, 0.0]]])).centred(np.array([[10.0, 5.0]]))
    assert paths.demand.tolist() == [[[5, 0]], [[15, 0]]]


def test_given_paths(tmp_path: Path) -> None:
    """Rows may come in any order; paths keep the order in which they first appear."""
    file = tmp_path / "paths.csv"
    file.write_text("path,item,period,units\nx,A,1,2\nx,A,0,1\ny,A,0,3\ny,A,1,4\n")
    assert read_paths(file, make_instance(demand=(10, 10))).tolist() == [[[1, 2]], [[3, 4]]]


def test_given_paths_have_to_be_complete(tmp_path: Path) -> None:
    """Missing is not zero, and each kind of mistake is named with its first row."""
    file = tmp_path / "paths.csv"
    file.write_text("path,item,period,units\nx,A,0,1\nx,A,1,1\ny,A,0,1\n")
    with pytest.raises(InstanceError, match="path y without item A in period 1"):
        read_paths(file, make_instance(demand=(10, 10)))
    file.write_text("path,item,period,units\nx,Z,0,-1\nx,A,7,nan\nx,A,7,1\n")
    with pytest.raises(InstanceError) as caught:
        read_paths(file, make_instance(demand=(10, 10)))
    found = [(problem.row, problem.column, problem.value) for problem in caught.value.problems]
    assert found == [
        (2, "item", "Z"),
        (3, "period", "7"),
        (2, "units", "-1"),
        (4, "path, item, period", "x, A, 7"),
    ]
