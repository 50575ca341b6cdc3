"""Compare: two to four finished plans side by side, and the record of which one was chosen."""

import datetime as dt
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.what_if import BASE
from stockrail.reports.chart_parts import Chart
from stockrail.web.kept import Kept
from stockrail.web.stale import seen_of
from stockrail.web.views import compared as shown
from stockrail.web.views import comparison_charts, comparison_decisions
from stockrail.web.views.compared import ComparedView
from stockrail.web.views.comparison_decisions import DecisionView
from stockrail.workbench.comparisons import decisions
from stockrail.workbench.comparisons.of_runs import FEWEST, RunComparison, compare_runs, runs_to_compare
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run, Scenario

MOST_LISTED = 100
"""Runs that can be chosen from, the latest ones."""

MOST_KEPT = 8
"""Comparisons that are kept for the next request."""

OnStep = Callable[[str], None]

_KEPT: Kept[RunComparison] = Kept(MOST_KEPT)


class Choice(BaseModel):
    """A finished plan that can be compared. Money in its own currency."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    scenario: str
    scenario_version: int | None
    baseline_id: int
    requested_by: str
    finished_at: dt.datetime | None
    expected_margin: float | None
    gap: float | None = Field(description="Of the bound, as a share.")
    currency: str
    approved_state: str
    is_chosen: bool


class CompareView(BaseModel):
    """What the page shows: runs to choose from, those that are chosen side by side, and what was decided."""

    model_config = ConfigDict(frozen=True)

    choices: tuple[Choice, ...]
    chosen: tuple[int, ...] = Field(description="Numbers of the runs, the first one the one compared with.")
    compared: ComparedView | None = Field(description="Null while fewer than two are chosen.")
    decisions: tuple[DecisionView, ...] = Field(
        description="Choices on record, the latest first: about these runs where some are chosen."
    )
    may_decide: bool = Field(description="Whether the visitor may put a choice on record.")
    seen: str = Field(description="Send it back with a decision about these runs.")


def view(store: Store, actor: str, run_ids: Sequence[int] = ()) -> CompareView:
    """The page.

    Parameters
    ----------
    run_ids : none or one to choose runs; two to four to see them side by side.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        They are too many, one is named twice or is no finished plan, or their currencies differ.
    """
    has_enough = len(run_ids) >= FEWEST
    compared = shown.of_comparison(comparison_of(store, run_ids)) if has_enough else None
    every = comparison_decisions.all_of(store)
    about = [row for row in every if set(run_ids) <= {one.run_id for one in row.runs}]
    return CompareView(
        choices=_choices(store, run_ids),
        chosen=tuple(run_ids),
        compared=compared,
        decisions=tuple(about),
        may_decide=store.governance.allows(actor, Permission.PLAN_APPROVE),
        seen=seen(store, run_ids),
    )


def seen(store: Store, run_ids: Sequence[int]) -> str:
    """The tag of what somebody who decides about these runs has looked at."""
    return seen_of("compare", *run_ids, latest_decision(store, run_ids))


def latest_decision(store: Store, run_ids: Sequence[int]) -> int | None:
    """Number of the latest decision about exactly these runs."""
    with store.read() as session:
        found = decisions.latest(session, run_ids)
    return None if found is None else found.id


def comparison_of(
    store: Store, run_ids: Sequence[int], on_step: OnStep = lambda words: None
) -> RunComparison:
    """The runs side by side, kept for the next request: finished runs do not change. Raises what `compare_runs` raises."""
    key = comparison_key(store, run_ids)
    return _KEPT.of(key, lambda: compare_runs(store, run_ids, on_step))


def comparison_key(store: Store, run_ids: Sequence[int]) -> str:
    """All that decides a comparison; raises what `runs_to_compare` raises."""
    runs = runs_to_compare(store, run_ids)
    return canonical([store.name, [[run.id, run.inputs_hash, run.artifacts] for run in runs]])


def is_ready(store: Store, run_ids: Sequence[int]) -> bool:
    """Whether there is nothing to compute before these runs can be shown."""
    return len(run_ids) < FEWEST or _KEPT.has(comparison_key(store, run_ids))


def charts(store: Store, run_ids: Sequence[int]) -> list[Chart]:
    """The charts of the page."""
    return comparison_charts.charts(comparison_of(store, run_ids))


def _choices(store: Store, run_ids: Sequence[int]) -> tuple[Choice, ...]:
    finished = sa.select(Run).where(Run.kind == "plan", Run.state == "finished")
    with store.read() as session:
        found = list(session.scalars(finished.order_by(Run.id.desc()).limit(MOST_LISTED)))
        names: dict[int, str] = {row.id: row.name for row in session.scalars(sa.select(Scenario))}
    return tuple(_choice(run, names, run_ids) for run in found)


def _choice(run: Run, names: dict[int, str], run_ids: Sequence[int]) -> Choice:
    numbers = run.certificate or {}
    return Choice(
        run_id=run.id,
        scenario=BASE if run.scenario_id is None else names[run.scenario_id],
        scenario_version=run.scenario_version,
        baseline_id=run.baseline_id,
        requested_by=run.requested_by,
        finished_at=run.finished_at,
        expected_margin=numbers.get("expected_margin"),
        gap=numbers.get("gap"),
        currency=str(numbers.get("currency") or ""),
        approved_state=run.approved_state,
        is_chosen=run.id in run_ids,
    )
