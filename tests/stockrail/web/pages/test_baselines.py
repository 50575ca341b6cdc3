"""Pages of baselines: versions, one with its data health, tables, differences, files."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from openpyxl import load_workbook  # type: ignore[import-untyped]

from stockrail.web.csrf import HEADER
from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web, add_accounts
from tests.stockrail.web.uploads import changed_files, zip_of
from tests.stockrail.workbench.folders import THREE_ITEMS, three_items
from tests.stockrail.workbench.people import write_people


def second_version(store: Store, folder: Path) -> None:
    """Version 2: the forecast of the fan in period 1 rises from 20 to 25.5, opening cash from 1000 to 1200."""
    changed = three_items(
        folder,
        ("demand.csv", "fan,1,20", "fan,1,25.5"),
        ("instance.yaml", "opening_cash: 1000", "opening_cash: 1200"),
    )
    baselines.import_folder(store, "otto", changed, "More fans.")


def test_list_shows_who_and_what(web: Web, store: Store, tmp_path: Path) -> None:
    """The latest first, with the files that its parent has otherwise; an auditor is offered no upload."""
    second_version(store, tmp_path / "in")
    text = web.as_("anna").get("/baselines").text
    assert text.index("More fans.") < text.index("The first one.")
    assert "demand.csv, instance.yaml" in text
    assert 'href="/baselines/upload"' in text
    assert 'href="/baselines/upload"' not in web.as_("edna").get("/baselines").text


def test_store_without_a_version_says_what_to_do(tmp_path: Path, web_of: Callable[[Store], Web]) -> None:
    """The lists of baselines and scenarios lead to the upload; a version that is not there is none."""
    with Store.create(tmp_path / "new") as empty:
        write_people(empty)
        add_accounts(empty)
        client = web_of(empty).as_("anna")
        assert "There is no baseline yet." in client.get("/baselines").text
        assert "latest version" in client.get("/baselines/upload").text
        assert "Upload one first." in client.get("/scenarios").text
        assert client.get("/baselines/1").status_code == 404
        sent = {"files": ("x.zip", zip_of(changed_files()), "application/zip")}
        form = {
            "csrf_token": client.csrf,
            "seen": client.get("/api/baselines").json()["seen"],
            "message": "The first one.",
        }
        assert (
            client.post("/api/baselines", data=form, files=sent, headers={HEADER: client.csrf}).status_code
            == 201
        )


def test_version(web: Web) -> None:
    """Key figures of three-items: revenue 30*20 + 45*40 + 30*10 = 2700; stock 10*20 + 10*5 = 250."""
    text = web.as_("anna").get("/baselines/1").text.replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "EUR 2,700",
        "EUR 250.00",
        "2027-01-04 to 2027-08-10",
        "Items with a lead time of 0",
        "2 of 3",
    ):
        assert words in text, words


def test_table(web: Web) -> None:
    """Demand has a column for each period; an unknown table is told which there are."""
    client = web.as_("anna")
    text = client.get("/baselines/1/tables/demand").text
    assert '"title": "2027-03-18"' in text  # 73 days after 2027-01-04
    assert '"1": 20.0, "2": 15.0, "description": "Sold when it is hot", "item": "fan"' in text
    answer = client.get("/baselines/1/tables/nothing")
    assert answer.status_code == 404
    assert "items" in answer.text
    assert client.get("/baselines/1/go?table=items").headers["location"] == "/baselines/1/tables/items"


def test_empty_table_is_no_grid(web: Web) -> None:
    """It says so."""
    assert "no rows in warehouses" in web.as_("anna").get("/baselines/1/tables/warehouses").text


def test_diff(web: Web, store: Store, tmp_path: Path) -> None:
    """Two cells: of demand and of the settings; a filter leaves one of them, and the counts stay."""
    second_version(store, tmp_path / "in")
    client = web.as_("anna")
    text = client.get("/baselines/2/diff").text
    assert "2 cells differ: settings 1, demand 1; 2 changed." in text
    found = client.get("/api/baselines/2/diff?with=1&table=demand").json()
    assert (found["total"], found["matching"]) == (2, 1)
    assert found["cells"] == [
        {
            "table": "demand",
            "row": "fan | 1",
            "column": "mean_units",
            "before": 20.0,
            "after": 25.5,
            "change": "changed",
        }
    ]
    lines = client.get("/baselines/2/diff.csv?with=1").text.splitlines()
    assert lines == [
        "table,row,column,before,after,change",
        "settings,,opening_cash,1000.0,1200.0,changed",
        "demand,fan | 1,mean_units,20.0,25.5,changed",
    ]
    assert "Nothing differs." in client.get("/baselines/1/diff").text


def test_files_come_out_as_they_went_in(web: Web) -> None:
    """Byte for byte in the .zip; the workbook has the values and can be edited."""
    client = web.as_("edna")
    packed = client.get("/baselines/1/export.zip")
    assert packed.headers["content-disposition"] == 'attachment; filename="three-items-1.zip"'
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {file.name: file.read_bytes() for file in THREE_ITEMS.iterdir()}
    book = load_workbook(io.BytesIO(client.get("/baselines/1/export.xlsx").content))
    assert book["items"]["A3"].value == "kettle"
