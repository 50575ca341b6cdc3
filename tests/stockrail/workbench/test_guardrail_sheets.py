"""Guardrails as sheets: what is edited becomes the files of a version, and what is wrong with them is found in the sheets again."""

from pathlib import Path

import pytest

from stockrail.model import load
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines
from stockrail.workbench.guardrail_sheets import (
    BUILDS,
    GUARDRAILS,
    LIMITS,
    Cell,
    CellChange,
    GuardrailSheets,
)
from tests.stockrail.workbench.folders import three_items

LIMIT_ROWS = "guardrail,period,lower,upper\ninventory-cap,1,,450\n"
BUILD_ROWS = (
    "build,guardrail,scope,scope_value,amount,first_period,last_period,exit_date,reason,owner\n"
    "spring,inventory-cap,item,fan,120,0,0,2027-06-01,launch,finance\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three items with a tighter cap in period 1 and a funded build."""
    made = three_items(tmp_path / "in")
    (made / "guardrail_limits.csv").write_text(LIMIT_ROWS, encoding="utf-8")
    (made / "funded_builds.csv").write_text(BUILD_ROWS, encoding="utf-8")
    return made


@pytest.fixture
def instance(folder: Path) -> Instance:
    return load(folder)


def read_with(folder: Path, files: dict[str, bytes]) -> Instance:
    """The instance with these files in place of its own."""
    there = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    kept = {
        name: data
        for name, data in there.items()
        if name.rpartition(".")[0] not in (GUARDRAILS, LIMITS, BUILDS)
    }
    with baselines.folder_with({**kept, **files}) as copy:
        return load(copy)


def test_unchanged_sheets_are_the_same_guardrails(folder: Path, instance: Instance) -> None:
    """Blank rows make no rows of the files."""
    again = read_with(folder, GuardrailSheets.of(instance).files())
    assert again.guardrails == instance.guardrails
    assert again.guardrail_limits == instance.guardrail_limits
    assert again.funded_builds == instance.funded_builds


def test_sheet_of_single_periods(instance: Instance) -> None:
    """A row for each side, a column for each of three periods; what is not there holds as stated."""
    sheets = GuardrailSheets.of(instance)
    upper = sheets.limits["1 upper"]
    assert (upper.guardrail, upper.side, upper.stated) == ("inventory-cap", "upper", 500)
    assert upper.periods == {"0": None, "1": 450, "2": None}
    assert sheets.limits["1 lower"].periods == {"0": None, "1": None, "2": None}
    assert sheets.limits["new 1 upper"].guardrail is None


def test_cells_are_changed_added_and_removed(folder: Path, instance: Instance) -> None:
    """Another limit, one of a single period blanked and one new, a new guardrail with a limit of its own period, no build."""
    new: dict[str, Cell] = {
        "guardrail": "cash", "metric": "cash", "scope": "all", "first_period": 0, "last_period": 2, "lower": "100",
        "holds": "expected", "owner": "finance",
    }  # fmt: skip
    sheets = GuardrailSheets.of(instance).changed(
        [
            CellChange(GUARDRAILS, "1", "upper", 480),
            CellChange(LIMITS, "1 upper", "1", None),
            CellChange(LIMITS, "1 upper", "2", 430.5),
            CellChange(BUILDS, "1", "remove", "yes"),
            *(CellChange(GUARDRAILS, "new 1", column, value) for column, value in new.items()),
            CellChange(LIMITS, "new 1 lower", "0", 150),
        ]
    )
    files = sheets.files()
    assert set(files) == {"guardrails.csv", "guardrail_limits.csv"}
    again = read_with(folder, files)
    assert [(row.guardrail, row.lower, row.upper, row.soft_price) for row in again.guardrails] == [
        ("inventory-cap", None, 480, None),
        ("cash", 100, None, None),
    ]
    assert [(row.guardrail, row.period, row.lower, row.upper) for row in again.guardrail_limits] == [
        ("inventory-cap", 2, None, 430.5),
        ("cash", 0, 150, None),
    ]


def test_limits_go_with_their_guardrail(folder: Path, instance: Instance) -> None:
    """Renamed it takes them along, removed it takes them away."""
    sheets = GuardrailSheets.of(instance).changed([CellChange(BUILDS, "1", "remove", "yes")])
    renamed = read_with(folder, sheets.changed([CellChange(GUARDRAILS, "1", "guardrail", "cap")]).files())
    assert [row.guardrail for row in renamed.guardrail_limits] == ["cap"]
    removed = read_with(folder, sheets.changed([CellChange(GUARDRAILS, "1", "remove", "yes")]).files())
    assert (removed.guardrails, removed.guardrail_limits) == ((), ())


def test_problems_are_found_in_the_sheets(folder: Path, instance: Instance) -> None:
    """The second row of a file is the first kept row of its sheet; of limits it is the side and the period."""
    sheets = GuardrailSheets.of(instance).changed(
        [
            CellChange(GUARDRAILS, "1", "upper", "1,5"),
            CellChange(GUARDRAILS, "new 2", "guardrail", "half"),
            CellChange(LIMITS, "1 upper", "2", "much"),
            CellChange(BUILDS, "1", "amount", -1),
        ]
    )
    with pytest.raises(InstanceError) as caught:
        read_with(folder, sheets.files())
    places = {sheets.place_of(problem) for problem in caught.value.problems}
    assert {
        (GUARDRAILS, "1", "upper"),
        (GUARDRAILS, "new 2", "metric"),
        (LIMITS, "1 upper", "2"),
        (BUILDS, "1", "amount"),
    } <= places


def test_cells_that_are_not_there_are_refused(instance: Instance) -> None:
    """All of them at once."""
    with pytest.raises(InstanceError) as caught:
        GuardrailSheets.of(instance).changed(
            [
                CellChange(GUARDRAILS, "99", "upper", 1),
                CellChange(LIMITS, "1 upper", "3", 1),
                CellChange("items", "1", "unit_cost", 1),
            ]
        )
    assert len(caught.value.problems) == 3


def test_capacities_have_limits_of_single_periods(tmp_path: Path) -> None:
    """A supplier with a capacity has a row of its own, of the upper side alone; one without has none."""
    made = three_items(
        tmp_path / "capacity",
        ("suppliers.csv", "works,EUR,0,0,73,1,0,receipt,", "works,EUR,0,0,73,1,0,receipt,25"),
    )
    sheets = GuardrailSheets.of(load(made))
    assert [(name, row.stated) for name, row in sheets.limits.items() if ":" in name] == [
        ("capacity:works upper", 25)
    ]
    again = read_with(made, sheets.changed([CellChange(LIMITS, "capacity:works upper", "1", 20)]).files())
    assert [(row.guardrail, row.period, row.upper) for row in again.guardrail_limits] == [
        ("capacity:works", 1, 20)
    ]
