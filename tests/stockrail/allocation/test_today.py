"""What there is of an item today, shared by the rules of the instance."""

import pytest

from stockrail.allocation.asked import Asked
from stockrail.allocation.display import shortage_lines, today_lines
from stockrail.allocation.today import UnknownItemError, allocate_item
from stockrail.allocation.totals import TOTAL_COLUMNS
from stockrail.model.instance import Instance
from tests.builders import make_instance


def instance() -> Instance:
    """Return an item of 10 that costs 6 * 1.1 landed; half of what is missing is lost, at 20% of churn, and half waits at 5%."""
    return make_instance(
        suppliers={"freight_rate": 0.1},
        segments={
            "lost_share": 0.5,
            "churn_cost_share_of_price": 0.2,
            "backorder_cost_share_of_price_per_period": 0.05,
        },
        customers=[{"customer": "north", "segment": "key"}, {"customer": "south"}],
        customer_shares=[
            {"customer": "north", "demand_share": 0.5},
            {"customer": "south", "demand_share": 0.5},
        ],
        allocation_rules=[
            {"customer_segment": "key", "priority": 2, "committed_share": 0.5, "message": "Soon."},
            {"priority": 3, "committed_share": 0.1},
        ],
    )


def test_promises_of_the_file_come_before_those_of_the_rules() -> None:
    """North has priority 2 and a promise of 4 of 5 by the file, the segment of 3 by the rule (2.5 up), south of 1 (0.4 up).

    6 units: 4 + 2 of priority 2 by its shares of 4 and 3: exactly 3.43 and 2.57, in whole units 3 and 3. A missing unit costs
    (10 - 6.6 + 2) / 2 + 0.5 / 2 = 2.95.
    """
    asked = [
        Asked(customer="south", asked_units=4),
        Asked(customer="north", asked_units=5, committed_units=4),
        Asked(segment="key", asked_units=5),
    ]
    shares = allocate_item(instance(), "A", 6, asked).shares
    assert shares["customer"].tolist() == ["north", "", "south"]
    assert shares["customer_segment"].tolist() == ["key", "key", ""]
    assert shares["committed_units"].tolist() == [4, 3, 1]
    assert shares["given_units"].tolist() == [3, 3, 0]
    assert shares["left_units"].tolist() == [2, 2, 4]
    assert shares["below_commitment_units"].tolist() == [1, 0, 1]
    assert shares["money"].tolist() == pytest.approx([5.9, 5.9, 11.8])


def test_more_than_is_asked_for_is_left_over() -> None:
    """Nobody gets more than they ask for."""
    found = allocate_item(instance(), "A", 9, [Asked(customer="north", asked_units=5)])
    assert (found.asked, found.spare) == (5, 4)
    assert today_lines(found)[0] == "A: all 5 units asked for can be given; 4 are left over."
    record = found.record()
    assert (record["available_units"], record["shares"][0]["given_units"]) == (9, 5)


def test_what_is_said_of_those_who_get_less() -> None:
    """Those with a message, and those below a promise although nothing was agreed for them; nothing of the others."""
    asked = [Asked(customer="north", asked_units=4), Asked(customer="south", asked_units=10)]
    assert today_lines(allocate_item(instance(), "A", 2, asked))[-2:] == [
        "north gets 2 of 4. Tell them: Soon.",
        "south gets 0 of 10, 1 less than promised.",
    ]
    quiet = today_lines(allocate_item(instance(), "A", 5, asked))
    assert not any("south gets" in line for line in quiet)


def test_an_unknown_item() -> None:
    """It is named, with where to look."""
    with pytest.raises(UnknownItemError, match="There is no item B in test: see its table items"):
        allocate_item(instance(), "B", 1, [])


def test_the_terminal_of_a_plan_speaks_of_promises_only() -> None:
    """Nothing where nobody was promised anything; else whose promise is at risk, or that none is."""
    import pandas as pd

    row = dict.fromkeys(TOTAL_COLUMNS, 0.0) | {"customer": "north", "customer_segment": "key", "money": 12.5}
    assert shortage_lines({"allocation_totals": pd.DataFrame([row])}, "EUR") == []
    assert shortage_lines({}, "EUR") == []
    row["committed_share"] = 0.5
    (line,) = shortage_lines({"allocation_totals": pd.DataFrame([row])}, "EUR")
    assert line == "Commitments to customers: none is broken with a probability of 5% or more."
    row |= {"commitments_at_risk": 2, "below_commitment_units": 1.25}
    (line,) = shortage_lines({"allocation_totals": pd.DataFrame([row])}, "EUR")
    assert line.startswith("Commitments to customers: 2 may be broken (north), by 1.2 expected units in all;")
    assert line.endswith("What is short costs EUR 12.50.")
