"""What happened against the plan in force: what left it, who answers for it, and whether to plan again."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.kept import Kept
from stockrail.web.views import happened
from stockrail.web.views.monitoring_tables import (
    ErrorRow,
    OutsideFan,
    SpendRow,
    StockRow,
    SupplierRow,
    error_rows,
    outside_rows,
    spend_rows,
    stock_rows,
    supplier_rows,
)
from stockrail.workbench.monitoring.monitor import Monitored, monitor
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical

MOST_KEPT = 4

OnStep = Callable[[str], None]


class BrokenRule(BaseModel):
    """A rule of governance.yaml that is broken."""

    model_config = ConfigDict(frozen=True)

    rule: str
    subject: str
    why: str
    money: float | None = Field(description="At stake.")
    owner_role: str
    owner: str
    due: dt.date
    waits_for: str
    is_blocking: bool


class TriggerRow(BaseModel):
    """A reason to plan again."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(description="monthly or off-cycle.")
    reason: str


class MonitorView(BaseModel):
    """What monitoring found. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    on: dt.date
    run_id: int | None = Field(description="Run of the plan in force; null where there is none.")
    currency: str
    start: dt.date | None = Field(description="First day of the plan.")
    last_day: dt.date | None = Field(
        description="Of the last period with actuals; null where there are none."
    )
    periods: int
    notes: tuple[str, ...]
    demands_known: int
    demands_outside: int
    demands_outside_by_chance: float = Field(description="Of a fan that is right.")
    broken: tuple[BrokenRule, ...] = Field(description="The most money first.")
    triggers: tuple[TriggerRow, ...]
    next_event: str | None = Field(description="What asks for the next monthly plan.")
    next_day: dt.date | None
    outside: tuple[OutsideFan, ...]
    errors: tuple[ErrorRow, ...]
    suppliers: tuple[SupplierRow, ...]
    spend: tuple[SpendRow, ...]
    stock: tuple[StockRow, ...]
    may_open: bool = Field(description="Whether the visitor may open exceptions for what is broken.")
    may_start: bool = Field(description="Whether the visitor may ask for a run.")
    seen: str


class Made(BaseModel):
    """What is kept: the view without what depends on the visitor, and what exceptions and runs are made of."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    view: MonitorView
    monitored: Monitored


_KEPT: Kept[Made] = Kept(MOST_KEPT)


def view(
    store: Store, actor: str, run_id: int | None = None, on_step: OnStep = lambda words: None
) -> MonitorView:
    """The plan in force against the actuals; changes nothing.

    Raises
    ------
    NotFoundError, StateError
        The run has no approved plan, or it was never in force.
    """
    found = made(store, run_id, on_step).view
    allows = store.governance.allows
    return found.model_copy(
        update={
            "may_open": allows(actor, Permission.ACTUALS_IMPORT) and bool(found.broken),
            "may_start": allows(actor, Permission.RUN_START) and bool(found.triggers),
            "seen": happened.seen(store),
        }
    )


def made(store: Store, run_id: int | None = None, on_step: OnStep = lambda words: None) -> Made:
    """The same, kept for the next request, with what exceptions and runs are made of. Raises what `view` raises."""

    def make() -> Made:
        monitored = monitor(store, run_id=run_id, on_step=on_step)
        return Made(view=_of(monitored), monitored=replace(monitored, seen=None))

    return _KEPT.of(key_of(store, run_id), make)


def key_of(store: Store, run_id: int | None) -> str:
    """All that decides it."""
    return canonical(["monitor", happened.facts_of(store), run_id])


def is_ready(store: Store, run_id: int | None) -> bool:
    """Whether it is kept."""
    return _KEPT.has(key_of(store, run_id))


def _of(monitored: Monitored) -> MonitorView:
    seen, plan = monitored.seen, monitored.plan
    certificate = {} if plan is None else plan.run.certificate or {}
    broken = sorted(monitored.broken, key=lambda one: -(one.money or 0.0))
    return MonitorView(
        on=monitored.on,
        run_id=monitored.run_id,
        currency=str(certificate.get("currency", "")),
        start=None if plan is None else plan.start,
        last_day=None if seen is None else seen.last_day,
        periods=0 if seen is None else seen.observed.n_periods,
        notes=monitored.notes,
        demands_known=0 if seen is None else int(seen.position.known),
        demands_outside=0 if seen is None else int(seen.position.is_outside.sum()),
        demands_outside_by_chance=0.0 if seen is None else float(seen.position.expected_outside),
        broken=tuple(
            BrokenRule(
                rule=one.rule,
                subject=one.subject,
                why=str(one.evidence["why"]),
                money=one.money,
                owner_role=one.owner_role,
                owner=one.owner,
                due=one.due,
                waits_for=one.waits_for,
                is_blocking=one.is_blocking,
            )
            for one in broken
        ),
        triggers=tuple(TriggerRow(kind=one.kind, reason=one.reason) for one in monitored.triggers),
        next_event=monitored.cycle.next_event,
        next_day=monitored.cycle.next_day,
        outside=() if seen is None else tuple(outside_rows(seen)),
        errors=() if seen is None else tuple(error_rows(seen)),
        suppliers=() if seen is None else tuple(supplier_rows(monitored, seen)),
        spend=() if seen is None else tuple(spend_rows(seen)),
        stock=() if seen is None else tuple(stock_rows(seen)),
        may_open=False,
        may_start=False,
        seen="",
    )
