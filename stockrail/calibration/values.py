"""What rule, band and free plan are worth, one beside the other, with today's targets (docs/calibration.md)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stockrail.calibration.infeasible import broken_limits
from stockrail.calibration.solve import Strategies
from stockrail.certificate import Earnings
from stockrail.measures.statistical_gap import GAP_COLUMNS, gap_columns
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.solvers.result import relative_gap

ORDER = ("current", "rule", "within_rule", "band", "free")
"""Strategies from the strictest to the freest; `current` is today's targets and need not keep the guardrails."""

WORDS: Mapping[str, str] = {
    "current": "today's targets",
    "rule": "rule",
    "within_rule": "band of the rule's targets",
    "band": "band",
    "free": "free",
}


@dataclass(frozen=True)
class Valued:
    """What a plan earns.

    Attributes
    ----------
    broken : hard limits that it does not keep, in words.
    """

    ledger: Ledger
    earnings: Earnings
    broken: tuple[str, ...]

    @staticmethod
    def of(ledger: Ledger, guardrails: Guardrails) -> "Valued":
        """Value a plan under the guardrails as stated."""
        return Valued(ledger, Earnings.of(ledger, guardrails), tuple(broken_limits(ledger, guardrails)))


def values_table(
    found: Strategies,
    chosen: Valued,
    now: Valued | None,
    guardrails: Guardrails,
    gaps: Mapping[str, Mapping[str, Any] | None],
) -> pd.DataFrame:
    """One row per strategy: columns of `values.csv`.

    strategy, status, objective, expected_margin, bound (no plan of the strategy is worth more), gap, to_next (what the next freer
    strategy's plan earns more), to_next_least and to_next_most (between what that lies for the best plans there are), fill_rate,
    inventory_value (mean over the horizon), keeps_guardrails, termination_reason, seconds, and `GAP_COLUMNS`, the statistical gap.
    Missing is what is not known.

    Parameters
    ----------
    gaps : statistical gaps by strategy, as `statistical_gaps` has them.
    """
    tables = chosen.ledger.tables
    rows: list[dict[str, Any]] = []
    for name in ORDER:
        result = found.results.get(name)
        row: dict[str, Any] = {"strategy": name}
        if name == "current":
            if now is None:
                continue
            row |= _facts(now) | {"status": "given"}
        elif result is not None and result.cumulative_lots is not None:
            plan = chosen if name == "rule" else Valued.of(Ledger(tables, result.cumulative_lots), guardrails)
            row |= _facts(plan) | {
                "status": str(result.solution_status),
                "bound": _known(result.bound),
                "gap": _known(relative_gap(plan.earnings.objective, result.bound)),
                "termination_reason": str(result.termination_reason),
                "seconds": sum(result.seconds.values()),
                **gap_columns(gaps.get(name)),
            }
        elif name in found.missing:
            row["status"] = "infeasible" if name in found.infeasible else "none"
        else:
            continue
        rows.append(row)
    columns = [
        "strategy", "status", "objective", "expected_margin", "bound", "gap", "to_next", "to_next_least", "to_next_most",
        "fill_rate", "inventory_value", "keeps_guardrails", "termination_reason", "seconds", *GAP_COLUMNS,
    ]  # fmt: skip
    return _with_steps(pd.DataFrame(rows, columns=columns))


def _facts(plan: Valued) -> dict[str, Any]:
    ledger = plan.ledger
    probability = ledger.tables.tree.probability
    short = float((ledger.line("short") @ probability).sum())
    demand = float((ledger.tables.demand @ probability).sum())
    return {
        "objective": plan.earnings.objective,
        "expected_margin": plan.earnings.expected_margin,
        "fill_rate": 1.0 - short / demand if demand > 0 else 1.0,
        "inventory_value": float(ledger.expected(ledger.metric("inventory_value")).mean(axis=1).sum()),
        "keeps_guardrails": not plan.broken,
    }


def _with_steps(table: pd.DataFrame) -> pd.DataFrame:
    """What the next freer strategy earns more, where both have a plan and one can be compared with the other."""
    steps = {"rule": "band", "band": "free", "current": "rule"}
    table = table.set_index("strategy")
    for name, freer in steps.items():
        if name not in table.index or freer not in table.index:
            continue
        own, other = table.loc[name], table.loc[freer]
        if math.isfinite(_number(own["objective"])) and math.isfinite(_number(other["objective"])):
            table.loc[name, "to_next"] = other["objective"] - own["objective"]
        if name != "current":
            # Of the best plans there are; a freer strategy is never worth less.
            least = _number(other["objective"]) - _number(own["bound"])
            table.loc[name, "to_next_least"] = max(0.0, least) if math.isfinite(least) else np.nan
            table.loc[name, "to_next_most"] = _number(other["bound"]) - _number(own["objective"])
    return table.reset_index()


def _known(value: float) -> float:
    """A number that is one, else NaN: an infinite bound is none."""
    return value if math.isfinite(value) else math.nan


def _number(value: Any) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)
