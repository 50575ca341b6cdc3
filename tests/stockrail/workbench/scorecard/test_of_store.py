"""Which quarter, which plan, which actuals: the scorecard of a store."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.model import write
from stockrail.model.instance import Instance
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance import approvals
from stockrail.workbench.governance.plan_files import GUARDRAILS, ORDERS, PROJECTION, SEGMENTS, SUMMARY
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.scorecard.of_store import scorecard
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, Run
from tests.builders import make_instance, path_of_nodes
from tests.stockrail.workbench.governance.runs import add_run

FILES = {
    PROJECTION: "metric,period,date,mean\n",
    SEGMENTS: "segment,fill_rate\n",
    GUARDRAILS: "name,side,slack\n",
    SUMMARY: json.dumps(
        {"currency": "EUR", "gap": 0, "bound": 0, "objective": 0, "margin_parts": {"expedite": 0}}
    ),
}
"""Files of a plan that the scorecard does not look at."""


def instance_from(start: dt.date, periods: int = 6) -> Instance:
    """10 units of one item every four weeks, from a day on."""
    return make_instance(
        demand=[10] * periods,
        scenarios=path_of_nodes(periods),
        settings={"start": start, "period_length_days": 28},
        items={"item": "a", "opening_stock_units": 0},
    )


def add_plan(store: Store, folder: Path, instance: Instance, *, is_approved: bool = True) -> int:
    """A plan that orders demand, as a run of Otto; approved by Dora. Its number."""
    write(instance, folder)
    baseline = baselines.import_folder(store, "otto", folder, "a plan").id
    lines = [f"a,n{t},{t},10" for t in range(instance.settings.periods)]
    orders = "item,node,period,lots\n" + "\n".join(lines) + "\n"
    artifacts = {name: store.artifacts.put(text.encode()) for name, text in {**FILES, ORDERS: orders}.items()}
    run = add_run(store, artifacts, {"currency": "EUR"}, requested_by="otto", baseline_id=baseline)
    if is_approved:
        approve(store, run)
    return run


def approve(store: Store, run: int) -> None:
    """Approve the plan of a run as `approvals.approve` does, but for the rules: they are not what this is about."""
    with store.write("dora", "plan.approve", "run", run) as change:
        found = change.session.get(Run, run)
        assert found is not None
        found.approved_state = "approved"
        change.session.add(
            Decision(
                kind=approvals.KIND,
                subject="run",
                subject_id=run,
                verdict="approved",
                by="dora",
                role="executive",
                at=change.at,
                reason="Go.",
            )
        )


def add_demand(store: Store, folder: Path, *rows: tuple[str, float, float]) -> None:
    """Actual demand of days: date, units, of them on time."""
    folder.mkdir()
    text = "\n".join(f"a,{day},{units},{served}" for day, units, served in rows)
    (folder / "demand.csv").write_text(f"item,date,units,served_units\n{text}\n", encoding="utf-8")
    import_actuals(store, "otto", folder)


@pytest.fixture
def there(sqlite_store: Store, tmp_path: Path) -> Store:
    """A plan from October on, one from January on that was approved twice, and demand of two quarters.

    Periods of the first end on 1 and 29 November, 27 December, 24 January, ...; of the second on 31 January, 28 February, 28 March, 25 April.
    """
    add_plan(sqlite_store, tmp_path / "first", instance_from(dt.date(2026, 10, 5)))
    add_plan(sqlite_store, tmp_path / "second", instance_from(dt.date(2027, 1, 4)))
    add_plan(sqlite_store, tmp_path / "third", instance_from(dt.date(2027, 1, 4), 7))
    add_demand(
        sqlite_store,
        tmp_path / "actuals",
        ("2026-10-05", 10, 8),
        ("2026-11-02", 10, 8),
        ("2026-11-30", 10, 8),
        ("2027-01-04", 10, 9),
        ("2027-02-01", 10, 9),
        ("2027-03-01", 10, 9),
    )
    return sqlite_store


def test_each_quarter_has_the_plan_of_its_time(there: Store) -> None:
    """The quarter of the last actuals, with the plan approved last of those that start with it, and the one before with its own plan."""
    card = scorecard(there)
    assert card.quarter.first_day == dt.date(2027, 1, 1)
    assert (card.now.run_id, card.now.first, card.now.last) == (3, 0, 2)
    assert card.last is not None
    assert (card.last.run_id, card.last.first, card.last.last) == (1, 0, 2)
    row = card.of("fill_rate")
    assert row.now.plan == 1
    assert row.now.actual == pytest.approx(0.9)
    assert row.last is not None
    assert row.last.plan == 1
    assert row.last.actual == pytest.approx(0.8)
    assert row.is_better_than_last_quarter is True
    assert row.is_better_than_plan is False


def test_a_quarter_without_a_plan_has_actuals_only(there: Store, tmp_path: Path) -> None:
    """The quarter before the first plan is looked at with that plan's prices and terms, as far as anything is known; it says so.

    Periods before it begin on 13 July and 10 August and end in the third quarter; of the first nobody told anything.
    """
    add_demand(there, tmp_path / "earlier", ("2026-08-10", 10, 7))
    card = scorecard(there, day=dt.date(2026, 11, 11))
    assert card.now.run_id == 1
    assert card.last is not None
    assert card.last.run_id is None
    row = card.of("fill_rate")
    assert row.last is not None
    assert row.last.plan is None
    assert card.last.first_day == dt.date(2026, 8, 10)
    assert row.last.actual == pytest.approx(0.7)
    assert any("No plan was approved for the quarter before" in note for note in card.notes)


def test_a_run_may_be_named(there: Store, tmp_path: Path) -> None:
    """Also one that is not approved, which is said; as is what the actuals have and the plan does not."""
    run = add_plan(there, tmp_path / "fourth", instance_from(dt.date(2027, 1, 4), 8), is_approved=False)
    unknown = tmp_path / "unknown"
    unknown.mkdir()
    (unknown / "demand.csv").write_text("item,date,units\nzebra,2027-01-04,3\n", encoding="utf-8")
    import_actuals(there, "otto", unknown)
    card = scorecard(there, run_id=run)
    assert card.now.run_id == run
    assert f"The plan of run {run} is not approved." in card.notes
    assert any("zebra" in note for note in card.notes)


def test_what_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    """No plan, no actuals, no such run, a quarter that no plan reaches, one that nothing is known of: each says what to do."""
    with pytest.raises(StateError, match="No plan has been approved"):
        scorecard(sqlite_store)
    add_plan(sqlite_store, tmp_path / "plan", instance_from(dt.date(2027, 1, 4)))
    with pytest.raises(StateError, match="no actuals of the periods of the plan"):
        scorecard(sqlite_store)
    with pytest.raises(NotFoundError, match="no run 9"):
        scorecard(sqlite_store, run_id=9)
    with pytest.raises(StateError, match="No approved plan reaches into the quarter 2028"):
        scorecard(sqlite_store, day=dt.date(2028, 1, 1))
    with pytest.raises(
        StateError, match="that ends in the quarter 2027-04-01 to 2027-06-30 has actual demand"
    ):
        scorecard(sqlite_store, day=dt.date(2027, 5, 1))


def test_the_command(there: Store) -> None:
    """It fits into 80 columns, names both plans, and refuses a day that is none."""
    shell = CliRunner(env={"COLUMNS": "80"})
    result = shell.invoke(app, ["scorecard", "--store", there.name])
    assert result.exit_code == 0, result.output
    assert max(len(line) for line in result.output.splitlines()) <= 80
    assert "…" not in result.output
    assert "Plan: run 3." in result.output
    assert shell.invoke(app, ["scorecard", "--store", there.name, "--quarter", "soon"]).exit_code == 2
    assert shell.invoke(app, ["scorecard", "--store", there.name, "--run", "77"]).exit_code == 2
