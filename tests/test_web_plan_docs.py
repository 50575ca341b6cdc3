"""docs/web-plan.md: the numbers of its example are those of the page that it describes."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from stockrail.web import api, pages
from stockrail.web.plan_contents import contents_of
from stockrail.web.views import plan
from stockrail.web.views.plan_buys import heat_map
from stockrail.workbench import baselines
from stockrail.workbench.runs.launch import reap
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.web.processes import wait_until_gone
from tests.stockrail.workbench.folders import THREE_ITEMS
from tests.stockrail.workbench.people import write_people

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "web-plan.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the page's run 1."""
    made = Store.create(tmp_path_factory.mktemp("docs") / "store")
    write_people(made)
    baselines.import_folder(made, "otto", THREE_ITEMS, "The first one.")
    submit(made, "ben", "plan", 1)
    advance(made)
    wait_until_gone(made, 1)
    reap()
    return made


def test_the_headline(store: Store) -> None:
    """Margin, bound, gap and checks."""
    view = plan.view(store, "ben", 1)
    told, checked = view.figures, view.verification
    assert told.expected_margin and told.bound and told.gap and checked
    line = f"margin EUR {told.expected_margin:,.0f}, bound EUR {told.bound:,.0f}, gap {told.gap:.3%}".replace(
        "%", " %"
    )
    assert f"**{line}, passed {checked.checks} checks.**" in PAGE


def test_stock_buys_and_price(store: Store) -> None:
    """What the list of the page says, number by number."""
    view = plan.view(store, "ben", 1)
    (inventory,) = [fan for fan in view.fans if fan.metric == "inventory_value"]
    assert f"it comes to {inventory.rows[1].max:.2f} after the second period" in PAGE
    cells = {
        row.name: [cell.value for cell in row.cells]
        for row in heat_map(contents_of(store, get(store, 1))).rows
    }
    assert cells == {"fan": [600, 100, 0], "kettle": [100, 100, 100], "filter": [100, 0, 0]}
    assert (view.buys.total, view.figures.value_now) == (1100, 800)
    assert re.search(r"That is 1,100 in all, 800 of\s+it to order now", PAGE)
    assert "EUR 10.00 here" in PAGE and view.guardrails[0].earns.startswith("EUR\N{NO-BREAK SPACE}10.00 per")


def test_addresses_are_those_of_the_service() -> None:
    """Each address of the table is a route."""
    there = {
        re.sub(r"\{[^}]*\}", "*", f"{prefix}{route.path}")
        for prefix, routers in (("", pages.ROUTERS), ("/api", api.ROUTERS))
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    for address in re.findall(r"`(?:GET |POST )?(/(?:api/)?runs[^`?]*)", PAGE):
        told = re.sub(r"/runs/1\b", "/runs/*", address)
        known = [told, re.sub(r"/(charts|files)/[^/]+$", r"/\1/*", told)]
        assert any(one in there for one in known), address
