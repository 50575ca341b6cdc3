"""The statistical gap in words."""

import numpy as np

from stockrail.measures.replications import Replication, Replications
from stockrail.measures.statistical_gap import NOT_COMPUTED, gap_in_short, gap_record, gap_sentences


def tree(bound: float, policy: float, first_orders: float, broken: tuple[str, ...] = ()) -> Replication:
    return Replication(bound - 1.0, bound, policy, broken, first_orders, "solved")


def test_not_computed_says_what_to_do() -> None:
    """Without fresh trees there is no gap, and the words name the command."""
    assert gap_record(None) is None
    assert gap_record(Replications((), "here")) is None
    assert gap_in_short(None) == NOT_COMPUTED
    assert "stockrail measures" in gap_sentences(None, "EUR")[0]


def test_numbers_and_limits_that_break() -> None:
    """Policy gaps of 10 and 10 of 100 are 10% for certain; first orders gaps of 1 and 1 are 1%. What the policy breaks is said."""
    record = gap_record(Replications((tree(110, 100, 109, ("cap (upper)",)), tree(110, 100, 109)), "here"))
    assert record is not None
    assert record["as_a_policy"] == {"gap": 10.0, "most_gap": 10.0, "share": 0.1, "most_share": 0.1}
    assert gap_in_short(record) == "orders now <= 1.00%, as a policy <= 10.00%"
    first, second = gap_sentences(record, "EUR")
    assert "2 fresh trees, drawn from here" in first
    assert "cap (upper) on 1" in second


def test_no_interval_from_one_tree() -> None:
    """One tree is no sample, and neither are trees of which one has no plan."""
    for trees in ((tree(110, 100, 109),), (tree(110, 100, 109), tree(np.inf, 100, np.nan))):
        record = gap_record(Replications(trees, "here"))
        assert record is not None
        assert "not known" in gap_in_short(record)
        assert "two trees or more" in gap_sentences(record, "EUR")[0]
