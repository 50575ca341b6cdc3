"""Frontier, tornado and trade-off records in a real browser."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from stockrail.generation import generate
from stockrail.model import write
from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)
from tests.stockrail.web.clients import add_accounts

PATIENCE = 120_000
"""Milliseconds that a run may take on a machine with other work."""


def test_frontier(planned_served: Served, visitors: Visitors) -> None:
    """Finance chooses a limit and a range, sees the run end by itself, reads the knee, and takes the table away; on a phone too."""
    page = visitors(planned_served, "carla").page
    page.goto("/tradeoffs")
    assert_accessible(page)
    assert_fits(page)
    picture(page, "tradeoffs")
    form = page.locator("form[action='/tradeoffs/frontier']")
    expect(form.get_by_label("From")).to_have_value("400")
    form.get_by_label("From").fill("450")
    form.get_by_label("To").fill("600")
    form.get_by_label("Points").fill("4")
    form.get_by_label("Gap of each, %").fill("0.01")
    form.get_by_role("button", name="Trace the frontier").click()
    expect(page.locator("h1")).to_have_text("Frontier 3: what inventory-cap is worth")
    expect(page.locator("#sweep .badge").first).to_have_text("finished", timeout=PATIENCE)
    expect(page.locator("#found .statement")).to_contain_text("The knee is at")
    expect(page.locator("#found tbody tr")).to_have_count(4)
    expect(page.locator("#found tr.selected th")).to_contain_text("as stated")
    assert_charts_drawn(page, least=3)
    assert_accessible(page)
    assert_fits(page)
    page.evaluate("scrollTo(0, 0)")
    picture(page, "frontier")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "run-3-frontier.csv"
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 1 + 4
    phone = visitors(planned_served, "carla", width=390).page
    for path in ("/tradeoffs", "/tradeoffs/3"):
        phone.goto(path)
        assert_fits(phone)
        assert_accessible(phone)
    assert_charts_drawn(phone, least=3)


def test_tornado(planned_served: Served, visitors: Visitors) -> None:
    """Another scenario and some drivers: the bars are drawn, and what moves most is in words here and in the list."""
    page = visitors(planned_served, "carla").page
    page.goto("/tradeoffs")
    page.locator("select[name=scenario]").select_option("high")
    form = page.locator("form[action='/tradeoffs/tornado']")
    expect(form.locator("input[name=scenario]")).to_have_value("high")
    form.get_by_text("Which drivers").click()
    for driver in ("Price", "Demand", "Lead time", "Cost of an order", "Limit of inventory-cap"):
        form.get_by_label(driver, exact=True).check()
    form.get_by_label("Gap of each, %").fill("0")
    form.get_by_role("button", name="Make the tornado").click()
    expect(page.locator("#sweep .badge").first).to_have_text("finished", timeout=PATIENCE)
    expect(page.locator("#found .statement")).to_contain_text("Price moves the expected margin most")
    expect(page.locator("#found tbody tr")).to_have_count(10)
    assert_charts_drawn(page)
    assert_accessible(page)
    assert_fits(page)
    page.evaluate("scrollTo(0, 0)")
    picture(page, "tornado")
    page.goto("/tradeoffs")
    expect(page.get_by_role("region", name="Frontiers and tornados")).to_contain_text("price moves most")
    phone = visitors(planned_served, "carla", width=390).page
    phone.goto("/tradeoffs/3")
    assert_fits(phone)
    assert_charts_drawn(phone)


def test_cancel_and_go_on(
    made_store: Path, tmp_path: Path, serve: Callable[[Path], Served], visitors: Visitors
) -> None:
    """A long tornado shows what is solved while it goes, is cancelled in under 3 seconds, keeps it, and can go on."""
    folder, instance = tmp_path / "store", tmp_path / "in"
    with Store.create(folder) as store, Store.open(made_store) as source:
        store.governance_file.write_text(source.governance_file.read_text(encoding="utf-8"), encoding="utf-8")
        add_accounts(store)
        write(generate(60, 20, (3, 3, 3), 3, guardrail_share=0.8), instance)
        baselines.import_folder(store, "otto", instance, "Larger.")
    page = visitors(serve(folder), "carla").page
    page.goto("/tradeoffs")
    form = page.locator("form[action='/tradeoffs/tornado']")
    form.get_by_label("Gap of each, %").fill("0")
    form.get_by_label("Seconds for each").fill("8")  # which each of them needs: nobody proves the last cent
    form.get_by_role("button", name="Make the tornado").click()
    expect(page.locator("#live progress")).to_have_attribute("value", re.compile("[2-9]"), timeout=PATIENCE)
    expect(page.locator("#found tbody tr").first).to_be_visible()
    expect(page.locator("#found .badge", has_text="feasible").first).to_be_visible()
    page.reload()
    expect(page.locator("#found .badge", has_text="feasible").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    began = time.monotonic()
    page.get_by_role("dialog").get_by_role("button", name="End the run").click()
    expect(page.locator("#sweep .badge").first).to_have_text("cancelled", timeout=PATIENCE)
    assert (
        time.monotonic() - began < 10
    )  # 3 seconds for the run, and what the page needs on a machine with other work
    expect(page.locator("#found .badge", has_text="feasible").first).to_be_visible()
    expect(page.get_by_text("can go on with the rest")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#live")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="End the run").click()
    expect(page.locator("#sweep .badge").first).to_have_text("cancelled", timeout=PATIENCE)


def test_records(planned_served: Served, visitors: Visitors) -> None:
    """Finance adds a record with what is missing told first, holds its review, and closes it."""
    visitor = visitors(planned_served, "carla")
    page = visitor.page
    page.goto("/tradeoffs")
    page.get_by_role("link", name="Trade-offs agreed").click()
    assert_accessible(page)
    page.get_by_role("link", name="Add a record").first.click()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("Name").fill("christmas")
    page.get_by_label("Owner").fill("ben")
    page.get_by_label("Review by").fill("2099-05-01")
    page.get_by_label("Why it was agreed").fill("The season begins early.")
    page.get_by_label("What it should bring").fill("Fans are there when it is hot.")
    page.get_by_label("The end in words").fill("What is left in May is sold at half its price.")
    page.get_by_label("Who gets what").fill("First come, first served.")
    page.get_by_label("What customers are told").fill("You have it in May.")
    page.get_by_role("button", name="Add the record").click()
    expect(page.locator("#messages")).to_contain_text("somebody with the role finance")
    visitor.expect_refusal(422)
    page.get_by_label("Owner").fill("carla")
    page.get_by_role("button", name="Add the record").click()
    expect(page.locator("h1")).to_have_text("Funded build: christmas")
    assert_accessible(page)
    picture(page, "tradeoff-record")
    review = page.locator("form[action$='/review']")
    review.get_by_label("What the review found").fill("It sells.")
    review.get_by_label("Next review").fill("2099-06-01")
    review.get_by_role("button", name="Keep it going").click()
    expect(page.get_by_text("It sells.")).to_be_visible()
    end = page.locator("form[action$='/close']")
    end.get_by_label("What came of it").fill("All sold.")
    end.get_by_role("button", name="Close it").click()
    page.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(page.locator(".badge").first).to_have_text("closed")
    phone = visitors(planned_served, "carla", width=390).page
    for path in ("/tradeoffs/records?closed=true", "/tradeoffs/records/1", "/tradeoffs/records/new"):
        phone.goto(path)
        assert_fits(phone)
        assert_accessible(phone)
