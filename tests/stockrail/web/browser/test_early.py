"""What is dangerous is asked about, however early it is clicked."""

from playwright.sync_api import Route, expect

from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import Visitors


def test_question_is_asked_although_the_script_comes_late(served: Served, visitors: Visitors) -> None:
    """A form is held until the script that asks is there; it is not sent without an answer."""
    page = visitors(served, "dora").page
    held: list[Route] = []
    page.route("**/static/app.js", lambda route: held.append(route))
    page.goto("/people", wait_until="commit")
    page.get_by_role("button", name="Disable anna").click()
    page.wait_for_timeout(300)
    assert len(held) == 1
    expect(page.get_by_role("dialog")).to_have_count(0)
    held[0].continue_()
    expect(page.get_by_role("dialog")).to_contain_text("Disable anna?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.unroute("**/static/app.js")
    page.reload()
    expect(page.get_by_role("button", name="Disable anna")).to_be_visible()
