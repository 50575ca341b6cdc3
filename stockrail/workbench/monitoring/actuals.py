"""Actuals in the store: taken from files, each row once, and given back as tables.

The same row again changes nothing. A row that is there with another value is a correction, and is taken only where that is asked
for: a number that was counted on does not change under anybody's feet.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.model.problems import Problem
from stockrail.workbench.monitoring.actuals_files import (
    KEY,
    MODELS,
    VALUES,
    ActualsFile,
    CorrectionsError,
    OnStep,
    Values,
    key_of,
    read_folder,
)
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Actual, ActualKind, Sha256

ENTITY = Actual.__tablename__
DATES = ("date", "ordered_on")

PAGE = 5_000
"""Rows that are written with one statement."""


@dataclass(frozen=True)
class ImportedKind:
    """What became of the rows of one file."""

    kind: ActualKind
    added: int
    unchanged: int
    corrected: int
    first: dt.date
    last: dt.date
    source: Sha256


@dataclass(frozen=True)
class Imported:
    """What became of the files of a folder."""

    kinds: tuple[ImportedKind, ...]

    @property
    def changes(self) -> int:
        """Rows that were added or corrected."""
        return sum(one.added + one.corrected for one in self.kinds)


def import_actuals(
    store: Store,
    actor: str,
    folder: Path | str,
    *,
    replace: bool = False,
    on_step: OnStep = lambda words: None,
) -> Imported:
    """Take the actuals of a folder: demand.csv, receipts.csv, stock.csv, spend.csv, those that are there; all or nothing.

    Parameters
    ----------
    replace : take corrections: other values of rows that are known.
    on_step : called before each step that may take long.

    Raises
    ------
    ActualsError
        With every problem: cells, rows that are there twice; `CorrectionsError` with every correction where `replace` is not set.
    NotAllowedError
        The actor may not import actuals.
    """
    store.governance.require(actor, Permission.ACTUALS_IMPORT)
    files = read_folder(Path(folder), on_step)
    on_step("keeping rows")
    sources = [store.artifacts.put(file.path) for file in files]
    with store.write(actor, "actuals.import", ENTITY) as change:
        session = change.session
        plans = [_Plan.of(session, file, source) for file, source in zip(files, sources, strict=True)]
        problems = [problem for plan in plans for problem in plan.problems]
        if problems and not replace:
            raise CorrectionsError(
                problems,
                "rows that were imported before",
                "To take the new values: stockrail actuals import FOLDER --replace.",
            )
        for plan in plans:
            _write(session, plan)
        imported = Imported(tuple(plan.imported for plan in plans))
        change.data = {
            one.kind: {"added": one.added, "corrected": one.corrected, "source": one.source}
            for one in imported.kinds
        }
        if not imported.changes:
            change.discard()
    return imported


def frame(
    session: Session, kind: ActualKind, first: dt.date | None = None, last: dt.date | None = None
) -> pd.DataFrame:
    """Actuals of one kind, by date: the columns of its file, dates as datetime64, missing numbers as NaN.

    Parameters
    ----------
    first, last : days, both included; None for all.
    """
    columns = tuple(MODELS[kind].model_fields)
    wanted = sa.select(*(getattr(Actual, name) for name in columns)).where(Actual.kind == kind)
    if first is not None:
        wanted = wanted.where(Actual.date >= first)
    if last is not None:
        wanted = wanted.where(Actual.date <= last)
    rows = session.execute(wanted.order_by(Actual.date, Actual.item, Actual.id)).all()
    return as_frame(kind, [tuple(row) for row in rows])


def summary(session: Session) -> list[tuple[ActualKind, int, dt.date, dt.date]]:
    """Kind, number of rows, first and last day; kinds without rows are left out."""
    columns = Actual.kind, sa.func.count(), sa.func.min(Actual.date), sa.func.max(Actual.date)
    return [
        (row[0], row[1], row[2], row[3])
        for row in session.execute(sa.select(*columns).group_by(Actual.kind).order_by(Actual.kind))
    ]


def as_frame(kind: ActualKind, rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """A table of actuals from rows in the order of the file's columns."""
    columns = list(MODELS[kind].model_fields)
    made = pd.DataFrame(rows, columns=columns)
    for name in columns:
        if name in DATES:
            made[name] = pd.to_datetime(made[name]).astype("datetime64[s]")
        else:
            made[name] = made[name].astype(float if name in VALUES else str)
    return made


def frames(
    session: Session, first: dt.date | None = None, last: dt.date | None = None
) -> dict[ActualKind, pd.DataFrame]:
    """Actuals of every kind, as `frame` gives them."""
    return {kind: frame(session, kind, first, last) for kind in MODELS}


@dataclass(frozen=True)
class _Plan:
    """What a file would do."""

    file: ActualsFile
    source: Sha256
    new: list[Values]
    corrections: list[Values]
    problems: list[Problem]

    @staticmethod
    def of(session: Session, file: ActualsFile, source: Sha256) -> "_Plan":
        days = [row["date"] for _, row in file.rows]
        columns = [getattr(Actual, name) for name in (*KEY, "id", *VALUES)]
        wanted = sa.select(*columns).where(
            Actual.kind == file.kind, Actual.date.between(min(days), max(days))
        )
        known = {tuple(row[: len(KEY)]): row[len(KEY) :] for row in session.execute(wanted)}
        plan = _Plan(file, source, [], [], [])
        for line, row in file.rows:
            before = known.get(key_of(row))
            if before is None:
                plan.new.append({"kind": file.kind, **row, "source": source})
                continue
            number, *values = before
            was = dict(zip(VALUES, values, strict=True))
            differs = [name for name in VALUES if row[name] != was[name]]
            if differs:
                new = {name: row[name] for name in VALUES}
                plan.corrections.append({"id": number, **new, "source": source})
            for name in differs:
                plan.problems.append(
                    Problem(
                        file.path.name,
                        line,
                        name,
                        None if row[name] is None else f"{row[name]:.12g}",
                        f"{'blank' if was[name] is None else f'{was[name]:.12g}'}, as imported before",
                    )
                )
        return plan

    @property
    def imported(self) -> ImportedKind:
        days = [row["date"] for _, row in self.file.rows]
        same = len(self.file.rows) - len(self.new) - len(self.corrections)
        return ImportedKind(
            self.file.kind, len(self.new), same, len(self.corrections), min(days), max(days), self.source
        )


def _write(session: Session, plan: _Plan) -> None:
    for page in _pages(plan.new):
        session.execute(sa.insert(Actual), page)
    for page in _pages(plan.corrections):
        session.execute(sa.update(Actual), page)


def _pages(rows: Sequence[Values]) -> Iterable[list[Values]]:
    return (list(rows[first : first + PAGE]) for first in range(0, len(rows), PAGE))
