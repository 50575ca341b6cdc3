"""Monitoring as tables and as a record, for files and for the web."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from stockrail.workbench.monitoring.monitor import Monitored

_BROKEN = ("rule", "subject", "owner_role", "owner", "money", "due", "waits_for", "is_blocking", "why")


def tables(monitored: Monitored) -> dict[str, pd.DataFrame]:
    """File name to table: broken rules and triggers always, the others where there are actuals of a plan."""
    found = {
        "exceptions.csv": pd.DataFrame(
            [
                {name: one.evidence["why"] if name == "why" else getattr(one, name) for name in _BROKEN}
                for one in monitored.broken
            ],
            columns=list(_BROKEN),
        ),
        "triggers.csv": pd.DataFrame([asdict(one) for one in monitored.triggers], columns=["kind", "reason"]),
    }
    seen = monitored.seen
    if seen is None:
        return found
    return {
        "fan.csv": seen.demand_frame(),
        "errors.csv": pd.DataFrame([asdict(one) | {"ratio": one.ratio} for one in seen.errors]),
        "suppliers.csv": pd.DataFrame(
            [asdict(one) | {"lead_time": monitored.drift_of(one)} for one in seen.suppliers]
        ),
        "spend.csv": pd.DataFrame(
            [asdict(one) | {"difference": one.difference, "share": one.share} for one in seen.spend]
        ),
        "stock.csv": pd.DataFrame(
            [asdict(one) | {"difference": one.difference, "share": one.share} for one in seen.stock]
        ),
        **found,
    }


def record(monitored: Monitored) -> dict[str, Any]:
    """Plain data: what the tables have but single demands, which are counted."""
    seen = monitored.seen
    rows = {
        name.removesuffix(".csv"): table.astype(object).where(table.notna(), None).to_dict("records")
        for name, table in tables(monitored).items()
        if name != "fan.csv"
    }
    for row in rows["exceptions"]:
        row["due"] = row["due"].isoformat()
    where = monitored.cycle
    return {
        "on": monitored.on.isoformat(),
        "run_id": monitored.run_id,
        "periods": 0 if seen is None else seen.observed.n_periods,
        "last_day": None if seen is None or seen.last_day is None else seen.last_day.isoformat(),
        "last_plan": None if monitored.last_plan is None else monitored.last_plan.isoformat(),
        "monthly_due_since": None if where.due_since is None else where.due_since.isoformat(),
        "next_monthly": None if where.next_day is None else where.next_day.isoformat(),
        "demands_known": None if seen is None else seen.position.known,
        "demands_outside": None if seen is None else int(seen.position.is_outside.sum()),
        "demands_outside_by_chance": None if seen is None else seen.position.expected_outside,
        "notes": list(monitored.notes),
        **rows,
    }
