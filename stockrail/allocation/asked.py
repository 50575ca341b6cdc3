"""What customers ask for of an item that is short, from a CSV file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stockrail.allocation.terms import customer_segments
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_values import OptionalName, Row
from stockrail.trees.tables import SourceTable, read_table, refuse

WholeUnits = Annotated[int, Field(ge=0)]


class Asked(Row):
    """A row of what is asked for: by a customer, by a segment of customers, or, both blank, by customers that are not listed.

    `committed_units` are what was promised; blank for the committed share of the allocation rules.
    """

    customer: OptionalName = ""
    segment: OptionalName = ""
    asked_units: WholeUnits
    committed_units: WholeUnits | None = None


def read_asked(path: Path, instance: Instance) -> SourceTable[Asked]:
    """Read a file with the columns customer or segment (or both), asked_units and, if wanted, committed_units.

    Raises
    ------
    InstanceError
        With every problem of the file: columns and values that are not allowed, names that the instance does not have, somebody
        who is there twice, more promised than asked for.
    """
    refuse(list(_unknown_columns(path)))
    table = read_table(path, Asked)
    refuse(list(_contradictions(table, instance)))
    return table


def _unknown_columns(path: Path) -> Iterator[Problem]:
    """A column that is left unread because of a typing error would be a promise forgotten."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            header = next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return  # read_table says what is wrong with it
    for name in header:
        if name.strip() and name not in Asked.model_fields:
            yield Problem(path.name, 1, name, name, f"one of the columns: {', '.join(Asked.model_fields)}")


def _contradictions(table: SourceTable[Asked], instance: Instance) -> Iterator[Problem]:
    segment_of = customer_segments(instance)
    segments = set(segment_of.values()) | {row.customer_segment for row in instance.allocation_rules}
    lines: dict[tuple[str, str], int] = {}
    for line, row in table.each():
        if row.customer and row.segment:
            allowed = f"blank, as the row names the customer {row.customer}"
            yield Problem(table.file, line, "segment", row.segment, allowed)
        if row.customer and row.customer not in segment_of:
            allowed = "a name in the table customers, or blank for customers that are not listed"
            yield Problem(table.file, line, "customer", row.customer, allowed)
        if row.segment and row.segment not in segments:
            listed = ", ".join(sorted(segments - {""})) or "there are none"
            yield Problem(table.file, line, "segment", row.segment, f"a segment of customers ({listed})")
        if row.committed_units is not None and row.committed_units > row.asked_units:
            allowed = f"at most the {row.asked_units} units asked for"
            yield Problem(table.file, line, "committed_units", str(row.committed_units), allowed)
        key = (row.customer, row.segment)
        if key in lines:
            allowed = f"one row each; row {lines[key]} has it too"
            name = "customer" if row.customer or not row.segment else "segment"
            yield Problem(table.file, line, name, row.customer or row.segment or None, allowed)
        lines.setdefault(key, line)
