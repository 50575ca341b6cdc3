"""The list of scenarios, and scenarios for scripts."""

from typing import Any

import pytest

from stockrail.web.views.baselines import seen_latest
from stockrail.workbench import scenarios
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Client, Web
from tests.stockrail.web.conftest import FAN_DOUBLED
from tests.stockrail.web.processes import wait_until_gone

RULE = {"table": "demand", "column": "mean_units", "multiply": 1.1}


def create(client: Client, store: Store, **fields: Any) -> Any:
    """Make a scenario with the form."""
    return client.send_form("/scenarios", **{"seen": seen_latest(store), **fields})


def test_new_one_with_the_changes_of_another(web: Web, store: Store) -> None:
    """And its page; a name that is taken, only digits, with a slash or none is refused."""
    client = web.as_("anna")
    answer = create(client, store, name="höher & mehr", like="high", baseline="1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/scenarios/h%C3%B6her%20%26%20mehr")
    assert "höher &amp; mehr" in client.get(answer.headers["location"]).text
    assert scenarios.get(store, "höher & mehr").overlay == FAN_DOUBLED
    for name in ("high", "17", "base", "a/b", "..", "", " ", "a\nb", "x" * 121):
        assert create(client, store, name=name).status_code in (409, 422), name
    assert len(scenarios.scenarios(store)) == 2


def test_list(web: Web, store: Store) -> None:
    """Baseline, version, who and when; an archived one is on the list of all, and comes back when it is saved."""
    client = web.as_("anna")
    row = client.get("/api/scenarios").json()["scenarios"][0]
    assert (row["name"], row["baseline_id"], row["version"], row["changes"], row["run"]) == (
        "high",
        1,
        1,
        1,
        None,
    )
    assert client.send_form("/scenarios/high/archive", seen=row["seen"]).status_code == 303
    assert "There is no scenario yet." in client.get("/scenarios").text
    assert "archived" in client.get("/scenarios?archived=true").text
    seen = client.get("/api/scenarios/high").json()["seen_saved"]
    client.send_json("PUT", "/api/scenarios/high", {"changes": [RULE], "seen": seen})
    assert [one["name"] for one in client.get("/api/scenarios").json()["scenarios"]] == ["high"]


def test_latest_run_is_shown_with_the_version_that_it_is_of(web: Web, store: Store) -> None:
    """A run of version 1 is not one of version 2."""
    client = web.as_("otto")
    seen = client.get("/api/scenarios/high").json()["seen"]
    run = client.send_json("POST", "/api/scenarios/high/optimize", {"seen": seen}).json()
    wait_until_gone(store, run["id"])
    scenarios.save(store, "anna", "high", [RULE], 1)
    text = client.get("/scenarios").text
    assert f'href="/runs/{run["id"]}"' in text
    assert "(of version 1)" in text


def test_optimize_of_what_somebody_has_changed_meanwhile(web: Web, store: Store) -> None:
    """Nothing is started of what the visitor has not seen."""
    client = web.as_("ben")
    seen = client.get("/api/scenarios/high").json()["seen"]
    scenarios.save(store, "anna", "high", [RULE], 1)
    answer = client.send_json("POST", "/api/scenarios/high/optimize", {"seen": seen})
    assert answer.status_code == 409
    assert "anna saved high" in answer.json()["error"]
    assert client.get("/api/runs").json()["runs"] == []


def test_table_for_scripts(web: Web) -> None:
    """Columns with unit and range, rows with names, marks against the baseline."""
    found = web.as_("anna").get("/api/scenarios/high/tables/items").json()
    columns = {column["field"]: column for column in found["grid"]["columns"]}
    price = columns["unit_price"]
    assert (price["type"], price["unit"], price["editable"], price["minimum"], price["required"]) == (
        "number",
        "EUR/unit",
        True,
        0.0,
        True,
    )
    assert not columns["item"]["editable"]
    assert columns["supplier"]["choices"] == ["works", "importer"]
    assert columns["lead_time_periods"]["whole"]
    assert found["grid"]["rows"][0]["row"] == "kettle"
    assert found["marks"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"table": "items", "add_rows": None},
        {"table": "items", "column": "unit_price", "multiply": None},
        {"table": "items"},
        {"table": "nothing", "column": "x", "set": 1},
        {"table": "items", "where": {"item": "pan"}, "column": "unit_price", "set": 1},
        {"table": "items", "column": "unit_price", "set": [1]},
        {"table": "items", "column": "unit_price", "set": {"a": 1}},
        {"set": 1},
        {},
    ],
)
def test_changes_of_scripts_are_checked(web: Web, store: Store, change: dict[str, Any]) -> None:
    """What cannot be made is refused with its place, and nothing is saved."""
    client = web.as_("anna")
    seen = client.get("/api/scenarios/high").json()["seen_saved"]
    answer = client.send_json("PUT", "/api/scenarios/high", {"changes": [change], "seen": seen})
    assert answer.status_code == 422
    assert answer.json()["problems"]
    assert scenarios.get(store, "high").version == 1


def test_cells_of_scripts_are_checked(web: Web) -> None:
    """Numbers that are too large, text where numbers are, rows that are not there: each told, none a failure."""
    client = web.as_("anna")
    seen = client.get("/api/scenarios/high").json()["seen"]
    cells = [
        {"row": "kettle", "column": "unit_price", "value": 10**400},
        {"row": "fan", "column": "unit_price", "value": "dear"},
        {"row": "pan", "column": "unit_price", "value": 1},
    ]
    body = {"table": "items", "cells": cells, "seen": seen}
    answer = client.send_json("PUT", "/api/scenarios/high/draft/cells", body)
    assert answer.status_code == 200
    assert [one["row"] for one in answer.json()["problems"]] == ["kettle", "fan", "pan"]
    for wrong in (
        {"row": "kettle"},
        {"row": 1, "column": "x"},
        {"row": "kettle", "column": "x", "value": [1]},
    ):
        body = {"table": "items", "cells": [wrong], "seen": answer.json()["scenario"]["seen"]}
        assert client.send_json("PUT", "/api/scenarios/high/draft/cells", body).status_code == 422
    form = {"table": "items", "seen": answer.json()["scenario"]["seen"], "changes": "[1"}
    assert client.send_form("/scenarios/high/draft/cells", **form).status_code == 422
