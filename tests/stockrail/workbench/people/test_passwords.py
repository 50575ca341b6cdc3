"""What a password must be, and how it is kept."""

from typing import Literal

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people import passwords
from stockrail.workbench.people.errors import PasswordError
from tests.stockrail.workbench.people.samples import QUICK

RULES = SignInRules()


@pytest.mark.parametrize(
    ("password", "name", "message"),
    [
        ("eleven char", "anna", "has 11 characters; it needs at least 12"),
        ("x" * 1001, "anna", "longer than 1,000"),
        ("anna of sales", "Anna of Sales", "is the name of the account"),
        ("annaannaanna", "anna", "is the name of the account"),
        ("aaaaaaaaaaaaa", "anna", "one character again and again"),
    ],
)
def test_refused(password: str, name: str, message: str) -> None:
    """Too short, too long, the name, one character."""
    with pytest.raises(PasswordError, match=message):
        passwords.require_good(password, name, RULES)


def test_length_is_a_rule() -> None:
    """Twelve characters are enough, unless governance asks for more."""
    passwords.require_good("twelve chars", "anna", RULES)
    with pytest.raises(PasswordError, match="at least 20"):
        passwords.require_good("twelve chars", "anna", SignInRules(least_password_length=20))


def test_parameters_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9106, section 4, second choice: argon2id, 3 passes, 4 lanes, 64 MiB, salt of 128 bits, tag of 256 bits."""
    monkeypatch.undo()
    kept = passwords.kept("correct horse battery")
    kind, version, parameters, salt, tag = kept.split("$")[1:]
    assert (kind, version, parameters) == ("argon2id", "v=19", "m=65536,t=3,p=4")
    assert (len(salt), len(tag)) == (22, 43)  # without padding 4 characters hold 3 bytes: 16 and 32 bytes
    assert passwords.is_right(kept, "correct horse battery")
    assert passwords.kept("correct horse battery") != kept  # another salt


@settings(deadline=None, max_examples=60)
@given(password=st.text(st.characters(exclude_categories=()), min_size=12, max_size=40), other=st.text())
def test_right_and_wrong(password: str, other: str) -> None:
    """Any text can be a password, also one that is no valid Unicode; another one is wrong."""
    kept = passwords.kept(password)
    assert password not in kept
    assert passwords.is_right(kept, password)
    if passwords._bytes(other) != passwords._bytes(password):
        assert not passwords.is_right(kept, other)


def test_spelling_of_the_keyboard_does_not_matter() -> None:
    """One key for ü, or u with two dots put on it."""
    assert passwords.is_right(passwords.kept("gr\u00fcne Heringe"), "gru\u0308ne Heringe")


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$broken"])
def test_no_hash_is_never_right(kept: str | None) -> None:
    """No account, and an account whose hash was destroyed: as any wrong password."""
    assert not passwords.is_right(kept, "correct horse battery")


def test_work_is_the_same_for_unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """One comparison with the parameters of today, with and without an account: counted rather than timed."""
    compared: list[str] = []

    class Counting(PasswordHasher):
        def verify(
            self, hash: str | bytes, password: str | bytes
        ) -> Literal[True]:  # the name in the library
            compared.append(str(hash).split("$")[3])
            return super().verify(hash, password)

    kept = passwords.kept("correct horse battery")
    monkeypatch.setattr(passwords, "PARAMETERS", Counting(time_cost=1, memory_cost=8, parallelism=1))
    for one in (kept, None):
        passwords.is_right(one, "wrong horse battery")
    assert compared == ["m=8,t=1,p=1"] * 2


def test_outdated() -> None:
    """Kept with other parameters than today's."""
    assert not passwords.is_outdated(QUICK.hash("x"))
    assert passwords.is_outdated(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("x"))
