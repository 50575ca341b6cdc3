"""Instances for tests of planning in blocks, and the whole that blocks add up to."""

from functools import cache

import numpy as np

import stockrail as sr
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.pool import PlanPool, cost_form
from stockrail.solvers.result import SolveOptions, SolveResult

GAP = 0.004
BLOCK_ITEMS = 16


@cache
def distributor() -> Instance:
    """60 items with a limit on working capital, on a tree of 9 scenarios."""
    return sr.generate(60, 12, (3, 3), 3, guardrail_share=0.8)


@cache
def distributor_tables() -> Tables:
    """Its parameters."""
    return Tables.build(distributor(), build_tree(distributor()))


@cache
def undisturbed() -> SolveResult:
    """Its plan, made in this process."""
    return solve_in_blocks(distributor(), build_tree(distributor()), options(), BLOCK_ITEMS)


def options(workers: int = 1) -> SolveOptions:
    """Options that end by the gap."""
    return SolveOptions(time_limit=120.0, gap=GAP, seed=1, workers=workers)


def objective_of(tables: Tables, plan: IntArray) -> tuple[float, float]:
    """Objective of a plan by the whole instance's own parameters, and the most that a hard row is exceeded by."""
    guardrails = Guardrails.build(tables)
    pool = PlanPool(guardrails, cost_form(tables), np.zeros(len(plan), dtype=np.int64), 1)
    cost, usage = pool.outcome(plan.astype(np.int32))
    over = guardrails.assess(usage)
    return -cost - guardrails.cost(over), float(over[~guardrails.is_soft].max(initial=0.0))
