"""Items in groups have the parameters that they have in the whole instance, each item once and in its order."""

from dataclasses import fields

import numpy as np
import pytest

from stockrail.model.item_groups import ItemGroups
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from tests.stockrail.verification.test_verify_and_engine import instance_with_everything

OF_ALL = {"discount", "holding_rate", "cash_holding_rate"}


@pytest.mark.parametrize("group_items", [1, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_parameters_of_groups_are_those_of_the_whole(seed: int, group_items: int) -> None:
    """Every array [items, ...] put together again is equal to the last bit; what is not by item is the same."""
    instance = instance_with_everything(np.random.default_rng(seed))
    tree = build_tree(instance)
    whole = Tables.build(instance, tree)
    groups = list(ItemGroups(instance, tree, group_items).each())
    assert np.concatenate([members for members, _ in groups]).tolist() == list(range(len(instance.items)))
    assert len(groups) == -(-len(instance.items) // group_items)
    compared = 0
    for f in fields(Tables):
        value = getattr(whole, f.name)
        if not isinstance(value, np.ndarray) and f.name not in OF_ALL:
            continue
        parts = [getattr(tables, f.name) for _, tables in groups]
        together = parts[0] if f.name in OF_ALL else np.concatenate(parts)
        assert np.array_equal(together, value), f.name
        compared += 1
    assert compared > 20


def test_known_parameters_are_the_only_group() -> None:
    """Where the parameters of all items are known, or were asked for, nothing is computed again."""
    instance = instance_with_everything(np.random.default_rng(0))
    tables = Tables.build(instance, build_tree(instance))
    ((members, only),) = ItemGroups.of(tables).each()
    assert only is tables and len(members) == len(instance.items)
    groups = ItemGroups(instance, tables.tree, 1)
    assert not groups.is_whole
    whole = groups.whole
    assert groups.is_whole and [one for _, one in groups.each()] == [whole]
