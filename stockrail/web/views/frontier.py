"""A frontier: what the best plan earns as one limit moves, point by point, with its knee."""

import math

from pydantic import BaseModel, ConfigDict, Field

from stockrail.finance.finance_display import knee_sentence
from stockrail.finance.frontier import Frontier
from stockrail.finance.frontier_chart import frontier_charts
from stockrail.finance.frontier_point import FrontierPoint
from stockrail.formats import finite
from stockrail.reports.chart_parts import Chart
from stockrail.workbench.runs.sweeps import frontier_of
from stockrail.workbench.store.tables import Run


class PointView(BaseModel):
    """One limit and the best plan under it. Money in the currency of the run; null where there is no plan."""

    model_config = ConfigDict(frozen=True)

    limit: float = Field(description="In the unit of the metric.")
    status: str = Field(description="proven within the gap asked for, feasible, infeasible, or none.")
    expected_margin: float | None
    objective: float | None = Field(
        description="What is maximized; the margin unless worst scenarios weigh in."
    )
    bound: float | None = Field(description="No plan under this limit reaches more.")
    gap: float | None = Field(description="Between them, a share.")
    fill_rate: float | None
    mean_inventory_value: float | None
    peak_inventory_value: float | None
    relaxation: float | None = Field(description="Of an infeasible limit: by how much it has to give way.")
    reason: str = Field(description="Of an infeasible limit: which limits cannot hold together.")
    seconds: float
    is_stated: bool = Field(description="Whether it is the limit as its owner states it.")
    is_knee: bool


class KneeView(BaseModel):
    """Where a frontier bends most."""

    model_config = ConfigDict(frozen=True)

    limit: float
    objective: float
    earns_before: float = Field(description="Money that a unit looser earns on average up to the knee.")
    earns_after: float = Field(description="Money that a unit looser earns on average from there on.")
    is_clear: bool = Field(description="Whether the bend is larger than what the bounds leave open.")
    bend: float = Field(description="Money by which it lies above the straight line between the ends.")
    open_money: float = Field(description="Money to which the least known point is known.")


class FrontierView(BaseModel):
    """A frontier, as far as it is known."""

    model_config = ConfigDict(frozen=True)

    currency: str
    guardrail: str
    side: str
    metric: str
    unit: str = Field(description="Of the limit.")
    is_money: bool = Field(description="Whether the limit is money in `currency`.")
    stated: float = Field(description="The limit as its owner states it.")
    gap: float = Field(description="Asked for at each point, a share.")
    largest_gap: float | None = Field(description="Of all points with a plan.")
    points: tuple[PointView, ...] = Field(description="By rising limit.")
    knee: KneeView | None
    knee_in_words: str = Field(description="Amounts in full, in the run's currency.")


def view(run: Run) -> FrontierView | None:
    """What a run has found; None where it is no frontier, or has found nothing yet."""
    made = frontier_of(run)
    if made is None:
        return None
    gaps = [point.gap for point in made.points if point.has_plan]
    return FrontierView(
        currency=made.currency,
        guardrail=made.guardrail,
        side=made.side,
        metric=made.metric,
        unit=made.unit,
        is_money=made.unit == made.currency,
        stated=made.stated,
        gap=made.gap,
        largest_gap=finite(max(gaps, default=None)),
        points=tuple(_point(made, point) for point in made.points),
        knee=_knee(made),
        knee_in_words=knee_sentence(made),
    )


def charts(run: Run) -> list[Chart]:
    """Margin with its bound, fill rate and inventory against the limit; none before there is a plan."""
    made = frontier_of(run)
    return [] if made is None or not any(point.has_plan for point in made.points) else frontier_charts(made)


def _point(made: Frontier, point: FrontierPoint) -> PointView:
    knee = made.knee
    return PointView(
        limit=point.limit,
        status=point.status,
        expected_margin=finite(point.expected_margin),
        objective=finite(point.objective),
        bound=finite(point.bound),
        gap=finite(point.gap),
        fill_rate=finite(point.fill_rate),
        mean_inventory_value=finite(point.mean_inventory_value),
        peak_inventory_value=finite(point.peak_inventory_value),
        relaxation=finite(point.relaxation),
        reason=point.reason,
        seconds=point.seconds,
        is_stated=math.isclose(point.limit, made.stated, rel_tol=1e-9),
        is_knee=knee is not None and knee.limit == point.limit,
    )


def _knee(made: Frontier) -> KneeView | None:
    knee = made.knee
    if knee is None:
        return None
    # A looser lower limit is a lower one.
    sign = 1.0 if made.side == "upper" else -1.0
    slopes = (knee.slope_before, knee.slope_after) if sign > 0 else (-knee.slope_after, -knee.slope_before)
    widest = max(
        (one.bound - one.objective for one in made.points if one.has_plan and math.isfinite(one.bound)),
        default=0.0,
    )
    return KneeView(
        limit=knee.limit,
        objective=knee.objective,
        earns_before=slopes[0],
        earns_after=slopes[1],
        is_clear=knee.above_chord >= widest,
        bend=knee.above_chord,
        open_money=widest,
    )
