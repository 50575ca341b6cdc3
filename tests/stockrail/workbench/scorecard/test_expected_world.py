"""What a plan took for granted beside demand, by hand."""

import numpy as np

from stockrail.model.scenarios import build_tree
from stockrail.workbench.scorecard.expected_world import expected_demand, path_of
from tests.builders import make_instance


def test_suppliers_are_as_they_are_most_likely_and_prices_as_expected() -> None:
    """In period 1 the supplier is two periods late with probability 0.3 and dearer with 0.7; prices are 0.8 and 1.2 as often, 1.08 on average.

    Of two costs that are equally likely it is the lower one.
    """
    instance = make_instance(
        demand=(10, 10, 10),
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "late", "parent": "now", "period": 1, "probability": 0.3, "price_factor": 0.8},
            {
                "node": "dear",
                "parent": "now",
                "period": 1,
                "probability": 0.7,
                "price_factor": 1.2,
                "demand_factor": 2,
            },
            {"node": "a", "parent": "late", "period": 2, "probability": 0.3},
            {"node": "b", "parent": "dear", "period": 2, "probability": 0.35},
            {"node": "c", "parent": "dear", "period": 2, "probability": 0.35},
        ],
        scenario_suppliers=[
            {"node": "late", "supplier": "V", "delay_periods": 2},
            {"node": "dear", "supplier": "V", "cost_factor": 1.5},
            {"node": "a", "supplier": "V", "order_cost_factor": 9},
            {"node": "b", "supplier": "V", "order_cost_factor": 3},
            {"node": "c", "supplier": "V", "order_cost_factor": 2},
        ],
    )
    tree = build_tree(instance)
    path = path_of(instance, tree, np.array([[1.0, 2.0, 3.0]]))
    assert path.demand.tolist() == [[[1, 2, 3]]]
    assert path.delay_periods.tolist() == [[[0, 0, 0]]]
    assert path.cost_factor.tolist() == [[[1, 1.5, 1]]]
    assert path.order_cost_factor.tolist() == [[[1, 1, 2]]]
    assert np.allclose(path.price_factor, [[1, 0.3 * 0.8 + 0.7 * 1.2, 1]])
    assert np.allclose(expected_demand(tree), [[10, 0.3 * 10 + 0.7 * 20, 10]])
