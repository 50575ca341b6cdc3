"""Read a CSV table beside the instance, such as forecast errors or deliveries, and refuse it with every error at once."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from stockrail.model.problems import InstanceError, Problem, describe
from stockrail.model.schema_values import Row

R = TypeVar("R", bound=Row)

MOST_PROBLEMS = 50
"""Problems that are listed; a file with more of them is of another kind."""


@dataclass(frozen=True)
class SourceTable(Generic[R]):
    """Valid rows of one file, with the line of each as a spreadsheet counts it."""

    file: str
    rows: tuple[R, ...]
    lines: tuple[int, ...]

    def each(self) -> Iterator[tuple[int, R]]:
        """Line and row."""
        return zip(self.lines, self.rows, strict=True)


def read_table(path: Path, model: type[R]) -> SourceTable[R]:
    """Read and validate a CSV file whose columns are the fields of `model`; other columns are left unread.

    A blank cell takes the default of its column, and is an error where there is none.

    Raises
    ------
    InstanceError
        With every problem of the file: unreadable, a column missing, values that are not allowed.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            header = reader.fieldnames or []
            cells = [
                (reader.line_num, {k: v for k, v in record.items() if k is not None}) for record in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InstanceError(
            [Problem(path.name, None, None, str(error), "a CSV file in UTF-8 that can be read")]
        ) from None
    schema = model.model_json_schema()["properties"]
    missing = [
        Problem(path.name, 1, column, None, f"a column of {describe(schema[column])}")
        for column, field in model.model_fields.items()
        if field.is_required() and column not in header
    ]
    if missing:
        raise InstanceError(missing)
    problems: list[Problem] = []
    rows: list[R] = []
    lines: list[int] = []
    for line, record in cells:
        given = {
            column: record[column].strip()
            for column in model.model_fields
            if record.get(column) is not None and record[column].strip()
        }
        try:
            rows.append(model.model_validate(given))
            lines.append(line)
        except ValidationError as error:
            problems += _problems(path.name, line, given, schema, error)
    if not rows and not problems:
        problems.append(Problem(path.name, None, None, None, "at least one row"))
    refuse(problems)
    return SourceTable(path.name, tuple(rows), tuple(lines))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise an `InstanceError` with the problems, if there are any."""
    if len(problems) > MOST_PROBLEMS:
        more = f"{len(problems) - MOST_PROBLEMS} more problems"
        problems = [
            *problems[:MOST_PROBLEMS],
            Problem(problems[0].file, None, None, more, "a file without them"),
        ]
    if problems:
        raise InstanceError(problems)


def _problems(
    file: str, line: int, given: dict[str, str], schema: dict[str, dict[str, object]], error: ValidationError
) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        column = str(detail["loc"][0])
        yield Problem(file, line, column, given.get(column), describe(schema[column]))
