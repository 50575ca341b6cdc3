"""What somebody types or pastes into a cell: text or a number, read in one way only, so that nothing is taken for something else."""

import datetime as dt
import math
import re
import sys

from stockrail.workbench.excel.cells import Refused, value_of
from stockrail.workbench.excel.column import Column, Kind, Plain

Given = str | int | float | None
"""A cell as a page or a script sends it. None and blank text are a blank cell."""

LONGEST_SHOWN = 60

LARGEST = sys.float_info.max

NUMBER_FORM = "decimals after a point (1.5), thousands with a comma or nothing (1,234)"

_SPACES = " '\u2019\u00a0\u202f\u2009"
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}((,\d{{3}})+|([{_SPACES}]\d{{3}})+)(\.\d+)?")


def value_of_input(given: Given, column: Column) -> Plain | Refused:
    """The value that a cell gets, or what is wrong with what was given. Ranges are for the row's model to check.

    Examples
    --------
    >>> price = Column("unit_price", Kind.NUMBER, "a number >= 0")
    >>> [value_of_input(text, price) for text in ("12.5", "1,234.5", "1 234", " 3 ")]
    [12.5, 1234.5, 1234.0, 3.0]
    >>> value_of_input("1,5", price).found
    "the text '1,5'"
    """
    if isinstance(given, bool):
        return Refused(f"the truth value {str(given).upper()}")
    if isinstance(given, int | float):
        # A whole number may be larger than any that calculates.
        is_number = abs(given) <= LARGEST
        return value_of(given, column) if is_number else Refused(f"the number {str(given)[:LONGEST_SHOWN]}")
    text = "" if given is None else given.strip()
    if not text:
        return value_of("", column)
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        number = number_of(text)
        return number if isinstance(number, Refused) else value_of(number, column)
    if column.kind is Kind.DATE:
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            return Refused(f"the text {_short(text)}")
    return value_of(text, column)


def text_of(value: Plain) -> str:
    """A value as it is typed: what `value_of_input` reads back as the same."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number_of(text: str) -> float | Refused:
    """The number that a text is, or what is wrong with it; blanks at its ends are not part of it."""
    text = re.sub("^[\N{MINUS SIGN}\N{EN DASH}]", "-", text)
    if not _PLAIN.fullmatch(text) and not _GROUPED.fullmatch(text):
        return Refused(f"the text {_short(text)}")
    number = float(re.sub(rf"[,{_SPACES}]", "", text))
    return number if math.isfinite(number) else Refused(f"the text {_short(text)}, which is too large")


def _short(text: str) -> str:
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}...")
