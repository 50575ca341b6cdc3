"""Small instances whose trade-offs and drivers of stock are known by hand; docs/service-and-inventory.md tells their story."""

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
