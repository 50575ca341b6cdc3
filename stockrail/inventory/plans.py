"""Plans of a world with and without each driver of stock, valued on what demand really is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from stockrail.comparisons.what_if_solve import INFEASIBLE, NOT_SOLVED, SolvedWhatIf, solve_one
from stockrail.inventory.drivers import World
from stockrail.inventory.measures import MEASURES, measures
from stockrail.inventory.physical import PhysicalLedger
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.policy import Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.model.what_if import WhatIf
from stockrail.solvers.result import NoPlanError, SolutionStatus, SolveOptions
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.warm_start import WarmStart

NAN = float("nan")


class NothingHoldsError(NoPlanError):
    """No plan keeps the hard guardrails of the instance."""


@dataclass(frozen=True)
class Measured:
    """A plan and what it means.

    Attributes
    ----------
    status : "proven" within the gap asked for, "feasible", "infeasible", "none" or "not solved".
    gap, open_money : of the plan on the forecast, relative and in money.
    by_item : measures [items] by name, NaN without a plan.
    whole : measures of the whole plan.
    ledger : of the plan's orders on what demand really is; None without a plan.
    """

    status: str
    gap: float = NAN
    open_money: float = NAN
    seconds: float = 0.0
    reason: str = ""
    by_item: dict[str, Array] = field(default_factory=dict, repr=False)
    whole: dict[str, float] = field(default_factory=dict, repr=False)
    ledger: Ledger | None = field(default=None, repr=False)

    @staticmethod
    def of_orders(tables: Tables, lots: IntArray, status: str, *, is_physical: bool) -> "Measured":
        """Measure orders on what demand really is, without netting where `is_physical`."""
        ledger = PhysicalLedger(tables, lots) if is_physical else Ledger(tables, lots)
        by_item, whole = measures(ledger, Guardrails.build(tables).costs(ledger.stock))
        return Measured(status, by_item=by_item, whole=whole, ledger=ledger)

    @staticmethod
    def nothing(items: int, status: str, reason: str, seconds: float = 0.0) -> "Measured":
        """No plan."""
        return Measured(
            status,
            reason=reason,
            seconds=seconds,
            by_item={name: np.full(items, np.nan) for name in MEASURES},
            whole=dict.fromkeys(MEASURES, NAN),
        )


def plans_of(
    worlds: Sequence[tuple[str, World]],
    options: SolveOptions,
    on_done: Callable[[int, str], None],
) -> list[Measured]:
    """The best plan of each world, valued on what demand really is; the first world's comes first, the others start from it.

    A cancel leaves those not begun "not solved".

    Raises
    ------
    NothingHoldsError
        No plan keeps the limits of the first world.
    NoPlanError
        It had no plan in time.
    """
    tables = [Guardrails.build(world.forecast_tables()) for _, world in worlds]
    done = 0

    def solved(k: int, at: SolveOptions, warm: WarmStart | None) -> SolvedWhatIf:
        nonlocal done
        on_done(done, worlds[k][0])
        found = solve_one(WhatIf(name=worlds[k][0]), tables[k], at, warm)
        done += 1
        return found

    first = solved(0, options, None)
    if first.plan is None:
        if first.status == INFEASIBLE:
            raise NothingHoldsError(f"{first.reason}\n`stockrail plan --relax` says which limits to loosen.")
        why = "it was stopped" if first.status == NOT_SOLVED else first.reason
        raise NoPlanError(f"There is no plan to explain: {why}. Allow more time.")
    single = replace(options, workers=1)
    # The first world again: the others start from its plan, and without that would look better only because they have searched longer.
    with ThreadPoolExecutor(options.workers) as executor:
        again, *others = executor.map(lambda k: solved(k, single, first.warm), range(len(worlds)))
    best = _better(first, again, options.gap)
    # Netting takes for granted that orders foresaw what is short. With a bias they did not, so all plans are replayed without it.
    has_bias = bool(worlds[0][1].bias_share.any())
    return [
        _measured(world, found, is_physical=has_bias)
        for (_, world), found in zip(worlds, [best, *others], strict=True)
    ]


def _better(first: SolvedWhatIf, again: SolvedWhatIf, gap: float) -> SolvedWhatIf:
    """The better plan of two solves of the same, under the tighter bound."""
    if again.plan is None:
        return first
    assert first.plan is not None
    plan = max(again.plan, first.plan, key=lambda plan: plan.objective)
    plan = replace(plan, bound=min(again.plan.bound, first.plan.bound))
    status = SolutionStatus.PROVEN if plan.gap <= gap else SolutionStatus.FEASIBLE
    return replace(first, plan=plan, status=str(status), seconds=first.seconds + again.seconds)


def _measured(world: World, solved: SolvedWhatIf, *, is_physical: bool) -> Measured:
    plan = solved.plan
    if plan is None:
        return Measured.nothing(len(world.instance.items), solved.status, solved.reason, solved.seconds)
    lots = plan.ledger.cumulative_lots
    measured = Measured.of_orders(world.true_tables(), lots, solved.status, is_physical=is_physical)
    return replace(measured, gap=plan.gap, open_money=plan.open_money, seconds=solved.seconds)


def just_in_case(world: World, options: SolveOptions) -> tuple[Measured, Measured] | None:
    """Today's rule, and the same rule without safety stock above the calibrated one; None without `current_targets`.

    The calibrated safety stock of an item is the mean over nodes of that of the best option of its segment.
    """
    instance = world.instance
    if not instance.current_targets:
        return None
    today = Policy.current(instance)
    tables, true = world.forecast_tables(), world.true_tables()
    forecast = Forecast.of(tables)
    calibrated = Policy.of(instance, solve_rule(tables, options).options_by_item())
    target = PolicyTargets.of(tables, forecast, calibrated).safety_stock
    enough = np.maximum(target @ tables.tree.probability / tables.tree.periods, 0.0)
    leaner = replace(today, safety_stock_units=np.minimum(today.safety_stock_units, enough))
    before, after = (
        Measured.of_orders(
            true, _rule_with_room(tables, forecast, policy), "rule", is_physical=bool(world.bias_share.any())
        )
        for policy in (today, leaner)
    )
    return before, after


def _rule_with_room(tables: Tables, forecast: Forecast, policy: Policy) -> IntArray:
    """The plan of a rule that may buy more than all demand could use: `cumulative_lots_limit` would hide what is held just in case."""
    targets = PolicyTargets.of(tables, forecast, policy)
    more = np.ceil(np.maximum(targets.order_up_to.max(axis=1), 0.0) / tables.lot_size).astype(np.int64)
    return rule_plan(replace(tables, lots_limit=tables.lots_limit + more), targets)
