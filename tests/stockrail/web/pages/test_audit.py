"""The audit log as page and API: who may read it, filters, pages of a hundred, and the check."""

import re

import pytest

from stockrail.web.views import audit as view_of
from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.store import Store, audit
from tests.stockrail.web.clients import Web


def _note(store: Store, actor: str, action: str, count: int) -> None:
    for number in range(count):
        with store.write(actor, action, "scenario", number, {"reason": f"reason {number}", "more": [1, "ü"]}):
            pass


def test_pages_of_a_hundred(store: Store) -> None:
    """250 entries of ben: 100, 100 and 50, the newest first, each once."""
    _note(store, "ben", "test.note", 250)
    pages, before = [], None
    for _ in range(3):
        page = view_of.view(store, "edna", by="ben", before=before)
        pages.append([entry.id for entry in page.entries])
        before = page.next_before
    assert [len(page) for page in pages] == [100, 100, 50]
    assert before is None
    ids = [number for page in pages for number in page]
    assert ids == sorted(set(ids), reverse=True)


def test_exactly_a_hundred_have_no_older_ones(store: Store) -> None:
    """No button that leads to nothing."""
    _note(store, "ben", "test.note", 100)
    page = view_of.view(store, "edna", by="ben")
    assert (len(page.entries), page.next_before) == (100, None)


def test_filters(store: Store) -> None:
    """By who, what and of which table, together; choices are what is in the log."""
    _note(store, "ben", "test.note", 2)
    _note(store, "anna", "test.note", 1)
    _note(store, "ben", "test.other", 1)
    found = view_of.view(store, "edna", by="ben", action="test.note", entity="scenario").entries
    assert [(one.actor, one.action, one.entity, one.entity_id) for one in found] == [
        ("ben", "test.note", "scenario", 1),
        ("ben", "test.note", "scenario", 0),
    ]
    assert [(one.name, one.value) for one in found[0].facts] == [("reason", "reason 1"), ("more", '[1,"ü"]')]
    choices = view_of.view(store, "edna").choices
    assert {"ben", "anna", "setup"} <= set(choices.actors)
    assert {"test.note", "people.create"} <= set(choices.actions)
    assert view_of.view(store, "edna", by="nobody").entries == ()
    assert view_of.view(store, "edna", by="a\x00b").entries == ()


def test_who_may_read(web: Web, store: Store) -> None:
    """It needs audit.read: somebody without a role has it not, and is told who has."""
    for look in (view_of.view, view_of.verification):
        with pytest.raises(NotAllowedError, match=r"audit\.read"):
            look(store, "zoe")
    text = store.governance_file.read_text(encoding="utf-8")
    store.governance_file.write_text(text.replace("  edna: [auditor]", "  edna: []"), encoding="utf-8")
    client = web.as_("edna")
    for path in ("/audit", "/audit/verification", "/api/audit", "/api/audit/verification"):
        answer = client.get(path)
        assert (answer.status_code, "audit.read" in answer.text) == (403, True), path


def test_page_leads_on_with_its_filters(web: Web, store: Store) -> None:
    """Older entries are of the same user."""
    _note(store, "ben", "test.note", 150)
    client = web.as_("edna")
    text = client.get("/audit?by=ben").text
    older = re.search(r'href="(/audit\?[^"]*before=\d+)"', text)
    assert older is not None
    path = older[1].replace("&amp;", "&")
    assert "by=ben" in path
    following = client.get(path).text
    assert following.count('<th scope="row"') == 50
    assert ">Newest<" in following and ">Older<" not in following
    assert "No entry is like this" in client.get("/audit?by=nobody").text


def test_check_gives_a_hash_to_keep(web: Web, store: Store) -> None:
    """As a part of the page and as a page; the hash given back later is still there."""
    head = audit.verify(store).head
    client = web.as_("edna")  # signing in is an entry after it
    part = client.get("/audit/verification", params={"seen": head}, headers={"HX-Request": "true"}).text
    assert "nothing was changed past the store, and the hash from earlier is still there" in part
    assert "<html" not in part
    shown = re.search(r'<code id="head-hash">([0-9a-f]{64})</code>', part)
    assert shown is not None and shown[1] == audit.verify(store).head != head
    assert "<h1>Audit</h1>" in client.get("/audit/verification").text
    missing = client.get("/audit/verification", params={"seen": "0123456789abcdef" * 4}).text
    assert "entries were removed" in missing


def test_check_finds_what_was_changed(web: Web, store: Store) -> None:
    """A scenario that somebody changed in the database."""
    with store.engines.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE scenario SET created_by = 'zoe'")
    client = web.as_("edna")
    assert "scenario 1: was changed past the store" in client.get("/audit/verification").text
    answer = client.get("/api/audit/verification").json()
    assert (answer["passed"], answer["problems"]) == (False, ["scenario 1: was changed past the store"])


def test_api(web: Web, store: Store) -> None:
    """The same entries, with what the page has no room for."""
    _note(store, "ben", "test.note", 1)
    answer = web.as_("edna").get("/api/audit", params={"by": "ben"}).json()
    [entry] = answer["entries"]
    assert entry["facts"][0] == {"name": "reason", "value": "reason 0"}
    assert len(entry["hash"]) == 64 and answer["next_before"] is None
