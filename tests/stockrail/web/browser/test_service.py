"""The service is killed while a run goes and somebody looks: the run goes on, and so does the page once the service is there again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.lookup import ENDED_STATES, get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import Visitors, assert_charts_drawn
from tests.stockrail.web.clients import add_accounts
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.runs.cases import LONG, add_long


@pytest.fixture
def long_store(tmp_path: Path) -> Iterator[Path]:
    """A store whose run 1 goes for minutes if nobody ends it."""
    folder = tmp_path / "long"
    with Store.create(folder) as store:
        write_people(store)
        add_accounts(store)
        submit(store, "ben", "plan", add_long(store, tmp_path / "many"), options=LONG)
        yield folder
        if get(store, 1).state not in ENDED_STATES:
            cancel(store, "ben", 1)


def test_service_is_killed_and_started_again_during_a_run(
    long_store: Path, serve: Callable[[Path], Served], visitors: Visitors
) -> None:
    """Neither the run nor the page is lost; the best plan of the run is there at the end."""
    with Store.open(long_store) as store:
        served = serve(long_store)
        ben = visitors(served, "ben")
        page = ben.page
        page.goto("/runs/1")
        gap = page.locator(".figure", has_text="Gap").locator(".value")
        expect(gap).to_contain_text("%", timeout=60_000)
        assert_charts_drawn(page)  # what it needs is there before the service is gone
        process = get(store, 1).process
        served.kill()
        page.wait_for_timeout(2_500)  # the page asks in vain, twice
        seconds_without_service = (get(store, 1).progress or {})["seconds"]
        served.start()
        # The page was not loaded again: it goes on asking, and shows what the run has found since.
        with page.expect_response(lambda answer: "/progress" in answer.url and answer.ok, timeout=30_000):
            pass
        expect(gap).to_contain_text("%")
        ben.complaints.clear()  # of requests without an answer
        run = get(store, 1)
        assert (run.state, run.process) == ("running", process)
        assert (run.progress or {})["seconds"] >= seconds_without_service
        page.reload()
        expect(gap).to_contain_text("%")
        page.get_by_role("button", name="Cancel").click()
        began = time.monotonic()
        page.get_by_role("button", name="End the run").click()
        expect(page.locator("main").get_by_role("status")).to_contain_text("cancelled")
        # Three seconds where nothing else goes on, see benchmarks/web.py.
        assert time.monotonic() - began < 15.0
        expect(page.get_by_role("link", name="Look at the plan")).to_be_visible(timeout=60_000)
        ended = get(store, 1)
        assert ended.state == "cancelled" and ended.best_plan is not None


def test_service_that_ends_ends_no_run(long_store: Path, serve: Callable[[Path], Served]) -> None:
    """Ctrl-C ends the service at once; the run that it has started goes on."""
    served = serve(long_store)
    with Store.open(long_store) as store:
        deadline = time.monotonic() + 60
        while get(store, 1).state == "queued":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        served.stop()
        time.sleep(1.0)
        assert get(store, 1).state not in ENDED_STATES
        assert cancel(store, "ben", 1).state == "cancelled"
