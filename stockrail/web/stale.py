"""What the visitor looked at: whoever changes something says so, and is refused where it is no longer so."""

from typing import Annotated

from fastapi import Form

from stockrail.workbench.errors import ConflictError

Seen = Annotated[str, Form(max_length=400, description="`seen` of what was looked at.")]
"""The field of a form that says what the page showed."""


def seen_of(*facts: object) -> str:
    """The tag of what a page shows: short text made of the facts that a change depends on.

    Examples
    --------
    >>> seen_of("run", 3, "running"), seen_of(None, 2)
    ('run.3.running', '-.2')
    """
    return ".".join("-" if fact is None else str(fact) for fact in facts)


def require_seen(seen: str, current: str, changed: str) -> None:
    """Refuse a change that was asked for from a page that is no longer true.

    The page's check is the first one; what the library checks within its transaction has the last word.

    Parameters
    ----------
    seen : the tag that the page had; blank where the request does not say.
    current : the tag now.
    changed : what has changed meanwhile, by whom and when, as far as that is known: a sentence.

    Raises
    ------
    ConflictError
        They differ.
    """
    if seen != current:
        raise ConflictError(f"{changed} Nothing was changed: look at it again, then decide.")
