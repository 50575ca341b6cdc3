"""`check`: whether a store is whole. It changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.store import audit
from stockrail.workbench.store.artifacts import TEMPORARY
from stockrail.workbench.store.migrations.triggers import trigger_names
from stockrail.workbench.store.store import Store
from stockrail.workbench.store.tables import (
    Actual,
    AuditEntry,
    BaselineVersion,
    GuardrailVersion,
    PlanException,
    Run,
    Sha256,
)

IN_AUDIT = "sha256"
"""Name under which the data of an audit entry, or the evidence of an exception, refers to an artifact."""


@dataclass
class Findings:
    """What `check` found.

    Attributes
    ----------
    entries : audit entries, all of them looked at.
    artifacts : how many files the database refers to, all of them looked at.
    unused : files that nothing refers to, such as those of a change that was cut off. They are harmless.
    problems : in words; none is a whole store.
    """

    entries: int = 0
    artifacts: int = 0
    unused: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the store is whole."""
        return not self.problems


def check(store: Store) -> Findings:
    """Look at the database file, its triggers, the audit log, every sealed row and every artifact that is referred to."""
    with store.read() as session:
        found = Findings(problems=[*_file_problems(session), *_trigger_problems(session)])
        log = audit.verify_in(session)
        found.entries = log.entries
        found.problems += log.problems
        try:
            used = set(_references(session))
        except (ValueError, sa.exc.DBAPIError) as error:
            found.problems.append(f"the references to artifacts cannot be read: {error}")
            return found
    found.artifacts = len(used)
    found.problems += [problem for digest in sorted(used) if (problem := store.artifacts.problem(digest))]
    there = {file.name for file in store.artifacts.folder.glob("??/*")}
    found.unused = len([name for name in there - used if not name.endswith(TEMPORARY)])
    return found


def _file_problems(session: Session) -> Iterator[str]:
    if session.connection().dialect.name == "sqlite":
        answers = session.scalars(sa.text("PRAGMA integrity_check"))
        yield from (f"database: {answer}" for answer in answers if answer != "ok")


def _trigger_problems(session: Session) -> Iterator[str]:
    dialect = session.connection().dialect.name
    there = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if dialect == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    missing = trigger_names(dialect) - set(session.scalars(sa.text(there)))
    yield from (f"the trigger {name} is missing: rows may be changed" for name in sorted(missing))


def _references(session: Session) -> Iterator[Sha256]:
    for manifests in (
        sa.select(BaselineVersion.manifest),
        sa.select(GuardrailVersion.manifest),
        sa.select(Run.artifacts),
    ):
        for manifest in session.scalars(manifests):
            yield from _values(manifest.values())
    yield from _values(session.scalars(sa.select(Run.best_plan)))
    yield from session.scalars(sa.select(Actual.source).distinct())
    for data in session.scalars(sa.select(AuditEntry.data)):
        yield from _values([data.get(IN_AUDIT)])
    for evidence in session.scalars(sa.select(PlanException.evidence)):
        yield from _values([evidence.get(IN_AUDIT)])


def _values(values: Iterable[object]) -> Iterator[Sha256]:
    yield from (value for value in values if isinstance(value, str))
