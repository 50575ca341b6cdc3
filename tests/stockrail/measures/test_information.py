"""Groups of scenarios that knowing one driver tells apart."""

import numpy as np

from stockrail.measures.information import DRIVERS, groups_of, scenarios_of
from stockrail.model.scenarios import build_tree
from tests.builders import make_instance


def test_groups_by_driver() -> None:
    """Four scenarios: demand tells two pairs apart, delays another two, prices none; a later difference counts as well."""
    nodes = [{"node": "now", "period": 0, "probability": 1}]
    nodes += [{"node": f"m{k}", "parent": "now", "period": 1, "probability": 0.5} for k in range(2)]
    nodes += [
        {
            "node": f"s{k}",
            "parent": f"m{k // 2}",
            "period": 2,
            "probability": 0.25,
            "demand_factor": 1 + k // 2,
        }
        for k in range(4)
    ]
    instance = make_instance(
        demand=(10, 10, 10),
        scenarios=nodes,
        scenario_suppliers=[{"node": f"s{k}", "delay_periods": 1} for k in (1, 3)],
    )
    tree = build_tree(instance)
    groups = {
        name: [[tree.names[n] for n in group] for group in groups_of(tree, facts(tree))]
        for name, facts in DRIVERS.items()
    }
    everything = [["s0", "s1", "s2", "s3"]]
    assert groups == {
        "demand": [["s0", "s1"], ["s2", "s3"]],
        "lead time": [["s0", "s2"], ["s1", "s3"]],
        "price": everything,
        "capacity": everything,
    }
    assert [tree.names[int(group[0])] for group in scenarios_of(tree)] == everything[0]


def test_rounding_tells_nothing_apart() -> None:
    """Facts that differ by rounding only are the same fact."""
    instance = make_instance(
        demand=(10, 10),
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {
                "node": f"s{k}",
                "parent": "now",
                "period": 1,
                "probability": 0.5,
                "demand_factor": 1 + k * 1e-13,
            }
            for k in range(2)
        ],
    )
    tree = build_tree(instance)
    assert len(groups_of(tree, tree.demand)) == 1
    assert len(groups_of(tree, np.vstack([tree.demand, [[0, 1, 2]]]))) == 2
