"""Signing in and out, people and the audit log, in a real browser."""

from playwright.sync_api import Page, expect

from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import (
    Visitors,
    assert_accessible,
    assert_fits,
    picture,
)
from tests.stockrail.web.clients import PASSWORD

NEW = "staple of another battery"


def _fill_sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_sign_in_and_out(served: Served, visitors: Visitors) -> None:
    """To the page that was asked for, after a wrong password; after signing out the pages are closed."""
    ben = visitors(served, None)
    page = ben.page
    page.goto("/people")
    expect(page).to_have_url(f"{served.address}/sign-in?next=%2Fpeople")
    assert_accessible(page)
    picture(page, "sign-in")
    _fill_sign_in(page, "ben", "wrong horse battery")
    expect(page.get_by_role("alert").filter(has_text="Name or password is wrong.")).to_be_visible()
    ben.expect_refusal(401)
    expect(page.get_by_label("Name")).to_have_value("ben")
    expect(page.get_by_label("Password")).to_have_value("")
    assert_accessible(page)
    _fill_sign_in(page, "ben", PASSWORD)
    expect(page).to_have_url(f"{served.address}/people")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert PASSWORD not in served.log and "wrong horse battery" not in served.log


def test_too_many_wrong_passwords_wait(served: Served, visitors: Visitors) -> None:
    """The sixth try is told how long, also with the right password; somebody else signs in meanwhile."""
    anna = visitors(served, None)
    anna.page.goto("/sign-in")
    for _ in range(5):
        _fill_sign_in(anna.page, "anna", "wrong horse battery")
        expect(anna.page.get_by_text("Name or password is wrong.")).to_be_visible()
        anna.expect_refusal(401)
    _fill_sign_in(anna.page, "anna", PASSWORD)
    expect(anna.page.get_by_text("There were too many tries with a wrong password. Wait")).to_be_visible()
    anna.expect_refusal(429)
    visitors(served, "ben")


def test_session_that_an_admin_ends(served: Served, visitors: Visitors) -> None:
    """Carl's next click leads to the sign-in; dora's own session goes on."""
    carl, dora = visitors(served, "carl"), visitors(served, "dora")
    dora.page.goto("/people")
    expect(dora.page.locator("#sessions tbody tr")).to_have_count(2)
    dora.page.get_by_role("button", name="End the session of carl since").click()
    expect(dora.page.locator("#sessions tbody tr")).to_have_count(1)
    carl.page.goto("/people")
    expect(carl.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_account_is_made_and_its_password_changed(served: Served, visitors: Visitors) -> None:
    """A password that is too short is told above the form, which stays as it was; fred then takes one of his own."""
    dora = visitors(served, "dora")
    page = dora.page
    page.goto("/people")
    form = page.locator("#new-account")
    form.get_by_label("Name", exact=True).fill("fred")
    form.get_by_label("New password", exact=True).fill("fredfredfred")
    form.get_by_label("New password again").fill("fredfredfred")
    form.get_by_role("button", name="Make account").click()
    expect(page.locator("#messages")).to_contain_text("The password is the name of the account")
    dora.expect_refusal(422)
    expect(form.get_by_label("Name", exact=True)).to_have_value("fred")
    form.get_by_label("New password", exact=True).fill(NEW)
    form.get_by_label("New password again").fill(NEW)
    form.get_by_role("button", name="Make account").click()
    expect(page.get_by_role("row", name="fred none enabled")).to_be_visible()

    fred = visitors(served, None)
    fred.sign_in("fred", NEW)
    fred.page.goto("/people")
    own = fred.page.locator("#own-password")
    own.get_by_label("Password until now").fill(NEW)
    own.get_by_label("New password", exact=True).fill(PASSWORD)
    own.get_by_label("New password again").fill(PASSWORD)
    own.get_by_role("button", name="Change password").click()
    expect(fred.page.get_by_text("Your password was changed.")).to_be_visible()
    fred.sign_in("fred", PASSWORD)


def test_token_is_made_and_ended(served: Served, visitors: Visitors) -> None:
    """Shown once, and gone after the page was loaded again; ending it asks first."""
    ben = visitors(served, "ben")
    page = ben.page
    page.goto("/people")
    page.get_by_label("New token of yours for").fill("nightly import")
    page.get_by_role("button", name="Make token").click()
    expect(page.locator("#made-token")).to_contain_text("stockrail_")
    token = page.locator("#made-token").inner_text()
    assert_accessible(page)
    page.reload()
    expect(page.get_by_text("nightly import")).to_be_visible()
    expect(page.locator("#made-token")).to_have_count(0)
    page.get_by_role("button", name="End token 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("nightly import")).to_be_visible()
    page.get_by_role("button", name="End token 1").click()
    page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("nightly import")).to_have_count(0)
    assert token not in served.log


def test_people_looks(served: Served, visitors: Visitors) -> None:
    """Wide and on a phone, for who may edit: no violation, nothing sticks out."""
    visitors(served, "ben")
    for width in (1280, 390):
        page = visitors(served, "dora", width).page
        page.goto("/people")
        assert_accessible(page)
        assert_fits(page)
        picture(page, "people" if width == 1280 else "people-phone")
        page.get_by_role("button", name="Set password of carl", exact=True).click()
        expect(page.get_by_role("dialog", name="Another password for carl")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")


def test_audit(served: Served, visitors: Visitors) -> None:
    """A filter is taken at once; the check gives a hash to keep, which a later check finds."""
    for width in (1280, 390):
        page = visitors(served, "edna", width).page
        page.goto("/audit")
        expect(page.locator("#entries tbody tr").first).to_be_visible()
        assert_accessible(page)
        page.get_by_role("button", name="Verify").click()
        expect(page.locator("#verification")).to_contain_text("nothing was changed past the store")
        head = page.locator("#head-hash").inner_text()
        page.get_by_label("Hash from an earlier check").fill(head)
        page.get_by_role("button", name="Verify").click()
        expect(page.locator("#verification")).to_contain_text("the hash from earlier is still there")
        assert_accessible(page)
        assert_fits(page)
        picture(page, "audit" if width == 1280 else "audit-phone")
        page.get_by_role("combobox", name="What").select_option("scenario.save")
        expect(page.locator("#entries tbody tr")).to_have_count(1)
        expect(page).to_have_url(f"{served.address}/audit?by=&action=scenario.save&entity=")
