"""Numbers in the fields of forms, read in one way only: what is none stays text, so that it is refused with what is allowed."""

from stockrail.web.row_number import MOST
from stockrail.workbench.scenario_editing.cell_input import number_of


def number_in(text: str) -> float | str:
    """A number as people write it, with a point before decimals and commas or nothing between thousands.

    Examples
    --------
    >>> number_in("1,234.5"), number_in("1,5"), number_in(" ")
    (1234.5, '1,5', '')
    """
    trimmed = text.strip()
    number = number_of(trimmed) if trimmed else trimmed
    return number if isinstance(number, float) else trimmed


def share_of_percent(text: str) -> float | str:
    """A share out of percent, the same that a command line takes.

    Examples
    --------
    >>> share_of_percent("0.7"), share_of_percent("much"), share_of_percent("")
    (0.007, 'much', '')
    """
    number = number_in(text)
    return round(number / 100.0, 12) if isinstance(number, float) else number


def row_number_in(text: str) -> int | None:
    """The number of a row; None for what is none, or none that every database can compare.

    Examples
    --------
    >>> row_number_in("12"), row_number_in("9999999999"), row_number_in("x")
    (12, None, None)
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST))
    return int(text) if is_number and int(text) <= MOST else None
