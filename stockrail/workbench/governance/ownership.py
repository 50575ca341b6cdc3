"""Which role owns which table and column of a baseline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from stockrail.model.schema import TABLES
from stockrail.model.schema_settings import Settings
from stockrail.workbench.governance.schema import REST

SETTINGS = "settings"
"""What `instance.yaml` is called here, as in what-ifs."""

_INSTANCE = "instance"

Changed = tuple[str, str | None]
"""A table and a column of it; None where a row was added or removed. Settings have dotted names as columns."""


def owner_of(ownership: Mapping[str, Sequence[str]], table: str, column: str | None = None) -> str:
    """The role that owns a table, or a column of it.

    Parameters
    ----------
    ownership : of governance.yaml, validated.
    table : a table of the instance format, or `settings`; what is not known belongs to the rest.
    column : None asks for rows of the table as a whole.
    """
    parts = [SETTINGS if table == _INSTANCE else table, *([] if column is None else column.split("."))]
    owners = {name: role for role, names in ownership.items() for name in names}
    for length in range(len(parts), 0, -1):
        if (role := owners.get(".".join(parts[:length]))) is not None:
            return role
    return owners[REST]


def owners_of(ownership: Mapping[str, Sequence[str]], changes: Iterable[Changed]) -> dict[str, list[str]]:
    """Every role that owns something of a difference between baselines, with the names of what it owns of it."""
    owned: dict[str, dict[str, None]] = {}
    for table, column in changes:
        role = owner_of(ownership, table, column)
        owned.setdefault(role, {})[table if column is None else f"{table}.{column}"] = None
    return {role: list(names) for role, names in owned.items()}


def is_known(name: str) -> bool:
    """Whether a name in `ownership` is a table, a column of one, a setting or group of settings, or `rest`."""
    table, _, column = name.partition(".")
    if table == SETTINGS:
        return not column or _is_setting(Settings, column.split("."))
    if table in TABLES:
        return not column or column in TABLES[table].model_fields
    return name == REST


def _is_setting(model: type[BaseModel], place: Sequence[str]) -> bool:
    name, *below = place
    if name not in model.model_fields:
        return False
    return not below or any(
        _is_setting(group, below) for group in _groups(model.model_fields[name].annotation)
    )


def _groups(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [group for part in getattr(annotation, "__args__", ()) for group in _groups(part)]
