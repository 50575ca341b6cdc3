"""Exceptions: opened once for what is broken, decided by their owners, on both databases."""

import pytest

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.approvals import approve
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import AuditEntry, Decision, PlanException
from tests.stockrail.workbench.governance.runs import finished_run, govern


@pytest.fixture(autouse=True)
def _rules(store: Store) -> None:
    govern(store)


def rows(store: Store) -> list[tuple[int, str, str, float | None]]:
    with store.read() as session:
        found = sorted(exceptions.listed(session), key=lambda row: row.id)
    return [(row.id, row.rule, row.state, row.money) for row in found]


def test_broken_rules_are_opened_once(store: Store) -> None:
    """Inventory of 130 against 100, expediting of 60 against 50: 30 and 10 are at stake. Asked again, nothing happens."""
    run = finished_run(store, inventory=130, expedite=60)
    opened = exceptions.open_of_run(store, "ben", run)
    assert [(row.rule, row.money, row.owner_role, row.is_blocking, row.run_id) for row in opened] == [
        ("inventory_band", 30, "finance", True, run),
        ("expedite_budget", 10, "executive", True, run),
    ]
    with store.read() as session:
        entries = session.query(AuditEntry).count()
    assert [row.id for row in exceptions.open_of_run(store, "ben", run)] == [row.id for row in opened]
    with store.read() as session:
        assert session.query(AuditEntry).count() == entries
    assert audit.verify(store).passed


def test_a_plan_in_order_opens_nothing(store: Store) -> None:
    """All rules are kept."""
    assert exceptions.open_of_run(store, "ben", finished_run(store)) == []


def test_the_same_break_in_a_later_run_is_the_same_exception(store: Store) -> None:
    """It keeps number and due date, tells of the later run, and blocks both; deciding it once decides it for both."""
    first, second = finished_run(store, inventory=130), finished_run(store, inventory=150)
    [opened] = exceptions.open_of_run(store, "ben", first)
    [joined] = exceptions.open_of_run(store, "ben", second)
    assert (joined.id, joined.due, joined.opened_at, joined.money) == (
        opened.id,
        opened.due,
        opened.opened_at,
        50,
    )
    assert joined.evidence["runs"] == {str(first): 30, str(second): 50}
    with store.read() as session:
        assert [row.id for run in (first, second) for row in exceptions.blocking(session, run)] == [
            opened.id
        ] * 2
    exceptions.resolve(store, "carla", opened.id, "Funded by the bank.")
    with store.read() as session:
        assert exceptions.blocking(session, first) == exceptions.blocking(session, second) == []
    assert exceptions.open_of_run(store, "ben", second) == []


def test_a_break_after_the_decision_is_a_new_exception(store: Store) -> None:
    """What was decided was decided for the plans that there were."""
    first = finished_run(store, inventory=130)
    [opened] = exceptions.open_of_run(store, "ben", first)
    exceptions.resolve(store, "carla", opened.id, "Once.")
    [again] = exceptions.open_of_run(store, "ben", finished_run(store, inventory=130))
    assert again.id != opened.id


def test_the_owner_decides(store: Store) -> None:
    """Ben does not own the band, Dora does not either, Carla does; the decision says as what and why."""
    [opened] = exceptions.open_of_run(store, "ben", finished_run(store, inventory=130))
    for somebody in ("anna", "dora", "nobody"):
        with pytest.raises(NotAllowedError):
            exceptions.resolve(store, somebody, opened.id, "I say so.")
    assert rows(store) == [(1, "inventory_band", "open", 30)]
    closed = exceptions.resolve(store, "carla", opened.id, "Funded.")
    with store.read() as session:
        decision = session.get_one(Decision, closed.decision_id)
    assert (decision.by, decision.role, decision.verdict, decision.reason) == (
        "carla",
        "finance",
        "resolved",
        "Funded.",
    )
    assert (closed.state, closed.closed_by) == ("resolved", "carla")
    with pytest.raises(StateError, match="is resolved already, by carla"):
        exceptions.waive(store, "dora", opened.id, "Late.")
    assert audit.verify(store).passed


def test_executives_waive_whatever_it_is(store: Store) -> None:
    """Finance's exception, waived by Dora; Carla may not."""
    [opened] = exceptions.open_of_run(store, "ben", finished_run(store, inventory=130))
    with pytest.raises(NotAllowedError, match=r"exception\.waive"):
        exceptions.waive(store, "carla", opened.id, "Let it pass.")
    assert exceptions.waive(store, "dora", opened.id, "Let it pass.").state == "waived"


def test_nobody_clears_the_way_for_their_own_plan(store: Store) -> None:
    """Otto has every role and started the run: a blocking exception needs somebody else, another one does not."""
    run = finished_run(store, requested_by="otto", inventory=130, gap=0.05)
    band, gap = sorted(exceptions.open_of_run(store, "otto", run), key=lambda row: row.rule == "gap")
    for decide in (exceptions.resolve, exceptions.waive):
        with pytest.raises(NotAllowedError, match=f"otto started run {run}"):
            decide(store, "otto", band.id, "Mine.")
    assert exceptions.resolve(store, "otto", gap.id, "Good enough.").state == "resolved"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_needs_a_reason(store: Store, reason: str) -> None:
    """Whoever looks at it later has only that."""
    [opened] = exceptions.open_of_run(store, "ben", finished_run(store, inventory=130))
    with pytest.raises(StateError, match="--reason"):
        exceptions.resolve(store, "carla", opened.id, reason)


def test_what_is_not_there(store: Store) -> None:
    """No such exception, no such run, a run that has not finished."""
    with pytest.raises(NotFoundError, match="exceptions list"):
        exceptions.resolve(store, "carla", 7, "x")
    with pytest.raises(NotFoundError, match="no run 7"):
        exceptions.open_of_run(store, "ben", 7)
    running = finished_run(store, state="running")
    with pytest.raises(StateError, match="is running"):
        exceptions.open_of_run(store, "ben", running)
    exceptions.open_after_run(store, running)
    assert rows(store) == []


def test_changes_count_against_the_approved_plan(store: Store) -> None:
    """10 units approved, then 20: 10 more than 5 allowed, worth 20. After another approval it is against that one."""
    first = finished_run(store, ordered=10)
    approve(store, "paula", first, "Go.")
    second = finished_run(store, ordered=20)
    [opened] = exceptions.open_of_run(store, "ben", second)
    assert (opened.subject, opened.money) == (f"orders against run {first}", 20)
    exceptions.resolve(store, "paula", opened.id, "Suppliers agree.")
    approve(store, "paula", second, "Go.")
    assert exceptions.open_of_run(store, "ben", finished_run(store, ordered=20)) == []


def test_exceptions_of_others_are_left_alone(store: Store) -> None:
    """One that is about no plan, such as an overdue trade-off, is closed by nobody's approval of a plan."""
    run = finished_run(store)
    with store.write("carla", "tradeoff.overdue", "exception") as change:
        other = PlanException(
            run_id=None, rule="tradeoff", subject="season", owner_role="finance", owner="carla", waits_for="a review",
            is_blocking=False, opened_at=change.at,
        )  # fmt: skip
        change.session.add(other)
    approve(store, "paula", run, "Go.")
    assert [state for _, _, state, _ in rows(store)] == ["open"]
