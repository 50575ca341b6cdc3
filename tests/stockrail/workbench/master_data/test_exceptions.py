"""Drift and differences become exceptions for whoever owns the data, once, and stay decided."""

import datetime as dt
import json
from pathlib import Path

import pytest

from stockrail.workbench import baselines
from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.master_data.exceptions import open_differences, open_drift
from stockrail.workbench.master_data.of_store import drift_between, drift_of_actuals, reconciliation
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from tests.stockrail.workbench.folders import THREE_ITEMS, three_items
from tests.stockrail.workbench.tradeoffs.records import at

TODAY = dt.date(2027, 3, 18)
"""A Thursday; five working days later is the next one."""

ACCOUNTS = """\
  accounts:
  - {account: "1400", book: inventory}
  - {account: "1000", book: cash}
"""


@pytest.fixture(autouse=True)
def _two_versions(store: Store, tmp_path: Path) -> None:
    """The three items, and a version in which fans cost 21 and filters have another segment."""
    at(store, TODAY)
    baselines.import_folder(store, "otto", THREE_ITEMS, "first")
    second = three_items(
        tmp_path / "second",
        ("items.csv", "importer,EUR,40,20", "importer,EUR,40,21"),
        ("items.csv", "Demand with noise,noisy", "Demand with noise,steady"),
    )
    baselines.import_folder(store, "otto", second, "new price")


def receipts(store: Store, folder: Path, rows: str) -> None:
    """Import receipts."""
    folder.mkdir()
    (folder / "receipts.csv").write_text(f"item,supplier,date,units,money\n{rows}", encoding="utf-8")
    import_actuals(store, "ben", folder)


def test_the_owner_of_the_column_decides(store: Store) -> None:
    """Unit costs and segments belong to supply planning here; 45 fans at 1 more, and sales of 300 under other terms."""
    segment, cost = sorted(
        open_drift(store, "anna", drift_between(store, 1, 2)), key=lambda one: -(one.money or 0)
    )
    assert (cost.rule, cost.subject) == ("master data drift", "unit cost, baseline 1 to 2")
    assert (cost.owner_role, cost.money, cost.is_blocking, cost.run_id) == (
        "supply_planning",
        45.0,
        False,
        None,
    )
    assert (cost.due, segment.money) == (dt.date(2027, 3, 25), 300.0)
    assert cost.evidence["largest"] == [{"subject": "fan", "stated": 20.0, "found": 21.0, "money": 45.0}]
    assert audit.verify(store).passed


def test_not_opened_twice_and_decided_once(store: Store) -> None:
    """Open ones are the same again; a decided one comes back only with other numbers."""
    report = drift_between(store, 1, 2)
    first = open_drift(store, "otto", report)
    assert [one.id for one in open_drift(store, "otto", report)] == [one.id for one in first]
    exceptions.resolve(store, "ben", first[0].id, "agreed with the importer")
    assert [one.id for one in open_drift(store, "otto", report)] == [first[1].id]


def test_new_numbers_are_a_new_question(store: Store, tmp_path: Path) -> None:
    """A price that was accepted is asked about again when a receipt has another one."""
    receipts(store, tmp_path / "first", "fan,importer,2027-01-10,10,250\n")
    (one,) = open_drift(store, "ben", drift_of_actuals(store, 1))
    exceptions.resolve(store, "ben", one.id, "once")
    assert open_drift(store, "ben", drift_of_actuals(store, 1)) == []
    receipts(store, tmp_path / "later", "fan,importer,2027-01-11,10,260\n")
    (other,) = open_drift(store, "ben", drift_of_actuals(store, 1))
    # 250 and 260 for 10 fans of 20 each are 110 too much.
    assert other.id != one.id
    assert other.money == pytest.approx(110.0)


def test_nobody_without_the_permission(store: Store) -> None:
    """Auditors do not import baselines; nothing is opened."""
    report = drift_between(store, 1, 2)
    for actor in ("edna", "nobody"):
        with pytest.raises(NotAllowedError, match=r"baseline\.import"):
            open_drift(store, actor, report)
    with store.read() as session:
        assert exceptions.listed(session) == []


def test_a_folder_before_it_is_imported(store: Store, tmp_path: Path) -> None:
    """A version against a folder; the latest version where none is named."""
    folder = three_items(tmp_path / "third", ("items.csv", "importer,EUR,40,20", "importer,EUR,40,30"))
    found = {one.check.name: one for one in drift_between(store, 2, folder).drifts}
    assert (found["unit_cost"].stated, found["unit_cost"].found) == (21.0, 30.0)
    with pytest.raises(NotFoundError, match="stockrail actuals import"):
        drift_of_actuals(store)
    receipts(store, tmp_path / "actuals", "fan,importer,2027-01-10,10,210\n")
    assert drift_of_actuals(store).beyond == ()
    assert [one.check.name for one in drift_of_actuals(store, 1).beyond] == ["unit_cost"]
    with pytest.raises(NotFoundError, match="no spend of these days"):
        drift_of_actuals(store, first=dt.date(2027, 2, 1))


def test_differences_of_the_ledger(store: Store, tmp_path: Path) -> None:
    """10 fans of 20 and 10 filters of 5 are 250 before 4 January; the ledger has 249.99, and cash as stated. The file is kept."""
    file = tmp_path / "balances.csv"
    file.write_text(
        "account,date,balance,currency\n1400,2027-01-03,249.99,EUR\n1000,2027-01-03,1000,EUR\n",
        encoding="utf-8",
    )
    with pytest.raises(StateError, match="No account of the ledger is mapped yet"):
        reconciliation(store, file, 1)
    text = store.governance_file.read_text(encoding="utf-8")
    store.governance_file.write_text(text.replace("  accounts: []\n", ACCOUNTS), encoding="utf-8")
    with Store.open(store.location) as again:
        at(again, TODAY)
        found = reconciliation(again, file, 1)
        (one,) = open_differences(again, "carla", found, file)
        assert (one.rule, one.subject, one.owner_role) == (
            "units to ledger",
            "inventory on 2027-01-03, baseline 1",
            "finance",
        )
        assert (one.money, one.evidence["difference"], one.evidence["unexplained"]) == (
            0.01,
            "-0.01",
            "-0.01",
        )
        assert again.artifacts.get(one.evidence["sha256"]) == file.read_bytes()
        json.dumps(one.evidence)
        assert check(again).unused == 0
        exceptions.resolve(again, "carl", one.id, "a cent")
        assert open_differences(again, "carla", found, file) == []
        file.write_text("account,date,balance,currency\n1400,2027-01-02,1,EUR\n", encoding="utf-8")
        with pytest.raises(StateError, match="--baseline"):
            reconciliation(again, file, 1)
