"""Guardrails that what happened does not keep."""

import datetime as dt
from dataclasses import replace

import pytest

from stockrail.model.instance import Instance
from stockrail.model.schema import FundedBuild, Guardrail, GuardrailLimit
from stockrail.workbench.root_cause.breaches import breaches
from tests.stockrail.workbench.root_cause.cases import case, received, three_items


def guardrail(**changes: object) -> Guardrail:
    """EUR 500 of stock at most, in every period."""
    return three_items().guardrails[0].model_copy(update=changes)


def guarded(*rows: Guardrail, **changes: object) -> Instance:
    """Three items with these guardrails."""
    return replace(three_items(), guardrails=rows, **changes)  # type: ignore[arg-type]


STOCK = {"kettle": [0.0, 20.0], "fan": [0.0, 10.0], "filter": [10.0, 30.0]}
"""Worth 50, then 200 + 200 + 150 = 550."""


def test_stock_above_its_cap() -> None:
    """550 in period 1 against 500: 50 too much."""
    [miss], not_judged = breaches(case(stock=STOCK))
    assert (miss.kind, miss.subject, miss.period) == ("breach", "guardrail inventory-cap, upper limit", 1)
    assert miss.units is None
    assert miss.money == pytest.approx(50)
    assert (miss.evidence["limit"], miss.evidence["actual"], not_judged) == (500, 550, [])
    assert (miss.demand_direction, miss.supply_direction) == (-1, 1)


def test_limits_of_single_periods_hold() -> None:
    """560 is allowed in period 1: no breach; 40 in period 0: 10 too much there."""
    limits = (
        GuardrailLimit(guardrail="inventory-cap", period=1, lower=None, upper=560),
        GuardrailLimit(guardrail="inventory-cap", period=0, lower=None, upper=40),
    )
    found, _ = breaches(case(stock=STOCK, instance=replace(three_items(), guardrail_limits=limits)))
    assert [miss.period for miss in found] == [0]
    assert found[0].money == pytest.approx(10)


def test_funded_room_counts_for_its_items_only() -> None:
    """100 more for the kitchen: 550 in all are fine; with 30 fans, worth 600, the others are beyond 500, and all beyond 600."""
    build = FundedBuild(
        build="spring", guardrail="inventory-cap", scope="product_group", scope_value="kitchen", amount=100,
        first_period=0, last_period=1, exit_date=dt.date(2027, 12, 1),
    )  # fmt: skip
    instance = replace(three_items(), funded_builds=(build,))
    assert breaches(case(stock=STOCK, instance=instance)) == ([], [])
    found, _ = breaches(case(stock={**STOCK, "fan": [0, 30]}, instance=instance))
    assert [miss.subject for miss in found] == [
        "guardrail inventory-cap, upper limit",
        "guardrail inventory-cap, upper limit, outside funded builds",
    ]
    assert [miss.money for miss in found] == pytest.approx([350, 100])


def test_money_of_the_count_comes_before_units() -> None:
    """Where the count says what stock is worth, that holds."""
    made = case(stock=STOCK)
    worth = made.observed.stock_units * made.unit_value[:, None] * 0.5
    halved = replace(made, observed=replace(made.observed, stock_money=worth))
    assert breaches(halved) == ([], [])


def test_a_lower_limit_on_service() -> None:
    """27 of 30 served in period 0 are 90%, 95% are promised: 5% of 30 units are missing."""
    instance = guarded(guardrail(guardrail="service", metric="fill_rate", lower=0.95, upper=None))
    asked = {"kettle": [10], "fan": [10], "filter": [10]}
    [miss], _ = breaches(case(demand=asked, served={**asked, "fan": [7]}, instance=instance))
    assert miss.subject == "guardrail service, lower limit"
    assert miss.units == pytest.approx(1.5)
    assert miss.evidence["actual"] == pytest.approx(0.9)
    assert (miss.demand_direction, miss.supply_direction) == (1, -1)
    kept, _ = breaches(case(demand=asked, served={**asked, "fan": [9]}, instance=instance))
    assert kept == []


def test_spend_by_account() -> None:
    """Purchases and expediting are booked on accounts; a total over periods is looked at when its last period is over."""
    instance = guarded(
        guardrail(guardrail="buys", metric="purchases", measured="total", last_period=1, upper=500),
        guardrail(guardrail="fast", metric="expedite_spend", upper=20),
    )
    spend = {"purchases": [300, 250], "expedite": [10, 0], "premium_freight": [15, 0]}
    happened = {"demand": {"kettle": [10, 10]}, "spend": spend}
    found, not_judged = breaches(case(**happened, instance=instance))  # type: ignore[arg-type]
    assert [(miss.subject, miss.period) for miss in found] == [
        ("guardrail buys, upper limit", 1),
        ("guardrail fast, upper limit", 0),
    ]
    assert [miss.money for miss in found] == pytest.approx([50, 5])
    assert not_judged == []


def test_what_actuals_say_nothing_of_is_not_judged() -> None:
    """Cash is in no actuals, spend is not known by segment, and the account was never booked on; each says so."""
    instance = guarded(
        guardrail(guardrail="cash", metric="cash", lower=0, upper=None),
        guardrail(guardrail="part", metric="purchases", scope="segment", scope_value="steady"),
        guardrail(guardrail="lost", metric="write_offs"),
        guardrail(guardrail="fast", metric="expedite_spend"),
    )
    found, not_judged = breaches(case(stock=STOCK, instance=instance))
    assert found == []
    assert {one.guardrail: one.reason for one in not_judged} == {
        "cash": "actuals say nothing of cash",
        "part": "spend is known of all items together only",
        "lost": "actuals have no spend of the account write_off",
        "fast": "actuals have no spend of the accounts expedite and premium_freight",
    }


def test_a_period_that_is_not_counted_is_not_judged() -> None:
    """Without a count of fans nobody knows what all stock is worth."""
    known = {name: units for name, units in STOCK.items() if name != "fan"}
    found, [not_judged] = breaches(case(stock={**known, "kettle": [0, 90]}))
    assert (found, not_judged.reason) == ([], "no period has all the numbers that it takes")


def test_goods_under_way_count_as_far_as_receipts_tell() -> None:
    """Fans that are owned from shipment on: 20, ordered in period 0 and received in period 1, add 400 to the 50 of period 0.

    450 are above a limit of 440. What may be under way besides is not known, so that is said; a lower limit cannot be judged.
    """
    suppliers = tuple(
        row.model_copy(update={"ownership": "shipment" if row.supplier == "importer" else "receipt"})
        for row in three_items().suppliers
    )
    instance = guarded(guardrail(upper=440.0), suppliers=suppliers)
    receipts = [received("fan", 0.1, 1.1, 20)]
    stock = {"kettle": [0.0], "fan": [0.0], "filter": [10.0]}
    happened = {"demand": {"kettle": [10, 10]}, "stock": stock, "receipts": receipts}
    [miss], [not_judged] = breaches(case(**happened, instance=instance))  # type: ignore[arg-type]
    assert (miss.period, miss.evidence["actual"]) == (0, 450)
    assert "there may be more" in not_judged.reason
    lower = guarded(guardrail(upper=None, lower=1000.0), suppliers=suppliers)
    found, [not_judged] = breaches(case(**happened, instance=lower))  # type: ignore[arg-type]
    assert (found, "how much is under way" in not_judged.reason) == ([], True)
