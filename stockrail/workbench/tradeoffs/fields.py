"""What a trade-off record says, checked: everything that is missing or wrong at once."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from stockrail.model.problems import Problem, describe
from stockrail.model.schema_values import Name, Row, SignedMoney
from stockrail.model.sources import parse_yaml
from stockrail.workbench.errors import StateError
from stockrail.workbench.store.tables import ExitKind, TradeoffKind

RECORD = "trade-off"
"""Stands for the file where a record comes from no file."""

Words = Annotated[str, Field(min_length=1, max_length=2000)]


def _day(value: object) -> object:
    """Only days are taken: a number would be read as seconds since 1970."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("no day")


Day = Annotated[dt.date, BeforeValidator(_day)]


class TradeoffFields(Row):
    """What whoever agrees on a trade-off has to say.

    Attributes
    ----------
    name : of a funded build the name of the build, as in `funded_builds`.
    owner : who answers for it: one person.
    expected_result, expected_money : what it should bring, in words, and in the currency of the plan where it can be said.
    exit_kind, exit_plan : how it ends: stock is marked down, moved to where it is needed, or the target is changed.
    allocation_rule, customer_message : who gets what, and what customers are told, while there is not enough.
    review_date : day by which it is looked at again.
    run : the run whose plan carries it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: TradeoffKind
    name: Name
    owner: Name
    reason: Words
    expected_result: Words
    expected_money: SignedMoney | None = None
    exit_kind: ExitKind
    exit_plan: Words
    allocation_rule: Words
    customer_message: Words
    review_date: Day
    run: Annotated[int, Field(ge=1)] | None = None


class TradeoffError(StateError):
    """A record is not complete or not right. `problems` holds everything; the message lists it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count} in the record:", *(f"  {one}" for one in problems)]))


def checked(
    given: Mapping[str, Any], source: str = RECORD, lines: Mapping[str, int] | None = None
) -> tuple[TradeoffFields | None, list[Problem]]:
    """The fields of a record, or None and every problem with them.

    Parameters
    ----------
    given : by name; what is None is missing.
    source, lines : the file it comes from, and the line of each field there.
    """
    said = {name: value for name, value in given.items() if value is not None}
    try:
        return TradeoffFields.model_validate(said), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    schema = TradeoffFields.model_json_schema()["properties"]
    names = ", ".join(schema)
    problems = []
    for detail in details:
        name = str(detail["loc"][0])
        allowed = describe(schema[name]) if name in schema else f"one of the fields: {names}"
        is_blank = detail["type"] == "missing" or not str(detail["input"]).strip()
        found = None if is_blank else str(said[name] if name in schema else name)
        problems.append(Problem(source, (lines or {}).get(name), name, found, allowed))
    return None, problems


def read_record(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The fields that a YAML file states, not checked yet, and the line of each.

    Raises
    ------
    TradeoffError
        It cannot be read as lines of the form name: value.
    """
    try:
        value, entries = parse_yaml(file.read_text(encoding="utf-8-sig"))
    except yaml.MarkedYAMLError as error:
        row = None if error.problem_mark is None else error.problem_mark.line + 1
        raise TradeoffError([Problem(file.name, row, None, error.problem, "valid YAML")]) from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        raise TradeoffError([Problem(file.name, None, None, str(error), "a readable YAML file")]) from error
    if not isinstance(value, dict):
        shown = None if value is None else str(value)
        raise TradeoffError([Problem(file.name, 1, None, shown, "lines of the form name: value")])
    names = [name for name, _ in entries]
    twice = [
        Problem(file.name, line, name, name, "each field once")
        for k, (name, line) in enumerate(entries)
        if name in names[:k]
    ]
    if twice:
        raise TradeoffError(twice)
    return {str(name): found for name, found in value.items()}, dict(entries)
