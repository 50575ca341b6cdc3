"""From name and password to a session, as long as it holds."""

import logging

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError
from stockrail.workbench.people import accounts, passwords, sessions
from stockrail.workbench.people.errors import SignInError, TooManyTriesError
from stockrail.workbench.people.lookup import find
from stockrail.workbench.people.sign_in import sign_in, sign_out, visitor_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import AuditEntry, SignInSession
from tests.stockrail.workbench.people.samples import OTHER, PASSWORD, Clock, read_log

ADDRESS = "192.0.2.1"


def _in(store: Store, name: str = "anna", password: str = PASSWORD) -> str:
    return sign_in(store, name, password, "a browser", ADDRESS)[0]


def test_session(store: Store, clock: Clock) -> None:
    """The token opens it; the store has its hash only; the log says from where."""
    token, session = sign_in(store, "anna", PASSWORD, "a browser\n" + "x" * 500, ADDRESS)
    found = visitor_of(store, token)
    assert found is not None
    assert (found.id, found.account, found.csrf_token) == (session.id, "anna", session.csrf_token)
    assert (found.expires_at - clock.now).total_seconds() == 12 * 3600
    assert found.agent.startswith("a browser\\nxxx") and len(found.agent) == 200
    assert len(token) >= 43 and token not in (session.token_hash, session.csrf_token)
    assert read_log(store)[0] == ("anna", "people.sign_in", {"address": ADDRESS})
    assert check(store).problems == []


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\x00", "\ud800"])
def test_tokens_that_are_none(store: Store, token: str) -> None:
    """Whatever a cookie may hold."""
    _in(store)
    assert visitor_of(store, token) is None
    sign_out(store, token)
    assert len(sessions.open_sessions(store)) == 1


@pytest.mark.parametrize("name", ["anna", "nobody", "Anna", "", "a\x00b", "\ud800", "x" * 5000])
def test_wrong(store: Store, name: str) -> None:
    """One message, whether there is an account or not."""
    with pytest.raises(SignInError, match=r"^Name or password is wrong\.$"):
        _in(store, name, "wrong horse battery")
    assert sessions.open_sessions(store) == []


def test_too_many(store: Store) -> None:
    """After five wrong ones the right one has to wait as well; other names from elsewhere do not."""
    for _ in range(5):
        with pytest.raises(SignInError):
            _in(store, password="wrong horse battery")
    with pytest.raises(TooManyTriesError, match=r"Wait 15 minutes"):
        _in(store)
    _in(store, "ben")


def test_logged_without_secrets(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A name that is known, the address on one line; never a password, also not one that was typed as the name."""
    caplog.set_level(logging.DEBUG)
    for name, password, address in (
        ("anna", "secret one battery", "192.0.2.9"),
        ("secret two battery", "anna", "192.0.2.9\nforged"),
    ):
        with pytest.raises(SignInError):
            sign_in(store, name, password, "a browser", address)
    token, session = sign_in(store, "ben", PASSWORD, "a browser", ADDRESS)
    assert [one.message for one in caplog.records if "stockrail" in one.name] == [
        "Sign-in failed for anna, from 192.0.2.9.",
        "Sign-in failed for an unknown name, from 192.0.2.9\\nforged.",
    ]
    with store.read() as reading:
        log = [entry.data for entry in reading.scalars(sa.select(AuditEntry))]
    for secret in ("secret", PASSWORD, token, session.csrf_token, session.token_hash):
        assert secret not in caplog.text
        assert secret not in str(log)


@pytest.mark.parametrize(("hours", "is_open"), [(1.99, True), (2.0, False)])
def test_idle(store: Store, clock: Clock, hours: float, is_open: bool) -> None:
    """Two hours without a request end it."""
    token = _in(store)
    clock.wait(hours=hours)
    assert (visitor_of(store, token) is not None) == is_open
    assert len(sessions.open_sessions(store)) == is_open


def test_absolute(store: Store, clock: Clock) -> None:
    """A request every hour keeps it alive for twelve hours and no longer."""
    token = _in(store)
    seen = []
    for _ in range(13):
        clock.wait(hours=1)
        seen.append(visitor_of(store, token) is not None)
    assert seen == [True] * 11 + [False] * 2


def test_rules_are_those_of_governance(store: Store, clock: Clock) -> None:
    """Half an hour there is half an hour here, also for sessions that have begun."""
    token = _in(store)
    text = store.governance_file.read_text(encoding="utf-8")
    store.governance_file.write_text(text.replace("idle_hours: 2\n", "idle_hours: 0.5\n"), encoding="utf-8")
    clock.wait(minutes=30)
    assert visitor_of(store, token) is None


def test_seen_once_a_minute_without_an_entry(store: Store, clock: Clock) -> None:
    """Every request would be a change of the store; the log stays as it was, and is whole."""
    token, session = sign_in(store, "anna", PASSWORD, "a browser", ADDRESS)
    entries = len(read_log(store))
    seen = []
    for seconds in (59, 1, 30, 30):
        clock.wait(seconds=seconds)
        visitor_of(store, token)
        seen.append(sessions.get(store, session.id).last_seen_at - session.created_at)
    assert [one.total_seconds() for one in seen] == [0, 60, 60, 120]
    assert len(read_log(store)) == entries
    assert check(store).problems == []


def test_busy_store_does_not_keep_anybody_out(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That somebody was seen is noted later."""
    token = _in(store)
    clock.wait(minutes=5)

    def busy() -> None:
        raise ConflictError("busy")

    monkeypatch.setattr(store, "write_progress", busy)
    assert visitor_of(store, token) is not None


def test_sign_out(store: Store) -> None:
    """Ends this session and no other; a second time changes nothing."""
    token, other = _in(store), _in(store)
    sign_out(store, token)
    assert visitor_of(store, token) is None and visitor_of(store, other) is not None
    entries = read_log(store)
    assert entries[0][:2] == ("anna", "people.sign_out")
    sign_out(store, token)
    assert read_log(store) == entries


def test_ended_by_others(store: Store) -> None:
    """Everybody their own, who may edit governance everybody's: one, or all of an account."""
    token, session = sign_in(store, "anna", PASSWORD, "a browser", ADDRESS)
    with pytest.raises(NotAllowedError):
        sessions.end_session(store, "ben", session.id)
    with pytest.raises(NotAllowedError):
        sessions.end_sessions(store, "ben", "anna")
    sessions.end_session(store, "anna", session.id)
    assert visitor_of(store, token) is None
    tokens = [_in(store), _in(store), _in(store, "ben")]
    assert sessions.end_sessions(store, "dora", "anna") == 2
    assert [visitor_of(store, one) is not None for one in tokens] == [False, False, True]
    assert read_log(store)[0] == ("dora", "people.end_sessions", {"name": "anna", "sessions": 2})
    entries = read_log(store)
    assert sessions.end_sessions(store, "dora", "anna") == 0  # nothing to do, nothing to note
    assert read_log(store) == entries
    with pytest.raises(NotFoundError):
        sessions.end_session(store, "dora", 999)
    assert check(store).problems == []


def test_password_is_kept_anew_when_parameters_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next sign-in, as part of it, so that the log vouches for the new hash."""
    before = find(store, "anna")
    monkeypatch.setattr(passwords, "PARAMETERS", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    _in(store)
    after = find(store, "anna")
    assert before is not None and after is not None
    assert "t=1" in before.password_hash and "t=2" in after.password_hash
    _in(store)
    assert find(store, "anna").password_hash == after.password_hash  # type: ignore[union-attr]  # it is there
    assert check(store).problems == []


def test_password_that_changes_while_it_is_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one must not open a session that the change could no longer end."""
    compare = passwords.is_right

    def slow(password_hash: str | None, password: str) -> bool:
        is_right = compare(password_hash, password)
        accounts.set_password(store, "dora", "anna", OTHER)
        return is_right

    monkeypatch.setattr(passwords, "is_right", slow)
    with pytest.raises(SignInError):
        _in(store)
    assert sessions.open_sessions(store) == []


def test_old_sessions_are_removed(store: Store, clock: Clock) -> None:
    """A month after they are over; the log keeps that they were."""
    _in(store)
    clock.wait(days=20)
    _in(store)
    clock.wait(days=20)
    _in(store)  # 40 days after the first one, which ended after 12 hours
    with store.read() as reading:
        assert reading.scalars(sa.select(SignInSession.id).order_by(SignInSession.id)).all() == [2, 3]
    assert check(store).problems == []
