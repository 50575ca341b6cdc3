"""A plan that is laid out some items at a time says what it says as a whole.

Sums over groups are added in another order than sums over all items, so that numbers agree to 1e-9 of the largest one in their
column and not to the last bit. What belongs to one item or order is equal.
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stockrail as sr
from stockrail import order_rows
from stockrail.checks import FRAMES
from stockrail.finance.plan_prices import PlanPrices
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.generation import generate
from stockrail.inventory.stock_split import split_in_groups
from stockrail.model import item_groups
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.schema import AnnouncedOrder, Guardrail
from stockrail.order_rows import OrderRows, placed_orders
from stockrail.planning import Plan, lay_out
from stockrail.reports.orders import ReportedOrders
from stockrail.solvers.result import SolutionStatus, SolveResult, TerminationReason
from stockrail.verification import part
from stockrail.verification.verify import checks_of
from tests.random_instances import random_plan, tables_of
from tests.stockrail.verification.test_verify_and_engine import instance_with_everything

CLOSE = 1e-9
GROUP = 7


def generated() -> Instance:
    """30 items on a tree of 4 scenarios, with limits on several metrics, three ways to hold, and announced orders."""
    plain = generate(30, 6, (2, 2), 3)
    stated: list[dict[str, Any]] = [
        {"metric": "inventory_value", "upper": 1000.0, "holds": "every scenario"},
        {"metric": "working_capital", "upper": 2000.0, "holds": "cvar", "alpha": 0.5},
        {"metric": "fill_rate", "lower": 0.99, "holds": "expected"},
        {"metric": "turns", "lower": 1.0, "holds": "every scenario"},
    ]
    guardrails = tuple(
        Guardrail.model_validate(
            {"guardrail": f"g{k}", "scope": "all", "scope_value": "", "soft_price": 0.1}
            | {"lower": None, "upper": None, "alpha": None, "measured": "each period"}
            | {"first_period": 0, "last_period": 5, **row}
        )
        for k, row in enumerate(stated)
    )
    announced = tuple(
        AnnouncedOrder(item=row.item, period=0, units=3 * row.lot_size) for row in plain.items[5:12]
    )
    return replace(
        plain,
        guardrails=guardrails,
        announced_orders=announced,
        settings=plain.settings.model_copy(update={"change_price_share_of_cost": 0.1}),
    )


def case(seed: int) -> Instance:
    """The generated instance, or a random one of 4 items with breaks, builds, overtime and guardrails of every kind."""
    return generated() if seed == 0 else instance_with_everything(np.random.default_rng(seed))


def laid_out(instance: Instance, group_items: int | None) -> Plan:
    """A random plan that keeps the order rules, as a whole or in groups."""
    tables = tables_of(instance)
    result = SolveResult(
        cumulative_lots=random_plan(np.random.default_rng(1), tables),
        objective=0.0,
        bound=1e9,
        termination_reason=TerminationReason.TIME_LIMIT,
        solution_status=SolutionStatus.FEASIBLE,
        prices={},
        seconds={},
        notes=(),
    )
    groups = ItemGroups.of(tables) if group_items is None else ItemGroups(instance, tables.tree, group_items)
    return lay_out(groups, RelaxedSolve("blocks", result), Findings(PlanPrices()), 0, 0.0, 0.0)


def assert_close(grouped: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Equal, numbers to `CLOSE` of the largest one in their column."""
    numbers = whole.select_dtypes("number").columns
    pd.testing.assert_frame_equal(grouped.drop(columns=numbers), whole.drop(columns=numbers))
    for name in numbers:
        finite = whole[name].abs().replace(np.inf, np.nan)
        largest = 0.0 if finite.isna().all() else float(finite.max())
        np.testing.assert_allclose(
            grouped[name], whole[name], rtol=CLOSE, atol=CLOSE * largest, err_msg=str(name)
        )


@pytest.mark.parametrize("seed", range(7))
def test_groups_say_what_the_whole_says(seed: int) -> None:
    """Every table and number of the certificate."""
    instance = case(seed)
    whole, grouped = laid_out(instance, None), laid_out(instance, GROUP if seed == 0 else 3)
    pd.testing.assert_frame_equal(grouped.orders, whole.orders)
    for name in ("projection", "segments", "guardrails", "guardrail_periods"):
        assert_close(getattr(grouped, name), getattr(whole, name))
    assert len(whole.guardrails)
    for name in ("objective", "expected_margin", "cvar_margin", "physical_margin", "fill_rate", "gap"):
        assert grouped.certificate[name] == pytest.approx(whole.certificate[name], rel=CLOSE, abs=CLOSE)
    parts = whole.certificate["margin_parts"]
    assert grouped.certificate["margin_parts"] == pytest.approx(parts, rel=CLOSE, abs=CLOSE)
    changes, expected = grouped.certificate["order_changes"], whole.certificate["order_changes"]
    if seed == 0:
        assert expected["changed_units"] > 0
        assert_close(pd.DataFrame(changes["by_period"]), pd.DataFrame(expected["by_period"]))


def test_stock_split_in_groups() -> None:
    """By segment and period, and the items with avoidable excess in one order, although they come in groups."""
    instance = generated()
    tables = tables_of(instance)
    plan = random_plan(np.random.default_rng(1), tables)
    whole = split_in_groups(ItemGroups.of(tables), plan)
    grouped = split_in_groups(ItemGroups(instance, tables.tree, GROUP), plan)
    assert len(whole[1]) > GROUP
    for one, other in zip(grouped, whole, strict=True):
        assert_close(one, other)


def test_orders_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders written in pieces of 5 are the file that all at once give, byte for byte, and the report reads the same."""
    plan = laid_out(generated(), GROUP)
    everything = plan.order_rows.frame()
    ledger = _ledger(generated())
    at_once = OrderRows.together(ledger.tables.instance, ledger.tables.tree, [placed_orders(ledger)])
    pd.testing.assert_frame_equal(everything, at_once.frame())
    monkeypatch.setattr(order_rows, "PIECE_ROWS", 5)
    assert len(list(plan.order_rows.pieces())) == -(-len(everything) // 5) > 3
    plan.write(tmp_path)
    everything.to_csv(tmp_path / "all.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n")
    assert (tmp_path / "orders.csv").read_bytes() == (tmp_path / "all.csv").read_bytes()
    whole, pieces = ReportedOrders.of([everything]), ReportedOrders.of(plan.order_rows.pieces())
    assert pieces.count == whole.count == len(everything)
    for name in ("now", "fixed", "expected"):
        one, other = (getattr(reported, name).reset_index(drop=True) for reported in (pieces, whole))
        assert_close(one, other)


def test_planning_in_blocks_never_holds_the_parameters_of_all_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the instance to the files there is no array of parameters by all items and nodes; what looks at the plan alone comes, too."""

    def refuse(groups: ItemGroups) -> None:
        raise AssertionError("all items at once")

    monkeypatch.setattr(item_groups, "GROUP_CELLS", 64)
    monkeypatch.setattr(ItemGroups, "whole", property(refuse))
    plan = sr.plan(generated(), solver="blocks", workers=1, gap=0.05, time_limit=4.0)
    plan.write(tmp_path)
    assert [check for check in checks_of(tmp_path, plan.certificate, generated()) if not check.passed] == []
    assert {*FRAMES["stock_split"], *FRAMES["shortages"]} == set(plan.checks)
    assert "check stock_split" in plan.certificate["seconds_by_phase"]


def test_no_orders_at_all(tmp_path: Path) -> None:
    """A plan without orders writes a table with a header."""
    plan = laid_out(generated(), None)
    none = {name: values[:0] for name, values in vars(plan.order_rows.placed).items()}
    empty = replace(plan, order_rows=replace(plan.order_rows, placed=order_rows.Placed(**none)))
    empty.write(tmp_path)
    header, *rows = (tmp_path / "orders.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("item,description,segment") and rows == []


@pytest.mark.parametrize("part_items", [GROUP, 1000])
def test_checker_in_parts(part_items: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that was laid out in groups passes the checker that goes over parts, and a wrong order of the last item does not."""
    monkeypatch.setattr(part, "PART_ITEMS", part_items)
    instance = generated()
    plan = laid_out(instance, GROUP)
    plan.write(tmp_path)
    said = {**plan.certificate}
    assert [check for check in checks_of(tmp_path, said, instance) if not check.passed] == []
    orders = pd.read_csv(tmp_path / "orders.csv")
    last = instance.items[-1].item
    row = orders.index[orders["item"] == last][0]
    orders.loc[row, "lots"] += 1000
    orders.to_csv(tmp_path / "orders.csv", index=False)
    failed = {check.name: check.detail for check in checks_of(tmp_path, said, instance) if not check.passed}
    assert f"item {last}" in failed["lot_multiple"] and f"item {last}" in failed["cumulative_lots_limit"]
    assert {"expected_margin", "guardrail_claim:g0:upper", "projection_mean:inventory_value"} <= set(failed)


def test_parts_of_the_checker_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check by check the same names, and differences within rounding of the amounts."""
    instance = generated()
    plan = laid_out(instance, None)
    plan.write(tmp_path)
    whole = list(checks_of(tmp_path, plan.certificate, instance))
    monkeypatch.setattr(part, "PART_ITEMS", GROUP)
    parts = list(checks_of(tmp_path, plan.certificate, instance))
    assert [check.name for check in parts] == [check.name for check in whole]
    differences = [check.difference for check in parts]
    assert differences == pytest.approx([check.difference for check in whole], abs=1e-7)
    assert asdict(whole[0]) == asdict(parts[0])


def _ledger(instance: Instance) -> Ledger:
    tables = tables_of(instance)
    return Ledger(tables, random_plan(np.random.default_rng(1), tables))
