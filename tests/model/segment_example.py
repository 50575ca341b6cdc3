"""The example of docs/segmentation.md: four items, two periods of 91 days, demand 40% lower or higher in the second one.

The tree's variance of a period is 0 in the first and (0.4 * mean)^2 in the second. With forecast errors of a and b times the
mean, variation^2 = (a^2 + b^2 + 0.16) / 2:

| item  | a, b     | variation^2              | variation | revenue         | before it | margin rate       | segment |
|-------|----------|--------------------------|-----------|-----------------|-----------|-------------------|---------|
| pump  | 0.1, 0.1 | 0.18 / 2 = 0.09          | 0.3       | 200 * 35 = 7000 | 0         | 1 - 21 / 35 = 0.4 | A-X     |
| hose  | 1.5, 0.1 | 2.42 / 2 = 1.21          | 1.1       | 200 * 10 = 2000 | 70%       | 1 - 8 / 10 = 0.2  | A-Z     |
| valve | 0.9, 0.1 | 0.98 / 2 = 0.49          | 0.7       | 40 * 20 = 800   | 90%       | 1 - 12 / 20 = 0.4 | B-Y     |
| clip  | 0.1, 0.1 | as the pump              | 0.3       | 100 * 2 = 200   | 98%       | 1 - 1 / 2 = 0.5   | new     |

The clip was launched on 1 December, 34 days before the start on 4 January.

Customers, where there are any: `north` has 90% of the pumps and half of the hoses, `south` the rest of both, `corner` all valves. Clips
are bought by customers that are not listed.

| customer | revenue             | before it           | margin of that revenue             |
|----------|---------------------|---------------------|------------------------------------|
| north    | 6300 + 1000 = 7300  | 0                   | (0.4 * 6300 + 0.2 * 1000) / 7300   |
| south    | 700 + 1000 = 1700   | 7300 / 9800 = 74.5% | (0.4 * 700 + 0.2 * 1000) / 1700    |
| corner   | 800                 | 9000 / 9800 = 91.8% | 0.4                                |
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from stockrail.model.instance import Instance
from stockrail.model.schema_settings import SegmentationRules
from tests.builders import Changes, make_instance

START, NEXT_HALF_YEAR = dt.date(2027, 1, 4), dt.date(2027, 7, 5)
NAMES = ("pump", "hose", "valve", "clip")
SEGMENTS = ("A-X", "A-Z", "B-Y", "new")
RULES: Changes = {"own_segments": ("new",)}

NODES: list[Changes] = [
    {"node": "now", "parent": "", "period": 0, "probability": 1.0},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.6},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 1.4},
]


CUSTOMERS = ("north", "south", "corner")
CUSTOMER_SHARES: list[Changes] = [
    {"customer": "north", "item": "pump", "demand_share": 0.9},
    {"customer": "north", "item": "hose", "demand_share": 0.5},
    {"customer": "south", "item": "pump", "demand_share": 0.1},
    {"customer": "south", "item": "hose", "demand_share": 0.5},
    {"customer": "corner", "item": "valve", "demand_share": 1.0},
]


def example(
    *,
    start: dt.date = START,
    rules: Changes | None = RULES,
    items: Mapping[str, Changes] | None = None,
    segments: tuple[str, ...] = SEGMENTS,
    currency_factor: float = 1.0,
    customers: Mapping[str, Changes] | None = None,
) -> Instance:
    """The example with other rules, other columns of single items, or with money in other units.

    Without `customers` there are none; with them, it has other columns of single ones. Items have no current segment unless `items` says so; the segments are those of `load`, which is to form them.
    """
    mean = {"pump": 100.0, "hose": 100.0, "valve": 20.0, "clip": 50.0}
    errors = {"pump": (0.1, 0.1), "hose": (1.5, 0.1), "valve": (0.9, 0.1), "clip": (0.1, 0.1)}
    money = {"pump": (35.0, 21.0), "hose": (10.0, 8.0), "valve": (20.0, 12.0), "clip": (2.0, 1.0)}
    columns: dict[str, dict[str, Any]] = {
        name: {"item": name, "segment": "", "unit_price": price, "unit_cost": cost}
        for name, (price, cost) in money.items()
    }
    columns["clip"]["launch_date"] = dt.date(2026, 12, 1)
    for name, changes in (items or {}).items():
        columns[name] |= changes
    for row in columns.values():
        row["unit_price"] *= currency_factor
        row["unit_cost"] *= currency_factor
    return make_instance(
        demand=[[mean[name]] * 2 for name in NAMES],
        sigma=[[share * mean[name] for share in errors[name]] for name in NAMES],
        settings={
            "name": "pumps",
            "start": start,
            "period_length_days": 91,
            "segmentation": None if rules is None else SegmentationRules(**rules),
        },
        items=[columns[name] for name in NAMES],
        segments=[{"segment": name} for name in segments],
        scenarios=NODES,
        customers=[] if customers is None else [{"customer": n, **customers.get(n, {})} for n in CUSTOMERS],
        customer_shares=[] if customers is None else CUSTOMER_SHARES,
    )
