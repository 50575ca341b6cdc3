"""Actuals with errors and without, the scorecard, monitoring, and the way down to the cause of a miss, in a real browser."""

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)

LONG = 30_000
"""Milliseconds for what is computed before it can be shown."""


def happened(made_store: Path, tmp_path: Path, make: Callable[[Store, Path], int]) -> Path:
    """A store in which something has happened, by the days of the documentation, not of the machine; nothing is open any more."""
    folder = shutil.copytree(made_store, tmp_path / "happened")
    with Store.open(folder) as store:
        make(store, tmp_path / "actuals")
    return folder


def test_upload_with_errors_then_without(served: Served, visitors: Visitors, tmp_path: Path) -> None:
    """A day that is none is told with its row; the corrected file is taken."""
    anna = visitors(served, "anna")
    page = anna.page
    file = tmp_path / "demand.csv"
    file.write_text("item,date,units\nfan,2027-01-40,10\n", encoding="utf-8")
    page.goto("/actuals")
    assert_accessible(page)
    picture(page, "actuals")
    _send(page, file)
    expect(page.get_by_role("heading", name="Nothing was imported")).to_be_visible(timeout=LONG)
    anna.expect_refusal(422)
    expect(page.get_by_role("cell", name="2027-01-40")).to_be_visible()
    assert_accessible(page)
    picture(page, "actuals-refused")
    file.write_text("item,date,units\nfan,2027-01-04,10\n", encoding="utf-8")
    _send(page, file)
    expect(page.get_by_role("heading", name="Imported", exact=True)).to_be_visible(timeout=LONG)
    page.goto("/actuals")
    expect(page.get_by_text("anna: 1 demand")).to_be_visible()


def test_scorecard_down_to_a_segment(
    made_store: Path, tmp_path: Path, serve: Callable[[Path], Served], visitors: Visitors
) -> None:
    """Another quarter is chosen, a metric is opened; both at the width of a telephone as well."""
    served = serve(happened(made_store, tmp_path, what_happened.quarter))
    page = visitors(served, "ben").page
    page.goto("/scorecard")
    expect(page.get_by_role("heading", name="Service")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("row", name="Fill rate")).to_contain_text("80.0%")
    assert_charts_drawn(page, 2)
    assert_accessible(page)
    assert_fits(page)
    picture(page, "scorecard")
    page.get_by_role("link", name="Fill rate").click()
    expect(page.get_by_role("heading", name="Over quarters", exact=True)).to_be_visible(timeout=LONG)
    assert_charts_drawn(page, 2)
    assert_accessible(page)
    picture(page, "scorecard-metric")
    page.locator(".breadcrumb").get_by_role("link", name="Scorecard").click()
    page.get_by_role("combobox", name="Quarter").select_option("2027-03-31")
    expect(page.get_by_role("row", name="Fill rate")).to_contain_text("100.0%", timeout=LONG)
    phone = visitors(served, "ben", width=390).page
    phone.goto("/scorecard")
    expect(phone.get_by_role("heading", name="Service")).to_be_visible(timeout=LONG)
    assert_charts_drawn(phone, 2)
    assert_accessible(phone)
    assert_fits(phone)


def test_from_a_cause_to_a_miss(
    made_store: Path, tmp_path: Path, serve: Callable[[Path], Served], visitors: Visitors
) -> None:
    """Anna looks for misses, follows the cause that cost most, and reads why 20 fans were missing."""
    served = serve(happened(made_store, tmp_path, what_happened.missed))
    page = visitors(served, "anna").page
    page.goto("/root-cause")
    assert_accessible(page)
    page.get_by_role("button", name="Look for misses").click()
    expect(page.get_by_text("3 new, 0 changed, 0 gone")).to_be_visible(timeout=LONG)
    assert_charts_drawn(page, 2)
    assert_accessible(page)
    assert_fits(page)
    picture(page, "root-cause")
    page.get_by_role("link", name="lead time outside the fan").click()
    expect(page.get_by_role("heading", name="1 miss, the most money first")).to_be_visible()
    page.locator("#misses").get_by_role("link").first.click()
    expect(page.get_by_text("20 units took 147 days from order to receipt")).to_be_visible()
    expect(page.locator("#assumptions").get_by_text("at fault")).to_be_visible()
    assert_accessible(page)
    picture(page, "miss")
    phone = visitors(served, "ben", width=390).page
    for path in ("/root-cause", "/root-cause/1"):
        phone.goto(path)
        assert_accessible(phone)
        assert_fits(phone)


def test_monitoring_to_exceptions_and_master_data(
    made_store: Path, tmp_path: Path, serve: Callable[[Path], Served], visitors: Visitors
) -> None:
    """What broke a rule goes to its owners."""
    served = serve(happened(made_store, tmp_path, what_happened.monitored))
    page = visitors(served, "ben").page
    page.goto("/actuals/monitor")
    expect(page.get_by_role("heading", name="Broken rules")).to_be_visible(timeout=LONG)
    expect(page.locator("#outside").get_by_role("link", name="kettle")).to_be_visible()
    assert_accessible(page)
    picture(page, "monitoring")
    page.get_by_role("button", name="Open exceptions").click()
    expect(page.get_by_text("5 exceptions are open")).to_be_visible(timeout=LONG)
    page.get_by_role("link", name="Master data").click()
    expect(page.get_by_role("heading", name="Not checked")).to_be_visible(timeout=LONG)
    assert_accessible(page)
    picture(page, "master-data")
    phone = visitors(served, "ben", width=390).page
    for path in ("/actuals", "/actuals/monitor", "/actuals/drift"):
        phone.goto(path)
        expect(phone.get_by_role("navigation", name="What happened")).to_be_visible(timeout=LONG)
        assert_accessible(phone)
        assert_fits(phone)


def _send(page: Page, file: Path) -> None:
    page.get_by_label("Files").set_input_files(file)
    page.get_by_role("button", name="Import").click()
