"""Shortages that a plan expects: by hand, against sampling and brute force, and what must add up."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from stockrail.allocation import plan_tables
from stockrail.allocation.asked import Asked
from stockrail.allocation.plan_tables import shortages_in_groups, shortages_of
from stockrail.allocation.today import allocate_item
from stockrail.allocation.totals import TOTAL_COLUMNS
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from tests.builders import Changes, make_instance

TREE = [
    {"node": "r", "parent": "", "period": 0, "probability": 1},
    {"node": "low", "parent": "r", "period": 1, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high", "parent": "r", "period": 1, "probability": 0.5, "demand_factor": 1.5},
]
CUSTOMERS = [{"customer": "north", "segment": "key"}, {"customer": "south"}]
SHARES = [{"customer": "north", "demand_share": 0.5}, {"customer": "south", "demand_share": 0.3}]
RULES: list[Changes] = [
    {"customer_segment": "key", "committed_share": 0.8, "message": "On Monday."},
    {"customer": "south", "priority": 2, "committed_share": 0.5, "message": "In March."},
    {"priority": 3},
]


def of_stock(stock: float, **changes: Any) -> Instance:
    """Return an item with so much stock, 100 units asked for in the first period and 50 or 150 in the second, and three buyers."""
    return make_instance(
        demand=(100, 100),
        items={"opening_stock_units": stock, **changes.pop("items", {})},
        settings={"tree": "table"},
        scenarios=TREE,
        customers=CUSTOMERS,
        customer_shares=SHARES,
        allocation_rules=changes.pop("allocation_rules", RULES),
        **changes,
    )


def ledger_of(instance: Instance) -> Ledger:
    """Return the ledger of a plan without orders."""
    tables = Tables.build(instance, build_tree(instance))
    return Ledger(tables, np.zeros(tables.demand.shape, dtype=np.int64))


def test_by_hand() -> None:
    """150 units: 100 go in the first period, and 50 are enough in the low case; in the high one, of probability 1/2, they meet 150.

    100 are short then; a quarter is expedited, 25, and 75 are lost. So 75 are given: north was promised 0.8 * 75 = 60 and gets
    them, south was promised 22.5 and gets 15, which breaks the promise by 7.5. A lost unit costs its margin, 10 - 6, and
    an expedited one 1: (25 * 1 + 75 * 4) / 2 = 162.50 expected.
    """
    instance = of_stock(
        150, items={"expedite_share": 0.25, "expedite_premium": 1}, segments={"lost_share": 1}
    )
    shortages, allocation, totals = shortages_of(ledger_of(instance))
    (case,) = shortages.to_dict("records")
    assert (case["item"], case["period"], case["probability"]) == ("A", 1, 0.5)
    assert case["date"].date().isoformat() == "2024-12-31"
    assert [case[f"{name}_units"] for name in ("asked", "short", "expedited", "left")] == pytest.approx(
        [100, 50, 12.5, 37.5]
    )
    assert (case["short_when_short"], case["worst_short_units"]) == pytest.approx((100, 100))
    assert case["money"] == pytest.approx(162.5)
    assert case["commitment_broken_probability"] == 0.5
    assert allocation["customer"].tolist() == ["north", "south", ""]
    assert allocation["asked_when_short"].tolist() == pytest.approx([75, 45, 30])
    assert allocation["given_when_short"].tolist() == pytest.approx([60, 15, 0])
    assert allocation["below_commitment_units"].tolist() == pytest.approx([0, 3.75, 0])
    assert allocation["commitment_broken_probability"].tolist()[:2] == [0, 0.5]
    assert np.isnan(allocation["commitment_broken_probability"].iloc[2])
    assert allocation["message"].tolist() == ["On Monday.", "In March.", ""]
    # Over both periods they ask for 100, 60 and 40; what they do not get is half of 15, 30 and 30.
    assert totals["asked_units"].tolist() == pytest.approx([100, 60, 40])
    assert totals["left_units"].tolist() == pytest.approx([7.5, 15, 15])
    assert totals["commitments_at_risk"].tolist() == [0, 1, 0]
    assert totals["money"].sum() == pytest.approx(4 * 37.5)


@pytest.mark.parametrize("expedite_share", [0, 0.4, 1])
@pytest.mark.parametrize("stock", [40, 140, 230])
def test_against_numerical_integration(stock: float, expedite_share: float) -> None:
    """With forecast error, the rule applied to 4,000 equally likely errors of each node gives the same in the mean.

    In the model an error of demand is one of net inventory, and what is newly short is between 0 and the demand (formulation,
    section 4). South's promise is broken where it gets less than half of what it asks for.
    """
    instance = of_stock(stock, sigma=25, items={"expedite_share": expedite_share})
    ledger = ledger_of(instance)
    tables = ledger.tables
    assert tables.expedited_share[0] in (0, expedite_share)
    kept = 1 - tables.expedited_share[0]
    errors = norm.ppf((np.arange(4000) + 0.5) / 4000)
    left, broken = np.zeros((3, 2)), np.zeros(2)
    for node in range(3):
        demand, probability = tables.demand[0, node], tables.tree.probability[node]
        net = ledger.stock.net_inventory[0, node] + tables.sigma[0, node] * errors
        given = demand - kept * np.clip(-net, 0, demand)
        got = _shared(given, demand)
        period = tables.tree.period[node]
        left[:, period] += probability * (demand * np.array([0.5, 0.3, 0.2]) - got.mean(axis=1))
        broken[period] += probability * (got[1] < 0.15 * demand - 1e-9).mean()
    _, allocation, totals = shortages_of(ledger)
    assert totals["left_units"].tolist() == pytest.approx(left.sum(axis=1).tolist(), abs=0.02)
    for row in allocation.to_dict("records"):
        place = ["north", "south", ""].index(row["customer"])
        assert row["left_units"] == pytest.approx(left[place, row["period"]], abs=0.02)
        if row["customer"] == "south":
            assert row["commitment_broken_probability"] == pytest.approx(broken[row["period"]], abs=2e-3)


def _shared(given: Any, demand: float) -> Any:
    """Units of north, south and others, for an array of units to give: promises of 40% and 15% of the demand, then the rest."""
    got, left = np.zeros((3, len(given))), given.copy()
    for place, share in ((0, 0.4), (1, 0.15), (0, 0.1), (1, 0.15), (2, 0.2)):
        step = np.minimum(left, share * demand)
        got[place] += step
        left -= step
    return got


def generated(items: int = 7) -> Instance:
    """Return some items with errors, other shares of expediting, and two customers that do not buy all of them."""
    rng = np.random.default_rng(3)
    names = [f"I{k}" for k in range(items)]
    return make_instance(
        demand=rng.integers(5, 40, (items, 2)).astype(float).tolist(),
        sigma=rng.integers(0, 9, (items, 2)).astype(float).tolist(),
        items=[
            {"item": name, "opening_stock_units": int(rng.integers(0, 60)), "expedite_share": 0.2 * (k % 3)}
            for k, name in enumerate(names)
        ],
        segments={"lost_share": 0.5, "backorder_cost_share_of_price_per_period": 0.1},
        settings={"tree": "table"},
        scenarios=TREE,
        customers=CUSTOMERS,
        customer_shares=[
            *({"customer": "north", "item": name, "demand_share": 0.3} for name in names[::2]),
            *({"customer": "south", "item": name, "demand_share": 0.7} for name in names),
        ],
        allocation_rules=RULES,
    )


def test_everything_adds_up() -> None:
    """What customers do not get is what is left of an item, in units and money; all of an item's demand is somebody's."""
    ledger = ledger_of(generated())
    shortages, allocation, totals = shortages_of(ledger)
    by_case = allocation.groupby(["item", "period"])[["asked_units", "left_units", "money"]].sum()
    keyed = shortages.set_index(["item", "period"]).sort_index()
    assert len(keyed) == len(by_case) > 5
    for name in ("asked_units", "left_units"):
        assert by_case[name].to_numpy() == pytest.approx(keyed[name].to_numpy())
    # Expediting is free here, so that all money is what is left.
    assert by_case["money"].to_numpy() == pytest.approx(keyed["money"].to_numpy())
    probability = ledger.tables.tree.probability
    assert totals["asked_units"].sum() == pytest.approx((ledger.tables.demand @ probability).sum())
    left = (ledger.line("short") - ledger.line("expedited")) @ probability
    assert totals["left_units"].sum() == pytest.approx(left.sum())
    assert shortages["money"].is_monotonic_decreasing


@pytest.mark.parametrize("group", [1, 3])
def test_in_groups(group: int) -> None:
    """Some items at a time, the tables are those of all at once."""
    ledger = ledger_of(generated())
    whole = shortages_of(ledger)
    groups = ItemGroups(ledger.tables.instance, ledger.tables.tree, group)
    for one, other in zip(shortages_in_groups(groups, ledger.cumulative_lots), whole, strict=True):
        assert one.columns.tolist() == other.columns.tolist()
        for name in one:
            if one[name].dtype.kind == "f":
                assert one[name].to_numpy() == pytest.approx(other[name].to_numpy(), nan_ok=True)
            else:
                assert one[name].tolist() == other[name].tolist()


def test_only_the_dearest_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more than may be listed, those with the most money stay, with their customers; totals keep everything."""
    ledger = ledger_of(generated())
    whole = shortages_of(ledger)
    monkeypatch.setattr(plan_tables, "MOST_LISTED", 3)
    groups = ItemGroups(ledger.tables.instance, ledger.tables.tree, 2)
    shortages, allocation, totals = shortages_in_groups(groups, ledger.cumulative_lots)
    assert shortages["item"].tolist() == whole[0]["item"].tolist()[:3]
    assert set(allocation["item"]) == set(shortages["item"])
    assert totals["money"].sum() == pytest.approx(whole[2]["money"].sum())


def test_a_plan_without_shortages() -> None:
    """Enough stock for everything: no rows, the same columns, and everybody gets all."""
    shortages, allocation, totals = shortages_of(ledger_of(of_stock(1000)))
    assert shortages.empty and allocation.empty
    assert tuple(shortages) == plan_tables.SHORTAGE_COLUMNS
    assert tuple(allocation) == plan_tables.ALLOCATION_COLUMNS
    assert tuple(totals) == TOTAL_COLUMNS
    assert totals["given_share"].tolist() == [1, 1, 1]


def test_no_demand_is_no_shortage() -> None:
    """A period in which nobody asks for anything has none, although something is still owed."""
    instance = make_instance(demand=(10, 0), items={"opening_stock_units": 4})
    shortages, _, totals = shortages_of(ledger_of(instance))
    assert shortages["period"].tolist() == [0]
    assert totals["given_share"].tolist() == pytest.approx([0.4])


@given(
    st.integers(0, 300),
    st.floats(0, 40),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.floats(0, 1),
    st.floats(0, 1),
)
@settings(max_examples=40, deadline=None)
def test_priorities_and_stock(
    stock: int, sigma: float, expedite_share: float, first: float, second: float
) -> None:
    """A promise of priority 1 is never likelier broken than one of 2, and more stock leaves nobody with less."""

    def made(units: float) -> tuple[pd.DataFrame, pd.DataFrame]:
        instance = of_stock(
            units,
            sigma=sigma,
            items={"expedite_share": expedite_share},
            allocation_rules=[
                {"customer": "north", "committed_share": first},
                {"customer": "south", "priority": 2, "committed_share": second},
            ],
        )
        _, allocation, totals = shortages_of(ledger_of(instance))
        return allocation, totals

    allocation, totals = made(stock)
    broken = allocation.pivot_table(
        index="period", columns="customer", values="commitment_broken_probability", dropna=False
    )
    if {"north", "south"} <= set(broken.columns):
        assert not (broken["north"] > broken["south"] + 1e-9).any()
    more = made(stock + 20)[1]
    assert (more["left_units"] <= totals["left_units"] + 1e-9).all()
    assert (totals["left_units"] >= -1e-9).all()
    assert (totals["below_commitment_units"] <= totals["committed_units"] + 1e-9).all()


@given(st.integers(0, 100))
def test_the_rule_on_whole_units_is_that_of_plans(stock: int) -> None:
    """Without forecast error and in one period, what a plan gives and what is shared today differ by rounding alone."""
    instance = make_instance(
        demand=(100,),
        items={"opening_stock_units": stock},
        customers=CUSTOMERS,
        customer_shares=SHARES,
        allocation_rules=[*RULES[:2], {"priority": 2}],
    )
    totals = shortages_of(ledger_of(instance))[2].set_index("customer")["given_units"]
    asked = [
        Asked(customer=name, asked_units=units) for name, units in (("north", 50), ("south", 30), ("", 20))
    ]
    today = allocate_item(instance, "A", stock, asked).shares.set_index("customer")["given_units"]
    assert all(abs(totals[name] - today[name]) < 1 for name in ("north", "south", ""))
