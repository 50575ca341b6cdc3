"""A scenario in a real browser: cells, a block from Excel, undo, a draft, two people at once."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from stockrail.workbench import baselines, scenarios
from stockrail.workbench.store import Store
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitor,
    Visitors,
    assert_accessible,
    assert_fits,
    picture,
)
from tests.stockrail.workbench.folders import ROOT

DEMAND, ITEMS = "/scenarios/high?table=demand", "/scenarios/high?table=items"


@pytest.fixture
def with_distributor(made_store: Path, tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """A service whose scenario `large` changes the 200 items and 26 periods of distributor."""
    folder = shutil.copytree(made_store, tmp_path / "large")
    with Store.open(folder) as store:
        baselines.import_folder(store, "otto", ROOT / "instances" / "distributor", "The real one.")
        change = {
            "table": "demand",
            "where": {"segment": "A-steady"},
            "column": "mean_units",
            "multiply": 1.1,
        }
        scenarios.save(store, "anna", "large", [change], scenarios.NEW)
    return serve(folder)


def cell(page: Page, row: str, column: str) -> Locator:
    """A cell of the page's grid."""
    return page.locator(f'#cells [row-id="{row}"] [col-id="{column}"]')


def go(visitor: Visitor, path: str) -> Page:
    """Open a page and wait until its grid is there."""
    visitor.page.goto(path)
    expect(visitor.page.locator("#cells")).to_have_attribute("data-ready", "true")
    return visitor.page


def type_in(page: Page, row: str, column: str, text: str) -> None:
    """Choose a cell, type, and press Enter."""
    cell(page, row, column).click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def paste(page: Page, text: str) -> None:
    """Paste what somebody copied in a spreadsheet into the cell that is chosen."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def state(page: Page) -> Locator:
    """How the draft stands."""
    return page.locator("#draft-state")


def test_edit_reload_save(served: Served, visitors: Visitors) -> None:
    """A cell is marked, kept as a draft through a reload and another sign-in, undone, done again, and saved."""
    anna = visitors(served, "anna")
    page = go(anna, ITEMS)
    expect(state(page)).to_contain_text("Multiply demand.mean_units by 2 where item is fan.")
    type_in(page, "kettle", "unit_price", "21")
    expect(cell(page, "kettle", "unit_price")).to_have_class(_with("cell-changed"))
    expect(state(page)).to_contain_text("items.unit_price of kettle: 21")
    page.reload()
    expect(page.locator("#cells")).to_have_attribute("data-ready", "true")
    expect(cell(page, "kettle", "unit_price")).to_contain_text("21")
    expect(cell(page, "kettle", "unit_price")).to_have_class(_with("cell-changed"))
    elsewhere = go(visitors(served, "anna", width=390), ITEMS)
    expect(state(elsewhere)).to_contain_text("items.unit_price of kettle: 21")
    assert_fits(elsewhere)
    assert_accessible(elsewhere)
    page.get_by_role("button", name="Undo").click()
    expect(state(page)).to_contain_text("Everything is saved.")
    page.get_by_role("button", name="Redo").click()
    expect(state(page)).to_contain_text("not saved")
    assert_accessible(page)
    picture(page, "scenario")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved as version 2.")).to_be_visible()
    expect(page.locator("#cells")).to_have_attribute("data-ready", "true")
    expect(cell(page, "kettle", "unit_price")).to_have_class(_with("cell-marked"))
    assert cell(page, "kettle", "unit_price").get_attribute("title") == "baseline: 20"


def test_save_right_after_typing_loses_nothing(served: Served, visitors: Visitors) -> None:
    """The cell that is on its way and the save are sent one after the other."""
    page = go(visitors(served, "anna"), ITEMS)
    type_in(page, "kettle", "unit_price", "21")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    with Store.open(served.folder) as store:
        assert scenarios.get(store, "high").overlay[-1]["set"] == 21.0


def test_five_hundred_cells_from_excel(with_distributor: Served, visitors: Visitors) -> None:
    """A block of 20 items and 25 periods is one step, kept in the draft, and saved; one undo takes it back."""
    page = go(visitors(with_distributor, "anna"), "/scenarios/large?table=demand")
    cell(page, "item-001", "1").click()
    paste(
        page, "\r\n".join("\t".join(f"{1000 * k + t}" for t in range(1, 26)) for k in range(1, 21)) + "\r\n"
    )
    status = page.locator("#cells [data-grid-status]")
    expect(status).to_have_text("Pasted 500 cells, 500 changed.")
    # Five hundred cells and the rule that was there.
    expect(state(page)).to_contain_text("501 changes of the baseline")
    page.get_by_role("button", name="Undo").click()
    expect(state(page)).to_contain_text("Everything is saved.")
    page.get_by_role("button", name="Redo").click()
    expect(state(page)).to_contain_text("501 changes of the baseline")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible(timeout=30_000)
    with Store.open(with_distributor.folder) as store:
        found = baselines.instance(store, 2, scenarios.get(store, "large").id)
    assert found.mean_demand[0, 1] == 1001.0
    assert found.mean_demand[19, 25] == 20025.0


def test_wrong_cell_is_told_where_it_is(served: Served, visitors: Visitors) -> None:
    """What the service refuses is marked at its cell, with what is allowed, and keeps the draft from being saved."""
    anna = visitors(served, "anna")
    page = go(anna, ITEMS)
    type_in(page, "kettle", "lot_size", "0")  # the browser knows the range, and not that 0 itself is outside
    expect(cell(page, "kettle", "lot_size")).to_have_class(_with("cell-error"))
    expect(state(page)).to_contain_text("kettle, lot_size: 0; allowed: a number > 0.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("items.lot_size of kettle")
    anna.expect_refusal(422)
    assert_accessible(page)
    type_in(page, "kettle", "lot_size", "5")
    expect(state(page)).not_to_contain_text("cannot hold")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()


def test_two_people_at_once(served: Served, visitors: Visitors) -> None:
    """Anna saves first. Ben is shown who and what, puts his changes on top, and saves: both are there."""
    anna, ben = visitors(served, "anna"), visitors(served, "ben")
    annas, bens = go(anna, ITEMS), go(ben, ITEMS)
    type_in(annas, "kettle", "unit_price", "21")
    type_in(annas, "fan", "unit_price", "41")
    expect(state(annas)).to_contain_text("items.unit_price of fan")
    annas.get_by_role("button", name="Save").click()
    expect(annas.get_by_text("Saved as version 2.")).to_be_visible()
    type_in(bens, "kettle", "unit_price", "22")
    expect(state(bens)).to_contain_text("anna saved version 2")
    bens.get_by_role("button", name="Save").click()
    expect(bens.get_by_role("heading", name="anna has saved high meanwhile")).to_be_visible()
    ben.expect_refusal(409)
    expect(bens.locator("#both tbody tr :is(th, td)")).to_have_text(
        ["items.unit_price of kettle", "as in the baseline", "21", "22"]
    )
    assert_accessible(bens)
    picture(bens, "scenario-conflict")
    bens.get_by_role("button", name="Put my changes on top").click()
    expect(state(bens)).to_contain_text("items.unit_price of kettle: 22")
    expect(state(bens)).to_contain_text("items.unit_price of fan: 41")
    bens.get_by_role("button", name="Save").click()
    expect(bens.get_by_text("Saved as version 3.")).to_be_visible()
    with Store.open(served.folder) as store:
        assert len(scenarios.get(store, "high").overlay) == 3


def test_many_rows_and_optimize(served: Served, visitors: Visitors) -> None:
    """A tenth more demand for kitchen, in words and in the table; then a plan of it, saved by that."""
    ben = visitors(served, "ben")
    page = go(ben, DEMAND)
    page.get_by_text("Change many rows of demand").click()
    page.get_by_label("Number or value").fill("1.1")
    page.get_by_label("Condition 1: column").select_option("product_group")
    page.get_by_label("Condition 1: values").fill("kitchen")
    page.get_by_role("button", name="Add the change").click()
    expect(state(page)).to_contain_text("Multiply demand.mean_units by 1.1 where product_group is kitchen.")
    expect(page.locator("#cells")).to_have_attribute("data-ready", "true")
    expect(cell(page, "kettle", "0")).to_contain_text("11")
    page.get_by_role("button", name="Optimize").click()
    page.wait_for_url("**/runs/1")
    with Store.open(served.folder) as store:
        assert scenarios.get(store, "high").version == 2


def test_new_scenario_and_archive(served: Served, visitors: Visitors) -> None:
    """It begins with the changes of another one; when it is put away it is on the list of archived ones."""
    page = visitors(served, "anna").page
    page.goto("/scenarios")
    assert_accessible(page)
    page.get_by_role("button", name="New scenario").click()
    page.get_by_label("Name").fill("higher still")
    page.get_by_label("Begin with the changes of").select_option("high")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="higher still")).to_be_visible()
    expect(state(page)).to_contain_text("Multiply demand.mean_units by 2")
    page.goto("/scenarios")
    picture(page, "scenarios")
    page.get_by_role("button", name="Archive higher still").click()
    page.get_by_role("button", name="Archive", exact=True).last.click()
    expect(page.get_by_role("link", name="higher still")).to_have_count(0)
    page.get_by_role("link", name="1 archived").click()
    expect(page.get_by_role("link", name="higher still")).to_be_visible()


def _with(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|\s){name}(\s|$)")
