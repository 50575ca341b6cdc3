"""What a column of a workbook's sheet holds, taken from the instance format."""

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from stockrail.model.consistency import KEYS, PERIOD_COLUMNS, REFERENCES
from stockrail.model.draft import TABLE_OF
from stockrail.model.metrics import metric_names
from stockrail.model.problems import describe
from stockrail.model.schema import TABLES, Guardrail, OpenOrder
from stockrail.model.schema_settings import Settings

NOTES_FILE = Path(__file__).with_name("columns.csv")
"""Unit and meaning of each column, made of docs/instance-format.md by scripts/excel_columns.py."""

SETTINGS_SHEET = "instance"
"""The sheet of settings, as in an instance that is a workbook."""

Plain = str | int | float | list[Any] | None
"""A value as JSON has it: dates as ISO text, lists of settings as lists."""


class Kind(Enum):
    """What kind of cell a column has."""

    TEXT = auto()
    NUMBER = auto()
    WHOLE = auto()
    DATE = auto()
    CHOICE = auto()
    LIST = auto()
    """A list of settings, written in YAML."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet, or one row of the sheet of settings.

    Attributes
    ----------
    allowed : what may stand there, in words.
    has_default : whether a blank cell stands for `default`. Otherwise it is "none" where `is_nullable`, and an error elsewhere.
    choices : all values, of a `CHOICE`; suggestions, of a `TEXT`.
    bounds : least and largest value by the names of JSON schema: minimum, exclusiveMinimum, maximum, exclusiveMaximum.
    reference : the table whose key its values are.
    is_period : a period of the horizon.
    """

    name: str
    kind: Kind
    allowed: str
    unit: str = ""
    meaning: str = ""
    has_default: bool = False
    default: Plain = None
    is_nullable: bool = False
    choices: tuple[str, ...] = ()
    bounds: tuple[tuple[str, float], ...] = ()
    reference: str | None = None
    is_period: bool = False


def key_columns(table: str) -> tuple[str, ...]:
    """Columns that identify a row; open orders with the same ones are told apart by their order."""
    return ("item", "due_period") if TABLES[table] is OpenOrder else KEYS[TABLES[table]]


@cache
def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of a table, in the order of the format."""
    model = TABLES[table]
    schema = model.model_json_schema()["properties"]
    references = {name: TABLE_OF[other] for owner, name, other in REFERENCES if owner is model}
    periods = {name for owner, name in PERIOD_COLUMNS if owner is model}
    columns = []
    for name, field in model.model_fields.items():
        unit, meaning = _notes()[table, name]
        has_default = field.default is not PydanticUndefined
        columns.append(
            Column(
                name,
                **_kind(schema[name]),
                unit=unit,
                meaning=meaning,
                has_default=has_default,
                default=plain(field.default) if has_default else None,
                reference=references.get(name, _OWN_REFERENCES.get((table, name))),
                is_period=name in periods,
            )
        )
    if model is Guardrail:
        known = metric_names()
        columns = [
            Column(**{**vars(row), "choices": known}) if row.name == "metric" else row for row in columns
        ]
    return tuple(columns)


_OWN_REFERENCES = {("items", "segment"): "segments"}
"""References that are none of the general law, because the segment of an item may be formed by rules."""


@cache
def setting_column(name: str) -> Column:
    """The setting with a dotted name."""
    root = Settings.model_json_schema()
    schema: Mapping[str, Any] = root
    for part in name.split("."):
        schema = schema["properties"][part]
        for choice in schema.get("anyOf", ()):
            if "$ref" in choice:
                schema = choice
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    unit, meaning = _notes().get((SETTINGS_SHEET, name), ("", ""))
    return Column(name, **_kind(schema), unit=unit, meaning=meaning)


def unit_text(column: Column, currency: str) -> str:
    """The unit of a column, with the currency in place of the word money."""
    is_money = column.unit.startswith("money")
    return column.unit.replace("money", currency) if is_money else column.unit


def units_text(column: Column, currency: str) -> str:
    """What the second row of a sheet says of a column: its unit and what is allowed."""
    return "; ".join(part for part in (unit_text(column, currency), column.allowed) if part not in ("", "-"))


def plain(value: Any) -> Plain:
    """A value of a row or a setting as JSON has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}  # type: ignore[return-value]  # within a list
    return value  # type: ignore[no-any-return]


def _kind(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Kind, words, choices and bounds of one value's JSON schema."""
    choices = schema.get("anyOf", [schema])
    bare: Mapping[str, Any] = next(choice for choice in choices if choice.get("type") != "null")
    named = {"integer": Kind.WHOLE, "number": Kind.NUMBER, "array": Kind.LIST}
    kind = named.get(bare.get("type", ""), Kind.TEXT)
    if "enum" in bare:
        kind = Kind.CHOICE
    if bare.get("format") == "date":
        kind = Kind.DATE
    bounds = tuple(
        (sign, float(bare[sign]))
        for sign in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
        if sign in bare
    )
    return {
        "kind": kind,
        "allowed": "a list in YAML" if kind is Kind.LIST else describe(schema),
        "is_nullable": len(choices) > 1,
        "choices": tuple(bare.get("enum", ())),
        "bounds": bounds,
    }


@cache
def _notes() -> Mapping[tuple[str, str], Sequence[str]]:
    with NOTES_FILE.open(newline="", encoding="utf-8") as stream:
        return {
            (row["table"], row["column"]): (row["unit"], row["meaning"]) for row in csv.DictReader(stream)
        }
