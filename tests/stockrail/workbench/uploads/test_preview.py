"""What an upload would change, whose that is, and what a workbook is as files."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]

from stockrail.model import load
from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines
from stockrail.workbench.errors import ConflictError
from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.instance_diff import differences
from stockrail.workbench.store import Store
from stockrail.workbench.uploads import staged
from stockrail.workbench.uploads.preview import digest_of, preview
from stockrail.workbench.uploads.received import Sent
from stockrail.workbench.uploads.workbook_files import files_of_workbook
from tests.stockrail.web.uploads import changed_files, zip_of
from tests.stockrail.workbench.folders import ROOT, THREE_ITEMS, three_items

MORE_FANS = ("demand.csv", "fan,1,20", "fan,1,25.5")
LESS_STOCK = ("guardrails.csv", ",,500,", ",,400,")


def archive(*replacements: tuple[str, str, str]) -> list[Sent]:
    """A .zip of three-items with texts replaced."""
    return [Sent("three.zip", zip_of(changed_files(*replacements)))]


def test_first_version(sqlite_store: Store) -> None:
    """There is nothing to compare with, and nobody else's part of it."""
    found = preview(sqlite_store, "anna", archive(MORE_FANS))
    assert (found.parent, found.cells, found.owned, found.is_allowed) == (None, (), (), True)


def test_what_differs_and_whose_it_is(sqlite_store: Store) -> None:
    """The forecast is Anna's, the limit is not: with names of those whose it is. Nothing is kept by looking."""
    baselines.import_folder(sqlite_store, "anna", THREE_ITEMS, "first")
    found = preview(sqlite_store, "anna", archive(MORE_FANS, LESS_STOCK))
    assert found.by_table == {"demand": 1, "guardrails": 1}
    assert [(cell.row, cell.before, cell.after) for cell in found.cells] == [
        ("fan | 1", 20.0, 25.5),
        ("inventory-cap", 500.0, 400.0),
    ]
    assert [(part.role, part.names, part.is_mine) for part in found.owned] == [
        ("demand_planning", ("demand.mean_units",), True),
        ("finance", ("guardrails.upper",), False),
    ]
    assert found.owned[1].people == ("carla", "carl", "otto", "paula")
    assert not found.is_allowed
    assert preview(sqlite_store, "otto", archive(MORE_FANS, LESS_STOCK)).is_allowed
    assert len(baselines.versions(sqlite_store)) == 1


def test_same_files_are_the_version_that_is_there(sqlite_store: Store) -> None:
    """However they are packed; the digest is that of the version."""
    version = baselines.import_folder(sqlite_store, "anna", THREE_ITEMS, "first")
    unchanged = {file.name: file.read_bytes() for file in THREE_ITEMS.iterdir()}
    found = preview(sqlite_store, "anna", [Sent("x.zip", zip_of(unchanged))])
    assert (found.same_as, found.digest) == (version.id, version.hash)


def test_every_error_of_all_files(sqlite_store: Store) -> None:
    """Of both tables at once, by line and column."""
    with pytest.raises(InstanceError) as caught:
        preview(
            sqlite_store,
            "anna",
            archive(
                ("demand.csv", "fan,1,20", "fan,1,many"),
                ("suppliers.csv", "importer,EUR,0,0,36.5", "importer,EUR,0,0,-1"),
            ),
        )
    assert {(one.file, one.row, one.column, one.value) for one in caught.value.problems} == {
        ("demand.csv", 6, "mean_units", "many"),
        ("suppliers.csv", 3, "payment_days", "-1"),
    }


def test_nested_settings_are_refused(sqlite_store: Store) -> None:
    """Deeper than Python reads."""
    deep = {**changed_files(), "scenarios.yaml": b"[" * 5000 + b"]" * 5000}
    with pytest.raises(InstanceError):
        preview(sqlite_store, "anna", [Sent("x.zip", zip_of(deep))])


def exported(tmp_path: Path, source: Path = THREE_ITEMS) -> Path:
    """The workbook of an instance."""
    export_workbook(load(source), tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def edited(path: Path, sheet: str, cell: str, value: object) -> Sent:
    """A workbook in which somebody has changed a cell."""
    book = load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return Sent("book.xlsx", path.read_bytes())


def test_exported_workbook_changes_its_tables_only(sqlite_store: Store, tmp_path: Path) -> None:
    """The price of the kettle in G3; files of other tables and README.md stay byte for byte."""
    baselines.import_folder(sqlite_store, "anna", THREE_ITEMS, "first")
    path = exported(tmp_path)
    sheet = load_workbook(path)["items"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "unit_price")
    found = preview(sqlite_store, "otto", [edited(path, "items", f"{column}3", 21)])
    assert [(cell.table, cell.row, cell.column, cell.before, cell.after) for cell in found.cells] == [
        ("items", "kettle", "unit_price", 20.0, 21.0)
    ]
    before = {file.name: file.read_bytes() for file in THREE_ITEMS.iterdir()}
    assert {name for name in {*before, *found.files} if before.get(name) != found.files.get(name)} == {
        "items.csv"
    }


def test_wrong_cell_of_a_workbook(sqlite_store: Store, tmp_path: Path) -> None:
    """By sheet, row and column; an export in which nothing was edited is told so."""
    baselines.import_folder(sqlite_store, "anna", THREE_ITEMS, "first")
    path = exported(tmp_path)
    with pytest.raises(InstanceError, match="something was edited"):
        preview(sqlite_store, "anna", [Sent("book.xlsx", path.read_bytes())])
    with pytest.raises(InstanceError) as caught:
        preview(sqlite_store, "anna", [edited(path, "demand", "C7", "many")])
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column) == ("book.xlsx sheet demand", 7, "mean_units")


def test_exported_workbook_needs_a_version(tmp_path: Path) -> None:
    """Without one there is nothing that it changes."""
    with pytest.raises(InstanceError, match="there is no baseline yet"):
        files_of_workbook(Sent("book.xlsx", exported(tmp_path).read_bytes()), None)


def test_workbook_that_is_an_instance(sqlite_store: Store) -> None:
    """Sheets as tables, settings by dotted name: the same instance as the folder; its errors by sheet and row."""
    book = as_workbook()
    files = preview(sqlite_store, "anna", [Sent("three.xlsx", book)]).files
    with baselines.folder_with(files) as folder:
        assert list(differences(load(THREE_ITEMS), load(folder))) == []
    with pytest.raises(InstanceError) as caught:
        preview(sqlite_store, "anna", [Sent("three.xlsx", as_workbook(price="dear"))])
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column, problem.value) == (
        "three.xlsx sheet items",
        2,
        "unit_price",
        "dear",
    )


def as_workbook(price: object = None) -> bytes:
    """three-items as a workbook, on request with another price of the kettle."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "instance"
    sheet.append(["name", "value"])
    for name, value in yaml.safe_load((THREE_ITEMS / "instance.yaml").read_text(encoding="utf-8")).items():
        sheet.append([name, str(value)])
    for file in sorted(THREE_ITEMS.glob("*.csv")):
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        if file.stem == "items" and price is not None:
            rows[1][rows[0].index("unit_price")] = str(price)
        table = book.create_sheet(file.stem)
        for row in rows:
            table.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_segments_that_rules_form_stay_as_they_were_given(sqlite_store: Store, tmp_path: Path) -> None:
    """The file says which segment an item was in; the rules' answer must not take its place when a price is edited."""
    source = three_items(tmp_path / "in")
    rules = "segmentation: {criteria: [abc], a_revenue_share: 0.6, b_revenue_share: 0.9}\n"
    (source / "instance.yaml").write_text(
        (source / "instance.yaml").read_text(encoding="utf-8") + rules, encoding="utf-8"
    )
    names = "\n".join(f"{name},0,0,0.1" for name in "ABC")
    header = (source / "segments.csv").read_text(encoding="utf-8").splitlines()[0]
    (source / "segments.csv").write_text(f"{header}\n{names}\n", encoding="utf-8")
    items = source / "items.csv"
    items.write_text(
        items.read_text(encoding="utf-8")
        .replace("steady,", "C,")
        .replace("seasonal,", "C,")
        .replace("noisy,", "C,"),
        encoding="utf-8",
    )
    assert {row.segment for row in load(source).items} != {"C"}
    baselines.import_folder(sqlite_store, "otto", source, "first")
    path = exported(tmp_path, source)
    sheet = load_workbook(path)["items"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "unit_price")
    found = preview(sqlite_store, "otto", [edited(path, "items", f"{column}3", 21)])
    text = found.files["items.csv"].decode()
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["C", "C", "C"]


def test_upload_waits_for_its_confirmation(sqlite_store: Store) -> None:
    """Of each person the last one; another one's is not seen; what was forgotten is gone."""
    files = changed_files()
    digest = staged.keep(sqlite_store, "anna", files, ["A note, ü."])
    assert digest == digest_of(files)
    assert staged.kept(sqlite_store, "anna", digest) == (files, ("A note, ü.",))
    with pytest.raises(ConflictError, match="no longer there"):
        staged.kept(sqlite_store, "ben", digest)
    staged.keep(sqlite_store, "anna", changed_files(LESS_STOCK))
    with pytest.raises(ConflictError, match="Another upload of yours"):
        staged.kept(sqlite_store, "anna", digest)
    staged.discard(sqlite_store, "anna")
    with pytest.raises(ConflictError):
        staged.kept(sqlite_store, "anna", digest)


def test_old_uploads_are_gone(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uploads next makes room."""
    digest = staged.keep(sqlite_store, "anna", changed_files())
    monkeypatch.setattr(staged, "KEPT_SECONDS", -1.0)
    staged.keep(sqlite_store, "ben", changed_files())
    with pytest.raises(ConflictError):
        staged.kept(sqlite_store, "anna", digest)


def test_distributor_comes_back_from_a_workbook_as_it_was(sqlite_store: Store, tmp_path: Path) -> None:
    """Of 200 items and 26 periods one cell is another one, whatever digits a workbook keeps."""
    source = ROOT / "instances" / "distributor"
    baselines.import_folder(sqlite_store, "otto", source, "first")
    found = preview(sqlite_store, "otto", [edited(exported(tmp_path, source), "demand", "C3", 12345)])
    assert [(cell.table, cell.row, cell.after) for cell in found.cells] == [
        ("demand", "item-001 | 0", 12345.0)
    ]
