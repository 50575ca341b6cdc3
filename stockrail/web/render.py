"""Pages out of templates: the environment with its filters, and what every page knows."""

import functools
from collections.abc import Mapping
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail import formats
from stockrail.reports import html_page
from stockrail.web import csrf
from stockrail.web.access import Visitor
from stockrail.web.display_choice import SCALES, DisplayChoice
from stockrail.web.navigation import SECTIONS
from stockrail.web.vendored import vendored

STOP_POLLING = 286
"""Status that tells htmx to ask no more."""

PARTIAL = "hx-request"
"""Header of htmx, which wants a part of a page."""


def render(
    request: Request,
    template: str,
    visitor: Visitor | None = None,
    *,
    status: int = 200,
    currency: str = "",
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page, or a part of one.

    Parameters
    ----------
    template : name under web/templates.
    currency : of the amounts in it; they are written as the visitor chose to.
    context : what the template shows, `view` above all.
    """
    display = DisplayChoice.of(request)
    token = csrf.cookie_token(request) if visitor is None else visitor.csrf_token
    html = (
        environment()
        .get_template(template)
        .render(
            context,
            visitor=visitor,
            csrf_token=token or "",
            currency=currency,
            shown_currency=display.currency or currency,
            display=display,
            display_scales=SCALES,
            sections=SECTIONS,
            path=request.url.path,
            full_path=full_path(request),
        )
    )
    response = HTMLResponse(html, status, headers=dict(headers or {}))
    csrf.remember(request, response)
    return response


def is_partial(request: Request) -> bool:
    """Whether htmx asks, for a part of a page."""
    return PARTIAL in request.headers


def see(request: Request, path: str) -> Response:
    """After a change: have the browser load the page that shows it."""
    if is_partial(request):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def full_path(request: Request) -> str:
    """Path and query of the request, to come back to."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


@functools.cache
def environment() -> jinja2.Environment:
    """The template environment: escapes everything, refuses undefined names; filters as in the reports, money as the visitor wants it."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("stockrail", "web/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= html_page.environment().filters
    made.filters |= {"money": _money, "share": formats.percent, "short": formats.short}
    made.globals |= {**html_page.environment().globals, "vendored": vendored}
    return made


@jinja2.pass_context
def _money(context: jinja2.runtime.Context, value: float | None, decimals: int | None = None) -> str:
    display: DisplayChoice = context["display"]
    return display.money(value, str(context["currency"]), decimals)
