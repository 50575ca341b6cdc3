"""Trade-off records for tests, and a clock that tests set."""

import datetime as dt
from typing import Any

from stockrail.workbench.store import Store

TODAY = dt.date(2027, 1, 4)
"""A Monday."""


def at(store: Store, day: dt.date) -> None:
    """From now on it is noon of this day."""
    store.clock = lambda: dt.datetime.combine(day, dt.time(12), dt.UTC)


def complete(**changes: Any) -> dict[str, Any]:
    """Everything that a record needs, with these changes."""
    return {
        "kind": "funded_build",
        "name": "spring",
        "owner": "carla",
        "reason": "The supplier closes in February.",
        "expected_result": "No kettle is missed in March.",
        "expected_money": 1200.0,
        "exit_kind": "markdown",
        "exit_plan": "What is left in May is sold at 30% off.",
        "allocation_rule": "Key accounts first, then in order of receipt.",
        "customer_message": "Deliveries in March may come a week later.",
        "review_date": dt.date(2027, 3, 1),
        **changes,
    }
