"""What the report of a run's plan shows, as data, kept while it is likely to be asked for again. It is shared: do not change it."""

import functools
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from stockrail.reports.chart_parts import Chart
from stockrail.reports.contents import report_contents, timeline_of
from stockrail.reports.orders import ReportedOrders
from stockrail.reports.plan_frames import PlanFrames
from stockrail.reports.split_chart import split_chart
from stockrail.web.kept import Kept
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run

MOST_KEPT = 4
"""Plans that are kept. The orders of one with 5,000 items have some tens of megabytes."""

_TEXTS = ("item", "description", "segment", "supplier", "decision", "date", "node", "due_date", "pay_date")


@dataclass(frozen=True)
class PlanContents:
    """A plan as its report has it.

    Attributes
    ----------
    summary : plan.json.
    report : what `stockrail.reports.contents.report_contents` makes.
    orders : every order, one row for each item and node; texts are categories.
    projection : balances by period over all scenarios.
    checks : frames of the checks that were made, by name.
    """

    summary: dict[str, Any]
    report: dict[str, Any] = field(repr=False)
    orders: pd.DataFrame = field(repr=False)
    projection: pd.DataFrame = field(repr=False)
    checks: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def currency(self) -> str:
        """Of all its money."""
        return str(self.summary["currency"])

    @functools.cached_property
    def charts(self) -> dict[str, Chart]:
        """All charts of the plan by their keys: those of the report, and stock by purpose."""
        found = list(self.report["charts"])
        if (split := self.checks.get("stock_split")) is not None:
            found.append(split_chart(split, self.currency, timeline_of(self.summary)))
        return {chart.key: chart for chart in found}


_kept: Kept[PlanContents] = Kept(MOST_KEPT)


def contents_of(store: Store, run: Run) -> PlanContents:
    """The plan of a run, of one that was ended early too.

    Raises
    ------
    NotFoundError
        It has none, or not yet.
    """
    if run.kind != "plan" or "plan.json" not in run.artifacts:
        raise NotFoundError(f"Run {run.id} has no plan to look at: it is a {run.kind} run and {run.state}.")
    return _kept.of(canonical([store.name, run.artifacts]), lambda: _read(store, run))


def _read(store: Store, run: Run) -> PlanContents:
    def contents(name: str) -> bytes | None:
        return store.artifacts.get(run.artifacts[name]) if name in run.artifacts else None

    try:
        frames = PlanFrames.read(contents)
    except FileNotFoundError as error:
        raise NotFoundError(
            f"Run {run.id} has no {error.filename}: its plan cannot be shown. Run it again."
        ) from error
    report = report_contents(
        frames.summary,
        frames.checks,
        ReportedOrders.of([frames.orders]),
        frames.projection,
        frames.segments,
        frames.guardrails,
        frames.guardrail_periods,
    )
    orders = frames.orders.astype({name: "category" for name in _TEXTS})
    return PlanContents(frames.summary, report, orders, frames.projection, dict(frames.checks))
