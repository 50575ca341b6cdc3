"""docs/monitoring.md: its example is played from the command line, and its tables are those of the code."""

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
import yaml

from stockrail.workbench.accounts import Account
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.schema_calendar import EventKind
from stockrail.workbench.governance.schema_monitoring import MonitoringKind, MonitoringRule, MonitoringRules
from stockrail.workbench.monitoring.actuals_files import MODELS
from stockrail.workbench.store import Store
from tests.played_pages import Clock, blocks, play
from tests.stockrail.workbench.people import PEOPLE
from tests.stockrail.workbench.root_cause.stores import BEFORE, approved_plan, with_baseline

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "monitoring.md").read_text(encoding="utf-8")


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store of the page: three items with an approved plan, and its files of actuals in a folder. No run is started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stockrail.workbench.runs.watch.tend", lambda store: None)
    monkeypatch.setattr("stockrail.workbench.step_display.QUIET_SECONDS", float("inf"))
    clock = Clock(monkeypatch)
    clock.set(BEFORE)
    with Store.create("workbench", clock=clock) as store:
        store.governance_file.write_text(default_text(PEOPLE), encoding="utf-8")
        approved_plan(store, with_baseline(store, tmp_path / "in"))
    folder = tmp_path / "actuals"
    folder.mkdir()
    for block in blocks(PAGE, "csv"):
        name, rows = block.split("\n", 1)
        (folder / name.removeprefix("# ")).write_text(rows, encoding="utf-8")
    return clock


def test_the_example_as_played(clock: Clock) -> None:
    """Every command prints what the page shows; the tables have the numbers that the text derives."""
    assert play(PAGE, clock) == 4
    kettles = pd.read_csv("tables/fan.csv").query("item == 'kettle'")
    assert (kettles["units"].sum(), kettles["expected"].sum()) == (55, 30)
    assert kettles["is_outside"].all()
    importer = pd.read_csv("tables/suppliers.csv").set_index("supplier").loc["importer"]
    days = [
        (dt.date.fromisoformat(row["date"]) - dt.date.fromisoformat(row["ordered_on"])).days
        for row in pd.read_csv("actuals/receipts.csv").query("supplier == 'importer'").to_dict("records")
    ]
    assert days == [88, 84, 84, 91, 91]
    assert importer["drift_days"] == pytest.approx(sum(days) / 5 - 73)
    errors = pd.read_csv("tables/errors.csv").set_index(["level", "name"])
    # Filters: errors of 2, 1 and 1 of 32 units. Fans: 5 beyond the expected 45.
    assert errors.loc[("item", "filter"), "wape"] == pytest.approx(4 / 32)
    assert errors.loc[("item", "fan"), "bias"] == pytest.approx(5 / 45)
    assert len(pd.read_csv("tables/exceptions.csv")) == 5


def test_rules_of_the_page_are_the_packaged_ones() -> None:
    """The section as it is in governance.yaml."""
    text = blocks(PAGE, "yaml")[0]
    assert text in default_text()
    assert set(yaml.safe_load(text)["monitoring"]) == set(MonitoringRules.model_fields)


def test_the_page_has_every_kind_column_and_account() -> None:
    """Kinds of rules, columns of files, accounts, and settings of a rule."""
    kinds = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert set(get_args(MonitoringKind)) <= set(kinds)
    for kind, model in MODELS.items():
        found = re.search(rf"^\| `{kind}\.csv` \| (.+?) \|", PAGE, re.MULTILINE)
        assert found is not None
        assert set(re.findall(r"`(\w+)`", found[1])) == set(model.model_fields)
    words = set(re.findall(r"`([\w.]+)`", PAGE))
    assert set(get_args(Account)) <= words
    assert set(MonitoringRule.model_fields) <= words | {"kind", "limit", "replans"}
    assert "forecast_update" in get_args(EventKind)
