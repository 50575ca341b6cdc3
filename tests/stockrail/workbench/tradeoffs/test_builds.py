"""Funded builds without a record: of the limits in force, approved for later, and proposed."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.model.schema import FundedBuild
from stockrail.workbench import baselines
from stockrail.workbench import guardrail_versions as versions
from stockrail.workbench.store import Store
from stockrail.workbench.tradeoffs import records
from stockrail.workbench.tradeoffs.builds import (
    GrantedBuild,
    builds_without_record,
    granted_builds,
    without_record,
)
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.tradeoffs.records import TODAY, at, complete

HEADER = "build,guardrail,scope,scope_value,amount,first_period,last_period,exit_date,reason,owner\n"


def with_builds(folder: Path, *names: str) -> Path:
    """A folder of three items with funded builds: EUR 100 for the kitchen in the first period, run off in the third."""
    rows = [f"{name},inventory-cap,product_group,kitchen,100,0,0,2027-06-01,,carla\n" for name in names]
    (three_items(folder) / "funded_builds.csv").write_text(HEADER + "".join(rows))
    return folder


def missing(store: Store) -> list[tuple[str, str, str]]:
    """Name, what grants it, and why it is pointed out."""
    return [
        (one.granted.build.build, one.granted.granted_by, one.reason) for one in builds_without_record(store)
    ]


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    """A baseline with a build, on 4 January 2027."""
    at(store, TODAY)
    baselines.import_folder(store, "otto", with_builds(tmp_path / "in", "spring"), "first")
    return store


def test_a_store_without_limits_has_no_builds(store: Store) -> None:
    """Nothing is in force yet."""
    assert granted_builds(store) == []


def test_builds_of_the_baseline_need_a_record(ready: Store) -> None:
    """As long as no guardrail version is in force its limits hold; a record of another kind does not count."""
    assert missing(ready) == [("spring", "baseline 1", "no record")]
    records.add(ready, "ben", complete(kind="cash_posture", owner="dora"))
    assert missing(ready) == [("spring", "baseline 1", "no record")]
    record = records.add(ready, "ben", complete())
    assert missing(ready) == []
    records.close(ready, "carla", record.id, "Over.")
    assert missing(ready) == [
        ("spring", "baseline 1", f"its record {record.id} is closed, and the room is still granted")
    ]


def test_builds_of_guardrail_versions_need_a_record(ready: Store, tmp_path: Path) -> None:
    """A version takes the place of the baseline's builds from its first day on; what is proposed is pointed out as well.

    Autumn is proposed for March. Approved in January it is for later, and the baseline's spring still holds; in March spring is
    gone. A rejected version grants nothing.
    """
    version = versions.propose(
        ready, "carla", with_builds(tmp_path / "limits", "autumn"), dt.date(2027, 3, 1), "a build"
    )
    spring = ("spring", "baseline 1", "no record")
    assert missing(ready) == [spring, ("autumn", "guardrail version 1, proposed", "no record")]
    versions.approve(ready, "carl", version.id, "yes")
    assert missing(ready) == [spring, ("autumn", "guardrail version 1, from 2027-03-01 on", "no record")]
    at(ready, dt.date(2027, 3, 1))
    assert missing(ready) == [("autumn", "guardrail version 1", "no record")]
    other = versions.propose(
        ready, "carla", with_builds(tmp_path / "other", "winter"), dt.date(2027, 4, 1), "more"
    )
    versions.reject(ready, "carl", other.id, "no")
    records.add(ready, "carla", complete(name="autumn", review_date=dt.date(2027, 5, 1)))
    assert missing(ready) == []


def test_what_has_run_off_needs_no_record() -> None:
    """On the day after its exit date a build is over."""
    build = FundedBuild(
        build="spring", guardrail="cap", scope="all", amount=100, first_period=0, last_period=0, exit_date=dt.date(2027, 6, 1)
    )  # fmt: skip
    granted = [GrantedBuild(build, "baseline 1")]
    assert [one.reason for one in without_record(granted, [], dt.date(2027, 6, 1))] == ["no record"]
    assert without_record(granted, [], dt.date(2027, 6, 2)) == []
