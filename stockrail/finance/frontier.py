"""The frontier: what the best plan earns as one limit moves, each point with its proof, warm from point to point."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.files import write_csv, write_json
from stockrail.finance.frontier_knee import Knee, find_knee
from stockrail.finance.frontier_point import INFEASIBLE, NAN, FrontierPoint, Known, with_plan
from stockrail.finance.limits import Side, change_limit, stated_limit
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import (
    Diagnosis,
    InfeasibleError,
    Progress,
    SolutionStatus,
    SolveOptions,
    TerminationReason,
    relative_gap,
)
from stockrail.solvers.session import Session


@dataclass(frozen=True)
class Frontier:
    """Margin against one limit.

    Attributes
    ----------
    points : in the order in which the limits were given.
    gap : the gap asked for.
    seconds, seconds_by_phase : of the whole sweep.
    """

    instance_name: str
    currency: str
    guardrail: str
    metric: str
    unit: str
    side: str
    stated: float
    gap: float
    points: tuple[FrontierPoint, ...]
    seconds: float
    seconds_by_phase: dict[str, float]

    @property
    def knee(self) -> Knee | None:
        """Where a looser limit stops to earn much; None where the frontier has no bend."""
        with_plan = [point for point in self.points if point.has_plan]
        return find_knee([point.limit for point in with_plan], [point.objective for point in with_plan])

    @property
    def is_complete(self) -> bool:
        """Whether each point is proven within the gap or proven infeasible."""
        return all(point.status in {SolutionStatus.PROVEN, INFEASIBLE} for point in self.points)

    def frame(self) -> pd.DataFrame:
        """One row per point, one column per attribute of `FrontierPoint`."""
        return pd.DataFrame([asdict(point) for point in self.points])

    def record(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return {
            **asdict(self),
            "points": [asdict(point) for point in self.points],
            "knee": self.knee and asdict(self.knee),
            "statistical_gap": None,  # of which point? The words say what computes it
        }

    @staticmethod
    def of_record(record: dict[str, Any]) -> "Frontier":
        """The frontier of a `record`, whether or not it went through a JSON file."""
        texts = ("status", "reason")
        rows: list[dict[str, Any]] = [
            {name: NAN if value is None and name not in texts else value for name, value in row.items()}
            for row in record["points"]
        ]
        points = [FrontierPoint(**row) for row in rows]
        kept = {field.name: record[field.name] for field in fields(Frontier) if field.name != "points"}
        return Frontier(points=tuple(points), **kept)

    def with_points(self, points: Sequence[FrontierPoint]) -> "Frontier":
        """The same with other points in place of those of their limits, and more; by rising limit."""
        known = {point.limit: point for point in (*self.points, *points)}
        return replace(self, points=tuple(known[limit] for limit in sorted(known)))

    def write(self, folder: Path | str) -> Path:
        """Write frontier.csv, frontier.json and frontier.html."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write_csv(self.frame(), target / "frontier.csv")
        write_json(self.record(), target / "frontier.json")
        self.write_html(target / "frontier.html")
        return target

    def write_html(self, path: Path | str) -> Path:
        """Write the chart, one HTML file that needs no network."""
        from stockrail.finance.frontier_chart import write_frontier

        return write_frontier(self, Path(path))


def frontier(
    instance: Instance,
    guardrail: str,
    limits: Sequence[float],
    *,
    side: Side = "upper",
    gap: float = 0.003,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[int, Progress], None] = lambda done, progress: None,
    on_found: Callable[[Frontier], None] = lambda so_far: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Frontier:
    """Trace what the best plan earns as one limit moves.

    The sweep goes from the tightest limit to the loosest, so that every plan stays feasible for the next limits and every
    proof helps; at the end each point takes the best plan and the lowest bound that any point has found. Cancelling keeps
    what is known by then.

    Parameters
    ----------
    guardrail, side : the limit; `capacity:SUPPLIER` and `warehouse:WAREHOUSE` are limits too.
    limits : in any order, in the unit of the metric.
    gap : relative gap at which each point may stop.
    time_limit : seconds for each point.
    on_progress : called with the number of points done.
    on_found : called with the points done so far, after each of them.

    Raises
    ------
    LimitError
        There is no such limit, or it cannot have one of the values.
    """
    began = time.perf_counter()
    stated = stated_limit(instance, guardrail, side)
    instances = [change_limit(instance, guardrail, side, float(limit)) for limit in limits]
    order = sorted(range(len(limits)), key=lambda k: limits[k] if side == "upper" else -limits[k])
    tables = Tables.build(instance, build_tree(instance))
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    points: dict[int, FrontierPoint] = {}
    with open_session(tables, options) as session:
        rows = [
            Guardrails(
                tables, Guardrails.build(replace(tables, instance=changed)).blocks, session.guardrails.terms
            )
            for changed in instances
        ]
        # None where nothing is asked for, or the limit is a capacity that no item uses.
        block = next((block for row in rows[:1] for block in row.blocks if block.name == guardrail), None)

        def so_far(found: Sequence[FrontierPoint]) -> Frontier:
            return Frontier(
                instance_name=instance.settings.name,
                currency=instance.settings.currency,
                guardrail=guardrail,
                metric=block.metric if block else "",
                unit=unit_of(block.metric, instance.settings.currency) if block else "",
                side=side,
                stated=stated,
                gap=gap,
                points=tuple(found),
                seconds=time.perf_counter() - began,
                seconds_by_phase=dict(session.seconds),
            )

        known = Known(session, gap)
        for done, k in enumerate(order):
            start = known.best(FrontierPoint(float(limits[k]), SolutionStatus.NONE), rows[k])
            if is_cancelled() or start.status == SolutionStatus.PROVEN:
                points[k] = start
            else:
                at_point = replace(options, on_progress=partial(on_progress, done))
                points[k] = _solve(session, rows[k], at_point, start.limit, guardrail, side)
                known.learn(rows[k])
            on_found(so_far([points[one] for one in sorted(points)]))
        return so_far([known.best(points[k], rows[k]) for k in range(len(limits))])


def _solve(
    session: Session, guardrails: Guardrails, options: SolveOptions, limit: float, guardrail: str, side: Side
) -> FrontierPoint:
    """Solve at one limit; the plan stays in the session."""
    began = time.perf_counter()
    try:
        result = solve_in(session, guardrails, options)
    except InfeasibleError as error:
        return FrontierPoint(
            limit,
            INFEASIBLE,
            relaxation=_relaxation(error.diagnosis, guardrail, side),
            reason=str(error).splitlines()[0],
            seconds=time.perf_counter() - began,
        )
    point = FrontierPoint(limit, str(result.solution_status), bound=result.bound)
    if result.cumulative_lots is not None:
        point = with_plan(point, session, guardrails, result.cumulative_lots, result.objective)
    if result.termination_reason is TerminationReason.INFEASIBLE:
        point = replace(point, status=INFEASIBLE)
    return replace(point, gap=relative_gap(point.objective, point.bound), seconds=time.perf_counter() - began)


def _relaxation(diagnosis: Diagnosis, guardrail: str, side: Side) -> float:
    changes = [
        row.limit_change for row in diagnosis.relaxations if (row.guardrail, row.side) == (guardrail, side)
    ]
    return max(changes, default=0.0)


def unit_of(metric: str, currency: str) -> str:
    """The unit of a limit on a metric, for people."""
    from stockrail.model.metrics import METRICS

    unit = {"days_of_supply": "days", "cash_conversion_cycle": "days", "turns": "per year"}.get(metric)
    if unit is None:
        unit = "share" if metric in {"fill_rate", "on_time_in_full"} else METRICS[metric].unit
    return currency if unit == "money" else unit
