"""Drift against actuals. Kettles cost 10, filters 5, fans 20 with 5 % freight and 5 % duty on top: a fan is worth 22."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from stockrail.model import Instance
from stockrail.model.schema import QuantityBreak
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data.actuals_drift import against
from stockrail.workbench.master_data.drift import DriftReport
from stockrail.workbench.master_data.standard import Standard
from stockrail.workbench.master_data.supply_drift import common_lot
from tests.stockrail.workbench.master_data.samples import (
    changed,
    day,
    frames,
    freight,
    receipt,
    three_items,
)

RULES = MasterDataRules()
Rows = Iterable[Mapping[str, Any]]


def report(
    receipts: Rows = (),
    spend: Rows = (),
    rules: MasterDataRules = RULES,
    instance: Instance | None = None,
    **days: dt.date,
) -> DriftReport:
    """What was found."""
    there = frames(receipts=receipts, spend=spend)
    found = against(instance or three_items(), there, rules, "baseline 1", **days)
    assert found is not None
    return found


def drifts(check: str, *args: Any, **options: Any) -> list[Any]:
    """What one check found."""
    return [one for one in report(*args, **options).drifts if one.check.name == check]


def reasons(check: str, *args: Any, **options: Any) -> list[str]:
    """Why a check was not made."""
    return [one.reason for one in report(*args, **options).not_checked if one.check.name == check]


def test_as_the_baseline_says() -> None:
    """Whole lots at their value, in time, freight as stated: nothing is found, and what nobody can know is said."""
    found = report(
        [receipt("fan", 80, 20.0, money=440.0, ordered_on=day(7))], [freight(80, 20.0, supplier="importer")]
    )
    assert found.drifts == ()
    assert [one.check.name for one in found.not_checked] == ["payment_days", "segment"]
    assert found.compared == "baseline 1 against actuals"
    assert found.title == "baseline 1 against actuals from 2026-12-25 to 2027-03-25"  # day 80 and 90 before


def test_unit_cost_with_freight_and_duty_in_it() -> None:
    """30 fans for 693 are 23.10 each, without 10 % on top 21: 33 more than the 660 they are worth."""
    rows = [receipt("fan", 80, 10.0, money=220.0), receipt("fan", 90, 20.0, money=473.0)]
    (found,) = drifts("unit_cost", rows)
    assert (found.subject, found.stated, found.found) == ("fan", pytest.approx(20.0), pytest.approx(21.0))
    assert (found.money, found.is_beyond, found.evidence["receipts"]) == (pytest.approx(33.0), True, 2)


def test_unit_cost_as_invoiced() -> None:
    """Where receipts are without freight and duty, 20 fans for 408 cost 20.40 each, which is within 2 %; for 409 it is not."""
    rules = MasterDataRules(receipts_at="unit_cost")
    for money, is_beyond in ((408.0, False), (409.0, True)):
        (found,) = drifts("unit_cost", [receipt("fan", 80, 20.0, money=money)], rules=rules)
        assert (found.found, found.money) == (pytest.approx(money / 20), pytest.approx(money - 400.0))
        assert found.is_beyond is is_beyond


@pytest.mark.parametrize(
    ("applies_to", "expected"),
    # 30 at 8; or 10 at 10, 10 at 9 and 11 (those from 20 on) at 8, less one: 10 * 10 + 10 * 9 + 10 * 8.
    [("all units", 240.0), ("incremental", 270.0)],
)
def test_quantity_breaks_are_no_drift(applies_to: Any, expected: float) -> None:
    """Thirty kettles at the breaks' price are as stated, whatever the unit cost of small orders."""
    breaks = tuple(
        QuantityBreak(item="kettle", from_units=units, unit_cost=cost, applies_to=applies_to)
        for units, cost in ((10.0, 9.0), (20.0, 8.0))
    )
    instance = replace(three_items(), quantity_breaks=breaks)
    assert Standard(instance).purchase_cost("kettle", 30.0) == pytest.approx(expected)
    assert drifts("unit_cost", [receipt("kettle", 5, 30.0, money=expected)], instance=instance) == []
    (found,) = drifts("unit_cost", [receipt("kettle", 5, 30.0, money=300.0)], instance=instance)
    assert found.money == pytest.approx(300.0 - expected)


def test_receipts_without_money_say_nothing() -> None:
    """Missing is not zero: the check is not made, and says so."""
    assert drifts("unit_cost", [receipt("fan", 80, 20.0)]) == []
    assert reasons("unit_cost", [receipt("fan", 80, 20.0)]) == [
        "no receipt says what it cost (money of receipts.csv)"
    ]


def test_freight_by_supplier() -> None:
    """Fans for 440 are 400 without freight and duty; freight of 28 is 7 % in place of 5 %, 8 more. Works states none."""
    rows = [receipt("fan", 80, 20.0, money=440.0), receipt("kettle", 80, 10.0, money=100.0)]
    (found,) = drifts("freight_rate", rows, [freight(80, 30.0, "importer"), freight(81, -2.0, item="fan")])
    assert (found.subject, found.stated, found.found) == (
        "importer",
        pytest.approx(0.05),
        pytest.approx(0.07),
    )
    assert (found.money, found.is_beyond) == (pytest.approx(8.0), True)


def test_freight_of_nobody_is_that_of_all() -> None:
    """Where a booking names no supplier, 22.50 on purchases of 500 are 4.5 % in place of 20 / 500: 0.5 points are within tolerance."""
    rows = [receipt("fan", 80, 20.0, money=440.0), receipt("kettle", 80, 10.0)]
    (found,) = drifts("freight_rate", rows, [freight(80, 20.0, "importer"), freight(80, 2.5)])
    assert (found.subject, found.stated, found.found) == (
        "all suppliers",
        pytest.approx(0.04),
        pytest.approx(0.045),
    )
    assert (found.money, found.is_beyond) == (pytest.approx(2.5), False)


def test_freight_that_was_not_booked() -> None:
    """Without any booking nothing is said; with bookings for another supplier only, this one had none."""
    row = receipt("fan", 80, 20.0, money=440.0)
    assert reasons("freight_rate", [row]) == [
        "no freight was booked in these days (account freight of spend.csv)"
    ]
    options: dict[str, Any] = {"spend": [freight(80, 3.0, "works")]}
    (found,) = drifts("freight_rate", [row], **options)
    assert (found.subject, found.found, found.money) == ("importer", 0.0, pytest.approx(-20.0))
    assert reasons("freight_rate", [row], **options) == [
        "freight of works was booked, but nothing of it was received"
    ]


def test_lead_time() -> None:
    """Fans take 73 days. 10 in 73 and 20 in 133 days are 113 on average, 40 more: of 990 in 219 days, 180.82 on its way."""
    rows = [
        receipt("fan", 80, 10.0, ordered_on=day(7)),
        receipt("fan", 140, 20.0, ordered_on=day(7)),
        receipt("fan", 80, 500.0),  # says nothing of when it was ordered
    ]
    (found,) = drifts("lead_time_days", rows)
    assert (found.stated, found.found) == (73.0, pytest.approx(113.0))
    assert (found.money, found.is_beyond) == (pytest.approx(40 * 990 / 219), True)  # beyond 36.5 days
    assert found.evidence["later_than_every_scenario"] == 1  # 133 is more than 73 and half a period
    (again,) = drifts("lead_time_days", rows, rules=MasterDataRules(lead_time_days=40.0))
    assert again.is_beyond is False


def test_delays_of_scenarios_are_in_the_distribution() -> None:
    """With a delay of one period in `hot`, half the probability, orders of period 1 take 73 + 36.5 days on average, 146 at most."""
    from stockrail.model.schema import ScenarioSupplier

    delayed = replace(
        three_items(),
        scenario_suppliers=(ScenarioSupplier(node="hot", supplier="importer", delay_periods=1),),
    )
    rows = [receipt("fan", 80 + 146, 10.0, ordered_on=day(80))]
    (found,) = drifts("lead_time_days", rows, instance=delayed)
    assert (found.stated, found.found) == (109.5, 146.0)
    assert (found.is_beyond, found.evidence["later_than_every_scenario"]) == (False, 0)
    # Orders of period 0, and of a time before the plan, have no delay.
    for ordered in (7, -80):
        rows = [receipt("fan", ordered + 146, 10.0, ordered_on=day(ordered))]
        (found,) = drifts("lead_time_days", rows, instance=delayed)
        assert (found.stated, found.evidence["later_than_every_scenario"]) == (73.0, 1)


def test_lot_size() -> None:
    """Fans come in tens: 24 and 36 are 4 units off each, 8 fans of 22; both are multiples of 12."""
    rows = [receipt("fan", 80, 24.0), receipt("fan", 81, 36.0)]
    (found,) = drifts("lot_size", rows)
    assert (found.stated, found.found, found.money) == (10.0, 12.0, pytest.approx(176.0))
    assert (found.evidence["receipts"], found.evidence["no_multiple"], found.is_beyond) == (2, 2, True)
    rows += [receipt("fan", 82, 20.0), receipt("fan", 83, 30.0)]
    half = MasterDataRules(lot_size_receipts_share=0.5)
    assert [one.is_beyond for one in drifts("lot_size", rows, rules=half)] == [False]


def test_expedited_units_are_no_lots() -> None:
    """Where some receipts say when they were ordered, those that do not may be expedited and are not looked at."""
    rows = [receipt("fan", 80, 20.0, ordered_on=day(7)), receipt("fan", 81, 3.0)]
    assert drifts("lot_size", rows) == []


@pytest.mark.parametrize(
    ("units", "expected"), [([24.0, 36.0], 12.0), ([7.0], 7.0), ([1.5, 3.0], None), ([6.0, 35.0], 1.0)]
)
def test_common_lot(units: list[float], expected: float | None) -> None:
    """The greatest common divisor; there is none of broken units."""
    import numpy as np

    assert common_lot(np.array(units)) == expected


def test_other_suppliers_and_other_items() -> None:
    """A receipt from a supplier that the item does not name, and one of an item that nobody knows, are found and held against nothing else."""
    rows = [
        receipt("kettle", 5, 7.0, money=99.0) | {"supplier": "importer"},
        receipt("kettle", 6, 3.0) | {"supplier": "newcomer"},
        receipt("toaster", 7, 4.0, money=80.0),
        receipt("mixer", 7, 4.0),
    ]
    found: Any = report(rows)
    assert [(one.check.name, one.subject, one.found, one.money) for one in found.drifts] == [
        ("supplier", "kettle", "importer, newcomer", pytest.approx(129.0)),  # 99, and 3 worth 10 each
        ("item", "toaster", "toaster", 80.0),
        ("item", "mixer", "mixer", None),
    ]
    assert found.drifts[0].evidence["not_in_the_baseline"] == "newcomer"
    assert len(found.beyond) == 3


def test_days_that_are_looked_at() -> None:
    """The last 91 days up to the last row, or those that are asked for; none at all is no report."""
    rows = [receipt("toaster", number, 1.0, money=1.0) for number in (0, 10, 100)]
    assert [one.money for one in report(rows).drifts] == [2.0]  # days 10 to 100
    assert [one.money for one in report(rows, last=day(99)).drifts] == [1.0]  # days 9 to 99
    assert [one.money for one in report(rows, first=day(0), last=day(10)).drifts] == [2.0]
    assert against(three_items(), frames(), RULES, "baseline 1") is None


def test_a_changed_baseline_is_in_order_again() -> None:
    """What was found is gone once the baseline says it: the drift is 0 where it is stated as found."""
    rows = [receipt("fan", 140, 24.0, money=24 * 23.1, ordered_on=day(7))]
    assert {one.check.name for one in report(rows).beyond} == {"unit_cost", "lead_time_days", "lot_size"}
    corrected = changed(three_items(), "items", "fan", unit_cost=21.0, lot_size=12.0, lead_time_periods=2)
    assert report(rows, instance=corrected).beyond == ()
