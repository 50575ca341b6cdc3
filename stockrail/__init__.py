"""Stockrail: buy plans with the highest expected margin that finance's guardrails allow, and a proof of how close.

>>> import stockrail as sr
>>> plan = sr.plan(sr.load("instances/three-items"), gap=0.0)
>>> round(plan.certificate["expected_margin"], 2)
1549.81
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockrail.generate import generate
    from stockrail.model import Instance, InstanceError, load, write
    from stockrail.plan import NoPlanError, Plan, plan
    from stockrail.solvers.result import InfeasibleError
    from stockrail.verify import verify

__all__ = [
    "InfeasibleError",
    "Instance",
    "InstanceError",
    "NoPlanError",
    "Plan",
    "generate",
    "load",
    "plan",
    "verify",
    "write",
]

_HOME = {
    "InfeasibleError": "stockrail.solvers.result",
    "Instance": "stockrail.model",
    "InstanceError": "stockrail.model",
    "NoPlanError": "stockrail.plan",
    "Plan": "stockrail.plan",
    "generate": "stockrail.generate",
    "load": "stockrail.model",
    "plan": "stockrail.plan",
    "verify": "stockrail.verify",
    "write": "stockrail.model",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `stockrail --help` does not wait for the engine to load.
    if name not in _HOME:
        raise AttributeError(f"module 'stockrail' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # also over the submodules `plan`, `generate` and `verify`
    return value
