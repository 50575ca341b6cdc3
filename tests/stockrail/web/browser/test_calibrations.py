"""A calibration in browsers: accepted and rejected by segment, by two people who look at it at the same time."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

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


def test_two_people_decide(calibrated_served: Served, visitors: Visitors) -> None:
    """Ben accepts staples; Carla, who had the page open before, cannot decide on them again; she rejects extras."""
    ben, carla = visitors(calibrated_served, "ben"), visitors(calibrated_served, "carla")
    carla.page.goto("/calibrations/1")
    page = ben.page
    page.goto("/calibrations")
    picture(page, "calibrations")
    page.get_by_role("link", name="Calibration 1", exact=True).click()
    expect(page.locator("#together")).to_contain_text("As it is today")
    assert_accessible(page)
    assert_charts_drawn(page, least=3)
    assert_fits(page)
    picture(page, "calibration")
    page.get_by_label("Why accept or reject staples").fill("Less stock, nearly the same service.")
    page.get_by_role("button", name="Accept staples").click()
    staples = page.locator("#segment-staples")
    expect(staples).to_contain_text("Accepted by ben (supply planning)")
    expect(staples.get_by_role("button")).to_have_count(0)
    expect(page.locator("#together")).to_contain_text("Breaks stock-cap")

    late = carla.page
    late.get_by_label("Why accept or reject staples").fill("Too little.")
    late.get_by_role("button", name="Reject staples").click()
    expect(late.locator("#messages")).to_contain_text("ben (supply_planning) accepted the targets of staples")
    carla.expect_refusal(409)
    expect(late.get_by_label("Why accept or reject staples")).to_have_value("Too little.")
    late.get_by_label("Why accept or reject extras").fill("93.6 % is too little.")
    late.get_by_role("button", name="Reject extras").click()
    expect(late.locator("#segment-extras")).to_contain_text("Rejected by carla (finance)")

    page.reload()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Targets for the ERP (CSV)").click()
    lines = downloaded.value.path().read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[3] for line in lines[1:]] == ["z0.5"] * 3 + ["today"] * 3
    assert_accessible(page)


def test_on_a_phone(calibrated_served: Served, visitors: Visitors) -> None:
    """390 pixels wide: the targets can be read and decided on."""
    page = visitors(calibrated_served, "ben", width=390).page
    for path in ("/calibrations", "/calibrations/1", "/calibrations/1/items"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_accessible(page)
        assert_fits(page)
