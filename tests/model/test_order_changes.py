"""What changing announced orders costs, derived by hand; and the tiers of the recursion against the formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.ledger import Ledger
from stockrail.model.order_changes import OrderChanges, tiers_of_change
from stockrail.model.quantity_breaks import NO_LAST_LOT, Tiers, saving_of
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import tables_of


def test_price_counts_for_named_items_in_the_first_periods() -> None:
    """A tenth of a cost of 6 is 0.6 in the first two periods, also in one without a row; B has no row, so nothing was announced."""
    changes = OrderChanges.of(
        make_instance(
            demand=[(1, 1, 1), (1, 1, 1)],
            settings={"change_price_share_of_cost": 0.1, "change_price_periods": 2},
            announced_orders=[{"period": 0, "units": 4}, {"period": 2, "units": 3}],
        )
    )
    np.testing.assert_allclose(changes.price, np.array([[0.6, 0.6, 0], [0, 0, 0]]))
    np.testing.assert_allclose(changes.announced, [[4, 0, 3], [0, 0, 0]])
    assert changes.is_named.tolist() == [True, False]
    assert changes.periods == 2


def test_a_row_of_no_units_names_the_item() -> None:
    """It says that no order was announced; without `change_price_periods` all periods count."""
    changes = OrderChanges.of(
        make_instance(
            settings={"change_price_share_of_cost": 0.5}, announced_orders={"period": 1, "units": 0}
        )
    )
    np.testing.assert_allclose(changes.price, [[3, 3, 3]])
    assert changes.periods == 3


def test_cost_of_changes_in_the_ledger() -> None:
    """Lots of 5; ordered 10, 0, 5, announced 5, 10, 5 at 0.6 a unit: 5 * 0.6 + 10 * 0.6 / 1.1 + 0 with 10% discount.

    The order of period 1 is fixed at none, which changes what was announced all the same.
    """
    tables = tables_of(
        make_instance(
            demand=(5, 5, 5),
            items={"lot_size": 5},
            settings={"change_price_share_of_cost": 0.1, "discount_rate_per_year": 0.1},
            order_overrides={"period": 1, "lots": 0},
            announced_orders=[{"period": t, "units": units} for t, units in enumerate((5, 10, 5))],
        )
    )
    ledger = Ledger(tables, np.array([[2, 2, 3]]))
    np.testing.assert_allclose(ledger.line("order_change"), [[5, 10, 0]])
    assert ledger.margin_parts["change"] == pytest.approx(3 + 6 / 1.1)
    parts = ledger.margin_parts
    # It lowers the margin, but nobody is paid: cash is that of the same orders without it.
    free = Ledger(tables_of(make_instance(demand=(5, 5, 5), items={"lot_size": 5})), np.array([[2, 2, 3]]))
    np.testing.assert_allclose(ledger.metric("cash"), free.metric("cash"))
    assert ledger.expected_margin == pytest.approx(
        parts["revenue"] - parts["landed_cost"] - parts["change"] + parts["terminal_value"]
    )


def test_every_node_of_a_period_is_held_against_the_same_announcement() -> None:
    """10 units were announced for period 1; 10 are ordered in one of two equal scenarios, none in the other: 0.5 * 10 * 0.6."""
    nodes: list[Changes] = [
        *path_of_nodes(2),
        {"node": "low", "parent": "n0", "period": 1, "probability": 0.5},
    ]
    nodes[1] = {**nodes[1], "probability": 0.5}
    tables = tables_of(
        make_instance(
            demand=(0, 10),
            settings={"change_price_share_of_cost": 0.1},
            announced_orders={"period": 1, "units": 10},
            scenarios=nodes,
        )
    )
    assert Ledger(tables, np.array([[0, 10, 0]])).margin_parts["change"] == pytest.approx(3)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    announced=st.floats(0, 12),
    price=st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3),
    weight=st.floats(-2, 2),
    kind=st.sampled_from(["none", "all units", "incremental"]),
)
def test_tiers_follow_the_formula(announced: float, price: float, weight: float, kind: str) -> None:
    """In its tier, an order of x lots costs weight * saving(x) + price * (|x - announced| - announced), and tiers have no gaps."""
    breaks: list[Changes] = [
        {"from_units": units, "unit_cost": cost, "applies_to": kind} for units, cost in ((3, 5), (8, 4))
    ]
    tiers = Tiers.of(make_instance(quantity_breaks=breaks if kind != "none" else ()))
    count = int(tiers.count[0])
    merged = [np.zeros(2 * tiers.first.shape[1], dtype) for dtype in (np.int64, np.int64, float, float)]
    given_tiers = tiers.first[0], tiers.last[0], tiers.fixed[0], tiers.slope[0]
    found = tiers_of_change(weight, count, *given_tiers, price, announced, *merged)
    first, last, fixed, slope = (table[:found] for table in merged)
    assert first[0] == 1
    assert last[-1] == NO_LAST_LOT
    assert (first[1:] == last[:-1] + 1).all()
    for lots in range(1, 20):
        (p,) = np.flatnonzero((first <= lots) & (lots <= last))
        expected = weight * saving_of(lots, *given_tiers) if count else 0.0
        expected += price * (abs(lots - announced) - announced)
        assert fixed[p] + slope[p] * lots == pytest.approx(expected, abs=1e-7)
