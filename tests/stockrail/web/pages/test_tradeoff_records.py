"""Trade-off records on pages and for scripts: the list, a new one, its reviews and its end."""

import datetime as dt

import pytest

from stockrail.web.views import tradeoffs
from stockrail.workbench.store import Store
from stockrail.workbench.tradeoffs.records import add, close, review
from tests.stockrail.web.change_cases.tradeoffs import RECORD
from tests.stockrail.web.clients import Web


def test_a_record_from_the_form(store: Store, web: Web) -> None:
    """It is added as it stands in the form, listed by its review, and shown in full; the auditor is offered nothing."""
    client = web.as_("carla")
    assert "No trade-off is open." in client.get("/tradeoffs/records").text
    form = client.get("/tradeoffs/records/new").text
    assert "funded build: carla, carl, otto, paula (finance)" in form
    seen = tradeoffs.seen_records(store)
    answer = client.send_form("/tradeoffs/records", **RECORD, expected_money="1200", run="", seen=seen)
    assert answer.headers["location"] == "/tradeoffs/records/1"
    page = client.get("/tradeoffs/records/1").text.replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "Funded build: christmas",
        "EUR 1,200",
        "Markdown: What is left in May",
        "Keep it going",
        "2099-05-01",
    ):
        assert words in page, words
    listed = client.get("/tradeoffs/records").text
    assert 'href="/tradeoffs/records/1"' in listed
    auditor = web.as_("edna").get("/tradeoffs/records/1").text
    assert "Keep it going" not in auditor
    assert "up to finance" in auditor


def test_everything_wrong_is_told_field_by_field(store: Store, web: Web) -> None:
    """A day in the past, an owner without the role and a blank reason: three problems, each with what is allowed."""
    wrong = {**RECORD, "owner": "ben", "reason": "  ", "review_date": "2001-01-01"}
    client = web.as_("carla")
    answer = client.send_form("/tradeoffs/records", **wrong, seen=tradeoffs.seen_records(store))
    assert answer.status_code == 422
    for words in ("somebody with the role finance", "reason"):
        assert words in answer.text, words
    told = client.send_json(
        "POST", "/api/tradeoffs/records", {**wrong, "seen": tradeoffs.seen_records(store)}
    ).json()
    assert {problem["column"] for problem in told["problems"]} == {"owner", "reason"}
    # What contradicts the store is found once the fields are right by themselves.
    told = client.send_json(
        "POST",
        "/api/tradeoffs/records",
        {**wrong, "reason": "Because.", "seen": tradeoffs.seen_records(store)},
    ).json()
    assert {problem["column"] for problem in told["problems"]} == {"owner", "review_date"}


def test_a_review_and_an_end(store: Store, web: Web) -> None:
    """A review moves the date and is kept; the end says what came of it, and who looked before that is told who did it."""
    add(store, "carla", RECORD)
    client = web.as_("carla")
    before = tradeoffs.seen_record(store, 1)
    answer = client.send_form(
        "/tradeoffs/records/1/review", result="It sells.", next_review="2099-06-01", seen=before
    )
    assert answer.status_code == 303
    view = tradeoffs.view(store, "carla", 1)
    assert view.review_date == dt.date(2099, 6, 1)
    assert [(row.by, row.was_due, row.result) for row in view.reviews] == [
        ("carla", "2099-05-01", "It sells.")
    ]
    late = client.send_form("/tradeoffs/records/1/close", result="Sold.", seen=before)
    assert late.status_code == 409
    assert "carla changed trade-off 1" in late.text
    wrong = client.send_form(
        "/tradeoffs/records/1/close", result="Sold.", result_money="much", seen=view.seen
    )
    assert wrong.status_code == 422
    done = client.send_form(
        "/tradeoffs/records/1/close", result="Sold.", result_money="1,500", seen=view.seen
    )
    assert done.status_code == 303
    closed = tradeoffs.view(store, "carla", 1)
    assert (closed.state, closed.result, closed.result_money, closed.may_decide) == (
        "closed",
        "Sold.",
        1500,
        False,
    )
    assert "christmas" not in client.get("/tradeoffs/records").text
    assert "christmas" in client.get("/tradeoffs/records?closed=true").text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("review", {"result": "", "next_review": "2099-06-01"}),
        ("review", {"result": "Fine.", "next_review": "soon"}),
        ("close", {"result": " "}),
        ("close", {"result": "Sold.", "result_money": "1,5"}),  # 1.5 or 15: nobody knows
    ],
)
def test_what_is_missing_is_told(store: Store, web: Web, path: str, fields: dict[str, str]) -> None:
    """No result, no day: refused with what is allowed, and the record stays as it is."""
    add(store, "carla", RECORD)
    seen = tradeoffs.seen_record(store, 1)
    answer = web.as_("carla").send_form(f"/tradeoffs/records/1/{path}", **fields, seen=seen)
    assert answer.status_code == 422, answer.text
    assert tradeoffs.seen_record(store, 1) == seen


def test_for_scripts(store: Store, web: Web) -> None:
    """The same as JSON; a number that is not there is told."""
    client = web.as_("carla")
    body = {**RECORD, "expected_money": 5.5, "seen": tradeoffs.seen_records(store)}
    made = client.send_json("POST", "/api/tradeoffs/records", body)
    assert made.status_code == 201, made.text
    assert (made.json()["id"], made.json()["expected_money"]) == (1, 5.5)
    review(store, "carl", 1, "Later.", dt.date(2099, 7, 1))
    close(store, "carl", 1, "Done.", None)
    told = client.get("/api/tradeoffs/records").json()
    assert [(row["state"], row["result_money"]) for row in told["records"]] == [("closed", None)]
    assert client.get("/api/tradeoffs/records/2").status_code == 404
