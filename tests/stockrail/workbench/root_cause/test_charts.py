"""Charts of misses."""

import datetime as dt

from stockrail.workbench.root_cause.charts import COLOURS, money_chart, period_chart
from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.store.tables import Miss


def miss(cause: Cause, money: float | None, month: int) -> Miss:
    """A miss of a month."""
    return Miss(cause=str(cause), money=money, date=dt.date(2027, month, 28))


def test_money_by_cause_the_most_first() -> None:
    """400 and 150; what is not known is no bar, also where it is all there is."""
    misses = [
        miss(Cause.DEMAND, 100, 1),
        miss(Cause.LEAD_TIME, 400, 1),
        miss(Cause.DEMAND, 50, 2),
        miss(Cause.COST, None, 2),
    ]
    chart = money_chart(misses, "EUR")
    assert chart is not None
    (values,) = chart.specification["datasets"].values()
    assert [(one["cause"], one["money"], one["misses"]) for one in values] == [
        ("lead time outside the fan", 400, 1), ("demand outside the fan", 150, 2),
    ]  # fmt: skip
    assert money_chart(misses[-1:], "EUR") is None
    assert money_chart([], "EUR") is None


def test_counts_by_period() -> None:
    """Two began in January and one in February; one period alone is no chart."""
    misses = [miss(Cause.DEMAND, 1, 1), miss(Cause.COST, 1, 1), miss(Cause.DEMAND, None, 2)]
    chart = period_chart(misses)
    assert chart is not None
    (values,) = chart.specification["datasets"].values()
    assert [(one["until"], one["cause"], one["misses"]) for one in values] == [
        ("2027-01-28", "demand outside the fan", 1),
        ("2027-01-28", "price or cost outside the fan", 1),
        ("2027-02-28", "demand outside the fan", 1),
    ]
    assert period_chart(misses[:2]) is None


def test_every_cause_has_a_colour_of_its_own() -> None:
    """Two causes side by side can be told apart."""
    assert set(COLOURS) == set(Cause)
    assert len(set(COLOURS.values())) == len(Cause)
