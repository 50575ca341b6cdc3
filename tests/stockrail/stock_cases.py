"""Small instances whose trade-offs and drivers of stock are known by hand; docs/service-and-inventory.md tells their story."""

import datetime as dt
from collections.abc import Sequence

from stockrail.model.instance import Instance
from tests.builders import Changes, make_instance


def newsvendor(current_targets: Changes | Sequence[Changes] = ()) -> Instance:
    """A lamp that sells 100 in each of five periods of 73 days, a year in all, with an error of 20, in single units at once.

    It costs 6 and sells at 10. Of what is short one half is expedited at a premium of 3, the other half is lost. Stock costs 20 % of its
    value a year and keeps its value at the end. With a safety factor z there are 20 z left after each period on average, so
    20 * G(z) are short in each period and 20 * (z + G(z)) on hand, with G the normal loss function: G(0) = 0.39894,
    G(1) = 0.08332, G(2) = 0.00849, G(3) = 0.00038.
    """
    return make_instance(
        demand=(100,) * 5,
        sigma=20,
        settings={"period_length_days": 73, "storage_rate_per_year": 0.2, "terminal_stock_share": 1},
        items={"item": "lamp", "segment": "home", "expedite_premium": 3, "expedite_share": 0.5},
        segments={"segment": "home", "lost_share": 1},
        policy_options=[
            {"option": f"z{factor}", "safety_factor": factor, "cover_periods": 0} for factor in range(4)
        ],
        current_targets=current_targets,
    )


def lots_and_calendar() -> Instance:
    """Ten units in each of six years, in lots of 20, ordered every other year, at 6 each; holding 10 % a year.

    Orders are 20, 0, 20, 0, 20, 0, and stock at the end 10, 0, 10, 0, 10, 0: 5 on average, worth 30, which cost 3 a year. Either
    one alone forces it: lots with an open calendar, and the calendar with single units. Without both there is no stock.
    """
    return make_instance(
        demand=(10,) * 6,
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 1},
        items={"lot_size": 20},
        segments={"lost_share": 1},
        suppliers={"order_interval_periods": 2},
    )


def biased() -> Instance:
    """A forecast of ten units in each of four years, bought as needed; what is not there is lost. Stock costs 10 % a year."""
    return make_instance(
        demand=(10,) * 4,
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 1},
        segments={"lost_share": 1},
    )


def late_suppliers() -> Instance:
    """Ten units in each of three years, bought as needed at 6; what is lost costs a margin of 4. Stock costs 10 % a year.

    In each of the last two years the supplier is late by a year in half of the cases, and only once. So ten more are bought first, and
    again where he was on time: each costs 6 a year, and losing ten half of the time costs 20. Before receipts there are 10 left where
    he was on time in the second year, and 0 where he was late, as they were needed: 5 on average, worth 30.
    """
    return make_instance(
        demand=(10,) * 3,
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 1},
        segments={"lost_share": 1},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "on time", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "late", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "on time again", "parent": "on time", "period": 2, "probability": 0.25},
            {"node": "late at last", "parent": "on time", "period": 2, "probability": 0.25},
            {"node": "late no more", "parent": "late", "period": 2, "probability": 0.5},
        ],
        scenario_suppliers=[
            {"node": "late", "delay_periods": 1},
            {"node": "late at last", "delay_periods": 1},
        ],
    )


def launch() -> Instance:
    """Launched in the third of four years, 30 units in each of the last two, at most 15 bought a year, at 6 each; holding 10 % a year.

    So 15 are bought every year, and 15, 30, 15, 0 are left: 15 on average, worth 90, which cost 36 in four years. Evenly spread it would
    sell the 15 of each year at once.
    """
    return make_instance(
        demand=(0, 0, 30, 30),
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 1},
        segments={"lost_share": 1},
        items={"maximum_order_units": 15, "launch_date": dt.date(2025, 12, 31)},
    )
