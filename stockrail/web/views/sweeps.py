"""Frontiers and tornados: the list of those there are, and one of them as far as it is known."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.what_if import BASE
from stockrail.web.files import currency_of
from stockrail.web.views import frontier, runs, tornado
from stockrail.web.views.frontier import FrontierView
from stockrail.web.views.runs import RunView
from stockrail.web.views.tornado import TornadoView
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.options import FrontierOptions, TornadoOptions, parsed
from stockrail.workbench.runs.sweeps import DONE, KINDS, TOTAL
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind, RunState, Scenario

PAGE = 25
"""Rows on a page of the list."""


class SweepRow(BaseModel):
    """A frontier or a tornado in the list. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: RunKind
    state: RunState
    currency: str
    baseline_id: int
    scenario: str = Field(description="base for the baseline without changes.")
    scenario_version: int | None
    guardrail_version_id: int | None = Field(description="Null where the baseline's own limits hold.")
    requested_by: str
    requested_at: dt.datetime
    done: int | None = Field(description="Solves done; null before it has begun.")
    total: int | None = Field(description="Solves in all.")
    gap: float | None = Field(description="The largest of all solves, a share.")
    guardrail: str | None = Field(description="Of a frontier: the limit that moves.")
    side: str | None = Field(description="Of a frontier: upper or lower.")
    is_money: bool = Field(description="Of a frontier: whether the limit is money.")
    lowest: float | None = Field(description="Of a frontier: the first limit.")
    highest: float | None = Field(description="Of a frontier: the last limit.")
    knee: float | None = Field(description="Of a frontier: the limit at its knee; null where it has none.")
    drivers: tuple[str, ...] = Field(description="Of a tornado: those asked for; empty for all.")
    first_driver: str | None = Field(description="Of a tornado: what moves most.")
    first_size: float | None = Field(description="Of a tornado: money between its worst and its best.")


class SweepsView(BaseModel):
    """Frontiers and tornados, the newest first."""

    model_config = ConfigDict(frozen=True)

    sweeps: tuple[SweepRow, ...]
    older_than: int | None = Field(description="Ask for those before this number for the next page.")
    may_start: bool


class SweepView(BaseModel):
    """One of them: the run, and what it has found so far."""

    model_config = ConfigDict(frozen=True)

    run: RunView
    title: str = Field(description="What it asks.")
    done: int | None = Field(description="Solves done; null before it has begun.")
    total: int | None = Field(description="Solves in all.")
    frontier: FrontierView | None
    tornado: TornadoView | None


def list_view(store: Store, actor: str, before: int | None = None, most: int = PAGE) -> SweepsView:
    """The latest ones; `before` only those with smaller numbers."""
    asked = sa.select(Run).where(Run.kind.in_(KINDS)).order_by(Run.id.desc()).limit(most + 1)
    with store.read() as session:
        found = list(session.scalars(asked if before is None else asked.where(Run.id < before)))
        wanted = {run.scenario_id for run in found} - {None}
        rows = session.execute(sa.select(Scenario.id, Scenario.name).where(Scenario.id.in_(wanted)))
        names: dict[int | None, str] = {number: name for number, name in rows}
    shown = found[:most]
    return SweepsView(
        sweeps=tuple(_row(store, run, names.get(run.scenario_id, BASE)) for run in shown),
        older_than=shown[-1].id if len(found) > most else None,
        may_start=store.governance.allows(actor, Permission.RUN_START),
    )


def view(store: Store, actor: str, number: int) -> SweepView:
    """A frontier or a tornado.

    Raises
    ------
    NotFoundError
        There is no such run, or it is of another kind.
    """
    run = sweep(store, number)
    said, options = run.progress or {}, parsed(run.kind, run.options)
    asked = options.guardrail if isinstance(options, FrontierOptions) else None
    return SweepView(
        run=runs.view(store, actor, number),
        title="what moves the margin most" if asked is None else f"what {asked} is worth",
        done=said.get(DONE),
        total=said.get(TOTAL),
        frontier=frontier.view(run),
        tornado=tornado.view(run),
    )


def sweep(store: Store, number: int) -> Run:
    """The run; raises what `view` raises."""
    run = get(store, number)
    if run.kind not in KINDS:
        raise NotFoundError(
            f"Run {number} is a {run.kind}, no frontier and no tornado: look at it under Runs."
        )
    return run


def _row(store: Store, run: Run, scenario: str) -> SweepRow:
    options, said = parsed(run.kind, run.options), run.progress or {}
    traced, turned = frontier.view(run), tornado.view(run)
    first = next((bar for bar in turned.bars if not bar.is_within_gap), None) if turned else None
    asked = options if isinstance(options, FrontierOptions) else None
    return SweepRow(
        id=run.id,
        kind=run.kind,
        state=run.state,
        currency=currency_of(store, run.baseline_id),
        baseline_id=run.baseline_id,
        scenario=scenario,
        scenario_version=run.scenario_version,
        guardrail_version_id=run.guardrail_version_id,
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        done=said.get(DONE),
        total=said.get(TOTAL),
        gap=(run.certificate or {}).get("gap"),
        guardrail=None if asked is None else asked.guardrail,
        side=None if asked is None else asked.side,
        is_money=traced is not None and traced.is_money,
        lowest=None if asked is None else asked.limits[0],
        highest=None if asked is None else asked.limits[-1],
        knee=traced.knee.limit if traced is not None and traced.knee is not None else None,
        drivers=options.drivers if isinstance(options, TornadoOptions) else (),
        first_driver=None if first is None else first.words,
        first_size=None if first is None else first.size,
    )
