"""What every page is made of, in a real browser: navigation, dialogs, questions, messages, accessibility."""

import pytest
from playwright.sync_api import Dialog, expect

from tests.stockrail.web.browser.demonstration import Demonstrations, Scheme
from tests.stockrail.web.browser.visitors import assert_accessible, assert_charts_drawn, assert_fits


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_is_accessible_and_fits(demonstrate: Demonstrations, width: int, scheme: Scheme) -> None:
    """No violation of WCAG A and AA in light and dark, nothing wider than the window, no complaint of the security policy."""
    shown = demonstrate("figures,charts,grid", width=width, scheme=scheme)
    assert_charts_drawn(shown.page, least=3)
    assert_accessible(shown.page)
    assert_fits(shown.page)


def test_navigation_is_a_row_or_behind_a_button(demonstrate: Demonstrations) -> None:
    """On a wide window all pages are one click away; on a phone a button opens them, Escape closes them."""
    wide = demonstrate("figures").page
    expect(wide.get_by_role("link", name="Audit")).to_be_visible()
    narrow = demonstrate("figures", width=390).page
    link = narrow.get_by_role("link", name="Audit")
    expect(link).to_be_hidden()
    button = narrow.locator("details.menu:not(.account) > summary")
    button.focus()
    narrow.keyboard.press("Enter")
    expect(link).to_be_visible()
    narrow.keyboard.press("Tab")
    narrow.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(button).to_be_focused()


def test_dialog_opens_and_closes(demonstrate: Demonstrations) -> None:
    """A button opens the dialog it names; the dialog's own button closes it."""
    page = demonstrate("figures").page
    page.get_by_role("button", name="Optimize").click()
    expect(page.get_by_role("dialog", name="Optimize")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_question_is_asked_before_a_form_is_sent(demonstrate: Demonstrations) -> None:
    """Cancel sends nothing; the dialog's button with the words of the action sends the form."""
    page = demonstrate("figures").page
    before = page.url
    page.locator("#withdraw button").click()
    dialog = page.get_by_role("dialog", name="Withdraw the request?")
    assert_accessible(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url == before
    page.locator("#withdraw button").click()
    with page.expect_navigation():
        dialog.get_by_role("button", name="Withdraw").click()
    assert page.url != before


def test_leaving_with_unsaved_changes_asks(demonstrate: Demonstrations) -> None:
    """The browser asks before a page with a changed form is left; without changes it does not."""
    page = demonstrate("figures").page
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto(page.url)
    assert asked == []
    page.get_by_label("Notes").fill("call the supplier")
    page.goto(page.url)
    assert asked == ["beforeunload"]


def test_copy(demonstrate: Demonstrations) -> None:
    """A button copies the text of what it names, and says so."""
    page = demonstrate("figures").page
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == "run 7"


def test_message_can_be_dismissed(demonstrate: Demonstrations) -> None:
    """A message of a script is text, never markup, and goes away when dismissed."""
    page = demonstrate("figures").page
    page.evaluate("() => stockrail.announce('<b>not</b> saved', 'error')")
    expect(page.get_by_role("alert")).to_contain_text("<b>not</b> saved")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_be_empty()
