"""Segments of customers: the table of `segment_example`, which derives the numbers, and the laws of shares."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.customer_segmentation import customer_segmentation
from stockrail.model.problems import Problem
from stockrail.model.reader import load
from stockrail.model.segmentation import segmentation, with_segments
from stockrail.model.writer import write
from tests.builders import make_instance
from tests.model.segment_example import example


def test_the_example() -> None:
    """Revenue, what comes before it, and the margin of what each customer buys."""
    found = customer_segmentation(example(customers={}))
    assert found.revenue.tolist() == pytest.approx([7300, 1700, 800])
    assert found.revenue_share_before.tolist() == pytest.approx([0, 73 / 98, 90 / 98])
    assert found.margin_rate.tolist() == pytest.approx([2720 / 7300, 480 / 1700, 0.4])
    assert found.segment == ("A", "A", "B")
    assert found.basis == ("rules",) * 3


def test_criteria_flags_and_fixed_segments() -> None:
    """Customers have criteria of their own; own segments and fixed ones work as for items."""
    rules = {"customer_criteria": ("abc", "margin"), "own_segments": ("strategic", "new")}
    customers: dict[str, Any] = {
        "south": {"is_strategic": "yes", "fixed_segment": "contract"},
        "corner": {"launch_date": dt.date(2026, 12, 1)},
    }
    found = customer_segmentation(example(rules=rules, customers=customers))
    assert found.segment == ("A-high", "contract", "new")
    assert found.by_rules == ("A-high", "strategic", "new")
    customers["corner"] = {"is_strategic": "no"}
    assert customer_segmentation(example(rules=rules, customers=customers)).segment[2] == "B-high"


def test_hysteresis_holds_a_current_segment() -> None:
    """74.5% come before south: B from 0.7 on, but within 0.05 of it an A stays A."""
    rules = {"a_revenue_share": 0.7, "hysteresis": 0.05}
    fresh, held = (
        customer_segmentation(example(rules=rules, customers={"south": {"segment": name}}))
        for name in ("", "A")
    )
    assert (fresh.segment[1], held.segment[1]) == ("B", "A")
    assert held.held["abc"].tolist() == [False, True, False]


def test_customers_change_nothing_else(tmp_path: Path) -> None:
    """Items are in the same segments with and without customers, and customers are read back as written."""
    assert segmentation(example(customers={})).segment == segmentation(example()).segment
    instance = with_segments(example(customers={}))
    write(instance, tmp_path)
    read = load(tmp_path)
    assert (read.customers, read.customer_shares) == (instance.customers, instance.customer_shares)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=6))
def test_customers_of_everything_have_all_revenue(parts: list[int]) -> None:
    """Where shares add up to 1, revenues of customers add up to that of the items."""
    total = sum(parts) or 1
    customers = [{"customer": f"K{k}"} for k in range(len(parts))]
    shares = [
        {"customer": f"K{k}", "demand_share": part / total if sum(parts) else 1 / len(parts)}
        for k, part in enumerate(parts)
    ]
    instance = make_instance(customers=customers, customer_shares=shares)
    assert inconsistencies_of(instance) == []
    assert customer_segmentation(instance).revenue.sum() == pytest.approx(300)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"customers": {}},
            ("customers.csv", 2, "customer", "K", "a customer with at least one row in customer_shares"),
        ),
        (
            {
                "customers": [{}, {"customer": "L"}],
                "customer_shares": [{"demand_share": 0.6}, {"customer": "L", "demand_share": 0.5}],
            },
            (
                "customer_shares.csv",
                None,
                "demand_share",
                "1.1 in all for A",
                "shares of an item that add up to at most 1",
            ),
        ),
        (
            {"customer_shares": {"demand_share": 0.6}},
            ("customer_shares.csv", 2, "customer", "K", "a name in the table customers"),
        ),
        (
            {"customers": {"fixed_segment": "key"}, "customer_shares": {"demand_share": 0}},
            (
                "customers.csv",
                2,
                "fixed_segment",
                "key",
                "blank, as the settings have no group segmentation; without it the column segment gives it",
            ),
        ),
        (
            {
                "customers": {"launch_date": dt.date(2027, 1, 4), "end_date": dt.date(2027, 1, 3)},
                "customer_shares": {"demand_share": 0},
            },
            (
                "customers.csv",
                2,
                "end_date",
                "2027-01-03",
                "a day after the launch_date, 2027-01-04, or blank",
            ),
        ),
    ],
)
def test_laws_of_customers(rows: dict[str, Any], problem: tuple[Any, ...]) -> None:
    """Every customer has a share, shares stay within demand, names are known."""
    assert inconsistencies_of(make_instance(**rows)) == [Problem(*problem)]
