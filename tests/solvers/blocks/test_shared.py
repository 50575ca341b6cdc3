"""Blocks add up to the whole: sizes of rows, costs, use and bounds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.solvers.blocks.shared import SharedPool, SharedRows, sample_rows, shared_rows, sizes_of
from stockrail.solvers.blocks.split import Split, split
from stockrail.solvers.blocks.workers import InProcess
from stockrail.solvers.pool import cost_form
from stockrail.solvers.recursion import Recursion
from tests.builders import Changes
from tests.random_instances import random_instance, tables_of

GUARDRAILS: tuple[Changes, ...] = (
    {"guardrail": "stock", "metric": "inventory_value", "upper": 500.0},
    {"guardrail": "cash", "metric": "cash", "lower": -1e5, "holds": "cvar", "alpha": 0.5},
    {"guardrail": "days", "metric": "days_of_supply", "upper": 60.0, "holds": "expected"},
    {"guardrail": "turns", "metric": "turns", "lower": 0.5, "holds": "expected"},
    {"guardrail": "fill", "metric": "fill_rate", "lower": 0.5, "scope": "segment", "scope_value": "S"},
)


def in_blocks(tables: Tables, block_items: int) -> tuple[Split, InProcess, SharedRows]:
    parts = split(tables.instance, tables.tree, 5, block_items)
    workers = InProcess(parts)
    return parts, workers, shared_rows(tables.instance, parts, sizes_of(parts, workers))


def random_tables(seed: int, items: int = 5) -> Tables:
    rng = np.random.default_rng(seed)
    return tables_of(
        random_instance(rng, items=items, guardrails=GUARDRAILS, has_capacity=True, has_announced=True)
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("block_items", [1, 2, 5])
def test_rows_of_blocks_are_those_of_the_whole(seed: int, block_items: int) -> None:
    """Limits, scales, soft prices and groups, ratios and capacities among them."""
    tables = random_tables(seed)
    _, _, rows = in_blocks(tables, block_items)
    whole = Guardrails.build(tables)
    assert len(rows) == len(whole) > 0
    for name in ("limits", "scale", "probability", "soft_prices", "discount"):
        np.testing.assert_allclose(getattr(rows, name), getattr(whole, name), rtol=1e-12)
    assert [group.rows.tolist() for group in rows.groups] == [group.rows.tolist() for group in whole.groups]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("block_items", [1, 2, 5])
def test_answers_of_blocks_add_up(seed: int, block_items: int) -> None:
    """The bound, the cost and the use of every row equal those of one recursion over all items."""
    tables = random_tables(seed)
    parts, workers, rows = in_blocks(tables, block_items)
    prices = np.random.default_rng(seed).random(len(rows)) * 0.01
    answer = SharedPool(parts, workers, len(rows), lambda: False).ask(prices)
    guardrails = Guardrails.build(tables)
    form = guardrails.pull(prices)
    form.add(cost_form(tables))
    with ThreadPoolExecutor(1) as executor:
        whole = Recursion(tables, executor, 1).minimise(form)
    assert answer.least == pytest.approx(whole.lower_bound.sum(), rel=1e-9, abs=1e-6)
    assert answer.value == pytest.approx(whole.lower_bound.sum(), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_a_sample_has_its_share_of_limits(seed: int) -> None:
    """Two samples that together are everyone share each limit of money; a limit that is a ratio's stays as it is stated."""
    tables = random_tables(seed, items=6)
    parts, workers, rows = in_blocks(tables, 3)
    sizes = sizes_of(parts, workers)
    halves = [sample_rows(rows, sizes, [number]) for number in (0, 1)]
    np.testing.assert_allclose(halves[0].limits + halves[1].limits, rows.limits, rtol=1e-9, atol=1e-9)


def test_groups_cover_every_item_once() -> None:
    """Each item is in one block and one group."""
    tables = random_tables(0, items=7)
    parts = split(tables.instance, tables.tree, 5, 3)
    members = np.concatenate([source.members for source in parts.sources])
    assert sorted(members) == list(range(7))
    for source in parts.sources:
        assert set(source.group) == set(range(source.group_count))
        assert [row.item for row in source.instance.items] == [
            tables.instance.items[i].item for i in source.members
        ]
