"""governance.yaml read and refused: file, line, place, value and what is allowed, everything wrong with it at once."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stockrail.model.problems import Problem, describe
from stockrail.model.sources import parse_yaml
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.governance.consistency import contradictions
from stockrail.workbench.governance.schema import Document

PACKAGED = Path(__file__).with_name("governance.yaml")
"""What holds for a store without a file of its own."""

_RULES = "rules"
"""A list whose entries are of one class or another: pydantic puts the kind into the place of what is wrong in one."""


class GovernanceError(WorkbenchError):
    """A governance file is not valid. `problems` holds everything that is wrong; the message lists it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count} in the governance file:", *(f"  {one}" for one in problems)]))


def read_document(path: Path) -> Document:
    """Read and validate a file.

    Raises
    ------
    GovernanceError
        With every problem.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if no_days := list(_no_days(path.name, yaml.compose(text, Loader=yaml.SafeLoader))):
            raise GovernanceError(no_days)
        value, entries = parse_yaml(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        row = None if mark is None else mark.line + 1
        raise GovernanceError([Problem(path.name, row, None, error.problem, "valid YAML")]) from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        raise GovernanceError([Problem(path.name, None, None, str(error), "a readable YAML file")]) from error
    if not isinstance(value, dict):
        raise GovernanceError([Problem(path.name, 1, None, str(value), "lines of the form name: value")])
    lines: dict[str, int] = {}
    problems = []
    for name, line in entries:
        if name in lines:
            problems.append(Problem(path.name, line, name, name.rpartition(".")[2], "each name once"))
        lines[name] = line
    document = None
    try:
        document = Document.model_validate(value)
    except ValidationError as error:
        problems += [_problem(path.name, lines, detail) for detail in error.errors(include_url=False)]
    problems += [
        Problem(
            path.name, _line(lines, place), ".".join(place), None if found is None else str(found), allowed
        )
        for place, found, allowed in contradictions(value)
    ]
    if problems or document is None:
        raise GovernanceError(sorted(set(problems), key=lambda one: (one.row or 0, one.column or "")))
    return document


def _no_days(file: str, node: yaml.Node | None) -> Iterator[Problem]:
    """Days such as 2027-13-01: YAML itself takes them for dates, and fails without saying where."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:timestamp":
        try:
            dt.datetime.fromisoformat(node.value)
        except ValueError:
            line = node.start_mark.line + 1
            yield Problem(file, line, None, node.value, "a date such as 2027-01-04")
    for below in getattr(node, "value", ()) if isinstance(node, yaml.CollectionNode) else ():
        for one in below if isinstance(below, tuple) else (below,):
            yield from _no_days(file, one)


def _line(lines: dict[str, int], place: Sequence[str]) -> int | None:
    known = (".".join(place[:length]) for length in range(len(place), 0, -1))
    return next((lines[name] for name in known if name in lines), None)


def _problem(file: str, lines: dict[str, int], detail: Any) -> Problem:
    place: list[int | str] = list(detail["loc"])
    allowed = _allowed(place, detail)
    if place[:1] == [_RULES] and len(place) > 2:
        place.pop(2)
    if place and place[-1] == "[key]":
        place = place[:-2]
    words = [str(part) for part in place]
    found = None if detail["type"] == "missing" else _shown(detail["input"])
    return Problem(file, _line(lines, words), ".".join(words), found, allowed)


def _shown(value: Any) -> str:
    return "a group" if isinstance(value, dict) else "an empty list" if value == () else str(value)


def _allowed(place: Sequence[int | str], detail: Any) -> str:
    """Say what may stand at a place, by following it through the JSON schema of the document."""
    kind = detail["type"]
    if kind.startswith("union_tag"):
        kinds = _schema()["properties"][_RULES]["items"]["discriminator"]["mapping"]
        return f"a rule with a kind, one of: {', '.join(kinds)}"
    root = _schema()
    schema: dict[str, Any] = root
    for part in place:
        schema = _below(root, schema, part, names_only=kind == "extra_forbidden")
        if "names" in schema:
            return f"one of: {', '.join(schema['names'])}"
    if kind == "too_short":
        return "at least one"
    found = _resolved(root, schema)
    return f"one of: {', '.join(found['enum'])}" if "enum" in found else describe(found)


@cache
def _schema() -> dict[str, Any]:
    return Document.model_json_schema()


def _below(
    root: dict[str, Any], schema: dict[str, Any], part: int | str, *, names_only: bool
) -> dict[str, Any]:
    schema = _resolved(root, schema)
    if "oneOf" in schema:
        target = schema["discriminator"]["mapping"].get(part)
        return {"$ref": target} if target else schema
    if isinstance(part, int) and "items" in schema:
        return dict(schema["items"])
    if part == "[key]":
        return {"type": "string", "minLength": 1, "maxLength": 120}
    if part in schema.get("properties", {}):
        return dict(schema["properties"][part])
    if isinstance(schema.get("additionalProperties"), dict):
        return dict(schema["additionalProperties"])
    return {"names": list(schema.get("properties", ()))} if names_only else schema


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or ("anyOf" in schema and any("$ref" in choice for choice in schema["anyOf"])):
        reference = schema.get("$ref") or next(c["$ref"] for c in schema["anyOf"] if "$ref" in c)
        schema = root["$defs"][reference.rpartition("/")[2]]
    return schema
