"""Baselines: byte for byte in and out, who may change what, and the instance of a version."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.model import load
from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines, guardrail_versions, scenarios
from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError, StateError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from tests.stockrail.workbench.folders import THREE_ITEMS, replace, three_items

ROOT = THREE_ITEMS.parent


@pytest.mark.parametrize("name", ["three-items", "distributor", "guardrails-example", "calibration-example"])
def test_round_trip_of_every_instance(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    """What comes out is what went in, byte for byte, README and what-ifs included; nothing else comes out."""
    version = baselines.import_folder(sqlite_store, "anna", ROOT / name, "first")
    baselines.export_folder(sqlite_store, version.id, tmp_path / "out")
    assert _contents(tmp_path / "out") == _contents(ROOT / name)
    assert check(sqlite_store).problems == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), name=st.from_regex(r"[A-Za-z0-9_ ]{1,12}\.(md|txt|bin)", fullmatch=True))
def test_round_trip_of_any_bytes(
    sqlite_store: Store, tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    """A file that Stockrail does not read is kept as it is: line ends, no line end, no text at all."""
    folder = tmp_path_factory.mktemp("any")
    instance = three_items(folder / "in")
    (instance / name).write_bytes(data)
    version = baselines.import_folder(sqlite_store, "otto", instance, "with a note")
    baselines.export_folder(sqlite_store, version.id, folder / "out")
    assert _contents(folder / "out") == _contents(instance)


def test_same_files_are_the_same_version(store: Store, tmp_path: Path) -> None:
    """Whoever imports them again, under whatever message, gets the version that is there; nothing is logged twice."""
    first = baselines.import_folder(store, "anna", three_items(tmp_path / "a"), "first")
    again = baselines.import_folder(store, "ben", three_items(tmp_path / "b"), "again")
    assert (again.id, again.author, again.message) == (first.id, "anna", "first")
    assert audit.verify(store).entries == 1
    replace(tmp_path / "b" / "demand.csv", "fan,0,10", "fan,0,11")
    other = baselines.import_folder(store, "anna", tmp_path / "b", "more fans")
    assert (other.hash == first.hash, other.parent_id) == (False, first.id)
    assert [version.id for version in baselines.versions(store)] == [other.id, first.id]


def test_invalid_folder_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    """With the reader's message, and nothing is kept: neither a version nor an artifact."""
    folder = three_items(tmp_path / "in", ("demand.csv", "fan,0,10", "fan,0,-1"))
    with pytest.raises(InstanceError, match=r"demand.csv, row 5, column mean_units: found '-1'"):
        baselines.import_folder(sqlite_store, "anna", folder, "first")
    (folder / "scenarios.yaml").write_text("what_ifs: [", encoding="utf-8")
    replace(folder / "demand.csv", "fan,0,-1", "fan,0,1")
    with pytest.raises(InstanceError, match=r"scenarios.yaml"):
        baselines.import_folder(sqlite_store, "anna", folder, "first")
    assert (baselines.versions(sqlite_store), check(sqlite_store).unused) == ([], 0)
    for missing, message in ((tmp_path / "nowhere", "is no folder"), (folder / "demand.csv", "is no folder")):
        with pytest.raises(StateError, match=message):
            baselines.import_folder(sqlite_store, "anna", missing, "first")
    with pytest.raises(StateError, match="message is blank"):
        baselines.import_folder(sqlite_store, "anna", folder, " ")
    with pytest.raises(NotFoundError, match="none yet"):
        baselines.import_folder(sqlite_store, "anna", folder, "x", parent=7)


def test_everybody_changes_what_is_theirs(sqlite_store: Store, tmp_path: Path) -> None:
    """Demand planning owns the forecast: others may not change it, and it may not change others' tables."""
    baselines.import_folder(sqlite_store, "anna", three_items(tmp_path / "a"), "first")
    forecast = three_items(tmp_path / "b", ("demand.csv", "fan,0,10", "fan,0,11"))
    with pytest.raises(NotAllowedError, match=r"demand\.mean_units belongs to demand_planning.*anna"):
        baselines.import_folder(sqlite_store, "ben", forecast, "more fans")
    with pytest.raises(NotAllowedError, match=r"baseline\.import"):
        baselines.import_folder(sqlite_store, "edna", forecast, "more fans")
    more = baselines.import_folder(sqlite_store, "anna", forecast, "more fans")
    replace(forecast / "suppliers.csv", "importer,EUR,0,", "importer,EUR,0.1,")
    with pytest.raises(NotAllowedError, match=r"suppliers\.freight_rate belongs to supply_planning"):
        baselines.import_folder(sqlite_store, "anna", forecast, "freight")
    freight = baselines.import_folder(sqlite_store, "ben", forecast, "freight")
    assert [version.parent_id for version in (more, freight)] == [1, more.id]
    # As a child of the first version the same files change the forecast as well, and Ben may not.
    replace(forecast / "suppliers.csv", "importer,EUR,0.1,", "importer,EUR,0.2,")
    with pytest.raises(NotAllowedError, match=r"demand\.mean_units"):
        baselines.import_folder(sqlite_store, "ben", forecast, "freight", parent=1)


def test_rows_belong_to_their_table_and_other_files_to_nobody(sqlite_store: Store, tmp_path: Path) -> None:
    """A new row is the table's and not a column's; what is no part of the instance may come from whoever may import."""
    folder = three_items(tmp_path / "a")
    baselines.import_folder(sqlite_store, "anna", folder, "first")
    (folder / "README.md").write_text("Another text.", encoding="utf-8")
    assert baselines.import_folder(sqlite_store, "anna", folder, "words").id == 2
    with (folder / "segments.csv").open("a", encoding="utf-8") as file:
        file.write("new,0,0,0.1\n")
    with pytest.raises(NotAllowedError, match=r": segments belongs to executive"):
        baselines.import_folder(sqlite_store, "anna", folder, "a segment")


def test_export_loses_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    """A changed file is not overwritten, a table that the version lacks is removed if a version has it, others stay."""
    first = baselines.import_folder(sqlite_store, "otto", three_items(tmp_path / "in"), "first")
    with_orders = tmp_path / "in"
    (with_orders / "open_orders.csv").write_text("item,due_period,units\nfan,1,10\n", encoding="utf-8")
    baselines.import_folder(sqlite_store, "otto", with_orders, "orders")
    (with_orders / "notes.txt").write_text("mine", encoding="utf-8")
    baselines.export_folder(sqlite_store, first.id, with_orders)  # its contents are in a version
    assert not (with_orders / "open_orders.csv").exists()
    assert (with_orders / "notes.txt").read_text(encoding="utf-8") == "mine"
    replace(with_orders / "demand.csv", "fan,0,10", "fan,0,12")
    with pytest.raises(ConflictError, match=r"in no version: demand\.csv"):
        baselines.export_folder(sqlite_store, 2, with_orders)
    assert not (with_orders / "open_orders.csv").exists()
    baselines.export_folder(sqlite_store, 2, with_orders, overwrite=True)
    assert (with_orders / "demand.csv").read_bytes() == (THREE_ITEMS / "demand.csv").read_bytes()
    assert (with_orders / "open_orders.csv").exists()
    with pytest.raises(NotFoundError, match="latest is 2"):
        baselines.export_folder(sqlite_store, 3, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_instance_of_a_version(sqlite_store: Store, tmp_path: Path) -> None:
    """The version's own numbers, a scenario's in place of them, the guardrails of a version, and of today.

    The kettle sells 10 a period; the scenario doubles that. The cap on inventory value is 500 in the folder and 400 in the
    guardrail version that holds from 4 January on.
    """
    store = sqlite_store
    version = baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    assert (
        baselines.instance(store, version.id).mean_demand.tolist() == load(THREE_ITEMS).mean_demand.tolist()
    )
    double = [{"table": "demand", "where": {"item": "kettle"}, "column": "mean_units", "multiply": 2}]
    scenario = scenarios.save(store, "anna", "high", double, scenarios.NEW)
    assert baselines.instance(store, version.id, scenario.id).mean_demand[0].tolist() == [20, 20, 20]
    thrice = [{**double[0], "multiply": 3}]
    kept = baselines.instance(store, version.id, scenario.id, overlay=thrice)
    assert kept.mean_demand[0].tolist() == [30, 30, 30]
    tighter = three_items(tmp_path / "tighter", ("guardrails.csv", ",500,", ",400,"))
    proposed = guardrail_versions.propose(store, "carla", tighter, dt.date(2027, 1, 4), "cash")
    assert baselines.instance(store, version.id, guardrail_version=proposed.id).guardrails[0].upper == 400
    guardrail_versions.approve(store, "carl", proposed.id, "agreed")
    for day, upper in ((dt.date(2027, 1, 3), 500), (dt.date(2027, 1, 4), 400)):
        store.clock = lambda day=day: dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)  # type: ignore[misc]
        assert (
            baselines.instance(store, version.id, guardrail_version="effective").guardrails[0].upper == upper
        )
    with pytest.raises(NotFoundError, match="scenario 9"):
        baselines.instance(store, version.id, 9)


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
