"""A run from the form to its plan: the gap closes before the visitor's eyes, through reloads and a service that dies, until it is cancelled."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitor,
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)
from tests.stockrail.workbench.runs.cases import LONG, add_long, no_process_left

PATIENCE = 60_000.0
"""Milliseconds; the machine may be busy."""

CANCEL_SECONDS = 3.0

OUTAGE = ("net::ERR_", "htmx:sendError", "htmx:afterRequest")
"""What a browser says of a service that does not answer."""


@pytest.fixture
def long_served(
    made_store: Path, tmp_path: Path, serve: Callable[[Path], Served]
) -> Iterator[tuple[Served, Store]]:
    """A service on a store whose baseline 2 takes long to plan, and the store."""
    folder = shutil.copytree(made_store, tmp_path / "store")
    with Store.open(folder) as store:
        assert add_long(store, tmp_path / "long") == 2
        with no_process_left(store):
            yield serve(folder), store


def _figure(page: Page, label: str) -> str:
    return page.locator(f".figure:has(dt:text-is('{label}')) .value").inner_text()


def _start(visitor: Visitor) -> None:
    """Ask for a plan of baseline 2 that would take ten minutes."""
    page = visitor.page
    page.goto("/runs")
    page.get_by_role("link", name="Start a run").click()
    page.locator("[name=baseline]").select_option("2")
    expect(page.locator("#chosen")).to_contain_text("2: ")
    page.get_by_label("Why").fill("To see how far it gets.")
    page.get_by_text("Options of a plan").click()
    page.locator("[name='plan.time_limit']").fill(str(LONG["time_limit"]))
    page.locator("[name='plan.gap_percent']").fill("0")
    page.locator("[name='plan.workers']").fill("1")
    page.locator("[name='plan.solver']").select_option("decomposition")
    page.locator("[name='plan.prices']").select_option("by period")
    page.get_by_role("button", name="Optimize").click()
    expect(page.locator("h1")).to_have_text("Run 1: plan of baseline 2")


def test_a_run_from_start_to_cancel(long_served: tuple[Served, Store], visitors: Visitors) -> None:
    """Ben starts, watches, loads the page again, the service dies and comes back, Dora looks on, Ben cancels and has the plan."""
    served, store = long_served
    ben = visitors(served, "ben")
    _start(ben)
    page = ben.page
    live = page.locator("#live .figure:has(dt:text-is('Gap')) .value")
    expect(live).to_have_text(re.compile(r"\d%"), timeout=PATIENCE)
    expect(page.locator("#chart-progress [data-drawn=true]")).to_be_visible(timeout=PATIENCE)
    first = _figure(page, "Time")
    expect(page.locator(".figure:has(dt:text-is('Time')) .value")).not_to_have_text(first, timeout=PATIENCE)
    assert_accessible(page)
    assert_fits(page)
    picture(page, "run")

    points = len(get(store, 1).progress["history"])  # type: ignore[index]
    assert points >= 2
    page.reload()
    expect(live).to_have_text(re.compile(r"\d%"))
    assert_charts_drawn(page, 1)

    assert not ben.complaints
    served.kill()
    expect(page.locator("#messages")).to_contain_text("The server does not answer")
    before = _figure(page, "Time")
    served.start()
    expect(page.locator(".figure:has(dt:text-is('Time')) .value")).not_to_have_text(before, timeout=PATIENCE)
    expect(page.locator("#messages")).to_be_empty()
    ben.complaints[:] = [one for one in ben.complaints if not any(word in one for word in OUTAGE)]

    dora = visitors(served, "dora", width=390)
    dora.page.goto("/runs/1")
    expect(dora.page.locator("#live .figure:has(dt:text-is('Gap')) .value")).to_have_text(re.compile(r"\d%"))
    assert dora.page.get_by_role("button", name="Cancel").count() == 0
    assert_fits(dora.page)
    assert_accessible(dora.page)

    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("dialog")).to_contain_text("End run 1 now?")
    began = time.monotonic()
    with page.expect_response(lambda answer: answer.url.endswith("/runs/1/cancel")) as answered:
        page.locator("dialog").get_by_role("button", name="End the run").click()
    assert answered.value.ok
    assert time.monotonic() - began < CANCEL_SECONDS + 1.0  # a second for the browser itself
    expect(page.locator("#run [role=status]")).to_contain_text("cancelled by ben")
    expect(dora.page.locator("#run [role=status]")).to_contain_text("cancelled by ben", timeout=PATIENCE)

    # The service lays the kept plan out and has it checked; the page says so when it is done.
    expect(page.locator(".figure:has(dt:text-is('Independent check')) .value")).to_have_text(
        "passed", timeout=PATIENCE
    )
    assert page.get_by_role("button", name="Go on").is_visible()
    page.get_by_role("link", name="Look at the plan").click()
    expect(page.locator("h1")).to_have_text(re.compile("Plan of"))
    expect(page.locator(".message.warn")).to_contain_text("this is the best plan that it had")
    assert_charts_drawn(page, 4)


def test_two_ask_for_the_same(planned_served: Served, visitors: Visitors) -> None:
    """Otto asks for what Ben has planned: he gets Ben's run, with its log and its options, also on a phone."""
    otto = visitors(planned_served, "otto", width=390)
    page = otto.page
    page.goto("/runs/start?scenario=high")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Optimize").click()
    expect(page.get_by_text("These inputs had this run already")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Run 2: plan of high")
    page.get_by_text("Log", exact=True).click()
    expect(page.locator("details:has(summary:text-is('Log')) a")).to_have_count(
        0
    )  # the link gave way to the log
    assert_charts_drawn(page, 1)
    assert_accessible(page)
    page.goto("/runs")
    assert_accessible(page)
    assert_fits(page)
    picture(page, "runs-narrow")


def test_somebody_saves_the_scenario_meanwhile(planned_served: Served, visitors: Visitors) -> None:
    """Ben has version 1 before him when Anna saves version 2: nothing is started, and he is told by whom and when."""
    from stockrail.workbench import scenarios

    ben = visitors(planned_served, "ben")
    ben.page.goto("/runs/start?scenario=high")
    with Store.open(planned_served.folder) as store:
        scenarios.save(store, "anna", "high", scenarios.get(store, "high").overlay, 1)
    ben.page.get_by_role("button", name="Optimize").click()
    expect(ben.page.locator("#messages")).to_contain_text("high is version 2 by anna of ")
    expect(ben.page.locator("#messages")).to_contain_text("Nothing was changed")
    ben.expect_refusal(409)
