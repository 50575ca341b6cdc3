"""The pages of runs: asking for one, watching it, and that watching is cheap and ends by itself."""

from collections.abc import Callable

from stockrail.web.views import run_progress, run_start
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get, runs
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.web.clients import Client, Web

PARTIAL = {"HX-Request": "true"}


def _goes(store: Store) -> tuple[int, Claim]:
    """A run in the hands of this process."""
    number = submit(store, "ben", "plan", 1, options={"seed": 1}).id
    claim = Claim.take(store, number, ProcessIdentity.own(), 1)
    assert claim is not None
    return number, claim


def _report(store: Store, number: int, seconds: float, incumbent: float, points: list[list[float]]) -> None:
    with store.write_progress() as session:
        session.get_one(Run, number).progress = {
            "seconds": seconds, "incumbent": incumbent, "bound": 1551.0, "gap": 1551.0 / incumbent - 1, "phase": "recovery",
            "at": f"at {seconds}", "history": points,
        }  # fmt: skip


def _ask(client: Client, address: str, tag: str, points: int) -> tuple[int, str]:
    answer = client.get(address, params={"tag": tag, "points": points}, headers=PARTIAL)
    return answer.status_code, answer.text


def test_a_page_that_watches(store: Store, web_of: Callable[[Store], Web]) -> None:
    """Nothing while nothing changes, the figures when something has, the chart's data when there is a point more, all at the end."""
    number, claim = _goes(store)
    _report(store, number, 1.0, 1500.0, [[1.0, 1500.0, 1551.0]])
    ben = web_of(store).as_("ben")
    address = f"/runs/{number}/progress"
    tag = run_progress.view(store, number).tag
    page = ben.get(f"/runs/{number}").text
    assert f'hx-get="{address}?tag={tag}&amp;points=1" hx-trigger="every 1s"' in page
    assert "1,500" in page and 'id="chart-progress-spec"' in page
    assert _ask(ben, address, tag, 1) == (204, "")
    _report(store, number, 2.0, 1500.0, [[1.0, 1500.0, 1551.0]])
    status, text = _ask(ben, address, tag, 1)
    assert status == 200 and "2.0 s" in text and "chart-progress-spec" not in text
    _report(store, number, 3.0, 1540.0, [[1.0, 1500.0, 1551.0], [3.0, 1540.0, 1551.0]])
    status, text = _ask(ben, address, tag, 1)
    assert (
        status == 200
        and "1,540" in text
        and '<script type="application/json" id="chart-progress-spec" hx-swap-oob' in text
    )
    claim.end("finished")
    answer = ben.get(address, params={"tag": tag, "points": 1}, headers=PARTIAL)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (286, "#run")
    assert "finished" in answer.text and 'hx-trigger="every' not in answer.text


def test_the_first_point_brings_the_chart(store: Store, web_of: Callable[[Store], Web]) -> None:
    """A page that was opened before anything was found has no chart that new data could go to."""
    number, _ = _goes(store)
    ben = web_of(store).as_("ben")
    tag = run_progress.view(store, number).tag
    _report(store, number, 1.0, 1500.0, [[1.0, 1500.0, 1551.0]])
    _, text = _ask(ben, f"/runs/{number}/progress", tag, 0)
    assert '<div id="run-chart" hx-swap-oob="true"><figure class="chart" id="chart-progress"' in text


def test_starting_a_run(store: Store, web_of: Callable[[Store], Web]) -> None:
    """Blank options have their usual values, the gap is in percent; another run goes, so this one waits."""
    _goes(store)
    ben = web_of(store).as_("ben")
    page = ben.get("/runs/start", params={"scenario": "high"}).text
    seen = run_start.chosen(store, "high").seen
    assert f'name="seen" value="{seen}"' in page
    answer = ben.send_form(
        "/runs",
        kind="plan",
        scenario="high",
        baseline="1",
        reason="Weather forecast.",
        seen=seen,
        **{
            "plan.time_limit": "45",
            "plan.gap_percent": "0.5",
            "plan.seed": "",
            "plan.relax": "true",
            "calibrate.seed": "9",
        },
    )
    made = runs(store, 1)[0]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{made.id}")
    assert (made.state, made.reason, made.requested_by) == ("queued", "Weather forecast.", "ben")
    assert {name: made.options[name] for name in ("time_limit", "gap", "seed", "relax")} == {
        "time_limit": 45.0, "gap": 0.005, "seed": 0, "relax": True,
    }  # fmt: skip
    assert "Place 1 in the queue" in ben.get(f"/runs/{made.id}").text


def test_the_same_inputs_are_the_run_there_is(planned_store: Store, web_of: Callable[[Store], Web]) -> None:
    """Dora may not start runs; Otto asks for what Ben asked for: run 2, and the page says so."""
    web = web_of(planned_store)
    otto = web.as_("otto")
    seen = run_start.chosen(planned_store, "high").seen
    answer = otto.send_form("/runs", kind="plan", scenario="high", seen=seen)
    assert answer.headers["location"] == "/runs/2?same=1"
    assert "These inputs had this run already" in otto.get("/runs/2?same=1").text
    assert otto.send_json("POST", "/api/runs", {"scenario": "high", "seen": seen}).json() == {
        "id": 2, "state": "finished", "is_new": False,
    }  # fmt: skip
    assert len(runs(planned_store)) == 2
    assert "disabled>Optimize" in web.as_("dora").get("/runs/start").text


def test_wrong_options_are_told_all_at_once(store: Store, web_of: Callable[[Store], Web]) -> None:
    """Text for a number, and a gap below 0: both are named with what is allowed; nothing is asked for."""
    ben = web_of(store).as_("ben")
    answer = ben.send_form(
        "/runs",
        kind="plan",
        baseline="1",
        seen=run_start.chosen(store).seen,
        **{"plan.time_limit": "soon", "plan.gap_percent": "-1"},
    )
    assert answer.status_code == 422
    assert "found &#39;soon&#39;; allowed: a number &gt; 0" in answer.text
    assert "found &#39;-0.01&#39;; allowed: a number &gt;= 0" in answer.text
    assert runs(store) == []


def test_cancelling_with_htmx(store: Store, web_of: Callable[[Store], Web]) -> None:
    """A run that waits leaves the queue at once, and the browser loads its page again."""
    _goes(store)
    waiting = submit(store, "ben", "plan", 1, options={"seed": 2})
    ben = web_of(store).as_("ben")
    answer = ben.post(
        f"/runs/{waiting.id}/cancel",
        data={"csrf_token": ben.csrf, "seen": run_progress.view(store, waiting.id).seen},
        headers=PARTIAL,
    )
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, f"/runs/{waiting.id}")
    assert get(store, waiting.id).state == "cancelled"
    again = ben.send_form(f"/runs/{waiting.id}/cancel", seen=run_progress.view(store, waiting.id).seen)
    assert (again.status_code, "cancelled already" in again.text) == (409, True)


def test_before_there_is_anything(store: Store, web_of: Callable[[Store], Web]) -> None:
    """The list says what to do; a run that is not there is a page that says so."""
    edna = web_of(store).as_("edna")
    assert "Nothing has been planned yet" in edna.get("/runs").text
    assert edna.get("/runs/9").status_code == 404
    assert edna.get("/runs/abc").status_code == 422


def test_scripts_see_the_same(planned_store: Store, web_of: Callable[[Store], Web]) -> None:
    """List, one run, its progress and its log as JSON."""
    ben = web_of(planned_store).as_("ben")
    assert [row["id"] for row in ben.get("/api/runs").json()["runs"]] == [2, 1]
    one = ben.get("/api/runs/1").json()
    assert (one["run"]["state"], one["status"], one["verifications"][0]["passed"]) == (
        "finished",
        "proven",
        True,
    )
    progress = ben.get("/api/runs/1/progress").json()
    assert progress["points"][-1]["bound"] == progress["bound"]
    assert ben.get("/api/runs/1/log").json()["lines"]
    assert (
        ben.get("/api/runs/choices", params={"scenario": "high"}).json()["chosen"]["scenario"]["version"] == 1
    )
