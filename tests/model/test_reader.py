"""Reading instances, and what is said of those that cannot be read."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Branching, Factor, TreeSpecification
from stockrail.model.sources import _text
from stockrail.model.writer import write
from tests.builders import Changes, make_instance

TREE = TreeSpecification(
    branchings=(Branching(period=1, width=3),), market=Factor(volatility=0.2, persistence=1)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid instance with two items, a guardrail and a specified tree."""
    items: list[Changes] = [{"item": "00123", "maximum_order_units": 40}, {"item": "B"}]
    instance = make_instance(
        demand=[[1, 2, 3], [4, 5, 6]], items=items, guardrails={"upper": 100}, settings={"tree": TREE}
    )
    write(instance, tmp_path / "instance")
    return tmp_path / "instance"


def problems_of(path: Path) -> list[Problem]:
    """Load what cannot be loaded."""
    with pytest.raises(InstanceError) as error:
        load(path)
    return list(error.value.problems)


def set_cell(folder: Path, table: str, line: int, column: str, value: str) -> None:
    """Change one cell of a CSV file; lines count as in a spreadsheet."""
    path = folder / f"{table}.csv"
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    rows[line - 1][rows[0].index(column)] = value
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that has to be there once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def workbook(folder: Path, path: Path) -> Path:
    """Write a folder's tables as sheets, numbers as numbers, and its settings with dotted names."""
    with pd.ExcelWriter(path) as writer:
        for file in sorted(folder.glob("*.csv")):
            frame = pd.read_csv(file, dtype={"item": str, "scope_value": str})
            frame.to_excel(writer, sheet_name=file.stem, index=False)
        rows = list(_flat(yaml.safe_load((folder / "instance.yaml").read_text())))
        pd.DataFrame(rows, columns=["name", "value"]).to_excel(writer, sheet_name="instance", index=False)
        pd.DataFrame({"for people": [1]}).to_excel(writer, sheet_name="notes", index=False)
    return path


def _flat(settings: dict[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value) if isinstance(value, list) else value


def test_identifiers_and_blanks_stay_what_they_are(folder: Path) -> None:
    """00123 is no number, a blank maximum is none, a blank text is empty."""
    instance = load(folder)
    assert [row.item for row in instance.items] == ["00123", "B"]
    assert [row.maximum_order_units for row in instance.items] == [40, None]
    assert instance.guardrails[0].scope_value == ""
    assert instance.mean_demand.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert instance.source == folder


def test_defaults_fill_blank_cells_and_absent_columns(folder: Path) -> None:
    """A column with a documented default may be blank or absent."""
    rows = "node,parent,period,probability,demand_factor,price_factor\n"
    rows += "a,,0,1,1,\nb,a,1,1,1,\nc,b,2,1,1,2\n"
    (folder / "scenarios.csv").write_text(rows)
    (folder / "scenario_suppliers.csv").write_text("node,supplier,delay_periods\nb,V,1\n")
    settings = yaml.safe_load((folder / "instance.yaml").read_text())
    del settings["discount_rate_per_year"]
    (folder / "instance.yaml").write_text(yaml.safe_dump({**settings, "tree": "table"}))
    instance = load(folder)
    assert [row.price_factor for row in instance.scenarios] == [1, 1, 2]
    assert instance.scenario_suppliers[0].cost_factor == 1
    assert instance.settings.discount_rate_per_year == 0


def test_parquet_and_byte_order_mark_and_blank_lines(folder: Path) -> None:
    """Parquet tables and CSV files as Excel saves them read the same; blank lines are skipped."""
    before = load(folder)
    frame = pd.read_csv(folder / "demand.csv", dtype={"item": str})
    frame.to_parquet(folder / "demand.parquet")
    (folder / "demand.csv").unlink()
    text = (folder / "items.csv").read_text().replace("\n", "\r\n")
    (folder / "items.csv").write_text(
        text + "\r\n,,,\r\n".replace(",,,", "," * 17), encoding="utf-8-sig", newline=""
    )
    after = load(folder)
    assert after.items == before.items
    assert np.array_equal(after.mean_demand, before.mean_demand)


def test_workbook_reads_like_the_folder(folder: Path, tmp_path: Path) -> None:
    """Sheets are tables, the sheet `instance` has dotted names, the sheet `notes` is ignored."""
    pytest.importorskip("openpyxl", reason="writing a workbook needs openpyxl")
    before, after = load(folder), load(workbook(folder, tmp_path / "plan.xlsx"))
    assert after.settings == before.settings
    assert after.items == before.items
    assert after.guardrails == before.guardrails
    assert np.array_equal(after.sigma, before.sigma)


def test_problems_in_a_workbook_name_the_sheet(folder: Path, tmp_path: Path) -> None:
    """File, sheet and line are named as Excel shows them."""
    pytest.importorskip("openpyxl", reason="writing a workbook needs openpyxl")
    set_cell(folder, "items", 3, "lot_size", "0")
    edit(folder / "instance.yaml", "receivable_days: 0.0", "receivable_days: -1")
    assert problems_of(workbook(folder, tmp_path / "plan.xlsx")) == [
        Problem("plan.xlsx sheet instance", 12, "receivable_days", "-1", "a number >= 0 and <= 3650"),
        Problem("plan.xlsx sheet items", 3, "lot_size", "0", "a number > 0"),
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.0, "12"),
        (0.1, "0.1"),
        (" ", None),
        (float("nan"), None),
        (None, None),
        ("007", "007"),
        (True, "True"),
    ],
)
def test_cells_read_as_excel_shows_them(cell: object, text: str | None) -> None:
    """Numbers of Excel and Parquet become text without gaining decimals."""
    assert _text(cell) == text


@pytest.mark.parametrize(
    ("table", "column", "value", "allowed"),
    [
        ("items", "lot_size", "0", "a number > 0"),
        ("items", "unit_cost", "-1", "a number >= 0"),
        ("items", "unit_cost", "1,5", "a number >= 0"),
        ("items", "unit_cost", "nan", "a number >= 0"),
        ("items", "unit_cost", "inf", "a number >= 0"),
        ("items", "expedite_share", "1.1", "a number >= 0 and <= 1"),
        ("items", "lead_time_periods", "1.5", "a whole number >= 0"),
        ("items", "maximum_order_units", "many", "a number > 0, or blank"),
        ("items", "shelf_life_periods", "0", "a whole number >= 1, or blank"),
        ("items", "segment", "x" * 121, "text of 1 to 120 characters"),
        ("items", "currency", "euro", "text of the form ^[A-Z]{3}$"),
        ("suppliers", "ownership", "payment", "one of: receipt, shipment"),
        ("demand", "period", "-1", "a whole number >= 0"),
        ("guardrails", "holds", "always", "one of: every scenario, expected"),
    ],
)
def test_values_out_of_range(folder: Path, table: str, column: str, value: str, allowed: str) -> None:
    """Each kind of value says what it allows."""
    set_cell(folder, table, 2, column, value)
    assert problems_of(folder) == [Problem(f"{table}.csv", 2, column, value, allowed)]


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_in_a_required_column(folder: Path, blank: str) -> None:
    """Missing is not zero."""
    set_cell(folder, "demand", 4, "mean_units", blank)
    assert problems_of(folder) == [Problem("demand.csv", 4, "mean_units", None, "a number >= 0")]


def test_missing_and_unknown_columns(folder: Path) -> None:
    """A misspelt column is unknown, and the one it should have been is missing: once, not in each row."""
    edit(folder / "demand.csv", "mean_units", "units")
    assert problems_of(folder) == [
        Problem("demand.csv", 1, "units", "units", "one of the columns: item, period, mean_units"),
        Problem("demand.csv", None, "mean_units", None, "a column of a number >= 0"),
    ]


def test_column_given_twice(folder: Path) -> None:
    """Of two columns with one name, none is guessed."""
    (folder / "open_orders.csv").write_text("item,due_period,units,units\nB,1,1,2\n")
    assert problems_of(folder) == [Problem("open_orders.csv", 1, "units", "units", "each column once")]


def test_row_with_a_cell_too_many(folder: Path) -> None:
    """A decimal comma shifts cells; that is not read as something else."""
    (folder / "open_orders.csv").write_text("item,due_period,units\nB,1,1,5\nB,1\n")
    assert problems_of(folder) == [
        Problem("open_orders.csv", 2, None, "4 cells", "as many cells as the header, 3"),
        Problem("open_orders.csv", 3, None, "2 cells", "as many cells as the header, 3"),
    ]


def test_missing_files(folder: Path) -> None:
    """Every missing file is named, with its columns."""
    (folder / "segments.csv").unlink()
    (folder / "demand.csv").unlink()
    (folder / "instance.yaml").unlink()
    assert [(p.file, p.value) for p in problems_of(folder)] == [
        ("instance.yaml", None),
        ("segments.csv", None),
        ("demand.csv", None),
    ]
    assert problems_of(folder)[2].allowed == "a table with the columns item, period, mean_units"


def _unreadable(folder: Path) -> None:
    (folder / "segments.csv").write_bytes(b"segment\n\xff\n")


def _misspelt(folder: Path) -> None:
    (folder / "guardrail.csv").write_text("guardrail\n")


def _twice(folder: Path) -> None:
    pd.read_csv(folder / "segments.csv").to_parquet(folder / "segments.parquet")


def _empty(folder: Path) -> None:
    (folder / "segments.csv").write_text("")


def _broken_parquet(folder: Path) -> None:
    (folder / "open_orders.parquet").write_text("text")


@pytest.mark.parametrize(
    ("spoil", "file", "allowed"),
    [
        (_unreadable, "segments.csv", "a readable csv table (UTF-8, comma-separated where it is text)"),
        (
            _misspelt,
            "guardrail.csv",
            "one of the tables: items, segments, suppliers, demand, forecast_error, ",
        ),
        (_twice, "segments.parquet", "either segments.csv or segments.parquet, not both"),
        (_empty, "segments.csv", "a header line with column names"),
        (_broken_parquet, "open_orders.parquet", "a readable parquet table"),
    ],
)
def test_files_that_cannot_be_used(
    folder: Path, spoil: Callable[[Path], None], file: str, allowed: str
) -> None:
    """A file that is there but of no use is a problem of its own, and the only one."""
    spoil(folder)
    (problem,) = problems_of(folder)
    assert (problem.file, problem.column) == (file, None)
    assert problem.allowed.startswith(allowed)


def test_neither_folder_nor_workbook(tmp_path: Path) -> None:
    """A path that is not there, or is something else, says what would be right."""
    allowed = "a folder with instance.yaml and tables, or a workbook ending in .xlsx"
    assert problems_of(tmp_path / "none") == [Problem("none", None, None, None, allowed)]
    (tmp_path / "plan.pdf").write_text("")
    assert problems_of(tmp_path / "plan.pdf") == [Problem("plan.pdf", None, None, "plan.pdf", allowed)]
    (tmp_path / "plan.xlsx").write_text("")
    assert problems_of(tmp_path / "plan.xlsx")[0].allowed == "a readable Excel workbook"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "period_length_days: 365",
            "period_length_days: 0",
            (4, "period_length_days", "0", "a whole number >= 1 and <= 366"),
        ),
        ("opening_cash: 0.0", "opening_cash:", (12, "opening_cash", None, "a number")),
        ("opening_cash: 0.0", "opening_cash: yes", (12, "opening_cash", "yes", "a number")),
        ("currency: EUR", "currency: 5", (2, "currency", "5", "text of the form ^[A-Z]{3}$")),
        ("start: 2024-01-01", "start: soon", (3, "start", "soon", "a date such as 2027-01-04")),
        (
            "    width: 3",
            "    width: 1",
            (20, "tree.branchings.0.width", "1", "a whole number >= 2 and <= 50"),
        ),
        ("    width: 3\n", "", (19, "tree.branchings.0.width", None, "a whole number >= 2 and <= 50")),
        (
            "    volatility: 0.2",
            "    volatile: 0.2\n    volatility: 0.2",
            (22, "tree.market.volatile", "0.2", "one of the settings: volatility, persistence"),
        ),
        ("name: test", "name: test\nname: again", (2, "name", "name", "each setting once")),
        ("name: test", "name: [", (3, None, "did not find expected ',' or ']'", "valid YAML")),
    ],
)
def test_settings(folder: Path, old: str, new: str, problem: tuple[int, str, str, str]) -> None:
    """Settings are named with dots and by the line they stand in, or that of the group they are missing from."""
    edit(folder / "instance.yaml", old, new)
    found = problems_of(folder)[0]
    assert (found.file, found.row, found.column, found.allowed) == (
        "instance.yaml",
        problem[0],
        problem[1],
        problem[3],
    )
    if problem[1] is not None:
        assert found.value == problem[2]


def test_settings_missing_and_tree_misnamed(folder: Path) -> None:
    """A missing setting stands in no line; a tree is a specification or the word table."""
    settings = yaml.safe_load((folder / "instance.yaml").read_text())
    del settings["periods"]
    (folder / "instance.yaml").write_text(yaml.safe_dump({**settings, "tree": "tables"}))
    assert problems_of(folder) == [
        Problem("instance.yaml", None, "periods", None, "a whole number >= 1 and <= 520"),
        Problem("instance.yaml", 16, "tree", "tables", "the word table or a specification"),
    ]


def test_settings_that_are_no_settings(folder: Path) -> None:
    """A text is not a list of settings."""
    (folder / "instance.yaml").write_text("hello")
    assert problems_of(folder) == [
        Problem("instance.yaml", 1, None, "hello", "lines of the form name: value")
    ]


def test_errors_of_all_files_come_at_once(folder: Path) -> None:
    """Values, columns, settings, and laws between the tables that are valid: one list."""
    edit(folder / "instance.yaml", "receivable_days: 0.0", "receivable_days: -1")
    set_cell(folder, "items", 2, "lot_size", "0")
    set_cell(folder, "items", 3, "unit_price", "")
    set_cell(folder, "suppliers", 2, "ownership", "never")
    set_cell(folder, "demand", 3, "period", "0")
    set_cell(folder, "guardrails", 2, "metric", "stock")
    assert [(p.file, p.row, p.column) for p in problems_of(folder)] == [
        ("instance.yaml", 11, "receivable_days"),
        ("items.csv", 2, "lot_size"),
        ("items.csv", 3, "unit_price"),
        ("suppliers.csv", 2, "ownership"),
        ("demand.csv", 3, "item, period"),
        ("guardrails.csv", 2, "metric"),
    ]


def test_message_lists_every_problem(folder: Path) -> None:
    """The text of the error is readable as it is."""
    set_cell(folder, "items", 2, "lot_size", "0")
    set_cell(folder, "items", 3, "unit_price", "")
    with pytest.raises(InstanceError) as error:
        load(folder)
    assert str(error.value).splitlines() == [
        "2 problems in the instance:",
        "  items.csv, row 2, column lot_size: found '0'; allowed: a number > 0",
        "  items.csv, row 3, column unit_price: blank; allowed: a number >= 0",
    ]


def test_large_instance_reads_fast(tmp_path: Path) -> None:
    """Two thousand items with 26 periods each take seconds at most."""
    write(generate(2000, 26, (3, 3), seed=1), tmp_path)
    begin = time.perf_counter()
    assert isinstance(load(tmp_path), Instance)
    assert time.perf_counter() - begin < 5


def test_three_items() -> None:
    """The instance that is solved by hand reads as its README says: fan demand 10 and 20, or 30 and 10."""
    instance = load(Path(__file__).parents[2] / "instances" / "three-items")
    assert build_tree(instance).demand.tolist() == [[10] * 5, [10, 10, 30, 20, 10], [10] * 5]
    assert [row.upper for row in instance.guardrails] == [500]
