"""A newsvendor with two scenarios whose measures are worked out by hand, for the tests of this folder and of its page.

One order, placed before demand is known, arrives in time. A unit costs 6, sells for 10, and is worth 3 where it is left over; demand is
40 or 100, equally likely. What is short is lost, and an order costs 170. With Q units between 40 and 100 the margin is

    low     10 * 40 - 6 Q + 3 (Q - 40) - 170 = 110 - 3 Q
    high    10 Q - 6 Q - 170                 = 4 Q - 170
    mean    0.5 Q - 30

which rises with Q, so the best order is 100: the best plan (RP) earns 20, more than the 0 of no order.

    mean plan       demand 70: order 70, 4 * 70 - 170 = 110 where the mean happens (EV)
    its orders      0.5 * 70 - 30 = 5 on the tree (EEV), so VSS = 20 - 5 = 15
    wait and see    low: 4 * 40 - 170 = -10, so no order, 0; high: 4 * 100 - 170 = 230; mean 115 (WS), so EVPI = 115 - 20 = 95
    variability     110 - 20 = 90
"""

from stockrail.model.instance import Instance
from tests.builders import Changes, make_instance

RP, EV, EEV, WS = 20.0, 110.0, 5.0, 115.0
VSS, EVPI, VARIABILITY = 15.0, 95.0, 90.0


def newsvendor(*, order_cost: float = 170.0, guardrails: Changes | None = None) -> Instance:
    """The instance; orders are in tens."""
    return make_instance(
        demand=(0, 70),
        settings={"name": "newsvendor", "terminal_stock_share": 0.5},
        items={"lead_time_periods": 1, "lot_size": 10, "order_cost": order_cost},
        segments={"lost_share": 1},
        guardrails=guardrails or (),
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
        ],
        scenario_demand=[{"node": "low", "units": 40}, {"node": "high", "units": 100}],
    )


def newsvendor_with_prices() -> Instance:
    """The same without a cost of ordering, at a price of 10 or 5, equally likely and independent of demand.

    A price of 7.5 is expected, so a unit sold brings 1.5 and one left over costs 3. With Q from 40 to 100 the margin is
    0.5 * (7.5 * 40 - 6 Q + 3 (Q - 40)) + 0.5 * 1.5 Q = 90 - 0.75 Q, with less 1.5 Q: the best order is 40, RP = 60.

        demand known    1.5 * 40 or 1.5 * 100: 105 on average, worth 45
        price known     at 10 the best order is 100, as 0.5 Q + 140 rises: 190. At 5 a unit loses 1, so no order: 95 on average, worth 35
        both known      at 10: 4 * 40 or 4 * 100, 280 on average; at 5 nothing: 140, worth 80
    """
    leaves = [(demand, factor) for demand in (40, 100) for factor in (1.0, 0.5)]
    return make_instance(
        demand=(0, 70),
        settings={"terminal_stock_share": 0.5},
        items={"lead_time_periods": 1, "lot_size": 10},
        segments={"lost_share": 1},
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {"node": f"s{k}", "parent": "now", "period": 1, "probability": 0.25, "price_factor": factor}
            for k, (_, factor) in enumerate(leaves)
        ],
        scenario_demand=[{"node": f"s{k}", "units": demand} for k, (demand, _) in enumerate(leaves)],
    )
