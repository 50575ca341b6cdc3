"""Tokens that stand for somebody: random, given out once, kept as their hash."""

import secrets
from hashlib import sha256

from stockrail.workbench.store.tables import Sha256

RANDOM_BYTES = 32


def new_token(prefix: str = "") -> str:
    """A token that nobody can guess. Its hash needs neither salt nor time, as it is not a word that somebody made up."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token: str) -> Sha256:
    """What is kept of a token, and by which it is found."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
