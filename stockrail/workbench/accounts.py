"""The accounts on which finance books spend, as actuals and governance.yaml name them."""

from typing import Literal

Account = Literal[
    "expedite",
    "freight",
    "premium_freight",
    "overtime",
    "write_off",
    "purchases",
    "cost_to_serve",
    "schedule_changes",
]
"""An account of spend."""
