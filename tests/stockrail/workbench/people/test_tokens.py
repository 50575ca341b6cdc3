"""Tokens of scripts: shown once, kept as a hash, ended."""

from hashlib import sha256

import pytest

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.people import accounts, tokens
from stockrail.workbench.people.text import TextError
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import check
from tests.stockrail.workbench.people.samples import Clock, read_log


def test_token(store: Store, clock: Clock) -> None:
    """It opens its account; the store and the log have no more than its hash, and its use is noted once a minute."""
    token, row = tokens.create(store, "anna", "anna", "nightly import")
    assert token.startswith("stockrail_") and len(token) >= 53
    assert row.token_hash == sha256(token.encode()).hexdigest()
    assert row.last_used_at is None
    assert tokens.account_of_token(store, token) == "anna"
    used = [tokens.get(store, row.id).last_used_at]
    for seconds in (30, 30):
        clock.wait(seconds=seconds)
        assert tokens.account_of_token(store, token) == "anna"
        used.append(tokens.get(store, row.id).last_used_at)
    assert used == [row.created_at, row.created_at, clock.now]
    assert read_log(store)[0] == (
        "anna", "people.create_token", {"name": "anna", "label": "nightly import"}
    )  # fmt: skip
    assert check(store).problems == []


@pytest.mark.parametrize("token", ["", "stockrail_", "x" * 100_000, "\x00", "\ud800"])
def test_tokens_that_are_none(store: Store, token: str) -> None:
    """Whatever a header may hold."""
    tokens.create(store, "anna", "anna", "nightly")
    assert tokens.account_of_token(store, token) is None


def test_ended(store: Store) -> None:
    """By its owner or by who may edit governance; a second time changes nothing."""
    token, row = tokens.create(store, "anna", "anna", "nightly")
    with pytest.raises(NotAllowedError):
        tokens.end(store, "ben", row.id)
    tokens.end(store, "dora", row.id)
    assert tokens.account_of_token(store, token) is None
    assert tokens.open_tokens(store) == []
    entries = read_log(store)
    assert entries[0] == ("dora", "people.end_token", {"name": "anna", "label": "nightly"})
    tokens.end(store, "anna", row.id)
    assert read_log(store) == entries
    with pytest.raises(NotFoundError):
        tokens.end(store, "dora", 999)


def test_for_whom(store: Store) -> None:
    """Everybody for themselves alone, as a token decides as its owner; nobody who has no account or is disabled."""
    for actor in ("ben", "dora"):  # dora may edit governance
        with pytest.raises(NotAllowedError, match="anna alone makes one"):
            tokens.create(store, actor, "anna", "nightly")
    with pytest.raises(NotFoundError, match="stockrail people add carla"):
        tokens.create(store, "carla", "carla", "nightly")
    accounts.disable(store, "dora", "anna")
    with pytest.raises(StateError, match="enable the account first"):
        tokens.create(store, "anna", "anna", "nightly")


def test_label(store: Store) -> None:
    """It is on one line."""
    with pytest.raises(TextError, match="label of a token"):
        tokens.create(store, "anna", "anna", "two\nlines")
