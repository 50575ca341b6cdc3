"""Actuals: what was imported, by whom and when, and what an import came to."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.problems import Problem
from stockrail.web.errors import LocatedProblem
from stockrail.web.views import happened
from stockrail.workbench.monitoring.actuals import Imported, summary
from stockrail.workbench.monitoring.actuals_files import MODELS, ActualsError, CorrectionsError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry

MOST_IMPORTS = 12
"""Imports that are listed, the latest."""

MOST_PROBLEMS = 500
"""Problems that are listed; all are counted."""


class KindRow(BaseModel):
    """Actuals of one kind."""

    model_config = ConfigDict(frozen=True)

    kind: str
    file: str
    columns: tuple[str, ...] = Field(description="Of its file; those in `optional` may be blank or left out.")
    optional: tuple[str, ...]
    rows: int
    first: dt.date | None
    last: dt.date | None


class ImportRow(BaseModel):
    """An import of the audit log."""

    model_config = ConfigDict(frozen=True)

    at: dt.datetime
    by: str
    added: dict[str, int] = Field(description="Rows by kind.")
    corrected: dict[str, int]


class ActualsView(BaseModel):
    """What there is."""

    model_config = ConfigDict(frozen=True)

    kinds: tuple[KindRow, ...]
    imports: tuple[ImportRow, ...] = Field(description="The latest first.")
    may_import: bool
    seen: str = Field(description="Send it back with an import.")


class ImportedKindRow(BaseModel):
    """What became of one file."""

    model_config = ConfigDict(frozen=True)

    kind: str
    added: int
    unchanged: int
    corrected: int
    first: dt.date
    last: dt.date


class ImportView(BaseModel):
    """What an import came to: rows by kind, or everything that kept it from being made."""

    model_config = ConfigDict(frozen=True)

    kinds: tuple[ImportedKindRow, ...]
    problems: tuple[LocatedProblem, ...] = Field(description="Where there are some, nothing was imported.")
    n_problems: int = Field(description="How many there are; the first of them are listed.")
    are_corrections: bool = Field(
        description="Whether they are other values of rows that are known, which can be asked for to be taken."
    )


def view(store: Store, actor: str) -> ActualsView:
    """What was imported so far."""
    latest = (
        sa.select(AuditEntry)
        .where(AuditEntry.action == happened.IMPORT)
        .order_by(AuditEntry.id.desc())
        .limit(MOST_IMPORTS)
    )
    with store.read() as session:
        there = {kind: (rows, first, last) for kind, rows, first, last in summary(session)}
        entries = list(session.scalars(latest))
    kinds = []
    for kind, model in MODELS.items():
        rows, first, last = there.get(kind, (0, None, None))
        columns = model.model_fields
        optional = [name for name, one in columns.items() if not one.is_required()]
        kinds.append(
            KindRow(
                kind=kind,
                file=f"{kind}.csv",
                columns=tuple(columns),
                optional=tuple(optional),
                rows=rows,
                first=first,
                last=last,
            )
        )
    return ActualsView(
        kinds=tuple(kinds),
        imports=tuple(
            ImportRow(
                at=dt.datetime.fromisoformat(entry.at),
                by=entry.actor,
                added={kind: one["added"] for kind, one in entry.data.items() if one["added"]},
                corrected={kind: one["corrected"] for kind, one in entry.data.items() if one["corrected"]},
            )
            for entry in entries
        ),
        may_import=store.governance.allows(actor, Permission.ACTUALS_IMPORT),
        seen=happened.seen(store),
    )


def of_import(imported: Imported) -> ImportView:
    """An import that was made."""
    return ImportView(
        kinds=tuple(
            ImportedKindRow(
                kind=one.kind,
                added=one.added,
                unchanged=one.unchanged,
                corrected=one.corrected,
                first=one.first,
                last=one.last,
            )
            for one in imported.kinds
        ),
        problems=(),
        n_problems=0,
        are_corrections=False,
    )


def of_refusal(error: ActualsError) -> ImportView:
    """An import that was refused, with everything that is wrong."""
    return ImportView(
        kinds=(),
        problems=tuple(_located(one) for one in error.problems[:MOST_PROBLEMS]),
        n_problems=len(error.problems),
        are_corrections=isinstance(error, CorrectionsError),
    )


def _located(problem: Problem) -> LocatedProblem:
    return LocatedProblem(
        place=problem.file,
        row=problem.row,
        column=problem.column,
        value=problem.value,
        allowed=problem.allowed,
    )
