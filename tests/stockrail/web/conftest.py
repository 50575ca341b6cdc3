"""The web workbench in tests: a client of the application, a service that really runs, and browsers that look at it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stockrail.web.app import create_app
from stockrail.web.settings import Settings
from stockrail.workbench import baselines, guardrail_versions, scenarios
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web, add_accounts
from tests.stockrail.web.processes import wait_until_gone
from tests.stockrail.workbench.folders import THREE_ITEMS
from tests.stockrail.workbench.people import write_people

FAN_DOUBLED = [{"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "multiply": 2}]


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with people who have accounts, the baseline three-items, and the scenario `high`; copy it, do not change it."""
    folder = tmp_path_factory.mktemp("web") / "made"
    with Store.create(folder) as store:
        write_people(store)
        add_accounts(store)
        baselines.import_folder(store, "otto", THREE_ITEMS, "The first one.")
        scenarios.save(store, "anna", "high", FAN_DOUBLED, scenarios.NEW)
    return folder


@pytest.fixture(scope="session")
def planned_folder(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two finished plans, 1 of the baseline and 2 of `high`, and guardrails proposed by carla; copy it."""
    folder = tmp_path_factory.mktemp("web") / "planned"
    shutil.copytree(made_store, folder)
    with Store.open(folder) as store:
        first = submit(store, "ben", "plan", 1)
        second = submit(store, "ben", "plan", 1, scenarios.get(store, "high").id)
        for run in (first, second):
            advance(store)
            wait_until_gone(store, run.id)
        guardrail_versions.propose(store, "carla", THREE_ITEMS, store.clock().date(), "The bank asks for it.")
    return folder


@pytest.fixture
def store(made_store: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of one's own as `made_store`, open."""
    with Store.open(shutil.copytree(made_store, tmp_path / "store")) as opened:
        yield opened


@pytest.fixture
def planned_store(planned_folder: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of one's own as `planned_folder`, open."""
    with Store.open(shutil.copytree(planned_folder, tmp_path / "planned")) as opened:
        yield opened


@pytest.fixture
def web_of() -> Iterator[Callable[[Store], Web]]:
    """Makes the application of a store, with clients: `web_of(store).as_("ben")`."""
    made: list[Web] = []

    def web_of_store(store: Store) -> Web:
        made.append(Web(create_app(store, Settings(has_secure_cookies=False, tends_runs=False))))
        return made[-1]

    yield web_of_store
    for web in made:
        web.close()


@pytest.fixture
def web(store: Store, web_of: Callable[[Store], Web]) -> Web:
    """The application on `store`."""
    return web_of(store)


@pytest.fixture
def planned_web(planned_store: Store, web_of: Callable[[Store], Web]) -> Web:
    """The application on `planned_store`."""
    return web_of(planned_store)
