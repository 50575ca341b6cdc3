"""Misses judged: which assumption was wrong, and whether the plan as made would have missed, too."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from scipy.stats import norm

from stockrail.model.schema import OpenOrder, ScenarioSupplier
from stockrail.workbench.governance.schema_master_data import ValuedAt
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import Assumption, Cause, Hindsight, Place
from stockrail.workbench.root_cause.judge import JudgedMiss, judged_misses
from tests.stockrail.workbench.root_cause.cases import LOTS, case, received, three_items, with_item

LATER = dt.date(2028, 1, 1)

PLANNED = {"kettle": [10, 10, 10], "fan": [10, 20, 15], "filter": [10, 10, 10]}
"""What the plan expected on average."""


def only(made: Case, kind: str) -> JudgedMiss:
    """The one miss of a kind."""
    judged, _ = judged_misses(made, [], LATER)
    [found] = [one for one in judged if one.miss.kind == kind]
    return found


def place(found: JudgedMiss, assumption: Assumption) -> str:
    """Where an assumption lies."""
    return str(found.evidence["assumptions"][str(assumption)]["place"])


def test_demand_that_no_scenario_has() -> None:
    """25 kettles instead of 10 for certain. The plan made up for it orders 2 lots and misses as well: 20 of 25 are 80%."""
    made = case(demand={**PLANNED, "kettle": [10, 25]}, served={"kettle": [10, 10]})
    found = only(made, "stockout")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.DEMAND, 5, Hindsight.MISSES)
    seen = found.evidence["assumptions"]["demand"]
    assert (seen["actual"], seen["expected"], seen["probability"], seen["money"]) == (25, 10, 0, 150)
    assert "25 units, 10 were expected, and so much or more had a probability of 0.0%" in found.explanation
    assert "No exception had pointed to it." in found.explanation


def test_demand_that_the_plan_had_counted_with() -> None:
    """A hot summer: 30 fans, half as likely as not. The plan has 20 in period 1, so it took that risk."""
    made = case(demand={**PLANNED, "fan": [10, 30]}, served={"fan": [10, 20]})
    found = only(made, "stockout")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.RISK_TAKEN, 9, Hindsight.MISSES)
    assert place(found, Assumption.DEMAND) == Place.INSIDE
    # Of the lead time and the period itself: 10 + 30 against 10 + 20 on average; the hot case has just that.
    assert found.evidence["assumptions"]["demand"]["probability"] == pytest.approx(0.5)


def test_forecast_error_widens_the_fan() -> None:
    """Filters have 10 units of error: 23 instead of 10 are 1.3 of it, 9.7% likely; 27 are 1.7 of it, 4.5%, less than 5%."""
    for units, expected in ((23, Place.INSIDE), (27, Place.OUTSIDE)):
        found = only(case(demand={**PLANNED, "filter": [units]}, served={"filter": [10]}), "stockout")
        assert place(found, Assumption.DEMAND) == expected
        assert found.evidence["assumptions"]["demand"]["probability"] == pytest.approx(
            norm.sf((units - 10) / 10)
        )


def test_a_supplier_that_came_late() -> None:
    """20 fans, ordered in period 0, came in period 2 instead of 1; the plan as made has them, and no scenario has a delay.

    From day 7 to day 153 are 146 days, against 73. They are worth 20 * 20.
    """
    made = case(
        demand=PLANNED,
        served={"fan": [10, 0, 15]},
        receipts=[received("fan", 0.1, 2.1, 20)],
    )
    found = only(made, "stockout")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.LEAD_TIME, 6, Hindsight.HOLDS)
    seen = found.evidence["assumptions"]["lead time"]
    assert (seen["units"], seen["days"], seen["assumed_days"], seen["money"]) == (20, 146, 73, 400)
    # What came late is not missing for another reason.
    assert place(found, Assumption.QUANTITY) == Place.AS_ASSUMED


def test_a_delay_that_some_scenario_has() -> None:
    """The same with a delay of one period in the hot case: the plan had counted with it."""
    delay = ScenarioSupplier(node="hot", supplier="importer", delay_periods=1)
    instance = replace(three_items(), scenario_suppliers=(delay,))
    made = case(
        demand=PLANNED,
        served={"fan": [10, 0, 15]},
        receipts=[received("fan", 0.1, 2.1, 20)],
        instance=instance,
    )
    found = only(made, "stockout")
    assert (found.cause, found.row) == (Cause.RISK_TAKEN, 10)
    assert found.evidence["assumptions"]["lead time"]["most_delay_periods"] == 1


def test_some_days_late_are_as_assumed_where_that_is_agreed() -> None:
    """73 days late are within an allowance of 73 days; then 20 units are missing for another reason."""
    rules = case(demand=PLANNED).rules.model_copy(update={"late_days": 73.0})
    made = case(
        demand=PLANNED,
        served={"fan": [10, 0, 15]},
        receipts=[received("fan", 0.1, 2.1, 20)],
        rules=rules,
    )
    found = only(made, "stockout")
    assert place(found, Assumption.LEAD_TIME) == Place.AS_ASSUMED
    assert found.cause == Cause.QUANTITY


def test_what_was_on_order_is_due_when_the_plan_says() -> None:
    """20 fans were ordered half a period before the plan and are due in period 2 as the plan knows: in period 1 they are not late.

    By the lead time they had been due in period 0. Of 20 that are due in period 1 and came in period 2 that is another thing: from
    day -36 to day 73, the first day of period 1, are 109 days.
    """
    for due, expected in ((2, Place.AS_ASSUMED), (1, Place.OUTSIDE)):
        order = OpenOrder(item="fan", due_period=due, units=20)
        made = case(
            demand=PLANNED,
            served={"fan": [10, 0, 15]},
            receipts=[received("fan", -0.5, 2.1, 20)],
            instance=replace(three_items(), open_orders=(order,)),
        )
        found = only(made, "stockout")
        assert place(found, Assumption.LEAD_TIME) == expected
    assert found.evidence["assumptions"]["lead time"]["assumed_days"] == 109


def test_a_supplier_that_sent_less() -> None:
    """10 of 20 fans came in time: 10 are missing, worth 200, and no scenario has less capacity."""
    made = case(demand=PLANNED, served={"fan": [10, 10, 15]}, receipts=[received("fan", 0.1, 1.1, 10)])
    found = only(made, "stockout")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.QUANTITY, 7, Hindsight.HOLDS)
    seen = found.evidence["assumptions"]["supplier quantity"]
    assert (seen["planned_units"], seen["received_units"], seen["money"]) == (20, 10, 200)
    assert place(found, Assumption.LEAD_TIME) == Place.AS_ASSUMED


def test_capacity_that_some_scenario_has() -> None:
    """With half of the capacity in a scenario of period 1, half of the units were to be counted with."""
    fact = ScenarioSupplier(node="cool", supplier="importer", capacity_factor=0.5)
    instance = replace(three_items(), scenario_suppliers=(fact,))
    made = case(
        demand=PLANNED,
        served={"fan": [10, 10, 15]},
        receipts=[received("fan", 0.1, 1.1, 10)],
        instance=instance,
    )
    assert only(made, "stockout").row == 10


def test_more_was_ordered_than_planned() -> None:
    """200 filters came in time and nothing else was beyond what was assumed: that is not the plan's order of one lot."""
    made = case(
        demand=PLANNED,
        stock={"filter": [10, 10, 200]},
        receipts=[received("filter", 2.0, 2.1, 200)],
    )
    found = only(made, "excess")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.NOT_FOLLOWED, 11, Hindsight.HOLDS)


def test_stock_that_was_left_over() -> None:
    """A plan of 40 fans for period 1, of which 10 are sold when it is cool, as likely as not: 30 are left, 18.5 are needed ahead."""
    made = case(demand={**PLANNED, "fan": [10, 10]}, stock={"fan": [0, 30]}, lots={**LOTS, "fan": {"now": 4}})
    found = only(made, "excess")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.RISK_TAKEN, 9, Hindsight.MISSES)
    assert place(found, Assumption.DEMAND) == Place.INSIDE
    assert found.evidence["assumptions"]["demand"]["probability"] == pytest.approx(0.5)
    assert "so little or less" in found.explanation


def test_stock_that_came_too_early() -> None:
    """20 fans, ordered in period 0 for period 1, came at once: after period 0 there are more than period 1 needs."""
    instance = with_item(three_items(), "fan", opening_stock_units=20.0)
    made = case(
        demand=PLANNED,
        stock={"fan": [30]},
        receipts=[received("fan", 0.1, 0.2, 20)],
        instance=instance,
    )
    found = only(made, "excess")
    assert (found.cause, found.row) == (Cause.LEAD_TIME, 6)


def test_unit_costs_beyond_every_scenario() -> None:
    """20 fans for 600 instead of 400 fill the cap with 100 more than 500 of 600; the plan as made has 400 of them."""
    made = case(
        demand=PLANNED,
        stock={"kettle": [0, 0], "fan": [0, 20], "filter": [10, 10]},
        receipts=[received("fan", 0.1, 1.1, 20, money=600)],
    )
    costly = replace(made.observed, stock_money=made.observed.stock_units * [[10], [30], [5]])
    found = only(replace(made, observed=costly), "breach")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.COST, 8, Hindsight.HOLDS)
    seen = found.evidence["assumptions"]["price or cost"]
    assert (seen["paid"], seen["assumed"], seen["money"]) == (600, 400, 200)


@pytest.mark.parametrize(
    ("receipts_at", "money", "assumed", "expected"),
    [
        ("unit_value", 500, 500, Place.AS_ASSUMED),
        ("unit_value", 600, 500, Place.OUTSIDE),
        ("unit_cost", 400, 400, Place.AS_ASSUMED),
        ("unit_cost", 500, 400, Place.OUTSIDE),
    ],
)
def test_freight_and_duty_make_no_receipt_dearer(
    receipts_at: ValuedAt, money: float, assumed: float, expected: Place
) -> None:
    """20 fans at 20 with 15% of freight and 10% of duty are assumed to cost 500 landed, and 400 on the supplier's invoice."""
    instance = three_items()
    suppliers = tuple(
        row.model_copy(update={"freight_rate": 0.15, "duty_rate": 0.1}) if row.supplier == "importer" else row
        for row in instance.suppliers
    )
    made = case(
        demand=PLANNED,
        stock={"kettle": [0, 0], "fan": [0, 20], "filter": [10, 10]},
        receipts=[received("fan", 0.1, 1.1, 20, money=money)],
        instance=replace(instance, suppliers=suppliers),
    )
    costly = replace(made.observed, stock_money=made.observed.stock_units * [[10], [30], [5]])
    found = only(replace(made, observed=costly, receipts_at=receipts_at), "breach")
    assert place(found, Assumption.COST) == expected
    seen = found.evidence["assumptions"]["price or cost"]
    assert (seen["paid"], seen["assumed"]) == (money, pytest.approx(assumed))


def test_what_cannot_be_said_is_said() -> None:
    """Without the demand of period 0 nobody knows what the plan would have done, and without receipts nothing of suppliers."""
    made = case(demand={"kettle": [10, 10], "fan": [10, 10], "filter": [10, 10]}, served={"kettle": [10, 5]})
    unknown = made.observed.demand_units.copy()
    unknown[0, 0] = float("nan")
    found = only(replace(made, observed=replace(made.observed, demand_units=unknown)), "stockout")
    assert (found.cause, found.row, found.answers.hindsight) == (Cause.UNKNOWN, 12, Hindsight.UNKNOWN)
    assert "lead time: no receipt of it says when it was ordered" in found.explanation
    assert "cannot be said" in found.explanation


def test_expediting_beyond_the_plan() -> None:
    """Twice as many fans as expected, half of them expedited as the plan as made would have: demand outside of the fan."""
    instance = with_item(three_items(), "fan", expedite_share=1.0, expedite_premium=3.0)
    made = case(demand={**PLANNED, "fan": [10, 60]}, spend={"expedite": [0, 120]}, instance=instance)
    found = only(made, "expedite_spike")
    # In hindsight 60 - 20 = 40 are expedited at 3: 120, where 15 were expected.
    assert found.miss.money == pytest.approx(105)
    assert found.answers.hindsight == Hindsight.MISSES
    assert found.cause == Cause.DEMAND


def test_evidence_is_plain() -> None:
    """What is kept with a miss is JSON without numbers that are none."""
    import json

    made = case(
        demand={**PLANNED, "kettle": [10, 25, 10]},
        served={"kettle": [10, 10, 10]},
        stock={"kettle": [0, 0, 60], "fan": [0, 0, 0], "filter": [10, 10, 90]},
        spend={"expedite": [0, 50, 0]},
    )
    judged, _ = judged_misses(made, [], LATER)
    assert {one.miss.kind for one in judged} == {"stockout", "excess", "breach", "expedite_spike"}
    for one in judged:
        again: dict[str, Any] = json.loads(json.dumps(one.evidence, allow_nan=False))
        assert again == one.evidence
        assert one.evidence["row"] == one.row
