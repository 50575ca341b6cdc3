"""The margin bridge between two plans: changed facts at the same orders, then new orders under the same facts.

Both steps are split into the parts of the margin, so that the amounts add up to the difference (docs/formulation.md, section 12).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stockrail.comparisons.what_if_solve import SolvedWhatIf
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.margin import MONEY_PARTS
from stockrail.solvers.warm_start import WarmStart

FACTS, DECISIONS, BOTH = "changed facts", "new decisions", "facts and decisions"
"""Steps. `BOTH` stands where the trees differ, so that no order of one plan has a place in the other."""

SIGNS = {**MONEY_PARTS, "overtime": -1, "guardrail_penalty": -1}
"""Parts of the expected margin and their sign in it."""

COLUMNS = ["from", "to", "step", "part", "amount"]


def margin_parts(guardrails: Guardrails, ledger: Ledger) -> dict[str, float]:
    """The parts of a plan's expected margin with their signs: they add up to it."""
    shared = {"overtime": 0.0, "guardrail_penalty": 0.0}
    if guardrails.is_soft.any():
        shared = guardrails.costs(ledger.stock)
    parts = {**ledger.margin_parts, **shared}
    return {name: sign * parts[name] for name, sign in SIGNS.items()}


def bridge(origin: SolvedWhatIf, target: SolvedWhatIf) -> pd.DataFrame:
    """The bridge from the plan of one what-if to that of another.

    Returns
    -------
    from, to, step, part, amount. `amount` is what the step adds to the expected margin by that part, in money. The first step values
    the orders of `origin` under the facts of `target`, in the same lots, or in about the same units where lots differ; the
    second one changes the orders. Empty where one of them has no plan.
    """
    if origin.plan is None or target.plan is None:
        return pd.DataFrame(columns=COLUMNS)
    before = margin_parts(origin.guardrails, origin.plan.ledger)
    after = margin_parts(target.guardrails, target.plan.ledger)
    held = held_orders(origin, target)
    if held is None:
        steps = [(BOTH, before, after)]
    else:
        between = margin_parts(target.guardrails, held)
        steps = [(FACTS, before, between), (DECISIONS, between, after)]
    rows = [
        [origin.name, target.name, step, part, last[part] - first[part]]
        for step, first, last in steps
        for part in SIGNS
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def held_orders(origin: SolvedWhatIf, target: SolvedWhatIf) -> Ledger | None:
    """The orders of one what-if's plan under the facts of another; None where items or trees differ.

    They need not keep the limits there, nor the order rules.
    """
    assert origin.plan is not None
    if not WarmStart(origin.tables, (), ()).fits(target.tables):
        return None
    per_lot = (origin.tables.lot_size / target.tables.lot_size)[:, None]
    lots = np.rint(origin.plan.ledger.cumulative_lots * per_lot).astype(np.int64)
    return Ledger(target.tables, lots)


def bridges(solved: Sequence[SolvedWhatIf]) -> pd.DataFrame:
    """The bridges between any two of them, in both directions: the facts come first, so a way back is not the way there."""
    frames = [bridge(origin, target) for origin in solved for target in solved if origin is not target]
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
