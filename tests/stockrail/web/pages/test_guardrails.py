"""Pages of guardrails as somebody uses them, without a browser: forms, refusals, API."""

import json
from typing import Any

import pytest

from stockrail.web.csrf import HEADER
from stockrail.web.views import guardrails
from stockrail.workbench import guardrail_versions
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Client, Web
from tests.stockrail.web.processes import wait_until_gone

HTMX = {"HX-Request": "true"}


def proposal(store: Store, **changes: Any) -> dict[str, Any]:
    """The form of a proposal of 480 in place of 500."""
    return {
        "basis": "in force",
        "guardrails": json.dumps([{"row": "1", "column": "upper", "value": 480, "before": 500}]),
        "limits": json.dumps([{"row": "1 upper", "column": "1", "value": 450}]),
        "builds": "",
        "first_day": "2027-02-01",
        "last_day": "",
        "reason": "A covenant.",
        "seen": guardrails.seen(store),
        **changes,
    }


def sent(client: Client, path: str, form: dict[str, Any], **headers: str) -> Any:
    return client.post(path, data={"csrf_token": client.csrf, **form}, headers=headers)


def test_page_and_versions(planned_web: Web) -> None:
    """Limits, what they are worth with a link to what moving them costs, and versions."""
    text = planned_web.as_("carla").get("/guardrails").text
    assert "inventory-cap" in text and "EUR\xa0500.00" in text
    assert "A limit higher by EUR\xa010.00 in all periods earns" in text
    assert 'href="/tradeoffs?limit=upper%7Cinventory-cap"' in text
    assert 'href="/guardrails/1"' in text and 'href="/guardrails/propose"' in text
    assert 'href="/guardrails/propose"' not in planned_web.as_("edna").get("/guardrails").text


def test_preview_shows_what_changes_and_keeps_nothing(planned_web: Web, planned_store: Store) -> None:
    """Against the limits in force, cell by cell."""
    carla = planned_web.as_("carla")
    answer = sent(carla, "/guardrails/preview", proposal(planned_store), **HTMX)
    assert answer.status_code == 200
    assert "inventory-cap | 1" in answer.text and "<td>500</td><td>480</td>" in answer.text
    assert len(guardrail_versions.versions(planned_store)) == 1


def test_preview_marks_what_is_wrong(planned_web: Web, planned_store: Store) -> None:
    """The cell in the grid, and the problem in words."""
    wrong = json.dumps([{"row": "1", "column": "last_period", "value": 7}])
    carla = planned_web.as_("carla")
    answer = sent(carla, "/guardrails/preview", proposal(planned_store, guardrails=wrong), **HTMX)
    assert "It cannot be proposed as it is." in answer.text
    assert 'data-grid-errors="sheet-guardrails">[{"column": "last_period"' in answer.text
    answer = sent(carla, "/guardrails", proposal(planned_store, guardrails=wrong))
    assert answer.status_code == 422
    assert "last_period" in answer.text
    assert sent(carla, "/guardrails", proposal(planned_store, guardrails="[1]")).status_code == 422


def test_propose_approve(planned_web: Web, planned_store: Store) -> None:
    """Carla proposes, may not approve; Carl does, and then the limits are there from February on."""
    carla, carl = planned_web.as_("carla"), planned_web.as_("carl")
    answer = sent(carla, "/guardrails", proposal(planned_store), **HTMX)
    assert answer.headers["HX-Redirect"] == "/guardrails/2"
    assert json.loads(answer.headers["HX-Trigger"])["grid:saved"]["grids"][0] == "sheet-guardrails"
    text = carla.get("/guardrails/2").text
    assert "You proposed this version: somebody else decides." in text
    own = sent(carla, "/guardrails/2/approve", {"reason": "Mine.", "seen": "guardrails.2.proposed"})
    assert own.status_code == 403
    assert "carla proposed guardrail version 2: somebody else decides" in own.text
    answer = sent(
        carl, "/guardrails/2/approve", {"reason": "The bank agrees.", "seen": "guardrails.2.proposed"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/guardrails/2")
    late = sent(carl, "/guardrails/2/reject", {"reason": "No.", "seen": "guardrails.2.proposed"})
    assert late.status_code == 409
    assert "Version 2 is approved by carl" in late.text
    assert "From 2027-02-01 on" in carl.get("/guardrails").text


def test_proposals_need_days_and_a_reason(planned_web: Web, planned_store: Store) -> None:
    """Each is refused with what to do."""
    carla = planned_web.as_("carla")
    for changes, said in (
        ({"first_day": ""}, "Say from which day on"),
        ({"first_day": "soon"}, "write days as 2027-02-01"),
        ({"reason": " "}, "Say why"),
        ({"last_day": "2027-01-01"}, "is before the first"),
        ({"basis": "nothing"}, "A proposal begins with in force"),
    ):
        answer = sent(carla, "/guardrails", proposal(planned_store, **changes))
        assert answer.status_code == 409, changes
        assert said in answer.text


def test_somebody_else_has_proposed_meanwhile(planned_web: Web, planned_store: Store) -> None:
    """Who looked at version 1 as the latest is told of the one that came since."""
    form = proposal(planned_store)
    sent(planned_web.as_("ben"), "/guardrails", form)
    answer = sent(planned_web.as_("carla"), "/guardrails", form)
    assert answer.status_code == 409
    assert "the latest version of the limits is 2, proposed by ben" in answer.text


def test_least_page(planned_web: Web) -> None:
    """What is certain, and the form that narrows it down; an auditor has none."""
    ben = planned_web.as_("ben")
    ben.get("/api/guardrails/least")  # a page would say how far it is where it takes long
    text = ben.get("/guardrails/least").text
    assert "less than EUR\xa019.95" in text and "EUR\xa0454.17" in text
    assert 'action="/tradeoffs/frontier"' in text
    assert 'action="/tradeoffs/frontier"' not in planned_web.as_("edna").get("/guardrails/least").text


def test_narrowing_it_down(planned_web: Web, planned_store: Store) -> None:
    """What the page's form sends starts a frontier of six limits between the two; when it has ended they are closer."""
    ben = planned_web.as_("ben")
    view = ben.get("/api/guardrails/least").json()
    (row,) = view["limits"]
    form = {
        "baseline": view["baseline_id"], "limit": f"{row['side']}|{row['name']}", "from_limit": row["not_kept"],
        "to_limit": row["kept"], "points": view["points"], "seen": view["seen"],
    }  # fmt: skip
    answer = sent(ben, "/tradeoffs/frontier", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tradeoffs/3"), answer.text
    wait_until_gone(planned_store, 3)
    points = ben.get("/api/tradeoffs/3").json()["frontier"]["points"]
    assert len(points) == 6
    assert (points[0]["limit"], points[-1]["limit"]) == pytest.approx((row["not_kept"], row["kept"]))
    (after,) = ben.get("/api/guardrails/least").json()["limits"]
    assert row["not_kept"] <= after["not_kept"] < after["kept"] < row["kept"]
    assert after["kept_run"] == 3


def test_api(planned_web: Web, planned_store: Store) -> None:
    """A script reads the tables of a version, changes them and proposes them; unknown tables and columns are refused by name."""
    carla = planned_web.as_("carla")
    tables = carla.get("/api/guardrails/1").json()["tables"]
    tables["guardrails"][0]["upper"] = 470
    body = {
        "tables": tables,
        "effective_from": "2027-02-01",
        "reason": "A covenant.",
        "seen": guardrails.seen(planned_store),
    }
    answer = carla.send_json("POST", "/api/guardrails", body)
    assert (answer.status_code, answer.json()) == (201, {"id": 2, "state": "proposed"})
    (changed,) = carla.get("/api/guardrails/2").json()["changes"]
    assert (changed["before"], changed["after"]) == (500, 470)
    body["seen"] = guardrails.seen(planned_store)
    wrong = {**body, "tables": {"limits": []}}
    assert "funded_builds" in carla.send_json("POST", "/api/guardrails", wrong).text
    tables["guardrails"][0]["colour"] = "red"
    answer = carla.send_json("POST", "/api/guardrails", body)
    assert answer.status_code == 422 and "colour" in answer.text
    half_a_character = {**body, "tables": {"guardrails": [{"guardrail": "\ud800"}]}}
    answer = carla.post(
        "/api/guardrails",
        content=json.dumps(half_a_character),
        headers={HEADER: carla.csrf, "Content-Type": "application/json"},
    )
    assert answer.status_code == 422 and "UTF-8" in answer.text


def test_charts_as_pictures(planned_web: Web) -> None:
    """PNG and PDF of what the page shows."""
    client = planned_web.as_("edna")
    assert client.get("/guardrails/charts/limit-1.png").content.startswith(b"\x89PNG")
    assert client.get("/guardrails/charts/limit-1.pdf").content.startswith(b"%PDF")
    assert client.get("/guardrails/charts/limit-9.png").status_code == 404
