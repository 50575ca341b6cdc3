"""Visitors with a real browser, who note every complaint of a page."""

import json
import os
import shutil
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.clients import PASSWORD

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PICTURES = Path(__file__).resolve().parents[4] / "docs" / "pictures"
MAKES_PICTURES = "STOCKRAIL_PICTURES"
"""With this variable set the tests write the pictures of the documentation anew."""

_HEIGHT = 900
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def chromium() -> str | None:
    """The browser that is installed, or None."""
    return next((path for path in CHROMIUM if shutil.which(path)), None)


class Visitors(Protocol):
    """Makes visitors."""

    def __call__(self, served: Served, name: str | None, width: int = 1280) -> "Visitor":
        """A visitor of a service, signed in as somebody or not at all."""


class Visitor:
    """Somebody with a browser of their own.

    Attributes
    ----------
    page : as Playwright has it.
    complaints : errors of the console and of scripts, and requests to other hosts; expected ones are taken out by the test.
    """

    def __init__(self, browser: Browser, served: Served, width: int) -> None:
        self.served = served
        self._context = browser.new_context(
            viewport={"width": width, "height": _HEIGHT}, base_url=served.address
        )
        self._context.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another tab."""
        page = self._context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._on_request)
        return page

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Sign in on the page for it."""
        self.page.goto("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator(".account summary")).to_have_text(name)

    def expect_refusal(self, status: int) -> None:
        """Take the lines of the browser and of htmx on an answer with this status out of the complaints; the first must be there."""
        line = next((one for one in self.complaints if f"status of {status}" in one), None)
        assert line is not None, self.complaints
        self.complaints.remove(line)
        of_htmx = next((one for one in self.complaints if f"Status Error Code {status} " in one), None)
        if of_htmx is not None:
            self.complaints.remove(of_htmx)

    def close(self) -> None:
        """Close the browser."""
        self._context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != f"127.0.0.1:{self.served.port}":
            self.complaints.append(f"request to another host: {request.url}")


def assert_accessible(page: Page) -> None:
    """Axe finds no violation of WCAG A and AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        _RULES,
    )
    shown = [
        {"rule": one["id"], "help": one["help"], "at": [node["html"][:200] for node in one["nodes"]][:4]}
        for one in found["violations"]
    ]
    assert not shown, json.dumps(shown, indent=1)


def assert_charts_drawn(page: Page, least: int = 1) -> None:
    """Every chart of the page is drawn, and there are some."""
    charts = page.locator("[data-spec]")
    assert charts.count() >= least, f"{charts.count()} charts"
    for number in range(charts.count()):
        charts.nth(number).scroll_into_view_if_needed()
        expect(charts.nth(number)).to_have_attribute("data-drawn", "true")


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the right: the page itself does not scroll sideways."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{wider} px wider than the window"


def picture(page: Page, name: str) -> None:
    """Take a picture of the page; into the documentation where it is asked for, so that every run shows that it can be taken."""
    page.evaluate("window.scrollTo(0, 0)")  # what sticks to the top would be in the middle
    taken = page.screenshot(full_page=True, animations="disabled")
    assert len(taken) > 5_000
    if os.environ.get(MAKES_PICTURES):
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(taken)
