"""The independent checker: plans derived by hand pass, and every kind of tampering is caught and named.

The plan of most tests (one period is a year, lead time 1, lots of 4, no noise). Demand is 5 now, then 16 at node `high`
(probability 1/4) or 8 at node `low` (3/4); opening stock 6; 2 lots are ordered now for 8 * 6 = 48 and arrive in period 1.

            net inventory    lost, waiting   served   revenue   receivables (half a year)   payables (a year)
    now     6 - 5 = 1        0               5        50        25                          0
    high    1 + 8 - 16 = -7  3.5, 3.5        9        90        45                          48
    low     1 + 8 - 8 = 1    0               8        80        40                          48
"""

import ast
import csv
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.model import reader
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.writer import write
from stockrail.verify import Verification, verify
from stockrail.verify_check import Check
from stockrail.verify_flows import Flows, simulate
from tests.builders import make_instance, path_of_nodes

ALLOWED_MODULES = {
    f"stockrail.model.{name}" for name in ("schema", "instance", "reader", "problems", "tree", "scenarios")
}

MARGIN_CHECKS = {"expected_margin", "margin_is_sum_of_parts", "margin_is_sum_of_segments", "gap"}
"""The checks that read `expected_margin`."""

Tamper = Callable[[dict[str, Any], list[dict[str, str]], list[dict[str, str]]], None]

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
            "terminal_value": 5.75,  # (10 - 6) * 3.5 waiting / 4 + half of 6 in stock * 3 / 4
            "guardrail_penalty": 1.1,  # working capital now is 6 + 25, 11 above the soft limit, 0.1 each
        },
        "guardrails": [
            {
                "name": "stock",
                "metric": "inventory_value",
                "side": "upper",
                "limit": 10,
                "worst": 6,
                "slack": 4,
            },
            # Cash now is 100 + 50 - 5 - 25; in period 1 it is 190 or 185.
            {"name": "cash", "metric": "cash", "side": "lower", "limit": 100, "worst": 120, "slack": 20},
            {
                "name": "soft",
                "metric": "working_capital",
                "side": "upper",
                "limit": 20,
                "worst": 31,
                "slack": -11,
            },
            {
                "name": "capacity:V",
                "metric": "ordered_units",
                "side": "upper",
                "limit": 10,
                "worst": 8,
                "slack": 2,
            },
        ],
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


def hand_projection() -> list[dict[str, str]]:
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


def check_plan(
    folder: Path, tamper: Tamper | None = None, instance: Instance | None = None, pass_path: bool = False
) -> Verification:
    """Write instance and plan, tamper with the plan, and verify it."""
    source, plan_dir = folder / "instance", folder / "plan"
    write(instance or hand_instance(), source)
    plan, orders, projection = hand_plan(), [dict(ORDER)], hand_projection()
    if tamper is not None:
        tamper(plan, orders, projection)
    plan["instance"] = "moved" if pass_path else str(source)
    plan_dir.mkdir()
    (plan_dir / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    for name, rows, columns in (("orders", orders, ORDER), ("projection", projection, hand_projection()[0])):
        with (plan_dir / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(columns))
            writer.writeheader()
            writer.writerows(rows)
    return verify(plan_dir, source if pass_path else None)


def failed(verification: Verification) -> set[str]:
    """Names of the checks that failed."""
    return {check.name for check in verification.failed}


def test_plan_derived_by_hand_passes(tmp_path: Path) -> None:
    """The plan of the module's docstring passes every check, and the summary says so."""
    verification = check_plan(tmp_path)
    assert failed(verification) == set()
    assert verification.passed
    assert verification.summary().startswith(f"{len(verification.checks)} checks, 0 failed\npassed ")


def test_instance_may_have_moved(tmp_path: Path) -> None:
    """A path given to `verify` goes before the one in plan.json."""
    assert check_plan(tmp_path, pass_path=True).passed


@pytest.mark.parametrize(("digest", "names"), [("as planned", set()), ("changed", {"instance_digest"})])
def test_changed_instance_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: str, names: set[str]
) -> None:
    """An instance whose files have another digest than the plan says is not the one that was planned."""
    monkeypatch.setattr(reader, "digest", lambda path: digest, raising=False)

    def tamper(plan: dict[str, Any], orders: list[dict[str, str]], projection: list[dict[str, str]]) -> None:
        plan["instance_digest"] = "as planned"

    assert failed(check_plan(tmp_path, tamper)) == names


def order(**changes: str) -> Tamper:
    """Change columns of the only order."""
    return lambda plan, orders, projection: orders[0].update(changes)


def plan_number(name: str, by: float) -> Tamper:
    """Add to a number of plan.json; dots lead into parts and rows."""

    def tamper(plan: dict[str, Any], orders: list[dict[str, str]], projection: list[dict[str, str]]) -> None:
        *path, last = name.split(".")
        place: Any = plan
        for step in path:
            place = place[int(step) if step.isdigit() else step]
        place[last] += by

    return tamper


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (lambda plan, orders, projection: orders.clear(), {"money:landed_cost", "expected_margin"}),
        (order(lots="3"), {"lot_multiple", "money:landed_cost", "expected_margin"}),
        (order(lots="3", units="12", value="72"), {"money:landed_cost", "projection_mean:purchases"}),
        (order(lots="1", units="4", value="24"), {"minimum_order"}),
        # Demand of 21 less 6 in stock needs 4 lots, and the minimum order is 2.
        (
            order(lots="7", units="28", value="168"),
            {"cumulative_lots_limit", "guardrail_kept:capacity:V:upper"},
        ),
        (order(lots="2.5", units="10", value="60"), {"whole_lots"}),
        (order(lots="-2"), {"whole_lots"}),
        (order(lots=""), {"whole_lots"}),
        (order(item="B"), {"known_items_and_nodes"}),
        (order(node="nowhere"), {"known_items_and_nodes"}),
        (order(node="low"), {"arrival_within_horizon", "order_dates", "order_decision", "order_probability"}),
        (order(value="48.02"), {"order_value"}),
        (order(value="nan"), {"order_value"}),
        (order(due_date="2025-01-01"), {"order_dates"}),
        (order(pay_date="2024-12-31"), {"order_dates"}),
        (order(decision="fixed"), {"order_decision"}),
        (lambda plan, orders, projection: orders.append(dict(ORDER)), {"one_row_per_item_and_node"}),
    ],
)
def test_tampered_orders_are_caught(tmp_path: Path, tamper: Tamper, names: set[str]) -> None:
    """A dropped, changed, doubled or impossible order fails the check of that name, and money where it moves."""
    assert names <= failed(check_plan(tmp_path, tamper))


@pytest.mark.parametrize(
    ("name", "by", "names"),
    [
        ("expected_margin", 0.02, MARGIN_CHECKS),
        ("expected_margin", float("nan"), MARGIN_CHECKS),
        ("margin_parts.holding", -0.02, {"money:holding", "margin_is_sum_of_parts"}),
        (
            "margin_parts.guardrail_penalty",
            -0.02,
            {"money:guardrail_penalty", "margin_is_sum_of_parts", "margin_is_sum_of_segments"},
        ),
        ("guardrails.0.worst", -0.02, {"guardrail_claim:stock:upper"}),
        ("guardrails.1.slack", 0.02, {"guardrail_claim:cash:lower"}),
        ("guardrails.3.limit", 1, {"guardrail_claim:capacity:V:upper"}),
        ("guardrails.0.name", "s", {"guardrails_listed"}),
        ("segments.0.fill_rate", 0.001, {"segment_fill_rate:S"}),
        ("segments.0.inventory_value", 0.02, {"segment_inventory_value:S"}),
        ("segments.0.expected_margin", 0.02, {"segment_expected_margin:S", "margin_is_sum_of_segments"}),
        ("segments.0.segment", "s", {"segments_listed"}),
        ("bound", -0.6, {"bound", "gap"}),
        ("gap", 0.001, {"gap"}),
    ],
)
def test_tampered_numbers_are_caught(tmp_path: Path, name: str, by: Any, names: set[str]) -> None:
    """A number of plan.json that is off by two cents fails exactly the checks that read it."""
    assert failed(check_plan(tmp_path, plan_number(name, by))) == names


def test_missing_numbers_are_caught(tmp_path: Path) -> None:
    """A plan.json without parts, guardrails and segments passes none of their checks."""

    def tamper(plan: dict[str, Any], orders: list[dict[str, str]], projection: list[dict[str, str]]) -> None:
        for key in ("margin_parts", "guardrails", "segments"):
            del plan[key]

    assert {"money:revenue", "guardrails_listed", "segments_listed"} <= failed(check_plan(tmp_path, tamper))


def test_plan_without_bound_claims_no_gap(tmp_path: Path) -> None:
    """A plan without a bound passes without a gap, and fails with one."""

    def tamper(plan: dict[str, Any], orders: list[dict[str, str]], projection: list[dict[str, str]]) -> None:
        plan["bound"] = None

    assert failed(check_plan(tmp_path, tamper)) == {"gap"}


@pytest.mark.parametrize(
    ("column", "value", "names"),
    [
        ("mean", "6.02", {"projection_mean:inventory_value"}),
        ("p95", "7", {"projection_percentiles:inventory_value"}),
        ("p05", "", {"projection_percentiles:inventory_value"}),
        ("period", "2", {"projection_listed"}),
        ("metric", "luck", {"projection_listed"}),
    ],
)
def test_tampered_projection_is_caught(tmp_path: Path, column: str, value: str, names: set[str]) -> None:
    """A mean, a percentile or a key of projection.csv that is wrong fails the check of that metric."""
    verification = check_plan(tmp_path, lambda plan, orders, rows: rows[0].update({column: value}))
    assert failed(verification) == names


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"item": {"minimum_order_units": 9}}, "minimum_order"),
        ({"item": {"minimum_order_units": 4, "maximum_order_units": 7}}, "order_trigger"),
        ({"supplier": {"order_offset_periods": 1}}, "order_calendar"),
        ({"supplier": {"capacity_units_per_period": 7}}, "guardrail_kept:capacity:V:upper"),
        ({"settings": {"frozen_periods": 1}}, "fixed_orders"),
        ({"settings": {"opening_cash": 70}}, "guardrail_kept:cash:lower"),
        ({"overrides": {"period": 0, "lots": 3}}, "fixed_orders"),
        ({"overrides": {"period": 0, "lots": 0}}, "fixed_orders"),
    ],
)
def test_plan_that_breaks_the_instance_is_caught(tmp_path: Path, changes: dict[str, Any], name: str) -> None:
    """The same plan breaks the rule of that name where the instance is stricter."""
    assert name in failed(check_plan(tmp_path, instance=hand_instance(**changes)))


def test_fixed_lots_need_no_minimum_and_no_calendar(tmp_path: Path) -> None:
    """An override of 2 lots is kept, though the minimum is 12 units and the supplier takes no orders now."""
    instance = hand_instance(
        item={"minimum_order_units": 12},
        supplier={"order_offset_periods": 1},
        settings={"frozen_periods": 1},
        overrides={"period": 0, "lots": 2},
    )
    assert failed(check_plan(tmp_path, order(decision="fixed"), instance)) == set()


def test_failures_come_first_and_name_the_order(tmp_path: Path) -> None:
    """The summary starts with what failed, and says which line of orders.csv it was."""
    lines = check_plan(tmp_path, order(value="50")).summary().splitlines()
    assert lines[0].endswith(", 1 failed")
    assert lines[1] == (
        "FAILED  order_value: difference 2, allowed 0.01 "
        "(line 2: item A at node now: value is 50.00, not 48.00)"
    )


def test_missing_number_passes_no_check() -> None:
    """NaN is no difference that is allowed."""
    assert not Check("c", float("nan"), 1.0).passed


def test_checker_imports_nothing_of_the_engine() -> None:
    """The checker reads instances and trees, and shares no other code with what it checks."""
    files = sorted(Path(inspect.getfile(verify)).parent.glob("verify*.py"))
    assert len(files) >= 2
    own = {f"stockrail.{file.stem}" for file in files}
    imported = set()
    for file in files:
        for statement in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(statement, ast.Import):
                imported |= {alias.name for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom):
                assert statement.level == 0 and statement.module is not None
                # `from stockrail.model import reader` imports a module, all others import names from one.
                if statement.module in ("stockrail", "stockrail.model"):
                    imported |= {f"{statement.module}.{alias.name}" for alias in statement.names}
                else:
                    imported.add(statement.module)
    # A module must not come in by its name as text either.
    assert "importlib" not in imported
    ours = {name for name in imported if name.split(".")[0] in ("stockrail", "model", "solvers")}
    assert ours <= ALLOWED_MODULES | own


def flows_of(instance: Instance, lots: list[list[int]]) -> Flows:
    """Simulate lots by node, of all items as one scope."""
    everything = np.ones(len(instance.items), dtype=bool)
    return simulate(instance, build_tree(instance), np.array(lots), [everything])


def test_orders_do_not_overtake() -> None:
    """An order delayed to period 3 holds the next one back, and payables start when both arrive."""
    # Placed in period 0 with lead time 1 and a delay of 2: due in 3. Placed in period 1: due in 2, so it waits until 3.
    instance = make_instance(
        demand=(0, 0, 0, 0),
        items={"lead_time_periods": 1},
        suppliers={"payment_days": 365, "ownership": "shipment"},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": "n0", "delay_periods": 2, "cost_factor": 2}],
    )
    flows = flows_of(instance, [[1], [1], [0], [0]])
    # One unit for 12, one for 6. Ours when shipped, at the standard value of 6.
    assert flows.metrics["purchases"][0].tolist() == [12, 6, 0, 0]
    assert flows.metrics["payables"][0].tolist() == [0, 0, 0, 18]
    assert flows.metrics["inventory_value"][0].tolist() == [6, 12, 12, 12]
    assert flows.parts["landed_cost"].tolist() == [18]
    assert flows.imbalance == 0


def test_stock_is_written_down_once_when_it_passes_its_shelf_life() -> None:
    """Of 10 units of opening stock 6 are left when they are one period old, 4 later; only the 6 are written down."""
    # Open orders of 5 arrive in period 1. First in, first out: they are one period old, all 5, in period 2.
    instance = make_instance(
        demand=(2, 2, 2, 2),
        items={"opening_stock_units": 10, "shelf_life_periods": 1, "write_off_share": 0.5},
        open_orders={"due_period": 1, "units": 5},
    )
    flows = flows_of(instance, [[0], [0], [0], [0]])
    assert flows.parts["write_off"].tolist() == [0.5 * 6 * (6 + 5)]
    assert flows.parts["landed_cost"].tolist() == [30]  # open orders at standard value
    assert flows.imbalance == 0


def test_expedited_and_lost_units_are_netted_from_the_next_receipt() -> None:
    """Of 10 short units half are expedited and the rest is lost; the next 10 received only replace them."""
    # Losing a unit costs 10 - 6, so a premium of 1 is worthwhile. Period 0: net -10, 5 expedited, 5 lost, served 5,
    # landed 5 * 6, premium 5. Period 1: 12 received, all 10 owed are netted, 2 served: landed (12 - 10) * 6.
    instance = make_instance(
        demand=(10, 2),
        items={"lead_time_periods": 1, "expedite_premium": 1, "expedite_share": 0.5},
        segments={"lost_share": 1},
    )
    flows = flows_of(instance, [[12], [0]])
    assert flows.parts["revenue"].tolist() == [70]
    assert flows.parts["landed_cost"].tolist() == [42]
    assert flows.parts["expedite"].tolist() == [5]
    assert flows.short.tolist() == [10]
    # Cash: 50 - 30 - 5, then 20 - 12 more.
    assert flows.metrics["cash"][0].tolist() == [15, 23]
    assert flows.imbalance == 0


def test_expediting_that_costs_more_than_the_shortage_is_not_done() -> None:
    """With a premium of 4, what losing a unit costs, nothing is expedited."""
    instance = make_instance(
        demand=(10,), items={"expedite_premium": 4, "expedite_share": 1}, segments={"lost_share": 1}
    )
    assert flows_of(instance, [[0]]).parts["expedite"].tolist() == [0]


def test_noise_leaves_stock_and_backlog_at_once() -> None:
    """With net inventory 0 and sigma 5 both on hand and backlog are 5 * pdf(0)."""
    # One period of sigma 3 and one of 4 accumulate to 5 over the protection interval. The premium of 0 buys nothing,
    # as waiting costs nothing.
    instance = make_instance(
        demand=(0, 10), sigma=(3, 4), items={"lead_time_periods": 1, "opening_stock_units": 10}
    )
    flows = flows_of(instance, [[0], [0]])
    assert flows.metrics["inventory_value"][0, 1] == pytest.approx(6 * 5 / np.sqrt(2 * np.pi))
    assert flows.imbalance < 1e-12


def test_discount_takes_money_to_now() -> None:
    """Revenue of 10 now and 10 in a year at a rate of 25% is worth 18."""
    instance = make_instance(
        demand=(1, 1), items={"opening_stock_units": 2}, settings={"discount_rate_per_year": 0.25}
    )
    assert flows_of(instance, [[0], [0]]).parts["revenue"].tolist() == [18]
