"""Approval of plans: who may, what stands in the way, and that decision, state and log are one thing, whenever it is killed."""

import os
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa

from stockrail.workbench.errors import ConflictError, NotAllowedError, StateError
from stockrail.workbench.governance import approvals, exceptions
from stockrail.workbench.governance.approvals import approve, latest_approved, reject
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import AuditEntry, Decision, PlanException, Run
from tests.stockrail.workbench.governance.files import rule
from tests.stockrail.workbench.governance.runs import RULES, finished_run, govern
from tests.stockrail.workbench.people import write_people


@pytest.fixture(autouse=True)
def _rules(store: Store) -> None:
    govern(store)


def state_of(store: Store, run: int) -> str:
    with store.read() as session:
        return session.get_one(Run, run).approved_state


def test_somebody_else_approves(store: Store) -> None:
    """Ben plans, Dora approves, as executive; the decision keeps what was approved."""
    run = finished_run(store)
    decision = approve(store, "dora", run, "As agreed on Monday.")
    assert (decision.by, decision.role, decision.verdict) == ("dora", "executive", "approved")
    assert decision.data["certificate"]["objective"] == 1000
    assert set(decision.data["artifacts"]) >= {"orders.csv", "plan.json"}
    with store.read() as session:
        approved = latest_approved(session)
    assert approved is not None
    assert (approved.id, approved.approved_state) == (run, "approved")
    with pytest.raises(StateError, match="is approved already"):
        reject(store, "dora", run, "No.")
    assert audit.verify(store).passed


@pytest.mark.parametrize("somebody", ["anna", "carla", "edna", "mallory"])
@pytest.mark.parametrize("decide", [approve, reject])
def test_without_the_permission_nobody_decides(store: Store, somebody: str, decide: object) -> None:
    """Demand planning, finance, auditors and strangers are refused by the library itself."""
    run = finished_run(store)
    with pytest.raises(NotAllowedError, match=r"plan\.approve.*Who may: .*ben \(supply_planning\)"):
        decide(store, somebody, run, "x")  # type: ignore[operator]
    assert state_of(store, run) == "none"


@pytest.mark.parametrize("decide", [approve, reject])
def test_nobody_decides_on_their_own_plan(store: Store, decide: object) -> None:
    """Ben may approve plans, Otto has every role: neither their own."""
    for author in ("ben", "otto"):
        run = finished_run(store, requested_by=author)
        with pytest.raises(NotAllowedError, match=f"{author} started run {run}: somebody else decides"):
            decide(store, author, run, "x")  # type: ignore[operator]
        assert state_of(store, run) == "none"


def test_open_blocking_exceptions_stand_in_the_way(store: Store) -> None:
    """Also where nobody opened them before: approving looks itself. With all of them closed it goes through."""
    run = finished_run(store, inventory=130, expedite=60, gap=0.05)
    with pytest.raises(StateError) as refusal:
        approve(store, "dora", run, "Go.")
    assert "waits for 2 decisions first: exception" in str(refusal.value)
    assert state_of(store, run) == "none"
    with store.read() as session:
        numbers = {row.rule: row.id for row in exceptions.listed(session)}
    assert set(numbers) == {"inventory_band", "expedite_budget", "gap"}
    exceptions.resolve(store, "carla", numbers["inventory_band"], "Funded.")
    with pytest.raises(
        StateError, match=f"exception {numbers['expedite_budget']}, expedite_budget: executive"
    ):
        approve(store, "dora", run, "Go.")
    exceptions.waive(store, "dora", numbers["expedite_budget"], "Once.")
    approve(store, "dora", run, "Go.")  # the gap does not block
    with store.read() as session:
        assert session.get_one(PlanException, numbers["gap"]).state == "open"


def test_a_rule_that_came_later_counts(store: Store) -> None:
    """The run ended when a gap of 0.01 was fine; now it is not, and it blocks."""
    run = finished_run(store, gap=0.01)
    exceptions.open_of_run(store, "ben", run)
    govern(store, [*RULES[1:], rule("gap", most_gap=0.001)])
    with pytest.raises(StateError, match="waits for 1 decision first: exception 1, gap: finance"):
        approve(store, "dora", run, "Go.")


def test_exceptions_of_plans_that_were_replaced_are_closed(store: Store) -> None:
    """An earlier plan broke the band; a later one is approved in its place. Should the earlier one come back, so does its exception."""
    first, second = finished_run(store, inventory=130), finished_run(store)
    [opened] = exceptions.open_of_run(store, "ben", first)
    decision = approve(store, "dora", second, "This one.")
    with store.read() as session:
        closed = session.get_one(PlanException, opened.id)
    assert (closed.state, closed.decision_id) == ("resolved", decision.id)
    with pytest.raises(StateError, match=f"exception {opened.id + 1}, inventory_band"):
        approve(store, "dora", first, "The other one after all.")


def test_reject_closes_what_was_about_this_plan_alone(store: Store) -> None:
    """Expediting was a problem of the first plan only, the band is one of the second as well."""
    first = finished_run(store, inventory=130, expedite=60)
    second = finished_run(store, inventory=140)
    for run in (first, second):
        exceptions.open_of_run(store, "ben", run)
    reject(store, "dora", first, "Too expensive.")
    with store.read() as session:
        states = {row.rule: row.state for row in exceptions.listed(session)}
    assert states == {"inventory_band": "open", "expedite_budget": "resolved"}
    assert state_of(store, first) == "rejected"
    with pytest.raises(StateError, match="is rejected already"):
        approve(store, "dora", first, "Again.")


def test_two_approvals_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Dora's approval looks at the rules, Paula approves another plan: Dora has to look at what differs from that one."""
    first, second = finished_run(store), finished_run(store)
    look = exceptions.open_of_run

    def meanwhile(there: Store, actor: str, run: int) -> list[PlanException]:
        found = look(there, actor, run)
        if run == second:
            approve(there, "paula", first, "Mine first.")
        return found

    monkeypatch.setattr(exceptions, "open_of_run", meanwhile)
    with pytest.raises(ConflictError, match="approved meanwhile"):
        approve(store, "dora", second, "Go.")
    assert (state_of(store, first), state_of(store, second)) == ("approved", "none")


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled", "interrupted"])
def test_only_finished_runs_are_decided_on(store: Store, state: str) -> None:
    """Also not one that was cancelled with a plan: ask for it again."""
    run = finished_run(store, state=state)
    with pytest.raises(StateError, match=f"is {state}: only the plan of a finished run"):
        approve(store, "dora", run, "Go.")


def test_a_plan_that_did_not_pass_its_check_is_not_approved(store: Store) -> None:
    """The independent checker found something; where it was not asked there is nothing to hold against the plan."""
    with pytest.raises(StateError, match=r"did not pass the independent check \(stock\)"):
        approve(store, "dora", finished_run(store, passed=False), "Go.")
    approve(store, "dora", finished_run(store, passed=None), "Go.")


def killed_at(location: str, run: int, statement: int) -> bool:
    """Approve in a process that kills itself before so many statements of the database; whether it came to an end before."""
    child = os.fork()
    if child == 0:
        count = 0
        with Store.open(location) as store:

            def before(*_: object) -> None:
                nonlocal count
                count += 1
                if count > statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            # Commits and rollbacks are no statements of a cursor: they count by themselves.
            for engine in {store.engines.reading, store.engines.writing}:
                for event in ("before_cursor_execute", "commit", "rollback"):
                    sa.event.listen(engine, event, before)
            try:
                approve(store, "dora", run, "Go.")
            finally:
                os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)


def test_kill_at_every_statement_of_an_approval(store: Store) -> None:
    """State, decision, audit entry and closed exceptions are all there or none of them, and approving again succeeds."""
    earlier = finished_run(store, inventory=130)
    [about_earlier] = exceptions.open_of_run(store, "ben", earlier)
    run = finished_run(store, gap=0.05)
    outcomes = []
    for statement in range(200):
        is_through = killed_at(store.location, run, statement)
        outcome = _standing(store, run, about_earlier.id)
        assert outcome in ((False,) * 4, (True,) * 4), statement
        assert audit.verify(store).passed, statement
        outcomes.append(outcome[0])
        if is_through or outcome[0]:
            break
    if not outcomes[-1]:
        approve(store, "dora", run, "Go.")
    assert outcomes[-1]
    assert len(outcomes) > 10  # it was killed at more than ten statements before the one that committed
    with store.read() as session:
        gaps = [row for row in exceptions.listed(session) if row.rule == "gap"]
    assert len(gaps) == 1  # opened in the first transaction that lived, and not again


def _standing(store: Store, run: int, exception_id: int) -> tuple[bool, bool, bool, bool]:
    with store.read() as session:
        decisions = session.query(Decision).filter_by(kind=approvals.KIND).count()
        entries = session.query(AuditEntry).filter_by(action="plan.approve").count()
        is_closed = session.get_one(PlanException, exception_id).state == "resolved"
        return session.get_one(Run, run).approved_state == "approved", decisions == 1, entries == 1, is_closed


def test_people_of_the_packaged_file(tmp_path: Path) -> None:
    """With the packaged rules a plan that keeps its guardrails and its gap is approved without further ado."""
    with Store.create(tmp_path / "plain") as plain:
        write_people(plain)
        run = finished_run(plain)
        assert approve(plain, "paula", run, "Go.").role == "supply_planning"
