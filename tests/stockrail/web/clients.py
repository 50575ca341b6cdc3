"""Clients of the application in tests: signed in as somebody, with the token that its pages have."""

import re
from typing import Any

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from stockrail.web.csrf import HEADER
from stockrail.workbench.people import accounts
from stockrail.workbench.store import Store
from tests.stockrail.workbench.people import PEOPLE

PASSWORD = "correct horse battery"
"""Of everybody in tests."""

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def add_accounts(store: Store) -> None:
    """Give everybody of the tests an account."""
    for name in PEOPLE:
        accounts.create_on_machine(store, "setup", name, PASSWORD)


class Web:
    """The application, and who looks at it."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._clients: list[Client] = []

    def as_(self, name: str) -> "Client":
        """Somebody who has signed in."""
        client = self.anonymous()
        page = client.get("/sign-in")
        form = {"name": name, "password": PASSWORD, "csrf_token": token_in(page.text)}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        client.csrf = token_in(client.get("/api").text)
        return client

    def anonymous(self) -> "Client":
        """Somebody who has not."""
        self._clients.append(Client(self.app))
        return self._clients[-1]

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients:
            client.close()


class Client(TestClient):
    """A browser without a screen. Errors of the service are answers, as a visitor sees them; redirects are not followed.

    Attributes
    ----------
    csrf : the token of the session's pages, blank for nobody.
    """

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app, follow_redirects=False, raise_server_exceptions=False)
        self.csrf = ""

    def send_form(self, path: str, **fields: Any) -> httpx2.Response:
        """Send a form of a page."""
        return self.post(path, data={"csrf_token": self.csrf, **fields})

    def send_json(self, method: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        """Send what a script within a session sends."""
        return self.request(method, path, json=body, headers={HEADER: self.csrf})


def token_in(html: str) -> str:
    """The token in the forms of a page."""
    found = _TOKEN.search(html)
    assert found is not None, html[:2000]
    return found.group(1)
