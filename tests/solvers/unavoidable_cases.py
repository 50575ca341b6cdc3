"""For every metric an instance of one item with a limit that nothing ordered can keep, and by how much, derived by hand.

A unit costs 6 and earns 10, unless the case says otherwise; a period is a year. With a lead time of 1 no order arrives in period 0.
"""

from dataclasses import dataclass
from typing import Any

from stockrail.model.instance import Instance
from tests.builders import Changes, make_instance

LOST: Changes = {"lost_share": 1.0}
LATE: Changes = {"lead_time_periods": 1}
FIVE_LOTS_NOW: dict[str, Any] = {"order_overrides": {"period": 0, "lots": 5}}


@dataclass(frozen=True)
class Case:
    """An instance and its limit in one period.

    Attributes
    ----------
    given : of the instance, beside demand.
    side, limit, period : of the guardrail on the metric.
    amount, limit_change : what the limit has to give way by, in the unit of the numerator and of the limit as stated.
    """

    given: dict[str, Any]
    side: str
    limit: float
    amount: float
    limit_change: float
    period: int = 0
    demand: tuple[float, ...] = (5, 5)

    def instance(self, metric: str, **changes: Any) -> Instance:
        """The instance; `changes` are changes to the guardrail."""
        rail = {
            "metric": metric, self.side: self.limit, "first_period": self.period, "last_period": self.period,
        }  # fmt: skip
        given = dict(self.given)
        rails = [{**rail, **changes}, *given.pop("more_rails", ())]
        return make_instance(demand=self.demand, guardrails=rails, **given)


def stock(units: float, **item: Any) -> dict[str, Any]:
    """Opening stock."""
    return {"items": {"opening_stock_units": units, **item}}


CASES: dict[str, Case] = {
    # 10 in stock and 20 due in period 1, less 10 sold: 20 units worth 120.
    "inventory_value": Case(
        {**stock(10), "open_orders": {"due_period": 1, "units": 20}}, "upper", 100, 20, 20, period=1
    ),
    # 5 lots are fixed in period 0.
    "purchases": Case(FIVE_LOTS_NOW, "upper", 10, 20, 20),
    "ordered_units": Case(FIVE_LOTS_NOW, "upper", 2, 3, 3),
    # They are under way at its end, as they take a period.
    "open_commitments": Case({**FIVE_LOTS_NOW, "items": LATE}, "upper", 10, 20, 20),
    # 5 units left, 2 of space each.
    "storage_space": Case(stock(10, space_per_unit=2), "upper", 6, 4, 4),
    # 15 units left, 5 of them for the year ahead: 10 too many, worth 60.
    "excess_exposure": Case({**stock(20), "settings": {"forward_cover_days": 365}}, "upper", 40, 20, 20),
    # The same 15 units, worth 90, over 30 / 365 a day are 1,095 days. At 1,000 days 1,000 * 30 / 365 = 82.19 are allowed.
    "days_of_supply": Case(
        {**stock(20), "settings": {"forward_cover_days": 365}}, "upper", 1000, 90 - 30_000 / 365, 95
    ),
    # Of 10 units 2 * 2 are sold when they pass their shelf life in period 1: 6, worth 36, half of it is written off.
    "write_offs": Case(
        stock(10, shelf_life_periods=1, write_off_share=0.5), "upper", 10, 8, 8, period=1, demand=(2, 2)
    ),
    # Nothing is in stock, and 10 units are expedited at 2 each.
    "expedite_spend": Case(
        {"items": {**LATE, "expedite_share": 1, "expedite_premium": 2}, "segments": LOST},
        "upper", 5, 15, 15, demand=(10, 10),
    ),
    # 4 units of 10 are served, 9 are asked for.
    "fill_rate": Case(stock(4, **LATE), "lower", 0.9, 5, 0.5, demand=(10, 10)),
    "served_units": Case(stock(4, **LATE), "lower", 9, 5, 5, demand=(10, 10)),
    # Something is owed for certain: 0 of 10 units are with a full delivery.
    "on_time_in_full": Case(stock(4, **LATE), "lower", 0.9, 9, 0.9, demand=(10, 10)),
    # 5 units a year cost 30, over 20 units worth 120: 0.25 a year. At 0.5 sales would have to be 60.
    "turns": Case(stock(25), "lower", 0.5, 30, 0.25),
    # The same 120 over 30 / 365 a day are 1,460 days.
    "cash_conversion_cycle": Case(stock(25), "upper", 1000, 120 - 30_000 / 365, 460),
    # 5 units at 10 are sold from stock, and are paid after a year.
    "receivables": Case({**stock(10), "settings": {"receivable_days": 365}}, "upper", 30, 20, 20),
    # 20 units that come in cost 120, paid after a year.
    "payables": Case(
        {"open_orders": {"due_period": 0, "units": 20}, "suppliers": {"payment_days": 365}},
        "upper", 100, 20, 20,
    ),
    # 5 units left, nobody owes anything.
    "working_capital": Case(stock(10, **LATE), "upper", 20, 10, 10),
    # 5 units at 10 are sold, nothing comes in.
    "cash": Case(stock(10, **LATE), "lower", 80, 30, 30),
    "margin": Case(stock(10, **LATE), "lower", 60, 10, 10),
    # 3 of 5 fixed units are beyond the capacity, at 3 each.
    "overtime_spend": Case(
        {**FIVE_LOTS_NOW, "suppliers": {"capacity_units_per_period": 2, "overtime_premium_per_unit": 3}},
        "upper", 4, 5, 5,
    ),
}  # fmt: skip
