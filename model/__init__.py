"""What a plan is: instance, scenario tree, tables and ledger, guardrails, and the textbook formulation."""

from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.what_if import WhatIf, what_ifs
from stockrail.model.writer import write

__all__ = ["Instance", "InstanceError", "Problem", "WhatIf", "apply", "load", "what_ifs", "write"]
