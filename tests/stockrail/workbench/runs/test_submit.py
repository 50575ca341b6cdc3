"""Asking for runs: who may, what is refused at once, and the same inputs twice."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import stockrail
from stockrail.model.problems import InstanceError
from stockrail.workbench import guardrail_versions, scenarios
from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.runs import inputs
from stockrail.workbench.runs.inputs import Inputs, engine_version
from stockrail.workbench.runs.lookup import get, runs
from stockrail.workbench.runs.submit import resume, submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.runs.cases import QUICK, add_three_items, asked, claimed

PRICIER = [{"table": "items", "column": "unit_price", "multiply": 1.1}]


@pytest.fixture
def baseline(store: Store, tmp_path: Path) -> int:
    """The baseline of three items."""
    return add_three_items(store, tmp_path / "in")


def end_as(store: Store, run_id: int, state: RunState, **columns: Any) -> None:
    """End a run without a process."""

    def change(run: Run) -> None:
        for name, value in columns.items():
            setattr(run, name, value)

    claimed(store, run_id, at_once=64).end(state, change)


def test_who_may_not_start_runs_is_refused(store: Store, baseline: int) -> None:
    """An auditor reads only; nothing is left of the attempt."""
    with pytest.raises(NotAllowedError, match="edna"):
        asked(store, baseline, actor="edna")
    assert runs(store) == []


@pytest.mark.parametrize("state", ["queued", "running", "finished"])
def test_the_same_inputs_give_the_run_there_is(store: Store, baseline: int, state: RunState) -> None:
    """Whoever asks, and with defaults written out or not."""
    first = asked(store, baseline)
    if state == "running":
        claimed(store, first.id)
    elif state == "finished":
        end_as(store, first.id, state)
    same = asked(store, baseline, actor="carla", gap=0.003)
    assert (same.id, same.state) == (first.id, state)
    assert len(runs(store)) == 1


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_run_without_a_result_is_none(store: Store, baseline: int, state: RunState) -> None:
    """The same inputs are tried again."""
    first = asked(store, baseline)
    end_as(store, first.id, state)
    assert asked(store, baseline).id != first.id


def test_any_other_input_is_another_run(
    store: Store, baseline: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another option, kind, scenario, version of it, baseline, guardrail version or engine: each has a hash of its own."""
    made = [asked(store, baseline), asked(store, baseline, seed=1)]
    made.append(submit(store, "ben", "calibrate", baseline))
    scenario = scenarios.save(store, "ben", "pricier", PRICIER, scenarios.NEW)
    made.append(submit(store, "ben", "plan", baseline, scenario.id, QUICK))
    scenarios.save(store, "ben", "pricier", [*PRICIER, *PRICIER], 1)
    made.append(submit(store, "ben", "plan", baseline, scenario.id, QUICK))
    other = add_three_items(store, tmp_path / "other", ("instance.yaml", "name: three-items", "name: other"))
    made.append(asked(store, other))
    folder = three_items(tmp_path / "tighter")
    version = guardrail_versions.propose(store, "carla", folder, store.clock().date(), "cash")
    guardrail_versions.approve(store, "dora", version.id, "agreed")
    made.append(asked(store, baseline))
    monkeypatch.setattr(inputs, "engine_version", lambda: "another")
    made.append(asked(store, baseline))
    assert len({run.inputs_hash for run in made}) == len(made) == 8
    assert made[-1].guardrail_version_id == version.id
    # What a run was asked with stays, whatever becomes of the scenario.
    assert get(store, made[3].id).overlay == PRICIER


def test_the_engine_is_its_code() -> None:
    """Every module that decides what is found counts, none of the workbench or the command line."""
    root = Path(str(stockrail.__file__)).parent
    names = {file.relative_to(root).as_posix() for file in inputs._code(root)}
    assert {"planning.py", "model/tables.py", "solvers/search.py", "solvers/blocks/solve.py"} <= names
    assert not any(name.startswith(("workbench/", "commands/")) for name in names)
    assert engine_version().startswith("stockrail ")
    assert "highspy 1." in engine_version()


def test_what_cannot_run_is_refused_at_once(store: Store, baseline: int, tmp_path: Path) -> None:
    """A scenario of another baseline, a baseline and a run that are not there, and a scenario that no longer fits."""
    scenario = scenarios.save(store, "ben", "pricier", PRICIER, scenarios.NEW)
    other = add_three_items(store, tmp_path / "other", ("instance.yaml", "name: three-items", "name: other"))
    with pytest.raises(StateError, match=f"changes baseline {baseline}, not {other}"):
        submit(store, "ben", "plan", other, scenario.id, QUICK)
    with pytest.raises(NotFoundError, match="no baseline 77"):
        asked(store, 77)
    with pytest.raises(NotFoundError, match="no run 9 whose plan"):
        asked(store, baseline, announced=9)
    waiting = asked(store, baseline)
    with pytest.raises(StateError, match="has no plan"):
        asked(store, baseline, announced=waiting.id)
    with pytest.raises(NotFoundError, match="no run 9 whose targets"):
        submit(store, "ben", "calibrate", baseline, options={"since": 9})
    with pytest.raises(StateError, match="is a plan run, queued, and has no targets"):
        submit(store, "ben", "calibrate", baseline, options={"since": waiting.id})
    with store.write("ben", "scenario.save", "scenario", scenario.id) as change:
        change.session.get_one(type(scenario), scenario.id).overlay = [{**PRICIER[0], "column": "nonsense"}]
    with pytest.raises(InstanceError, match="nonsense"):
        submit(store, "ben", "plan", baseline, scenario.id, QUICK)
    assert [run.id for run in runs(store)] == [waiting.id]


def test_resume_asks_again_and_keeps_what_was_found(store: Store, baseline: int) -> None:
    """The best plan and what is known of it stay; the certificate and the files of the end that was none go."""
    run = asked(store, baseline)
    plan = store.artifacts.put(b"plan")
    said = {"seconds": 7.0, "incumbent": 10.0, "bound": 11.0, "gap": 0.1, "phase": "pricing", "at": ""}
    files = {"best_orders.parquet": plan, "orders.csv": store.artifacts.put(b"laid out")}
    left = {"best_plan": plan, "progress": said, "certificate": {"status": "feasible"}, "artifacts": files}
    end_as(store, run.id, "interrupted", **left)
    again = resume(store, "carla", run.id)
    assert again.artifacts == {"best_orders.parquet": plan}
    assert (again.state, again.requested_by, again.best_plan) == ("queued", "ben", plan)
    assert (again.certificate, again.process, again.progress) == (None, None, said)
    with pytest.raises(StateError, match="is queued: it needs no resume"):
        resume(store, "carla", run.id)
    with pytest.raises(NotAllowedError):
        resume(store, "edna", run.id)


def test_bounds_of_another_engine_are_forgotten(
    store: Store, baseline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is one whoever found it; that no other plan is better is only as true as the code that says so."""
    run = asked(store, baseline)
    said = {"seconds": 7.0, "incumbent": 10.0, "bound": 11.0, "gap": 0.1, "phase": "pricing", "at": ""}
    end_as(store, run.id, "interrupted", best_plan=store.artifacts.put(b"plan"), progress=said)
    monkeypatch.setattr(inputs, "engine_version", lambda: "another")
    again = resume(store, "ben", run.id)
    assert again.progress == {**said, "bound": None, "gap": None, "seconds": 0.0, "sweep": None}
    assert again.inputs_hash == Inputs.of(store, again).hash != run.inputs_hash


def test_everything_but_progress_is_in_the_log(store: Store, baseline: int) -> None:
    """Who asked, who began, how it ended."""
    run = asked(store, baseline)
    end_as(store, run.id, "interrupted", certificate={"objective": 1.0, "bound": 2.0, "gap": 1.0})
    resume(store, "carla", run.id)
    with store.read() as session:
        rows = session.execute(
            sa.text("select actor, action, data from audit where entity = 'run' order by id")
        )
        log = [(row.actor, row.action, row.data) for row in rows]
    assert [entry[:2] for entry in log] == [
        ("ben", "run.submit"),
        ("stockrail", "run.begin"),
        ("stockrail", "run.interrupt"),
        ("carla", "run.resume"),
    ]
    assert '"gap":1.0' in log[2][2]
