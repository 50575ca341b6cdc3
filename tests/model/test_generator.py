"""The generated distributor: valid, reproducible and with the ratios it promises."""

import runpy
import time
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.distributor import PACK_SIZES, pack_sizes
from stockrail.model.generator import branching_periods, generate
from stockrail.model.instance import Instance
from stockrail.model.reader import load
from stockrail.model.scenarios import build_tree
from tests.builders import make_instance


@pytest.fixture(scope="module")
def distributor() -> Instance:
    """An instance of 300 items that several tests look at."""
    return generate(300, 26, (3, 3, 3, 3), seed=5)


@pytest.mark.parametrize(
    ("items", "periods", "branchings"), [(1, 2, ()), (3, 4, (2,)), (50, 26, (3, 2)), (7, 3, (5, 2))]
)
def test_generated_instances_are_consistent(items: int, periods: int, branchings: tuple[int, ...]) -> None:
    """Every size passes the checks that a file has to pass."""
    instance = generate(items, periods, branchings, seed=3)
    assert inconsistencies_of(instance) == []
    assert len(build_tree(instance).leaves) == np.prod(branchings, dtype=int)


def test_same_seed_same_instance() -> None:
    """The seed decides everything."""
    assert generate(9, 5, (2,), seed=1).items == generate(9, 5, (2,), seed=1).items
    assert generate(9, 5, (2,), seed=1).items != generate(9, 5, (2,), seed=2).items


def test_ratios(distributor: Instance) -> None:
    """Margins, order quantities, lots and forecast errors lie where the module says."""
    column = distributor.item_column
    weekly = distributor.mean_demand.mean(axis=1)
    rate = 1 + distributor.supplier_column("freight_rate") + distributor.supplier_column("duty_rate")
    unit_value = column("unit_cost") * rate
    margin = 1 - unit_value / column("unit_price")
    # Of 300 items, the median and the outer tenths of the published margins to within three points.
    assert np.percentile(margin, [10, 50, 90]) == pytest.approx([0.242, 0.329, 0.417], abs=0.03)
    holding = 0.22 * 7 / 365 * unit_value
    weeks = np.sqrt(2 * column("order_cost") * weekly / holding) / weekly
    # Order costs are rounded to two digits, 5 % at most, and the square root halves that.
    assert weeks.min() > 2 * 0.97
    assert weeks.max() < 6 * 1.03
    variation = distributor.sigma / distributor.mean_demand
    assert variation.min() > 0.14
    assert variation.max() < 0.41
    assert len(distributor.suppliers) == 12
    assert {row.segment for row in distributor.items} == set(distributor.segment_index)
    assert (column("lot_size") == 1).sum() > 20


def test_opening_position_lasts_until_the_first_order(distributor: Instance) -> None:
    """Opening stock and open orders cover expected demand until an order of the first week arrives."""
    due = np.zeros(len(distributor.items))
    for row in distributor.open_orders:
        due[distributor.item_index[row.item]] += row.units
    for i, item in enumerate(distributor.items):
        until = distributor.mean_demand[i, : item.lead_time_periods + 1].sum()
        # Opening stock is rounded to whole units.
        assert item.opening_stock_units + due[i] >= until - 0.5


def test_pack_sizes_are_the_nearest() -> None:
    """Lots are sensible numbers, tens and hundreds of them above 96."""
    assert pack_sizes(np.array([0.3, 7.2, 13, 130, 2000])).tolist() == [1, 8, 12, 120, 2000]
    assert set(pack_sizes(np.arange(1.0, 96.0))) <= set(PACK_SIZES)


def test_branchings_are_spread_over_the_first_half() -> None:
    """Branchings are distinct and go beyond the half only where they do not fit."""
    assert branching_periods(1, 26) == [1]
    assert branching_periods(3, 4) == [1, 2, 3]
    with pytest.raises(ValueError, match="at most 3 branchings in 4 periods, got 4"):
        branching_periods(4, 4)


def test_nothing_to_generate_is_refused() -> None:
    """No items make no instance."""
    with pytest.raises(ValueError, match="at least 1 item and 2 periods, got 0 and 26"):
        generate(0, 26, (), seed=1)


def test_guardrails_are_passed_on() -> None:
    """Guardrails are the caller's."""
    guardrails = make_instance(guardrails={"upper": 5}).guardrails
    assert generate(3, 3, (), seed=1, guardrails=guardrails).guardrails == guardrails


def test_large_instances_are_fast() -> None:
    """5,000 items take a moment, not a minute."""
    begin = time.perf_counter()
    generate(5000, 26, (3, 3, 3, 3), seed=1)
    assert time.perf_counter() - begin < 5


def test_committed_distributor_is_what_its_script_makes() -> None:
    """The instance in the repository is the one its README describes."""
    folder = Path(__file__).parents[2] / "instances"
    script = runpy.run_path(str(folder / "make_distributor.py"))
    arguments = (script[name] for name in ("ITEMS", "PERIODS", "BRANCHINGS", "SEED"))
    made, read = generate(*arguments, guardrails=script["guardrails"]()), load(folder / "distributor")
    assert (read.items, read.suppliers, read.settings) == (made.items, made.suppliers, made.settings)
    assert (read.open_orders, read.guardrails) == (made.open_orders, made.guardrails)
    assert np.array_equal(read.mean_demand, made.mean_demand)
    assert np.array_equal(read.sigma, made.sigma)
