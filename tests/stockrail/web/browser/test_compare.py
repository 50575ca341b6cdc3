"""Comparing plans and putting a choice on record, in a real browser."""

import re

from playwright.sync_api import expect

from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)

DETAILS = re.compile(r"/compare\?run=1&run=2$")


def test_compare_and_decide(planned_served: Served, visitors: Visitors) -> None:
    """Dora chooses two plans, sees what each earns and buys, and records which one and why; on a telephone it can be read, too."""
    dora = visitors(planned_served, "dora")
    page = dora.page
    page.goto("/compare")
    assert_accessible(page)
    page.get_by_label("Compare run 1, base").check()
    page.get_by_label("Compare run 2, high").check()
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(DETAILS)
    expect(page.get_by_role("heading", name="Key figures")).to_be_visible(timeout=30_000)
    assert_charts_drawn(page, 2)
    expect(page.get_by_role("gridcell", name="fan", exact=True).first).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    picture(page, "compare")
    page.get_by_role("radio", name="high, run 2").check()
    page.get_by_label("Why?").fill("The summer will be hot.")
    page.get_by_role("button", name="Put on record").click()
    expect(page.get_by_role("heading", name="Decision 1: run 2")).to_be_visible()
    expect(page.get_by_text("The summer will be hot.")).to_be_visible()
    assert_accessible(page)
    picture(page, "compare-decision")
    phone = visitors(planned_served, "ben", width=390).page
    phone.goto("/compare?run=1&run=2")
    expect(phone.get_by_role("heading", name="Key figures")).to_be_visible(timeout=30_000)
    assert_charts_drawn(phone, 2)
    assert_accessible(phone)
    assert_fits(phone)
    expect(phone.get_by_text("dora chose run 2 of 1, 2")).to_be_visible()


def test_two_decide_at_once(planned_served: Served, visitors: Visitors) -> None:
    """Ben has the page open while Dora decides: he is told so, what he wrote stays, and nothing of his is recorded."""
    pages = {}
    for name in ("ben", "dora"):
        pages[name] = visitors(planned_served, name)
        pages[name].page.goto("/compare?run=1&run=2")
        pages[name].page.get_by_role("radio", name="base, run 1").check(timeout=30_000)
        pages[name].page.get_by_label("Why?").fill(f"{name} says so.")
    pages["dora"].page.get_by_role("button", name="Put on record").click()
    expect(pages["dora"].page.get_by_role("heading", name="Decision 1: run 1")).to_be_visible()
    ben = pages["ben"]
    ben.page.get_by_role("button", name="Put on record").click()
    expect(ben.page.get_by_role("alert").filter(has_text="dora decided about these runs")).to_be_visible()
    ben.expect_refusal(409)
    expect(ben.page.get_by_label("Why?")).to_have_value("ben says so.")
