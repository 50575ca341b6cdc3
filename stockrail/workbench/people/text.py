"""Short text from outside: names and labels that every database takes and that a log shows on one line."""

from stockrail.workbench.errors import WorkbenchError

MOST_CHARACTERS = 120
"""Of a name or a label; names of governance.yaml have the same limit."""

MOST_SHOWN = 200


class TextError(WorkbenchError):
    """A name or a label is empty, too long, or has characters that nobody sees. The message says what is allowed."""


def is_plain(text: str) -> bool:
    """Whether it can be a name: not blank at its ends, printable, not too long."""
    return 0 < len(text) <= MOST_CHARACTERS and text == text.strip() and text.isprintable()


def require_plain(text: str, what: str) -> None:
    """Refuse what cannot be a name.

    Parameters
    ----------
    what : what it is, such as "name of an account".

    Raises
    ------
    TextError
        It is not plain.
    """
    if not is_plain(text):
        raise TextError(
            f"{plain(text)!r} cannot be the {what}: 1 to {MOST_CHARACTERS} characters that can be seen, no blank at the ends."
        )


def plain(text: str) -> str:
    r"""Any text, cut and on one line, with what cannot be seen written as an escape.

    Examples
    --------
    >>> plain("a" + chr(10) + "b")
    'a\\nb'
    """
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text[:MOST_SHOWN]
    )
    return shown[:MOST_SHOWN]
