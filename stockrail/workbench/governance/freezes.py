"""Freezes and locks of the calendar as changes of an instance, so that a run meanwhile plans within them.

A freeze or a lock counts for a plan when it is on at the plan's first day. Until it is over, orders that it covers are those of
the plan approved last; nobody can have agreed to others. Whoever plans ahead of one is free: what is approved before it begins
is what it will hold.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from stockrail.announced import Announced, AnnouncedError
from stockrail.model.instance import Instance
from stockrail.model.schema import AnnouncedOrder
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.calendar import Calendar, Occurrence
from stockrail.workbench.governance.plan_files import ORDERS, SUMMARY
from stockrail.workbench.store.store import Store
from stockrail.workbench.store.tables import AuditEntry, Run

CHANGES = "calendar"
"""Name of the what-if that a freeze makes."""


@dataclass(frozen=True)
class HeldOrders:
    """Orders of the approved plan in the periods of an instance.

    Attributes
    ----------
    name : of the plan, such as "run 3".
    orders : expected units, in whole lots of the instance; an item and period without a row has none.
    periods : first periods of the instance that the approved plan covers.
    """

    name: str
    orders: Sequence[AnnouncedOrder]
    periods: int

    @staticmethod
    def read(name: str, folder: Path, instance: Instance) -> "HeldOrders":
        """From a folder that `stockrail plan --out` wrote; `stockrail.announced.Announced` says how periods are matched.

        Raises
        ------
        AnnouncedError
            The periods do not match, or there is no plan.
        """
        told = Announced.read(folder, instance)
        return HeldOrders(name, told.instance.announced_orders, told.periods)


@dataclass(frozen=True)
class Held:
    """What freezes and locks change.

    Attributes
    ----------
    changes : as `changes` of a what-if in scenarios.yaml; none where nothing is held.
    events : freezes and locks that are on at the plan's first day.
    notes : what the reader of the plan should know.
    """

    changes: list[dict[str, Any]] = field(default_factory=list)
    events: tuple[Occurrence, ...] = ()
    notes: tuple[str, ...] = ()


def held_by(calendar: Calendar, instance: Instance, approved: HeldOrders | None) -> Held:
    """What the freezes and locks that are on at the first day of an instance change in it.

    A freeze of all items raises `frozen_periods` to the periods that begin before it is over, and fixes what the approved plan
    orders in them; one with a scope, and a lock, fix each period of each item in scope, at 0 lots where nothing is ordered.
    Overrides and frozen periods that the instance has stay as they are.

    Parameters
    ----------
    approved : orders of the plan approved last; without one nothing is held.
    """
    settings = instance.settings
    events = tuple(one for one in calendar.on(settings.start) if one.holds_orders)
    if not events:
        return Held()
    if approved is None:
        return Held(events=events, notes=tuple(_free(one) for one in events))
    scopes = [_Scope.of(instance, one, approved) for one in events]
    frozen = max([settings.frozen_periods, *(one.periods for one in scopes if one.is_whole)])
    fixed: dict[tuple[str, int], str] = {}
    for one in scopes:
        for item in one.items:
            for period in range(settings.frozen_periods, one.periods):
                fixed.setdefault((item, period), one.event.name)
    rows, late = _overrides(instance, approved, fixed, frozen)
    changes: list[dict[str, Any]] = []
    if frozen > settings.frozen_periods:
        changes.append({"table": "settings", "column": "frozen_periods", "set": frozen})
    if rows:
        changes.append({"table": "order_overrides", "add_rows": rows})
    notes = [one.note(approved) for one in scopes]
    if late:
        notes.append(
            f"Orders of {approved.name} that would arrive after the horizon are not placed: {', '.join(late[:3])}"
            + (", ..." if len(late) > 3 else ".")
        )
    return Held(changes, events, tuple(notes))


def held_in(store: Store, instance: Instance) -> Held:
    """What the store's calendar and the plan approved last hold of an instance. A run takes `changes` into its overlay.

    Raises
    ------
    StateError
        A freeze is on, and the approved plan has other periods than the instance.
    """
    from stockrail.workbench.governance.approvals import latest_approved

    calendar = store.governance.calendar
    if not any(one.holds_orders for one in calendar.on(instance.settings.start)):
        return Held()
    with store.read() as session:
        run = latest_approved(session)
    if run is None:
        return held_by(calendar, instance, None)
    with _plan_folder(store, run) as folder:
        try:
            approved = HeldOrders.read(f"run {run.id}", folder, instance)
        except AnnouncedError as error:
            raise StateError(
                f"A freeze or lock is on at {instance.settings.start}, and the plan of run {run.id}, approved last, cannot be held: "
                f"{str(error).replace(str(folder), f'run {run.id}')}"
            ) from error
    return held_by(calendar, instance, approved)


def notes_of(store: Store, run_id: int) -> list[str]:
    """What was held of a run when it was asked for, in words."""
    with store.read() as session:
        asked = session.scalar(
            sa.select(AuditEntry).where(
                AuditEntry.action == "run.submit",
                AuditEntry.entity == Run.__tablename__,
                AuditEntry.entity_id == run_id,
            )
        )
    return [] if asked is None else [str(note) for note in asked.data.get("calendar", ())]


@dataclass(frozen=True)
class _Scope:
    """What one freeze or lock holds: names of items, and the first so many periods."""

    event: Occurrence
    items: Sequence[str]
    periods: int
    is_whole: bool

    @staticmethod
    def of(instance: Instance, occurrence: Occurrence, approved: HeldOrders) -> "_Scope":
        event = occurrence.event
        members = np.flatnonzero(instance.items_in_scope(event.scope, event.scope_value))
        until = min(instance.period_of(occurrence.last) + 1, approved.periods, instance.settings.periods)
        is_whole = event.kind == "supply_freeze" and event.scope == "all"
        return _Scope(occurrence, [instance.items[i].item for i in members], until, is_whole)

    def note(self, approved: HeldOrders) -> str:
        """What it does, in words."""
        what = (
            "all items"
            if self.event.event.scope == "all"
            else f"{self.event.event.scope} {self.event.event.scope_value}"
        )
        return f"{self.event.name} until {self.event.last}: orders of {what} in the first {_periods(self.periods)} are those of {approved.name}."


def _overrides(
    instance: Instance, approved: HeldOrders, fixed: Mapping[tuple[str, int], str], frozen: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of order_overrides, and the items whose order would arrive too late."""
    stated = {(row.item, row.period) for row in instance.order_overrides}
    units = {(row.item, row.period): row.units for row in approved.orders}
    items = {row.item: row for row in instance.items}
    rows, late = [], []
    for (item, period), event in fixed.items():
        lots = round(units.get((item, period), 0.0) / items[item].lot_size)
        # In a frozen period nothing is ordered where there is no override.
        if (item, period) in stated or (lots == 0 and period < frozen):
            continue
        if lots and period + items[item].lead_time_periods >= instance.settings.periods:
            late.append(f"{item} in period {period}")
            continue
        rows.append({"item": item, "period": period, "lots": lots, "reason": f"{event}: {approved.name}"})
    return rows, late


def _periods(count: int) -> str:
    return "period" if count == 1 else f"{count} periods"


def _free(event: Occurrence) -> str:
    return f"{event.name} until {event.last}: no plan is approved yet, so no orders are held."


@contextmanager
def _plan_folder(store: Store, run: Run) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stockrail-") as name:
        folder = Path(name)
        for file in (SUMMARY, ORDERS):
            (folder / file).write_bytes(store.artifacts.get(run.artifacts[file]))
        yield folder
