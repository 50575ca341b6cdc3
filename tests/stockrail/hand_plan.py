"""A plan whose every number is derived by hand, written as the folder that the independent checker reads.

The plan (one period is a year, lead time 1, lots of 4, no noise). Demand is 5 now, then 16 at node `high`
(probability 1/4) or 8 at node `low` (3/4); opening stock 6; 2 lots are ordered now for 8 * 6 = 48 and arrive in period 1.

            net inventory    lost, waiting   served   revenue   receivables (half a year)   payables (a year)
    now     6 - 5 = 1        0               5        50        25                          0
    high    1 + 8 - 16 = -7  3.5, 3.5        9        90        45                          48
    low     1 + 8 - 8 = 1    0               8        80        40                          48
"""

from pathlib import Path
from typing import Any

from stockrail.model.instance import Instance
from stockrail.model.writer import write
from stockrail.verification.verify import Verification, verify
from tests.builders import make_instance
from tests.stockrail.plan_folder import PlanFolder, Record, Tamper

ORDER = {
    "item": "A",
    "decision": "now",
    "period": "0",
    "date": "2024-01-01",
    "node": "now",
    "probability": "1",
    "lots": "2",
    "units": "8",
    "value": "48.00",
    "deposit": "0.00",
    "due_period": "1",
    "due_date": "2024-12-31",  # 2024 has 366 days
    "pay_date": "2025-12-31",
}


def hand_instance(
    item: dict[str, Any] | None = None,
    supplier: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    overrides: dict[str, Any] | tuple[()] = (),
) -> Instance:
    """The instance of the module's docstring, with some columns changed."""
    return make_instance(
        demand=(5, 8),
        settings={
            "cost_of_capital_rate_per_year": 0.1,
            "terminal_stock_share": 0.5,
            "receivable_days": 182.5,
            "opening_cash": 100,
            **(settings or {}),
        },
        items={
            "order_cost": 5,
            "lot_size": 4,
            "minimum_order_units": 8,
            "lead_time_periods": 1,
            "opening_stock_units": 6,
            **(item or {}),
        },
        segments={
            "lost_share": 0.5,
            "churn_cost_share_of_price": 0.1,
            "backorder_cost_share_of_price_per_period": 0.2,
        },
        suppliers={"payment_days": 365, "capacity_units_per_period": 10, **(supplier or {})},
        guardrails=[
            {"guardrail": "stock", "upper": 10},
            {"guardrail": "cash", "metric": "cash", "holds": "expected", "lower": 100},
            {"guardrail": "soft", "metric": "working_capital", "upper": 20, "soft_price": 0.1},
        ],
        order_overrides=overrides,
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.25, "demand_factor": 2},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
        ],
        scenario_suppliers=[{"node": "high", "capacity_factor": 0.5}],
    )


def hand_plan() -> dict[str, Any]:
    """What plan.json says about the plan of the module's docstring."""
    margin = 132.5 - 48 - 5 - 1.05 - 2.625 + 5.75
    return {
        "expected_margin": margin - 1.1,
        # On the way to `high` 44.4 now, then 90 - 48 - 10.5 + 14; to `low` 44.4, then 80 - 48 - 0.6 + 3. The worst tenth
        # of the scenarios is all `low`.
        "cvar_margin": 78.8,
        "objective": margin - 1.1,
        "bound": 81.0,
        "gap": (81.0 - (margin - 1.1)) / (margin - 1.1),
        "margin_parts": {
            "revenue": 132.5,  # 50 + 90 / 4 + 80 * 3 / 4
            "landed_cost": 48,
            "order_cost": 5,
            "holding": 1.05,  # 10% of 6, now and at `low`
            "expedite": 0,
            "stockout": 2.625,  # (0.1 * 10 * 3.5 lost + 0.2 * 10 * 3.5 waiting) / 4
            "write_off": 0,
            "change": 0,
            "terminal_value": 5.75,  # (10 - 6) * 3.5 waiting / 4 + half of 6 in stock * 3 / 4
            "overtime": 0,
            "guardrail_penalty": 1.1,  # working capital now is 6 + 25, 11 above the soft limit, 0.1 each
        },
        "guardrails": hand_guardrails(),
        "segments": [
            # Short are 7 of 16 at `high`; 15 are demanded in expectation. Stock is worth 6, then 4.5.
            {
                "segment": "S",
                "fill_rate": 1 - 1.75 / 15,
                "inventory_value": 5.25,
                "expected_margin": margin,
            }
        ],
    }


def hand_guardrails() -> list[Record]:
    """What plan.json and guardrails.csv say about each limit."""

    def record(name: str, metric: str, side: str, limit: float, worst: float, **changes: Any) -> Record:
        return {
            "name": name,
            "metric": metric,
            "scope": "all",
            "scope_value": "",
            "side": side,
            "holds": "every scenario",
            "alpha": None,
            "measured": "each period",
            "limit": limit,
            "worst": worst,
            "slack": limit - worst if side == "upper" else worst - limit,
            "hard": True,
            **changes,
        }

    capacity = {"scope": "supplier", "scope_value": "V"}
    return [
        record("stock", "inventory_value", "upper", 10, 6),
        # Cash now is 100 + 50 - 5 - 25; in period 1 it is 190 or 185.
        record("cash", "cash", "lower", 100, 120, holds="expected"),
        record("soft", "working_capital", "upper", 20, 31, hard=False),
        record("capacity:V", "ordered_units", "upper", 10, 8, **capacity),
    ]


def hand_guardrail_periods() -> list[Record]:
    """The tightest row of each limit in each period, and mean and percentiles over the scenarios."""
    columns = ("name", "side", "metric", "period", "limit", "worst", "mean", "p05", "p95")
    rows = [
        ("stock", "upper", "inventory_value", 0, 10, 6, 6, 6, 6),
        ("stock", "upper", "inventory_value", 1, 10, 6, 4.5, 0, 6),
        ("cash", "lower", "cash", 0, 100, 120, 120, 120, 120),
        ("cash", "lower", "cash", 1, 100, 186.25, 186.25, 185, 190),  # the mean itself is limited
        ("soft", "upper", "working_capital", 0, 20, 31, 31, 31, 31),
        ("soft", "upper", "working_capital", 1, 20, -2, -2.25, -3, -2),
        ("capacity:V", "upper", "ordered_units", 0, 10, 8, 8, 8, 8),
        ("capacity:V", "upper", "ordered_units", 1, 5, 0, 0, 0, 0),  # half of it at `high`
    ]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def hand_projection() -> list[Record]:
    """Mean and percentiles by period; with probabilities 1/4 and 3/4 the three middle ones are those of `low`."""
    of = {
        "inventory_value": (6, 0, 6),
        "working_capital": (31, -3, -2),
        "cash": (120, 190, 185),
        "purchases": (48, 0, 0),
        "receivables": (25, 45, 40),
        "payables": (0, 48, 48),
    }
    rows = []
    for metric, (now, high, low) in of.items():
        ends = {"p05": min(high, low), "p95": max(high, low)}
        middle = dict.fromkeys(("p25", "p50", "p75"), low)
        rows.append(
            {"metric": metric, "period": 0, "mean": now, **dict.fromkeys((*ends, *middle), now)},
        )
        rows.append({"metric": metric, "period": 1, "mean": 0.25 * high + 0.75 * low, **ends, **middle})
    return [{column: str(value) for column, value in row.items()} for row in rows]


def hand_folder() -> PlanFolder:
    """All files of the plan."""
    plan = hand_plan()
    return PlanFolder(
        plan,
        {
            "orders": [dict(ORDER)],
            "projection": hand_projection(),
            "segments": [dict(row) for row in plan["segments"]],
            "guardrails": hand_guardrails(),
            "guardrail_periods": hand_guardrail_periods(),
        },
    )


def check_plan(
    folder: Path, tamper: Tamper | None = None, instance: Instance | None = None, pass_path: bool = False
) -> Verification:
    """Write instance and plan, tamper with the plan, and verify it."""
    source, plan_dir = folder / "instance", folder / "plan"
    write(instance or hand_instance(), source)
    written = hand_folder()
    if tamper is not None:
        tamper(written)
    written.plan["instance"] = "moved" if pass_path else str(source)
    written.write(plan_dir)
    return verify(plan_dir, source if pass_path else None)


def failed(verification: Verification) -> set[str]:
    """Names of the checks that failed."""
    return {check.name for check in verification.failed}
