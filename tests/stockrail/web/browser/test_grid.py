"""Grids of pages in a real browser: thousands of rows, pasting from spreadsheets, undo, keyboard, marks."""

import csv
import io
import json
import re

from playwright.sync_api import Dialog, expect

from tests.stockrail.web.browser.demonstration import Demonstrations
from tests.stockrail.web.browser.visitors import assert_accessible

_MOST_SECONDS_READY = 1.5
"""Of the processor, until the grid is there; a quarter of it was measured."""


def test_five_thousand_rows_are_shown_as_one_scrolls(demonstrate: Demonstrations) -> None:
    """The grid is soon there, holds few rows in the page at a time, and its end is a key away."""
    shown = demonstrate("grid", rows=5000)
    assert 0 < shown.busy_seconds() < _MOST_SECONDS_READY
    expect(shown.page.locator("#items [data-grid-rows]")).to_have_text("5,000 rows")
    shown.cell("I0001", "unit_cost").click()
    shown.page.keyboard.press("Control+End")
    expect(shown.cell("I5000", "item")).to_be_visible()
    assert shown.page.locator("#items [role=row]").count() < 200
    assert_accessible(shown.page)


def test_paste_of_five_hundred_cells_is_one_step(demonstrate: Demonstrations) -> None:
    """A block of 250 rows and 2 columns goes in at the cell; one undo takes it back, one redo brings it again."""
    shown = demonstrate("grid", rows=5000)
    shown.cell("I0001", "unit_cost").click()
    before = shown.busy_seconds()
    shown.paste("\r\n".join(f"{place}.25\t{place + 100}" for place in range(1, 251)) + "\r\n")
    expect(shown.status).to_have_text("Pasted 500 cells, 500 changed.")
    assert shown.busy_seconds() - before < 1.0
    changes = shown.changes()
    assert len(changes) == 500
    assert {"row": "I0250", "column": "lot_size", "value": 350, "before": 10} in changes
    assert {"row": "I0002", "column": "unit_cost", "value": 2.25, "before": 3.5} in changes
    expect(shown.page.locator("[data-grid-count=items]")).to_have_text("500 changed cells")
    shown.page.keyboard.press("Control+z")
    expect(shown.cell("I0001", "unit_cost")).to_have_text("2.50")
    assert shown.changes() == []
    shown.page.keyboard.press("Control+y")
    assert len(shown.changes()) == 500
    shown.page.get_by_role("button", name="Undo").click()
    assert shown.changes() == []
    shown.page.keyboard.press("Control+Shift+z")  # on the button: it is inside the grid's element
    assert len(shown.changes()) == 500


def test_pasted_texts_are_read_or_refused_never_guessed(demonstrate: Demonstrations) -> None:
    """Thousands may be separated; decimal commas, percents and fractions of lots are refused with a message, the others go in."""
    shown = demonstrate("grid")
    shown.cell("I0001", "unit_cost").click()
    texts = ["1,234.5", "1 234", "1,5", "12%", "", "-3", "abc", "1.234,50", "2e3"]
    shown.paste("\n".join(texts))
    assert {change["row"]: change["value"] for change in shown.changes()} == {
        "I0001": 1234.5,
        "I0002": 1234,
        "I0009": 2000,
    }
    expect(shown.status).to_contain_text(
        "6 refused: I0003, Unit cost: 1,5: write decimals after a point (1.5)"
    )
    messages = {
        f"I000{number}": shown.cell(f"I000{number}", "unit_cost").get_attribute("title")
        for number in range(3, 9)
    }
    assert "without a percent sign" in (messages["I0004"] or "")
    assert messages["I0005"] == "May not be empty."
    assert messages["I0006"] == "-3: allowed is 0 or more."
    assert messages["I0007"] == "abc is not a number."
    assert "after a point" in (messages["I0008"] or "")
    assert shown.page.locator("#items .cell-error").count() == 6
    expect(shown.cell("I0003", "unit_cost")).to_contain_text("4.50")
    assert_accessible(shown.page)


def test_paste_over_other_columns_and_edges(demonstrate: Demonstrations) -> None:
    """Keys that are pasted along are compared, not written; cells outside of the grid are counted."""
    shown = demonstrate("grid", rows=3)
    shown.cell("I0002", "item").click()
    shown.paste('I0002\t"Ball valve <2> & seat"\t7.5\nI0009\tother\t8.5\nI0010\tmore\t9.5')
    assert [(change["row"], change["value"]) for change in shown.changes()] == [
        ("I0002", 7.5),
        ("I0003", 8.5),
    ]
    expect(shown.status).to_have_text(
        "Pasted 2 cells, 2 changed. 2 cells of columns that cannot be edited differ: are the rows in the same order? 3 cells did not fit."
    )


def test_editing_with_the_keyboard_alone(demonstrate: Demonstrations) -> None:
    """Typing edits, Enter takes over and goes down, Escape gives up, Delete empties, each as a step of its own."""
    shown = demonstrate("grid")
    keyboard = shown.page.keyboard
    shown.cell("I0001", "lot_size").click()
    keyboard.type("24")
    keyboard.press("Enter")
    expect(shown.cell("I0001", "lot_size")).to_contain_text("24")
    expect(shown.cell("I0001", "lot_size")).to_have_class(_having("cell-changed"))
    assert shown.cell("I0001", "lot_size").get_attribute("title") == "changed from 10"
    keyboard.type("99")
    keyboard.press("Escape")
    assert [change["row"] for change in shown.changes()] == ["I0001"]
    keyboard.type("2.5")
    keyboard.press("Enter")
    expect(shown.status).to_have_text("I0002, Lot size: 2.5: whole numbers only. The former value stays.")
    expect(shown.cell("I0002", "lot_size")).to_have_class(_having("cell-error"))
    shown.cell("I0004", "target").click()
    keyboard.press("Delete")
    assert shown.changes()[-1] == {"row": "I0004", "column": "target", "value": None, "before": 0.95}
    keyboard.press("Control+z")
    keyboard.press("Control+z")
    assert shown.changes() == []


def test_choices_dates_and_flags(demonstrate: Demonstrations) -> None:
    """A choice is picked from a list; a date and a flag are typed and checked."""
    shown = demonstrate("grid")
    shown.cell("I0001", "policy").click()
    shown.paste("REVIEW\t2026-02-30\tyes")
    expect(shown.status).to_contain_text("2026-02-30: write dates as year-month-day")
    assert shown.changes() == [
        {"row": "I0001", "column": "policy", "value": "review", "before": "continuous"},
        {"row": "I0001", "column": "active", "value": True, "before": False},
    ]
    shown.cell("I0002", "policy").dblclick()
    assert_accessible(shown.page)
    shown.page.keyboard.press("ArrowDown")
    assert_accessible(shown.page)
    shown.page.keyboard.press("ArrowUp")
    shown.page.keyboard.press("Enter")
    expect(shown.cell("I0002", "policy")).to_contain_text("continuous")
    assert {"row": "I0002", "column": "policy", "value": "continuous", "before": "none"} in shown.changes()


def test_tab_leaves_the_grid(demonstrate: Demonstrations) -> None:
    """Nobody is caught in a grid of thousands of cells: Tab goes on to what comes after it, Shift+Tab back out."""
    shown = demonstrate("grid", rows=5000)
    shown.cell("I0002", "unit_cost").click()
    shown.page.keyboard.press("Tab")
    expect(shown.page.locator("#after-grid")).to_be_focused()
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("() => document.activeElement.closest('.grid-view') !== null")
    shown.page.keyboard.press("Shift+Tab")
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("() => document.activeElement.closest('.grid-view') === null")


def test_find_filter_sort_and_export(demonstrate: Demonstrations) -> None:
    """What is found is what the CSV holds, numbers in full, in the order shown, and texts that a spreadsheet would run made harmless."""
    shown = demonstrate("grid")
    shown.page.get_by_label("Find in Items of the scenario").fill("valve <1")
    expect(shown.page.locator("#items [data-grid-rows]")).to_have_text("11 of 50 rows")  # 1 and 10 to 19
    shown.page.locator("#items .ag-header-cell[col-id=unit_cost] .ag-header-cell-text").click()
    shown.page.locator("#items .ag-header-cell[col-id=unit_cost] .ag-header-cell-text").click()
    expect(shown.page.locator("#items .ag-grid-scrolling-container [role=row]").first).to_contain_text(
        "20.50"
    )
    shown.page.evaluate("() => (stockrail.grid('items').rows.get('I0019').description = '=1+1')")
    with shown.page.expect_download() as waiting:
        shown.page.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "items.csv"
    lines = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert [line["item"] for line in lines] == [f"I00{number:02d}" for number in (*range(19, 9, -1), 1)]
    assert lines[0]["unit_cost"] == "20.5" and lines[0]["description"] == "'=1+1"


def test_page_gets_the_changes_and_gives_the_errors(demonstrate: Demonstrations) -> None:
    """A form's field holds the changes, its button is active; errors of the server mark cells; saving forgets what was changed."""
    shown = demonstrate("grid", rows=5000)
    page = shown.page
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    page.evaluate(
        "() => { window.heard = []; document.addEventListener('grid:changed', ({detail}) => heard.push([detail.kind, detail.changes.length])); }"
    )
    shown.cell("I0001", "unit_cost").click()
    shown.paste("5")
    expect(save).to_be_enabled()
    assert json.loads(page.locator("input[name=changes]").input_value()) == [
        {"row": "I0001", "column": "unit_cost", "value": 5, "before": 2.5}
    ]
    page.evaluate(
        "() => stockrail.grid('items').setErrors([{row: 'I4000', column: 'lot_size', message: 'Above the stock of the supplier.'}])"
    )
    expect(shown.cell("I4000", "lot_size")).to_have_class(_having("cell-error"))
    expect(shown.status).to_have_text("I4000, Lot size: Above the stock of the supplier.")
    page.evaluate("() => document.dispatchEvent(new CustomEvent('grid:saved', {detail: {grid: 'items'}}))")
    expect(save).to_be_disabled()
    assert shown.changes() == [] and page.locator("#items .cell-error").count() == 0
    assert page.evaluate("() => heard") == [["paste", 1], ["saved", 0]]


def test_marked_cells_say_why(demonstrate: Demonstrations) -> None:
    """A cell that the page marks has a note for eyes and for screen readers."""
    shown = demonstrate("grid")
    cell = shown.cell("I0003", "lot_size")
    expect(cell).to_have_class(_having("cell-marked"))
    expect(cell).to_have_text("10 (baseline: 12)")
    assert cell.get_attribute("title") == "baseline: 12"


def test_a_short_grid_shows_its_last_row(demonstrate: Demonstrations) -> None:
    """A grid of few rows is as high as they are, and no scrollbar lies over the last one."""
    shown = demonstrate("grid", rows=3)
    shown.cell("I0003", "lot_size").click()
    expect(shown.cell("I0003", "lot_size")).to_be_focused()
    assert shown.page.locator("#items .grid-view").evaluate("one => one.clientHeight") < 200


def test_grid_on_a_phone(demonstrate: Demonstrations) -> None:
    """On a phone nothing is pinned, so that other columns have room; sideways scrolling stays inside the grid."""
    shown = demonstrate("grid", rows=5000, width=390)
    assert shown.page.locator("#items .ag-grid-pinned-left-cells [role=gridcell]").count() == 0
    assert shown.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def _having(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|\s){name}(\s|$)")


def test_a_draft_goes_on(demonstrate: Demonstrations) -> None:
    """Changes of a draft are changes from the start; those of rows that are gone are counted, and a second grid of money is in thousands."""
    shown = demonstrate("grid,draft,thousands")
    assert shown.changes() == [{"row": "I0002", "column": "lot_size", "value": 40, "before": 10}]
    expect(shown.status).to_have_text("1 cell of the draft no longer exist.")
    expect(shown.page.locator("#items [col-id=stock].ag-header-cell")).to_contain_text("Stock (USD k)")
    expect(shown.cell("I0007", "stock")).to_have_text("14.0")  # EUR 7,000, two dollars each, in thousands


def test_answers_of_the_server_mark_cells(demonstrate: Demonstrations) -> None:
    """A fragment with errors marks their cells; a header says that the draft is kept, so that leaving does not ask."""
    shown = demonstrate("grid")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    shown.page.on("dialog", accept)
    shown.cell("I0001", "lot_size").click()
    shown.paste("20")
    shown.page.get_by_role("button", name="Check").click()
    expect(shown.cell("I0004", "lot_size")).to_have_attribute("title", "Not a multiple of 25 & more.")
    assert len(shown.changes()) == 1
    shown.page.goto(shown.page.url)
    assert asked == []


def test_copied_rows_paste_back_as_they_were(demonstrate: Demonstrations) -> None:
    """What is copied for a spreadsheet and pasted at the first cell changes nothing and complains of nothing."""
    shown = demonstrate("grid", rows=20)
    shown.page.get_by_role("button", name="Copy rows").click()
    expect(shown.status).to_have_text("Copied 20 rows without headings.")
    text = shown.page.evaluate("() => navigator.clipboard.readText()")
    assert text.splitlines()[0].split("\t")[:4] == ["I0001", "Ball valve <1> & seat", "2.5", "10"]
    shown.cell("I0001", "item").click()
    shown.page.keyboard.press("Control+v")
    expect(shown.status).to_have_text(
        "Pasted 120 cells, 0 changed."
    )  # 20 rows of six columns that can be edited
    assert shown.changes() == []
