"""Differences of plans, and what their bounds say."""

import pytest

from stockrail.comparisons.plan_comparison import Difference, ProvenPlan
from stockrail.comparisons.what_if_solve import tables_of
from stockrail.model.ledger import Ledger
from tests.stockrail.what_if_cases import one_order


def proven(objective: float, bound: float) -> ProvenPlan:
    """A plan with this proof; its orders do not matter here."""
    tables = tables_of(one_order()[0])
    return ProvenPlan(Ledger(tables, 0 * tables.fixed_lots), objective, bound, objective)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # 90 - 100 = -10; at the least 90 - 104, at the most 95 - 100; the gaps are 4 and 5, together 9 < 10.
        ((100, 104), (90, 95), (-10, -14, -5, False)),
        # The gaps are 6 and 5, together 11 > 10: within them, though the second earns less for certain.
        ((100, 106), (90, 95), (-10, -16, -5, True)),
        # A bound a little below its plan is rounding: no gap. Nothing differs.
        ((100, 100 - 1e-9), (100, 100), (0, 0, 0, True)),
    ],
)
def test_between(
    first: tuple[float, float], second: tuple[float, float], expected: tuple[float, float, float, bool]
) -> None:
    """Each bound says something of its own plan only."""
    found = Difference.between(proven(*second), proven(*first))
    assert (found.amount, found.least, found.most) == pytest.approx(expected[:3], abs=1e-6)
    assert found.is_within_gap is expected[3]
