"""Baselines in a real browser: upload with errors and without, what differs, tables, data health."""

from pathlib import Path

from playwright.sync_api import Page, expect

from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import Visitors, assert_accessible, assert_fits, picture
from tests.stockrail.web.uploads import changed_files, zip_of
from tests.stockrail.workbench.folders import three_items


def test_upload_that_is_wrong_then_right(served: Served, visitors: Visitors, tmp_path: Path) -> None:
    """All errors at once with file, row and column; then what would change, whose it is, and the import; then the difference."""
    anna = visitors(served, "anna")
    page = anna.page
    page.goto("/baselines")
    assert_accessible(page)
    page.get_by_role("link", name="Upload a version").click()
    assert_accessible(page)
    wrong = changed_files(
        ("demand.csv", "fan,1,20", "fan,1,many"),
        ("suppliers.csv", "importer,EUR,0,0,36.5", "importer,EUR,0,0,-1"),
    )
    _choose(tmp_path, page, "wrong.zip", zip_of(wrong))
    page.get_by_role("button", name="Check", exact=True).click()
    rows = page.get_by_role("alert").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="demand.csv")).to_have_text("demand.csv6mean_unitsmanya number >= 0")
    expect(rows.filter(has_text="suppliers.csv")).to_contain_text("payment_days")
    anna.expect_refusal(422)
    assert_accessible(page)
    picture(page, "baseline-upload-errors")
    _choose(tmp_path, page, "right.zip", zip_of(changed_files(), folder="three-items/"))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name="Upload of three-items")).to_be_visible()
    expect(page.get_by_text("1 cell of baseline 1: demand 1.")).to_be_visible()
    expect(page.locator("#differences")).to_have_attribute("data-ready", "true")
    assert_accessible(page)
    picture(page, "baseline-upload")
    page.get_by_label("What changed and why").fill("More fans.")
    page.get_by_role("button", name="Import as the next version").click()
    expect(page.get_by_role("heading", name="Baseline 2: three-items")).to_be_visible()
    page.get_by_role("button", name="What differs").click()
    expect(page.get_by_text("1 cell differs: demand 1; 1 changed.")).to_be_visible()
    expect(page.locator('#differences [row-id="1"] [col-id="after"]')).to_have_text("25.5")
    assert_accessible(page)
    picture(page, "baseline-diff")


def test_upload_of_a_folder(served: Served, visitors: Visitors, tmp_path: Path) -> None:
    """The browser sends its files with their paths; what belongs to others cannot be imported."""
    folder = three_items(tmp_path / "my items", ("guardrails.csv", ",,500,", ",,400,"))
    page = visitors(served, "anna").page
    page.goto("/baselines/upload")
    page.get_by_label("A folder").set_input_files(folder)
    page.get_by_role("button", name="Check the folder").click()
    expect(page.get_by_text("1 cell of baseline 1: guardrails 1.")).to_be_visible()
    expect(page.get_by_text("You cannot import this")).to_be_visible()
    expect(page.get_by_text("who has it: carla, carl, otto, paula")).to_be_visible()
    page.get_by_role("button", name="Forget this upload").click()
    expect(page.get_by_role("heading", name="Baselines")).to_be_visible()
    with Store.open(served.folder) as store:
        assert len(baselines.versions(store)) == 1


def test_version_and_tables(served: Served, visitors: Visitors) -> None:
    """Data health leads to the table; both fit a phone."""
    page = visitors(served, "edna").page
    page.goto("/baselines/1")
    expect(page.locator("#health")).to_contain_text("Items with a lead time of 0")
    assert_accessible(page)
    picture(page, "baseline")
    page.locator("#health").get_by_role("link", name="items.lead_time_periods").click()
    expect(page.locator("#cells")).to_have_attribute("data-ready", "true")
    assert_accessible(page)
    page.get_by_label("Table", exact=True).select_option("demand")
    expect(page.get_by_role("heading", name="demand")).to_be_visible()
    expect(page.locator('#cells [row-id="fan"] [col-id="1"]')).to_have_text("20")
    picture(page, "baseline-table")
    narrow = visitors(served, "edna", width=390).page
    for path in ("/baselines", "/baselines/1", "/baselines/1/tables/items", "/baselines/1/diff"):
        narrow.goto(path)
        assert_fits(narrow)
        assert_accessible(narrow)


def _choose(folder: Path, page: Page, name: str, data: bytes) -> None:
    file = folder / name
    file.write_bytes(data)
    page.get_by_label("Files, a .zip, or a workbook").set_input_files(file)
