"""Drivers of a tornado: which there are, the changes that move them, and names and sizes that are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.comparisons.tornado_drivers import Driver, DriverError, Sizes, driver_names, drivers
from stockrail.model import apply
from stockrail.model.instance import Instance
from tests.builders import make_instance

PLAIN = make_instance(demand=(10, 10))


def one(instance: Instance, name: str, size: float | None = None) -> Driver:
    """A driver by its name."""
    (found,) = drivers(instance, [name], Sizes(of={} if size is None else {name: size}))
    return found


def moved(instance: Instance, name: str, side: str, size: float | None = None) -> Instance:
    """The instance with one side of a driver."""
    return apply(instance, one(instance, name, size).what_if(side))


def test_only_what_the_instance_has() -> None:
    """Without costs, errors, limits and rates there are demand, lead time, price and unit cost; each that is added is one more."""
    assert list(driver_names(PLAIN)) == ["demand", "lead-time", "price", "unit-cost"]
    richer = make_instance(
        demand=(10, 10),
        sigma=(1, 1),
        items={"order_cost": 1, "expedite_premium": 2, "opening_stock_units": 5},
        suppliers={"freight_rate": 0.1, "payment_days": 30},
        segments={"lost_share": 0.5, "churn_cost_share_of_price": 0.1},
        settings={"cost_of_capital_rate_per_year": 0.1, "receivable_days": 30, "terminal_stock_share": 0.5},
        guardrails=[{"upper": 100.0}],
    )
    found = list(driver_names(richer))
    assert found == [
        "demand", "demand-uncertainty", "lead-time", "price", "unit-cost", "order-cost", "freight-and-duty", "expedite-premium",
        "shortage-cost", "lost-share", "capital-rate", "end-value", "opening-stock", "limit:G",
    ]  # fmt: skip


def test_terms_of_payment_matter_where_money_is_limited() -> None:
    """Margin does not depend on when money comes and goes; a limit on cash does."""
    terms, customers = {"payment_days": 30}, {"receivable_days": 40}
    limit = {"metric": "cash", "lower": -1000.0}
    without = make_instance(demand=(10,), suppliers=terms, settings=customers)
    assert "payment-days" not in driver_names(without)
    with_limit = make_instance(demand=(10,), suppliers=terms, settings=customers, guardrails=[limit])
    assert {"payment-days", "receivable-days"} <= set(driver_names(with_limit))
    assert moved(with_limit, "payment-days", "high").suppliers[0].payment_days == pytest.approx(33)


@given(share=st.floats(0.01, 0.9))
def test_shares_multiply(share: float) -> None:
    """Every period's demand and nothing else."""
    for side, factor in (("low", 1 - share), ("high", 1 + share)):
        changed = moved(PLAIN, "demand", side, share)
        assert changed.mean_demand.tolist() == [pytest.approx([10 * factor] * 2)]
        assert changed.items == PLAIN.items


def test_lead_times_move_by_periods_and_stop_at_0() -> None:
    """Lead times of 0, 1 and 3 periods: two less are 0, 0 and 1; two more are 2, 3 and 5."""
    items = [{"item": name, "lead_time_periods": periods} for name, periods in (("A", 0), ("B", 1), ("C", 3))]
    instance = make_instance(demand=[(1,) * 8] * 3, items=items)
    assert [row.lead_time_periods for row in moved(instance, "lead-time", "low", 2).items] == [0, 0, 1]
    assert [row.lead_time_periods for row in moved(instance, "lead-time", "high", 2).items] == [2, 3, 5]
    assert one(instance, "lead-time", 2).high_words == "+2 periods"
    assert one(PLAIN, "lead-time").low == ()


def test_a_limit_moves_by_a_share_of_its_size() -> None:
    """A lower limit of -200 a tenth lower is -220: lower is to the left on the axis, whatever the sign. Periods of their own follow."""
    instance = make_instance(
        demand=(10, 10),
        guardrails=[{"metric": "cash", "lower": -200.0}],
        guardrail_limits=[{"guardrail": "G", "period": 1, "lower": 100.0, "upper": None}],
    )
    driver = one(instance, "limit:G")
    assert driver.loosens == "low"
    changed = moved(instance, "limit:G", "low")
    assert changed.guardrails[0].lower == pytest.approx(-220)
    assert changed.guardrail_limits[0].lower == pytest.approx(90)


def test_of_a_share_the_part_moves_that_may_be_missed() -> None:
    """A fill rate of 98 % higher by a tenth is 98.2 %: 1.8 % may be missed in place of 2 %."""
    instance = make_instance(demand=(10,), guardrails=[{"metric": "fill_rate", "lower": 0.98}])
    driver = one(instance, "limit:G")
    assert (driver.low_words, driver.high_words) == ("more missed by 10%", "less missed by 10%")
    assert moved(instance, "limit:G", "high").guardrails[0].lower == pytest.approx(0.982)
    assert moved(instance, "limit:G", "low").guardrails[0].lower == pytest.approx(0.978)


def test_both_sides_of_a_guardrail_and_capacities_are_drivers() -> None:
    """Each by its own name; a limit of 0 cannot move by a share of itself, and a blank capacity is none."""
    instance = make_instance(
        demand=(10,),
        suppliers={"capacity_units_per_period": 50, "overtime_premium_per_unit": 2},
        guardrails=[{"lower": 5.0, "upper": 100.0}, {"guardrail": "H", "upper": 0.0}],
    )
    found = driver_names(instance)
    assert {"limit:G:upper", "limit:G:lower", "limit:capacity:V", "capacity-premium"} <= set(found)
    assert not any("H" in name for name in found)
    assert moved(instance, "limit:capacity:V", "high").suppliers[
        0
    ].capacity_units_per_period == pytest.approx(55)
    assert moved(instance, "capacity-premium", "low").suppliers[0].overtime_premium_per_unit == pytest.approx(
        1.8
    )
    assert moved(instance, "limit:G:lower", "low").guardrails[0].lower == pytest.approx(4.5)


def test_everything_wrong_is_told_at_once() -> None:
    """An unknown name with those there are, a share above 1, half a period."""
    with pytest.raises(DriverError) as caught:
        drivers(PLAIN, ["weather"], Sizes(share=1.5, of={"lead-time": 0.5, "price": 0.0}))
    weather, share, lead_time, price = str(caught.value).splitlines()
    assert (
        weather
        == "There is no driver 'weather' here. Drivers of this instance: demand, lead-time, price, unit-cost."
    )
    assert share == "all cannot move by 1.5: expected a share between 0 and 1, such as 0.1 for 10%."
    assert lead_time.startswith("lead-time cannot move by 0.5: expected a whole number of periods from 1 to")
    assert price.startswith("price cannot move by 0:")
