"""Home as somebody uses it, without a browser: pages, forms, API."""

from stockrail.web.views import exceptions
from stockrail.workbench.store import Store
from tests.stockrail.web.broken_rules import break_rules
from tests.stockrail.web.clients import Web


def test_new_store_says_what_to_do(web: Web) -> None:
    """The next step is a button; nothing waits."""
    text = web.as_("ben").get("/").text
    assert "First steps" in text
    assert '<a class="button primary small" href="/runs/start">Plan</a>' in text
    assert "Nothing here waits for a decision." in text


def test_exceptions_by_role(planned_web: Web, planned_store: Store) -> None:
    """Everybody sees all; `mine` are those of the visitor's roles; only who may decide has the form."""
    break_rules(planned_store)
    carla = planned_web.as_("carla")
    text = carla.get("/").text
    assert text.index("inventory band") < text.index("service of filters")
    assert "EUR\xa054.17" in text
    assert 'action="/exceptions/2/resolve"' in text and "/exceptions/1/resolve" not in text
    assert "service of filters" not in carla.get("/?role=mine").text
    assert "inventory band: inventory_value" not in carla.get("/?role=executive").text
    assert "Nothing of these waits" in carla.get("/?role=nobody").text


def test_amounts_as_the_visitor_wants_them(planned_web: Web, planned_store: Store) -> None:
    """In thousands: EUR 1.5 k of margin."""
    client = planned_web.as_("dora")
    client.cookies.set("stockrail-display", "k.")
    assert "EUR\xa01.5\xa0k" in client.get("/").text


def test_resolving_comes_back_to_where_one_was(planned_web: Web, planned_store: Store) -> None:
    """With the filter; an address elsewhere is not followed. What was decided is gone."""
    break_rules(planned_store)
    carla = planned_web.as_("carla")
    form = {"reason": "Funded.", "seen": exceptions.seen(planned_store, 2)}
    answer = carla.send_form("/exceptions/2/resolve", back="/?role=mine", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?role=mine")
    assert "inventory band: inventory_value" not in carla.get("/?role=mine").text
    again = carla.send_form("/exceptions/2/resolve", back="https://elsewhere.example/", **form)
    assert again.status_code == 409
    assert "carla has resolved exception 2" in again.text


def test_refusals_in_words(planned_web: Web, planned_store: Store) -> None:
    """Another role's, without a reason, and one's own run: each says why."""
    break_rules(planned_store)
    seen = exceptions.seen(planned_store, 2)
    answer = planned_web.as_("dora").send_form("/exceptions/2/resolve", reason="Go.", seen=seen)
    assert answer.status_code == 403
    assert "it belongs to finance, and dora has the role executive" in answer.text
    answer = planned_web.as_("carla").send_form("/exceptions/2/resolve", reason=" ", seen=seen)
    assert answer.status_code == 409
    assert "Say why" in answer.text
    assert (
        planned_web.as_("carla").send_form("/exceptions/9/resolve", reason="x", seen=seen).status_code == 404
    )


def test_api(planned_web: Web, planned_store: Store) -> None:
    """The same views, and decisions."""
    break_rules(planned_store)
    carla = planned_web.as_("carla")
    home = carla.get("/api/home").json()
    assert [row["id"] for row in home["exceptions"]["shown"]] == [2, 1]
    listed = carla.get("/api/exceptions", params={"role": "mine"}).json()
    (row,) = listed["shown"]
    body = {"reason": "Funded.", "seen": row["seen"]}
    answer = carla.send_json("POST", f"/api/exceptions/{row['id']}/resolve", body)
    assert answer.json() == {"id": 2, "state": "resolved"}
