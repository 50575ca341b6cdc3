"""Home in a real browser: exceptions are decided, plans approved, and who may not is told why."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from stockrail.workbench.store import Store
from tests.stockrail.web.broken_rules import break_rules
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import Visitors, assert_accessible, assert_fits, picture


@pytest.fixture
def broken(planned_folder: Path, tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """A service whose run 1 breaks a rule of finance, which blocks it, and one of executives."""
    folder = shutil.copytree(planned_folder, tmp_path / "broken")
    with Store.open(folder) as store:
        break_rules(store, with_calendar=True)
    return serve(folder)


def test_exceptions_are_decided_and_the_plan_approved(broken: Served, visitors: Visitors) -> None:
    """Finance resolves what is hers, with a reason; then an executive approves the plan, which waited for it."""
    carla = visitors(broken, "carla")
    page = carla.page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    expect(page.locator("#plan-1")).to_contain_text("Waits for exception 2, inventory band: finance")
    picture(page, "home")
    assert_accessible(page)
    page.get_by_role("link", name="Mine 1").click()
    expect(page.locator("#exception-1")).to_have_count(0)
    page.get_by_text("Decide exception 2").click()
    page.get_by_role("button", name="Resolve exception 2").click()  # without a reason nothing is sent
    expect(page.get_by_label("Why, of exception 2")).to_be_focused()
    page.get_by_label("Why, of exception 2").fill("Funded until March.")
    assert_accessible(page)
    page.get_by_role("button", name="Resolve exception 2").click()
    expect(page.locator("#exception-2")).to_have_count(0)
    assert page.url.endswith("/?role=mine")
    expect(page.get_by_text("carla resolved exception 2")).to_be_visible()
    expect(page.locator("#plan-1")).to_contain_text("Nothing blocks it.")

    dora = visitors(broken, "dora")
    dora.page.goto("/")
    dora.page.get_by_text("Decide exception 1").click()
    dora.page.get_by_label("Why, of exception 1").fill("The customer knows.")
    dora.page.get_by_role("button", name="Waive exception 1").click()
    expect(dora.page.locator("#exception-1")).to_have_count(0)
    dora.page.get_by_text("Decide on the plan of run 1").click()
    dora.page.get_by_label("Why, of the plan of run 1").fill("Go.")
    dora.page.get_by_role("button", name="Approve the plan of run 1").click()
    dora.page.wait_for_url("**/runs/1/plan*")
    dora.page.goto("/")
    expect(dora.page.locator("#plan-1")).to_have_count(0)
    expect(dora.page.get_by_text("run 1 was approved last")).to_be_visible()


def test_who_started_a_run_cannot_approve_it(broken: Served, visitors: Visitors) -> None:
    """Ben is told so beforehand, and refused in words when he tries; what he wrote stays."""
    ben = visitors(broken, "ben")
    page = ben.page
    page.goto("/")
    plan = page.locator("#plan-2")
    expect(plan).to_contain_text("You started this run: somebody else decides on its plan")
    plan.get_by_text("Decide on the plan of run 2").click()
    page.get_by_label("Why, of the plan of run 2").fill("It is good.")
    page.get_by_role("button", name="Approve the plan of run 2").click()
    expect(page.get_by_role("alert")).to_contain_text("ben started run 2: somebody else decides on its plan")
    expect(page.get_by_label("Why, of the plan of run 2")).to_have_value("It is good.")
    ben.expect_refusal(403)


def test_two_decide_at_once(broken: Served, visitors: Visitors) -> None:
    """Who comes second is told what the first has decided."""
    carla, carl = visitors(broken, "carla"), visitors(broken, "carl")
    for visitor, reason in ((carla, "Funded."), (carl, "Not funded.")):
        visitor.page.goto("/")
        visitor.page.get_by_text("Decide exception 2").click()
        visitor.page.get_by_label("Why, of exception 2").fill(reason)
    carla.page.get_by_role("button", name="Resolve exception 2").click()
    expect(carla.page.locator("#exception-2")).to_have_count(0)
    carl.page.get_by_role("button", name="Resolve exception 2").click()
    expect(carl.page.get_by_role("alert")).to_contain_text("carla has resolved exception 2")
    carl.expect_refusal(409)


def test_home_on_a_phone(broken: Served, visitors: Visitors) -> None:
    """Everything is there in one column."""
    page = visitors(broken, "carla", width=390).page
    page.goto("/")
    assert_fits(page)
    assert_accessible(page)
    picture(page, "home-phone")
    page.get_by_text("Decide exception 2").click()
    assert_fits(page)


def test_first_steps(served: Served, visitors: Visitors) -> None:
    """A store with a baseline: the next step is a button that leads there."""
    page = visitors(served, "ben").page
    page.goto("/")
    assert_accessible(page)
    picture(page, "home-first-steps")
    page.get_by_role("link", name="Plan", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Start a run")
