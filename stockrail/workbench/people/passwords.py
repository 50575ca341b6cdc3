"""Passwords: kept as argon2id, compared in the same time whether there is an account or not, and long enough.

Parameters are those of RFC 9106, section 4, for machines with little memory. Each comparison takes 64 MiB, so that few of them go at
the same time: sign-ins wait for each other rather than filling the memory of a small server.
"""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people.errors import PasswordError

PARAMETERS = PasswordHasher(
    time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=16, encoding="utf-8"
)
"""How new passwords are kept. After a change of it an old one is kept anew when its account signs in next."""

MOST_CHARACTERS = 1000
"""A longer password is refused unseen: nobody types it, and hashing it would cost the service time."""

AT_ONCE = 2
"""Comparisons at the same time."""

_turns = threading.BoundedSemaphore(AT_ONCE)


def kept(password: str) -> str:
    """What is kept of a password: its hash with a fresh salt and the parameters."""
    with _turns:
        return PARAMETERS.hash(_bytes(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one that was kept. It takes as long where there is no account, so that nobody can list names.

    Parameters
    ----------
    password_hash : what `kept` gave; None where there is no account.
    """
    stand_in = _stand_in(PARAMETERS)
    if len(password) > MOST_CHARACTERS:
        return False
    with _turns:
        try:
            return (
                PARAMETERS.verify(password_hash or stand_in, _bytes(password)) and password_hash is not None
            )
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was kept with other parameters than today's."""
    return PARAMETERS.check_needs_rehash(password_hash)


def require_good(password: str, name: str, rules: SignInRules) -> None:
    """Refuse a new password that is easy to guess.

    Raises
    ------
    PasswordError
        It is too short, too long, or the account's name.
    """
    least = rules.least_password_length
    if len(password) < least:
        raise PasswordError(
            f"The password has {len(password)} characters; it needs at least {least}. Take a few words that are not a "
            "known phrase, or let a password manager make one."
        )
    if len(password) > MOST_CHARACTERS:
        raise PasswordError(
            f"The password is longer than {MOST_CHARACTERS:,} characters: take a shorter one."
        )
    if name.casefold() in _repeated(password.casefold()):
        raise PasswordError("The password is the name of the account: take another one.")
    if len(set(password)) == 1:
        raise PasswordError("The password is one character again and again: take another one.")


def _repeated(text: str) -> set[str]:
    """A text, and what it is made of when it is the same several times over."""
    return {text, text.strip()} | {
        text[:length] for length in range(1, len(text)) if text[:length] * (len(text) // length) == text
    }


@cache
def _stand_in(parameters: PasswordHasher) -> str:
    return parameters.hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    """One spelling: keyboards make the same letter in several ways."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
