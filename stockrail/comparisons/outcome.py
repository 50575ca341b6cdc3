"""What the best plan found for a what-if means: service, stock, capital, margin, buys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stockrail.comparisons.what_if_solve import SolvedWhatIf
from stockrail.measures.statistical_gap import gap_columns

NAN = float("nan")


@dataclass(frozen=True)
class Outcome:
    """One what-if and what the best plan found means. Money in the instance's currency, expectations unless said otherwise.

    Attributes
    ----------
    status : "proven" within the gap asked for, "feasible", "infeasible", "none" or "not solved".
    bound, gap : no plan under this what-if reaches a larger objective; relative to the plan's.
    fill_rate : 1 - expected short units / expected demand.
    mean_..., peak_... : mean over periods; largest of any period and scenario. `lowest_cash` is the smallest.
    expedite, stockout, revenue : parts of the margin, as positive amounts.
    orders_now, buys_now : orders to place now, and their value.
    first_orders_gap, first_orders_gap_most, policy_gap, policy_gap_most : the statistical gap, see `stockrail.measures.statistical_gap`;
        NaN where it was not computed.
    guardrails_binding : sides of guardrails that bind somewhere.
    is_same_plan : whether the plan is that of the first what-if, under facts of its own.
    reason : why there is no plan.
    """

    name: str
    kind: str
    owner: str
    status: str
    objective: float = NAN
    expected_margin: float = NAN
    bound: float = NAN
    gap: float = NAN
    first_orders_gap: float = NAN
    first_orders_gap_most: float = NAN
    policy_gap: float = NAN
    policy_gap_most: float = NAN
    revenue: float = NAN
    fill_rate: float = NAN
    mean_inventory_value: float = NAN
    peak_inventory_value: float = NAN
    mean_working_capital: float = NAN
    peak_working_capital: float = NAN
    lowest_cash: float = NAN
    expedite: float = NAN
    stockout: float = NAN
    orders_now: float = NAN
    buys_now: float = NAN
    guardrails_binding: float = NAN
    is_same_plan: bool = False
    seconds: float = 0.0
    reason: str = ""

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan."""
        return math.isfinite(self.expected_margin)

    @property
    def open_money(self) -> float:
        """What a better plan could still earn more, NaN without a plan."""
        return max(self.bound - self.objective, 0.0)

    @staticmethod
    def of(
        solved: SolvedWhatIf,
        guardrails: pd.DataFrame,
        first: SolvedWhatIf,
        statistical_gap: Mapping[str, Any] | None,
    ) -> "Outcome":
        """Read it from the plan's ledger; `guardrails` as in `Comparison`, `first` what the others are compared with."""
        what_if, plan = solved.what_if, solved.plan
        common: dict[str, Any] = {
            "name": what_if.name,
            "kind": what_if.kind,
            "owner": what_if.owner,
            "status": solved.status,
            "seconds": solved.seconds,
            "reason": solved.reason,
            **gap_columns(statistical_gap),
        }
        if plan is None:
            return Outcome(**common)
        ledger, tree = plan.ledger, plan.ledger.tables.tree
        inventory, capital, cash = (
            ledger.metric_total(name) for name in ("inventory_value", "working_capital", "cash")
        )
        short = float((ledger.line("short") @ tree.probability).sum())
        demand = float((ledger.tables.demand @ tree.probability).sum())
        parts = ledger.margin_parts
        return Outcome(
            **common,
            objective=plan.objective,
            expected_margin=plan.expected_margin,
            bound=plan.bound,
            gap=plan.gap,
            revenue=parts["revenue"],
            fill_rate=1.0 - short / demand if demand > 0 else 1.0,
            mean_inventory_value=float(ledger.expected(inventory).mean()),
            peak_inventory_value=float(inventory.max()),
            mean_working_capital=float(ledger.expected(capital).mean()),
            peak_working_capital=float(capital.max()),
            lowest_cash=float(cash.min()),
            expedite=parts["expedite"],
            stockout=parts["stockout"],
            orders_now=float(ledger.line("is_order")[:, 0].sum()),
            buys_now=float(ledger.line("ordered_value")[:, 0].sum()),
            is_same_plan=solved is not first
            and first.plan is not None
            and np.array_equal(ledger.cumulative_lots, first.plan.ledger.cumulative_lots),
            guardrails_binding=float((guardrails["binding_periods"].map(len) > 0).sum()),
        )
