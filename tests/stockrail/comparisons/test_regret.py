"""Regret of first buys: by hand, and what cannot be resolved says so."""

import numpy as np
import pandas as pd

from stockrail.comparisons.comparison import compare
from stockrail.comparisons.regret import COLUMNS, NO_PLAN, NOT_RESOLVED, OPEN, RESOLVED, SAME, least_regret
from tests.stockrail.what_if_cases import one_order, what_if


def _cells(table: pd.DataFrame) -> dict[tuple[str, str], tuple[str, float]]:
    rows = table.to_dict("records")
    return {(row["first_buys_of"], row["happens"]): (row["status"], round(row["regret"], 6)) for row in rows}


def _least(table: pd.DataFrame) -> tuple[str, float]:
    found = least_regret(table)
    assert found is not None
    return found[0], round(found[1], 6)


def test_regret_by_hand() -> None:
    """10 bought where 20 are asked for earn 40 in place of 80; 20 bought where 10 are asked for cost 60 for nothing."""
    instance, what_ifs = one_order()
    table = compare(instance, what_ifs, gap=0.0, regret=True).regret
    assert _cells(table) == {
        ("base", "high"): (RESOLVED, 40),
        ("high", "base"): (RESOLVED, 60),
    }
    assert _least(table) == ("base", 40)


def test_the_same_buys_need_no_solve() -> None:
    """A price that changes no decision leaves nothing to regret."""
    instance, (base, _) = one_order()
    dearer = what_if("dearer", {"table": "items", "column": "unit_price", "set": 12})
    table = compare(instance, [base, dearer], gap=0.0, regret=True).regret
    assert set(table["status"]) == {SAME}
    assert (table["regret"] == 0).all()


def test_buys_that_no_plan_can_follow() -> None:
    """With room for 5 units of stock value 30 at the end, 20 bought where 10 are asked for are not allowed."""
    instance, (base, high) = one_order()
    row = {
        "guardrail": "cap", "metric": "inventory_value", "scope": "all", "first_period": 0, "last_period": 0,
        "lower": None, "upper": 30, "holds": "every scenario", "soft_price": None,
    }  # fmt: skip
    capped = what_if("capped", {"table": "guardrails", "add_rows": [row]})
    table = compare(instance, [base, high, capped], gap=0.0, regret=True).regret
    assert _cells(table)[("high", "capped")][0] == NO_PLAN
    assert _least(table) == ("base", 40)


def _table(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [[held, happens, status, regret, 0.0, most, ""] for held, happens, status, regret, most in rows],
        columns=COLUMNS,
    )


def test_what_is_not_resolved_counts_as_its_most() -> None:
    """One is not resolved and may cost 9, the other costs 5 for sure: that is safer."""
    table = _table(("a", "b", NOT_RESOLVED, 1.0, 9.0), ("b", "a", RESOLVED, 5.0, 6.0))
    assert _least(table) == ("b", 5.0)


def test_no_answer_while_something_is_open() -> None:
    """A pair that was not solved, or no plan for any first buys, leaves no safest choice."""
    assert least_regret(_table(("a", "b", OPEN, np.nan, np.nan), ("b", "a", RESOLVED, 5.0, 6.0))) is None
    assert (
        least_regret(_table(("a", "b", NO_PLAN, np.nan, np.nan), ("b", "a", NO_PLAN, np.nan, np.nan))) is None
    )
