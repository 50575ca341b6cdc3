"""The files of actuals: one CSV table for each kind, read whole and refused with every error at once."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema_values import Money, Name, OptionalName, Row, SignedMoney, Units
from stockrail.trees.tables import read_table
from stockrail.workbench.accounts import Account
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.store.tables import ActualKind

KEY = ("item", "supplier", "account", "date", "ordered_on")
"""Columns that together say which row it is, among those of its kind."""

VALUES = ("units", "served_units", "money")
"""Columns that may be corrected."""

MOST_LISTED = 50


class ActualsError(WorkbenchError):
    """Actuals cannot be taken. `problems` holds everything that is wrong; the message lists it."""

    def __init__(self, problems: list[Problem], what: str = "the actuals", advice: str = "") -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = [f"  {problem}" for problem in problems[:MOST_LISTED]]
        if len(problems) > MOST_LISTED:
            listed.append(f"  and {len(problems) - MOST_LISTED} more")
        super().__init__("\n".join([f"{count} in {what}:", *listed, *([advice] if advice else [])]))


class CorrectionsError(ActualsError):
    """Rows that are known come with other values, and it was not asked for to take them."""


def _iso_only(value: Any) -> Any:
    # pydantic takes a number for seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not of the form 2027-01-04")
    return value


Day = Annotated[dt.date, BeforeValidator(_iso_only)]


class DemandActual(Row):
    """`demand.csv`: units asked for on a day or in the period that contains it, and what of it was delivered on time."""

    item: Name
    date: Day
    units: Units
    served_units: Units | None = None


class Receipt(Row):
    """`receipts.csv`: units that came in on a day, what they cost, and when they were ordered."""

    item: Name
    supplier: Name
    date: Day
    units: Units
    money: Money | None = None
    ordered_on: Day | None = None


class StockActual(Row):
    """`stock.csv`: units on hand at the end of a day, and their value."""

    item: Name
    date: Day
    units: Units
    money: Money | None = None


class Spend(Row):
    """`spend.csv`: money booked on an account on a day; a credit is negative."""

    account: Account
    date: Day
    money: SignedMoney
    item: OptionalName = ""
    supplier: OptionalName = ""


MODELS: Mapping[ActualKind, type[Row]] = {
    "demand": DemandActual,
    "receipts": Receipt,
    "stock": StockActual,
    "spend": Spend,
}

Values = dict[str, Any]
OnStep = Callable[[str], None]


@dataclass(frozen=True)
class ActualsFile:
    """One file, valid.

    Attributes
    ----------
    rows : line of the file, and every column of KEY and VALUES; None where a cell is blank.
    """

    kind: ActualKind
    path: Path
    rows: tuple[tuple[int, Values], ...]


def read_folder(folder: Path, on_step: OnStep = lambda words: None) -> list[ActualsFile]:
    """Read the files that are there: demand.csv, receipts.csv, stock.csv, spend.csv; others are left unread.

    Parameters
    ----------
    on_step : called before each file.

    Raises
    ------
    ActualsError
        None of them is there, or with every problem of all of them.
    """
    names = ", ".join(f"{kind}.csv" for kind in MODELS)
    paths = {kind: folder / f"{kind}.csv" for kind in MODELS}
    if not any(path.is_file() for path in paths.values()):
        found = None if not folder.exists() else "none of these files"
        raise ActualsError(
            [Problem(folder.name, None, None, found, f"a folder with at least one of {names}")]
        )
    problems: list[Problem] = []
    files = []
    for kind, path in paths.items():
        if path.is_file():
            on_step(f"reading {path.name}")
            try:
                table = read_table(path, MODELS[kind])
            except InstanceError as error:
                problems += error.problems
                continue
            rows = tuple((line, _values(row)) for line, row in table.each())
            problems += _contradictions(kind, path.name, rows)
            files.append(ActualsFile(kind, path, rows))
    if problems:
        raise ActualsError(problems)
    return files


def key_of(row: Values) -> tuple[Any, ...]:
    """What says which row it is."""
    return tuple(row[name] for name in KEY)


_BLANK: Values = {
    "item": "", "supplier": "", "account": "", "date": None, "ordered_on": None, **dict.fromkeys(VALUES),
}  # fmt: skip


def _values(row: Row) -> Values:
    return {**_BLANK, **row.__dict__}


def _contradictions(kind: ActualKind, file: str, rows: Sequence[tuple[int, Values]]) -> Iterator[Problem]:
    seen: dict[tuple[Any, ...], int] = {}
    named = [name for name in KEY if name in MODELS[kind].model_fields]
    for line, row in rows:
        key = key_of(row)
        before = seen.setdefault(key, line)
        if before != line:
            same = f"each {', '.join(named)} once; row {before} is the same: add them up"
            yield Problem(file, line, named[0], str(row[named[0]]), same)
        if row["served_units"] is not None and row["served_units"] > row["units"]:
            allowed = f"a number <= {row['units']:g}, the units asked for"
            yield Problem(file, line, "served_units", f"{row['served_units']:g}", allowed)
        if row["ordered_on"] is not None and row["ordered_on"] > row["date"]:
            allowed = f"a date up to {row['date']}, the day it came"
            yield Problem(file, line, "ordered_on", str(row["ordered_on"]), allowed)
