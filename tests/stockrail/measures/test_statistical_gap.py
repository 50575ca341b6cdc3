"""The statistical gap in words."""

import math

import numpy as np
import pytest

from stockrail.measures.replications import Replication, Replications
from stockrail.measures.statistical_gap import (
    GAP_COLUMNS,
    NOT_COMPUTED,
    REPLICATE,
    certificate_sentences,
    gap_columns,
    gap_in_short,
    gap_record,
    gap_sentences,
    gaps_sentences,
    solver_gap_sentence,
    statistical_gaps,
)
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.stockrail.gap_records import COMPUTED, NEGATIVE, record_of
from tests.stockrail.measures.newsvendor import newsvendor

INSTANCE = make_instance()


def tree(bound: float, policy: float, first_orders: float, broken: tuple[str, ...] = ()) -> Replication:
    return Replication(bound - 1.0, bound, policy, broken, first_orders, "solved")


def test_not_computed_says_what_to_do() -> None:
    """Without fresh trees there is no gap, and the words name the command."""
    assert gap_record(None, INSTANCE) is None
    assert gap_record(Replications((), "here"), INSTANCE) is None
    assert gap_in_short(None) == NOT_COMPUTED
    assert "stockrail measures" in gap_sentences(None, "EUR")[0]


def test_numbers_and_limits_that_break() -> None:
    """Policy gaps of 10 and 10 of 100 are 10% for certain; first orders gaps of 1 and 1 are 1%. What the policy breaks is said."""
    record = gap_record(
        Replications((tree(110, 100, 109, ("cap (upper)",)), tree(110, 100, 109)), "here"), INSTANCE
    )
    assert record is not None
    assert record["as_a_policy"] == {"gap": 10.0, "most_gap": 10.0, "share": 0.1, "most_share": 0.1}
    assert gap_in_short(record) == "orders now <= 1.00%, as a policy <= 10.00%"
    first, second = gap_sentences(record, "EUR")
    assert "2 fresh trees, drawn from here" in first
    assert "cap (upper) on 1" in second


def test_no_interval_from_one_tree() -> None:
    """One tree is no sample, and neither are trees of which one has no plan."""
    for trees in ((tree(110, 100, 109),), (tree(110, 100, 109), tree(np.inf, 100, np.nan))):
        record = gap_record(Replications(trees, "here"), INSTANCE)
        assert record is not None
        assert "not known" in gap_in_short(record)
        assert "two trees or more" in gap_sentences(record, "EUR")[0]


def test_negative_estimates_are_printed_as_they_are() -> None:
    """A policy gap of -10 of 1,000 is -1.00%, everywhere; what is above zero has no such sentence."""
    text = " ".join(gap_sentences(NEGATIVE, "EUR"))
    assert "about EUR -10.00 (-1.00%) and at most EUR -10.00 (-1.00%)" in text
    assert "below zero is printed as it is" in text
    assert "below zero" not in " ".join(gap_sentences(COMPUTED, "EUR"))
    assert gap_columns(NEGATIVE)["policy_gap"] == pytest.approx(-0.01)
    assert "as a policy <= -1.00%" in gap_in_short(NEGATIVE)


def test_columns() -> None:
    """2 and 10 of 1,000 are 0.2% and 1%; what was not computed is NaN."""
    columns = gap_columns(COMPUTED)
    assert tuple(columns) == GAP_COLUMNS
    assert list(columns.values()) == pytest.approx([0.002, 0.002, 0.01, 0.01])
    assert all(math.isnan(value) for value in gap_columns(None).values())
    # A record that was read back from a file has None where there was no number.
    read = {**COMPUTED, "first_orders": dict.fromkeys(COMPUTED["first_orders"])}
    assert math.isnan(gap_columns(read)["first_orders_gap"])


def test_both_certificates_of_a_plan() -> None:
    """The solver's gap comes first, then the statistical one or what computes it; a missing bound is said."""
    solver, statistical = certificate_sentences(
        {"objective": 998, "bound": 1000, "gap": 0.002004}, "EUR", REPLICATE
    )
    assert (
        solver
        == "Solver's gap: on its tree the plan reaches EUR 998.00 and no plan more than EUR 1,000, a gap of 0.200%."
    )
    assert statistical == f"Statistical gap: not computed: {REPLICATE}."
    assert "No bound was computed" in solver_gap_sentence(998, None, None, "EUR")
    assert "no value" in solver_gap_sentence(None, None, None, "EUR")
    # A bound below the plan contradicts it. It is not hidden.
    assert "a gap of -0.100%" in solver_gap_sentence(1000, 999, -0.001, "EUR")


def test_several_plans_under_one_table() -> None:
    """One sentence for all; plans whose policies break limits are named; without any gap there is what computes it."""
    one = record_of((1010, 1000, 1008))
    text = " ".join(gaps_sentences({"low": COMPUTED, "high": NEGATIVE, "none": None, "cancelled": one}))
    assert "from 1 to 2 fresh trees, drawn from here" in text
    assert "high (cap (upper) on 2)" in text and "low (" not in text
    assert gaps_sentences({}, REPLICATE) == ["Statistical gap: none, as there is no plan."]
    assert gaps_sentences({"low": None}, REPLICATE) == [f"Statistical gap: not computed: {REPLICATE}."]


def test_gaps_of_two_plans() -> None:
    """Orders of 100 and of 0 in the newsvendor of this folder, on the same fresh trees.

    A tree has two branches, each low or high. Both low: no order is best, 0, and 100 loses 190. One of each: 100 is best and reaches 20.
    Both high: 100 is best and reaches 230. No order always reaches 0. So with `a`, `b` and `c` trees of the three kinds, 100 misses
    190 a and no order misses 20 b + 230 c, and 100 reaches -190 a + 20 b + 230 c.
    """
    tables = tables_of(newsvendor())
    order = np.full(tables.demand.shape, 10, dtype=np.int64)
    found = statistical_gaps(tables, {"100": order, "0": 0 * order}, 6, SolveOptions(gap=0.0, workers=1))
    most, least = found["100"], found["0"]
    assert most is not None and least is not None
    assert (most["trees"], most["first_orders"]["gap"]) == (6, pytest.approx(most["as_a_policy"]["gap"]))
    both_low = 6 * most["as_a_policy"]["gap"] / 190
    assert both_low == pytest.approx(round(both_low))
    assert most["policy"] == pytest.approx(least["as_a_policy"]["gap"] - most["as_a_policy"]["gap"])
    assert least["policy"] == pytest.approx(0.0)
    # Shares of what an order of 100 reaches; the interval of `a` trees of 6 with 190 has a standard deviation of 190 sqrt(a (6 - a) / 30).
    half = 2.01505 * 190 * math.sqrt(both_low * (6 - both_low) / 30) / math.sqrt(6)
    assert most["as_a_policy"]["most_gap"] == pytest.approx(most["as_a_policy"]["gap"] + half, rel=1e-5)
    assert statistical_gaps(tables, {"100": order}, 0, SolveOptions()) == {"100": None}
    assert statistical_gaps(tables, {}, 3, SolveOptions()) == {}


def test_a_cancel_before_the_first_tree_is_no_gap() -> None:
    """Nothing was solved, so nothing is known."""
    tables = tables_of(newsvendor())
    plans = {"none": np.zeros(tables.demand.shape, dtype=np.int64)}
    assert statistical_gaps(tables, plans, 3, SolveOptions(is_cancelled=lambda: True)) == {"none": None}


def test_limits_that_are_sampled_with_the_trees() -> None:
    """A limit on an expectation is sampled as well, so no direction is guaranteed, and that is said for one plan and for several."""
    limit = {
        "guardrail": "room",
        "metric": "inventory_value",
        "first_period": 1,
        "upper": 900,
        "holds": "expected",
    }
    trees = Replications((tree(110, 100, 109), tree(110, 100, 109)), "here")
    record = gap_record(trees, newsvendor(guardrails=limit))
    assert record is not None and record["sampled_limits"] == ["room"]
    for lines in (gap_sentences(record, "EUR"), gaps_sentences({"plan": record})):
        assert "Fresh trees sample what room limits as well" in lines[-1]
    # A record that an earlier version wrote does not know.
    del record["sampled_limits"]
    assert not any("guaranteed" in line for line in gap_sentences(record, "EUR"))
