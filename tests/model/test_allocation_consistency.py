"""Allocation rules that contradict the rest of an instance are refused, all at once."""

from pathlib import Path

import pytest

from stockrail.model import load, write
from stockrail.model.consistency import inconsistencies_of
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema_settings import SegmentationRules
from tests.builders import make_instance

CUSTOMERS = {"customer": "K", "segment": "key"}
SHARES = {"demand_share": 0.5}


def test_every_contradiction_is_told() -> None:
    """Names that are not there, two names for one thing, and a row twice."""
    instance = make_instance(
        customers=CUSTOMERS,
        customer_shares=SHARES,
        allocation_rules=[
            {"customer": "Z"},
            {"item": "Z"},
            {"customer": "K", "customer_segment": "key", "item": "A", "item_segment": "S"},
            {"customer_segment": "gold", "item_segment": "T"},
            {"priority": 1},
            {"priority": 2},
        ],
    )
    file = "allocation_rules.csv"
    key = "customer, customer_segment, item, item_segment"
    assert set(inconsistencies_of(instance)) == {
        Problem(file, 2, "customer", "Z", "a name in the table customers"),
        Problem(file, 3, "item", "Z", "a name in the table items"),
        Problem(file, 4, "customer_segment", "key", "blank, as the row names the customer K"),
        Problem(file, 4, "item_segment", "S", "blank, as the row names the item A"),
        Problem(file, 5, "customer_segment", "gold", "a segment of the table customers (key), or blank"),
        Problem(file, 5, "item_segment", "T", "a name in the table segments, or blank"),
        Problem(file, 7, key, ", , , ", "one row each; row 6 has it too"),
    }


def test_segments_that_rules_form_may_have_any_name() -> None:
    """Nobody knows beforehand which of them a customer is in."""
    instance = make_instance(
        settings={"segmentation": SegmentationRules(criteria=("abc",))},
        segments={"segment": "A"},
        items={"segment": "A"},
        customers=CUSTOMERS,
        customer_shares=SHARES,
        allocation_rules={"customer_segment": "A"},
    )
    assert inconsistencies_of(instance) == []


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("priority", "0", "a whole number >= 1 and <= 99"),
        ("priority", None, "a whole number >= 1 and <= 99"),
        ("committed_share", "1.1", "a number >= 0 and <= 1"),
    ],
)
def test_values_out_of_range(tmp_path: Path, column: str, value: str | None, allowed: str) -> None:
    """A cell is refused with file, row, column, value and what may stand there."""
    instance = make_instance(
        customers=CUSTOMERS, customer_shares=SHARES, allocation_rules={"committed_share": 0.5}
    )
    write(instance, tmp_path)
    file = tmp_path / "allocation_rules.csv"
    header, row = file.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True)) | {column: value or ""}
    file.write_text(f"{header}\n{','.join(cells.values())}\n", encoding="utf-8")
    with pytest.raises(InstanceError) as refused:
        load(tmp_path)
    assert refused.value.problems == (Problem("allocation_rules.csv", 2, column, value, allowed),)
