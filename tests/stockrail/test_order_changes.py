"""Units kept, added and cancelled by period, derived by hand."""

from typing import Any

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.order_changes import change_lines, changes_by_period, changes_table, summary_of
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

NODES: list[Changes] = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.25},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
]


def instance_of(**changes: object) -> Instance:
    """Item A of which 10 and 8 units were announced, at 0.6 a unit of change, and item B of which nothing was."""
    given: dict[str, object] = {
        "change_price_share_of_cost": 0.1,
        "discount_rate_per_year": 0.25,
        **changes,
    }
    return make_instance(
        demand=[(9, 9), (9, 9)],
        settings=given,
        announced_orders=[{"period": 0, "units": 10}, {"period": 1, "units": 8}],
        scenarios=NODES,
    )


PLAN = np.array([[13, 25, 13], [5, 9, 9]])
"""A: 13 now, then 12 in high and 0 in low; B: 5 now, then 4, which nobody was told of."""


def test_units_by_period() -> None:
    """Period 0: 10 kept, 3 added. Period 1: high keeps 8 and adds 4, low cancels 8; a quarter and three quarters of that.

    Cost: 3 * 0.6 = 1.8, and (0.25 * 4 + 0.75 * 8) * 0.6 / 1.25 = 3.36.
    """
    table = changes_table(Ledger(tables_of(instance_of()), PLAN))
    columns = ["announced_units", "kept_units", "added_units", "cancelled_units", "cost"]
    np.testing.assert_allclose(table[columns], [[10, 10, 3, 0, 1.8], [8, 2, 1, 6, 3.36]])
    assert table["period"].tolist() == [0, 1]


def change_summary(ledger: Ledger) -> dict[str, Any] | None:
    """The summary of a ledger that has all items."""
    return summary_of(ledger.tables.instance, changes_by_period(ledger))


def test_summary() -> None:
    """10 of 18 announced units change, 5.16 in all; the terminal says so."""
    summary = change_summary(Ledger(tables_of(instance_of()), PLAN))
    assert summary is not None
    assert summary["changed_units"] == pytest.approx(10)
    assert summary["changed_share"] == pytest.approx(10 / 18)
    assert summary["cost"] == pytest.approx(5.16)
    assert change_lines(summary, "EUR") == {
        "announced orders changed": "10 of 18 units, 55.6%",
        "cost of changes": "EUR 5.16",
    }


def test_only_periods_that_count() -> None:
    """With one period that counts, nothing is said of the next."""
    table = changes_table(Ledger(tables_of(instance_of(change_price_periods=1)), PLAN))
    assert table["announced_units"].tolist() == [10]


def test_nothing_announced() -> None:
    """Without announced orders there is nothing to say; where none was announced, no share of it."""
    assert change_summary(Ledger(tables_of(make_instance(demand=(1,))), np.array([[1]]))) is None
    assert change_lines(None, "EUR") == {}
    instance = make_instance(demand=(1,), announced_orders={"period": 0, "units": 0})
    summary = change_summary(Ledger(tables_of(instance), np.array([[1]])))
    assert summary is not None
    assert summary["changed_share"] is None
    assert change_lines(summary, "EUR")["announced orders changed"] == "1 of 0 units"
