"""The rule on promises to customers: what the plan expects to break of them, by the rules of allocation."""

import pandas as pd

from stockrail.workbench.governance.breach import MOST_LISTED, ROUNDING, Breach
from stockrail.workbench.governance.plan_files import ALLOCATION, ALLOCATION_TOTALS, PlanFiles
from stockrail.workbench.governance.schema_rules import CustomerCommitment


def commitments_broken(rule: CustomerCommitment, plan: PlanFiles) -> list[Breach]:
    """Promises that are broken with more than the agreed probability.

    Money at stake is what the units below the promises are expected to cost.
    """
    subject = _subject(rule)
    allocation, totals = plan.more(ALLOCATION), plan.more(ALLOCATION_TOTALS)
    if allocation is None or totals is None:
        return [Breach.not_judged(subject, f"the plan has no {ALLOCATION}; run it again")]
    if _promised(rule, totals).empty:
        return [Breach.not_judged(subject, "allocation_rules promise them nothing")]
    rows = _promised(rule, allocation)
    rows = rows[rows["commitment_broken_probability"] > rule.most_probability + ROUNDING]
    if rows.empty:
        return []
    worst = rows.sort_values("below_commitment_money", ascending=False, kind="stable")
    columns = [
        "customer",
        "item",
        "period",
        "date",
        "commitment_broken_probability",
        "below_commitment_units",
    ]
    listed = worst[[*columns, "message"]].head(MOST_LISTED).to_dict("records")
    evidence = {"most_probability": rule.most_probability, "commitments": listed, "count": len(rows)}
    return [Breach(subject, float(rows["below_commitment_money"].sum()), evidence)]


def _subject(rule: CustomerCommitment) -> str:
    if rule.customer is not None:
        return f"customer {rule.customer}"
    return "all customers" if rule.customer_segment is None else f"customers in {rule.customer_segment}"


def _promised(rule: CustomerCommitment, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a promise to those that the rule is for."""
    mask = rows["committed_share"] > 0
    if rule.customer is not None:
        mask &= rows["customer"] == rule.customer
    if rule.customer_segment is not None:
        mask &= rows["customer_segment"] == rule.customer_segment
    return rows[mask]
