"""The page of a plan in a browser: every chart drawn, heat map and orders, and the decision of somebody else than who planned."""

import pytest
from playwright.sync_api import expect

from stockrail.workbench.governance import approvals, exceptions
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)
from tests.stockrail.workbench.governance.files import governance_text, rule


@pytest.mark.parametrize("width", [1280, 390])
def test_the_whole_page(planned_served: Served, visitors: Visitors, width: int) -> None:
    """All charts, nothing too wide, nothing that axe finds, with the way from another plan as well."""
    ben = visitors(planned_served, "ben", width=width)
    page = ben.page
    page.goto("/runs/1/plan")
    assert_charts_drawn(page, 6)
    assert_fits(page)
    assert_accessible(page)
    picture(page, "plan" if width == 1280 else "plan-narrow")
    page.get_by_label("Against another plan").select_option("2")
    page.get_by_role("button", name="Show what differs").click()
    expect(page.get_by_role("heading", name="From the margin of run 2 to this one")).to_be_visible(
        timeout=60_000
    )
    assert_charts_drawn(page, 7)


def test_buys_and_orders(planned_served: Served, visitors: Visitors) -> None:
    """The heat map by segment and back, orders that are planned for later, and the first picture of a chart."""
    ben = visitors(planned_served, "ben")
    page = ben.page
    page.goto("/runs/1/plan#buys")
    heat = page.locator("table.heat")
    expect(heat.get_by_role("rowheader", name="fan")).to_be_visible()
    page.get_by_role("link", name="By segment").click()
    expect(heat.get_by_role("rowheader", name="seasonal")).to_be_visible()
    orders = page.locator("#order-grid")
    expect(orders.locator("[data-grid-rows]")).to_contain_text("3")
    page.get_by_role("link", name="Planned (5)").click()
    expect(orders.locator("[data-grid-rows]")).to_contain_text("5")
    expect(orders.locator(".ag-cell", has_text="hot").first).to_be_visible()
    with page.expect_download() as taken:
        page.locator("#chart-waterfall").get_by_role("link", name="PNG").click()
    assert taken.value.suggested_filename == "run-1-waterfall.png"
    assert_accessible(page)


def test_who_planned_does_not_approve(planned_served: Served, visitors: Visitors) -> None:
    """Finance agreed to 400: Ben cannot approve his own plan, Dora cannot before Carla has decided, then she does."""
    with Store.open(planned_served.folder) as store:
        band = rule("inventory_band", upper=400, statistic="max")
        store.governance_file.write_text(governance_text([band]), encoding="utf-8")
        (found,) = exceptions.open_of_run(store, "ben", 1)
        ben, dora = visitors(planned_served, "ben"), visitors(planned_served, "dora")
        ben.page.goto("/runs/1/plan")
        section = ben.page.locator("#approval")
        expect(section).to_contain_text("You started this run: somebody else decides on its plan")
        expect(section).to_contain_text("1 decision stands in the way")
        assert section.get_by_role("button", name="Approve").count() == 0

        dora.page.goto("/runs/1/plan")
        expect(dora.page.locator("#approval")).to_contain_text("as soon as nothing stands in its way")
        assert dora.page.get_by_role("button", name="Approve").count() == 0
        exceptions.resolve(store, "carla", found.id, "Funded until March.")

    dora.page.reload()
    picture(dora.page, "plan-approval")
    dora.page.get_by_role("button", name="Approve").click()
    dialog = dora.page.locator("dialog#approve")
    assert_accessible(dora.page)
    dialog.get_by_label("Why").fill("As agreed with finance.")
    dialog.get_by_role("button", name="Approve").click()
    expect(dora.page.locator("#approval")).to_contain_text("Approved by dora (executive)")
    expect(dora.page.locator("#approval")).to_contain_text("As agreed with finance.")


def test_two_decide_at_once(planned_served: Served, visitors: Visitors) -> None:
    """Dora has the plan before her when Otto rejects it: she is told by whom and when, and nothing is approved."""
    dora = visitors(planned_served, "dora", width=390)
    dora.page.goto("/runs/1/plan")
    with Store.open(planned_served.folder) as store:
        approvals.reject(store, "otto", 1, "Too much capital.")
    dora.page.get_by_role("button", name="Approve").click()
    dialog = dora.page.locator("dialog#approve")
    dialog.get_by_label("Why").fill("Go.")
    dialog.get_by_role("button", name="Approve").click()
    expect(dora.page.locator("#messages")).to_contain_text("otto has rejected the plan of run 1 at ")
    dora.expect_refusal(409)
