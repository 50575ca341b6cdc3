"""Stock by purpose with the pipeline: by hand, and adding up for any plan."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.inventory.inventory_split import (
    PURPOSES,
    UNITS,
    VALUES,
    InventorySplit,
    inventory_by_item,
    inventory_by_segment,
)
from stockrail.model.ledger import Ledger
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of


def test_pipeline_by_hand() -> None:
    """20 ordered at once arrive two years later, and 5 are on order anyway, due in a year: 25, 20, then nothing on the way."""
    instance = make_instance(
        demand=(5, 5, 5, 5),
        items={"lead_time_periods": 2, "opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 5},
    )
    frame = inventory_by_item(Ledger(tables_of(instance), np.array([[20, 20, 20, 20]])))
    assert frame["pipeline_units"].tolist() == [25, 20, 0, 0]
    # On hand 10 - 5, + 5 - 5, + 20 - 5, - 5.
    assert frame["stock_units"].tolist() == [5 + 25, 5 + 20, 20, 15]
    # At 6 each.
    assert frame["pipeline_value"].tolist() == [150, 120, 0, 0]
    assert frame["stock_value"].tolist() == [180, 150, 120, 90]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_five_purposes_add_up(seed: int) -> None:
    """They are on hand and in transit, to the unit, at every item and node; the frames keep that by item, segment and period."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, items=3)
    tables = tables_of(instance)
    ledger = Ledger(tables, random_plan(rng, tables))
    split = InventorySplit.of(ledger)
    summed = np.sum([getattr(split, purpose) for purpose in PURPOSES], axis=0)
    assert summed == pytest.approx(ledger.line("on_hand") + ledger.line("in_transit"), abs=1e-9)
    by_item, by_segment = inventory_by_item(ledger, split), inventory_by_segment(ledger, split)
    for frame in (by_item, by_segment):
        assert frame[list(UNITS)].sum(axis=1).tolist() == pytest.approx(
            frame["stock_units"].tolist(), abs=1e-9
        )
        assert frame[list(VALUES)].sum(axis=1).tolist() == pytest.approx(frame["stock_value"].tolist())
    there = (ledger.line("on_hand") + ledger.line("in_transit")) @ tables.tree.probability
    assert by_item["stock_value"].sum() == pytest.approx(tables.unit_value @ there)
    assert len(by_item) == len(instance.items) * tables.tree.periods
    again = by_item.groupby(["segment", "period"])["stock_units"].sum()
    for row in by_segment.to_dict("records"):
        assert row["stock_units"] == pytest.approx(again[(row["segment"], row["period"])], abs=1e-9)
