"""A page that shows what pages are made of: every macro, with the headers of the workbench, without its store."""

import functools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import altair as alt
import jinja2
import pandas as pd
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect
from playwright.sync_api import Request as BrowserRequest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import stockrail.web
from stockrail.reports import chart_parts
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.middleware import SecureHeaders
from stockrail.web.render import environment

_WEB = Path(stockrail.web.__file__).parent
_TEMPLATES = Path(__file__).parent / "templates"
_POLICIES = ["review", "continuous", "none"]

Scheme = Literal["light", "dark"]

DRAFT = [
    {"row": "I0002", "column": "lot_size", "value": 40},
    {"row": "gone", "column": "lot_size", "value": 40},
]
"""Changes to go on with; the second is of an item that no longer exists."""

COLUMNS: list[dict[str, Any]] = [
    {"field": "item", "title": "Item", "pinned": True},
    {"field": "description", "title": "Description", "width": 220},
    {"field": "unit_cost", "title": "Unit cost", "type": "number", "unit": "EUR", "editable": True, "minimum": 0, "decimals": 2, "required": True},
    {"field": "lot_size", "title": "Lot size", "type": "number", "editable": True, "minimum": 1, "whole": True, "required": True},
    {"field": "target", "title": "Fill target", "type": "number", "unit": "share", "editable": True, "minimum": 0, "maximum": 1},
    {"field": "policy", "title": "Policy", "type": "choice", "choices": _POLICIES, "editable": True, "required": True},
    {"field": "from", "title": "From", "type": "date", "editable": True},
    {"field": "active", "title": "Active", "type": "flag", "editable": True, "required": True},
    {"field": "stock", "title": "Stock", "type": "money"},
    {"field": "fill", "title": "Fill", "type": "percent"},
]  # fmt: skip


class Demonstrations(Protocol):
    """Opens the page."""

    def __call__(
        self, parts: str, *, rows: int = 50, width: int = 1280, scheme: Scheme = "light"
    ) -> "Demonstrated":
        """The page with some of its parts: figures, charts, grid; and its grid with draft, thousands."""


class Demonstrated:
    """The page in a browser of its own.

    Attributes
    ----------
    complaints : of the console (violations of the content-security policy are among them), of scripts, and requests elsewhere.
    """

    def __init__(
        self, browser: Browser, address: str, parts: str, number: int, width: int, scheme: Scheme
    ) -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        self._context.set_default_timeout(10_000)
        self._context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        self._address = address
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", self._on_request)
        self._metrics = self._context.new_cdp_session(self.page)
        # Seconds of the processor: those of the clock say what else the machine does.
        self._metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.goto(f"{address}/?parts={parts}&rows={number}")
        if "grid" in parts:
            expect(self.page.locator("#items")).to_have_attribute("data-ready", "true")

    def busy_seconds(self) -> float:
        """Processor time that the page's main thread took so far."""
        metrics = self._metrics.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    def cell(self, item: str, column: str) -> Locator:
        """A cell of the grid, where its row is shown."""
        return self.page.locator(f'#items [row-id="{item}"] [col-id="{column}"]')

    def paste(self, text: str) -> None:
        """Paste what somebody copied in a spreadsheet."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("Control+v")

    def changes(self) -> list[dict[str, Any]]:
        """What the grid says is changed."""
        changed: list[dict[str, Any]] = self.page.evaluate("() => stockrail.grid('items').changes()")
        return changed

    @property
    def status(self) -> Locator:
        """What the grid says to screen readers too."""
        return self.page.locator("#items [data-grid-status]")

    def close(self) -> None:
        """Close the browser."""
        self._context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: BrowserRequest) -> None:
        if not request.url.startswith((self._address, "data:", "blob:")):
            self.complaints.append(f"request elsewhere: {request.url}")


def rows(number: int) -> list[dict[str, Any]]:
    """Rows of a grid; item I0007 is the seventh and has unit cost 8.50, lot size 10, no target and stock 7,000."""
    return [
        {
            "item": f"I{place:04d}",
            "description": f"Ball valve <{place % 50}> & seat",
            "unit_cost": place + 1.5,
            "lot_size": 10,
            "target": None if place == 7 else 0.95,
            "policy": _POLICIES[place % 3],
            "from": "2026-01-01",
            "active": place % 2 == 0,
            "stock": 1000.0 * place,
            "fill": 0.9512,
        }
        for place in range(1, number + 1)
    ]


@functools.cache
def fan(key: str = "fan", shift: float = 0.0) -> chart_parts.Chart:
    """A band and a line over time, in the page's colours."""
    dates = pd.date_range("2026-01-05", periods=8, freq="7D")
    frame = pd.DataFrame({"date": dates, "low": [1e5] * 8, "high": [3e5] * 8})
    frame["value"] = [2e5 + shift + 1e4 * place for place in range(8)]
    timeline = chart_parts.Timeline(dates[0], 8, 7.0)
    base = alt.Chart(alt.InlineData(values=chart_parts.data(frame, ["low", "high", "value"])))
    time_axis = timeline.point_axis()
    amounts = chart_parts.amount_axis("EUR")
    band = base.mark_area(color="var(--band)", opacity=0.4).encode(
        x=time_axis, y=alt.Y("low:Q", axis=amounts), y2="high"
    )
    line = base.mark_line(color="var(--line)", point=True).encode(
        x=time_axis,
        y=alt.Y("value:Q", axis=amounts),
        tooltip=[chart_parts.date_tooltip(), alt.Tooltip("value:Q", format=",.0f", title="<b>stock</b>")],
    )
    return chart_parts.assemble(key, "Stock over time with its band", [band, line], 180)


@functools.cache
def heat(key: str = "heat", side: int = 10) -> chart_parts.Chart:
    """A heat map whose scale mixes two of the page's colours."""
    values = [{"x": x, "y": y, "value": x * y} for x in range(side) for y in range(side)]
    colour = alt.Color("value:Q", scale=alt.Scale(range=["var(--page)", "var(--line)"]))
    map_ = alt.Chart(alt.InlineData(values=values)).mark_rect().encode(x="x:O", y="y:O", color=colour)
    return chart_parts.assemble(key, f"Heat map of {side * side} fields", [map_], 160)


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve the page on a free port; its address."""
    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/swapped", _swapped),
            Route("/errors", _errors),
            Mount("/static", StaticFiles(directory=_WEB / "static")),
        ],
        middleware=[Middleware(SecureHeaders, is_https=False)],
    )
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def _templates() -> jinja2.Environment:
    """The workbench's environment and the demonstration's own pages, without layout.html's navigation."""
    own = environment().overlay()
    own.loader = jinja2.ChoiceLoader(
        [jinja2.FileSystemLoader(_TEMPLATES), jinja2.FileSystemLoader(_WEB / "templates")]
    )
    return own


def _page(request: Request) -> HTMLResponse:
    number = int(request.query_params.get("rows", "5000"))
    parts = request.query_params.get("parts", "figures,charts,grid").split(",")
    html = (
        _templates()
        .get_template("demonstration.html")
        .render(
            columns=COLUMNS,
            rows=rows(number),
            fan=fan(),
            heat=heat(),
            large=heat("large", 70),
            parts=parts,
            draft=DRAFT if "draft" in parts else [],
            display=DisplayChoice("k", "USD", (("USD", 2.0),)) if "thousands" in parts else DisplayChoice(),
        )
    )
    return HTMLResponse(html)


def _swapped(request: Request) -> HTMLResponse:
    html = _templates().get_template("swapped.html").render(fan=fan("second"), update=fan("fan", 5e4))
    return HTMLResponse(html)


def _errors(request: Request) -> HTMLResponse:
    html = (
        _templates()
        .get_template("errors.html")
        .render(errors=[{"row": "I0004", "column": "lot_size", "message": "Not a multiple of 25 & more."}])
    )
    return HTMLResponse(html, headers={"HX-Trigger": json.dumps({"grid:draft": {"grid": "items"}})})
