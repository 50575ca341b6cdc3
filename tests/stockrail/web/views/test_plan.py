"""What the page of a plan says, with the numbers that instances/three-items/README.md works out by hand.

The plan of run 1 was searched to 0.3 %: it orders the kettle in each period, which costs 15 instead of the best 12. Its margin is
1,549.81 + 12 - 15 = 1,546.81, and no kettle is left at the end of a period.
"""

import pytest

from stockrail.web.plan_contents import contents_of
from stockrail.web.views import plan, plan_approval, plan_charts
from stockrail.web.views.plan_buys import heat_map, orders_view
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance import approvals, escalations, exceptions
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.workbench.governance.files import governance_text, rule


def test_key_figures(planned_store: Store) -> None:
    """To order now: one lot of kettles (100), three of fans (600), two of filters (100), from two suppliers."""
    view = plan.view(planned_store, "ben", 1)
    told = view.figures
    assert told.expected_margin == pytest.approx(1546.81, abs=0.005)
    assert (told.orders_now, told.value_now, told.suppliers_now, told.status) == (3, 800.0, 2, "proven")
    assert (told.guardrails, told.guardrails_kept, told.guardrails_earning) == (1, 1, 1)
    # Mean over scenarios: 100.42 at first; 54.17 and half of the fans' 400; 3.99 filters of 5 at the end.
    assert told.mean_inventory == pytest.approx((100.42 + 254.17 + 19.95) / 3, abs=0.01)
    assert view.certificate[0].startswith("No plan can earn more than")
    assert view.verification is not None and view.verification.passed


def test_inventory_against_its_limit(planned_store: Store) -> None:
    """Where it stays cool 20 fans are left after period 1: 400 + 54.17 = 454.17 under the limit of 500."""
    view = plan.view(planned_store, "ben", 1)
    (inventory,) = [fan for fan in view.fans if fan.metric == "inventory_value"]
    assert [limit.name for limit in inventory.limits] == ["inventory-cap"]
    row = inventory.rows[1]
    assert (row.min, row.max, row.mean) == pytest.approx((54.17, 454.17, 254.17), abs=0.01)
    assert row.limits == (500.0,)


def test_buys(planned_store: Store) -> None:
    """Fans for 600 now, and one more lot of 200 where it gets hot, with probability 1/2; 1,100 in all."""
    contents = contents_of(planned_store, get(planned_store, 1))
    items = heat_map(contents)
    cells = {row.name: [cell.value for cell in row.cells] for row in items.rows}
    assert cells == {"fan": [600, 100, 0], "kettle": [100, 100, 100], "filter": [100, 0, 0]}
    assert [row.name for row in items.rows] == ["fan", "kettle", "filter"]
    assert [row.cells[0].shade for row in items.rows] == [9, 2, 2]
    assert items.rows[0].cells[2].shade == 0
    assert ([period.total for period in items.periods], items.total) == ([800, 200, 100], 1100)
    segments = heat_map(contents, "segments")
    assert {row.name: row.total for row in segments.rows} == {"seasonal": 700, "steady": 300, "noisy": 100}


def test_items_beyond_the_largest_are_one_row(planned_store: Store) -> None:
    """Of three items the largest is shown, the other two together: 100 + 100, 100, 100."""
    table = heat_map(contents_of(planned_store, get(planned_store, 1)), most=1)
    assert [(row.name, row.total) for row in table.rows] == [("fan", 700), ("all others", 400)]
    assert [cell.value for cell in table.rows[1].cells] == [200, 100, 100]
    assert table.total == 1100


def test_orders_by_decision(planned_store: Store) -> None:
    """Three now; later the kettles in both scenarios twice, and the fans where it is hot."""
    contents = contents_of(planned_store, get(planned_store, 1))
    now = orders_view(contents)
    assert now.counts == {"now": 3, "planned": 5, "fixed": 0}
    assert {(row.item, row.units, row.value, row.probability) for row in now.rows} == {
        ("kettle", 10, 100, 1), ("fan", 30, 600, 1), ("filter", 20, 100, 1),
    }  # fmt: skip
    later = orders_view(contents, "planned", "fan")
    assert [(row.item, row.node, row.units, row.probability) for row in later.rows] == [
        ("fan", "hot", 10, 0.5)
    ]
    assert (later.count, later.value) == (1, 100)
    assert orders_view(contents, None).count == 8
    assert orders_view(contents, "fixed").rows == ()


def test_stock_by_purpose(planned_store: Store) -> None:
    """Of fans 20 wait for the next demand where it stays cool: half of 400 in one of three periods."""
    view = plan.view(planned_store, "ben", 1)
    by_segment = {row.segment: row for row in view.split}
    assert by_segment["seasonal"].cycle == pytest.approx(200 / 3)
    assert by_segment["steady"].on_hand == 0
    total = by_segment["Total"]
    assert total.safety + total.cycle + total.build + total.excess == pytest.approx(total.on_hand)
    assert total.on_hand == pytest.approx(view.figures.mean_inventory)


def test_the_margin_and_its_parts(planned_store: Store) -> None:
    """The parts add up to the margin; kettles and fans cost 30 * 10 + 35 * 20, filters 20 * 5."""
    steps = {step.name: step.value for step in plan.view(planned_store, "ben", 1).steps}
    assert steps["Landed cost"] == pytest.approx(-(300 + 700 + 100))
    # Orders: of kettles 3 * 5; of fans 4 now and 4 where it gets hot.
    assert steps["Order cost"] == pytest.approx(-(15 + 4 + 2))
    margin = steps.pop("Expected margin")
    assert margin == pytest.approx(1546.81, abs=0.005)
    assert sum(steps.values()) == pytest.approx(margin)


def test_what_a_looser_limit_earns(planned_store: Store) -> None:
    """100 more of stock after period 1, 554.17, let the kettle be ordered once: 11 instead of 12, so 1 for 100."""
    (row,) = plan.view(planned_store, "ben", 1).guardrails
    assert row.price == pytest.approx(0.01)
    assert (row.is_kept, row.earns) == (True, "EUR\N{NO-BREAK SPACE}10.00 per EUR\N{NO-BREAK SPACE}1,000")
    assert (row.worst, row.slack) == pytest.approx((454.17, 45.83), abs=0.01)


def test_the_way_from_another_plan(planned_store: Store) -> None:
    """From `high` to the baseline: changed facts and new orders together are the difference of the margins."""
    ours, theirs = (plan.view(planned_store, "ben", number).figures.expected_margin for number in (1, 2))
    assert ours is not None and theirs is not None
    bridge = plan.view(planned_store, "ben", 1, against=2).against
    assert bridge is not None and bridge.facts is not None and bridge.decisions is not None
    assert bridge.total == pytest.approx(ours - theirs)
    assert bridge.facts + bridge.decisions == pytest.approx(bridge.total)
    assert [other.run_id for other in plan.view(planned_store, "ben", 1).others] == [2]
    assert "bridge-from-2" in plan_charts.charts_of(planned_store, 1, 2)


def test_charts_by_their_keys(planned_store: Store) -> None:
    """Each that the view names is there, the one of the run as well; another one is not, and those there are are named."""
    view = plan.view(planned_store, "ben", 1)
    assert {"fan-working_capital", "fan-inventory_value", "waterfall", "orders", "stock-split"} <= set(
        view.charts
    )
    for key in (*view.charts, "progress"):
        assert plan_charts.chart_of(planned_store, 1, key).specification["description"]
    with pytest.raises(NotFoundError, match="no chart nothing; it has: fan-working_capital"):
        plan_charts.chart_of(planned_store, 1, "nothing")


def test_a_run_without_a_plan(store: Store) -> None:
    """It says what the run is."""
    run = submit(store, "ben", "plan", 1)
    with pytest.raises(NotFoundError, match="no plan to look at: it is a plan run and queued"):
        plan.view(store, "ben", run.id)


def test_who_may_decide(planned_store: Store) -> None:
    """Ben started it, Anna may not, Dora may: each is told in words."""
    views = {name: plan_approval.approval_view(planned_store, name, 1) for name in ("ben", "anna", "dora")}
    assert {name: view.may_decide for name, view in views.items()} == {
        "ben": False,
        "anna": False,
        "dora": True,
    }
    assert "You started this run" in str(views["ben"].refusal)
    assert "Who may" in str(views["anna"].refusal)
    assert (views["dora"].refusal, views["dora"].may_approve) == (None, True)
    assert [views[name].may_escalate for name in ("ben", "anna", "dora")] == [True, True, False]
    assert views["ben"].escalates_to == "executive"


def test_what_blocks(planned_store: Store) -> None:
    """Finance agreed to 400 of stock: 454.17 is 54.17 too much, and Carla decides first."""
    store = planned_store
    band = rule("inventory_band", upper=400, statistic="max")
    store.governance_file.write_text(governance_text([band]), encoding="utf-8")
    before = plan_approval.seen(store, 1)
    (found,) = exceptions.open_of_run(store, "ben", 1)
    view = plan_approval.approval_view(store, "dora", 1)
    (row,) = view.exceptions
    assert (row.id, row.owner_role, row.state, view.blocking) == (found.id, "finance", "open", (found.id,))
    assert row.money == pytest.approx(54.17, abs=0.01)
    assert (view.may_decide, view.may_approve) == (True, False)
    assert view.seen != before
    exceptions.resolve(store, "carla", found.id, "Funded until March.")
    assert plan_approval.approval_view(store, "dora", 1).may_approve


def test_who_is_asked_decides(planned_store: Store) -> None:
    """Ben escalates: Dora may approve, Otto as executive too; Paula without that role could not."""
    store = planned_store
    escalations.escalate(store, "ben", 1, "A bet.")
    view = plan_approval.approval_view(store, "dora", 1)
    assert (len(view.blocking), view.may_approve) == (1, True)
    assert not plan_approval.approval_view(store, "ben", 1).may_escalate


def test_what_was_decided(planned_store: Store) -> None:
    """Who looked before is told by whom and when; the plan cannot be decided on again."""
    store = planned_store
    before = plan_approval.seen(store, 1)
    approvals.approve(store, "dora", 1, "Go.")
    view = plan_approval.approval_view(store, "otto", 1)
    assert (view.state, view.approved_run, view.may_decide) == ("approved", 1, False)
    assert [(row.verdict, row.by, row.role, row.reason) for row in view.decisions] == [
        ("approved", "dora", "executive", "Go.")
    ]
    assert view.seen != before
    assert plan_approval.changed(store, 1).startswith("dora has approved the plan of run 1 at ")
    # Another plan is decided on now: what it would take the place of has changed.
    assert "dora decided on the plan of run 1" in plan_approval.changed(store, 2)
    with pytest.raises(StateError):
        approvals.reject(store, "otto", 1, "No.")
