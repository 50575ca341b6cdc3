"""Pages and API about what happened: scorecard, root cause, monitoring, actuals, master data."""

from pathlib import Path

import httpx2
import pytest

from stockrail.web import works
from stockrail.web.csrf import HEADER
from stockrail.workbench.root_cause.find import find
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened
from tests.stockrail.web.clients import Client, Web

WRONG = "item,date,units\nfan,2027-01-40,10\nkettle,2027-01-04,many\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait for what takes long, however slow the machine is; tests of works are about the others."""
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 120.0)


def send_actuals(client: Client, seen: str, files: dict[str, str], **fields: str) -> str:
    """Send files from the form; the address of what came of it."""
    answer = client.post(
        "/actuals",
        data={"csrf_token": client.csrf, "seen": seen, **fields},
        files=[("files", (name, text.encode(), "text/csv")) for name, text in files.items()],
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def seen_of(client: Client) -> str:
    """The tag of the pages."""
    return str(client.get("/api/actuals").json()["seen"])


def test_before_anything_happened(web: Web) -> None:
    """Every page says what is missing and where it is brought in."""
    anna = web.as_("anna")
    for path, words in (
        ("/scorecard", "No plan has been approved"),
        ("/root-cause", "No misses were found yet"),
        ("/actuals", "Bring in more"),
        ("/actuals/monitor", "No plan is approved yet"),
        ("/actuals/drift", "no receipts and no spend"),
    ):
        page = anna.get(path)
        assert page.status_code == 200, path
        assert words in page.text, path


def test_scorecard_and_its_metrics(web: Web, store: Store, tmp_path: Path) -> None:
    """The second quarter of docs/scorecard.md: 80% served, EUR 390 of working capital, a metric with its segments and quarters."""
    what_happened.quarter(store, tmp_path / "in")
    ben = web.as_("ben")
    page = ben.get("/scorecard?day=2027-05-01").text
    for words in ("80.0%", "EUR\xa0390", "EUR\xa0-200", "Overtime: spend.csv has no overtime"):
        assert words in page
    metric = ben.get("/scorecard/metrics/fill_rate?day=2027-05-01").text
    assert "segment seasonal" in metric and "66.7%" in metric and 'id="chart-trend"' in metric
    assert ben.get("/scorecard/metrics/beauty").status_code == 404
    assert ben.get("/scorecard/charts/split.png?day=2027-05-01").content.startswith(b"\x89PNG")
    assert ben.get("/scorecard/metrics/fill_rate/charts/scopes.pdf?day=2027-05-01").content.startswith(
        b"%PDF"
    )
    assert ben.get("/scorecard?day=2020-01-01").status_code == 409
    assert ben.get("/scorecard?run=99").status_code == 404
    found = ben.get("/api/scorecard?day=2027-05-01").json()
    fill = next(row for group in found["groups"] for row in group["rows"] if row["name"] == "fill_rate")
    assert fill["actual"] == pytest.approx(0.8)
    assert ben.get("/api/scorecard/metrics/fill_rate?day=2027-05-01").json()["overall"] == fill


def test_search_for_misses(web: Web, store: Store, tmp_path: Path) -> None:
    """The button finds the three of docs/root-cause.md; again it changes nothing; one of them says why."""
    what_happened.missed(store, tmp_path / "in")
    anna = web.as_("anna")
    first = anna.send_form("/root-cause", seen=seen_of(anna))
    assert first.headers["location"] == "/root-cause?run=1&added=3&changed=0&gone=0"
    page = anna.get(first.headers["location"]).text
    for words in (
        "3 new, 0 changed, 0 gone",
        "lead time outside the fan",
        "EUR\xa0338.36",
        "shown, not decided",
    ):
        assert words in page
    again = anna.send_form("/root-cause", seen=seen_of(anna))
    assert again.headers["location"] == "/root-cause?run=1&added=0&changed=0&gone=0"
    assert "3 misses, the most money first" in anna.get("/root-cause?run=&cause=&kind=&segment=&item=").text
    assert anna.get("/root-cause?run=x").status_code == 422
    assert "None of the 3 misses fits" in anna.get("/root-cause?cause=x").text
    assert anna.get("/root-cause/charts/causes.png?item=fan").content.startswith(b"\x89PNG")
    fans = anna.get("/api/root-cause?item=fan").json()["misses"]
    miss = anna.get(f"/root-cause/{fans[0]['miss_id']}").text
    assert "73 were assumed, and no scenario has a delay" in miss and "nobody was told" in miss
    assert anna.get(f"/api/root-cause/{fans[0]['miss_id']}").json()["row"] == 6
    assert anna.get("/root-cause/99").status_code == 404


def test_scripts_search_for_misses(web: Web, store: Store, tmp_path: Path) -> None:
    """The same counts as JSON."""
    what_happened.missed(store, tmp_path / "in")
    anna = web.as_("anna")
    found = anna.send_json("POST", "/api/root-cause", {"seen": seen_of(anna)}).json()
    assert (found["run_id"], found["periods"], found["misses"], found["added"]) == (1, 3, 3, 3)


def test_upload_with_errors_then_without(web: Web, store: Store) -> None:
    """Every problem at its row and column, and nothing is taken; corrected, it is; other values must be asked for."""
    anna = web.as_("anna")
    refused = anna.get(send_actuals(anna, seen_of(anna), {"demand.csv": WRONG}))
    assert refused.status_code == 422
    for words in (
        "Nothing was imported",
        "2 things are wrong",
        "2027-01-40",
        "many",
    ):
        assert words in refused.text
    good = {"demand.csv": "item,date,units\nfan,2027-01-04,10\n"}
    done = anna.get(send_actuals(anna, seen_of(anna), good))
    assert done.status_code == 200 and "<h1>Imported</h1>" in done.text
    other = {"demand.csv": "item,date,units\nfan,2027-01-04,12\n"}
    corrections = anna.get(send_actuals(anna, seen_of(anna), other))
    assert "1 cell has another value than was imported before" in corrections.text
    taken = anna.get(send_actuals(anna, seen_of(anna), other, replace="true"))
    assert taken.status_code == 200
    kinds = {one["kind"]: one for one in anna.get("/api/actuals").json()["kinds"]}
    assert kinds["demand"]["rows"] == 1
    assert anna.get("/works/unknown").status_code == 404


@pytest.mark.parametrize(
    ("names", "why"),
    [(("orders.csv",), "demand.csv or receipts.csv"), (("demand.csv", "demand.csv"), "each file once")],
)
def test_files_of_other_names(web: Web, names: tuple[str, ...], why: str) -> None:
    """They are refused before anything is read."""
    anna = web.as_("anna")
    answer = anna.post(
        "/actuals",
        data={"csrf_token": anna.csrf, "seen": seen_of(anna)},
        files=[("files", (name, b"item,date,units\n", "text/csv")) for name in names],
    )
    assert answer.status_code == 422
    assert why in answer.text


def test_scripts_import_and_are_told_what_is_wrong(web: Web) -> None:
    """422 with the located problems, as for an instance; then what was added."""
    anna = web.as_("anna")

    def send(text: str) -> httpx2.Response:
        return anna.post(
            "/api/actuals",
            data={"seen": seen_of(anna)},
            files={"files": ("demand.csv", text.encode(), "text/csv")},
            headers={HEADER: anna.csrf},
        )

    refused = send(WRONG)
    assert refused.status_code == 422
    places = [(one["place"], one["row"], one["column"], one["value"]) for one in refused.json()["problems"]]
    assert places == [("demand.csv", 2, "date", "2027-01-40"), ("demand.csv", 3, "units", "many")]
    taken = send("item,date,units\nfan,2027-01-04,10\n")
    assert (taken.status_code, taken.json()["kinds"][0]["added"]) == (200, 1)


def test_monitoring_opens_exceptions_and_plans_again(web: Web, store: Store, tmp_path: Path) -> None:
    """The five broken rules of docs/monitoring.md become exceptions, none twice; the triggers become the reason of a run."""
    what_happened.monitored(store, tmp_path / "in")
    ben = web.as_("ben")
    page = ben.get("/actuals/monitor").text
    for words in ("55 units where 30 were expected", "EUR\xa0700", "longer", "Ask for a run"):
        assert words in page
    for _ in range(2):
        answer = ben.send_form("/actuals/monitor", seen=seen_of(ben))
        assert answer.headers["location"] == "/actuals/monitor?opened=5"
    assert "5 exceptions are open" in ben.get("/actuals/monitor?opened=5").text
    started = ben.send_form("/actuals/monitor/plan", seen=seen_of(ben))
    assert started.headers["location"] == "/runs/2"
    again = ben.send_json("POST", "/api/actuals/monitor/plan", {"seen": seen_of(ben)}).json()
    assert again == {"run_id": 2, "is_new": False}
    assert (
        len(ben.send_json("POST", "/api/actuals/monitor", {"seen": seen_of(ben)}).json()["exceptions"]) == 5
    )


def test_drift_of_master_data(web: Web, store: Store, tmp_path: Path) -> None:
    """What is not as the baseline says, with the numbers of its API; exceptions for who owns the columns."""
    what_happened.monitored(store, tmp_path / "in")
    ben = web.as_("ben")
    found = ben.get("/api/actuals/drift").json()
    page = ben.get("/actuals/drift")
    assert page.status_code == 200
    assert found["summary"] in page.text
    answer = ben.send_form("/actuals/drift", seen=seen_of(ben))
    checks = [check for check in found["checks"] if check["beyond"]]
    assert answer.headers["location"] == f"/actuals/drift?opened={len(checks)}"


def test_stale_pages_say_what_has_changed(web: Web, store: Store, tmp_path: Path) -> None:
    """Who looks for misses with the page of before the import is told who imported, and when."""
    what_happened.missed(store, tmp_path / "in")
    anna = web.as_("anna")
    seen = seen_of(anna)
    what_happened.import_texts(
        store, tmp_path / "more", {"spend.csv": "account,date,money\novertime,2027-05-29,0\n"}
    )
    answer = anna.send_form("/root-cause", seen=seen)
    assert answer.status_code == 409
    assert "anna imported actuals at 2027-08-16 12:00:00 UTC" in answer.text
    assert find(store, "anna").added == 3
