"""Read an instance and refuse it with every error at once.

A folder holds `instance.yaml` and one CSV or Parquet file per table of `stockrail.model.schema.TABLES`. A workbook
(`.xlsx`) holds the same tables as sheets, and the settings in a sheet `instance` with the columns name, value: names of
nested settings are dotted (`tree.market.volatility`), values are written as in YAML (`[{period: 1, width: 3}]`). A
sheet `notes` is not read.

A blank cell takes the default of its column where the format documents one, means "none" in a column that may be
blank, and is an error everywhere else: missing is not zero.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from types import GenericAlias
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from stockrail.model.consistency import inconsistencies
from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem, describe
from stockrail.model.schema import OPTIONAL_TABLES, TABLES
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row
from stockrail.model.segment_draft import assign_segments
from stockrail.model.sources import RawInstance, RawTable, read_source


def load(path: Path | str) -> Instance:
    """Read and validate the instance at `path`.

    Parameters
    ----------
    path : Path or str
        A folder with `instance.yaml` and tables, or a workbook ending in `.xlsx`.

    Raises
    ------
    InstanceError
        With every problem of every file: unreadable or missing files, columns, values, then rows and tables that
        contradict one another.
    """
    path = Path(path)
    raw = read_source(path)
    problems = list(raw.problems)
    draft = Draft(None, raw.settings_file, raw.settings_lines)
    if raw.settings is not None:
        draft.settings = _settings(raw, draft, problems)
    incomplete = {problem.file for problem in raw.problems}
    for name, model in TABLES.items():
        table = raw.tables.get(name)
        if table is not None:
            draft.files[name] = table.file
            draft.lines[name] = table.lines
            found = _table_problems(model, table, draft, name)
            problems += found
            if found or table.file in incomplete:
                draft.rows.pop(name, None)
        elif name in OPTIONAL_TABLES and not any(_is_file_of(file, name) for file in incomplete):
            draft.rows[name] = ()
    assign_segments(draft)
    problems += inconsistencies(draft)
    if problems:
        raise InstanceError(problems)
    return draft.instance(path)


def _is_file_of(file: str, name: str) -> bool:
    return file in (f"{name}.csv", f"{name}.parquet") or file.endswith(f" sheet {name}")


def _table_problems(model: type[Row], table: RawTable, draft: Draft, name: str) -> list[Problem]:
    """Validate one table into `draft.rows` and return its problems."""
    fields = model.model_fields
    allowed = _allowed(model)
    problems = [
        Problem(table.file, 1, column, column, f"one of the columns: {', '.join(fields)}")
        if column not in fields
        else Problem(table.file, 1, column, column, "each column once")
        for k, column in enumerate(table.header)
        if column not in fields or column in table.header[:k]
    ]
    missing = [column for column in fields if fields[column].is_required() and column not in table.header]
    problems += [
        Problem(table.file, None, column, None, f"a column of {allowed[column]}") for column in missing
    ]
    # A blank cell with a default is left out, so that pydantic fills the default in.
    columns = [
        (k, column, fields[column].is_required()) for k, column in enumerate(table.header) if column in fields
    ]
    cells = [
        {column: row[k] for k, column, is_required in columns if is_required or row[k] is not None}
        for row in table.rows
    ]
    try:
        draft.rows[name] = _adapter(model).validate_python(cells)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            k, column = detail["loc"][:2]
            # A missing column has been reported once, not once per row.
            if detail["type"] != "missing":
                value = cells[int(k)].get(str(column))
                problems.append(
                    Problem(table.file, table.lines[int(k)], str(column), value, allowed[str(column)])
                )
    return problems


@cache
def _adapter(model: type[Row]) -> TypeAdapter[list[Row]]:
    return TypeAdapter(cast(type[list[Row]], GenericAlias(list, (model,))))


@cache
def _allowed(model: type[Row]) -> dict[str, str]:
    """Say for each column what it allows."""
    return {name: describe(schema) for name, schema in model.model_json_schema()["properties"].items()}


def _settings(raw: RawInstance, draft: Draft, problems: list[Problem]) -> Settings | None:
    try:
        return Settings.model_validate(raw.settings)
    except ValidationError as error:
        has_specification = isinstance(raw.settings.get("tree"), dict)
        for detail in error.errors(include_url=False):
            place = list(detail["loc"])
            value = None if detail["type"] == "missing" else detail["input"]
            if place[0] == "tree" and len(place) > 1:
                # A union reports each of its members; only the one that was meant is of interest.
                member = place.pop(1)
                if (member == "TreeSpecification") != has_specification:
                    continue
                if not has_specification:
                    problems.append(
                        draft.settings_problem("tree", value, "the word table or a specification")
                    )
                    continue
            name = ".".join(map(str, place))
            problems.append(draft.settings_problem(name, value, _allowed_setting(place, detail["type"])))
        return None


def _allowed_setting(place: list[int | str], error_type: str) -> str:
    """Say what a setting allows, by following its place through the JSON schema of the settings."""
    root = Settings.model_json_schema()
    schema: dict[str, Any] = root
    for part in place:
        if "anyOf" in schema:
            schema = next(choice for choice in schema["anyOf"] if "$ref" in choice)
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        if isinstance(part, int):
            schema = schema["items"]
        elif error_type == "extra_forbidden" and part not in schema["properties"]:
            return f"one of the settings: {', '.join(schema['properties'])}"
        else:
            schema = schema["properties"][part]
    if place == ["tree"]:
        return "the word table or a specification"
    return describe(schema)


def digest(path: Path | str) -> str:
    """SHA-256 over the names and bytes of an instance's files, to tell whether it has changed since a plan was made."""
    source = Path(path)
    total = sha256()
    files = (
        [source] if source.is_file() else sorted(file for file in source.iterdir() if _is_instance_file(file))
    )
    for file in files:
        total.update(file.name.encode())
        total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _is_instance_file(file: Path) -> bool:
    return file.name == "instance.yaml" or (file.stem in TABLES and file.suffix in {".csv", ".parquet"})
