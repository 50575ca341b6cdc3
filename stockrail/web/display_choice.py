"""How a visitor wants money written: in full, in thousands or in millions, and in which currency. Kept in a cookie."""

from dataclasses import dataclass
from typing import Literal, get_args

from starlette.requests import Request

from stockrail import formats

COOKIE = "stockrail-display"

Scale = Literal["full", "k", "M"]
SCALES: tuple[Scale, ...] = get_args(Scale)
_SIZES: dict[Scale, float] = {"full": 1.0, "k": 1e3, "M": 1e6}


@dataclass(frozen=True)
class DisplayChoice:
    """How money is written.

    Attributes
    ----------
    currency : in place of the baseline's; None for that one. Only where governance.yaml has a rate for it.
    rates : units of a currency for one unit of the baseline's currency.
    """

    scale: Scale = "full"
    currency: str | None = None
    rates: tuple[tuple[str, float], ...] = ()

    @staticmethod
    def of(request: Request) -> "DisplayChoice":
        """What the visitor's cookie says, as far as it is known here."""
        rates = dict(request.app.state.store.governance.document.display_currencies)
        scale, _, currency = request.cookies.get(COOKIE, "").partition(".")
        return DisplayChoice(
            scale=scale if scale in SCALES else "full",
            currency=currency if currency in rates else None,
            rates=tuple(rates.items()),
        )

    @property
    def cookie(self) -> str:
        """The cookie's value."""
        return f"{self.scale}.{self.currency or ''}"

    @property
    def rate(self) -> float:
        """What amounts are multiplied by."""
        return dict(self.rates).get(self.currency or "", 1.0)

    @property
    def factor(self) -> float:
        """What amounts of the baseline's currency are multiplied by before they are shown without their unit, as in grids."""
        return self.rate / _SIZES[self.scale]

    def unit(self, currency: str) -> str:
        """The unit of such amounts.

        Examples
        --------
        >>> DisplayChoice("k").unit("EUR"), DisplayChoice().unit("EUR")
        ('EUR k', 'EUR')
        """
        shown = self.currency or currency
        return shown if self.scale == "full" else f"{shown} {self.scale}"

    def money(self, value: float | None, currency: str, decimals: int | None = None) -> str:
        r"""Write an amount of the baseline's currency.

        Examples
        --------
        >>> DisplayChoice("k").money(1234567.8, "EUR"), DisplayChoice("M").money(1234567.8, "EUR")
        ('EUR\xa01,234.6\xa0k', 'EUR\xa01.23\xa0M')
        >>> DisplayChoice("full", "USD", (("USD", 1.5),)).money(1000.0, "EUR")
        'USD\xa01,500'
        """
        number = formats.finite(value)
        if number is None:
            return formats.MISSING
        amount, shown = number * self.rate, self.currency or currency
        if self.scale == "full":
            return formats.money(amount, shown, decimals)
        places = 1 if self.scale == "k" else 2
        scaled = formats.amount(amount / _SIZES[self.scale], places)
        return f"{shown}{formats.NO_BREAK}{scaled}{formats.NO_BREAK}{self.scale}"
