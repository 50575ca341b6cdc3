"""The difference of two baselines, cell by cell."""

import dataclasses
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model import load
from stockrail.model.schema import TABLES
from stockrail.workbench import baselines
from stockrail.workbench.baseline_diff import diff
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.instance_diff import KEYS, differences
from stockrail.workbench.store import Store
from tests.stockrail.workbench.folders import THREE_ITEMS, replace, three_items


def test_cells(tmp_path: Path) -> None:
    """One cell of a forecast, one of an item, one setting, one limit that becomes blank; by value, not by spelling."""
    changed = three_items(
        tmp_path / "after",
        ("demand.csv", "fan,1,20", "fan,1,25.5"),
        ("items.csv", "fan,Sold when it is hot,seasonal,climate,importer,EUR,40,", "fan,Sold when it is hot,seasonal,climate,importer,EUR,42,"),
        ("instance.yaml", "opening_cash: 1000", "opening_cash: 1200"),
        ("guardrails.csv", "0,2,,500,", "0,2,100,500,"),
        ("suppliers.csv", "works,EUR,0,0,73", "works,EUR,0.0,0,73.0"),
    )  # fmt: skip
    assert diff(None, THREE_ITEMS, changed).values.tolist() == [
        ["settings", "", "opening_cash", 1000.0, 1200.0, "changed"],
        ["items", "fan", "unit_price", 40.0, 42.0, "changed"],
        ["demand", "fan | 1", "mean_units", 20.0, 25.5, "changed"],
        ["guardrails", "inventory-cap", "lower", None, 100.0, "changed"],
        ["suppliers.csv", "", "(file)", _hash(THREE_ITEMS), _hash(changed), "changed"],
    ]


def test_rows(tmp_path: Path) -> None:
    """A new order is a row that is added, with its cells; the way back removes it. Two orders of one day stay apart."""
    after = three_items(tmp_path / "after")
    (after / "open_orders.csv").write_text("item,due_period,units\nfan,1,10\nfan,1,20\n", encoding="utf-8")
    there = diff(None, THREE_ITEMS, after)
    assert there[["table", "row", "column", "before", "after", "change"]].values.tolist() == [
        ["open_orders", "fan | 1", "units", None, 10.0, "added"],
        ["open_orders", "fan | 1 | 2", "units", None, 20.0, "added"],
    ]
    back = diff(None, after, THREE_ITEMS)
    assert back[["row", "before", "after", "change"]].values.tolist() == [
        ["fan | 1", 10.0, None, "removed"],
        ["fan | 1 | 2", 20.0, None, "removed"],
    ]


def test_versions_and_folders(sqlite_store: Store, tmp_path: Path) -> None:
    """Versions and the folders they came from give the same answer, and nothing differs from itself."""
    folder = three_items(tmp_path / "in")
    baselines.import_folder(sqlite_store, "anna", folder, "first")
    replace(folder / "demand.csv", "kettle,2,10", "kettle,2,11")
    baselines.import_folder(sqlite_store, "anna", folder, "second")
    expected = [["demand", "kettle | 2", "mean_units", 10.0, 11.0, "changed"]]
    for a, b in ((1, 2), (THREE_ITEMS, folder), (1, folder), (THREE_ITEMS, 2)):
        assert diff(sqlite_store, a, b).values.tolist() == expected
    assert diff(sqlite_store, 2, 2).empty
    with pytest.raises(NotFoundError):
        diff(sqlite_store, 1, 3)


@settings(max_examples=40, deadline=None)
@given(
    demand=st.lists(st.integers(0, 2000), min_size=9, max_size=9),
    prices=st.lists(st.integers(1, 60), min_size=3, max_size=3),
)
def test_exactly_the_cells_that_differ(demand: list[int], prices: list[int]) -> None:
    """Whatever forecast and prices are put in place of the instance's: each cell that differs, no other, and so on the way back."""
    before = load(THREE_ITEMS)
    items = tuple(
        row.model_copy(update={"unit_price": float(price)})
        for row, price in zip(before.items, prices, strict=True)
    )
    after = dataclasses.replace(before, items=items, mean_demand=np.reshape(demand, (3, 3)).astype(float))
    expected = {
        ("items", old.item, "unit_price", old.unit_price, new.unit_price)
        for old, new in zip(before.items, items, strict=True)
        if old.unit_price != new.unit_price
    } | {
        (
            "demand",
            f"{before.items[i].item} | {t}",
            "mean_units",
            before.mean_demand[i, t],
            after.mean_demand[i, t],
        )
        for i, t in np.argwhere(before.mean_demand != after.mean_demand)
    }
    there, back = list(differences(before, after)), list(differences(after, before))
    assert {cell[:5] for cell in there} == expected
    assert len(there) == len(expected)
    assert {(*cell[:3], cell.after, cell.before) for cell in back} == expected


def test_every_table_has_a_key() -> None:
    """Of columns that it has."""
    assert set(KEYS) == set(TABLES)
    for table, key in KEYS.items():
        assert set(key) <= set(TABLES[table].model_fields)


def _hash(folder: Path) -> str:
    return sha256((folder / "suppliers.csv").read_bytes()).hexdigest()[:12]
