"""What a workbook was made from: all values of an instance as plain data, and how they travel inside the workbook."""

import base64
import binascii
import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.schema import TABLES
from stockrail.workbench.excel.column import Plain, plain

PIECE = 30000
"""Characters of one cell that the values travel in; Excel allows 32,767."""

LARGEST_UNPACKED = 1 << 30
"""Bytes that the values may have: more than a workbook holds."""

PlainRow = list[Plain]


class SnapshotError(ValueError):
    """What a workbook carries cannot be read."""


@dataclass(frozen=True)
class Snapshot:
    """All values of an instance.

    Attributes
    ----------
    source : which version it is, for people: a folder, or a baseline of the store.
    settings : by dotted name.
    tables : rows by table, each with the values of the table's columns in the order of the format.
    """

    name: str
    source: str
    settings: dict[str, Plain]
    tables: dict[str, list[PlainRow]]

    @classmethod
    def of(cls, instance: Instance, source: str = "") -> "Snapshot":
        """Take the values of an instance."""
        draft = Draft.of(instance)
        tables: dict[str, list[PlainRow]] = {}
        for name, model in TABLES.items():
            columns = list(model.model_fields)
            rows: list[PlainRow] = [list(map(vars(row).__getitem__, columns)) for row in draft.rows[name]]
            for k in (k for k, column in enumerate(columns) if column.endswith("_date")):
                for row in rows:
                    row[k] = plain(row[k])
            tables[name] = rows
        return cls(instance.settings.name, source, settings_of(instance), tables)

    @cached_property
    def text(self) -> str:
        """All values as JSON; the same values give the same text."""
        columns = {name: list(TABLES[name].model_fields) for name in self.tables}
        values = {"settings": self.settings, "columns": columns, "tables": self.tables}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def version(self) -> str:
        """SHA-256 of all values: two instances with the same one are the same, whichever files they are in."""
        return sha256(self.text.encode()).hexdigest()

    def restricted(self, tables: Collection[str]) -> "Snapshot":
        """The same with some of the tables only."""
        kept = {name: rows for name, rows in self.tables.items() if name in tables}
        return Snapshot(self.name, self.source, self.settings, kept)

    def pieces(self) -> list[str]:
        """The values packed into texts that fit into cells."""
        packed = base64.b85encode(zlib.compress(self.text.encode(), 6)).decode()
        return [packed[k : k + PIECE] for k in range(0, len(packed), PIECE)]


def unpacked(pieces: Sequence[str], name: str, source: str, version: str) -> Snapshot:
    """The snapshot in a workbook's cells.

    Raises
    ------
    SnapshotError
        The cells are damaged, or written by a version of Stockrail with other columns.
    """
    try:
        packer = zlib.decompressobj()
        text = packer.decompress(base64.b85decode("".join(pieces)), LARGEST_UNPACKED)
        values = json.loads(text)
        if sha256(text).hexdigest() != version:
            raise SnapshotError("cells that were changed")
        columns, tables = values["columns"], values["tables"]
        read = Snapshot(name, source, values["settings"], tables)
    except (ValueError, KeyError, TypeError, zlib.error, binascii.Error, RecursionError) as error:
        raise SnapshotError("cells that were changed") from error
    if any(name not in TABLES or list(TABLES[name].model_fields) != columns[name] for name in tables):
        raise SnapshotError("columns of another version of Stockrail")
    return read


def settings_of(instance: Instance) -> dict[str, Plain]:
    """Plain value of every setting that is no group, by dotted name."""
    return dict(_leaves(instance.settings.model_dump()))


def _leaves(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Plain]]:
    """Dotted name and plain value of every setting that is no group."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, plain(value)
