"""Segments and items as pages and as JSON: who may look, what is there, what is not."""

import datetime as dt
from collections.abc import Callable

import pytest

from stockrail.web.views.item import ItemView
from stockrail.web.views.segments import SegmentItemsView, SegmentsView
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Client, Web
from tests.stockrail.web.stated_plans import BY_HAND, add_plan

RUN = 1


@pytest.fixture
def edna(store: Store, web_of: Callable[[Store], Web]) -> Client:
    """An auditor: everybody who is signed in may look."""
    assert add_plan(store, 1, BY_HAND) == RUN
    return web_of(store).as_("edna")


PAGES = ("/segments", "/segments/noisy", "/items", "/items/fan")


@pytest.mark.parametrize("path", PAGES)
def test_nobody_looks_without_signing_in(store: Store, web_of: Callable[[Store], Web], path: str) -> None:
    """A page leads to signing in."""
    add_plan(store, 1, BY_HAND)
    answer = web_of(store).anonymous().get(f"/runs/{RUN}{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


def test_the_page_of_segments(edna: Client) -> None:
    """Stock and margin as people write them, and the way to the items of each."""
    text = edna.get(f"/runs/{RUN}/segments").text
    assert "EUR\xa0289.00" in text
    assert "EUR\xa01,090" in text
    for segment in ("steady", "seasonal", "noisy"):
        assert f'href="/runs/{RUN}/segments/{segment}"' in text


def test_amounts_follow_the_visitors_choice(edna: Client) -> None:
    """In thousands a margin of 1,090 is 1.1 k."""
    edna.send_form("/display", scale="k", currency="", back="/")
    assert "EUR\xa01.1\xa0k" in edna.get(f"/runs/{RUN}/segments").text


def test_the_items_of_a_segment(edna: Client) -> None:
    """Only its own; each leads to its page."""
    text = edna.get(f"/runs/{RUN}/segments/noisy").text
    assert "1 item of noisy" in text
    assert '"item": "filter"' in text
    assert '"item": "fan"' not in text
    assert f'"link": "/runs/{RUN}/items/"' in text


def test_the_page_of_an_item(edna: Client) -> None:
    """The balance that asks for safety, its orders, and its charts."""
    text = edna.get(f"/runs/{RUN}/items/filter").text
    assert (
        "A unit short for a period costs EUR\xa03.00; one held until the next receipt costs EUR\xa00.20."
        in text
    )
    assert "93.8% of order cycles should end without shortage: 1.53 standard deviations" in text
    for key in ("purposes", "demand", "stock", "orders"):
        assert f'id="chart-{key}"' in text
    assert "<strong>Now:</strong> 20 units for EUR\xa0100.00" in text


def test_charts_of_an_item_as_pictures(edna: Client) -> None:
    """PNG and PDF by the key of the chart; another key is not there."""
    png = edna.get(f"/runs/{RUN}/items/fan/charts/demand.png")
    assert (png.status_code, png.content[:4]) == (200, b"\x89PNG")
    assert edna.get(f"/runs/{RUN}/items/fan/charts/orders.pdf").content[:4] == b"%PDF"
    missing = edna.get(f"/runs/{RUN}/items/fan/charts/margin.png")
    assert missing.status_code == 404
    assert "there are demand, stock, purposes, orders" in missing.text


@pytest.mark.parametrize(
    "path", ["/runs/9/segments", "/runs/1/segments/spares", "/runs/1/items/toaster", "/runs/9/items"]
)
def test_what_is_not_there(edna: Client, path: str) -> None:
    """404 with a sentence, as a page and as JSON."""
    answer = edna.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text or "has no" in answer.text
    in_json = edna.get(f"/api{path}".replace("/segments/spares", "/items?segment=spares"))
    assert in_json.status_code == 404
    assert in_json.json()["error"]


def test_the_api_answers_with_the_views(edna: Client) -> None:
    """What pages show, as numbers."""
    segments = SegmentsView.model_validate(edna.get(f"/api/runs/{RUN}/segments").json())
    assert [row.segment for row in segments.segments] == ["steady", "seasonal", "noisy"]
    items = SegmentItemsView.model_validate(edna.get(f"/api/runs/{RUN}/items?segment=seasonal").json())
    assert [row.item for row in items.items] == ["fan"]
    fan = ItemView.model_validate(edna.get(f"/api/runs/{RUN}/items/fan").json())
    assert fan.orders[0].due_date == dt.date(2027, 3, 18)
