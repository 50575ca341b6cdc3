"""Regret: what it costs to have placed the first buys of one what-if when another one happens."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from stockrail.comparisons.plan_comparison import Difference, comparable
from stockrail.comparisons.what_if_solve import INFEASIBLE, SolvedWhatIf, solve_one, tables_of
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.schema import OrderOverride
from stockrail.solvers.result import SolveOptions

SAME, RESOLVED, NOT_RESOLVED, NO_PLAN, OPEN = "same buys", "resolved", "not resolved", "no plan", "not solved"

COLUMNS = ["first_buys_of", "happens", "status", "regret", "least", "most", "reason"]


def regret_table(
    solved: Sequence[SolvedWhatIf],
    options: SolveOptions,
    on_done: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> pd.DataFrame:
    """The regret of every pair of what-ifs that have a plan.

    The first-period orders of one plan are fixed in the other's instance, and all later ones are decided anew. Both solves have a gap:
    a regret that is no larger than both together is "not resolved".

    Returns
    -------
    first_buys_of, happens, status ("same buys", "resolved", "not resolved", "no plan": none keeps the limits with these
    buys, "not solved": stopped before), regret (money that the plan found earns less; slightly negative where a plan with these
    buys turned out better, within the gaps), least and most (what the bounds leave possible), reason.
    """
    with_plan = [row for row in solved if row.plan is not None]
    pairs = [(held, happens) for held in with_plan for happens in with_plan if held is not happens]
    rows: list[list[object]] = []
    for held, happens in pairs:
        on_done(len(rows), len(pairs), f"{held.name} in {happens.name}")
        rows.append([held.name, happens.name, *_regret(held, happens, options)])
    return pd.DataFrame(rows, columns=COLUMNS)


def _regret(held: SolvedWhatIf, happens: SolvedWhatIf, options: SolveOptions) -> tuple[object, ...]:
    assert held.plan is not None and happens.plan is not None
    lots = first_buys(held, happens)
    if np.array_equal(lots, happens.plan.ledger.cumulative_lots[:, 0]):
        return SAME, 0.0, 0.0, 0.0, ""
    fixed = Guardrails.build(tables_of(with_first_buys(happens.tables.instance, lots)))
    found = solve_one(happens.what_if, fixed, comparable(options, happens.plan), happens.warm)
    if found.plan is None:
        status = NO_PLAN if found.status == INFEASIBLE else OPEN
        return status, np.nan, np.nan, np.nan, found.reason
    difference = Difference.of_loosening(happens.plan, found.plan)
    status = NOT_RESOLVED if difference.is_within_gap else RESOLVED
    return status, difference.amount, difference.least, difference.most, ""


def first_buys(held: SolvedWhatIf, happens: SolvedWhatIf) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The first-period orders of one plan in the lots of the other's instance [items]."""
    assert held.plan is not None
    per_lot = held.tables.lot_size / happens.tables.lot_size
    return np.rint(held.plan.ledger.cumulative_lots[:, 0] * per_lot).astype(np.int64)


def with_first_buys(instance: Instance, lots: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Instance:
    """The instance with the orders of its first period fixed [items], in lots."""
    later = [row for row in instance.order_overrides if row.period > 0]
    now = [
        OrderOverride(item=row.item, period=0, lots=int(count), reason="first buys held")
        for row, count in zip(instance.items, lots, strict=True)
    ]
    return replace(instance, order_overrides=(*now, *later))


def least_regret(table: pd.DataFrame) -> tuple[str, float] | None:
    """The plan whose first buys regret least in the worst case, and that regret; None where the table leaves something open.

    Regret that is not resolved counts as what it may be at most.
    """
    if table.empty or table["status"].isin([OPEN]).any():
        return None
    worst: dict[str, float] = {}
    for row in table.to_dict("records"):
        amount = row["regret"] if row["status"] in {SAME, RESOLVED} else row["most"]
        amount = np.inf if row["status"] == NO_PLAN else max(float(amount), 0.0)
        worst[str(row["first_buys_of"])] = max(worst.get(str(row["first_buys_of"]), 0.0), amount)
    name = min(worst, key=lambda key: worst[key])
    return (name, worst[name]) if np.isfinite(worst[name]) else None
