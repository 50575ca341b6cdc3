"""A plan read back from its files: names stay names, blank ones say something, and the report made of it is the same."""

from pathlib import Path

import pytest

from stockrail.model import load
from stockrail.planning import plan
from stockrail.reports.plan_frames import PlanFrames, table
from tests.stockrail.workbench.folders import THREE_ITEMS


def test_names_are_no_numbers() -> None:
    """Item 007 is not 7, NA is a name, blank stays blank; numbers are numbers, and a missing one is missing."""
    frame = table(b"item,segment,customer,units\n007,NA,,1.5\n008,x,c,\n")
    assert frame[["item", "segment", "customer"]].to_numpy().tolist() == [
        ["007", "NA", ""],
        ["008", "x", "c"],
    ]
    assert frame["units"][0] == 1.5
    assert frame["units"].isna().tolist() == [False, True]


def test_a_missing_file_is_named() -> None:
    """A plan without its orders is none; one without a check's file has not made that check."""
    with pytest.raises(FileNotFoundError) as refused:
        PlanFrames.read({"plan.json": b'{"guardrails": [], "segments": []}'}.get)
    assert refused.value.filename == "orders.csv"


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The tables of a plan's folder, with lists of periods as lists."""
    made = plan(load(THREE_ITEMS), time_limit=10.0, prices="none")
    made.write(tmp_path)
    read = PlanFrames.read(
        lambda name: (tmp_path / name).read_bytes() if (tmp_path / name).is_file() else None
    )
    assert read.orders["item"].tolist() == made.orders["item"].tolist()
    assert read.projection["mean"].tolist() == pytest.approx(made.projection["mean"].tolist())
    assert read.guardrails["binding_periods"].map(type).tolist() == [list]
    assert set(read.checks) == {
        "stock_split",
        "avoidable_excess",
        "shortages",
        "allocation",
        "allocation_totals",
    }
