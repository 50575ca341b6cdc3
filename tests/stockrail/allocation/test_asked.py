"""The file of who asks for what is refused with everything that is wrong with it."""

from pathlib import Path

import pytest

from stockrail.allocation.asked import Asked, read_asked
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from tests.builders import make_instance


def instance() -> Instance:
    """Return two customers, one of them in a segment."""
    return make_instance(
        customers=[{"customer": "north", "segment": "key"}, {"customer": "south"}],
        customer_shares=[
            {"customer": "north", "demand_share": 0.5},
            {"customer": "south", "demand_share": 0.5},
        ],
        allocation_rules={"customer_segment": "key"},
    )


def refused(tmp_path: Path, text: str) -> set[Problem]:
    """Return what is wrong with a file."""
    file = tmp_path / "asked.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InstanceError) as error:
        read_asked(file, instance())
    return set(error.value.problems)


def test_names_and_blanks(tmp_path: Path) -> None:
    """By customer, by segment and by nobody; a blank promise is left to the rules, and 0 is a promise of nothing."""
    file = tmp_path / "asked.csv"
    file.write_text(
        "segment,customer,asked_units,committed_units\n,north,5,\nkey,,3,0\n,,2,1\n", encoding="utf-8"
    )
    assert read_asked(file, instance()).rows == (
        Asked(customer="north", asked_units=5),
        Asked(segment="key", asked_units=3, committed_units=0),
        Asked(asked_units=2, committed_units=1),
    )


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    """Unknown names, two names in one row, somebody twice, more promised than asked for."""
    text = "customer,segment,asked_units,committed_units\nwest,,1,\n,gold,1,\nnorth,key,1,\nsouth,,2,3\nsouth,,1,\n,,1,\n,,1,\n"
    name = "asked.csv"
    customer = "a name in the table customers, or blank for customers that are not listed"
    assert refused(tmp_path, text) == {
        Problem(name, 2, "customer", "west", customer),
        Problem(name, 3, "segment", "gold", "a segment of customers (key)"),
        Problem(name, 4, "segment", "key", "blank, as the row names the customer north"),
        Problem(name, 5, "committed_units", "3", "at most the 2 units asked for"),
        Problem(name, 6, "customer", "south", "one row each; row 5 has it too"),
        Problem(name, 8, "customer", None, "one row each; row 7 has it too"),
    }


def test_a_typing_error_in_a_header_cannot_hide(tmp_path: Path) -> None:
    """A column of promises under another name would be left out."""
    allowed = "one of the columns: customer, segment, asked_units, committed_units"
    assert refused(tmp_path, "customer,asked_units,commited_units\nnorth,1,1\n") == {
        Problem("asked.csv", 1, "commited_units", "commited_units", allowed)
    }


@pytest.mark.parametrize("value", ["4.5", "-1", "many", ""])
def test_units_are_whole(tmp_path: Path, value: str) -> None:
    """Nothing is rounded, and blank is not zero."""
    (problem,) = refused(tmp_path, f"customer,asked_units\nnorth,{value}\n")
    assert problem == Problem("asked.csv", 2, "asked_units", value or None, "a whole number >= 0")
