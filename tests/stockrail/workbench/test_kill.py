"""kill -9 at every step of a change: afterwards the store is whole, and has all of the change or nothing of it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from stockrail.workbench import baselines, guardrail_versions, scenarios
from stockrail.workbench.errors import StateError
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import Base
from tests.stockrail.workbench.dying import Action, make_and_die, run_and_die, run_until_killed
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.samples import add_decision

MOST_STEPS = 200

FIRST_DAY = dt.date(2027, 1, 4)


def test_baseline(place: str, store: Store, tmp_path: Path) -> None:
    """New files and a version: `check` looks whether all files of each version are there.

    Two new files make six steps: each is flushed, renamed, and its folder flushed.
    """
    folder = three_items(tmp_path / "in")
    baselines.import_folder(
        store, "otto", folder, "first"
    )  # from now on each has a parent, and takes as many steps

    def prepare(step: int) -> tuple[Any, ...]:
        for number in (1, 2):
            (folder / f"note-{number}.txt").write_text(f"step {step}, {number}", encoding="utf-8")
        return (str(folder), f"step {step}")

    steps = _die_at_every_step(place, import_baseline, prepare, {"baseline_version": 1})
    assert steps > 6 + 5


def test_scenario(place: str, store: Store, tmp_path: Path) -> None:
    """A scenario and its version."""
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    _die_at_every_step(place, save_scenario, lambda step: (f"high {step}",), {"scenario": 1})
    assert all(scenario.version == 1 for scenario in scenarios.scenarios(store))


def test_approval(place: str, store: Store, tmp_path: Path) -> None:
    """An approved version has its decision, and no decision is there without it."""
    folder = three_items(tmp_path / "in")
    baselines.import_folder(store, "anna", folder, "first")

    def prepare(step: int) -> tuple[Any, ...]:
        return (guardrail_versions.propose(store, "carla", folder, FIRST_DAY, "cash").id,)

    _die_at_every_step(place, approve, prepare, {"decision": 1})
    decided = [v for v in guardrail_versions.versions(store) if v.state == "approved"]
    with store.read() as session:
        decision = Base.metadata.tables["decision"]
        assert session.scalars(sa.select(decision.c.subject_id).order_by(decision.c.id.desc())).all() == [
            version.id for version in decided
        ]
    assert all(version.decided_by == "carl" for version in decided)


def test_any_moment(place: str, store: Store) -> None:
    """Also within what the database does by itself, such as the commit: a writer is killed ten times at some moment."""
    generator = np.random.default_rng(7)
    before = 0
    for _ in range(10):
        run_until_killed(decide_on_and_on, place, float(generator.uniform(0.01, 0.05)))
        found = check(store)
        assert found.problems == []
        assert found.entries >= before
        before = found.entries
    decisions = Base.metadata.tables["decision"]
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(decisions)) == before > 0


def test_making_a_store(place: str) -> None:
    """A store that was cut off while it was made is none, and is made again at the same place."""
    for step in range(1, MOST_STEPS, 4):  # more than a hundred, nearly all of them in one transaction
        is_made = make_and_die(place, step)
        try:
            with Store.open(place) as store:
                assert check(store).problems == []
            break
        except StateError as error:
            assert "There is no store" in str(error)
            assert not is_made
    else:
        raise AssertionError("It never ended.")
    assert step > 20  # nine tables with their triggers


def import_baseline(store: Store, folder: str, message: str) -> None:
    baselines.import_folder(store, "otto", folder, message)


def save_scenario(store: Store, name: str) -> None:
    double = [{"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "multiply": 2}]
    scenarios.save(store, "anna", name, double, scenarios.NEW)


def decide_on_and_on(store: Store) -> None:
    while True:
        with store.write("anna", "decide", "decision") as change:
            add_decision(change)


def approve(store: Store, version: int) -> None:
    guardrail_versions.approve(store, "carl", version, "agreed")


def _die_at_every_step(
    place: str, action: Action, prepare: Callable[[int], tuple[Any, ...]], added: dict[str, int]
) -> int:
    """Kill it at its first step, at its second, and so on until it finishes; return how many steps it has.

    `prepare` gives the arguments, which are others each time, as a change that was made is not made again.
    """
    nothing: dict[str, int] = {}
    everything = {**added, "audit": 1}
    outcomes = []
    for step in range(1, MOST_STEPS):
        arguments = prepare(step)
        before = _counts(place)
        is_finished = run_and_die(action, place, step, *arguments)
        with Store.open(place) as store:
            assert check(store).problems == [], step
        after = _counts(place)
        outcome = {name: count - before[name] for name, count in after.items() if count != before[name]}
        assert outcome in (nothing, everything), step
        outcomes.append(outcome == everything)
        if is_finished:
            assert outcome == everything
            # Killed before the commit there is nothing, afterwards everything, and there is nothing in between.
            assert outcomes == sorted(outcomes)
            assert outcomes[:2] == [False, False] and outcomes[-2]
            return step
    raise AssertionError("It never ended.")


def _counts(place: str) -> dict[str, int]:
    with Store.open(place) as store, store.read() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
