"""Guardrail versions: two people, reasons, and the days on which they hold."""

import datetime as dt
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines
from stockrail.workbench import guardrail_versions as versions
from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError, WorkbenchError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import Decision
from tests.stockrail.workbench.folders import three_items

JANUARY, FEBRUARY, MARCH = (dt.date(2027, month, 1) for month in (1, 2, 3))


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    """With a baseline."""
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    return store


@pytest.fixture
def limits(tmp_path: Path) -> Path:
    """A folder with a tighter cap."""
    return three_items(tmp_path / "limits", ("guardrails.csv", ",500,", ",400,"))


def test_two_people(ready: Store, limits: Path) -> None:
    """Carla proposes, cannot approve, Carl does: a decision with his role, and the version holds from its first day on."""
    proposed = versions.propose(ready, "carla", limits, FEBRUARY, "a covenant")
    assert versions.effective_on(ready, MARCH) is None
    with pytest.raises(NotAllowedError, match="carla proposed guardrail version 1: somebody else"):
        versions.approve(ready, "carla", proposed.id, "mine")
    with pytest.raises(NotAllowedError, match=r"guardrail\.approve.*carl \(finance\)"):
        versions.approve(ready, "ben", proposed.id, "fine")
    with pytest.raises(NotAllowedError, match=r"guardrail\.propose"):
        versions.propose(ready, "anna", limits, FEBRUARY, "why not")
    with pytest.raises(StateError, match="reason is blank"):
        versions.approve(ready, "carl", proposed.id, "")
    versions.approve(ready, "carl", proposed.id, "the bank agrees")
    with ready.read() as session:
        decision = session.scalars(sa.select(Decision)).one()
    assert (decision.by, decision.role, decision.verdict, decision.subject_id) == (
        "carl",
        "finance",
        "approved",
        1,
    )
    assert versions.effective_on(ready, dt.date(2027, 1, 31)) is None
    effective = versions.effective_on(ready, FEBRUARY)
    assert effective is not None
    assert (effective.id, effective.decided_by, effective.decision_reason) == (1, "carl", "the bank agrees")
    with pytest.raises(StateError, match="approved already, by carl at"):
        versions.reject(ready, "dora", proposed.id, "no")
    assert audit.verify(ready).passed


def test_days(ready: Store, limits: Path) -> None:
    """The version that began last holds; after its last day the one before it holds again.

    1: from January on. 2: February only. 3: rejected. 4: withdrawn.
    """
    for first, last in ((JANUARY, None), (FEBRUARY, dt.date(2027, 2, 28)), (JANUARY, None), (JANUARY, None)):
        versions.propose(ready, "carla", limits, first, "cash", effective_to=last)
    versions.approve(ready, "carl", 1, "yes")
    versions.approve(ready, "dora", 2, "yes")
    versions.reject(ready, "carl", 3, "no")
    with pytest.raises(NotAllowedError, match="carla proposed"):
        versions.withdraw(ready, "carl", 4, "no")
    versions.withdraw(ready, "carla", 4, "a mistake")
    for day, number in ((JANUARY, 1), (FEBRUARY, 2), (dt.date(2027, 2, 28), 2), (MARCH, 1)):
        effective = versions.effective_on(ready, day)
        assert effective is not None and effective.id == number
    assert versions.effective_on(ready, dt.date(2026, 12, 31)) is None
    assert [v.state for v in versions.versions(ready)] == ["withdrawn", "rejected", "approved", "approved"]


def test_what_is_proposed_fits(ready: Store, limits: Path, tmp_path: Path) -> None:
    """The tables are read with the baseline: a limit that is none is refused with its cell, and nothing is kept."""
    with pytest.raises(StateError, match="before the first"):
        versions.propose(ready, "carla", limits, FEBRUARY, "cash", effective_to=JANUARY)
    (limits / "guardrail_limits.csv").write_text(
        "guardrail,period,lower,upper\nno-such,1,,3\n", encoding="utf-8"
    )
    with pytest.raises(
        InstanceError, match=r"guardrail_limits.csv, row 2, column guardrail: found 'no-such'"
    ):
        versions.propose(ready, "carla", limits, FEBRUARY, "cash")
    with pytest.raises(StateError, match=r"has no guardrails\.csv"):
        versions.propose(ready, "carla", tmp_path / "nowhere", FEBRUARY, "cash")
    with pytest.raises(NotFoundError, match="guardrails list"):
        versions.approve(ready, "carl", 1, "yes")
    assert versions.versions(ready) == []


def test_limits_replace_all_three_tables(ready: Store, limits: Path, tmp_path: Path) -> None:
    """A baseline with limits by period, a version without them: none are left. A Parquet file is no second table."""
    folder = three_items(tmp_path / "more")
    (folder / "guardrail_limits.csv").write_text(
        "guardrail,period,lower,upper\ninventory-cap,1,,450\n", encoding="utf-8"
    )
    baseline = baselines.import_folder(ready, "carla", folder, "limits")
    proposed = versions.propose(ready, "carla", limits, FEBRUARY, "cash")
    assert len(baselines.instance(ready, baseline.id).guardrail_limits) == 1
    read = baselines.instance(ready, baseline.id, guardrail_version=proposed.id)
    assert (read.guardrails[0].upper, read.guardrail_limits) == (400, ())


def test_two_decisions_at_once(ready: Store, limits: Path) -> None:
    """Carl approves while Dora rejects: one of them is told that it is decided already."""
    versions.propose(ready, "carla", limits, FEBRUARY, "cash")
    told: list[str] = []
    barrier = threading.Barrier(2)

    def decide(actor: str) -> None:
        barrier.wait(30)
        try:
            (versions.approve if actor == "carl" else versions.reject)(ready, actor, 1, "so it is")
        except WorkbenchError as error:
            told.append(str(error))

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in ("carl", "dora")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    version = versions.get(ready, 1)
    assert f"{version.state} already, by {version.decided_by}" in told[0]
    with ready.read() as session:
        assert [d.by for d in session.scalars(sa.select(Decision))] == [version.decided_by]
