"""Targets are decided on segment by segment: who may, once, by somebody else, and only on what was looked at."""

import pytest
import sqlalchemy as sa

from stockrail.workbench.calibrations import decisions
from stockrail.workbench.calibrations.decisions import NOTHING_SEEN, decide, in_force, latest, of_run
from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError, StateError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import AuditEntry, Decision, Run
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example, calibrated


@pytest.fixture
def run(store: Store) -> int:
    return add_calibration(store, add_example(store))


def decided(store: Store) -> int:
    with store.read() as session:
        return session.query(Decision).count()


def test_supply_planning_accepts_and_finance_rejects(store: Store, run: int) -> None:
    """The decision says as which role, and keeps what the segment's targets were; the log has an entry and is whole."""
    accepted = decide(store, "ben", run, "staples", "accepted", "Less stock.", NOTHING_SEEN)
    rejected = decide(store, "carla", run, "extras", "rejected", "Too little service.")
    assert (accepted.role, accepted.verdict, accepted.subject_id) == ("supply_planning", "accepted", run)
    assert (rejected.role, rejected.verdict) == ("finance", "rejected")
    # docs/calibration.md: staples follow z0.5; their safety stock is worth 661.35 and their stock 3,775.10 on average.
    assert accepted.data["target"]["option"] == "z0.5"
    assert accepted.data["target"]["safety_stock_value"] == pytest.approx(661.35, abs=0.005)
    assert accepted.data["target"]["inventory_value"] == pytest.approx(3775.10, abs=0.005)
    with store.read() as session:
        assert set(of_run(session, run)) == {"staples", "extras"}
        assert set(in_force(session)) == {"staples"}
        assert latest(session) == {"staples": accepted.id, "extras": rejected.id}
    with store.read() as session:
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert actions == ["target.rejected", "target.accepted"]
    assert audit.verify(store).passed


@pytest.mark.parametrize("somebody", ["anna", "dora", "edna", "mallory"])
def test_without_the_permission_nobody_decides(store: Store, run: int, somebody: str) -> None:
    """Demand planning, executives, auditors and strangers are refused, and told who may."""
    with pytest.raises(NotAllowedError, match=r"target\.approve.*Who may: ben \(supply_planning\)"):
        decide(store, somebody, run, "staples", "accepted", "x")
    assert decided(store) == 0


@pytest.mark.parametrize("verdict", decisions.VERDICTS)
def test_nobody_decides_on_their_own_calibration(store: Store, verdict: decisions.Verdict) -> None:
    """Otto has every role, and asked for it."""
    run = add_calibration(store, add_example(store), requested_by="otto")
    with pytest.raises(NotAllowedError, match=f"otto asked for calibration {run}: somebody else decides"):
        decide(store, "otto", run, "staples", verdict, "x")


@pytest.mark.parametrize("second", decisions.VERDICTS)
def test_nobody_decides_twice(store: Store, run: int, second: decisions.Verdict) -> None:
    """What has been decided stays so, whoever comes later with whatever verdict; the message says who it was."""
    decide(store, "ben", run, "staples", "accepted", "Yes.")
    with pytest.raises(ConflictError, match=r"ben \(supply_planning\) accepted the targets of staples"):
        decide(store, "carla", run, "staples", second, "No.")
    assert decided(store) == 1


def test_what_was_looked_at_must_still_hold(store: Store, run: int) -> None:
    """Carla looks at the second calibration while nothing is decided; Ben accepts the first; what Carla compared with has changed."""
    second = add_calibration(store, 1)
    first = decide(store, "ben", run, "staples", "accepted", "Yes.")
    with pytest.raises(
        ConflictError, match=rf"ben .* accepted the targets of staples of run {run} at .*looked at"
    ):
        decide(store, "carla", second, "staples", "accepted", "Yes.", NOTHING_SEEN)
    with pytest.raises(ConflictError, match="Nobody has decided on extras yet"):
        decide(store, "carla", second, "extras", "accepted", "Yes.", 7)
    later = decide(store, "carla", second, "staples", "accepted", "Yes.", first.id)
    assert later.data["before"] == first.id
    with store.read() as session:
        assert in_force(session)["staples"].id == later.id


def test_a_rejection_leaves_what_was_accepted_before(store: Store, run: int) -> None:
    """The targets of the first calibration stay in force where those of the second are not wanted."""
    first = decide(store, "ben", run, "staples", "accepted", "Yes.")
    decide(store, "carla", add_calibration(store, 1), "staples", "rejected", "No.")
    with store.read() as session:
        assert in_force(session)["staples"].id == first.id


def test_what_cannot_be_decided_on(store: Store, run: int) -> None:
    """Another segment, no reason, another word, a run that has not finished, broken limits, a plan that was not confirmed."""
    with pytest.raises(
        NotFoundError, match=r"no targets of segment 'spares': it has those of staples, extras"
    ):
        decide(store, "ben", run, "spares", "accepted", "x")
    with pytest.raises(NotFoundError, match="no run 99"):
        decide(store, "ben", 99, "staples", "accepted", "x")
    with pytest.raises(StateError, match="Say why"):
        decide(store, "ben", run, "staples", "accepted", "  ")
    with pytest.raises(StateError, match="accepted or rejected, not 'maybe'"):
        decide(store, "ben", run, "staples", "maybe", "x")  # type: ignore[arg-type]
    running = add_calibration(store, 1, state="running", without=("targets.csv",))
    with pytest.raises(StateError, match=f"Run {running} is running"):
        decide(store, "ben", running, "staples", "accepted", "x")
    broken = add_calibration(
        store,
        1,
        without=("targets.csv",),
        more={"targets_breaking_guardrails.csv": calibrated()[1]["targets.csv"]},
    )
    with pytest.raises(StateError, match="break hard guardrails"):
        decide(store, "ben", broken, "staples", "accepted", "x")
    refuted = add_calibration(store, 1, verification={"rule": {"passed": False, "checks": 1, "failed": []}})
    with pytest.raises(StateError, match="does not confirm"):
        decide(store, "ben", refuted, "staples", "accepted", "x")
    assert decide(store, "ben", refuted, "staples", "rejected", "Not confirmed.").verdict == "rejected"


def test_a_plan_proposes_no_targets(store: Store, run: int) -> None:
    """Targets are decided on where they were calibrated."""
    with store.write("anna", "run.submit", "run") as change:
        plan = Run(
            kind="plan", inputs_hash="d" * 64, baseline_id=1, requested_by="anna", requested_at=change.at
        )
        change.session.add(plan)
        change.session.flush()
    with pytest.raises(StateError, match=f"Run {plan.id} is a plan"):
        decide(store, "ben", plan.id, "staples", "accepted", "x")
