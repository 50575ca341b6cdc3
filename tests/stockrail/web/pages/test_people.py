"""The page of people: what it offers to whom, and what its forms do. Refusals of every form are in test_every_change.py."""

import re

from stockrail.web.views.people import seen_account, seen_accounts, seen_session
from stockrail.workbench.people import sessions, tokens
from stockrail.workbench.people.lookup import find
from stockrail.workbench.people.sign_in import sign_in
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import PASSWORD, Web

NEW = "staple of another battery"


def test_everybody_sees_people_and_roles_and_their_own(web: Web, store: Store) -> None:
    """Ben sees who is who, his session and his token; neither others' nor buttons for others."""
    sign_in(store, "carla", PASSWORD, "Firefox of Carla", "192.0.2.1")
    tokens.create(store, "carla", "carla", "token of carla")
    tokens.create(store, "ben", "ben", "token of ben")
    client = web.as_("ben")
    text = client.get("/people").text
    for shown in (
        "carla",
        "supply_planning",
        "guardrail.approve",
        "Your sessions",
        "token of ben",
        "this one",
    ):
        assert shown in text
    for hidden in ("Firefox of Carla", "token of carla", "/people/disable", "New account", "argon2"):
        assert hidden not in text


def test_who_may_edit_sees_everything(web: Web, store: Store) -> None:
    """Dora ends other people's sessions and makes accounts; hashes are nobody's to see."""
    _, session = sign_in(store, "carla", PASSWORD, "Firefox of Carla", "192.0.2.1")
    text = web.as_("dora").get("/people").text
    for shown in (
        "Firefox of Carla",
        f"/people/sessions/{session.id}/end",
        "/people/disable",
        "New account",
    ):
        assert shown in text
    for hidden in ("argon2", session.token_hash, session.csrf_token):
        assert hidden not in text


def test_account_is_made_and_signs_in(web: Web, store: Store) -> None:
    """After two passwords that differ, which is said, and nothing done."""
    client = web.as_("dora")
    fields = {"name": "fred", "password": NEW, "seen": seen_accounts(store)}
    answer = client.send_form("/people", again=PASSWORD, **fields)
    assert (answer.status_code, "two passwords differ" in answer.text) == (422, True)
    assert find(store, "fred") is None
    answer = client.send_form("/people", again=NEW, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert sign_in(store, "fred", NEW, "a browser", "192.0.2.1")[1].account == "fred"


def test_htmx_is_told_above_the_form(web: Web, store: Store) -> None:
    """What is refused goes into the messages, what is done loads the page anew."""
    client = web.as_("dora")
    client.headers["HX-Request"] = "true"
    fields = {"name": "fred", "seen": seen_accounts(store)}
    short = client.send_form("/people", password="short", again="short", **fields)
    assert (short.status_code, short.headers["hx-retarget"]) == (422, "#messages")
    assert "it needs at least 12" in short.text
    assert client.send_form("/people", password=NEW, again=NEW, **fields).headers["hx-redirect"] == "/people"


def test_own_password_needs_the_old_one_also_of_who_may_edit(web: Web, store: Store) -> None:
    """Dora's browser was left open: who finds it cannot take her account."""
    client = web.as_("dora")
    fields = {"name": "dora", "new": NEW, "again": NEW, "seen": seen_account(store, "dora")}
    for old in ("", "wrong horse battery"):
        answer = client.send_form("/people/password", old=old, **fields)
        assert (answer.status_code, "old password is wrong" in answer.text) == (422, True)
    answer = client.send_form("/people/password", old=PASSWORD, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?changed=password")
    assert client.get("/people").headers["location"].startswith("/sign-in?next=")
    assert "Your password was changed" in client.get("/sign-in?changed=password").text


def test_anybody_changes_their_own_password(web: Web, store: Store) -> None:
    """Without any permission."""
    answer = web.as_("edna").send_form(
        "/people/password",
        name="edna",
        old=PASSWORD,
        new=NEW,
        again=NEW,
        seen=seen_account(store, "edna"),
    )
    assert answer.status_code == 303
    sign_in(store, "edna", NEW, "a browser", "192.0.2.1")


def test_session_ended_by_somebody_is_over_at_once(web: Web, store: Store) -> None:
    """Carl's next request is sent to sign in again, and he is told why."""
    carl, dora = web.as_("carl"), web.as_("dora")
    assert carl.get("/people").status_code == 200
    [session] = sessions.open_sessions(store, "carl")
    dora.send_form(f"/people/sessions/{session.id}/end", seen=seen_session(store, session.id))
    assert carl.get("/people").status_code == 303
    answer = carl.get("/api/people")
    assert (answer.status_code, answer.json()["error"]) == (401, "The session has ended: sign in again.")


def test_token_is_shown_once(web: Web, store: Store) -> None:
    """In the answer to the form; loading the page again, or sending the form again, does not bring it back."""
    client = web.as_("ben")
    fields = {"name": "ben", "label": "nightly", "seen": seen_account(store, "ben")}
    answer = client.send_form("/people/tokens", **fields)
    found = re.search(r"stockrail_[\w-]{43}", answer.text)
    assert found is not None
    assert answer.headers["cache-control"] == "no-store"
    assert tokens.account_of_token(store, found[0]) == "ben"
    assert found[0] not in client.get("/people").text
    again = client.send_form("/people/tokens", **fields)
    assert again.status_code == 409 and "ben changed the account ben or its tokens" in again.text


def test_api(web: Web, store: Store) -> None:
    """A script with a token makes an account, ends a session, makes and ends a token, and meets the same refusals."""
    secret = tokens.create(store, "dora", "dora", "joiners")[0]
    script = web.anonymous()
    script.headers["Authorization"] = f"Bearer {secret}"
    people = script.get("/api/people").json()
    assert people["me"] == "dora" and people["may_edit"]
    made = script.post("/api/people", json={"name": "fred", "password": NEW, "seen": people["seen"]})
    assert made.status_code == 201
    fred = next(one for one in made.json()["people"] if one["name"] == "fred")
    assert (fred["roles"], fred["account"], fred["created_by"]) == ([], "enabled", "dora")
    _, session = sign_in(store, "fred", NEW, "a browser", "192.0.2.1")
    [shown] = script.get("/api/people").json()["sessions"]
    assert (shown["id"], shown["name"], shown["is_own"]) == (session.id, "fred", False)
    ended = script.request("DELETE", f"/api/people/sessions/{session.id}", json={"seen": shown["seen"]})
    assert ended.json()["sessions"] == []
    again = script.request("DELETE", f"/api/people/sessions/{session.id}", json={"seen": shown["seen"]})
    assert again.status_code == 409
    assert script.request("DELETE", "/api/people/tokens/77", json={"seen": ""}).status_code == 404
    for wrong in (0, 2**31, "x"):
        refused = script.request("DELETE", f"/api/people/tokens/{wrong}", json={"seen": ""})
        assert refused.status_code == 422


def test_texts_that_no_database_takes(web: Web) -> None:
    """Refused as any other text that is not right, whatever the database."""
    client = web.as_("dora")
    for name in ("a\x00b", "\ud800", "x" * 150):
        answer = client.send_json(
            "POST", "/api/people/disable", {"name": name.encode("utf-8", "replace").decode(), "seen": ""}
        )
        assert answer.status_code == 409, answer.text
