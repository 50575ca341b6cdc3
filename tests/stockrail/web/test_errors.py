"""What visitors see of errors: what kind it is and what to do, as a page, a part of one, or JSON; never a traceback."""

import logging

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from stockrail.model.problems import InstanceError, Problem
from stockrail.workbench.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StateError,
    WorkbenchError,
)
from stockrail.workbench.people.errors import TooManyTriesError
from stockrail.workbench.runs.options import OptionsError
from tests.stockrail.web.clients import Client, Web

SECRET = "postgresql://planner:hunter2@dbhost"


class Body(BaseModel):
    """What the failing route takes."""

    amount: float


def _routes() -> APIRouter:
    errors: dict[str, Exception] = {
        "not-allowed": NotAllowedError("ben may not do this."),
        "not-found": NotFoundError("There is no run 9."),
        "conflict": ConflictError("anna saved meanwhile."),
        "state": StateError("It has ended already."),
        "options": OptionsError("options of a plan run, gap: found '-1'; allowed: at least 0"),
        "other": WorkbenchError("This file is no workbook."),
        "tries": TooManyTriesError(61.0),
        "instance": InstanceError(
            [
                Problem("demand.csv", 7, "mean_units", "-3", "a number of at least 0"),
                Problem("items.csv", None, "unit_cost", None, "a column"),
            ]
        ),
        "unexpected": ZeroDivisionError(f"division by zero at {SECRET}"),
    }
    router = APIRouter()

    @router.get("/fail/{kind}")
    @router.get("/api/fail/{kind}")
    def fail(kind: str) -> None:
        raise errors[kind]

    @router.post("/api/take")
    def take(body: Body) -> float:
        return body.amount

    return router


@pytest.fixture
def client(web: Web) -> Client:
    """A visitor of an application with routes that fail in every way."""
    web.app.include_router(_routes())
    return web.as_("ben")


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("not-allowed", 403, "ben may not do this."),
        ("not-found", 404, "There is no run 9."),
        ("conflict", 409, "anna saved meanwhile."),
        ("state", 409, "It has ended already."),
        ("options", 422, "at least 0"),
        ("other", 422, "This file is no workbook."),
        ("tries", 429, "61 seconds"),
        ("instance", 422, "2 things are not right"),
    ],
)
def test_refusals_say_why(client: Client, kind: str, status: int, message: str) -> None:
    """The library's own words, with a status that says what kind of refusal it is."""
    page = client.get(f"/fail/{kind}")
    part = client.get(f"/fail/{kind}", headers={"HX-Request": "true"})
    data = client.get(f"/api/fail/{kind}")
    assert {page.status_code, part.status_code, data.status_code} == {status}
    assert message in page.text and "<nav" in page.text
    assert message in part.text and "<nav" not in part.text and part.headers["hx-retarget"] == "#messages"
    assert message in data.json()["error"]


def test_every_problem_of_an_instance_is_shown_with_its_place(client: Client) -> None:
    """File, row, column, value and what is allowed; nothing is nothing and not a zero."""
    problems = client.get("/api/fail/instance").json()["problems"]
    assert problems == [
        {"place": "demand.csv", "row": 7, "column": "mean_units", "value": "-3", "allowed": "a number of at least 0"},
        {"place": "items.csv", "row": None, "column": "unit_cost", "value": None, "allowed": "a column"},
    ]  # fmt: skip
    page = client.get("/fail/instance").text
    assert '<td>demand.csv</td><td class="number">7</td><td>mean_units</td><td>-3</td>' in page
    assert "<td>unit_cost</td><td>nothing</td>" in page


def test_too_many_tries_say_when_to_come_back(client: Client) -> None:
    """A header for programs: 61 seconds, rounded up."""
    assert client.get("/fail/tries").headers["retry-after"] == "62"


def test_unexpected_error_is_in_the_log_alone(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The visitor sees neither the traceback nor what it is about; the answer has its headers of security all the same."""
    caplog.set_level(logging.ERROR, "stockrail.web")
    for answer in (client.get("/fail/unexpected"), client.get("/api/fail/unexpected")):
        assert answer.status_code == 500
        assert "hunter2" not in answer.text and "Traceback" not in answer.text and "Zero" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" in caplog.text


def test_wrong_request_names_the_field(client: Client) -> None:
    """What a script sends is checked before anything is done with it."""
    answer = client.post("/api/take", json={"amount": "many"})
    assert answer.status_code == 422
    assert answer.json()["problems"] == [
        {
            "place": "body",
            "row": None,
            "column": "amount",
            "value": "many",
            "allowed": "Input should be a valid number, unable to parse string as a number",
        }
    ]
    missing = client.post("/api/take", json={}).json()["problems"][0]
    assert (missing["column"], missing["value"]) == ("amount", None)


def test_unknown_page(client: Client) -> None:
    """With the navigation, so that one can go on."""
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text and "<nav" in answer.text
