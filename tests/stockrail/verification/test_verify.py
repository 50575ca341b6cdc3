"""The independent checker: the plan derived by hand passes, and every kind of tampering is caught and named."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from stockrail.model import reader
from stockrail.verification.check import Check
from stockrail.verification.verify import verify
from tests.stockrail.hand_plan import ORDER, check_plan, failed, hand_instance
from tests.stockrail.plan_folder import PlanFolder, Tamper, plan_number, row_of

ALLOWED_MODULES = {
    f"stockrail.model.{name}"
    for name in (
        "schema",
        "schema_settings",
        "schema_values",
        "instance",
        "reader",
        "problems",
        "tree",
        "scenarios",
    )
}

MARGIN_CHECKS = {"expected_margin", "margin_is_sum_of_parts", "margin_is_sum_of_segments"}
"""The checks that read `expected_margin`."""


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

    def tamper(folder: PlanFolder) -> None:
        folder.plan["instance_digest"] = "as planned"

    assert failed(check_plan(tmp_path, tamper)) == names


def order(**changes: str) -> Tamper:
    """Change columns of the only order."""
    return row_of("orders", 0, **changes)


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (lambda folder: folder.tables["orders"].clear(), {"money:landed_cost", "expected_margin"}),
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
        (order(deposit="0.02"), {"order_deposit"}),
        (order(due_date="2025-01-01"), {"order_dates"}),
        (order(pay_date="2024-12-31"), {"order_dates"}),
        (order(decision="fixed"), {"order_decision"}),
        (lambda folder: folder.tables["orders"].append(dict(ORDER)), {"one_row_per_item_and_node"}),
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
        ("objective", 0.02, {"objective", "gap"}),
        ("cvar_margin", 0.02, {"cvar_margin"}),
        (
            "margin_parts.overtime",
            0.02,
            {"money:overtime", "margin_is_sum_of_parts", "margin_is_sum_of_segments"},
        ),
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


@pytest.mark.parametrize(
    ("table", "position", "changes", "names"),
    [
        ("guardrails", 0, {"worst": 5}, {"guardrail_table:stock:upper"}),
        ("guardrails", 1, {"holds": "every scenario"}, {"guardrail_table:cash:lower"}),
        ("guardrails", 2, {"hard": True}, {"guardrail_table:soft:upper"}),
        ("guardrails", 3, {"measured": "total"}, {"guardrail_table:capacity:V:upper"}),
        ("guardrails", 3, {"alpha": 0.1}, {"guardrail_table:capacity:V:upper"}),
        ("guardrails", 3, {"name": "other"}, {"guardrails_table_listed"}),
        ("guardrail_periods", 1, {"worst": 5.98}, {"guardrail_periods:stock:upper"}),
        ("guardrail_periods", 1, {"mean": 4.52}, {"guardrail_periods:stock:upper"}),
        ("guardrail_periods", 3, {"p95": 191}, {"guardrail_periods:cash:lower"}),
        ("guardrail_periods", 7, {"limit": 10}, {"guardrail_periods:capacity:V:upper"}),
        ("guardrail_periods", 7, {"period": 2}, {"guardrail_periods_listed"}),
        ("segments", 0, {"fill_rate": 1}, {"segment_table_fill_rate:S"}),
        ("segments", 0, {"segment": "s"}, {"segments_table_listed"}),
    ],
)
def test_tampered_tables_are_caught(
    tmp_path: Path, table: str, position: int, changes: dict[str, Any], names: set[str]
) -> None:
    """A wrong cell of the tables next to plan.json fails exactly the check of its row."""
    assert failed(check_plan(tmp_path, row_of(table, position, **changes))) == names


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("projection", "projection_listed"),
        ("segments", "segments_table_listed"),
        ("guardrails", "guardrails_table_listed"),
        ("guardrail_periods", "guardrail_periods_listed"),
    ],
)
def test_missing_tables_are_caught(tmp_path: Path, table: str, name: str) -> None:
    """A folder without one of its tables fails the check that it is listed."""

    def tamper(folder: PlanFolder) -> None:
        del folder.tables[table]

    assert failed(check_plan(tmp_path, tamper)) == {name}


def test_missing_numbers_are_caught(tmp_path: Path) -> None:
    """A plan.json without parts, guardrails and segments passes none of their checks."""

    def tamper(folder: PlanFolder) -> None:
        for key in ("margin_parts", "guardrails", "segments"):
            del folder.plan[key]

    assert {"money:revenue", "guardrails_listed", "segments_listed"} <= failed(check_plan(tmp_path, tamper))


def test_plan_without_bound_claims_no_gap(tmp_path: Path) -> None:
    """A plan without a bound passes without a gap, and fails with one."""

    def tamper(folder: PlanFolder) -> None:
        folder.plan["bound"] = None

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
    verification = check_plan(tmp_path, row_of("projection", 0, **{column: value}))
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
    files = sorted(Path(inspect.getfile(verify)).parent.glob("*.py"))
    assert len(files) >= 2
    own = {f"stockrail.verification.{file.stem}" for file in files}
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
