"""Small baselines with what-ifs whose outcomes are known by hand."""

from typing import Any

from stockrail.model.instance import Instance
from stockrail.model.what_if import BASELINE, WhatIf
from tests.builders import make_instance


def what_if(name: str, *changes: dict[str, Any], **columns: Any) -> WhatIf:
    """A what-if with these changes."""
    return WhatIf.model_validate({"name": name, "changes": changes, **columns})


def growing() -> tuple[Instance, list[WhatIf]]:
    """Ten units in each of three periods at 10, bought at 6; what if price is 11 and the last period asks for 20?

    What is not there is lost. Base earns 30 * 4 = 120, the what-if 40 * 5 = 200.
    """
    instance = make_instance(demand=(10, 10, 10), segments={"lost_share": 1})
    more = what_if(
        "growth",
        {"table": "demand", "where": {"period": 2}, "column": "mean_units", "set": 20},
        {"table": "items", "column": "unit_price", "set": 11},
    )
    return instance, [BASELINE, more]


def one_order() -> tuple[Instance, list[WhatIf]]:
    """One period, one order of 10 at 6 for sales at 10; what if 20 are asked for? Leftovers are worth nothing."""
    instance = make_instance(demand=(10,), segments={"lost_share": 1})
    high = what_if(
        "high", {"table": "demand", "column": "mean_units", "multiply": 2}, kind="event", owner="sales"
    )
    return instance, [BASELINE, high]


def impossible() -> WhatIf:
    """More served units than anybody asks for."""
    row = {
        "guardrail": "too much", "metric": "served_units", "scope": "all", "first_period": 0, "last_period": 0,
        "lower": 1000, "upper": None, "holds": "every scenario", "soft_price": None,
    }  # fmt: skip
    return what_if("impossible", {"table": "guardrails", "add_rows": [row]})
