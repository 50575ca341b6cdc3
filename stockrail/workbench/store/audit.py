"""The audit log: one entry per change, each with the hash of the one before, so that a changed byte anywhere is found.

    hash = SHA-256 of the canonical JSON of id, at, actor, action, entity, entity_id, data, rows and previous_hash

where `data` and `rows` are their texts as stored. The database refuses to change or remove entries, and to add one that does
not continue the chain; whoever goes past the database is found by `verify`. What a chain cannot show by itself is that its last
entries were cut off: keep the latest hash elsewhere, and ask with `seen` whether it is still there.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.permissions import Permission
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.seal import Fingerprints, all_fingerprints
from stockrail.workbench.store.tables import AuditEntry, Sha256

if TYPE_CHECKING:
    from stockrail.workbench.store.store import Change, Store

START: Sha256 = "0" * 64
"""What stands for the entry before the first one."""

PAGE = 1000
"""Entries that are read at once."""

_TABLE = AuditEntry.__table__
_COLUMNS = tuple(column.name for column in _TABLE.columns)


@dataclass
class Verification:
    """What `verify` found.

    Attributes
    ----------
    entries : how many there are.
    head : hash of the last one, `START` where there is none.
    problems : in words; none is a whole log.
    """

    entries: int = 0
    head: Sha256 = START
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was changed past the store."""
        return not self.problems


def append(change: "Change", rows: Mapping[str, Fingerprints]) -> None:
    """Add the entry of a change to its transaction, which must be the only writing one."""
    session = change.session
    last = session.execute(
        sa.select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).one_or_none()
    entry = {
        "id": 1 if last is None else last.id + 1,
        "at": change.at.isoformat(timespec="microseconds"),
        "actor": change.actor,
        "action": change.action,
        "entity": change.entity,
        "entity_id": change.entity_id,
        "data": change.data,
        "rows": dict(rows),
        "previous_hash": START if last is None else last.hash,
    }
    as_stored = {**entry, "data": canonical(entry["data"]), "rows": canonical(entry["rows"])}
    session.add(AuditEntry(**entry, hash=_hash(as_stored)))
    session.flush()


def entries(
    store: "Store",
    actor: str,
    *,
    last: int = 100,
    by: str | None = None,
    entity: str | None = None,
    action: str | None = None,
    before: int | None = None,
) -> list[AuditEntry]:
    """The latest entries, the newest first.

    Parameters
    ----------
    actor : who wants to see them.
    last : how many at most.
    by, entity, action : only those of a user, about a table, of a kind of change.
    before : only those with a lower number than this.

    Raises
    ------
    NotAllowedError
        The actor may not read the log.
    """
    store.governance.require(actor, Permission.AUDIT_READ)
    wanted = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(last)
    for column, value in ((AuditEntry.actor, by), (AuditEntry.entity, entity), (AuditEntry.action, action)):
        wanted = wanted if value is None else wanted.where(column == value)
    wanted = wanted if before is None else wanted.where(AuditEntry.id < before)
    with store.read() as session:
        return list(session.scalars(wanted))


def last_entry(store: "Store", *about: tuple[str, int]) -> AuditEntry | None:
    """The latest entry about one of these rows, to say who changed it last; for messages, which say no more than that.

    Parameters
    ----------
    about : table and number of each row.
    """
    wanted = sa.select(AuditEntry).where(
        sa.or_(
            *(
                sa.and_(AuditEntry.entity == entity, AuditEntry.entity_id == number)
                for entity, number in about
            )
        )
    )
    with store.read() as session:
        return session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(1)).one_or_none()


def verify(store: "Store", seen: Sha256 | None = None) -> Verification:
    """Check the whole log, and that every sealed row is as the log says.

    Parameters
    ----------
    seen : hash of an entry that was noted earlier; it is a problem if it is no longer there.
    """
    with store.read() as session:
        return verify_in(session, seen)


def verify_in(session: Session, seen: Sha256 | None = None) -> Verification:
    """`verify` within a transaction."""
    found = Verification()
    latest: dict[str, str | None] = {}
    is_seen = seen in (None, START)
    for entry in _entries(session):
        found.entries += 1
        place = f"audit entry {entry['id']}"
        if entry["id"] != found.entries:
            found.problems.append(f"{place}: expected number {found.entries}, so entries are missing")
            found.entries = entry["id"]
        if len(entry) == 1:
            found.problems.append(f"{place}: cannot be read")
            continue
        if entry["previous_hash"] != found.head:
            found.problems.append(f"{place}: does not continue the entry before it")
        if _hash(entry) != entry["hash"]:
            found.problems.append(f"{place}: its contents were changed")
        else:
            for row, (before, after) in _parsed(entry["rows"]).items():
                if latest.get(row) != before:
                    found.problems.append(f"{row}: was changed past the store before {place}")
                latest[row] = after
        found.head = str(entry["hash"])
        is_seen = is_seen or found.head == seen
    if not is_seen:
        found.problems.append(f"no audit entry has the hash {seen}: entries were removed")
    found.problems += _row_problems(session, latest)
    return found


def _row_problems(session: Session, latest: dict[str, str | None]) -> Iterator[str]:
    for row, now in all_fingerprints(session):
        if row not in latest:
            yield f"{row}: was added past the store"
        elif now is None:
            yield f"{row}: cannot be read"
        elif latest[row] != now:
            yield f"{row}: was changed past the store"
        latest.pop(row, None)
    yield from (f"{row}: was removed past the store" for row, then in latest.items() if then is not None)


def _entries(session: Session) -> Iterator[dict[str, Any]]:
    """Every entry as it is stored, by id; one that cannot be read has its id only."""
    raw = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in _TABLE.columns]
    after: int | None = None
    while True:
        page = sa.select(_TABLE.c.id).order_by(_TABLE.c.id).limit(PAGE)
        keys = session.scalars(page if after is None else page.where(_TABLE.c.id > after)).all()
        if not keys:
            return
        statement = sa.select(*raw).where(_TABLE.c.id.between(keys[0], keys[-1])).order_by(_TABLE.c.id)
        try:
            yield from [dict(row) for row in session.execute(statement).mappings()]
        except sa.exc.DBAPIError:  # text that is no UTF-8, somewhere on this page
            for key in keys:
                try:
                    one = session.execute(sa.select(*raw).where(_TABLE.c.id == key)).mappings().one()
                    yield dict(one)
                except sa.exc.DBAPIError:
                    yield {"id": key}
        after = keys[-1]


def _hash(entry: Mapping[str, Any]) -> Sha256:
    """Hash of an entry whose JSON columns are texts."""
    # A cell that was changed to bytes is no JSON; `repr` makes it one that cannot be what was hashed.
    contents = {name: entry[name] for name in _COLUMNS if name != "hash"}
    plain = {
        name: value if isinstance(value, str | int | None) else repr(value)
        for name, value in contents.items()
    }
    return sha256(canonical(plain).encode(errors="surrogatepass")).hexdigest()


def _parsed(rows: str) -> dict[str, Fingerprints]:
    found: dict[str, Fingerprints] = json.loads(rows)
    return found
