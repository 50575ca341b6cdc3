"""Escalation: the decision on a plan is handed to those who may pass over rules, and waits for them."""

import pytest

from stockrail.workbench.errors import NotAllowedError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.approvals import approve, reject
from stockrail.workbench.governance.escalations import RULE, escalate, escalation_role
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import PlanException
from tests.stockrail.workbench.governance.runs import finished_run, govern


@pytest.fixture(autouse=True)
def _rules(store: Store) -> None:
    govern(store)


def _state(store: Store, number: int) -> tuple[str, str | None]:
    with store.read() as session:
        row = session.get_one(PlanException, number)
        return row.state, row.closed_by


def test_executives_are_asked_and_decide(store: Store) -> None:
    """Anna asks; Otto may approve, and has the role as well; Dora is asked, and her approval closes the question."""
    run = finished_run(store)
    asked = escalate(store, "anna", run, "The peak season is a bet.")
    assert (asked.rule, asked.owner_role, asked.is_blocking, asked.money) == (RULE, "executive", True, None)
    assert "anna" in asked.waits_for and "The peak season is a bet." in asked.waits_for
    decision = approve(store, "dora", run, "We take the bet.")
    assert _state(store, asked.id) == ("resolved", "dora")
    with store.read() as session:
        assert session.get_one(PlanException, asked.id).decision_id == decision.id
    assert audit.verify(store).passed


def test_nobody_else_approves_before(store: Store) -> None:
    """Ben of supply planning may approve what Otto planned, but not while executives are asked; after they have resolved it he may."""
    run = finished_run(store, requested_by="otto")
    asked = escalate(store, "carla", run, "Too much capital.")
    with pytest.raises(StateError, match=rf"exception {asked.id}, escalated: executive"):
        approve(store, "ben", run, "Go.")
    assert _state(store, asked.id) == ("open", None)
    exceptions.resolve(store, "dora", asked.id, "Agreed with finance.")
    approve(store, "ben", run, "Go.")


def test_a_rejection_closes_it(store: Store) -> None:
    """A plan that nobody will use needs no decision."""
    run = finished_run(store)
    asked = escalate(store, "anna", run, "Look at it.")
    reject(store, "dora", run, "No.")
    assert _state(store, asked.id) == ("resolved", "dora")


@pytest.mark.parametrize("somebody", ["dora", "edna", "mallory"])
def test_who_does_not_plan_does_not_ask(store: Store, somebody: str) -> None:
    """Executives decide, auditors look, strangers are refused."""
    run = finished_run(store)
    with pytest.raises(NotAllowedError, match=r"run\.start"):
        escalate(store, somebody, run, "x")


def test_it_is_asked_once_with_a_reason_and_before_the_decision(store: Store) -> None:
    """Twice, without a reason, and after the approval: each is refused with what to do."""
    run = finished_run(store)
    with pytest.raises(StateError, match="Say why"):
        escalate(store, "anna", run, "  ")
    first = escalate(store, "anna", run, "Look at it.")
    with pytest.raises(StateError, match=rf"escalated already: exception {first.id} waits for executive"):
        escalate(store, "carla", run, "Me too.")
    approve(store, "dora", run, "Fine.")
    with pytest.raises(StateError, match="is approved already"):
        escalate(store, "anna", run, "Again.")


def test_without_anybody_who_may_waive_there_is_nobody_to_ask(store: Store) -> None:
    """No role may waive."""
    run = finished_run(store)
    text = store.governance_file.read_text(encoding="utf-8")
    assert "    - exception.waive\n" in text
    store.governance_file.write_text(text.replace("    - exception.waive\n", ""), encoding="utf-8")
    assert escalation_role(store) is None
    with pytest.raises(StateError, match=r"names nobody with exception\.waive"):
        escalate(store, "anna", run, "Look at it.")
