"""docs/root-cause.md: its example is played from the command line, and its table of settings is that of governance.yaml."""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.root_cause.explanation import NEXT
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException
from tests.played_pages import Clock, blocks, play
from tests.stockrail.workbench.people import PEOPLE
from tests.stockrail.workbench.root_cause.stores import BEFORE, approved_plan, with_baseline

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "root-cause.md").read_text(encoding="utf-8")


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store of the page: three items with an approved plan, and its files of actuals in a folder."""
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(BEFORE)
    with Store.create("workbench", clock=clock) as store:
        store.governance_file.write_text(default_text(PEOPLE), encoding="utf-8")
        approved_plan(store, with_baseline(store, tmp_path / "in"))
        store.clock = clock
        clock.set(dt.date(2027, 3, 8))
        with store.write("ben", "exception.open", "exception") as change:
            change.session.add(kettles(change.at))
    folder = tmp_path / "actuals"
    folder.mkdir()
    clock.set(dt.date(2027, 8, 11))
    for block in blocks(PAGE, "csv"):
        name, rows = block.split("\n", 1)
        (folder / name.removeprefix("# ")).write_text(rows, encoding="utf-8")
    return clock


def kettles(at: dt.datetime) -> PlanException:
    """What pointed to kettles in March."""
    return PlanException(
        rule="forecast of kettles", subject="item kettle", owner_role="supply_planning", owner="ben",
        due=dt.date(2027, 3, 11), waits_for="order more", is_blocking=False, opened_at=at, evidence={},
    )  # fmt: skip


def test_the_example_as_played(clock: Clock) -> None:
    """Every command of the page, in its order, prints what the page shows; the tables have the misses."""
    with Store.open("workbench") as store:
        import_actuals(store, "anna", Path("actuals"))
    assert play(PAGE, clock) == 6
    counted = pd.read_csv("tables/causes_by_period.csv", index_col="date")
    for cause in ("shown, decided late", "lead time outside the fan"):
        assert counted[cause].to_dict() == {"2027-05-29": 1, "2027-08-10": 0}
    assert counted.to_numpy().sum() == 2 * 3  # each miss under its cause and in the sum
    misses = pd.read_csv("tables/misses.csv")
    assert misses["money"].sum() == pytest.approx(pd.read_csv("tables/causes.csv")["money"].sum())
    assert misses["row"].to_list() == [6, 2, 11]


def test_the_page_has_every_setting_and_cause() -> None:
    """The settings with their packaged values, and what to do about each cause."""
    settings = yaml.safe_load(blocks(PAGE, "yaml")[0])["root_cause"]
    defaults = RootCauseRules().model_dump()
    assert settings == {name: value for name, value in defaults.items() if value is not None}
    assert settings == yaml.safe_load(default_text())["root_cause"]
    assert all(f"`{name}`" in PAGE or f"  {name}:" in PAGE for name in defaults)
    listed = dict(re.findall(r"^\| ([^|*`]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert {cause: listed.get(str(cause)) for cause in NEXT} == NEXT
