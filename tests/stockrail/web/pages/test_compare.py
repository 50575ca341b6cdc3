"""Pages and API of Compare: runs, files, pictures, the record of a choice."""

from pathlib import Path

import pytest

from stockrail.web import works
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait for what takes long, however slow the machine is."""
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 120.0)


def test_side_by_side_with_files_and_pictures(planned_web: Web) -> None:
    """The fan sells twice as much in `high`; every file and every picture of the page can be taken away."""
    ben = planned_web.as_("ben")
    runs = {"run": [1, 2]}
    page = ben.get("/compare", params=runs)
    assert page.status_code == 200
    for words in ("base, run 1", "high, run 2", "demand (fan): mean_units times 2", "Put on record"):
        assert words in page.text
    brief = ben.get("/compare/files/brief.html", params=runs)
    assert brief.headers["content-disposition"] == 'attachment; filename="runs-1-2-brief.html"'
    assert "Decision brief" in brief.text
    assert ben.get("/compare/files/bridge.csv", params=runs).text.startswith("from,to,step,part,amount")
    assert ben.get("/compare/charts/margin.png", params=runs).content.startswith(b"\x89PNG")
    assert ben.get("/compare/charts/none.png", params=runs).status_code == 404
    assert ben.get("/compare/files/passwords.txt", params=runs).status_code == 422


def test_choosing_runs(planned_web: Web) -> None:
    """None and one show what there is; five are told how many there may be; a run that is not there is not found."""
    ben = planned_web.as_("ben")
    assert "Choose 2 to 4 finished plans" in ben.get("/compare").text
    assert 'value="2" id="choose-2"' in ben.get("/compare?run=2").text
    assert ben.get("/compare?pick=2&pick=1").headers["location"] == "/compare?run=1&run=2"
    answer = ben.get("/compare", params={"run": [1, 2, 3, 4, 5]})
    assert (answer.status_code, "5 are chosen" in answer.text) == (409, True)
    assert ben.get("/compare?run=1&run=9").status_code == 404
    assert ben.get("/compare?run=0&run=1").status_code == 422


def test_without_plans_it_says_what_to_do(web: Web) -> None:
    """Nothing is finished."""
    assert "No plan is finished yet" in web.as_("ben").get("/compare").text


def test_a_choice_on_record(planned_web: Web) -> None:
    """From the form to the page that prints it; who decides with the old page is told by whom and when; anna is offered no form."""
    dora, ben = planned_web.as_("dora"), planned_web.as_("ben")
    seen = dora.get("/api/compare", params={"run": [1, 2]}).json()["seen"]
    answer = dora.send_form("/compare/decisions", run=[1, 2], chosen=2, reason="Summer is hot.", seen=seen)
    assert answer.status_code == 303
    page = dora.get(answer.headers["location"])
    assert "Summer is hot." in page.text and "dora, executive" in page.text
    document = dora.get(f"{answer.headers['location']}/decision.md")
    assert document.text.startswith("# Decision 1: run 2, high")
    late = ben.send_form("/compare/decisions", run=[1, 2], chosen=1, reason="Cold.", seen=seen)
    assert late.status_code == 409
    assert "dora decided about these runs at" in late.text and "Nothing was changed" in late.text
    assert "Put on record" not in planned_web.as_("anna").get("/compare?run=1&run=2").text
    assert "dora chose run 2 of 1, 2" in ben.get("/compare").text


def test_reasons_are_needed(planned_web: Web) -> None:
    """A blank one, and one of somebody else's run."""
    dora = planned_web.as_("dora")
    seen = dora.get("/api/compare", params={"run": [1, 2]}).json()["seen"]
    for fields in ({"chosen": 2, "reason": "  "}, {"chosen": 3, "reason": "x"}):
        answer = dora.send_form("/compare/decisions", run=[1, 2], seen=seen, **fields)
        assert answer.status_code == 409, answer.text


def test_scripts_see_and_decide_the_same(planned_web: Web, planned_store: Store, tmp_path: Path) -> None:
    """The view as JSON, a decision with its numbers, one and all of them."""
    dora = planned_web.as_("dora")
    found = dora.get("/api/compare", params={"run": [1, 2]}).json()
    names = [run["name"] for run in found["compared"]["runs"]]
    assert names == ["base, run 1", "high, run 2"]
    body = {"runs": [1, 2], "chosen": 1, "reason": "Safer.", "seen": found["seen"]}
    made = dora.send_json("POST", "/api/compare/decisions", body)
    assert made.status_code == 201
    margins = [run["expected_margin"] for run in made.json()["runs"]]
    figure = next(one for one in found["compared"]["figures"] if one["name"] == "expected_margin")
    assert margins == pytest.approx(figure["values"])
    number = made.json()["decision_id"]
    assert dora.get(f"/api/compare/decisions/{number}").json() == made.json()
    assert [one["decision_id"] for one in dora.get("/api/compare/decisions").json()] == [number]
    assert dora.get("/api/compare/decisions/99").status_code == 404
    assert dora.send_json("POST", "/api/compare/decisions", {**body, "more": 1}).status_code == 422
