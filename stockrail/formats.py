"""How numbers are written for people: in reports and on the command line.

Missing is not zero: None, NaN and infinite values become a dash. A minus sign is never put before a zero, and a
share that is not quite none or not quite all is never rounded to 0% or 100%. A currency and its number are joined by a
space that no line breaks at.
"""

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

MISSING = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"

_SCALES = ((1e9, f"{NO_BREAK}bn"), (1e6, f"{NO_BREAK}m"), (1e3, f"{NO_BREAK}k"))
_WHOLE_FROM = 1000.0  # amounts from here on are written without cents


def finite(value: Any) -> float | None:
    """A number that is one, or None: tables say NaN and plan.json says null for what is not known.

    Examples
    --------
    >>> finite(1), finite(math.nan), finite(None), finite("none")
    (1.0, None, None, None)
    """
    if value is None or isinstance(value, str):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def decimals_for(values: Iterable[float | None]) -> int:
    """Decimals that suit all amounts of a column: 2 where every one is below 1,000, else 0.

    Examples
    --------
    >>> decimals_for([12.5, 980.0]), decimals_for([12.5, 1980.0])
    (2, 0)
    """
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value)]
    return 2 if sizes and 0 < max(sizes) < _WHOLE_FROM else 0


def amount(value: float | None, decimals: int = 0) -> str:
    """Write a number with thousands separators and a fixed number of decimals.

    Examples
    --------
    >>> amount(1234567.8), amount(-0.2), amount(None)
    ('1,234,568', '0', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def money(value: float | None, currency: str, decimals: int | None = None) -> str:
    r"""Write an amount of money in full: whole units of the currency from 1,000 on, cents below.

    In full, because a plan and its bound differ where a rounded "1.23 m" would hide it.

    Examples
    --------
    >>> money(1234567.8, "EUR"), money(-12.5, "EUR")
    ('EUR\xa01,234,568', 'EUR\xa0-12.50')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{currency}{NO_BREAK}{amount(value, decimals_for([value]) if decimals is None else decimals)}"


def money_plain(value: float | None, currency: str) -> str:
    """Write an amount of money in full with an ordinary space, for terminals, where people search and cut text.

    Examples
    --------
    >>> money_plain(1234567.8, "EUR")
    'EUR 1,234,568'
    """
    return money(value, currency).replace(NO_BREAK, " ")


def money_short(value: float | None, currency: str) -> str:
    r"""Write an amount of money to three digits, for headlines.

    Not for two amounts that are to be compared with each other: use `money`.

    Examples
    --------
    >>> money_short(1234567.8, "EUR")
    'EUR\xa01.23\xa0m'
    """
    return MISSING if finite(value) is None else f"{currency}{NO_BREAK}{short(value)}"


def short(value: float | None) -> str:
    r"""Write an amount to three digits, for labels of charts.

    Examples
    --------
    >>> short(1234567.8), short(999_999), short(12)
    ('1.23\xa0m', '1.00\xa0m', '12.0')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    # Rounded first, so that 999,999 becomes 1.00 m and not 1000 k.
    rounded = float(f"{value:.3g}")
    for scale, name in _SCALES:
        if abs(rounded) >= scale:
            return f"{significant(rounded / scale)}{name}"
    return significant(rounded)


def significant(value: float | None, digits: int = 3) -> str:
    """Write a number to `digits` significant digits without an exponent, zeros at the end included.

    Examples
    --------
    >>> significant(0.04213), significant(12.0), significant(45678.9), significant(0)
    ('0.0421', '12.0', '45,679', '0')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    # Below a millionth the value is noise of the solver and long rows of zeros help no reader.
    return amount(value, decimals) if decimals <= digits + 5 else "0"


def percent(share: float | None, decimals: int = 1) -> str:
    """Write a share (1 = everything) in percent.

    Examples
    --------
    >>> percent(0.9734), percent(0.99996), percent(0.00001, 2), percent(1)
    ('97.3%', '>99.9%', '<0.01%', '100.0%')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    text = amount(100 * share, decimals)
    step = 10.0**-decimals
    if 0 < share < 1 and text == amount(0, decimals):
        return f"<{amount(step, decimals)}%"
    if 0 < share < 1 and text == amount(100, decimals):
        return f">{amount(100 - step, decimals)}%"
    return f"{text}%"


def units(value: float | None) -> str:
    """Write a number of units: whole numbers as they are, others with one decimal below 1,000.

    Examples
    --------
    >>> units(1200.0), units(12.34), units(1234.5)
    ('1,200', '12.3', '1,234')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return amount(value, 0 if abs(value) >= _WHOLE_FROM or value == round(value) else 1)


def duration(seconds: float | None) -> str:
    """Write a duration in seconds, minutes or hours.

    Examples
    --------
    >>> duration(8.24), duration(95), duration(7500)
    ('8.2 s', '1 min 35 s', '2 h 5 min')
    """
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def day(value: object) -> str:
    """Write a day as YYYY-MM-DD; accepts dates, time stamps and ISO text.

    Examples
    --------
    >>> day(dt.datetime(2025, 3, 1, 12)), day("2025-03-01T00:00:00"), day(None)
    ('2025-03-01', '2025-03-01', '–')
    """
    if isinstance(value, str):
        return value[:10] or MISSING
    # pandas' "not a time" is a datetime too.
    if not isinstance(value, dt.date) or str(value) == "NaT":
        return MISSING
    return value.isoformat()[:10]


def moment(value: str) -> str:
    """Write an ISO time stamp to the minute; other text stays as it is.

    Examples
    --------
    >>> moment("2026-11-25T01:43:09+00:00"), moment("yesterday")
    ('2026-11-25 01:43 UTC', 'yesterday')
    """
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{time:%Y-%m-%d %H:%M} {time.tzname() or ''}".rstrip()


def plural(number: float, noun: str) -> str:
    """The noun in the form that goes with the number.

    Examples
    --------
    >>> plural(1, "order"), plural(0, "order")
    ('order', 'orders')
    """
    return noun if number == 1 else f"{noun}s"


def ranges(numbers: Iterable[int]) -> str:
    """Write whole numbers in order with runs joined.

    Examples
    --------
    >>> ranges([3, 4, 5, 8]), ranges([])
    ('3–5, 8', '–')
    """
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs) or MISSING
