"""Write an instance as a folder that `stockrail.model.reader.load` reads back equal."""

import csv
from pathlib import Path
from typing import Any

import yaml

from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.schema import OPTIONAL_TABLES, TABLES


def write(instance: Instance, folder: Path | str) -> None:
    """Write `instance.yaml` and one CSV file per table into `folder`, which is created if need be.

    Numbers have as many digits as it takes to read them back exactly. An optional table without rows is not written,
    and removed where an earlier one is there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = instance.settings.model_dump(exclude_none=True)
    text = yaml.safe_dump(_plain(settings), sort_keys=False, allow_unicode=True, width=100)
    (folder / "instance.yaml").write_text(text, encoding="utf-8", newline="\n")
    draft = Draft.of(instance)
    for name, model in TABLES.items():
        path = folder / f"{name}.csv"
        (folder / f"{name}.parquet").unlink(missing_ok=True)
        if name in OPTIONAL_TABLES and not draft.rows[name]:
            path.unlink(missing_ok=True)
            continue
        columns = list(model.model_fields)
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_text(getattr(row, column)) for column in columns] for row in draft.rows[name])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _plain(value: Any) -> Any:
    """Turn tuples into lists, which YAML knows."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, tuple) else value
