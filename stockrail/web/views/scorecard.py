"""The scorecard of a quarter: promised, planned, actual and last quarter, and whose change it was."""

import datetime as dt
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from stockrail.reports.chart_parts import Chart
from stockrail.web.kept import Kept
from stockrail.web.views.happened import facts_of
from stockrail.workbench.scorecard.display import missing_lines, title_lines
from stockrail.workbench.scorecard.metric import GROUPS
from stockrail.workbench.scorecard.of_store import scorecard
from stockrail.workbench.scorecard.page import segment_chart, split_chart
from stockrail.workbench.scorecard.promises import FILL_RATE, promises
from stockrail.workbench.scorecard.quarter_facts import AGED_DAYS
from stockrail.workbench.scorecard.scorecard import Row, Scorecard
from stockrail.workbench.scorecard.trend import quarters_with_demand
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical

MOST_KEPT = 16

OnStep = Callable[[str], None]


class MetricRow(BaseModel):
    """A metric of all items, a segment or a supplier. Shares are 0 to 1, money is in the scorecard's currency."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    scope: str = Field(description="Blank for all items; else segment NAME or supplier NAME.")
    unit: str = Field(description="share, days, money or per year.")
    better: str = Field(description="higher, lower or nearer 0.")
    promised: float | None = Field(description="What was promised, where it was.")
    promised_by: str
    last_quarter: float | None
    plan: float | None = Field(description="What the plan expected.")
    actual: float | None
    change: float | None = Field(description="Actual less plan.")
    market: float | None = Field(description="What actual demand does to the plan as made, of the change.")
    controllable: float | None = Field(description="The rest of the change.")
    is_better_than_plan: bool | None
    is_better_than_last_quarter: bool | None
    items: int = Field(description="Items of which everything is known that it needs.")
    reason: str = Field(description="Why something is not known.")


class MetricGroup(BaseModel):
    """Metrics that belong together."""

    model_config = ConfigDict(frozen=True)

    group: str
    heading: str
    rows: tuple[MetricRow, ...]


class QuarterChoice(BaseModel):
    """A quarter with actual demand."""

    model_config = ConfigDict(frozen=True)

    first_day: dt.date
    last_day: dt.date
    is_shown: bool


class ScorecardView(BaseModel):
    """The scorecard of a quarter. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    instance: str
    currency: str
    first_day: dt.date = Field(description="Of the first period that is looked at.")
    last_day: dt.date
    run_id: int | None = Field(description="Run whose plan it is held against.")
    last_first_day: dt.date | None = Field(
        description="Of the quarter before, where anything is known of it."
    )
    last_last_day: dt.date | None
    aged_days: float = Field(description="Age from which stock counts as aged.")
    title: tuple[str, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...] = Field(description="What is not known of all items, and why.")
    quarters: tuple[QuarterChoice, ...] = Field(description="Quarters with actual demand, the latest first.")
    groups: tuple[MetricGroup, ...] = Field(description="Of all items together.")
    scopes: tuple[MetricRow, ...] = Field(description="Of segments and of suppliers.")
    definitions: dict[str, str] = Field(description="By the name of the metric.")


class Made(BaseModel):
    """A scorecard with its charts, as it is kept."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    view: ScorecardView
    charts: tuple[Chart, ...]


_KEPT: Kept[Made] = Kept(MOST_KEPT)


def view(
    store: Store,
    day: dt.date | None = None,
    run_id: int | None = None,
    aged_days: float = AGED_DAYS,
    on_step: OnStep = lambda words: None,
) -> ScorecardView:
    """The scorecard of the quarter of a day, by default the latest one with actual demand.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        There are no actuals in the quarter, or no plan that it could be held against.
    """
    return made(store, day, run_id, aged_days, on_step).view


def made(
    store: Store,
    day: dt.date | None = None,
    run_id: int | None = None,
    aged_days: float = AGED_DAYS,
    on_step: OnStep = lambda words: None,
) -> Made:
    """The same with its charts, kept for the next request; raises what `view` raises."""

    def make() -> Made:
        card = scorecard(store, day=day, run_id=run_id, aged_days=aged_days, on_step=on_step)
        on_step("charts")
        drawn = [chart for chart in (split_chart(card), segment_chart(card)) if chart is not None]
        return Made(view=_of_card(store, card), charts=tuple(drawn))

    return _KEPT.of(key_of(store, day, run_id, aged_days), make)


def key_of(store: Store, day: dt.date | None, run_id: int | None, aged_days: float) -> str:
    """All that decides a scorecard."""
    return canonical(
        ["scorecard", facts_of(store), None if day is None else day.isoformat(), run_id, aged_days]
    )


def is_ready(store: Store, day: dt.date | None, run_id: int | None, aged_days: float = AGED_DAYS) -> bool:
    """Whether it is kept."""
    return _KEPT.has(key_of(store, day, run_id, aged_days))


def _of_card(store: Store, card: Scorecard) -> ScorecardView:
    now, last = card.now, card.last
    promised = {one.scope: (one.least, one.source) for one in promises(store.governance, now.instance)}

    def row_of(row: Row) -> MetricRow:
        has_promise = row.metric.name == FILL_RATE and row.now.scope in promised
        least, source = promised[row.now.scope] if has_promise else (None, "")
        return MetricRow(
            name=row.metric.name,
            title=row.metric.title,
            scope=row.now.scope,
            unit=row.metric.unit,
            better=row.metric.better,
            promised=least,
            promised_by=source,
            last_quarter=None if row.last is None else row.last.actual,
            plan=row.now.plan,
            actual=row.now.actual,
            change=row.now.change,
            market=row.now.market,
            controllable=row.now.controllable,
            is_better_than_plan=row.is_better_than_plan,
            is_better_than_last_quarter=row.is_better_than_last_quarter,
            items=row.now.items,
            reason=row.now.reason,
        )

    rows = [row_of(row) for row in card.rows]
    group_of = {row.metric.name: row.metric.group for row in card.rows}
    return ScorecardView(
        instance=now.instance.settings.name,
        currency=card.currency,
        first_day=now.first_day,
        last_day=now.last_day,
        run_id=now.run_id,
        last_first_day=None if last is None else last.first_day,
        last_last_day=None if last is None else last.last_day,
        aged_days=card.aged_days,
        title=tuple(title_lines(card)),
        notes=card.notes,
        missing=tuple(missing_lines(card)),
        quarters=tuple(
            QuarterChoice(first_day=one.first_day, last_day=one.last_day, is_shown=one == card.quarter)
            for one in quarters_with_demand(store, now.instance.settings)
        ),
        groups=tuple(
            MetricGroup(
                group=group,
                heading=heading,
                rows=tuple(row for row in rows if not row.scope and group_of[row.name] == group),
            )
            for group, heading in GROUPS.items()
        ),
        scopes=tuple(row for row in rows if row.scope),
        definitions={row.metric.name: row.metric.definition for row in card.rows},
    )
