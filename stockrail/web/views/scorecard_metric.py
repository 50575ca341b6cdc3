"""One metric of the scorecard: by segment or supplier, and over quarters."""

import datetime as dt
from collections.abc import Callable
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from stockrail.reports.chart_parts import Chart
from stockrail.web.kept import Kept
from stockrail.web.views import scorecard
from stockrail.web.views.happened import facts_of
from stockrail.web.views.scorecard import MetricRow, ScorecardView
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.scorecard.metric import Unit
from stockrail.workbench.scorecard.metric_charts import scope_chart, trend_chart
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.quarter_facts import AGED_DAYS
from stockrail.workbench.scorecard.scoring import ALL_METRICS
from stockrail.workbench.scorecard.trend import QuarterScores, trend
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical

MOST_KEPT = 4

OnStep = Callable[[str], None]

_KEPT: Kept[list[QuarterScores]] = Kept(MOST_KEPT)


class QuarterPoint(BaseModel):
    """The metric in one quarter, of all items together."""

    model_config = ConfigDict(frozen=True)

    first_day: dt.date = Field(description="Of what is known of the quarter.")
    last_day: dt.date
    run_id: int | None = Field(description="Run of the plan of then; null where it had none.")
    plan: float | None
    actual: float | None
    market: float | None
    controllable: float | None
    reason: str


class MetricView(BaseModel):
    """One metric. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    definition: str
    unit: str = Field(description="share, days, money or per year.")
    better: str
    currency: str
    first_day: dt.date = Field(description="Of the quarter that `overall` and `scopes` are of.")
    last_day: dt.date
    run_id: int | None
    overall: MetricRow
    scopes: tuple[MetricRow, ...] = Field(description="By segment or by supplier.")
    quarters: tuple[QuarterPoint, ...] = Field(description="The earliest first.")


def view(
    store: Store,
    name: str,
    day: dt.date | None = None,
    run_id: int | None = None,
    aged_days: float = AGED_DAYS,
    on_step: OnStep = lambda words: None,
) -> MetricView:
    """A metric in the quarter of a day, and in every quarter with actual demand.

    Raises
    ------
    NotFoundError
        There is no such metric, or no such run.
    StateError
        As the scorecard.
    """
    metric = next((one for one in ALL_METRICS if one.name == name), None)
    if metric is None:
        raise NotFoundError(f"There is no metric {name}: {', '.join(one.name for one in ALL_METRICS)}.")
    card = scorecard.view(store, day, run_id, aged_days, on_step)
    quarters = _trend(store, card, on_step)
    return MetricView(
        name=name,
        title=metric.title,
        definition=metric.definition,
        unit=metric.unit,
        better=metric.better,
        currency=card.currency,
        first_day=card.first_day,
        last_day=card.last_day,
        run_id=card.run_id,
        overall=next(row for group in card.groups for row in group.rows if row.name == name),
        scopes=tuple(row for row in card.scopes if row.name == name),
        quarters=tuple(_point(one, name) for one in quarters if name in one.scores),
    )


def is_ready(store: Store, day: dt.date | None, run_id: int | None, aged_days: float = AGED_DAYS) -> bool:
    """Whether nothing has to be computed first."""
    if not scorecard.is_ready(store, day, run_id, aged_days):
        return False
    return _KEPT.has(_key(store, scorecard.view(store, day, run_id, aged_days)))


def charts(shown: MetricView) -> dict[str, Chart]:
    """The charts of a metric by their keys, as far as there is something to draw."""
    unit = cast(Unit, shown.unit)
    title = f"{shown.title[:1].upper()}{shown.title[1:]}"
    scopes = [(row.scope.partition(" ")[2], row.plan, row.actual) for row in shown.scopes]
    quarters = [(one.first_day.isoformat(), one.plan, one.actual) for one in shown.quarters]
    drawn = (
        scope_chart(title, unit, shown.currency, scopes),
        trend_chart(title, unit, shown.currency, quarters),
    )
    return {chart.key: chart for chart in drawn if chart is not None}


def _trend(store: Store, card: ScorecardView, on_step: OnStep) -> list[QuarterScores]:
    quarters = [Quarter(one.first_day, one.last_day) for one in card.quarters]
    return _KEPT.of(
        _key(store, card), lambda: trend(store, quarters, aged_days=card.aged_days, on_step=on_step)
    )


def _key(store: Store, card: ScorecardView) -> str:
    return canonical(
        ["trend", facts_of(store), card.aged_days, [one.first_day.isoformat() for one in card.quarters]]
    )


def _point(one: QuarterScores, name: str) -> QuarterPoint:
    score = one.scores[name]
    return QuarterPoint(
        first_day=one.first_day,
        last_day=one.last_day,
        run_id=one.run_id,
        plan=score.plan,
        actual=score.actual,
        market=score.market,
        controllable=score.controllable,
        reason=score.reason,
    )
