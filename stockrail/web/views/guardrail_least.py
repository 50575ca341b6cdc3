"""How tight the limits in force could be: what no plan can keep, what a plan is known to keep, and what lies between.

Two things are certain without another solve: what is in stock, under way or fixed uses some of every limit; and the plans there are keep
what they use. Frontiers narrow it down: each limit for which they found no plan is proven too tight.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.finance.frontier_point import INFEASIBLE
from stockrail.finance.least_limits import LeastLimit, least_limits
from stockrail.formats import finite
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.reports import words
from stockrail.web import files
from stockrail.web.kept import Kept
from stockrail.web.views.guardrail_limits import LimitView, limits_of
from stockrail.web.views.run_start import chosen
from stockrail.workbench import baselines, guardrail_versions
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.sweeps import frontier_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run

POINTS = 6
"""Limits of a frontier that narrows a bracket down."""

CLOSE = 1e-3
"""Share of a limit below which there is nothing to narrow down."""

MOST_RUNS = 50
"""Plans, and frontiers, that are looked at, the latest."""

_KEPT: Kept[tuple[LeastLimit, ...]] = Kept(8)


class LeastView(BaseModel):
    """One hard side of a guardrail, in the unit of the metric. Between `not_kept` and `kept` lies the least feasible limit."""

    model_config = ConfigDict(frozen=True)

    name: str
    metric: str
    label: str = Field(description="The metric as people call it.")
    side: str = Field(description="upper or lower. The least feasible limit of a lower one is the highest.")
    stated: float | None = Field(
        description="As its owner states it; null where only single periods have limits."
    )
    by_itself: float | None = Field(
        description="No plan keeps a tighter one, whatever is ordered and whatever the other limits are; null where nothing is known."
    )
    not_kept: float | None = Field(
        description="The loosest limit that no plan keeps beside the others, as far as known."
    )
    not_kept_run: int | None = Field(
        description="The frontier that has proven it; null where it is that by itself."
    )
    kept: float | None = Field(
        description="The tightest limit that a plan is known to keep beside the others."
    )
    kept_run: int | None = Field(description="The run that has the plan.")
    is_stepped: bool = Field(description="Periods have limits of their own: they are taken to move together.")
    may_narrow: bool = Field(
        description="Whether a frontier between the two would tell more, and the visitor may start it."
    )

    @property
    def is_money(self) -> bool:
        """Whether the limit is an amount of money."""
        return words.unit_of(self.metric) is words.MONEY


class LeastLimitsView(BaseModel):
    """How tight the limits in force could be on the latest baseline."""

    model_config = ConfigDict(frozen=True)

    baseline_id: int
    guardrail_version_id: int | None = Field(description="Null where the baseline's own limits hold.")
    currency: str
    limits: tuple[LeastView, ...]
    points: int = Field(description="Limits of a frontier that narrows it down.")
    seen: str = Field(description="Send it back to start a frontier.")


def key_of(store: Store) -> str | None:
    """What decides on the part that takes a moment; None before there is a baseline."""
    latest = baselines.latest(store)
    return None if latest is None else canonical(["least", store.name, latest.id, _in_force(store)])


def is_ready(store: Store) -> bool:
    """Whether `view` takes no time."""
    key = key_of(store)
    return key is None or _KEPT.has(key)


def view(store: Store, actor: str) -> LeastLimitsView | None:
    """How tight the limits in force could be; None before there is a baseline.

    Raises
    ------
    InstanceError
        The limits in force do not fit the latest baseline.
    """
    latest = baselines.latest(store)
    if latest is None:
        return None
    version_id = _in_force(store)
    alone = {(row.guardrail, row.side): row for row in known_alone(store)}
    kept, refused = _known(store, latest.id, version_id)
    may_start = store.governance.allows(actor, Permission.RUN_START)
    limits = [
        _view(limit, side, alone.get((limit.name, side)), kept, refused, may_start=may_start)
        for limit in limits_of(files.instance_of(store, latest.id, version_id))
        if limit.is_hard
        for side in limit.sides
    ]
    return LeastLimitsView(
        baseline_id=latest.id,
        guardrail_version_id=version_id,
        currency=files.currency_of(store, latest.id),
        limits=tuple(limits),
        points=POINTS,
        seen=chosen(store, None, latest.id).seen,
    )


def known_alone(store: Store) -> tuple[LeastLimit, ...]:
    """What is known of each limit by itself; it takes seconds for a large instance the first time."""
    latest = baselines.latest(store)
    key = key_of(store)
    if latest is None or key is None:
        return ()

    def made() -> tuple[LeastLimit, ...]:
        instance = files.instance_of(store, latest.id, _in_force(store))
        return least_limits(Tables.build(instance, build_tree(instance)))

    return _KEPT.of(key, made)


def _in_force(store: Store) -> int | None:
    version = guardrail_versions.effective_on(store, store.clock().date())
    return None if version is None else version.id


_Known = dict[tuple[str, str], tuple[float, int]]
"""By guardrail and side: a limit, and the run that knows it."""


def _known(store: Store, baseline_id: int, version_id: int | None) -> tuple[_Known, _Known]:
    """The tightest limits that plans keep, and the loosest that none keeps, in runs under just these limits."""
    is_version = (
        Run.guardrail_version_id.is_(None) if version_id is None else Run.guardrail_version_id == version_id
    )
    kept: _Known = {}
    refused: _Known = {}
    with store.read() as session:
        runs = [
            run
            for kind in ("plan", "frontier")
            for run in session.scalars(
                sa.select(Run)
                .where(Run.kind == kind, Run.baseline_id == baseline_id, is_version)
                .order_by(Run.id.desc())
                .limit(MOST_RUNS)
            )
            if not run.overlay
        ]
    for run in runs:
        for guardrail, side, limit, is_kept in _told(store, run):
            _take(kept if is_kept else refused, (guardrail, side), limit, run.id, side, is_kept=is_kept)
    return kept, refused


def _take(
    known: _Known, key: tuple[str, str], limit: float, run_id: int, side: str, *, is_kept: bool
) -> None:
    there = known.get(key)
    # Of what plans keep the tightest counts, of what none keeps the loosest.
    is_less = is_kept == (side == "upper")
    if there is None or (limit < there[0] if is_less else limit > there[0]):
        known[key] = limit, run_id


def _told(store: Store, run: Run) -> Iterator[tuple[str, str, float, bool]]:
    """Guardrail, side, limit, and whether a plan keeps it: what a run says."""
    if run.kind == "frontier":
        made = frontier_of(run)
        for point in () if made is None else made.points:
            if made is not None and (point.has_plan or point.status == INFEASIBLE):
                yield made.guardrail, made.side, point.limit, point.has_plan
    elif run.state == "finished" and files.has_file(run, "guardrails.csv"):
        if (run.certificate or {}).get("relaxations"):
            return  # it keeps others than these
        for row in _rows(files.table_of(store, run, "guardrails.csv")):
            worst = finite(row["worst"])
            if worst is not None:
                yield row["name"], row["side"], worst, True


def _rows(table: pd.DataFrame) -> Sequence[dict[Any, Any]]:
    return table[["name", "side", "worst"]].to_dict("records")


def _view(
    limit: LimitView, side: str, alone: LeastLimit | None, kept: _Known, refused: _Known, *, may_start: bool
) -> LeastView:
    # What a plan uses of limits that differ by period says nothing of another level of all of them.
    of_plan = None if limit.is_stepped else kept.get((limit.name, side))
    proven = None if limit.is_stepped else refused.get((limit.name, side))
    by_itself = None if alone is None else alone.limit
    candidates: list[tuple[float, int | None]] = [] if by_itself is None else [(by_itself, None)]
    candidates += [proven] if proven is not None else []
    loosest = max if side == "upper" else min
    not_kept: tuple[float | None, int | None] = (None, None)
    if candidates:
        not_kept = loosest(candidates, key=lambda one: one[0])
    is_open = (
        not_kept[0] is not None
        and of_plan is not None
        and abs(of_plan[0] - not_kept[0]) > CLOSE * max(abs(of_plan[0]), abs(not_kept[0]))
    )
    return LeastView(
        name=limit.name,
        metric=limit.metric,
        label=limit.label,
        side=side,
        stated=limit.upper if side == "upper" else limit.lower,
        by_itself=by_itself,
        not_kept=not_kept[0],
        not_kept_run=not_kept[1],
        kept=None if of_plan is None else of_plan[0],
        kept_run=None if of_plan is None else of_plan[1],
        is_stepped=limit.is_stepped,
        may_narrow=is_open and may_start,
    )
