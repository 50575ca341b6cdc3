"""Actuals in the store."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.monitoring.actuals import frame, frames, import_actuals, summary
from stockrail.workbench.monitoring.actuals_files import ActualsError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from tests.stockrail.workbench.folders import replace

FILES = {
    "demand.csv": "item,date,units,served_units\n00123,2027-01-04,10,8\n00123,2027-01-05,0,\nNA,2027-01-04,2.5,2.5\n",
    "receipts.csv": "item,supplier,date,units,money,ordered_on\n"
    "00123,V,2027-01-04,5,,\n00123,V,2027-01-04,6,36,2026-12-28\n00123,V,2027-01-04,7,42,2026-12-21\n",
    "stock.csv": "item,date,units\n00123,2027-01-10,4\n",
    "spend.csv": "account,date,money\nexpedite,2027-01-10,100\nfreight,2027-01-10,-20.5\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all files."""
    made = tmp_path / "actuals"
    made.mkdir()
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def rows(store: Store) -> dict[str, int]:
    """Rows by kind."""
    with store.read() as session:
        return {kind: count for kind, count, _, _ in summary(session)}


ALL = {"demand": 3, "receipts": 3, "stock": 1, "spend": 2}


def test_import(store: Store, folder: Path) -> None:
    """Names stay as they are, blank is not zero, and three orders that came on one day are three receipts."""
    imported = import_actuals(store, "anna", folder)
    assert {one.kind: one.added for one in imported.kinds} == ALL
    assert rows(store) == ALL
    with store.read() as session:
        there = frames(session)
        assert len(frame(session, "demand", first=dt.date(2027, 1, 5))) == 1
        assert len(frame(session, "demand", last=dt.date(2027, 1, 4))) == 2
    assert there["demand"]["item"].tolist() == ["00123", "NA", "00123"]  # by date, then item
    np.testing.assert_equal(there["demand"]["served_units"].to_numpy(), [8, 2.5, np.nan])
    orders = there["receipts"].set_index("units")["ordered_on"]
    assert pd.isna(orders[5]) and orders[6] == pd.Timestamp("2026-12-28")
    assert there["spend"].columns.tolist() == ["account", "date", "money", "item", "supplier"]
    assert check(store).problems == []
    entry = audit.entries(store, "edna", last=1)[0]
    assert (entry.action, entry.data["demand"]["added"]) == ("actuals.import", 3)
    assert store.artifacts.get(entry.data["demand"]["source"]).decode() == FILES["demand.csv"]


def test_the_same_again_is_no_change(store: Store, folder: Path) -> None:
    """Also as a part of a longer file: only what is new is added."""
    import_actuals(store, "anna", folder)
    entries = audit.verify(store).entries
    again = import_actuals(store, "ben", folder)
    assert (again.changes, [one.unchanged for one in again.kinds]) == (0, [3, 3, 1, 2])
    assert audit.verify(store).entries == entries
    with (folder / "demand.csv").open("a", encoding="utf-8") as stream:
        stream.write("00123,2027-01-11,3,3\n")
    [demand, *_] = import_actuals(store, "anna", folder).kinds
    assert (demand.added, demand.unchanged, rows(store)["demand"]) == (1, 3, 4)


def test_corrections_are_taken_only_when_asked_for(store: Store, folder: Path) -> None:
    """Each is listed with the place, the new and the old value; nothing of the folder is taken, also not what is new."""
    import_actuals(store, "anna", folder)
    replace(folder / "demand.csv", "10,8", "12,8")
    replace(folder / "receipts.csv", "6,36,", "6,,")
    replace(folder / "stock.csv", "2027-01-10,4\n", "2027-01-10,4\n00123,2027-01-17,9\n")
    with pytest.raises(ActualsError, match="--replace") as caught:
        import_actuals(store, "anna", folder)
    assert [str(problem) for problem in caught.value.problems] == [
        "demand.csv, row 2, column units: found '12'; allowed: 10, as imported before",
        "receipts.csv, row 3, column money: blank; allowed: 36, as imported before",
    ]
    assert rows(store) == ALL
    imported = import_actuals(store, "anna", folder, replace=True)
    assert {one.kind: (one.added, one.corrected) for one in imported.kinds} == {
        "demand": (0, 1), "receipts": (0, 1), "stock": (1, 0), "spend": (0, 0),
    }  # fmt: skip
    with store.read() as session:
        assert frame(session, "demand")["units"].tolist() == [12, 2.5, 0]
        assert frame(session, "receipts")["money"].isna().sum() == 2
    assert check(store).problems == []


def test_every_error_at_once(sqlite_store: Store, folder: Path) -> None:
    """Of all files, with row, column, value and what is allowed."""
    (folder / "demand.csv").write_text(
        "item,date,units,served_units\nA,2027-01-04,10,11\nA,2027-01-04,3,\nA,04.01.2027,-1,x\n,1735689600,,\n",
        encoding="utf-8",
    )
    (folder / "receipts.csv").write_text(
        "item,supplier,date,units,ordered_on\nA,V,2027-01-04,1,2027-01-05\n", encoding="utf-8"
    )
    (folder / "spend.csv").write_text("account,date\nlunch,2027-01-04\n", encoding="utf-8")
    with pytest.raises(ActualsError) as caught:
        import_actuals(sqlite_store, "anna", folder)
    found = [(one.file, one.row, one.column, one.value) for one in caught.value.problems]
    assert found == [
        ("demand.csv", 4, "date", "04.01.2027"),
        ("demand.csv", 4, "units", "-1"),
        ("demand.csv", 4, "served_units", "x"),
        ("demand.csv", 5, "item", None),
        ("demand.csv", 5, "date", "1735689600"),
        ("demand.csv", 5, "units", None),
        ("receipts.csv", 2, "ordered_on", "2027-01-05"),
        ("spend.csv", 1, "money", None),
    ]
    (folder / "demand.csv").write_text(
        "item,date,units,served_units\nA,2027-01-04,10,11\nA,2027-01-04,3,\n", encoding="utf-8"
    )
    with pytest.raises(ActualsError, match="each item, date once; row 2 is the same") as caught:
        import_actuals(sqlite_store, "anna", folder)
    assert caught.value.problems[0].allowed == "a number <= 10, the units asked for"
    assert rows(sqlite_store) == {}


def test_a_folder_without_actuals(sqlite_store: Store, tmp_path: Path) -> None:
    """Names the files that it could have; a single one is enough."""
    with pytest.raises(ActualsError, match=r"demand\.csv, receipts\.csv, stock\.csv, spend\.csv"):
        import_actuals(sqlite_store, "anna", tmp_path)
    with pytest.raises(ActualsError, match="missing"):
        import_actuals(sqlite_store, "anna", tmp_path / "nowhere")
    (tmp_path / "stock.csv").write_text(FILES["stock.csv"], encoding="utf-8")
    assert import_actuals(sqlite_store, "anna", tmp_path).changes == 1


def test_roles_are_held_by_the_library(sqlite_store: Store, folder: Path) -> None:
    """An auditor looks only, and executives leave it to others."""
    for actor in ("edna", "dora", "nobody"):
        with pytest.raises(NotAllowedError, match=r"actuals\.import"):
            import_actuals(sqlite_store, actor, folder)
    assert rows(sqlite_store) == {}
