"""Proposing limits and deciding on them, from a page or from a script."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema import TABLES
from stockrail.web.stale import require_seen
from stockrail.web.views import guardrail_draft, guardrails
from stockrail.web.views import guardrail_versions as versions_view
from stockrail.workbench import guardrail_versions
from stockrail.workbench.guardrail_sheets import CellChange
from stockrail.workbench.guardrail_versions import GUARDRAIL_TABLES
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import GuardrailVersion

TableRows = Mapping[str, Sequence[Mapping[str, str | int | float | None]]]
"""Rows of each table by its name."""


@dataclass(frozen=True)
class Terms:
    """From when on limits are to hold, and why."""

    first_day: dt.date
    last_day: dt.date | None
    reason: str


def preview(
    store: Store, actor: str, basis: str, changes: list[CellChange], seen: str
) -> guardrail_draft.PreviewView:
    """What a proposal would change; nothing is kept. Raises what `propose` raises but for what is wrong with the limits."""
    _require_current(store, actor, seen)
    return guardrail_draft.preview(store, basis, changes)


def propose(
    store: Store, actor: str, basis: str, changes: list[CellChange], terms: Terms, seen: str
) -> GuardrailVersion:
    """Propose the limits of a basis with some cells changed.

    Raises
    ------
    ConflictError
        The baseline, the limits in force or the latest proposal are others than the visitor looked at.
    InstanceError, NotAllowedError, StateError
        As `stockrail.workbench.guardrail_versions.propose_files`.
    """
    _require_current(store, actor, seen)
    files = guardrail_draft.sheets_of(store, basis).changed(changes).files()
    return _propose(store, actor, files, terms)


def propose_tables(store: Store, actor: str, tables: TableRows, terms: Terms, seen: str) -> GuardrailVersion:
    """Propose limits that are given as whole tables. Raises what `propose` raises."""
    _require_current(store, actor, seen)
    problems = [
        Problem(name, None, None, name, f"one of: {', '.join(GUARDRAIL_TABLES)}")
        for name in tables
        if name not in GUARDRAIL_TABLES
    ]
    if problems:
        raise InstanceError(problems)
    # The first of them must be there, if only to say that there are no guardrails.
    rows = {GUARDRAIL_TABLES[0]: (), **{name: found for name, found in tables.items() if found}}
    return _propose(store, actor, {f"{name}.csv": _csv(name, found) for name, found in rows.items()}, terms)


def approve(store: Store, actor: str, version_id: int, reason: str, seen: str) -> GuardrailVersion:
    """Approve limits that somebody else proposed. Raises what `stockrail.workbench.guardrail_versions.approve` raises."""
    _require_open(store, actor, version_id, seen, Permission.GUARDRAIL_APPROVE)
    return guardrail_versions.approve(store, actor, version_id, reason)


def reject(store: Store, actor: str, version_id: int, reason: str, seen: str) -> GuardrailVersion:
    """Reject limits that somebody else proposed; raises what `approve` raises."""
    _require_open(store, actor, version_id, seen, Permission.GUARDRAIL_APPROVE)
    return guardrail_versions.reject(store, actor, version_id, reason)


def withdraw(store: Store, actor: str, version_id: int, reason: str, seen: str) -> GuardrailVersion:
    """Take back limits that one has proposed; raises what `stockrail.workbench.guardrail_versions.withdraw` raises."""
    _require_open(store, actor, version_id, seen, Permission.GUARDRAIL_PROPOSE)
    return guardrail_versions.withdraw(store, actor, version_id, reason)


def _require_current(store: Store, actor: str, seen: str) -> None:
    store.governance.require(actor, Permission.GUARDRAIL_PROPOSE)
    require_seen(seen, guardrails.seen(store), guardrails.changed(store))


def _require_open(store: Store, actor: str, version_id: int, seen: str, permission: Permission) -> None:
    store.governance.require(actor, permission)
    current = versions_view.seen(store, version_id)
    require_seen(seen, current, versions_view.changed(store, version_id))


def _propose(store: Store, actor: str, files: Mapping[str, bytes], terms: Terms) -> GuardrailVersion:
    return guardrail_versions.propose_files(
        store, actor, files, terms.first_day, terms.reason, terms.last_day
    )


def _csv(table: str, rows: Sequence[Mapping[str, str | int | float | None]]) -> bytes:
    """A table as a file; columns that it does not have are kept, so that they are refused by their names."""
    columns = dict.fromkeys([*TABLES[table].model_fields, *(name for row in rows for name in row)])
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    try:
        return stream.getvalue().encode()
    except UnicodeEncodeError as error:
        problem = Problem(f"{table}.csv", None, None, repr(error.object[error.start]), "text in UTF-8")
        raise InstanceError([problem]) from error
