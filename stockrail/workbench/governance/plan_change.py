"""The rule on changes: orders of a plan against those of the plan that was approved last."""

import datetime as dt
import math

import pandas as pd

from stockrail.workbench.governance.breach import CENT, MOST_LISTED, ROUNDING, Breach
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import PlanChange


def order_changes(plan: PlanFiles, approved: PlanFiles, first_periods: int | None = None) -> pd.DataFrame:
    """Expected orders of two plans, item by item and period by period, where both have the period.

    Parameters
    ----------
    first_periods : only so many periods of the new plan; None for all that both have.

    Returns
    -------
    pandas.DataFrame
        item, date (first day of the period), units_before, units_after, value_before, value_after, of every item and period
        with an order in one of the plans. Units and money are means over the scenarios.

    Raises
    ------
    ValueError
        The periods of the two plans are not the same ones.
    """
    days, start, end = _periods(plan)
    days_before, start_before, end_before = _periods(approved)
    if days != days_before or (start - start_before).days % days:
        raise ValueError("the periods of the two plans are not the same")
    last = end if first_periods is None else min(end, start + dt.timedelta(days=days * first_periods))
    first, last = max(start, start_before), min(last, end_before)
    if first >= last:
        raise ValueError("the two plans have no period in common")
    before, after = (_expected(one.orders, first, last) for one in (approved, plan))
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer").fillna(0.0)
    return both.reset_index()[["item", "date", "units_before", "units_after", "value_before", "value_after"]]


def changes_of_plan(rule: PlanChange, plan: PlanFiles, approved: PlanFiles) -> list[Breach]:
    """Changes beyond what was agreed.

    Money at stake is the value of all changes where a limit on the total is broken, else of those items and periods that are
    beyond theirs; up and down count alike.
    """
    subject = f"orders against {approved.name}"
    try:
        table = order_changes(plan, approved, rule.first_periods)
    except ValueError as error:
        return [Breach.not_judged(subject, str(error))]
    units = (table["units_after"] - table["units_before"]).abs()
    money = (table["value_after"] - table["value_before"]).abs()
    total, ordered = float(money.sum()), float(table["value_before"].sum())
    beyond = (units > _limit(rule.most_units) * (1 + ROUNDING)) | (money > _limit(rule.most_money) + CENT)
    is_total = total > _limit(rule.most_total_money) + CENT or (
        rule.most_total_share is not None and total > rule.most_total_share * ordered + CENT
    )
    if not is_total and not beyond.any():
        return []
    changed = table[units > ROUNDING] if is_total else table[beyond]
    worst = changed.loc[money[changed.index].sort_values(ascending=False, kind="stable").index]
    evidence = {
        "total_money": total,
        "total_share": total / ordered if ordered > 0 else None,
        "ordered_before": ordered,
        "beyond_total": is_total,
        "beyond_one": int(beyond.sum()),
        "count": len(changed),
        "changes": worst.head(MOST_LISTED).to_dict("records"),
    }
    return [Breach(subject, total if is_total else float(money[beyond].sum()), evidence)]


def _periods(plan: PlanFiles) -> tuple[int, dt.date, dt.date]:
    """Length of a period in days, first day, and the day after the last one."""
    numbers = plan.certificate
    days, start = int(numbers["period_length_days"]), dt.date.fromisoformat(numbers["start"])
    return days, start, start + dt.timedelta(days=days * int(numbers["periods"]))


def _expected(orders: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Means over the scenarios, by item and first day of the period, from one day to the day before another."""
    day = orders["date"].astype(str).str.slice(0, 10)
    chosen = orders[(day >= first.isoformat()) & (day < last.isoformat())]
    weight = chosen["probability"]
    weighed = pd.DataFrame(
        {
            "item": chosen["item"],
            "date": day[chosen.index],
            "units": weight * chosen["units"],
            "value": weight * chosen["value"],
        }
    )
    return weighed.groupby(["item", "date"])[["units", "value"]].sum()


def _limit(value: float | None) -> float:
    return math.inf if value is None else value
