"""docs/tradeoffs.md: its example is played from the command line, on the days that the page names."""

import re
from pathlib import Path

import pytest
import yaml

from stockrail.workbench import baselines
from stockrail.workbench import guardrail_versions as versions
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.schema_tradeoffs import TradeoffRules
from stockrail.workbench.store import Store
from stockrail.workbench.tradeoffs.fields import TradeoffFields
from tests.played_pages import Clock, blocks, play
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.tradeoffs.records import TODAY

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "tradeoffs.md").read_text(encoding="utf-8")

PEOPLE = {
    "anna": ["demand_planning"], "ben": ["supply_planning"], "carla": ["finance"], "dora": ["executive"],
    "otto": ["demand_planning", "supply_planning", "finance", "executive"],
}  # fmt: skip

BUILD = """\
build,guardrail,scope,scope_value,amount,first_period,last_period,exit_date,reason,owner
spring,inventory-cap,product_group,kitchen,100,0,0,2027-06-01,,carla
"""


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store of the page: three items, and a guardrail version with the build."""
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(TODAY)
    people = {name: roles for name, roles in PEOPLE.items() if name != "otto"}
    (tmp_path / "spring.yaml").write_text(blocks(PAGE, "yaml")[0], encoding="utf-8")
    with Store.create("workbench", clock=clock) as store:
        store.governance_file.write_text(default_text(PEOPLE), encoding="utf-8")
        baselines.import_folder(store, "otto", three_items(tmp_path / "in"), "first")
        limits = three_items(tmp_path / "limits")
        (limits / "funded_builds.csv").write_text(BUILD, encoding="utf-8")
        version = versions.propose(store, "carla", limits, TODAY, "kettles before the supplier closes")
        versions.approve(store, "dora", version.id, "yes")
        store.governance_file.write_text(default_text(people), encoding="utf-8")
    return clock


def test_the_example_as_played(clock: Clock) -> None:
    """Every command of the page, in its order and on its day, prints what the page shows."""
    assert play(PAGE, clock) == 12


def test_every_field_is_on_the_page() -> None:
    """Fields of a record, in order, each with its option; and the packaged roles."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == list(TradeoffFields.model_fields)
    assert all(f"`--{name.replace('_', '-')}`" in PAGE for name in rows)
    section = yaml.safe_load(blocks(PAGE, "yaml")[1])["tradeoffs"]
    assert section == TradeoffRules().model_dump()
    assert section == yaml.safe_load(default_text())["tradeoffs"]
