"""Segments by rules: a table solved by hand, what hysteresis keeps, and laws for any numbers."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.model.reader import load
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.schema_values import Criterion
from stockrail.model.segmentation import class_of, life_cycle, segmentation, with_segments
from stockrail.model.writer import write
from tests.builders import Changes, make_instance
from tests.model.segment_example import NAMES, SEGMENTS, example

REVENUES = st.lists(st.integers(0, 1000), min_size=1, max_size=12)
SHARES = st.integers(0, 100).map(lambda percent: percent / 100)


def with_revenues(revenues: list[int], rules: SegmentationRules, factor: float = 1.0) -> Instance:
    """One period, one unit of demand each, so that the price is the revenue."""
    items: list[Changes] = [
        {"item": f"I{i}", "unit_price": revenue * factor, "unit_cost": 0}
        for i, revenue in enumerate(revenues)
    ]
    return make_instance(
        demand=[[1.0]] * len(revenues), sigma=0.3, items=items, settings={"segmentation": rules}
    )


def test_the_example() -> None:
    """Every number of the table in `segment_example`, which derives it."""
    found = segmentation(example())
    assert found.revenue.tolist() == pytest.approx([7000, 2000, 800, 200])
    assert found.revenue_share_before.tolist() == pytest.approx([0, 0.7, 0.9, 0.98])
    assert found.variation.tolist() == pytest.approx([0.3, 1.1, 0.7, 0.3])
    assert found.margin_rate.tolist() == pytest.approx([0.4, 0.2, 0.4, 0.5])
    assert found.classes == {
        "abc": ("A", "A", "B", "C"),
        "xyz": ("X", "Z", "Y", "X"),
        "margin": ("high", "low", "high", "high"),
        "strategic": ("standard",) * 4,
        "life_cycle": ("active", "active", "active", "new"),
    }
    assert found.by_rules == found.segment == SEGMENTS
    assert found.basis == ("rules", "rules", "rules", "new")


def test_freight_and_duty_count_in_the_margin_rate() -> None:
    """Landed cost 6 * (1 + 0.1 + 0.15) = 7.5 of a price of 10 leaves a quarter."""
    instance = make_instance(suppliers={"freight_rate": 0.1, "duty_rate": 0.15})
    assert segmentation(instance).margin_rate.tolist() == pytest.approx([0.25])


def test_a_known_season_is_no_variation() -> None:
    """Means of 0 and 20 without any error have a standard deviation of 0 in each period."""
    assert segmentation(make_instance(demand=[0, 20])).variation.tolist() == [0.0]


def test_what_is_not_defined_is_in_the_class_that_no_number_vouches_for() -> None:
    """No demand: no revenue (C), no variation (Z). No price: no revenue, no margin rate (low)."""
    items: list[Changes] = [{"item": "unsold"}, {"item": "free", "unit_price": 0}, {"item": "sold"}]
    found = segmentation(make_instance(demand=[[0], [5], [5]], items=items))
    assert found.by_rules == ("C-Z", "C-X", "A-X")
    assert found.classes["margin"] == ("high", "low", "high")
    assert np.isnan(found.variation[0])
    assert np.isnan(found.margin_rate[1])


def test_fixed_comes_before_own_segments_and_those_before_criteria() -> None:
    """The clip is new and strategic: the first of `own_segments` counts, unless a segment is fixed."""
    rules = {"own_segments": ("strategic", "new"), "criteria": ("margin", "life_cycle")}
    items: dict[str, Changes] = {
        "clip": {"is_strategic": "yes"},
        "valve": {"is_strategic": "yes", "fixed_segment": "watched"},
        "hose": {"end_date": dt.date(2027, 3, 1)},
    }
    found = segmentation(example(rules=rules, items=items))
    assert found.segment == ("high-active", "low-ending", "watched", "strategic")
    assert found.basis == ("rules", "rules", "fixed", "strategic")
    assert found.by_rules[2] == "strategic"


@pytest.mark.parametrize(
    ("launch", "end", "state"),
    [
        # The start is 4 January 2027. 180 days before it is 8 July 2026, after it 3 July 2027.
        (None, None, "active"),
        ("2026-07-08", None, "active"),
        ("2026-07-09", None, "new"),
        ("2027-02-01", None, "new"),
        (None, "2027-07-03", "ending"),
        (None, "2027-07-04", "active"),
        (None, "2026-01-01", "ending"),
        ("2026-12-01", "2027-03-01", "ending"),
    ],
)
def test_life_cycle(launch: str | None, end: str | None, state: str) -> None:
    """New for less than 180 days, ending in the last 180, and ending comes first."""
    item = example().items[0]
    dates = {"launch_date": launch, "end_date": end}
    changed = item.model_copy(
        update={name: day and dt.date.fromisoformat(day) for name, day in dates.items()}
    )
    assert life_cycle(changed, SegmentationRules(), dt.date(2027, 1, 4)) == state


@pytest.mark.parametrize(
    ("criterion", "number", "current", "expected"),
    [
        # Thresholds 0.8 and 0.95 with a hysteresis of 0.05: A up to 0.85, B from 0.75 to 1, C from 0.9.
        ("abc", 0.80, None, "B"),
        ("abc", 0.80, "A", "A"),
        ("abc", 0.84, "A", "A"),
        ("abc", 0.85, "A", "B"),
        ("abc", 0.76, "B", "B"),
        ("abc", 0.74, "B", "A"),
        ("abc", 0.99, "B", "B"),
        ("abc", 0.91, "C", "C"),
        ("abc", 0.89, "C", "B"),
        ("abc", 0.99, "A", "C"),
        ("abc", 0.50, "C", "A"),
        ("xyz", 0.54, "X", "X"),
        ("xyz", 0.55, "X", "Y"),
        ("xyz", 0.96, "Z", "Z"),
        ("margin", 0.26, "high", "high"),
        ("margin", 0.34, "low", "low"),
        ("margin", 0.35, "low", "high"),
        ("margin", 0.30, "none of them", "high"),
    ],
)
def test_hysteresis(criterion: Criterion, number: float, current: str | None, expected: str) -> None:
    """An item keeps its class until its number is beyond a threshold by the hysteresis, wherever it goes then."""
    assert class_of(SegmentationRules(hysteresis=0.05), criterion, number, current) == expected


def test_hysteresis_reads_the_current_segment() -> None:
    """A pump for 65 sells 13,000 of 16,000: 81.25% come before the hose. A held A stays A, without one it is B."""
    items: dict[str, Changes] = {"pump": {"unit_price": 65.0}, "hose": {"segment": "A-Z"}}
    held = segmentation(example(rules={"hysteresis": 0.05}, items=items))
    assert held.revenue_share_before[1] == pytest.approx(0.8125)
    assert held.segment[1] == "A-Z"
    assert held.held["abc"].tolist() == [False, True, False, False]
    assert segmentation(example(rules={}, items=items)).segment[1] == "B-Z"
    # A name that the rules cannot form holds nothing.
    items["hose"] = {"segment": "fast"}
    assert segmentation(example(rules={"hysteresis": 0.05}, items=items)).segment[1] == "B-Z"


def test_load_forms_the_segments_and_reads_them_back(tmp_path: Path) -> None:
    """Loading puts every item in its segment; written and read again, nothing moves."""
    write(example(), tmp_path)
    instance = load(tmp_path)
    assert tuple(row.segment for row in instance.items) == SEGMENTS
    assert instance.item_segment.tolist() == [0, 1, 2, 3]
    write(instance, tmp_path)
    assert load(tmp_path).items == instance.items


def test_without_rules_nothing_is_replaced() -> None:
    """Segments that are given stay, and the default rules are only told."""
    items = {name: {"segment": "A-X"} for name in NAMES}
    instance = example(rules=None, items=items)
    assert with_segments(instance) is instance
    found = segmentation(instance)
    assert found.segment == ("A-X",) * 4
    assert found.basis == ("given",) * 4
    assert found.by_rules == ("A-X", "A-Z", "B-Y", "C-X")


@given(st.floats(1e-6, 1e6))
def test_another_currency_changes_nothing(factor: float) -> None:
    """Shares, variation and rates are free of money, also at a threshold: 70% are before the hose."""
    rules = {"a_revenue_share": 0.7, "high_margin_rate": 0.4, "criteria": ("abc", "xyz", "margin")}
    found = segmentation(example(rules=rules, currency_factor=factor))
    assert found.segment == ("A-X-high", "B-Z-low", "B-Y-high", "C-X-high")


@given(REVENUES, SHARES, SHARES)
def test_more_revenue_never_means_a_lower_class(revenues: list[int], one: float, other: float) -> None:
    """Classes fall with revenue, equal ones share a class, and what is better than C makes no less than the share of A."""
    rules = SegmentationRules(a_revenue_share=min(one, other), b_revenue_share=max(one, other))
    found = segmentation(with_revenues(revenues, rules)).classes["abc"]
    by_revenue = sorted(zip(revenues, found, strict=True), key=lambda pair: (-pair[0], pair[1]))
    assert [name for _, name in by_revenue] == sorted(found)
    assert len(set(by_revenue)) == len(set(revenues))
    in_a = sum(revenue for revenue, name in by_revenue if name == "A")
    assert in_a >= rules.a_revenue_share * sum(revenues) * (1 - 1e-6)


@given(REVENUES, SHARES, SHARES)
def test_a_higher_share_never_lowers_a_class(revenues: list[int], one: float, other: float) -> None:
    """Raising `a_revenue_share` puts no item in a lower class."""
    low, high = sorted((one, other))
    classes = [
        segmentation(
            with_revenues(revenues, SegmentationRules(a_revenue_share=share, b_revenue_share=1))
        ).classes["abc"]
        for share in (low, high)
    ]
    assert all(after <= before for before, after in zip(*classes, strict=True))


@given(REVENUES)
def test_thresholds_at_their_ends(revenues: list[int]) -> None:
    """At 1 everything that sells is A, at 0 nothing is better than C; what does not sell is C in both."""
    everything = SegmentationRules(a_revenue_share=1, b_revenue_share=1, x_variation=0, y_variation=0)
    found = segmentation(with_revenues(revenues, everything)).classes
    assert found["abc"] == tuple("A" if revenue else "C" for revenue in revenues)
    assert set(found["xyz"]) == {"Z"}
    nothing = SegmentationRules(a_revenue_share=0, b_revenue_share=0)
    assert set(segmentation(with_revenues(revenues, nothing)).classes["abc"]) == {"C"}


@settings(max_examples=50)
@given(REVENUES, SHARES, st.lists(st.sampled_from(["A-X", "B-X", "C-X", "other", ""]), min_size=12))
def test_forming_segments_twice_changes_nothing(
    revenues: list[int], hysteresis: float, current: list[str]
) -> None:
    """What hysteresis kept, it keeps; what moved, stays: so loading what was written gives the same."""
    instance = with_revenues(revenues, SegmentationRules(hysteresis=hysteresis))
    items = tuple(
        row.model_copy(update={"segment": name}) for row, name in zip(instance.items, current, strict=False)
    )
    once = with_segments(replace(instance, items=items))
    assert with_segments(once).items == once.items
