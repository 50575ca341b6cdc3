"""Changing who may decide what: the file of a store is replaced by one that was checked, by somebody who may."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
import yaml

from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.reading import PACKAGED
from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store.location import GOVERNANCE
from stockrail.workbench.store.store import Store
from stockrail.workbench.store.tables import AuditEntry

ACCEPT = "governance.accept"
NO_PEOPLE = "people: {}\n"


def default_text(people: Mapping[str, Sequence[str]] | None = None) -> str:
    """The packaged governance.yaml with its comments, and with these people in it."""
    text = PACKAGED.read_text(encoding="utf-8")
    if not people:
        return text
    listed = yaml.safe_dump(
        {name: list(roles) for name, roles in people.items()},
        allow_unicode=True,
        default_flow_style=None,
        sort_keys=False,
    )
    inside = "".join(f"  {line}\n" for line in listed.splitlines())
    return text.replace(NO_PEOPLE, f"people:\n{inside}", 1)


def accept(store: Store, actor: str, file: Path, reason: str) -> Governance:
    """Put a governance file in force. Where nobody may edit governance yet, who is named with that right in the file may.

    Raises
    ------
    GovernanceError
        With every problem of the file.
    NotAllowedError
        The actor may not, as the file in force says.
    StateError
        No reason is given, or nobody could change governance again.
    """
    if not reason.strip():
        raise StateError("Say why governance changes: --reason.")
    governance = Governance.read(file)
    now = store.governance
    who_decides = now if _editors(now) else governance
    who_decides.require(actor, Permission.GOVERNANCE_EDIT)
    if not _editors(governance):
        raise StateError(
            f"{file} leaves nobody who may change governance again: name somebody in a role with {Permission.GOVERNANCE_EDIT}."
        )
    data = file.read_bytes()
    digest = store.artifacts.put(data)
    with store.write(actor, ACCEPT, GOVERNANCE, data={"sha256": digest, "reason": reason}):
        pass
    # The log comes first: a file in force that nobody accepted would be worse than one that is not in force yet.
    target = store.governance_file
    beside = target.with_name(f".{target.name}.{uuid4().hex}")
    beside.write_bytes(data)
    os.replace(beside, target)
    return Governance.read(target)


@dataclass(frozen=True)
class Standing:
    """How the file in force stands to the one that was accepted last.

    Attributes
    ----------
    accepted : SHA-256 of what was accepted last; None where nothing was.
    found : SHA-256 of the store's file; None where it has none.
    """

    accepted: str | None
    found: str | None

    @property
    def is_as_accepted(self) -> bool:
        """Whether nobody changed the file past `accept`."""
        return self.accepted == self.found


def standing(store: Store) -> Standing:
    """Compare the store's file with the one that was accepted last."""
    with store.read() as session:
        last = session.scalar(
            sa.select(AuditEntry).where(AuditEntry.action == ACCEPT).order_by(AuditEntry.id.desc()).limit(1)
        )
    file = store.governance_file
    found = sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    return Standing(None if last is None else str(last.data["sha256"]), found)


def _editors(governance: Governance) -> list[str]:
    people = governance.document.people
    return [name for name in people if governance.allows(name, Permission.GOVERNANCE_EDIT)]
