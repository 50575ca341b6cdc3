"""What Home says: exceptions by money, plans to decide on, events, changes, and first steps.

Run 1 breaks two rules (docs/governance.md): stock of up to 454.17 against 400 is EUR 54.17; of 30 filters 95 % are promised and 86.71 %
served, each is worth 10 - 5: EUR 12.43.
"""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.web.views import exceptions, home
from stockrail.workbench import guardrail_versions, scenarios
from stockrail.workbench.governance import approvals
from stockrail.workbench.governance import exceptions as library
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.web.broken_rules import break_rules
from tests.stockrail.workbench.tradeoffs.records import at

MONDAY = dt.date(2027, 1, 4)


@pytest.fixture
def broken(planned_store: Store) -> Store:
    """On Monday, 4 January 2027, with two exceptions: 1 of executives, 2 of finance, due on Thursday."""
    at(planned_store, MONDAY)
    break_rules(planned_store, with_calendar=True)
    return planned_store


def test_exceptions_by_money(broken: Store) -> None:
    """The larger amount first, whatever their numbers; what each is about and what the visitor may do."""
    view = exceptions.view(broken, "carla")
    assert [(row.rule, row.subject) for row in view.shown] == [
        ("inventory band", "inventory_value, max"),
        ("service of filters", "item filter"),
    ]
    band, service = view.shown
    assert (band.money, service.money) == pytest.approx((54.17, 12.43), abs=0.005)
    assert (band.currency, band.runs, band.owner_role, band.is_blocking) == ("EUR", (1,), "finance", True)
    assert (band.due, band.is_overdue) == (dt.date(2027, 1, 7), False)
    assert (band.is_mine, band.may_resolve, band.may_waive, band.refusal) == (True, True, False, None)
    assert (service.is_mine, service.may_resolve) == (False, False)
    assert any("454.17" in line for line in band.evidence)
    assert (view.total, view.mine, view.blocking, view.overdue, view.unknown_money) == (2, 1, 1, 0, 0)
    assert view.by_role == {"executive": 1, "finance": 1}
    assert view.money == {"EUR": pytest.approx(66.60, abs=0.01)}


def test_exceptions_of_a_role_and_of_oneself(broken: Store) -> None:
    """Only those that are asked for are listed and summed; the counts stay."""
    mine = exceptions.view(broken, "carla", exceptions.MINE)
    assert [row.rule for row in mine.shown] == ["inventory band"]
    of_executives = exceptions.view(broken, "carla", "executive")
    assert [row.rule for row in of_executives.shown] == ["service of filters"]
    assert of_executives.money == {"EUR": pytest.approx(12.43, abs=0.005)}
    assert (of_executives.matching, of_executives.total, of_executives.mine) == (1, 2, 1)
    assert exceptions.view(broken, "anna", exceptions.MINE).shown == ()


def test_overdue_from_the_day_after(broken: Store) -> None:
    """Due on 7 January: on that day it is not overdue yet, on the next one it is."""
    at(broken, dt.date(2027, 1, 7))
    assert exceptions.view(broken, "carla").overdue == 0
    at(broken, dt.date(2027, 1, 8))
    view = exceptions.view(broken, "carla")
    assert (view.overdue, [row.is_overdue for row in view.shown]) == (2, [True, True])


def test_unknown_money_comes_last(broken: Store) -> None:
    """What nobody knows the money of is counted, not summed, and not taken for the least."""
    with broken.write("test", "test", "exception") as change:
        change.session.add(library.opened(_unknown(), None, change.at, {}))
    view = exceptions.view(broken, "dora")
    assert [row.money is None for row in view.shown] == [False, False, True]
    assert (view.unknown_money, view.shown[-1].currency) == (1, "EUR")
    assert view.money == {"EUR": pytest.approx(66.60, abs=0.01)}


def _unknown() -> Broken:
    return Broken(
        rule="goods missing",
        subject="supplier",
        owner_role="executive",
        owner="dora",
        money=None,
        due=MONDAY,
        waits_for="ask them",
        is_blocking=False,
        evidence={},
    )


def test_who_started_the_run_is_told_why_not(broken: Store) -> None:
    """Otto has every role and started nothing; were the run his, the one that blocks would not be his to decide."""
    assert all(row.may_resolve and row.may_waive for row in exceptions.view(broken, "otto").shown)
    with broken.write("test", "test", "run") as change:
        change.session.get_one(Run, 1).requested_by = "otto"
    band, service = exceptions.view(broken, "otto").shown
    assert (band.may_resolve, band.may_waive) == (False, False)
    assert band.refusal == "You started run 1, which this blocks: somebody else decides it."
    assert service.may_resolve


def test_plans_to_decide_on(broken: Store) -> None:
    """Both plans wait, the latest first; run 1 for exception 2 that blocks it; Ben started them."""
    view = home.view(broken, "dora")
    assert [(plan.run_id, plan.scenario, plan.requested_by) for plan in view.plans] == [
        (2, "high", "ben"),
        (1, "base", "ben"),
    ]
    high, base = view.plans
    assert base.expected_margin == pytest.approx(1546.81, abs=0.005)
    assert (base.passed, base.currency, base.approval.blocking) == (True, "EUR", (2,))
    assert (high.approval.may_approve, base.approval.may_approve) == (True, False)
    assert home.view(broken, "ben").plans[0].approval.refusal is not None
    assert [row.id for row in view.limits] == [1]


def test_an_approved_plan_ends_the_waiting_of_earlier_ones(planned_store: Store) -> None:
    """Once the plan of run 2 is approved nobody waits for that of run 1."""
    approvals.approve(planned_store, "dora", 2, "Go.")
    view = home.view(planned_store, "dora")
    assert (view.plans, view.approved_run) == ((), 2)


def test_events(broken: Store) -> None:
    """The lock of toys is on until 10 January, the close comes in 25 days; a week later only the close is there."""
    lock, close = home.view(broken, "anna").events
    assert (lock.name, lock.is_on, lock.in_days, lock.last) == ("easter lock", True, 0, dt.date(2027, 1, 10))
    assert (lock.holds_orders, lock.scope) == (True, "product_group toys")
    assert (close.name, close.is_on, close.in_days, close.people[0]) == ("close", False, 25, "carla")
    at(broken, dt.date(2027, 1, 11))
    assert [row.name for row in home.view(broken, "anna").events] == ["close"]


def test_changes_in_words(broken: Store) -> None:
    """The latest first, with their reasons and pages; nothing for those who may not read the log."""
    library.resolve(broken, "carla", 2, "Funded until March.")
    changes = home.view(broken, "anna").changes
    assert (changes[0].actor, changes[0].words, changes[0].reason) == (
        "carla",
        "resolved exception 2",
        "Funded until March.",
    )
    assert {change.words for change in changes} >= {
        "opened exceptions 1, 2 of run 1",
        "proposed limits, version 1",
        "started run 2",
        "finished run 2",
        "saved scenario high",
        "imported baseline 1",
    }
    assert (
        next(change.path for change in changes if change.words == "saved scenario high") == "/scenarios/high"
    )
    assert home.view(broken, "nobody").changes == ()


def test_a_scenario_with_any_name_leads_to_its_page(store: Store) -> None:
    """A question mark or a hash in it is part of the name, and no query."""
    scenarios.save(store, "anna", "what if? #2", [], scenarios.NEW, 1)
    (saved,) = (row for row in home.view(store, "anna").changes if row.words == "saved scenario what if? #2")
    assert saved.path == "/scenarios/what%20if%3F%20%232"


def test_first_steps_of_an_empty_store(tmp_path: Path) -> None:
    """Nobody is named: that comes first, and nobody could do it yet."""
    with Store.create(tmp_path / "empty") as store:
        view = home.view(store, "stranger")
        assert [step.is_done for step in view.steps] == [False] * 5
        assert [step.title for step in view.steps if step.is_next] == ["Name people"]
        assert view.steps[0].who == ()
        assert (view.exceptions.total, view.plans, view.runs, view.changes) == (0, (), (), ())


def test_first_steps_go_on_until_a_plan_is_decided_on(store: Store, planned_store: Store) -> None:
    """With a baseline a plan is next, with plans a decision; agreeing on limits holds nobody up. Then there are none."""
    assert [step.title for step in home.view(store, "ben").steps if step.is_next] == ["Plan"]
    view = home.view(planned_store, "ben")
    assert [step.title for step in view.steps if step.is_next] == ["Decide on the plan"]
    assert view.steps[-1].who == ("ben", "dora", "otto", "paula")
    approvals.approve(planned_store, "dora", 2, "Go.")
    guardrail_versions.approve(planned_store, "carl", 1, "Yes.")
    view = home.view(planned_store, "ben")
    assert (view.steps, view.limits) == ((), ())


def test_runs_that_go_or_wait(store: Store) -> None:
    """A run that was asked for and not begun is the first in the queue."""
    submit(store, "ben", "plan", 1)
    (run,) = home.view(store, "anna").runs
    assert (run.requested_by, run.scenario, run.progress.state, run.progress.queue_place) == (
        "ben",
        "base",
        "queued",
        1,
    )
