"""What lines can be over all plans: random plans stay within, and the two ends are reached where that is claimed."""

import numpy as np
import pytest

from stockrail.model.lines import LINES, LineValues
from stockrail.model.metrics import METRICS
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.solvers.line_ranges import LineRanges
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of

ROUNDING = 1e-9


def random_tables(seed: int) -> Tables:
    rng = np.random.default_rng(seed)
    return tables_of(random_instance(rng, items=3, most_nodes=8, has_capacity=True, has_announced=True))


@pytest.mark.parametrize("name", LINES)
def test_plans_stay_within(name: str) -> None:
    """No random plan of ten instances has less or more of a line than it is said that any can have."""
    for seed in range(10):
        tables = random_tables(seed)
        ranges, rng = LineRanges(tables), np.random.default_rng(seed)
        least, most = ranges.line_least(name), ranges.line_most(name)
        for _ in range(5):
            value = LineValues(Stock.of(tables, random_plan(rng, tables)))(name)
            slack = ROUNDING * np.maximum(np.abs(value), 1.0)
            assert (least <= value + slack).all(), f"seed {seed}"
            assert (value <= most + slack).all(), f"seed {seed}"


def test_a_line_by_hand() -> None:
    """4 in stock for two years of 10, orders of at most 3 lots that take a year.

    In stock is nothing after the first; 16 less than needed after the second, or 13 with an order in the first. Lots are limited to 16 for
    demand and 1, so the second order may have 3, too, but arrives too late and is not allowed.
    """
    tables = tables_of(
        make_instance(
            demand=(10, 10),
            items={"opening_stock_units": 4, "lead_time_periods": 1, "maximum_order_units": 3},
        )
    )
    ranges = LineRanges(tables)
    assert ranges.fewest_lots.tolist() == [[0, 0]]
    assert ranges.most_lots.tolist() == [[3, 3]]
    assert ranges.line_least("waiting").tolist() == [[6, 13]]
    assert ranges.line_most("waiting").tolist() == [[6, 16]]
    # 4 units in the first; at least -6 + 6 and at most 3 in the second.
    assert ranges.line_least("served").tolist() == [[4, 0]]
    assert ranges.line_most("served").tolist() == [[4, 3]]
    assert ranges.line_most("in_transit").tolist() == [[3, 3]]
    assert ranges.line_most("ordered_value").tolist() == [[18, 0]]


@pytest.mark.parametrize(
    ("metric", "by_least", "is_reached"),
    [
        ("inventory_value", True, True),
        ("inventory_value", False, True),
        ("purchases", True, True),
        ("purchases", False, False),
        ("fill_rate", False, True),
        ("expedite_spend", True, True),
        ("on_time_in_full", False, True),
        ("working_capital", True, False),
        ("cash", False, False),
    ],
)
def test_where_one_plan_has_the_least(metric: str, *, by_least: bool, is_reached: bool) -> None:
    """Stock, and what follows from it alone, is least and most in one plan at all nodes; balances of both kinds are not.

    Where it is claimed of the least, the plan without orders, or the one with the largest, has it indeed.
    """
    tables = tables_of(make_instance(items={"expedite_share": 0.5}, segments={"lost_share": 1.0}))
    ranges, terms = LineRanges(tables), METRICS[metric].terms(tables)
    assert ranges.is_reached(terms, by_least=by_least) is is_reached
    end = ranges.least(terms) if by_least else ranges.most(terms)
    values = [
        sum(term.values(LineValues(stock)) for term in terms)
        for stock in (ranges.fewest_stock, ranges.most_stock)
    ]
    assert any(np.allclose(value, end) for value in values) or not is_reached


def test_an_unknown_line_is_no_silent_bound() -> None:
    """A line that was added without a range is an error, not a range of nothing."""
    with pytest.raises(KeyError, match="new_line"):
        LineRanges(tables_of(make_instance())).line_least("new_line")
