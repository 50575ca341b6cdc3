"""A plan that is checked some items at a time is worth what it is worth as a whole, and breaks what it breaks."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.verification.in_parts import CheckInParts, Valued
from tests.builders import Changes, make_instance
from tests.random_instances import random_plan, tables_of
from tests.solvers.blocks.block_cases import objective_of
from tests.stockrail.verification.test_verify_and_engine import instance_with_everything

HALVES = ((2, 0), (3, 1))
"""Four items in two parts, in an order that is not theirs."""


def valued(tables: Tables, plan: IntArray, parts: tuple[tuple[int, ...], ...], folder: Path) -> Valued:
    """The checker's value of a plan in K, given its orders by part."""
    instance, tree = tables.instance, tables.tree
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tree.parent[1:]]
    check = CheckInParts(instance, tree)
    for number, members in enumerate(parts):
        file = folder / f"orders-{number}.csv"
        with file.open("w", newline="", encoding="utf-8") as target:
            writer = csv.writer(target)
            writer.writerow(("item", "node", "lots"))
            writer.writerows(
                (instance.items[i].item, tree.names[n], lots[i, n])
                for i in members
                for n in np.flatnonzero(lots[i])
            )
        check.add(check.part(np.array(members)).check(file))
    return check.value()


@pytest.mark.parametrize("seed", range(8))
def test_parts_add_up_to_the_whole_and_to_the_engine(seed: int, tmp_path: Path) -> None:
    """Every kind of guardrail, ratios, breaks, builds, overtime: in parts, as a whole, and by the engine it is one objective."""
    random = np.random.default_rng(seed)
    instance = instance_with_everything(random)
    # One hard limit, so that there is a largest excess.
    hard = instance.guardrails[0].model_copy(
        update={"guardrail": "hard", "metric": "inventory_value", "holds": "expected", "alpha": None}
        | {"measured": "each period", "soft_price": None, "lower": None, "upper": 1.0}
    )
    tables = tables_of(replace(instance, guardrails=(*instance.guardrails, hard)))
    plan = random_plan(random, tables)
    whole = valued(tables, plan, (tuple(range(4)),), tmp_path)
    parts = valued(tables, plan, HALVES, tmp_path)
    engine, excess = objective_of(tables, plan)
    assert parts.objective == pytest.approx(whole.objective, rel=1e-12, abs=1e-9)
    assert parts.largest_excess == pytest.approx(whole.largest_excess, rel=1e-12, abs=1e-9)
    assert parts.broken == whole.broken
    assert parts.objective == pytest.approx(engine, rel=1e-6, abs=1e-6)
    if excess > 0.01:
        assert any(text.startswith("hard (upper)") for text in parts.broken)


def two_items(upper: float) -> Tables:
    """Two items without demand, 10 in stock each at a unit value of `unit_cost`, and a limit on inventory value for both."""
    items: list[Changes] = [
        {"item": name, "opening_stock_units": 10, "unit_cost": 2.0, "unit_price": 4.0} for name in "AB"
    ]
    suppliers: Changes = {"freight_rate": 0.0, "duty_rate": 0.0}
    guardrail: Changes = {"guardrail": "stock", "metric": "inventory_value", "upper": upper}
    return tables_of(
        make_instance(demand=[[0, 0], [0, 0]], items=items, suppliers=suppliers, guardrails=guardrail)
    )


def test_a_limit_is_held_against_the_sum(tmp_path: Path) -> None:
    """Each item's stock is worth 10 x 2 = 20, within 30 by itself; both are worth 40, which is 10 too much, and within 41 by 1."""
    nothing = np.zeros((2, 2), dtype=np.int64)
    broken = valued(two_items(30.0), nothing, ((0,), (1,)), tmp_path)
    assert broken.largest_excess == pytest.approx(10.0)
    assert [text.split(":")[0] for text in broken.broken] == ["stock (upper)"]
    kept = valued(two_items(41.0), nothing, ((1,), (0,)), tmp_path)
    assert kept.largest_excess == pytest.approx(-1.0)
    assert kept.broken == ()


def test_orders_of_a_part_keep_the_laws(tmp_path: Path) -> None:
    """Half of the smallest order, and orders of an item that is not in the part, are said."""
    instance = make_instance(
        demand=[[10, 10, 10], [10, 10, 10]],
        items=[{"item": name, "lot_size": 1.0, "minimum_order_units": 8.0} for name in "AB"],
    )
    tree = build_tree(instance)
    file = tmp_path / "orders.csv"
    file.write_text(f"item,node,lots\nA,{tree.names[0]},4\nB,{tree.names[0]},8\n", encoding="utf-8")
    check = CheckInParts(instance, tree)
    for item in (0, 1):
        check.add(check.part(np.array([item])).check(file))
    broken = check.value().broken
    unknown = "known_items_and_nodes"
    assert [text.split(":")[0] for text in broken] == [unknown, "minimum_order", unknown]
    assert "item A" in broken[1]


@pytest.mark.parametrize("parts", [((0, 1),), ((0, 1), (1, 2, 3)), ()])
def test_every_item_is_taken_in_once(parts: tuple[tuple[int, ...], ...], tmp_path: Path) -> None:
    """A part that is missing, or an item that comes twice, gives no value."""
    random = np.random.default_rng(0)
    tables = tables_of(instance_with_everything(random))
    with pytest.raises(ValueError, match="every item once"):
        valued(tables, random_plan(random, tables), parts, tmp_path)
