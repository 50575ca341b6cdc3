"""Guardrails in a real browser: limits are edited in the grid, proposed, refused to their author, approved by another."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)


def cell(page: Page, grid: str, row: str, column: str) -> Locator:
    return page.locator(f'#{grid} [row-id="{row}"] [col-id="{column}"]')


def type_in(page: Page, grid: str, row: str, column: str, text: str) -> None:
    """Choose a cell, type, and press Enter."""
    cell(page, grid, row, column).click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def go_to_proposal(page: Page) -> None:
    page.goto("/guardrails/propose")
    for name in ("sheet-guardrails", "sheet-limits", "sheet-builds"):
        expect(page.locator(f"#{name}")).to_have_attribute("data-ready", "true")


def test_limits_in_force(planned_served: Served, visitors: Visitors) -> None:
    """What holds, what it is worth, a chart by period, and on to what moving it costs."""
    page = visitors(planned_served, "carla").page
    page.goto("/guardrails")
    assert_charts_drawn(page)
    assert_accessible(page)
    picture(page, "guardrails")
    expect(page.get_by_text("A limit higher by EUR 10.00 in all periods earns")).to_be_visible()
    page.get_by_label("Plan of").select_option("1")
    page.wait_for_url("**/guardrails?run=1")
    page.get_by_role("link", name="What moving it costs").click()
    expect(page.locator("select[name=limit]")).to_have_value("upper|inventory-cap")


def test_finance_proposes_and_another_approves(planned_served: Served, visitors: Visitors) -> None:
    """Carla edits limits, sees what changes, proposes; she is refused approving; Carl approves, and it holds from its day on."""
    carla = visitors(planned_served, "carla")
    page = carla.page
    go_to_proposal(page)
    type_in(page, "sheet-guardrails", "1", "upper", "480")
    type_in(page, "sheet-limits", "1 upper", "1", "450")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("#differences")).to_contain_text("inventory-cap | 1")
    expect(page.locator("#differences tbody tr")).to_have_count(2)
    assert_accessible(page)
    picture(page, "guardrails-propose")
    page.get_by_label("Holds from").fill("2027-02-01")
    page.get_by_label("Why").fill("A covenant.")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url("**/guardrails/2")
    expect(page.get_by_text("You proposed this version: somebody else decides.")).to_be_visible()
    page.get_by_label("Why").fill("Mine.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "carla proposed guardrail version 2: somebody else decides"
    )
    carla.expect_refusal(403)

    carl = visitors(planned_served, "carl").page
    carl.goto("/")
    carl.get_by_role("link", name="Version 2 of the guardrails").click()
    expect(carl.locator("#differences tbody tr")).to_have_count(2)
    assert_accessible(carl)
    picture(carl, "guardrails-version")
    carl.get_by_label("Why").fill("The bank agrees.")
    carl.get_by_role("button", name="Approve").click()
    expect(carl.get_by_text("Approved by")).to_be_visible()
    carl.goto("/guardrails")
    expect(carl.get_by_text("From 2027-02-01 on version 2 holds.")).to_be_visible()


def test_cells_that_are_wrong_are_marked(planned_served: Served, visitors: Visitors) -> None:
    """A last period beyond the horizon: the cell and the problem; a build of fans that is right is no problem."""
    page = visitors(planned_served, "carla").page
    go_to_proposal(page)
    type_in(page, "sheet-guardrails", "1", "last_period", "7")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("It cannot be proposed as it is.")).to_be_visible()
    expect(cell(page, "sheet-guardrails", "1", "last_period")).to_have_class(re.compile("cell-error"))
    page.locator("#sheet-guardrails").get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("Nothing differs from the limits in force.")).to_be_visible()


def test_least_feasible_limits(planned_served: Served, visitors: Visitors) -> None:
    """What no plan can keep and what one keeps; the frontier between them starts from here."""
    page = visitors(planned_served, "ben").page
    page.goto("/guardrails")
    page.get_by_role("link", name="How tight the limits could be at all").click()
    expect(page.locator("#least")).to_contain_text("less than EUR 19.95")
    assert_accessible(page)
    picture(page, "guardrails-least")
    page.get_by_role("button", name="Frontier between them").click()
    page.wait_for_url("**/tradeoffs/3*")


def test_guardrails_on_a_phone(planned_served: Served, visitors: Visitors) -> None:
    """Nothing sticks out; the grids scroll within themselves."""
    page = visitors(planned_served, "carl", width=390).page
    for path in ("/guardrails", "/guardrails/1", "/guardrails/least"):
        page.goto(path)
        assert_fits(page)
        assert_accessible(page)
    page.goto("/guardrails")
    assert_charts_drawn(page)
    picture(page, "guardrails-phone")
    go_to_proposal(page)
    assert_fits(page)
