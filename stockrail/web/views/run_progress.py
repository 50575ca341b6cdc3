"""How a run goes: place in the queue, phase, plan, bound and gap; cheap, as many visitors ask every second."""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import altair as alt
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.reports.chart_parts import Chart, amount_axis, assemble
from stockrail.web.files import currency_of
from stockrail.web.stale import seen_of
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.history import Point, points_of
from stockrail.workbench.runs.lookup import ENDED_STATES, get, queue_place
from stockrail.workbench.runs.recover import NOT_YET
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind, RunState

CHART_KEY = "progress"

_REACH = 4.0
"""Early points that are further away than so many ranges of the later half would flatten it; they are cut off."""


class ProgressPoint(BaseModel):
    """A moment at which plan or bound became better. Money in the run's currency."""

    model_config = ConfigDict(frozen=True)

    seconds: float = Field(description="Of the run, all attempts together.")
    incumbent: float | None = Field(description="What the best plan earns; null before there is one.")
    bound: float | None = Field(description="What no plan can earn more than; null before it is known.")


class ProgressView(BaseModel):
    """How a run goes. Money in the run's currency."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: RunKind
    state: RunState
    currency: str
    queue_place: int | None = Field(
        description="1 for the run that begins next; null where it does not wait."
    )
    phase: str | None = Field(description="What is being done.")
    incumbent: float | None = Field(description="What the best plan so far earns.")
    bound: float | None = Field(description="No plan earns more than this.")
    gap: float | None = Field(description="(bound - incumbent) / incumbent, a share.")
    asked_gap: float = Field(description="Share at which the search stops.")
    seconds: float = Field(description="Spent so far, all attempts together.")
    time_limit: float = Field(description="Seconds of search at most.")
    points: tuple[ProgressPoint, ...] = Field(description="How plan and bound came closer; at most 120.")
    is_stopping: bool = Field(description="Somebody has cancelled it; it ends within three seconds.")
    is_settled: bool = Field(description="Nothing changes any more by itself.")
    tag: str = Field(description="Another one where something has changed.")
    seen: str = Field(description="Send it back with what changes the run.")


@dataclass(frozen=True)
class _Row:
    """The columns that are needed: certificates and overlays of large instances are not."""

    id: int
    kind: RunKind
    state: RunState
    options: dict[str, Any]
    progress: dict[str, Any] | None
    baseline_id: int
    cancel_requested: bool
    finished_at: dt.datetime | None
    requested_at: dt.datetime
    is_kept: bool


def view(store: Store, run_id: int) -> ProgressView:
    """How a run goes now.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    row = _row(store, run_id)
    said = row.progress or {}
    place = None if row.state != "queued" else queue_place(store, get(store, run_id))
    is_settled = row.state in ENDED_STATES and not (
        row.is_kept and row.state != "finished" and _is_unchecked(store, run_id)
    )
    points = points_of(row.progress)
    facts = (row.state, place, row.cancel_requested, is_settled, row.finished_at, said.get("at"))
    return ProgressView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        currency=currency_of(store, row.baseline_id),
        queue_place=place,
        phase=said.get("phase"),
        incumbent=said.get("incumbent"),
        bound=said.get("bound"),
        gap=said.get("gap"),
        asked_gap=float(row.options["gap"]),
        seconds=float(said.get("seconds") or 0.0),
        time_limit=float(row.options["time_limit"]),
        points=tuple(
            ProgressPoint(seconds=one.seconds, incumbent=one.incumbent, bound=one.bound) for one in points
        ),
        is_stopping=row.cancel_requested and row.state == "running",
        is_settled=is_settled,
        tag=sha256(repr(facts).encode()).hexdigest()[:16],
        seen=seen_of_run(row),
    )


def seen_of_run(run: Run | _Row) -> str:
    """The tag of a run for those who cancel it or let it go on: whether it goes, or how and when it ended."""
    if run.state not in ENDED_STATES:
        return seen_of("run", run.id, "open")
    ended = None if run.finished_at is None else f"{run.finished_at:%Y%m%dT%H%M%S%f}"
    return seen_of("run", run.id, run.state, ended)


def chart(view: ProgressView) -> Chart | None:
    """Plan and bound over time; None before there is anything to draw."""
    points = [Point(one.seconds, one.incumbent, one.bound) for one in view.points]
    if not points:
        return None
    # Both hold until now, or until the run ended.
    points.append(Point(max(view.seconds, points[-1].seconds), points[-1].incumbent, points[-1].bound))
    low, high = _domain(points)
    scale = alt.Scale(domain=[low, high], nice=True, zero=False)
    time = alt.X(
        field="seconds", type="quantitative", scale=alt.Scale(nice=False, domainMin=0.0),
        axis=alt.Axis(title="seconds", grid=False, tickCount=8),
    )  # fmt: skip
    layers = []
    for name, colour, title in (
        ("bound", "var(--limit)", "no plan earns more than"),
        ("incumbent", "var(--line)", "best plan"),
    ):
        values = [
            {"seconds": one.seconds, name: getattr(one, name)}
            for one in points
            if getattr(one, name) is not None
        ]
        base = alt.Chart(alt.InlineData(values=values)).encode(
            x=time, y=alt.Y(field=name, type="quantitative", scale=scale, axis=amount_axis(view.currency))
        )
        layers.append(base.mark_line(color=colour, strokeWidth=2, interpolate="step-after", clip=True))
        tooltip = [
            alt.Tooltip(field="seconds", type="quantitative", format=",.1f", title="seconds"),
            alt.Tooltip(field=name, type="quantitative", format=",.2f", title=f"{title} ({view.currency})"),
        ]
        layers.append(base.mark_point(filled=True, size=90, opacity=0, clip=True).encode(tooltip=tooltip))
    words = "What the best plan earns, from below, and what no plan earns more than, from above, over the run's time."
    return assemble(CHART_KEY, words, layers, 220)


def _domain(points: list[Point]) -> tuple[float, float]:
    later = _amounts(points[len(points) // 2 :])
    low, high = min(later), max(later)
    reach = _REACH * max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-9)
    near = [amount for amount in _amounts(points) if low - reach <= amount <= high + reach]
    low, high = min(near), max(near)
    margin = 0.05 * max(high - low, 1e-4 * max(abs(low), abs(high)), 0.01)
    return low - margin, high + margin


def _amounts(points: list[Point]) -> list[float]:
    return [amount for one in points for amount in (one.incumbent, one.bound) if amount is not None]


def _row(store: Store, run_id: int) -> _Row:
    columns = (
        Run.id, Run.kind, Run.state, Run.options, Run.progress, Run.baseline_id, Run.cancel_requested, Run.finished_at,
        Run.requested_at, Run.best_plan.is_not(None),
    )  # fmt: skip
    with store.read() as session:
        found = session.execute(sa.select(*columns).where(Run.id == run_id)).one_or_none()
    if found is None:
        get(store, run_id)  # says which runs there are
        raise NotFoundError(f"There is no run {run_id}.")
    return _Row(*found)


def _is_unchecked(store: Store, run_id: int) -> bool:
    """Whether the plan that was kept is still to be laid out and checked."""
    with store.read() as session:
        numbers = session.scalar(sa.select(Run.certificate).where(Run.id == run_id)) or {}
    verification = numbers.get("verification")
    return verification is None or verification.get("detail") == NOT_YET
