"""Error statistics: what a table says of each item and period, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from stockrail.model.problems import InstanceError
from stockrail.trees.errors import CommonFactors, ErrorModel, read_error_model
from tests.builders import make_instance


def test_instance_is_its_own_error_model() -> None:
    """Without statistics the forecast error of the instance is the standard deviation, and nothing is biased."""
    model = ErrorModel.of_instance(make_instance(demand=(10, 20, 0), sigma=(2, 5, 0)))
    assert model.sd_share.tolist() == [[0.2, 0.25, 0.0]]
    assert model.mean.tolist() == [[10, 20, 0]]
    assert model.sd.tolist() == [[2, 5, 0]]


def test_statistics_hold_until_the_next_horizon(tmp_path: Path) -> None:
    """An item's own rows replace those with a blank item; a row holds until the next one."""
    file = tmp_path / "errors.csv"
    file.write_text("item,horizon,bias_share,sd_share\n,0,0,0.1\n,2,0.5,0.3\nB,0,,0.4\n")
    model = read_error_model(file, make_instance(demand=[(10, 10, 10), (20, 20, 20)]))
    assert model.sd_share.tolist() == [[0.1, 0.1, 0.3], [0.4, 0.4, 0.4]]
    assert model.mean.tolist() == [[10, 10, 15], [20, 20, 20]]


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    """File, row, column, value and what is allowed, for rows that cannot be read."""
    file = tmp_path / "errors.csv"
    file.write_text("item,horizon,sd_share\nA,0,-1\nA,x,0.1\nA,1,\n")
    with pytest.raises(InstanceError) as caught:
        read_error_model(file, make_instance())
    assert [str(problem) for problem in caught.value.problems] == [
        "errors.csv, row 2, column sd_share: found '-1'; allowed: a number >= 0",
        "errors.csv, row 3, column horizon: found 'x'; allowed: a whole number >= 0",
        "errors.csv, row 4, column sd_share: blank; allowed: a number >= 0",
    ]


def test_rows_have_to_fit_the_instance(tmp_path: Path) -> None:
    """Unknown items, periods beyond the horizon, two rows for one horizon, and items without any."""
    file = tmp_path / "errors.csv"
    file.write_text("item,horizon,sd_share\nA,0,0.1\nA,0,0.2\nC,0,0.1\nA,9,0.1\n")
    with pytest.raises(InstanceError) as caught:
        read_error_model(file, make_instance(demand=[(10, 10), (10, 10)]))
    found = [(problem.row, problem.column, problem.value) for problem in caught.value.problems]
    assert found == [
        (3, "item, horizon", "A, 0"),
        (4, "item", "C"),
        (5, "horizon", "9"),
        (None, "item", "no rows for B"),
    ]


def test_missing_column_and_missing_file(tmp_path: Path) -> None:
    """A file without a column that is needed says which; a file that is not there is named."""
    file = tmp_path / "errors.csv"
    file.write_text("item,horizon\n,0\n")
    with pytest.raises(InstanceError, match="column sd_share: blank; allowed: a column of a number >= 0"):
        read_error_model(file, make_instance())
    with pytest.raises(InstanceError, match=r"none\.csv"):
        read_error_model(tmp_path / "none.csv", make_instance())


def test_shares_of_variance() -> None:
    """Shares and correlations are between 0 and 1, and shares together too; all mistakes are named."""
    assert CommonFactors(0.3, 0.2).item_share == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"market_share is 1.2; .*item_persistence is -1; .* 1.3 together"):
        CommonFactors(1.2, 0.1, item_persistence=-1)


def test_disagreeing_sizes_are_no_error_without_demand() -> None:
    """A forecast of nothing has no error as a share of it."""
    model = ErrorModel.of_instance(make_instance(demand=(0, 10), sigma=(3, 1)))
    assert np.isfinite(model.sd_share).all()
