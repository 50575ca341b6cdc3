"""The page of frontiers and tornados, and what a run of them shows while it goes, when it was ended, and when it is done."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from stockrail.model.what_if import WhatIf
from stockrail.web.render import STOP_POLLING
from stockrail.web.views import frontier, sweep_choices, sweeps, tornado
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind
from tests.stockrail.web.clients import Web

FRONTIER = {"guardrail": "inventory-cap", "limits": [0, 450, 500, 600], "gap": 0.0, "workers": 1}
TORNADO = {"drivers": ["order-cost", "limit:inventory-cap"], "gap": 0.0, "workers": 1}


def plain(text: str) -> str:
    """A page with ordinary blanks."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def made(store: Store, kind: RunKind, options: dict[str, Any]) -> Run:
    """A run that was executed in this process."""
    run = submit(store, "carla", kind, 1, options=options)
    claim = Claim.take(store, run.id, ProcessIdentity.own(), 1)
    assert claim is not None
    execute(claim)
    return get(store, run.id)


def test_what_can_be_started(store: Store) -> None:
    """Of 500 the usual range is 400 to 600; the changes of a scenario are made; the auditor may only look."""
    view = sweep_choices.view(store, "carla")
    (limit,) = view.limits
    assert (limit.guardrail, limit.side, limit.stated, limit.is_money) == (
        "inventory-cap",
        "upper",
        500,
        True,
    )
    assert (limit.from_limit, limit.to_limit) == (400, 600)
    assert {"demand", "price", "limit:inventory-cap"} <= {row.name for row in view.drivers}
    assert view.may_start
    assert not sweep_choices.view(store, "edna").may_start
    assert sweep_choices.view(store, "carla", "high").chosen.seen != view.chosen.seen


def test_a_frontier_by_hand(store: Store) -> None:
    """Nothing fits into 0, where 54.17 of the filter's noise are left; 500 is the limit as stated, 600 costs nothing."""
    run = made(store, "frontier", FRONTIER)
    view = frontier.view(run)
    assert view is not None
    assert [point.status == "infeasible" for point in view.points] == [True, False, False, False]
    assert [point.is_stated for point in view.points] == [False, False, True, False]
    assert view.points[2].expected_margin == pytest.approx(1549.81, abs=0.005)
    assert view.points[3].expected_margin == pytest.approx(1550.81, abs=0.005)
    assert view.knee is not None
    # From 450 to 500 the plan of the README earns 1549.81 - 1544.10 more, from 500 to 600 one more.
    assert view.knee.limit == 500
    assert view.knee.earns_before == pytest.approx((1549.813 - 1544.101) / 50, abs=1e-4)
    assert view.knee.earns_after == pytest.approx(0.01, abs=1e-4)
    assert [chart.key for chart in frontier.charts(run)] == ["margin", "fill", "inventory"]
    assert tornado.view(run) is None


def test_a_tornado_by_hand(store: Store) -> None:
    """Orders cost 16, so a tenth is 1.60; at 550 the limit still binds and nothing changes, so its high side is 0."""
    view = tornado.view(made(store, "tornado", TORNADO))
    assert view is not None
    by_name = {bar.driver: bar for bar in view.bars}
    assert by_name["order-cost"].low.difference == pytest.approx(1.6)
    assert by_name["order-cost"].size == pytest.approx(3.2)
    assert by_name["limit:inventory-cap"].high.difference == pytest.approx(0.0, abs=1e-6)
    assert view.bars[0].driver == "limit:inventory-cap"  # 5.71 at 450
    assert view.main.startswith("Limit of inventory-cap moves the expected margin most: -10% costs EUR 5.71")


def test_pages(store: Store, web: Web) -> None:
    """The list, both results and their files; a plan has none of it."""
    first, second = made(store, "frontier", FRONTIER), made(store, "tornado", TORNADO)
    client = web.as_("carla")
    listed = plain(client.get("/tradeoffs").text)
    for words in (
        "knee at 500",
        "limit of inventory-cap moves most: EUR 5.71",
        'value="400"',
        "Trace the frontier",
    ):
        assert words in listed, words
    page = plain(client.get(f"/tradeoffs/{first.id}").text)
    for words in (
        "what inventory-cap is worth",
        "The knee is at EUR 500.00",
        "as stated",
        "EUR 1,550",
        "infeasible",
    ):
        assert words in page, words
    page = plain(client.get(f"/tradeoffs/{second.id}").text)
    for words in ("EUR +1.60", "limit:inventory-cap-low", "moves the expected margin most"):
        assert words in page, words
    table = list(csv.DictReader(io.StringIO(client.get(f"/tradeoffs/{first.id}/files/frontier.csv").text)))
    assert [float(row["limit"]) for row in table] == [0, 450, 500, 600]
    what_ifs = yaml.safe_load(client.get(f"/api/tradeoffs/{second.id}/files/scenarios.yaml").text)["what_ifs"]
    assert {WhatIf.model_validate(row).name for row in what_ifs} >= {"order-cost-low", "order-cost-high"}
    assert client.get(f"/tradeoffs/{first.id}/files/tornado.csv").status_code == 404
    assert client.get(f"/tradeoffs/{first.id}/charts/margin.png").content.startswith(b"\x89PNG")
    assert client.get(f"/tradeoffs/{first.id}/charts/other.png").status_code == 404
    assert client.get(f"/runs/{first.id}").headers["location"] == f"/tradeoffs/{first.id}"
    told = client.get(f"/api/tradeoffs/{first.id}").json()
    assert [point["limit"] for point in told["frontier"]["points"]] == [0, 450, 500, 600]
    plan = submit(store, "ben", "plan", 1)
    assert client.get(f"/tradeoffs/{plan.id}").status_code == 404
    assert f'action="/tradeoffs/{first.id}/cancel"' not in page


def test_while_it_goes(store: Store, web: Web) -> None:
    """It waits, then shows what is solved so far, asks no more when it has ended, and says nothing where nothing has changed."""
    finished = made(store, "frontier", FRONTIER)
    run = submit(store, "carla", "frontier", 1, options={**FRONTIER, "seed": 1})
    client = web.as_("carla")
    assert "Place 1 in the queue" in client.get(f"/tradeoffs/{run.id}").text
    claim = Claim.take(store, run.id, ProcessIdentity.own(), 1)
    assert claim is not None
    said = finished.progress
    assert said is not None
    partial = {
        **said,
        "done": 2,
        "sweep": {**said["sweep"], "points": said["sweep"]["points"][:2]},
        "phase": "limit 3 of 4",
    }
    with store.write_progress() as session:
        session.get_one(Run, run.id).progress = partial
    page = client.get(f"/tradeoffs/{run.id}").text
    assert "2 of 4 solves" in page
    assert page.count('<th scope="row" class="number">') == 2
    assert f'action="/tradeoffs/{run.id}/cancel"' in page
    tag = sweeps.view(store, "carla", run.id).run.progress.tag
    address = f"/tradeoffs/{run.id}/progress"
    assert client.get(f"{address}?tag={tag}&done=2", headers={"HX-Request": "true"}).status_code == 204
    news = client.get(f"{address}?tag=old&done=1", headers={"HX-Request": "true"})
    assert 'id="found" hx-swap-oob="true"' in news.text
    assert 'id="found"' not in client.get(f"{address}?tag=old&done=2", headers={"HX-Request": "true"}).text
    claim.end("interrupted")
    ended = client.get(f"{address}?tag={tag}&done=2", headers={"HX-Request": "true"})
    assert (ended.status_code, ended.headers["hx-retarget"]) == (STOP_POLLING, "#sweep")
    assert "can go on with the rest" in ended.text
    assert ended.text.count('<th scope="row" class="number">') == 2
    assert len(client.get(f"/tradeoffs/{run.id}/files/frontier.csv").text.splitlines()) == 3


def test_choosing_asks_for_a_part(web: Web) -> None:
    """Another scenario has its own `seen`; without a baseline the page says what to do."""
    client = web.as_("carla")
    part = client.get("/tradeoffs?scenario=high", headers={"HX-Request": "true"}).text
    assert part.strip().startswith('<div id="start">') or 'id="start"' in part[:200]
    assert "Those there are" not in part
    assert 'name="scenario" value="high"' in part
    assert client.get("/tradeoffs?scenario=nothing").status_code == 404


def test_wrong_options_are_told(store: Store, web: Web) -> None:
    """A limit that is not there, and no number: refused before anything waits, with what is allowed."""
    client = web.as_("carla")
    seen = sweep_choices.view(store, "carla").chosen.seen
    form = {"limit": "upper|cash", "from_limit": "1", "to_limit": "2", "seen": seen}
    answer = client.send_form("/tradeoffs/frontier", **form)
    assert answer.status_code == 422
    assert "inventory-cap (upper)" in answer.text
    answer = client.send_form(
        "/tradeoffs/frontier", **{**form, "limit": "upper|inventory-cap", "to_limit": "much"}
    )
    assert answer.status_code == 422
    assert "to_limit" in answer.text
    answer = client.send_form("/tradeoffs/tornado", driver="weather", seen=seen)
    assert answer.status_code == 422
    assert "order-cost" in answer.text
    answer = client.send_form("/tradeoffs/tornado", by_percent="200", seen=seen)
    assert answer.status_code == 422
    assert "a number &gt; 0 and &lt; 1" in answer.text
    with store.read() as session:
        assert session.query(Run).count() == 0


def test_starting_from_the_form(store: Store, web: Web) -> None:
    """Blank options have their usual values; the same inputs again are the run there is."""
    client = web.as_("carla")
    busy = submit(store, "ben", "plan", 1)
    assert Claim.take(store, busy.id, ProcessIdentity.own(), 1) is not None
    seen = sweep_choices.view(store, "carla").chosen.seen
    form = {
        "limit": "upper|inventory-cap",
        "from_limit": "400",
        "to_limit": "1,000",
        "points": "4",
        "gap_percent": "0.5",
        "seen": seen,
    }
    started = client.send_form("/tradeoffs/frontier", **form, time_limit="")
    assert started.headers["location"] == f"/tradeoffs/{busy.id + 1}"
    run = get(store, busy.id + 1)
    assert run.options == {
        "guardrail": "inventory-cap", "side": "upper", "limits": [400, 600, 800, 1000], "gap": 0.005, "time_limit": 300.0, "seed": 0,
        "workers": None,
    }  # fmt: skip
    again = client.send_form("/tradeoffs/frontier", **form)
    assert again.headers["location"] == f"/tradeoffs/{run.id}?same=1"
    started = client.send_form("/tradeoffs/tornado", driver=["demand", "price"], by_percent="20", seen=seen)
    assert get(store, run.id + 1).options["drivers"] == ["demand", "price"]
    assert get(store, run.id + 1).options["by"] == 0.2
    assert started.headers["location"] == f"/tradeoffs/{run.id + 1}"


def test_no_baseline_yet(
    web_of: Callable[[Store], Web], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says what comes first."""
    monkeypatch.setattr("stockrail.workbench.baselines.latest", lambda store: None)
    assert "Upload a baseline" in web_of(store).as_("carla").get("/tradeoffs").text
