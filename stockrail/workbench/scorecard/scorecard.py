"""The scorecard as data: one row for each metric and scope, with plan, actual and last quarter side by side."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from stockrail.workbench.scorecard.metric import GROUPS, Metric
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.quarter_facts import QuarterFacts
from stockrail.workbench.scorecard.score import Score
from stockrail.workbench.scorecard.scoring import ALL_METRICS, scores

COLUMNS = (
    "group",
    "metric",
    "title",
    "scope",
    "unit",
    "better",
    "items",
    "last_quarter",
    "plan",
    "actual",
    "change",
    "market",
    "controllable",
    "is_better_than_plan",
    "is_better_than_last_quarter",
    "last_plan",
    "last_market",
    "last_controllable",
    "reason",
    "last_reason",
)


@dataclass(frozen=True)
class Row:
    """A score and the same of the quarter before; None where nothing is known of that."""

    now: Score
    last: Score | None

    @property
    def metric(self) -> Metric:
        """What both are of."""
        return self.now.metric

    @property
    def is_better_than_plan(self) -> bool | None:
        """Whether actual is better than plan; None where they are equal or one is missing."""
        return _is_better(self.metric, self.now.plan, self.now.actual)

    @property
    def is_better_than_last_quarter(self) -> bool | None:
        """Whether actual is better than that of the quarter before."""
        return _is_better(self.metric, None if self.last is None else self.last.actual, self.now.actual)

    def record(self) -> dict[str, Any]:
        """The row as plain data, by `COLUMNS`."""
        now, last = self.now, self.last
        return {
            "group": self.metric.group,
            "metric": self.metric.name,
            "title": self.metric.title,
            "scope": now.scope,
            "unit": self.metric.unit,
            "better": self.metric.better,
            "items": now.items,
            "last_quarter": None if last is None else last.actual,
            "plan": now.plan,
            "actual": now.actual,
            "change": now.change,
            "market": now.market,
            "controllable": now.controllable,
            "is_better_than_plan": self.is_better_than_plan,
            "is_better_than_last_quarter": self.is_better_than_last_quarter,
            "last_plan": None if last is None else last.plan,
            "last_market": None if last is None else last.market,
            "last_controllable": None if last is None else last.controllable,
            "reason": now.reason,
            "last_reason": "nothing is known of the quarter before" if last is None else last.reason,
        }


@dataclass(frozen=True)
class Scorecard:
    """The scorecard of a quarter.

    Attributes
    ----------
    quarter : asked for; `now` says which periods of it are known.
    now, last : the facts of the quarter and of the one before, if any.
    aged_days : age from which stock counts as aged.
    notes : what a reader must know.
    """

    quarter: Quarter
    now: QuarterFacts
    last: QuarterFacts | None
    aged_days: float
    notes: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> list[Row]:
        """All rows: all items by metric, then segments and suppliers."""
        before = {} if self.last is None else {(row.metric.name, row.scope): row for row in scores(self.last)}
        return [Row(score, before.get((score.metric.name, score.scope))) for score in scores(self.now)]

    def of(self, metric: str, scope: str = "") -> Row:
        """One row.

        Raises
        ------
        KeyError
            There is none.
        """
        for row in self.rows:
            if row.metric.name == metric and row.now.scope == scope:
                return row
        raise KeyError(f"no {metric} of {scope or 'all items'}")

    @property
    def currency(self) -> str:
        """Of all money."""
        return self.now.instance.settings.currency

    def frame(self) -> pd.DataFrame:
        """All rows, with the columns of `COLUMNS`; NaN where there is no value."""
        frame = pd.DataFrame([row.record() for row in self.rows], columns=list(COLUMNS))
        numbers = [name for name in COLUMNS[7:18] if not name.startswith("is_")]
        return frame.astype(dict.fromkeys(numbers, float))

    def record(self) -> dict[str, Any]:
        """Everything as plain data, for JSON."""
        now, last = self.now, self.last
        return {
            "instance": now.instance.settings.name,
            "currency": self.currency,
            "quarter": [self.quarter.first_day.isoformat(), self.quarter.last_day.isoformat()],
            "actuals": [now.first_day.isoformat(), now.last_day.isoformat()],
            "plan_run": now.run_id,
            "last_actuals": None if last is None else [last.first_day.isoformat(), last.last_day.isoformat()],
            "last_plan_run": None if last is None else last.run_id,
            "aged_days": self.aged_days,
            "notes": list(self.notes),
            "groups": dict(GROUPS),
            "definitions": {metric.name: metric.definition for metric in ALL_METRICS},
            "rows": [row.record() for row in self.rows],
        }


def _is_better(metric: Metric, before: float | None, after: float | None) -> bool | None:
    return None if before is None or after is None else metric.is_better(before, after)
