"""Cost to serve: by hand, and adding up to the ledger."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.service.cost_to_serve import ALL, COSTS, SHARED, cost_to_serve
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of

PERIODS = 3


def test_by_hand() -> None:
    """Two segments, one bought ahead: goods, freight, duty, orders and holding of each, and both together.

    A and B sell 10 in each of 3 years at 10 and cost 6, with 10 % freight and 5 % duty: 30 units are goods of 180, freight 18, duty
    9. A orders as it sells, 3 orders of 4 each. B buys 30 at once, and 20 and 10 are left after the first two years: worth 6.9
    each, at 10 % capital and 5 % storage 30 * 6.9 * 0.1 = 20.70 and 10.35.
    """
    instance = make_instance(
        demand=[(10,) * PERIODS] * 2,
        settings={"cost_of_capital_rate_per_year": 0.1, "storage_rate_per_year": 0.05},
        items=[{"segment": name, "order_cost": 4} for name in ("S", "T")],
        segments=[{"segment": "S"}, {"segment": "T"}, {"segment": "without items"}],
        suppliers={"freight_rate": 0.1, "duty_rate": 0.05},
    )
    ledger = Ledger(tables_of(instance), np.array([[10, 20, 30], [30, 30, 30]]))
    frame = cost_to_serve(ledger).set_index("segment")
    names = ["goods", "freight", "duty", "order_cost", "capital", "storage", "cost_to_serve"]
    assert frame.loc[["S"], names].to_numpy()[0] == pytest.approx([180, 18, 9, 12, 0, 0, 39])
    assert frame.loc[["T"], names].to_numpy()[0] == pytest.approx([180, 18, 9, 4, 20.7, 10.35, 62.05])
    assert frame.loc[[ALL], names].to_numpy()[0] == pytest.approx([360, 36, 18, 16, 20.7, 10.35, 101.05])
    assert list(frame.index) == ["S", "T", ALL]
    assert frame.loc["S", "cost_per_unit"] == pytest.approx(39 / 30)
    assert frame.loc["T", "cost_share_of_revenue"] == pytest.approx(62.05 / 300)
    assert frame["items"].tolist() == [1, 1, 2]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_adds_up_to_the_ledger(seed: int) -> None:
    """Segments and shared costs add up to every part of the ledger and to the expected margin, to the cent, for any plan."""
    rng = np.random.default_rng(seed)
    soft = {"metric": "inventory_value", "upper": 1, "soft_price": 0.1}
    instance = random_instance(rng, items=3, guardrails=(soft,), has_capacity=True)
    tables = tables_of(instance)
    ledger = Ledger(tables, random_plan(rng, tables))
    shared = Guardrails.build(tables).costs(ledger.stock)
    frame = cost_to_serve(ledger, shared).set_index("segment")
    parts, total = ledger.margin_parts, frame.drop(index=ALL).sum()
    found = {
        "revenue": total["revenue"],
        "landed_cost": total["goods"] + total["freight"] + total["duty"],
        "holding": total["capital"] + total["storage"],
        **{
            name: total[name]
            for name in ("order_cost", "expedite", "stockout", "write_off", "change", "terminal_value")
        },
    }
    assert found == pytest.approx(parts, abs=0.005)
    assert total["expected_margin"] == pytest.approx(ledger.expected_margin - sum(shared.values()), abs=0.005)
    assert frame.loc[ALL, list(COSTS)].sum() == pytest.approx(total["cost_to_serve"], abs=0.005)
    assert (SHARED in frame.index) == any(shared.values())
