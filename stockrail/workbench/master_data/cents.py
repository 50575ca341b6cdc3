"""Money to the cent: exact decimal numbers, and the smallest coin of a currency."""

from decimal import ROUND_HALF_UP, Decimal

_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies whose smallest coin is no hundredth (ISO 4217)."""

DIGITS = 15
"""Significant digits that a file's number keeps as a double; what is behind them is noise of binary sums."""


def decimals_of(currency: str) -> int:
    """Decimals of a currency's smallest coin.

    Examples
    --------
    >>> decimals_of("EUR"), decimals_of("JPY"), decimals_of("KWD")
    (2, 0, 3)
    """
    return _DECIMALS.get(currency, 2)


def exact(number: float) -> Decimal:
    """The decimal number that a double was written as.

    Examples
    --------
    >>> exact(0.1) + exact(0.2), exact(0.1 + 0.2)
    (Decimal('0.3'), Decimal('0.3'))
    """
    return Decimal(format(float(number), f".{DIGITS}g"))


def to_cent(amount: Decimal, currency: str) -> Decimal:
    """Round to the smallest coin, halves away from zero, as invoices do.

    Examples
    --------
    >>> to_cent(Decimal("2.345"), "EUR"), to_cent(Decimal("-2.345"), "EUR"), to_cent(Decimal("2.345"), "JPY")
    (Decimal('2.35'), Decimal('-2.35'), Decimal('2'))
    """
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), rounding=ROUND_HALF_UP)


def written(amount: Decimal | None) -> str:
    """An amount with thousands separators and all its decimals.

    Examples
    --------
    >>> written(Decimal("-1234.50")), written(None)
    ('-1,234.50', '–')
    """
    return "–" if amount is None else f"{amount:,}"
