"""docs/master-data.md: its example is played from the command line, and its table of settings is that of governance.yaml."""

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from stockrail.workbench import baselines
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.schema_master_data import LedgerAccount, MasterDataRules
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.store import Store
from tests.played_pages import Clock, blocks, play
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.people import PEOPLE

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "master-data.md").read_text(encoding="utf-8")

FILES = ("receipts.csv", "stock.csv", "spend.csv", "balances.csv", "april.csv")
"""Tables of the page, in its order."""

IMPORTER = ("suppliers.csv", "importer,EUR,0,0,36.5", "importer,EUR,0.05,0.05,36.5")


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store of the page: two baselines, and actuals."""
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(dt.date(2027, 1, 4))
    for name, text in zip(FILES, blocks(PAGE, "csv"), strict=True):
        folder = tmp_path / "actuals" if name in FILES[:3] else tmp_path
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    accounts = blocks(PAGE, "yaml")[0].removeprefix("master_data:\n")
    with Store.create("workbench", clock=clock) as store:
        text = default_text(PEOPLE)
        assert "  accounts: []\n" in text
        store.governance_file.write_text(text.replace("  accounts: []\n", accounts), encoding="utf-8")
        first = three_items(tmp_path / "first", IMPORTER)
        baselines.import_folder(store, "otto", first, "first")
        second = three_items(
            tmp_path / "second",
            (IMPORTER[0], IMPORTER[1], "importer,EUR,0.05,0.05,21.9"),
            ("items.csv", "importer,EUR,40,20", "importer,EUR,40,21"),
            ("items.csv", "Demand with noise,noisy", "Demand with noise,steady"),
        )
        baselines.import_folder(store, "otto", second, "new terms")
        import_actuals(store, "otto", tmp_path / "actuals")
    return clock


def test_the_example_as_played(clock: Clock) -> None:
    """Every command of the page, in its order and on its day, prints what the page shows."""
    assert play(PAGE, clock) == 4


def test_every_setting_is_on_the_page() -> None:
    """The settings of the page, in order, with the defaults of the code, which the packaged file has, too."""
    section = PAGE.split("\n## Settings\n")[1]
    names = [
        name
        for line in re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", line)
    ]
    assert names == list(MasterDataRules.model_fields)
    shown = yaml.safe_load(blocks(PAGE, "yaml")[1])["master_data"]
    assert MasterDataRules.model_validate(shown) == MasterDataRules()
    assert list(shown) == names
    packaged = yaml.safe_load(default_text())["master_data"]
    assert MasterDataRules.model_validate(packaged) == MasterDataRules()


def test_every_book_is_on_the_page() -> None:
    """In order."""
    section = PAGE.split("\n## Books\n")[1].split("| line |")[0]
    rows = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert names[0] == "book"
    assert tuple(names[1:]) == get_args(LedgerAccount.model_fields["book"].annotation)


def test_the_python_of_the_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs; nothing drifts from an instance to itself."""
    monkeypatch.chdir(ROOT)
    exec(blocks(PAGE, "python")[0], {})  # noqa: S102  # the page is ours
    assert "Empty DataFrame" in capsys.readouterr().out
