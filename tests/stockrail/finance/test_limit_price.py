"""What is said of a price: one number where there is one, two at a kink, and a reason where there is none."""

import math

import pytest

from stockrail.finance.limit_price import NOT_ASKED, LimitPrice
from stockrail.finance.price_words import price_text
from stockrail.solvers.price import PriceRange, PriceStatus

INF, NAN = math.inf, math.nan


def found(
    up: float,
    down: float,
    start: float = 90.0,
    end: float = 120.0,
    resolution: float = 0.001,
    status: PriceStatus = PriceStatus.SOLVED,
    *,
    is_quick: bool = False,
) -> PriceRange:
    """Return the price range of an upper limit of 100."""
    return PriceRange("G", "upper", None, 100.0, up, down, start, end, resolution, status, is_quick)


def said(price: PriceRange, years: float = 0.5) -> LimitPrice:
    """Return what is said of it, for capital granted over so many years."""
    return LimitPrice.of(price, years, "no time")


def test_one_price() -> None:
    """0.40 and 0.42 are the same within a tenth: 0.41, over half a year a return of 82%."""
    price = said(found(0.40, 0.42))
    assert price.price == pytest.approx(0.41)
    assert price.return_per_year == pytest.approx(0.82)
    assert price.price_holds == "from 90.00 to 120.0"
    assert price_text(vars(price)) == "0.410 from 90.00 to 120.0, 82.0% a year"


def test_kink_has_no_single_price() -> None:
    """One more earns nothing, one less costs 0.667: both are given, and no number in between."""
    price = said(found(0.0, 2 / 3))
    assert math.isnan(price.price)
    assert math.isnan(price.return_per_year)
    assert [price.price_up, price.price_down] == pytest.approx([0.0, 2 / 3])
    assert price.price_holds == "a kink, no single price: one more unit changes nothing, one less costs 0.667"
    assert price_text(vars(price)) == "0 for one more, 0.0% a year; 0.667 for one less, 133.3% a year"


def test_kink_below_the_resolution_gives_no_number() -> None:
    """0.0005 cannot be told from none where effects below 0.001 cannot be seen: no price and no return on one more."""
    price = said(found(0.0005, 0.5))
    assert math.isnan(price.price_up)
    assert math.isnan(price.return_up_per_year)
    assert "one more unit changes less than 0.00100" in price.price_holds
    assert price_text(vars(price)) == "about 0 for one more; 0.500 for one less, 100.0% a year"


def test_limit_that_cannot_be_tighter() -> None:
    """There is a price of one more unit, and one less is not possible."""
    price = said(found(0.3, INF))
    assert price.price_up == 0.3
    assert price.price_holds.endswith("one more unit earns 0.300, one less is not possible")


def test_unresolved_price_is_no_number() -> None:
    """Neither direction shows an effect that could be seen."""
    price = said(found(0.0004, 0.0003, status=PriceStatus.UNRESOLVED))
    assert all(math.isnan(value) for value in (price.price, price.price_up, price.return_per_year))
    assert price.price_holds == "too small to be told from 0: less than 0.00100"
    assert price_text(vars(price)) == "too small to be told from 0"


def test_slack_limit_has_price_zero_and_no_line() -> None:
    """What is not used up is worth nothing from what is used on; the summary has better things to say."""
    price = said(found(0.0, 0.0, 80.0, INF, 0.0, PriceStatus.SLACK))
    assert (price.price, price.return_per_year) == (0.0, 0.0)
    assert price.price_holds == "at any limit above 80.00"
    assert price_text(vars(price)) is None


def test_open_price_has_a_reason() -> None:
    """Where the time was up there is no number, and the reason given."""
    price = said(found(NAN, NAN, NAN, NAN, NAN, PriceStatus.OPEN))
    assert math.isnan(price.price)
    assert price.price_holds == "no time"


def test_nobody_asked() -> None:
    """A price that nobody asked for says so, and has no line."""
    assert LimitPrice().price_holds == NOT_ASKED
    assert price_text(vars(LimitPrice())) is None


def test_limits_that_are_no_capital_have_no_return() -> None:
    """A limit on a flow has a price and no return."""
    price = said(found(0.4, 0.4), years=NAN)
    assert price.price == pytest.approx(0.4)
    assert price_text(vars(price)) == "0.400 from 90.00 to 120.0"


def test_quick_price_holds_at_least_over_its_steps() -> None:
    """0.40 and 0.42 over a step each way are one price for every move in between; further on nobody asked."""
    price = said(found(0.40, 0.42, 99.75, 100.25, is_quick=True))
    assert price.price == pytest.approx(0.41)
    assert price.price_holds == "at least from 99.75 to 100.2"
    assert said(found(0.0, 0.0, 99.75, INF, 0.001, PriceStatus.UNRESOLVED, is_quick=True)).price_holds == (
        "too small to be told from 0: less than 0.00100"
    )


def test_quick_prices_that_differ_are_averages_and_no_kink() -> None:
    """0.3 up and 0.5 down differ by more than a tenth, whatever the resolution: each is the average over its step, no more."""
    price = said(found(0.3, 0.5, 99.0, 101.0, 0.25, is_quick=True))
    assert math.isnan(price.price)
    assert [price.price_up, price.price_down] == [0.3, 0.5]
    assert price.price_holds == (
        "no single price: one more unit earns 0.300 on average up to 101.0, one less costs 0.500 on average down to 99.00"
    )
    assert "kink" not in price.price_holds


def test_quick_price_below_the_resolution_is_no_number() -> None:
    """0.1 cannot be told from none where effects below 0.2 cannot be seen, also beside one that can."""
    price = said(found(0.1, 0.5, 99.0, 101.0, 0.2, is_quick=True))
    assert math.isnan(price.price)
    assert math.isnan(price.price_up)
    assert "one more unit changes less than 0.200 on average up to 101.0" in price.price_holds


def test_quick_limit_that_cannot_be_tighter() -> None:
    """There is nothing to average where one less is not possible."""
    price = said(found(0.3, INF, 100.0, 101.0, is_quick=True))
    assert price.price_holds.endswith("earns 0.300 on average up to 101.0, one less is not possible")
