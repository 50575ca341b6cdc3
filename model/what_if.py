"""What-ifs: named overlays on a baseline, and the file `scenarios.yaml` that holds them.

The file belongs to an instance but is no part of it: `load` reads the baseline alone. It has one list, `what_ifs`. Not to be
confused with the table `scenarios`, which holds the nodes of a scenario tree.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema import TABLES
from stockrail.model.schema_values import Name, Row
from stockrail.model.sources import parse_yaml

FILE = "scenarios.yaml"
"""The file of a folder; for a workbook it lies beside it."""

BASE = "base"
"""The baseline as it is. It is there whether or not the file names it."""

SETTINGS_TABLE = "settings"
"""What a change calls `instance.yaml`; its columns are dotted names such as `tree.market.volatility`."""

Kind = Literal["choice", "event"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Cell = Any
"""A value of a cell, validated by the table it is put into."""

Scalar = str | int | float | None

ACTIONS = ("set", "multiply", "add", "add_rows", "remove")


class Span(Row):
    """Whole numbers, or numbers, from `first` to `last`, both included: the periods of a season."""

    first: Number
    last: Number


class Change(Row):
    """One change of one table.

    Exactly one of `set`, `multiply`, `add` (a column of the rows that match), `add_rows` and `remove` (the rows that match).

    Attributes
    ----------
    table : a table of the instance format, or `settings`.
    where : column to a value, a list of values or a `Span`; a row matches where all of them do. Tables with a column `item`
        also know the columns of `items`. Nothing given is every row.
    set : the new value; null is blank.
    """

    table: str
    where: dict[str, Span | tuple[Scalar, ...] | Scalar] = Field(default_factory=dict)
    column: str | None = None
    set: Cell = None
    multiply: Number | None = None
    add: Number | None = None
    add_rows: tuple[dict[str, Cell], ...] | None = None
    remove: bool | None = None

    @property
    def action(self) -> str:
        """Which of the five it is."""
        return next(name for name in ACTIONS if name in self.model_fields_set)

    @field_validator("table")
    @classmethod
    def _is_table(cls, table: str) -> str:
        known = [SETTINGS_TABLE, *TABLES]
        if table not in known:
            raise ValueError(f"one of: {', '.join(known)}")
        return table

    @model_validator(mode="after")
    def _is_one_action(self) -> Self:
        given = [name for name in ACTIONS if name in self.model_fields_set]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(ACTIONS)}")
        if self.action != "set" and getattr(self, self.action) is None:
            raise ValueError(f"a value for {self.action}; only set may be blank")
        needs_column = self.action in {"set", "multiply", "add"} or self.table == SETTINGS_TABLE
        if needs_column != (self.column is not None):
            raise ValueError("a column with set, multiply and add and for settings, and none otherwise")
        if self.table == SETTINGS_TABLE and (self.where or self.action == "remove"):
            raise ValueError("for settings a column with set, multiply, add or add_rows, without where")
        if self.action == "add_rows" and self.where:
            raise ValueError("add_rows without where")
        if self.action == "remove" and not (self.remove and self.where):
            raise ValueError("remove: true, with where")
        return self


class WhatIf(Row):
    """A named overlay on the baseline.

    Attributes
    ----------
    kind : `choice` for what somebody decides, such as a limit; `event` for what happens, such as a disruption.
    owner, reason : who stands for it, and why it is looked at.
    changes : made one after the other.
    """

    name: Name
    kind: Kind = "choice"
    owner: str = ""
    reason: str = ""
    changes: tuple[Change, ...] = ()


BASELINE = WhatIf(name=BASE, reason="The plan as it stands.")


class _File(Row):
    what_ifs: tuple[WhatIf, ...]


def what_ifs_file(source: Path | str) -> Path:
    """Where the what-ifs of an instance are: in its folder, or beside its workbook."""
    path = Path(source)
    return path / FILE if path.is_dir() else path.parent / FILE


def what_ifs(source: Path | str) -> tuple[WhatIf, ...]:
    """The what-ifs of the instance at `source`, `base` first unless the file has it elsewhere.

    Parameters
    ----------
    source : folder or workbook of the instance. Without a file `scenarios.yaml` there is `base` alone.

    Raises
    ------
    InstanceError
        With every problem of the file. Whether changes fit the instance is found by `apply`.
    """
    path = what_ifs_file(source)
    return what_ifs_in(path) if path.is_file() else (BASELINE,)


def what_ifs_in(path: Path) -> tuple[WhatIf, ...]:
    """The what-ifs of a file, whatever its name; raises what `what_ifs` raises."""
    try:
        value, lines = parse_yaml(path.read_text(encoding="utf-8-sig"))
        read = _File.model_validate(value)
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise InstanceError([Problem(FILE, line, None, error.problem, "valid YAML")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InstanceError([Problem(FILE, None, None, str(error), "valid YAML")]) from error
    except ValidationError as error:
        place_of = dict(lines)
        details = error.errors(include_url=False, include_context=False)
        raise InstanceError([_problem(value, place_of, detail) for detail in details]) from error
    named = [row.name for row in read.what_ifs]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InstanceError([Problem(FILE, None, "name", name, "each name once") for name in twice])
    if any(row.name == BASE and row.changes for row in read.what_ifs):
        raise InstanceError([Problem(FILE, None, "changes", BASE, "no changes: base is the baseline")])
    return read.what_ifs if BASE in named else (BASELINE, *read.what_ifs)


def _problem(value: Any, lines: Mapping[str, int], detail: Any) -> Problem:
    place = [str(part) for part in detail["loc"]]
    known = (".".join(place[:k]) for k in range(len(place), 0, -1))
    line = next((lines[name] for name in known if name in lines), None)
    found = None if detail["type"] == "missing" else str(detail["input"])
    file, fields = FILE, list(_File.model_fields)
    if place[0] == "what_ifs" and len(place) > 1:
        row = value["what_ifs"][int(place[1])]
        number = int(place[1]) + 1
        file += f", what-if {row.get('name', number) if isinstance(row, dict) else number}"
        fields, place = list(WhatIf.model_fields), place[2:]
        if place[:1] == ["changes"] and len(place) > 1:
            file += f", change {int(place[1]) + 1}"
            fields, place = list(Change.model_fields), place[2:]
    allowed = f"one of: {', '.join(fields)}" if detail["type"] == "extra_forbidden" else _allowed(detail)
    return Problem(file, line, ".".join(place) or None, found, allowed)


def _allowed(detail: Any) -> str:
    if detail["type"] == "missing":
        return "a value"
    words = str(detail["msg"]).removeprefix("Value error, ")
    return words.removeprefix("Input should be ")
