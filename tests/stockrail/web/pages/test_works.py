"""The page that shows how far a work is."""

import threading

import pytest

from stockrail.web import works
from stockrail.web.works import works_of
from stockrail.workbench.errors import StateError
from tests.stockrail.web.clients import Web


def test_progress_then_what_came_of_it(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it goes its step, polled by htmx; afterwards the browser goes to the page of the result."""
    anna, may_end, is_told = web.as_("anna"), threading.Event(), threading.Event()

    def doing(on_step: works.OnStep) -> int:
        on_step("reading demand.csv")
        is_told.set()
        may_end.wait(60)
        return 5

    work = works_of(web.app).begin("Importing actuals", lambda count: f"/actuals?rows={count}", doing)
    assert is_told.wait(60)
    page = anna.get(f"/works/{work.number}")
    assert page.status_code == 200
    assert "<h1>Importing actuals</h1>" in page.text and "Now: reading demand.csv." in page.text
    state = anna.get(f"/works/{work.number}/state", headers={"HX-Request": "true"})
    assert "Now: reading demand.csv." in state.text and "<html" not in state.text
    assert web.anonymous().get(f"/works/{work.number}").status_code == 303  # to sign in
    may_end.set()
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 60.0)
    assert work.wait()
    state = anna.get(f"/works/{work.number}/state", headers={"HX-Request": "true"})
    assert state.headers["hx-redirect"] == "/actuals?rows=5"
    # Two pages that wait for the same work are each shown then, and no other site is.
    for path, shown in [("/compare?run=1", "/compare?run=1"), ("//elsewhere.example", "/")]:
        state = anna.get(f"/works/{work.number}/state", params={"page": path}, headers={"HX-Request": "true"})
        assert state.headers["hx-redirect"] == shown
    assert anna.get(f"/works/{work.number}").headers["location"] == "/actuals?rows=5"


def test_lost_with_the_service(web: Web) -> None:
    """A page that still asks after the service was started again is told so, and asks no more."""
    state = web.as_("anna").get("/works/of-before/state", headers={"HX-Request": "true"})
    assert state.status_code == 286
    assert "the service was started again meanwhile" in state.text


def test_what_fails_is_told_on_a_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is led to the page that says why, with its status."""
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 60.0)
    anna = web.as_("anna")

    def failing(on_step: works.OnStep) -> None:
        raise StateError("There are no actuals in the quarter.")

    work = works_of(web.app).begin("The scorecard", "/scorecard", failing)
    assert work.wait()
    state = anna.get(f"/works/{work.number}/state", headers={"HX-Request": "true"})
    assert state.headers["hx-redirect"] == f"/works/{work.number}"
    page = anna.get(f"/works/{work.number}")
    assert page.status_code == 409
    assert "There are no actuals in the quarter." in page.text
