"""Several trees of each size, tested on other paths: intervals, optimism, the size that is recommended."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.solvers.result import SolveOptions
from stockrail.trees.errors import CommonFactors, ErrorModel
from stockrail.trees.path_source import GivenSource, ModelSource
from stockrail.trees.stability import _recommended, stability
from stockrail.trees.stability_report import Stability, TreeSize
from tests.builders import make_instance
from tests.stockrail.path_demo import plain_instance, two_futures

OPTIONS = SolveOptions(workers=1)


@pytest.fixture(scope="module")
def report() -> Stability:
    """Six items that share half of their error, over ten periods; orders arrive two periods later."""
    instance = make_instance(
        demand=[[40.0] * 10] * 6,
        sigma=[[10.0] * 10] * 6,
        items=[{"lead_time_periods": 2, "opening_stock_units": 130, "order_cost": 20}] * 6,
        segments={"lost_share": 0.5, "churn_cost_share_of_price": 0.1},
        settings={"storage_rate_per_year": 0.02, "terminal_stock_share": 0.9},
    )
    source = ModelSource(ErrorModel.of_instance(instance, CommonFactors(0.5, 0.0)))
    return stability(instance, source, [[3, 3], [], [2]], trees=3, paths=300, test_paths=200, options=OPTIONS)


def test_value_on_fresh_paths_lies_in_the_interval(report: Stability) -> None:
    """Two thousand paths that nothing has seen before the interval was known."""
    assert report.fresh_paths == 2000
    assert report.is_inside
    assert report.chosen.lower <= report.fresh_value <= report.chosen.upper
    assert report.chosen.upper - report.chosen.lower < 0.05 * abs(report.fresh_value)


def test_sizes_come_smallest_first(report: Stability) -> None:
    """Whatever order they were asked for in; larger trees have more nodes."""
    assert [size.widths for size in report.sizes] == [(), (2,), (3, 3)]
    assert report.frame()["widths"].tolist() == ["none", "2", "3,3"]
    assert np.all(np.diff([size.nodes for size in report.sizes]) > 0)


def test_branches_pay_where_errors_are_common(report: Stability) -> None:
    """A plan that may react to what all items do earns more on other paths than one that may not."""
    assert report.sizes[-1].out_of_sample > report.sizes[0].out_of_sample


def test_exact_paths_promise_what_they_earn() -> None:
    """Where a tree is all there is, nothing differs between trees, and promise and value are one."""
    source = GivenSource(np.repeat(two_futures(40).demand, 2, axis=0))
    found = stability(
        plain_instance(), source, [[2]], trees=2, paths=400, test_paths=400, fresh_paths=400, options=OPTIONS
    )
    size = found.sizes[0]
    assert size.optimism_share == pytest.approx(0, abs=1e-6)
    assert size.in_sample_sd == pytest.approx(0, abs=1e-6 * size.in_sample)
    assert size.is_stable


def test_cancelled_keeps_what_is_done() -> None:
    """Two sizes of two trees; it is cancelled before the fourth tree, so the first size is left and nothing is fresh."""
    asked: list[str] = []
    options = replace(OPTIONS, is_cancelled=lambda: len(asked) >= 4)
    source = GivenSource(two_futures(40).demand)
    found = stability(
        plain_instance(), source, [[], [2]], trees=2, paths=40, test_paths=40, options=options,
        on_progress=lambda done, total, name: asked.append(name),
    )  # fmt: skip
    assert asked == ["no branches, tree 1", "no branches, tree 2", "branches 2, tree 1", "branches 2, tree 2"]
    assert [size.widths for size in found.sizes] == [()]
    assert not found.is_complete
    assert not found.is_inside


def _size(out: float, sd: float, *, is_stable: bool = True, gap: float = 0.0) -> TreeSize:
    return TreeSize((), 1, 1, out, sd, out, sd, out - 9, out + 9, 0.0, gap, 0.0, is_stable)


def test_smallest_size_that_earns_as_much() -> None:
    """Best 100 with 1 from tree to tree: 97.3 with 1 is within 1.96 * 1.41 = 2.77, 97 is not, nor is one that is not stable.

    A gap of 0.3% explains 0.3 more.
    """
    best = _size(100, 1)
    assert _recommended([_size(97, 1), _size(97.3, 1), best]).out_of_sample == 97.3  # type: ignore[union-attr]
    assert _recommended([_size(97, 1, gap=0.003), best]).out_of_sample == 97  # type: ignore[union-attr]
    assert _recommended([_size(99, 9, is_stable=False), best]) is best
    assert _recommended([_size(99, 9, is_stable=False)]) is None


def test_too_few_trees() -> None:
    """One tree says nothing about how much trees differ."""
    with pytest.raises(ValueError, match="at least 2 trees"):
        stability(plain_instance(), GivenSource(two_futures().demand), [[2]], trees=1)
