"""What is found out about a plan after the solve, in its session: prices of limits, and the finance checks."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from stockrail.allocation.plan_tables import shortages_in_groups
from stockrail.checks import CHECKS_IN_GROUPS, FRAMES, SECONDS, Check, checks_in
from stockrail.comparisons.plan_comparison import ProvenPlan
from stockrail.finance.plan_prices import PlanPrices, Pricing, loosened_prices, measured_prices
from stockrail.inventory.stock_split import split_in_groups
from stockrail.solvers import EXTENSIVE_SIZE
from stockrail.solvers.result import Progress
from stockrail.solving import OpenSolve

CHECK_WORDS: dict[Check, str] = {
    "stock_split": "stock by purpose",
    "shortages": "shortages",
    "funded_builds": "funded builds",
    "quarter_ends": "quarter ends",
    "horizon": "horizon",
}

_IN_GROUPS = {"stock_split": split_in_groups, "shortages": shortages_in_groups}
"""What makes the frames of each of `CHECKS_IN_GROUPS`."""

NO_QUICK_PRICES = "So many items are planned in blocks, and what limits are worth takes as long again: ask for it with --prices."


@dataclass(frozen=True)
class Findings:
    """Prices and checks of a plan.

    Attributes
    ----------
    checks : frames by name, without the one of seconds.
    seconds : by phase: "prices", and one phase a check.
    notes : sentences for the certificate.
    """

    prices: PlanPrices
    checks: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(
        open_solve: OpenSolve, pricing: Pricing, checks: Sequence[Check], solve_seconds: float
    ) -> "Findings":
        """Find them out.

        Parameters
        ----------
        open_solve : with a plan.
        solve_seconds : spent on it.
        """
        began = time.perf_counter()
        notes: tuple[str, ...] = ()
        if open_solve.solved.solver == "blocks":
            # What compares with other plans takes searches as long as this one.
            checks = [check for check in checks if check in CHECKS_IN_GROUPS]
            if pricing == "quick":
                pricing, notes = "none", (NO_QUICK_PRICES,)
        prices = _prices(open_solve, pricing, solve_seconds)
        priced = time.perf_counter() - began
        if open_solve.solved.relaxations:
            # The others compare with plans under the limits as stated, which no plan keeps.
            checks = [check for check in checks if check in CHECKS_IN_GROUPS]
        seconds = {"prices": priced}
        if open_solve.solved.solver == "blocks":
            frames = _checks_in_groups(open_solve, checks, seconds)
        else:
            frames = _checks(open_solve, checks) if checks else {}
        spent = frames.pop(SECONDS, None)
        if spent is not None:
            seconds |= {
                f"check {name}": float(value)
                for name, value in zip(spent["check"], spent["seconds"], strict=True)
            }
        return Findings(prices, frames, seconds, (*prices.notes, *notes))


def _prices(open_solve: OpenSolve, pricing: Pricing, solve_seconds: float) -> PlanPrices:
    if pricing == "none":
        return PlanPrices()
    # The extensive form has multipliers at its plan, but those say nothing of what other lots would earn: so prices are
    # measured there too, in a session of their own. Where there is little to solve they have their whole range.
    is_tiny = open_solve.solved.solver == "extensive" and open_solve.groups.tree.demand.size <= EXTENSIVE_SIZE
    with open_solve.session() as session:
        if open_solve.solved.relaxations:
            return loosened_prices(session)
        return measured_prices(
            session,
            open_solve.options,
            pricing,
            solve_seconds,
            is_whole_range=is_tiny,
            on_progress=lambda doing: _show(open_solve, doing),
        )


def _checks(open_solve: OpenSolve, checks: Sequence[Check]) -> dict[str, pd.DataFrame]:
    with open_solve.session() as session:
        plan = ProvenPlan.of(session.guardrails, open_solve.solved.result)
        return checks_in(
            session,
            plan,
            open_solve.options,
            checks,
            on_progress=lambda check: _show(open_solve, f"check: {CHECK_WORDS[check]}"),
        )


def _checks_in_groups(
    open_solve: OpenSolve, checks: Sequence[Check], seconds: dict[str, float]
) -> dict[str, pd.DataFrame]:
    """What of the checks needs no session, some items at a time; the seconds are added."""
    plan = open_solve.solved.result.cumulative_lots
    frames: dict[str, pd.DataFrame] = {}
    if plan is None:
        return frames
    for check in checks:
        began = time.perf_counter()
        doing = f"check: {CHECK_WORDS[check]}"
        made = _IN_GROUPS[check](open_solve.groups, plan, partial(_show, open_solve, doing))
        frames |= dict(zip(FRAMES[check], made, strict=True))
        seconds[f"check {check}"] = time.perf_counter() - began
    return frames


def _show(open_solve: OpenSolve, doing: str) -> None:
    result = open_solve.solved.result
    open_solve.options.on_progress(Progress(doing, result.objective, result.bound, 0.0))
