"""The rule on promises to customers, on the tables of a plan."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.commitment_rule import commitments_broken
from stockrail.workbench.governance.plan_files import ALLOCATION, ALLOCATION_TOTALS
from stockrail.workbench.governance.reading import GovernanceError
from stockrail.workbench.governance.schema_rules import CustomerCommitment
from tests.stockrail.workbench.governance.files import governance_with, plan_files, rule

ROWS = [
    # customer, segment, promised, item, period, probability that it is broken, units below it, what they cost
    ("north", "key", 0.8, "pump", 0, 0.30, 2.0, 20.0),
    ("north", "key", 0.8, "pump", 1, 0.20, 1.0, 10.0),
    ("south", "key", 0.5, "pump", 0, 0.25, 3.0, 30.0),
    ("", "", 0.0, "pump", 0, float("nan"), 0.0, 0.0),
]


def allocation() -> pd.DataFrame:
    """Return what a plan expects to be short, by customer."""
    columns = [
        "customer", "customer_segment", "committed_share", "item", "period", "commitment_broken_probability",
        "below_commitment_units", "below_commitment_money",
    ]  # fmt: skip
    return pd.DataFrame(ROWS, columns=columns).assign(date="2027-01-04", message="Soon.")


def broken(rows: pd.DataFrame | None, most_probability: float = 0.2, **who: str) -> list[Breach]:
    """Breaches of the rule of a plan with these rows, and with them as totals."""
    stated = governance_with([rule("customer_commitment", most_probability=most_probability, **who)])
    only = stated.document.rules[0]
    assert isinstance(only, CustomerCommitment)
    tables = {ALLOCATION: rows, ALLOCATION_TOTALS: None if rows is None else allocation()}
    return commitments_broken(only, replace(plan_files(), more=tables.get))


@pytest.mark.parametrize(
    ("who", "most", "subject", "money", "periods"),
    [
        # 30% and 25% are more than 20%, 20% is not: the dearest first.
        ({}, 0.2, "all customers", 50, [0, 0]),
        ({"customer_segment": "key"}, 0.19, "customers in key", 60, [0, 0, 1]),
        ({"customer": "north"}, 0.2, "customer north", 20, [0]),
        ({"customer": "north"}, 0.3, None, None, []),
    ],
)
def test_promises_at_risk(
    who: dict[str, str], most: float, subject: str | None, money: float | None, periods: list[int]
) -> None:
    """Those that are likelier broken than agreed, with what the units below them cost."""
    found = broken(allocation(), most, **who)
    assert [(one.subject, one.money) for one in found] == ([] if subject is None else [(subject, money)])
    rows: list[dict[str, Any]] = [row for one in found for row in one.evidence["commitments"]]
    assert [row["period"] for row in rows] == periods
    assert all(one.evidence["count"] == len(periods) for one in found)


def test_what_cannot_be_judged_is_broken() -> None:
    """A plan from before there was allocation, and a customer to whom nothing was promised."""
    (found,) = broken(None)
    assert found.money is None
    assert found.evidence["not_judged"] == "the plan has no allocation.csv; run it again"
    (found,) = broken(allocation(), customer="west")
    assert found.evidence["not_judged"] == "allocation_rules promise them nothing"


def test_no_shortage_keeps_every_promise() -> None:
    """The list of shortages is empty, the totals say that something was promised."""
    assert broken(allocation().iloc[:0]) == []


def test_a_customer_or_a_segment() -> None:
    """Both at once would leave open which of the two is meant."""
    with pytest.raises(GovernanceError, match="found 'key'; allowed: a customer or a segment, not both"):
        broken(allocation(), customer="north", customer_segment="key")
