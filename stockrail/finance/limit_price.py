"""What a plan says of the price of one limit: the price where there is one, how far it holds, and in words what to make of it."""

import math
from dataclasses import dataclass, fields

from stockrail.formats import amount, significant
from stockrail.solvers.price import PriceRange, PriceStatus

NAN = float("nan")

NOT_ASKED = "not asked for"


@dataclass(frozen=True)
class LimitPrice:
    """The price of one side of a guardrail, in all of its periods together or in one. NaN is what is not known.

    Attributes
    ----------
    price : objective that one unit of limit as stated earns, at least 0 for an upper limit, at most 0 for a lower one; only
        where a single number is the price.
    price_up, price_down : what one more unit earns, what one less costs; `price_down` is infinite in size where the limit
        cannot be any tighter (`price_up` of a lower one).
    range_from, range_to : limits between which these hold.
    return_per_year : the price as a yearly return on the capital granted; of limits on a stock of money only.
    return_up_per_year, return_down_per_year : the same for one more and one less unit.
    price_holds : in words, how far the price holds or why there is none.
    """

    price: float = NAN
    price_up: float = NAN
    price_down: float = NAN
    range_from: float = NAN
    range_to: float = NAN
    return_per_year: float = NAN
    return_up_per_year: float = NAN
    return_down_per_year: float = NAN
    price_holds: str = NOT_ASKED

    @staticmethod
    def of(found: PriceRange, years: float, why_open: str) -> "LimitPrice":
        """What a price range says.

        Parameters
        ----------
        years : for which a unit of the limit is capital, NaN where it is none.
        why_open : the reason to give where the price was not computed.
        """
        if found.status is PriceStatus.OPEN:
            return LimitPrice(price_holds=why_open)
        up, down = resolved_price(found.price_up, found), resolved_price(found.price_down, found)
        price = NAN
        known = [one for one in (up, down) if not math.isnan(one)]
        if known and not found.is_kink:
            # The two are the same within a tenth, so their mean says no less than either.
            price = sum(known) / len(known)
        return LimitPrice(
            price=price,
            price_up=up,
            price_down=down,
            range_from=found.range_from,
            range_to=found.range_to,
            return_per_year=price / years,
            return_up_per_year=up / years,
            return_down_per_year=down / years,
            price_holds=_words(found),
        )


COLUMNS = tuple(part.name for part in fields(LimitPrice))


def resolved_price(price: float, found: PriceRange) -> float:
    """A price that can be told from none, or none; NaN between the two."""
    return NAN if 0.0 < abs(price) < found.resolution else price


def _words(found: PriceRange) -> str:
    if (
        found.status is not PriceStatus.SLACK
        and max(abs(found.price_up), abs(found.price_down)) < found.resolution
    ):
        return f"too small to be told from 0: less than {significant(found.resolution)}"
    start, end = amount_or_none(found.range_from), amount_or_none(found.range_to)
    if found.status is PriceStatus.SLACK:
        return f"at any limit above {start}" if end is None else f"at any limit below {end}"
    if not found.is_kink:
        least = "at least " if found.is_quick else ""
        if start is not None and end is not None:
            return f"{least}from {start} to {end}"
        return f"{least}at any limit above {start}" if end is None else f"{least}at any limit below {end}"
    if found.is_quick:
        return _averages(found, start, end)
    more, less = _one(found.price_up, found), _one(-found.price_down, found)
    return f"a kink, no single price: one more unit {more}, one less {less}"


def _averages(found: PriceRange, start: str | None, end: str | None) -> str:
    """Two quick prices that differ: what is known of each, and no word on whether that is a kink."""
    more, less = _one(found.price_up, found), _one(-found.price_down, found)
    if start is not None and not math.isinf(found.price_down):
        less += f" on average down to {start}"
    if end is not None and not math.isinf(found.price_up):
        more += f" on average up to {end}"
    return f"no single price: one more unit {more}, one less {less}"


def _one(gain: float, found: PriceRange) -> str:
    """What one unit does to the objective, in words."""
    if math.isinf(gain):
        return "is not possible"
    if 0.0 < abs(gain) < found.resolution:
        return f"changes less than {significant(found.resolution)}"
    if gain == 0.0:
        return "changes nothing"
    return f"{'earns' if gain > 0 else 'costs'} {significant(abs(gain))}"


def amount_or_none(limit: float) -> str | None:
    """A limit in words, None where there is no end to it."""
    if math.isinf(limit):
        return None
    return amount(limit) if abs(limit) >= 1000 else significant(limit, 4)
