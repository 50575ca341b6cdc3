"""What is wrong with an instance: one `Problem` per cell, all of them in one `InstanceError`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an instance, and what would be right.

    Attributes
    ----------
    file : str
        File name, or workbook and sheet.
    row : int or None
        Line as a spreadsheet counts it: the header is line 1. None where the problem is not in one line.
    column : str or None
        Column, or dotted name of a setting. None where the problem is the file itself.
    value : str or None
        What was found. None is nothing: a blank cell, a missing column, a missing file.
    allowed : str
        What may stand there.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    allowed: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        nothing = "missing" if self.row is None else "blank"
        found = nothing if self.value is None else f"found {_shortened(self.value)!r}"
        return f"{self.file}{row}{column}: {found}; allowed: {self.allowed}"


class InstanceError(ValueError):
    """The instance is not valid. `problems` holds every error of every file; the message lists them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("Expected one or more problems.")
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count} in the instance:", *(f"  {problem}" for problem in problems)]))


def describe(schema: Mapping[str, Any]) -> str:
    """Say in words what the JSON schema of one value allows, e.g. "a number >= 0"."""
    if "description" in schema and "$ref" not in schema and "properties" not in schema:
        return str(schema["description"])
    if "anyOf" in schema:
        choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
        words = " or ".join(describe(choice) for choice in choices)
        return words if len(choices) == len(schema["anyOf"]) else f"{words}, or blank"
    if "enum" in schema:
        return f"one of: {', '.join(map(str, schema['enum']))}"
    if "const" in schema:
        return f"the word {schema['const']}"
    kind = schema.get("type")
    if kind in ("number", "integer"):
        return _describe_number(schema)
    if kind == "string":
        return _describe_text(schema)
    if kind == "boolean":
        return "yes or no"
    if kind == "array":
        return "a list"
    return "a group of settings"


def _describe_number(schema: Mapping[str, Any]) -> str:
    words = "a whole number" if schema["type"] == "integer" else "a number"
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema]
    return " ".join([words, " and ".join(bounds)]).strip()


def _describe_text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date":
        return "a date such as 2027-01-04"
    if "pattern" in schema:
        return f"text of the form {schema['pattern']}"
    if "maxLength" in schema and not schema.get("minLength", 0):
        return f"text of at most {schema['maxLength']} characters"
    if "maxLength" in schema:
        return f"text of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    return "text"


def _shortened(value: str, length: int = 80) -> str:
    return value if len(value) <= length else f"{value[: length - 3]}..."
