"""Small calibrations for tests: the lamp of docs/strategies.md, and two items under a limit on stock that binds."""

from typing import Any

from stockrail.model.instance import Instance
from tests.builders import make_instance

LAMP: dict[str, Any] = {
    "demand": (100,) * 8,
    "sigma": 20,
    "items": {"item": "lamp", "lot_size": 50, "lead_time_periods": 2, "opening_stock_units": 300},
    "settings": {"period_length_days": 7, "name": "lamp"},
}


def lamp(**more: Any) -> Instance:
    """One item: 100 a week for 8 weeks with an error of 20, 2 weeks of lead time, lots of 50, 300 in stock."""
    return make_instance(**LAMP, **more)


def two_items(upper: float | None = None, **more: Any) -> Instance:
    """Items A and B in segments S and T, 10 a year for 6 years with an error of 4; a limit on stock where one is given.

    A unit held costs 0.6 a year, one that waits 5. So without a limit both want much safety stock.
    """
    return make_instance(
        demand=[(10,) * 6] * 2,
        sigma=4,
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 0.5},
        items=[{"segment": "S", "opening_stock_units": 10}, {"segment": "T", "opening_stock_units": 10}],
        segments=[
            {"segment": name, "backorder_cost_share_of_price_per_period": 0.5, "lost_share": 0}
            for name in ("S", "T")
        ],
        guardrails=() if upper is None else {"upper": upper, "guardrail": "stock-cap", "first_period": 1},
        policy_options=[
            {"option": f"z{factor:g}", "safety_factor": factor, "cover_periods": 0, "review_periods": 1}
            for factor in (0, 1, 2)
        ],
        current_targets=[
            {"item": name, "safety_stock_units": 2, "cover_periods": 1, "review_periods": 1} for name in "AB"
        ],
        **more,
    )
