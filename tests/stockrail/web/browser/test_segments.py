"""From the segments of a plan to an item and the reasons for its safety stock, in a browser."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_charts_drawn,
    assert_fits,
    picture,
)
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example


@pytest.fixture
def calibrated_served(made_store: Path, tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """The service on a store with a calibration, run 1, that Anna asked for."""
    folder = shutil.copytree(made_store, tmp_path / "calibrated")
    with Store.open(folder) as store:
        assert add_calibration(store, add_example(store)) == 1
    return serve(folder)


def in_order(page: Page) -> None:
    """Accessible, as wide as the window, charts drawn where there are some."""
    assert_accessible(page)
    assert_fits(page)
    if page.locator("[data-spec]").count():
        assert_charts_drawn(page)


def test_from_a_segment_to_an_item(calibrated_served: Served, visitors: Visitors) -> None:
    """Segments, then the items of one sorted by money, then the item that is dearest in stock, by keyboard."""
    page = visitors(calibrated_served, "edna").page
    page.goto("/runs/1/segments")
    in_order(page)
    picture(page, "segments")
    page.get_by_role("link", name="staples", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 items of staples, run 1")
    expect(page.locator(".grid[data-ready=true]")).to_be_visible()
    names = page.locator('[role=gridcell][col-id="item"]')
    expect(names.first).to_have_text("lamp")  # 1,600 of money in stock, more than cable and bulb
    in_order(page)
    picture(page, "segment-items")
    names.first.click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("lamp")
    expect(page.get_by_role("heading", name="Why there is safety stock")).to_be_visible()
    expect(page.locator("#needed tbody tr").first).to_contain_text("Forecast error")
    assert_charts_drawn(page, least=4)
    in_order(page)
    picture(page, "item")


@pytest.mark.parametrize("path", ["/runs/1/segments", "/runs/1/items", "/runs/1/items/vase"])
def test_on_a_phone(calibrated_served: Served, visitors: Visitors, path: str) -> None:
    """390 pixels wide: nothing sticks out, everything is there."""
    page = visitors(calibrated_served, "edna", width=390).page
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    in_order(page)
