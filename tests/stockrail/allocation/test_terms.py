"""Which rule holds for whom."""

import pytest

from stockrail.allocation.claims import PlanClaims
from stockrail.allocation.terms import NO_TERMS, TermsBook
from stockrail.model.schema_settings import SegmentationRules
from tests.builders import make_instance

CUSTOMERS = [{"customer": "north", "segment": "key"}, {"customer": "south"}]
SHARES = [{"customer": "north", "demand_share": 0.5}, {"customer": "south", "demand_share": 0.3}]
RULES = [
    {"priority": 9, "message": "all"},
    {"item_segment": "S", "priority": 8},
    {"item": "A", "priority": 7},
    {"customer_segment": "key", "priority": 6},
    {"customer_segment": "key", "item_segment": "S", "priority": 5},
    {"customer_segment": "key", "item": "A", "priority": 4},
    {"customer": "north", "priority": 3},
    {"customer": "north", "item_segment": "S", "priority": 2},
    {"customer": "north", "item": "A", "priority": 1},
]
"""Every kind of row, the least particular one first: each beats those before it."""


@pytest.mark.parametrize("count", range(1, len(RULES) + 1))
def test_the_most_particular_row_decides(count: int) -> None:
    """With the first so many rows, the last of them holds for north and the item A."""
    book = TermsBook.of(
        make_instance(customers=CUSTOMERS, customer_shares=SHARES, allocation_rules=RULES[:count])
    )
    assert book.terms("north", "A", "S").priority == RULES[count - 1]["priority"]


def test_others_have_the_rules_that_name_nobody() -> None:
    """A customer without a segment, and those that are not listed; another item has the rule without one."""
    book = TermsBook.of(make_instance(customers=CUSTOMERS, customer_shares=SHARES, allocation_rules=RULES))
    assert [book.terms(name, "A", "S").priority for name in ("south", "")] == [7, 7]
    assert book.terms("south", "B", "T").message == "all"
    assert book.terms("", "A", "S", customer_segment="key").priority == 4
    assert TermsBook.of(make_instance()).terms("", "A", "S") == NO_TERMS


def test_segments_that_rules_form_count() -> None:
    """With rules of segmentation the customer's segment is the one they form: the only buyer of all is an A."""
    instance = make_instance(
        settings={"segmentation": SegmentationRules(criteria=("abc",))},
        segments={"segment": "A"},
        customers=[{"customer": "north", "segment": "old"}],
        customer_shares=[{"customer": "north", "demand_share": 1}],
        allocation_rules=[
            {"customer_segment": "A", "priority": 2},
            {"customer_segment": "old", "priority": 3},
        ],
    )
    assert TermsBook.of(instance).terms("north", "A", "A").priority == 2


def test_claims_of_a_plan() -> None:
    """What belongs to nobody listed is a claim of its own, so that shares of an item add up to 1; steps by hand.

    North has priority 1 and is promised 0.8 of its half, south 2 and half of its 0.3, others 3. Steps are the promises of 1, 2
    and 3, then the rest: 0.4, 0.15, 0, 0.1, 0.15, 0.2.
    """
    instance = make_instance(
        customers=CUSTOMERS,
        customer_shares=SHARES,
        allocation_rules=[
            {"customer_segment": "key", "committed_share": 0.8},
            {"customer": "south", "priority": 2, "committed_share": 0.5},
            {"priority": 3},
        ],
    )
    claims = PlanClaims.of(instance)
    assert [claims.parties[who][0] for who in claims.who] == ["north", "south", ""]
    assert claims.share == pytest.approx([0.5, 0.3, 0.2])
    assert claims.step_share[:, 0] == pytest.approx([0.4, 0.15, 0, 0.1, 0.15, 0.2])
    assert claims.has_customers
    assert claims.rest_part == pytest.approx([1, 1, 1])


def test_without_customers_all_of_them_are_one_claim() -> None:
    """Every item has one claim of nobody in particular."""
    claims = PlanClaims.of(make_instance(demand=[(1,), (2,)], items=[{"item": "A"}, {"item": "B"}]))
    assert not claims.has_customers
    assert claims.item.tolist() == [0, 1]
    assert claims.share.tolist() == [1, 1]
    assert claims.step_share.tolist() == [[0, 0], [1, 1]]
