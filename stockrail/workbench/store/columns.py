"""Types of columns that mean the same on every database."""

import datetime as dt
import json
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted names, no blanks, every number as Python writes it.

    Raises
    ------
    ValueError
        A number is not finite: JSON has no such number, and missing is not zero.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A time in UTC. Only times that know their zone are taken."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """SQLite knows no zones: it gets the time in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Expected a time with its zone, not {value.isoformat()}.")
        in_utc = value.astimezone(dt.UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Always in UTC, whatever zone the connection has."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class CanonicalJson(TypeDecorator[Any]):
    """JSON kept as text in its one spelling, so that a hash over the text is a hash over the value."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        """The one spelling."""
        return canonical(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """The value."""
        return None if value is None else json.loads(value)


def words(name: str, literal: Any) -> sa.Enum:
    """A column that holds one of the words of a `Literal`, which the database checks as well."""
    return sa.Enum(
        *get_args(literal),
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
    )
