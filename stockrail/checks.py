"""The finance checks of a plan: those that apply, as plain data (docs/finance-checks.md)."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Literal

import pandas as pd

from stockrail.allocation.plan_tables import shortages_of
from stockrail.comparisons.plan_comparison import NoOtherPlanError, ProvenPlan, start_from
from stockrail.finance.build_room import build_periods
from stockrail.finance.funded_builds import funded_builds
from stockrail.finance.horizon_check import horizon_check
from stockrail.finance.quarter_end_check import quarter_end_check
from stockrail.finance.quarter_end_rules import quarter_end_rules
from stockrail.inventory.stock_split import StockSplit, avoidable_excess, stock_split
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import SolveOptions, SolveResult
from stockrail.solvers.session import Session

Check = Literal["stock_split", "shortages", "funded_builds", "quarter_ends", "horizon"]

CHECKS: tuple[Check, ...] = ("stock_split", "shortages", "funded_builds", "quarter_ends", "horizon")
"""Every check, the fast ones first."""

USUAL_CHECKS: tuple[Check, ...] = ("stock_split", "shortages", "funded_builds", "quarter_ends")
"""Those that every plan has, as far as they apply: what they solve starts from what the plan's solve knows."""

CHECKS_IN_GROUPS: tuple[Check, ...] = ("stock_split", "shortages")
"""Those that look at the plan alone, some items at a time, and compare it with no other plan."""

FRAMES: dict[Check, tuple[str, ...]] = {
    "stock_split": ("stock_split", "avoidable_excess"),
    "shortages": ("shortages", "allocation", "allocation_totals"),
    "funded_builds": ("funded_builds", "funded_builds_by_period"),
    "quarter_ends": ("quarter_ends",),
    "horizon": ("horizon", "horizon_items"),
}
"""The frames that each check adds to the result."""

SECONDS = "seconds"


def run_checks(
    instance: Instance,
    *,
    plan: SolveResult | None = None,
    which: Sequence[Check] = CHECKS,
    gap: float = 0.003,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[Check], None] = lambda check: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, pd.DataFrame]:
    """Run the checks of a plan that apply.

    Parameters
    ----------
    plan : what a solve of this instance returned, with a plan; without it the instance is solved first.
    which : names of checks; those that do not apply (no funded build, no rule for quarter ends) are left out.
    gap, time_limit : of each solve.
    on_progress : called before each check.
    is_cancelled : asked often; what is done by then is kept.

    Returns
    -------
    Frames by name: `stock_split`, `avoidable_excess`, `shortages`, `allocation`, `allocation_totals`, `funded_builds`,
    `funded_builds_by_period`, `quarter_ends`, `horizon`, `horizon_items`, as far as their check ran; and `seconds`: check, seconds. Frames with a column `sentence` say in words
    what their rows mean.

    Raises
    ------
    ValueError
        A check has an unknown name, or the solve given has no plan.
    InfeasibleError
        No plan was given, and none keeps the hard guardrails.
    NoOtherPlanError
        No plan was given, and none was found in time.
    """
    unknown = [name for name in which if name not in CHECKS]
    if unknown:
        raise ValueError(f"Unknown checks: {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
    if plan is not None and plan.cumulative_lots is None:
        raise ValueError("Expected a solve with a plan.")
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    tables = Tables.build(instance, build_tree(instance))
    with open_session(tables, options) as session:
        proven = _solved(session, options) if plan is None else ProvenPlan.of(session.guardrails, plan)
        start_from(session, [proven])
        return checks_in(session, proven, options, which, on_progress)


def checks_in(
    session: Session,
    plan: ProvenPlan,
    options: SolveOptions,
    which: Sequence[Check] = CHECKS,
    on_progress: Callable[[Check], None] = lambda check: None,
) -> dict[str, pd.DataFrame]:
    """Run the checks that apply within a session that already knows the plan: `run_checks` says what they return.

    The session ends under other limits than the instance's.
    """
    frames: dict[str, pd.DataFrame] = {}
    seconds: list[tuple[str, float]] = []
    for check in which:
        if options.is_cancelled():
            break
        if not _applies(check, session.tables.instance):
            continue
        on_progress(check)
        began = time.perf_counter()
        frames |= dict(zip(FRAMES[check], _run(check, session, plan, options), strict=True))
        seconds.append((check, time.perf_counter() - began))
    frames[SECONDS] = pd.DataFrame(seconds, columns=["check", "seconds"])
    return frames


def _applies(check: Check, instance: Instance) -> bool:
    if check == "funded_builds":
        return bool(instance.funded_builds)
    return check != "quarter_ends" or bool(quarter_end_rules(instance))


def _run(check: Check, session: Session, plan: ProvenPlan, options: SolveOptions) -> tuple[pd.DataFrame, ...]:
    match check:
        case "stock_split":
            split = StockSplit.of(plan.ledger)
            return stock_split(plan.ledger, split), avoidable_excess(plan.ledger, split)
        case "shortages":
            return shortages_of(plan.ledger)
        case "funded_builds":
            return funded_builds(session, plan, options), build_periods(plan.ledger)
        case "quarter_ends":
            return (quarter_end_check(session, plan, options),)
        case "horizon":
            return horizon_check(plan, options)


def _solved(session: Session, options: SolveOptions) -> ProvenPlan:
    result = solve_in(session, session.guardrails, options)
    if result.cumulative_lots is None:
        raise NoOtherPlanError(f"No plan was found in time ({result.termination_reason}).")
    return ProvenPlan.of(session.guardrails, result)
