"""One item of a plan, with numbers by hand: fans, orders by node, targets, and the reasons for its safety stock."""

import datetime as dt

import altair as alt
import pytest
from scipy.stats import norm

from stockrail.web.views import item, item_charts
from stockrail.workbench.calibrations.decisions import decide
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from tests.stockrail.web.stated_plans import BY_HAND, add_plan
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example

GUARDRAILS = """name,metric,scope,scope_value,side,price
inventory-cap,inventory_value,all,,upper,0.01
climate-cap,inventory_value,product_group,climate,upper,0.02
kitchen-cap,inventory_value,product_group,kitchen,upper,0.03
loose-cap,inventory_value,all,,upper,0
"""


def test_fans_over_the_scenarios(store: Store) -> None:
    """The fan sells 10 or 30 in period 1, then 20 or 10; 30 ordered now are there in period 1, and 10 more in the hot case in period 2."""
    view = item.view(store, add_plan(store, 1, BY_HAND), "fan")
    now, summer, end = view.periods
    assert (summer.demand.mean, summer.demand.min, summer.demand.max) == (20, 10, 30)
    assert (summer.demand.p25, summer.demand.p75) == (10, 30)
    assert end.demand.mean == 15
    # 10 opening units serve period 0. In period 1 the 30 leave 20 in the cool case and 0 in the hot one.
    assert (now.on_hand.mean, summer.on_hand.mean, summer.on_hand.max, end.on_hand.max) == (0, 10, 20, 0)
    assert (now.ordered, now.order_probability) == (30, 1)
    assert (summer.ordered, summer.order_probability, summer.ordered_value) == (5, 0.5, 100)
    assert (summer.received, end.received) == (30, 5)
    assert [row.date for row in view.periods] == [
        dt.date(2027, 1, 4),
        dt.date(2027, 3, 18),
        dt.date(2027, 5, 30),
    ]


def test_purposes_add_up_to_stock(store: Store) -> None:
    """On hand and in transit, in every period."""
    view = item.view(store, add_plan(store, 1, BY_HAND), "fan")
    # At the end of period 0 the 30 are on their way, at the end of period 1 the 10 of the hot case.
    assert [row.purposes["pipeline"] for row in view.periods] == [30, 5, 0]
    for row in view.periods:
        assert sum(row.purposes.values()) - row.purposes["pipeline"] == pytest.approx(row.on_hand.mean)


def test_orders_now_and_planned(store: Store) -> None:
    """By node with its probability, its value and the day it is there."""
    now, planned = item.view(store, add_plan(store, 1, BY_HAND), "fan").orders
    assert (now.decision, now.node, now.probability, now.units, now.value) == ("now", "now", 1, 30, 600)
    assert (planned.decision, planned.node, planned.probability, planned.units) == ("planned", "hot", 0.5, 10)
    assert planned.due_date == dt.date(2027, 5, 30)


def test_facts_and_money(store: Store) -> None:
    """What the baseline says; the margin is 45 * 40 - 35 * 20 - 10 = 1,090, of which 6 are orders and 4 holding."""
    view = item.view(store, add_plan(store, 1, BY_HAND), "fan")
    facts = view.facts
    assert (facts.supplier, facts.lot_size, facts.lead_time_periods, facts.lead_time_days) == (
        "importer",
        10,
        1,
        73,
    )
    assert (facts.landed_cost, facts.order_cost, facts.maximum_order_units) == (20, 4, None)
    assert view.money["revenue"] == pytest.approx(1800)
    assert view.money["order_cost"] == pytest.approx(6)
    assert view.money["holding"] == pytest.approx(4)
    assert view.expected_margin == pytest.approx(1090)
    assert view.days_of_stock == pytest.approx(200 / 3 / (900 / 219))


def test_why_the_filter_has_safety_stock(store: Store) -> None:
    """Short costs 3, held 0.2 until the next receipt (tests of `safety_reasons`): 93.75 % of cycles, 1.53 deviations of 10 units."""
    view = item.view(store, add_plan(store, 1, BY_HAND, guardrails=GUARDRAILS), "filter")
    why = view.reasons
    assert [why.shortage_cost, why.holding_cost] == pytest.approx([3, 0.2])
    assert why.critical_ratio == pytest.approx(0.9375)
    error, scenarios, lead_time = why.needed
    assert error.units == pytest.approx(10 * norm.ppf(0.9375))
    assert error.value == pytest.approx(50 * norm.ppf(0.9375))
    assert "10 units" in error.sentence
    assert [scenarios.units, lead_time.units] == pytest.approx([0, 0])
    assert lead_time.sentence == "Orders arrive at once, so that nothing has to be bridged."
    assert why.needed_units == pytest.approx(error.units + scenarios.units + lead_time.units)
    assert why.held_units < 0.1
    # All stock by purpose is the mean stock: 58.18 of money is 11.64 units of 5.
    assert sum(row.units for row in why.stock) == pytest.approx(view.inventory_value / 5)
    # Limits with a price that cover it, the dearest first; not that of the other group, and not the one without a price.
    assert [limit.name for limit in why.limits] == ["kitchen-cap", "inventory-cap"]
    assert "kitchen-cap" in why.held


def test_why_the_kettle_has_none(store: Store) -> None:
    """Its demand is certain. Three lots at once last three periods: cycle stock."""
    why = item.view(store, add_plan(store, 1, BY_HAND), "kettle").reasons
    assert why.needed_units == 0
    assert why.held == "None is needed, and none is held."
    stock = {row.name: row for row in why.stock}
    assert stock["cycle"].units + stock["excess"].units == pytest.approx(10)
    assert "30 units on average" in stock["cycle"].sentence


def test_targets_of_an_item(store: Store) -> None:
    """Today's from the baseline; the calibration's with its reason, open until it is accepted."""
    run = add_calibration(store, add_example(store))
    open_ = item.view(store, run, "vase").targets
    assert (open_.today_units, open_.today_cover_periods) == (15, 2)
    assert open_.calibrated is not None
    # docs/calibration.md: vase z1, safety stock 15 to 6, order-up-to 30 to 18, margin +59.60.
    assert (open_.calibrated.state, open_.calibrated.option) == ("open", "z1")
    assert (open_.calibrated.safety_stock_units, open_.calibrated.order_up_to_units) == (6, 18)
    assert open_.calibrated.margin_change == pytest.approx(59.60, abs=0.005)
    assert open_.calibrated.reason.startswith("Safety stock 15 to 6; order-up-to 30 to 18.")
    decide(store, "ben", run, "extras", "rejected", "Too little.")
    rejected = item.view(store, run, "vase").targets.calibrated
    assert rejected is not None
    assert rejected.state == "rejected"
    # A later calibration that nobody has decided on does not hide what was accepted.
    second = add_calibration(store, 2)
    decide(store, "ben", second, "extras", "accepted", "Now.")
    add_calibration(store, 2)
    accepted = item.view(store, run, "vase").targets.calibrated
    assert accepted is not None
    assert (accepted.run_id, accepted.state) == (second, "accepted")


def test_charts(store: Store) -> None:
    """Demand, stock and purposes of every item, orders where there are some; nothing that is no JSON."""
    run = add_plan(store, 1, {"fan": {"now": 3}})
    assert [chart.key for chart in item_charts.charts_of(item.view(store, run, "fan"))] == [
        "demand", "stock", "purposes", "orders",
    ]  # fmt: skip
    for chart in item_charts.charts_of(item.view(store, run, "fan")):
        alt.Chart.from_dict(chart.specification)  # raises where the schema finds something wrong
    without = item_charts.charts_of(item.view(store, run, "kettle"))
    assert [chart.key for chart in without] == ["demand", "stock", "purposes"]


def test_no_such_item(store: Store) -> None:
    """It says so."""
    with pytest.raises(NotFoundError, match="no item 'toaster'"):
        item.view(store, add_plan(store, 1, BY_HAND), "toaster")
