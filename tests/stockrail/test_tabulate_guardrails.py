"""Tests of the tables of guardrails, on the best plan of instances/three-items; its README derives the numbers.

Fans are worth 0 now, 400 in `cool` and 0 in `hot`, and 0 at the end; both scenarios have a probability of 1/2.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stockrail.finance.limit_price import LimitPrice
from stockrail.finance.plan_prices import PlanPrices
from stockrail.held import standings
from stockrail.model.guardrails import Guardrails
from stockrail.model.schema import Guardrail
from stockrail.solvers.limit_moves import LimitKey
from stockrail.tabulate_guardrails import guardrail_periods_table, guardrails_table
from tests.stockrail.test_tabulate import ledger_of, three_items


def guardrail(name: str, **changes: Any) -> Guardrail:
    """Return a hard limit on inventory value in every scenario, over all items and periods unless changed."""
    row: dict[str, Any] = {
        "guardrail": name,
        "metric": "inventory_value",
        "scope": "all",
        "first_period": 0,
        "last_period": 2,
        "lower": None,
        "upper": None,
        "holds": "every scenario",
        "soft_price": None,
        "owner": "finance",
    }
    return Guardrail(**(row | changes))


def tabulate(
    *rows: Guardrail, prices: dict[LimitKey, LimitPrice] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables of guardrails for the best plan of three-items."""
    ledger = ledger_of(three_items(guardrails=rows))
    held = standings(ledger, Guardrails.build(ledger.tables))
    known = PlanPrices(prices or {})
    return guardrails_table(held, known), guardrail_periods_table(
        ledger.tables.instance.settings, held, known
    )


def test_guardrail_that_binds() -> None:
    """Fans are worth 400 in `cool`: a limit of 400 binds in period 1; prices of all periods and of one, with their range."""
    prices = {
        LimitKey("fans", "upper"): LimitPrice(0.04),
        LimitKey("fans", "upper", 1): LimitPrice(0.04, 0.039, 0.041, 380.0, 420.0),
    }
    rows, periods = tabulate(
        guardrail("fans", scope="segment", scope_value="seasonal", upper=400), prices=prices
    )
    (row,) = rows.to_dict("records")
    assert (row["name"], row["side"], row["scope_value"]) == ("fans", "upper", "seasonal")
    assert (row["limit"], row["worst"], row["slack"]) == pytest.approx((400.0, 400.0, 0.0))
    assert row["binding_periods"] == [1]
    assert row["price"] == pytest.approx(0.04)
    assert row["hard"] is True
    one = ["price", "price_up", "price_down", "range_from", "range_to"]
    assert list(periods.loc[1, one]) == [0.04, 0.039, 0.041, 380.0, 420.0]
    assert periods.loc[[0, 2], one].isna().all(axis=None)  # nobody asked
    assert list(periods["worst"]) == pytest.approx([0.0, 400.0, 0.0])
    assert list(periods["mean"]) == pytest.approx([0.0, 200.0, 0.0])
    assert [f"{day:%Y-%m-%d}" for day in periods["date"]] == ["2027-01-04", "2027-03-18", "2027-05-30"]


def test_guardrail_with_room() -> None:
    """The limit of 500 on all items leaves 45.83 in `cool`; without prices of the solver the price is not known."""
    rows, periods = tabulate(guardrail("cap", upper=500))
    (row,) = rows.to_dict("records")
    assert row["worst"] == pytest.approx(454.17, abs=0.005)
    assert row["slack"] == pytest.approx(45.83, abs=0.005)
    assert row["binding_periods"] == []
    assert np.isnan(row["price"])
    assert periods["price"].isna().all()


def test_lower_limit() -> None:
    """Kettles are worth 100 now and nothing later: 100 at least in period 0 binds, and raising it costs margin."""
    prices = {LimitKey("kettles", "lower"): LimitPrice(-0.5)}
    rows, periods = tabulate(
        guardrail("kettles", scope="segment", scope_value="steady", lower=100, last_period=0), prices=prices
    )
    (row,) = rows.to_dict("records")
    assert (row["side"], row["slack"], row["price"]) == ("lower", pytest.approx(0.0), -0.5)
    assert row["binding_periods"] == [0]
    assert list(periods["period"]) == [0]


def test_both_sides_and_a_violation() -> None:
    """A soft guardrail from 100 to 350 on fans has a row a side: 50 too much in `cool`, 100 too little elsewhere."""
    rows, _ = tabulate(
        guardrail("fans", scope="segment", scope_value="seasonal", lower=100, upper=350, soft_price=1)
    )
    slack = dict(zip(rows["side"], rows["slack"], strict=True))
    assert slack == pytest.approx({"upper": -50.0, "lower": -100.0})
    assert not rows["hard"].any()
    binding = dict(zip(rows["side"], rows["binding_periods"], strict=True))
    assert binding == {"upper": [1], "lower": [0, 1, 2]}


def test_expected_guardrail() -> None:
    """In expectation fans are worth 200 in period 1: a limit of 250 leaves 50."""
    rows, _ = tabulate(
        guardrail("fans", scope="segment", scope_value="seasonal", upper=250, holds="expected")
    )
    assert (rows["worst"][0], rows["slack"][0]) == pytest.approx((200.0, 50.0))


def test_without_guardrails() -> None:
    """The tables are empty and have their columns."""
    rows, periods = tabulate()
    assert len(rows) == len(periods) == 0
    assert {"name", "price", "binding_periods", "owner"} <= set(rows.columns)
    assert {"name", "date", "limit", "price"} <= set(periods.columns)


FANS = {"scope": "segment", "scope_value": "seasonal", "first_period": 1, "last_period": 1}


@pytest.mark.parametrize(
    ("holds", "alpha", "side", "worst"),
    [
        # The worst of two scenarios of a half each: 400 for an upper limit, 0 for a lower one.
        ("every scenario", None, "upper", 400.0),
        ("every scenario", None, "lower", 0.0),
        ("expected", None, "upper", 200.0),
        # The worst 3/4 are all of the worst half and 1/4 of the other: (0.5 * 400 + 0.25 * 0) / 0.75.
        ("cvar", 0.25, "upper", 0.5 * 400 / 0.75),
        ("cvar", 0.25, "lower", 0.25 * 400 / 0.75),
        ("cvar", 0.0, "upper", 200.0),
        # 400 is exceeded with probability 0, 0 with 1/2.
        ("chance", 0.4, "upper", 400.0),
        ("chance", 0.5, "upper", 0.0),
        ("chance", 0.5, "lower", 400.0),
    ],
)
def test_value_that_counts_by_way_to_hold(holds: str, alpha: float | None, side: str, worst: float) -> None:
    """Each way to hold looks at 400 and 0 in its own way; slack is the distance to a limit of 250."""
    rows, periods = tabulate(guardrail("fans", **FANS, holds=holds, alpha=alpha, **{side: 250}))
    (row,), (period,) = rows.to_dict("records"), periods.to_dict("records")
    assert row["worst"] == period["worst"] == pytest.approx(worst)
    assert row["slack"] == pytest.approx(250 - worst if side == "upper" else worst - 250)
    # Spread is over scenarios whatever way the guardrail holds.
    assert (period["mean"], period["p05"], period["p95"]) == pytest.approx((200.0, 0.0, 400.0))
    assert row["alpha"] == alpha or np.isnan(row["alpha"])


def test_average_and_total_along_the_path() -> None:
    """On the path through `cool` fans are worth 0, 400 and 0: 400 in total, 400/3 on average."""
    scope = {"scope": "segment", "scope_value": "seasonal"}
    rows, periods = tabulate(
        guardrail("total", **scope, measured="total", upper=500),
        guardrail("average", **scope, measured="average", upper=500),
    )
    assert list(rows["worst"]) == pytest.approx([400.0, 400 / 3])
    assert list(periods["period"]) == [2, 2]
    assert list(rows["measured"]) == ["total", "average"]


@pytest.mark.parametrize(
    ("holds", "alpha", "worst"),
    [
        ("every scenario", None, 1 - (0.8332 - 0.0849) / 10),
        ("expected", None, 1 - (0.8332 - 0.0849) / 10),
        ("cvar", 0.5, 1 - (0.8332 - 0.0849) / 10),
    ],
)
def test_a_ratio_is_in_the_unit_of_its_limit(holds: str, alpha: float | None, worst: float) -> None:
    """Of 10 filters demanded in period 1 the backlog at 10 less that at 20 is short, in both scenarios alike."""
    rows, _ = tabulate(
        guardrail("service", metric="fill_rate", scope="segment", scope_value="noisy", lower=0.9)
        .model_copy(update={"first_period": 1, "last_period": 1, "holds": holds, "alpha": alpha})
    )  # fmt: skip
    assert rows["worst"][0] == pytest.approx(worst, abs=1e-5)
    assert rows["slack"][0] == pytest.approx(worst - 0.9, abs=1e-5)


def test_a_ratio_without_denominator_is_blank() -> None:
    """Fans are in stock in `cool` only, so their turns have no value at the end, where stock is 0."""
    rows, periods = tabulate(
        guardrail("turns", metric="turns", scope="segment", scope_value="seasonal", lower=0, last_period=2)
    )
    by_period = periods.set_index("period")
    assert np.isnan(by_period.loc[2, ["worst", "mean", "p05", "p95"]].astype(float)).all()
    # Served there in `cool`: 10 fans at 20 in a fifth of a year, over a stock of 400.
    assert rows["worst"][0] == pytest.approx(by_period.loc[1, "worst"])
