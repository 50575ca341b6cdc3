"""A service that really runs, and real browsers that look at it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.stockrail.web.browser.demonstration import Demonstrated, Demonstrations, Scheme, demonstration
from tests.stockrail.web.browser.served import Served
from tests.stockrail.web.browser.visitors import CHROMIUM, CHROMIUM_OPTIONS, Visitor, Visitors, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = chromium()
    if program is None:
        pytest.skip(f"No Chromium is installed: {' or '.join(CHROMIUM)}.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Served]]:
    """Starts `stockrail serve` on the store in a folder; all services are ended after the test."""
    services: list[Served] = []

    def start(folder: Path) -> Served:
        services.append(Served(folder))
        return services[-1]

    yield start
    for service in services:
        service.stop()


@pytest.fixture
def served(made_store: Path, tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """The service on a store of one's own as `made_store`."""
    return serve(shutil.copytree(made_store, tmp_path / "store"))


@pytest.fixture
def planned_served(planned_folder: Path, tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """The service on a store of one's own as `planned_folder`."""
    return serve(shutil.copytree(planned_folder, tmp_path / "planned"))


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Visitors]:
    """Makes visitors of a service: `visitors(served, "ben", width=390)`; the test fails where a page of theirs complained."""
    made: list[Visitor] = []

    def visit(served: Served, name: str | None, width: int = 1280) -> Visitor:
        made.append(Visitor(browser, served, width))
        if name is not None:
            made[-1].sign_in(name)
        return made[-1]

    yield visit
    complaints = [complaint for visitor in made for complaint in visitor.complaints]
    for visitor in made:
        visitor.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def demonstration_address(browser: Browser) -> Iterator[str]:
    """A page of every part that pages are made of."""
    with demonstration() as address:
        yield address


@pytest.fixture
def demonstrate(browser: Browser, demonstration_address: str) -> Iterator[Demonstrations]:
    """Opens that page: `demonstrate("grid", width=390)`; the test fails where it complained."""
    shown: list[Demonstrated] = []

    def show(parts: str, *, rows: int = 50, width: int = 1280, scheme: Scheme = "light") -> Demonstrated:
        shown.append(Demonstrated(browser, demonstration_address, parts, rows, width, scheme))
        return shown[-1]

    yield show
    for one in shown:
        one.close()
    complaints = [complaint for one in shown for complaint in one.complaints]
    assert not complaints, "\n".join(complaints)
