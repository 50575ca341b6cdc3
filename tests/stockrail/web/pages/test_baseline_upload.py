"""Upload of a baseline: check, preview, confirm; what is refused leaves nothing behind."""

import io
from collections.abc import Mapping
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]

from stockrail.web.app import create_app
from stockrail.web.settings import Settings
from stockrail.web.views.baselines import seen_latest
from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import PASSWORD, Client, Web, token_in
from tests.stockrail.web.uploads import changed_files, zip_of
from tests.stockrail.workbench.folders import three_items

LESS_STOCK = ("guardrails.csv", ",,500,", ",,400,")


def upload(client: Client, files: Mapping[str, bytes], path: str = "/baselines/upload", **fields: Any) -> Any:
    """Send files as the form does."""
    seen = client.get("/api/baselines").json()["seen"]
    sent = [("files", (name, data, "application/octet-stream")) for name, data in files.items()]
    return client.post(path, data={"csrf_token": client.csrf, "seen": seen, **fields}, files=sent)


def test_preview_then_import(web: Web, store: Store) -> None:
    """The .zip is read, its preview can be loaded again, and confirming makes the next version from the same bytes."""
    client, files = web.as_("anna"), changed_files()
    answer = upload(client, {"x.zip": zip_of(files)})
    assert answer.status_code == 303
    place = answer.headers["location"]
    for _ in range(2):
        assert "1 cell of" in client.get(place).text
    assert len(baselines.versions(store)) == 1
    assert client.send_form(f"{place}/import", seen=seen_latest(store), message=" ").status_code == 409
    answer = client.send_form(f"{place}/import", seen=seen_latest(store), message="More fans.")
    assert answer.headers["location"] == "/baselines/2"
    made = baselines.get(store, 2)
    assert (made.author, made.message, made.parent_id) == ("anna", "More fans.", 1)
    assert baselines.files_of(store, 2) == files
    assert client.get(place).status_code == 409


def test_files_one_by_one(web: Web) -> None:
    """As several files, with the paths that a folder has in a browser."""
    client = web.as_("anna")
    folder = {f"three-items/{name}": data for name, data in changed_files().items()}
    assert upload(client, folder).status_code == 303


def test_errors_are_a_table(web: Web) -> None:
    """With file, row, column, value and what is allowed, for a page and for a script."""
    client = web.as_("anna")
    wrong = changed_files(("demand.csv", "fan,1,20", "fan,1,many"))
    text = upload(client, {"x.zip": zip_of(wrong)}).text
    for words in ("demand.csv", "mean_units", "many", "a number &gt;= 0"):
        assert words in text
    answer = upload(client, {"x.zip": zip_of(wrong)}, "/api/baselines/preview")
    assert answer.status_code == 422
    assert answer.json()["problems"] == [
        {"place": "demand.csv", "row": 6, "column": "mean_units", "value": "many", "allowed": "a number >= 0"}
    ]


def test_somebody_imports_meanwhile(web: Web, store: Store, tmp_path: Any) -> None:
    """The preview is compared with another version then: it is told whose, and nothing is imported."""
    client = web.as_("anna")
    place, seen = upload(client, {"x.zip": zip_of(changed_files())}).headers["location"], seen_latest(store)
    baselines.import_folder(store, "otto", three_items(tmp_path / "in", LESS_STOCK), "Less stock.")
    answer = client.send_form(f"{place}/import", seen=seen, message="More fans.")
    assert answer.status_code == 409
    assert "otto imported baseline 2" in answer.text
    assert len(baselines.versions(store)) == 2
    # Looked at again, the upload would take the limit back, which is not Anna's.
    assert "You cannot import this" in client.get(place).text


def test_what_belongs_to_others_is_refused_by_the_library(web: Web, store: Store) -> None:
    """Also where no page offered it."""
    answer = upload(
        web.as_("anna"), {"x.zip": zip_of(changed_files(LESS_STOCK))}, "/api/baselines", message="x"
    )
    assert answer.status_code == 403
    assert "guardrails.upper belongs to finance" in answer.json()["error"]
    assert len(baselines.versions(store)) == 1


def test_workbook_there_and_back(web: Web, store: Store) -> None:
    """Exported, edited, uploaded: one cell differs, and all other files are as they were."""
    client = web.as_("ben")
    book = load_workbook(io.BytesIO(client.get("/baselines/1/export.xlsx").content))
    column = next(cell.column_letter for cell in book["items"][1] if cell.value == "unit_price")
    book["items"][f"{column}3"] = 21
    stream = io.BytesIO()
    book.save(stream)
    found = upload(client, {"book.xlsx": stream.getvalue()}, "/api/baselines/preview").json()
    assert [(cell["row"], cell["before"], cell["after"]) for cell in found["cells"]] == [
        ("kettle", 20.0, 21.0)
    ]
    assert found["is_allowed"]
    made = upload(client, {"book.xlsx": stream.getvalue()}, "/api/baselines", message="Dearer.").json()
    assert made["version"]["changed_files"] == ["items.csv"]


def test_too_large(store: Store) -> None:
    """Before anything of it is read."""
    settings = Settings(has_secure_cookies=False, tends_runs=False, most_upload_bytes=20_000)
    with Client(create_app(store, settings)) as client:
        token = token_in(client.get("/sign-in").text)
        client.post("/sign-in", data={"name": "anna", "password": PASSWORD, "csrf_token": token})
        client.csrf = token_in(client.get("/api").text)
        answer = upload(client, {"x.zip": b"0" * 20_001})
    assert answer.status_code == 413
    assert "larger than" in answer.text


def test_auditor_is_offered_nothing(web: Web) -> None:
    """And told why."""
    client = web.as_("edna")
    text = client.get("/baselines/upload").text
    assert "permission baseline.import" in text
    assert 'type="file"' not in text
    assert upload(client, {"x.zip": zip_of(changed_files())}).status_code == 403
