"""The report's section on shortages: what it says, and what it leaves out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stockrail.allocation.plan_tables import shortages_of
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.reports import shortages
from stockrail.reports.html_page import environment
from stockrail.reports.shortages import shortage_section
from tests.builders import Changes, make_instance


def frames(
    stock: float = 6, rules: list[Changes] | None = None, customers: bool = True, items: int = 1
) -> dict[str, pd.DataFrame]:
    """Return the tables of plans without orders: 10 units asked for in one period, 8 of them by one customer."""
    names = [f"I{k}" for k in range(items)]
    instance = make_instance(
        demand=[(10,)] * items,
        items=[
            {"item": name, "opening_stock_units": stock, "unit_price": 10 + k} for k, name in enumerate(names)
        ],
        segments={"lost_share": 1},
        customers={"customer": "K & Co"} if customers else (),
        customer_shares=[{"customer": "K & Co", "item": name, "demand_share": 0.8} for name in names]
        if customers
        else (),
        allocation_rules=rules or (),
    )
    tables = Tables.build(instance, build_tree(instance))
    made = shortages_of(Ledger(tables, np.zeros((items, 1), dtype=np.int64)))
    return dict(zip(("shortages", "allocation", "allocation_totals"), made, strict=True))


def page(tables: dict[str, pd.DataFrame]) -> str:
    """Return the section as HTML."""
    template = environment().get_template("shortages.html")
    return template.render(shortages=shortage_section(tables), currency="EUR")


def test_a_broken_promise_is_said_with_its_message() -> None:
    """6 of 10 units are there and 7.2 of 8 were promised: K & Co gets all 6, 1.2 less than promised, for certain; 4 lost cost 16."""
    rules: list[Changes] = [
        {"customer": "K & Co", "committed_share": 0.9, "message": "Call <them>."},
        {"priority": 2},
    ]
    html = page(frames(rules=rules))
    assert "4 units are expected to come late or be lost, at a cost of EUR\N{NO-BREAK SPACE}16.00" in html
    assert "1 commitment to a customer" in html
    for cell in ("K &amp; Co", "100%", "7.2", "1.2", "Call &lt;them&gt;.", "others"):
        assert f">{cell}<" in html
    assert '<th scope="row">I0</th>' in html


def test_promises_that_are_kept_are_said_to_be() -> None:
    """6 units promised of 8 are there, so that nothing is broken."""
    html = page(frames(rules=[{"customer": "K & Co", "committed_share": 0.75}]))
    assert "No commitment is broken with a probability of 5% or more." in html
    assert "What to tell them" not in html


def test_without_promises_there_is_no_word_of_them() -> None:
    """Fair shares: 4.8 of 8 and 1.2 of 2."""
    html = page(frames())
    assert "Commitments" not in html
    assert ">4.8<" in html and ">1.2<" in html


def test_without_customers_it_says_how_to_name_them() -> None:
    """Only the shortage is known."""
    html = page(frames(customers=False))
    assert "Who buys is not known" in html
    assert "Who gets what</h3>" not in html


def test_no_shortage() -> None:
    """Enough for all: said in a sentence, without an empty table."""
    html = page(frames(stock=10))
    assert "No item is expected to be short in any period" in html
    assert 'aria-label="Expected shortages"' not in html


def test_only_the_dearest_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three items the two with the highest price, which cost most when short; the page says where the others are."""
    monkeypatch.setattr(shortages, "MOST_SHORTAGES", 2)
    monkeypatch.setattr(shortages, "MOST_SHARED", 1)
    section = shortage_section(frames(items=3))
    assert section is not None
    assert [row["item"] for row in section["listed"]] == ["I2", "I1"]
    assert [case["item"] for case in section["shared"]] == ["I2"]
    html = page(frames(items=3))
    assert "the 2 that cost most (shortages.csv has more)" in html
    assert "of the 1 shortages that cost most (allocation.csv has more)" in html


def test_a_plan_that_was_not_looked_at_has_no_section(tmp_path: Path) -> None:
    """Nobody knows whether it is short."""
    assert shortage_section({"stock_split": pd.DataFrame()}) is None
