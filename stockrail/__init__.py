"""Stockrail: buy plans with the highest expected margin that finance's guardrails allow, and a proof of how close.

>>> import stockrail as sr
>>> plan = sr.plan(sr.load("instances/three-items"), gap=0.0)
>>> round(plan.certificate["expected_margin"], 2)
1549.81
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockrail.generation import generate
    from stockrail.model import Instance, InstanceError, load, write
    from stockrail.planning import NoPlanError, Plan, plan
    from stockrail.solvers.result import InfeasibleError

__all__ = [
    "InfeasibleError",
    "Instance",
    "InstanceError",
    "NoPlanError",
    "Plan",
    "generate",
    "load",
    "plan",
    "write",
]

_HOME = {
    "InfeasibleError": "stockrail.solvers.result",
    "Instance": "stockrail.model",
    "InstanceError": "stockrail.model",
    "NoPlanError": "stockrail.planning",
    "Plan": "stockrail.planning",
    "generate": "stockrail.generation",
    "load": "stockrail.model",
    "plan": "stockrail.planning",
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
