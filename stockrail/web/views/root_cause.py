"""What was missed against the plan in force, by cause, with money."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.reports.chart_parts import Chart
from stockrail.web.views import happened
from stockrail.workbench.permissions import Permission
from stockrail.workbench.root_cause.charts import money_chart, period_chart
from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.root_cause.counts import money_by_cause
from stockrail.workbench.root_cause.explanation import NEXT
from stockrail.workbench.root_cause.find import listed
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Miss, Run


class Filters(BaseModel):
    """Which misses are shown; None for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: int | None = Field(default=None, description="Those of the plan of this run.")
    cause: str | None = None
    kind: str | None = Field(default=None, description="stockout, excess, breach or expedite_spike.")
    segment: str | None = None
    item: str | None = None

    def fits(self, row: Miss) -> bool:
        """Whether a miss is shown."""
        pairs = (
            (self.run, row.run_id),
            (self.cause, row.cause),
            (self.kind, row.kind),
            (self.segment, row.segment),
            (self.item, row.item),
        )
        return all(wanted is None or wanted == given for wanted, given in pairs)


class CauseRow(BaseModel):
    """Misses that are put down to one cause."""

    model_config = ConfigDict(frozen=True)

    cause: str
    misses: int
    money: float | None = Field(description="Of those where it is known.")
    unknown: int = Field(description="Misses whose money is not known.")
    next: str = Field(description="What to do about it.")


class MissRow(BaseModel):
    """A miss."""

    model_config = ConfigDict(frozen=True)

    miss_id: int
    kind: str
    subject: str
    item: str
    segment: str
    period: int
    date: dt.date = Field(description="Last day of the period in which it began.")
    run_id: int
    units: float | None
    money: float | None
    cause: str
    shown: str = Field(description="Whether an exception had pointed to it: in time, late or never.")
    decided: str = Field(description="How such exceptions were decided.")


class RootCauseView(BaseModel):
    """Misses that are kept. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    currency: str
    filters: Filters
    causes: tuple[CauseRow, ...] = Field(description="Of the misses shown, the most money first.")
    misses: tuple[MissRow, ...] = Field(description="The most money first.")
    all_misses: int = Field(description="How many there are without filters.")
    runs: tuple[int, ...] = Field(description="Runs whose plans have misses.")
    all_causes: tuple[str, ...]
    kinds: tuple[str, ...]
    segments: tuple[str, ...]
    may_find: bool = Field(description="Whether the visitor may look for misses.")
    seen: str = Field(description="Send it back to look for misses.")


def view(store: Store, actor: str, filters: Filters) -> RootCauseView:
    """Misses that were found, filtered."""
    every, rows = _misses(store, filters)
    return RootCauseView(
        currency=_currency(store, every),
        filters=filters,
        causes=tuple(
            sorted(
                (
                    CauseRow(
                        cause=row["cause"],
                        misses=int(row["misses"]),
                        money=finite(row["money"]),
                        unknown=int(row["unknown"]),
                        next=NEXT[Cause(row["cause"])],
                    )
                    for row in money_by_cause(rows).to_dict("records")
                ),
                key=lambda one: -(one.money or 0.0),
            )
        ),
        misses=tuple(sorted((_row(row) for row in rows), key=lambda one: -(one.money or 0.0))),
        all_misses=len(every),
        runs=tuple(sorted({row.run_id for row in every})),
        all_causes=tuple(str(cause) for cause in Cause if any(row.cause == cause for row in every)),
        kinds=tuple(sorted({row.kind for row in every})),
        segments=tuple(sorted({row.segment for row in every if row.segment})),
        may_find=store.governance.allows(actor, Permission.ACTUALS_IMPORT),
        seen=happened.seen(store),
    )


def charts(store: Store, filters: Filters) -> dict[str, Chart]:
    """Charts of the misses that are shown, by their keys, as far as there is something to draw."""
    every, rows = _misses(store, filters)
    drawn = (money_chart(rows, _currency(store, every)), period_chart(rows))
    return {chart.key: chart for chart in drawn if chart is not None}


def _misses(store: Store, filters: Filters) -> tuple[list[Miss], list[Miss]]:
    """All misses, and those that are shown."""
    with store.read() as session:
        every = listed(session)
    return every, [row for row in every if filters.fits(row)]


def _currency(store: Store, rows: Sequence[Miss]) -> str:
    if not rows:
        return ""
    with store.read() as session:
        run = session.scalar(sa.select(Run).where(Run.id == rows[-1].run_id))
    return "" if run is None else str((run.certificate or {}).get("currency", ""))


def _row(row: Miss) -> MissRow:
    return MissRow(
        miss_id=row.id,
        kind=row.kind,
        subject=row.subject,
        item=row.item,
        segment=row.segment,
        period=row.period,
        date=row.date,
        run_id=row.run_id,
        units=row.units,
        money=row.money,
        cause=row.cause,
        shown=row.evidence["process"]["shown"],
        decided=row.evidence["process"]["decided"],
    )
