"""`Governance`: what governance.yaml says, and the refusal of those who may not."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.governance.calendar import Calendar
from stockrail.workbench.governance.ownership import Changed, owner_of, owners_of
from stockrail.workbench.governance.reading import PACKAGED, read_document
from stockrail.workbench.governance.schema import Document, RunRules
from stockrail.workbench.permissions import Permission

MOST_NAMED = 4
"""Columns that a message names."""


@dataclass(frozen=True)
class Governance:
    """Who may do what.

    Attributes
    ----------
    document : the contents of governance.yaml.
    source : the file; the packaged one where a store has none.
    """

    document: Document
    source: Path

    @staticmethod
    def read(file: Path | None = None) -> "Governance":
        """Read a file, or the packaged default, which has roles and rules and no people.

        Raises
        ------
        GovernanceError
            With every problem of the file.
        """
        source = PACKAGED if file is None else file
        return Governance(read_document(source), source)

    @cached_property
    def calendar(self) -> Calendar:
        """When what is due."""
        return Calendar(self.document.calendar)

    @property
    def runs(self) -> RunRules:
        """How runs are run."""
        return self.document.runs

    def roles_of(self, actor: str) -> tuple[str, ...]:
        """The roles of somebody, none for who is not named."""
        return self.document.people.get(actor, ())

    def people_in(self, role: str) -> tuple[str, ...]:
        """Everybody who has a role."""
        return tuple(name for name, roles in self.document.people.items() if role in roles)

    def roles_with(self, permission: Permission) -> tuple[str, ...]:
        """The roles that have a permission."""
        return tuple(name for name, role in self.document.roles.items() if permission in role.permissions)

    def allows(self, actor: str, permission: Permission) -> bool:
        """Whether somebody has a permission."""
        return self._role_for(actor, permission) is not None

    def require(self, actor: str, permission: Permission) -> str:
        """Refuse whoever does not have a permission, and say for the others by which role they have it.

        Raises
        ------
        NotAllowedError
            The message names who may.
        """
        role = self._role_for(actor, permission)
        if role is None:
            raise NotAllowedError(
                f"{actor} may not do this: it needs the permission {permission}, and {self._has(actor)}. "
                + self._who(self.roles_with(permission))
            )
        return role

    def require_role(self, actor: str, role: str, doing: str) -> None:
        """Refuse whoever does not have a role.

        Parameters
        ----------
        doing : what only the role may do, such as "resolve this exception".

        Raises
        ------
        NotAllowedError
            The message names who may.
        """
        if role not in self.roles_of(actor):
            raise NotAllowedError(
                f"{actor} may not {doing}: it belongs to {role}, and {self._has(actor)}. {self._who((role,))}"
            )

    def owner_of(self, table: str, column: str | None = None) -> str:
        """The role that owns a table of a baseline, or a column of it."""
        return owner_of(self.document.ownership, table, column)

    def require_owner(self, actor: str, changes: Iterable[Changed]) -> tuple[str, ...]:
        """Refuse whoever does not have the role of every owner of what a new baseline changes; return those roles.

        Parameters
        ----------
        changes : table and column of each changed cell; None in place of the column for rows that were added or removed.

        Raises
        ------
        NotAllowedError
            Once for all roles that are missing, with what belongs to whom.
        """
        owned = owners_of(self.document.ownership, changes)
        missing = [role for role in owned if role not in self.roles_of(actor)]
        if missing:
            parts = [f"{_listed(owned[role])} {_belong(owned[role])} to {role}" for role in missing]
            who = " ".join(self._who((role,)) for role in missing)
            raise NotAllowedError(
                f"{actor} may not change all of this: {'; '.join(parts)}, and {self._has(actor)}. {who}"
            )
        return tuple(owned)

    def _role_for(self, actor: str, permission: Permission) -> str | None:
        with_permission = self.roles_with(permission)
        return next((role for role in self.roles_of(actor) if role in with_permission), None)

    def _has(self, actor: str) -> str:
        roles = self.roles_of(actor)
        if actor not in self.document.people:
            return f"{self.source.name} does not name {actor}"
        return f"{actor} has the role {' and '.join(roles)}" if roles else f"{actor} has no role"

    def _who(self, roles: Iterable[str]) -> str:
        wanted = tuple(roles)
        people: dict[str, str] = {}
        for role in wanted:
            for name in self.people_in(role):
                people.setdefault(name, role)
        if people:
            return f"Who may: {', '.join(f'{name} ({role})' for name, role in people.items())}."
        if not wanted:
            return f"No role has it: give it to one in {self.source.name}."
        return (
            f"Nobody has the role {' or '.join(wanted)} yet: name people in governance.yaml "
            "(`stockrail governance write`, then `stockrail governance accept`)."
        )


def _listed(names: list[str]) -> str:
    shown = names[:MOST_NAMED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _belong(names: list[str]) -> str:
    return "belongs" if len(names) == 1 else "belong"
