"""The page of a plan and its files: everything that it offers is there, and decisions are taken or refused in words."""

import io
import json
import sys
import zipfile
from collections.abc import Callable

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest

from stockrail.web.views import plan_approval
from stockrail.workbench.excel.layout import BUYS, OUTLOOK
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web


@pytest.fixture
def planned(planned_store: Store, web_of: Callable[[Store], Web]) -> Web:
    return web_of(planned_store)


def test_the_page_has_all_parts(planned: Web) -> None:
    """Each part, each chart with data, and the words of the certificate."""
    page = planned.as_("ben").get("/runs/1/plan").text
    for part in ("approval", "capital", "buys", "stock", "margin", "limits", "checks"):
        assert f'<section id="{part}"' in page
    for key in (
        "fan-working_capital",
        "fan-inventory_value",
        "fan-cash",
        "orders",
        "stock-split",
        "waterfall",
    ):
        assert f'id="chart-{key}-spec"' in page
        assert f'href="/runs/1/charts/{key}.png"' in page
    assert "No plan can earn more than EUR\N{NO-BREAK SPACE}1,551" in page
    assert "You started this run: somebody else decides" in page
    assert "style=" not in page and "onclick" not in page


def test_amounts_follow_the_visitor(planned: Web) -> None:
    """In thousands the margin of 1,546.81 is 1.5 k, and 600 of fans 0.6."""
    ben = planned.as_("ben")
    ben.send_form("/display", scale="k", back="/runs/1/plan")
    page = ben.get("/runs/1/plan").text
    assert "EUR\N{NO-BREAK SPACE}1.5\N{NO-BREAK SPACE}k" in page
    assert '<td class="number heat-9">0.6</td>' in page


def test_parts_that_htmx_asks_for(planned: Web) -> None:
    """The heat map by segment, and orders of another decision, without the page around them; a link leads to the page."""
    ben = planned.as_("ben")
    partial = {"HX-Request": "true"}
    heat = ben.get("/runs/1/plan/buys", params={"by": "segments"}, headers=partial).text
    assert heat.lstrip().startswith('<div id="heat">') and "seasonal" in heat and "<html" not in heat
    assert (
        ben.get("/runs/1/plan/buys", params={"by": "segments"}).headers["location"]
        == "/runs/1/plan?by=segments#buys"
    )
    later = ben.get("/runs/1/plan/orders", params={"decision": "planned"}, headers=partial).text
    assert "Planned for later" in later and '"node": "hot"' in later and "<html" not in later
    assert "<h1>Orders of run 1</h1>" in ben.get("/runs/1/plan/orders").text


def test_another_plan_beside_it(planned: Web) -> None:
    """From run 2's margin to this one's, with a chart."""
    page = planned.as_("ben").get("/runs/1/plan", params={"against": 2}, follow_redirects=True).text
    assert "From the margin of run 2 to this one" in page
    assert 'id="chart-bridge-from-2-spec"' in page


def test_approving(planned: Web, planned_store: Store) -> None:
    """Ben may not, as he started it; Dora may; the page says who did and why."""
    ben, dora = planned.as_("ben"), planned.as_("dora")
    seen = plan_approval.seen(planned_store, 1)
    refused = ben.send_form("/runs/1/approve", reason="Go.", seen=seen)
    assert (refused.status_code, "ben started run 1" in refused.text) == (403, True)
    blank = dora.send_form("/runs/1/approve", reason=" ", seen=seen)
    assert (blank.status_code, "Say why" in blank.text) == (409, True)
    taken = dora.send_form("/runs/1/approve", reason="As agreed.", seen=seen)
    assert (taken.status_code, taken.headers["location"]) == (303, "/runs/1/plan")
    page = ben.get("/runs/1/plan").text
    assert "Approved by dora (executive)" in page and "As agreed." in page
    late = planned.as_("otto").send_form("/runs/1/reject", reason="No.", seen=seen)
    assert (late.status_code, "dora has approved the plan of run 1" in late.text) == (409, True)


def test_escalating_and_scripts(planned: Web, planned_store: Store) -> None:
    """Anna asks for a decision, Dora takes it with a script."""
    anna, dora = planned.as_("anna"), planned.as_("dora")
    seen = plan_approval.seen(planned_store, 1)
    assert anna.send_form("/runs/1/escalate", reason="A bet.", seen=seen).status_code == 303
    assert "decide on the plan, which anna asks for: A bet." in dora.get("/runs/1/plan").text
    told = dora.get("/api/runs/1/plan").json()["approval"]
    answer = dora.send_json("POST", "/api/runs/1/approve", {"reason": "We take it.", "seen": told["seen"]})
    assert (answer.status_code, answer.json()["state"], answer.json()["blocking"]) == (200, "approved", [])


def test_files_to_take_away(planned: Web, planned_store: Store) -> None:
    """Each file byte for byte, all of them as ZIP, the workbook with its heat map; never shown within the page."""
    ben = planned.as_("ben")
    orders = ben.get("/runs/1/files/orders.csv")
    assert orders.content == planned_store.artifacts.get(get(planned_store, 1).artifacts["orders.csv"])
    assert orders.headers["content-disposition"] == 'attachment; filename="run-1-orders.csv"'
    report = ben.get("/runs/1/files/report.html")
    assert report.headers["content-disposition"].startswith("attachment")
    packed = zipfile.ZipFile(io.BytesIO(ben.get("/runs/1/files.zip").content))
    assert {"run-1/plan.json", "run-1/orders.csv", "run-1/report.html"} <= set(packed.namelist())
    assert json.loads(packed.read("run-1/plan.json"))["instance_name"] == "three-items"
    assert len(pd.read_csv(io.BytesIO(packed.read("run-1/orders.csv")))) == 8
    book = openpyxl.load_workbook(io.BytesIO(ben.get("/runs/1/plan.xlsx").content))
    assert {BUYS, OUTLOOK} <= set(book.sheetnames)
    missing = ben.get("/runs/1/files/nothing.csv")
    assert (missing.status_code, "it has: allocation.csv" in missing.text) == (404, True)
    assert ben.get("/runs/1/files/best_orders.parquet").status_code == 404


def test_charts_as_pictures(planned: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG and PDF with colours in place of names; without vl-convert the message says what to install."""
    ben = planned.as_("ben")
    drawn = ben.get("/runs/1/charts/waterfall.png")
    assert (drawn.headers["content-type"], drawn.content[:4]) == ("image/png", b"\x89PNG")
    printed = ben.get("/runs/1/charts/fan-cash.pdf")
    assert (printed.headers["content-type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    assert ben.get("/runs/1/charts/progress.png").status_code == 200
    assert ben.get("/runs/1/charts/nothing.png").status_code == 404
    assert ben.get("/runs/1/charts/waterfall.gif").status_code in (404, 422)

    monkeypatch.setitem(sys.modules, "vl_convert", None)
    told = ben.get("/runs/1/charts/waterfall.png")
    assert (told.status_code, "pip install vl-convert-python" in told.text) == (409, True)


def test_a_run_without_a_plan(planned: Web) -> None:
    """There is none of run 9, and a page that says so."""
    assert planned.as_("ben").get("/runs/9/plan").status_code == 404
