"""Who a visitor is: a session, an API token, or what a trusted proxy says."""

from collections.abc import Iterator

import pytest

from stockrail.web.app import create_app
from stockrail.web.csrf import HEADER
from stockrail.web.settings import Settings
from stockrail.workbench.people import tokens
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import PASSWORD, Client, Web, token_in

HEADER_OF_PROXY = "X-Forwarded-User"


def proxied(store: Store, *addresses: str) -> Client:
    """A client of the service behind a proxy at these addresses; the test client's own is `testclient`."""
    settings = Settings(
        trusted_proxy_header=HEADER_OF_PROXY,
        trusted_proxies=addresses,
        has_secure_cookies=False,
        tends_runs=False,
    )
    return Client(create_app(store, settings))


@pytest.fixture
def behind_proxy(store: Store) -> Iterator[Client]:
    """A client whose address is the proxy's."""
    with proxied(store, "testclient") as client:
        yield client


def test_nobody_is_sent_to_sign_in_and_comes_back(web: Web) -> None:
    """With the query of the page, and only to pages of the service."""
    client = web.anonymous()
    answer = client.get("/api?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fapi%3Fx%3D1")


def test_htmx_is_sent_to_sign_in_as_a_whole_page(web: Web) -> None:
    """A part of a page cannot show the sign-in."""
    answer = web.anonymous().get("/api", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=%2F")


def test_token_of_a_script(web: Web, store: Store) -> None:
    """It needs no token of a page; one that was ended or never was is refused."""
    secret = tokens.create(store, "ben", "ben", "night job")[0]
    client = web.anonymous()
    assert client.get("/api/me", headers={"Authorization": f"Bearer {secret}"}).json()["name"] == "ben"
    for wrong in (secret[:-1], "", "x" * 500):
        answer = client.get("/api/me", headers={"Authorization": f"Bearer {wrong}"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_proxy_says_who_it_is(behind_proxy: Client) -> None:
    """Roles are those of governance.yaml."""
    answer = behind_proxy.get("/api/me", headers={HEADER_OF_PROXY: "carla"})
    assert (answer.json()["name"], answer.json()["roles"]) == ("carla", ["finance"])


def test_proxy_that_says_nothing_is_told(behind_proxy: Client) -> None:
    """No page to sign in on: that is the proxy's."""
    answer = behind_proxy.get("/api")
    assert answer.status_code == 401
    assert HEADER_OF_PROXY in answer.text


def test_header_from_elsewhere_is_not_believed(store: Store) -> None:
    """Whoever reaches the service past the proxy is nobody, whatever they claim."""
    with proxied(store, "192.0.2.1") as client:
        answer = client.get("/api/me", headers={HEADER_OF_PROXY: "dora"})
    assert answer.status_code == 401
    assert "through its proxy only" in answer.json()["error"]


def test_header_is_not_believed_without_a_proxy(web: Web) -> None:
    """With local accounts the header means nothing."""
    assert web.anonymous().get("/api/me", headers={HEADER_OF_PROXY: "dora"}).status_code == 401


def test_forms_behind_a_proxy_need_the_token_of_the_page(behind_proxy: Client) -> None:
    """The proxy signs in whatever another site makes the browser send, so the token is in a cookie that only we set."""
    who = {HEADER_OF_PROXY: "carla"}
    token = token_in(behind_proxy.get("/api", headers=who).text)
    form = {"scale": "k"}
    assert behind_proxy.post("/display", data=form, headers=who).status_code == 403
    assert (
        behind_proxy.post("/display", data={**form, "csrf_token": token[::-1]}, headers=who).status_code
        == 403
    )
    assert behind_proxy.post("/display", data=form, headers={**who, HEADER: token}).status_code == 303


def test_session_cookie_is_out_of_reach(store: Store) -> None:
    """Scripts cannot read it; where others reach the service it goes over HTTPS only and belongs to this host alone."""
    with Client(create_app(store, Settings(tends_runs=False))) as client:
        client.base_url = "https://testserver"
        token = token_in(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"name": "ben", "password": PASSWORD, "csrf_token": token})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-stockrail="))
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in cookie
