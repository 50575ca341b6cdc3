"""Stockrail: buy plans with the highest expected margin that finance's guardrails allow, and a proof of how close.

>>> import stockrail as sr
>>> plan = sr.plan(sr.load("instances/three-items"), gap=0.0)
>>> round(plan.certificate["expected_margin"], 2)
1549.81
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockrail.calibration.calibration import Calibration, calibrate
    from stockrail.comparisons.comparison import Comparison, compare
    from stockrail.generation import generate
    from stockrail.inventory.explained import InventoryExplained, explain_inventory
    from stockrail.model import Instance, InstanceError, WhatIf, apply, load, what_ifs, write
    from stockrail.planning import Plan, plan
    from stockrail.service.tables import ServiceForProfit, service_for_profit
    from stockrail.solvers.result import InfeasibleError, NoPlanError

__all__ = [
    "Calibration",
    "Comparison",
    "InfeasibleError",
    "Instance",
    "InstanceError",
    "InventoryExplained",
    "NoPlanError",
    "Plan",
    "ServiceForProfit",
    "WhatIf",
    "apply",
    "calibrate",
    "compare",
    "explain_inventory",
    "generate",
    "load",
    "plan",
    "service_for_profit",
    "what_ifs",
    "write",
]

_HOME = {
    "Calibration": "stockrail.calibration.calibration",
    "Comparison": "stockrail.comparisons.comparison",
    "InfeasibleError": "stockrail.solvers.result",
    "Instance": "stockrail.model",
    "InstanceError": "stockrail.model",
    "InventoryExplained": "stockrail.inventory.explained",
    "NoPlanError": "stockrail.solvers.result",
    "Plan": "stockrail.planning",
    "ServiceForProfit": "stockrail.service.tables",
    "WhatIf": "stockrail.model",
    "apply": "stockrail.model",
    "calibrate": "stockrail.calibration.calibration",
    "compare": "stockrail.comparisons.comparison",
    "explain_inventory": "stockrail.inventory.explained",
    "generate": "stockrail.generation",
    "load": "stockrail.model",
    "plan": "stockrail.planning",
    "service_for_profit": "stockrail.service.tables",
    "what_ifs": "stockrail.model",
    "write": "stockrail.model",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `stockrail --help` does not wait for the engine to load. No submodule may have the
    # name of a function here: importing it would put the module in the function's place.
    if name not in _HOME:
        raise AttributeError(f"module 'stockrail' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
