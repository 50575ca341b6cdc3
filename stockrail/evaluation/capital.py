"""Which working capital is made equal: that of the guardrail that ties up most of what it allows (docs/formulation.md, section 16)."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Guardrail
from stockrail.simulation.outcome import Outcome

METRICS = ("inventory_value", "working_capital")
"""Metrics that are working capital."""

BINDING_SHARE = 0.9
"""A limit of which the plan uses less than this share does not bind, so that its peak is not what costs money."""

Kind = Literal["peak", "average"]


@dataclass(frozen=True)
class CapitalMeasure:
    """How the working capital of a path is measured.

    Attributes
    ----------
    metric : inventory_value or working_capital, of all items.
    kind : the largest amount of a period, or the mean over periods.
    guardrail : whose capital it is; blank where none limits it.
    limit : [periods], money that the guardrail allows, infinite where it does not; where it is measured over several
        periods the same in each of them.
    """

    metric: str
    kind: Kind
    guardrail: str
    limit: Array

    def of(self, outcome: Outcome) -> Array:
        """Capital of each path [paths], money; a peak is told at the loosest of the limits, where they differ by period."""
        held = np.isfinite(self.limit)
        amounts = outcome.metric(self.metric)[:, held]
        if self.kind == "average":
            return np.asarray(amounts.mean(axis=1))
        return np.asarray((amounts / self.limit[held]).max(axis=1) * self.allowed)

    @property
    def allowed(self) -> float:
        """What the guardrail allows, money; infinite where there is none."""
        held = self.limit[np.isfinite(self.limit)]
        return float(held.max()) if self.guardrail else np.inf

    def over(self, instance: Instance, periods: int) -> "CapitalMeasure":
        """The same for the instance from another period on, with the limits that it has then."""
        row = next((row for row in instance.guardrails if row.guardrail == self.guardrail), None)
        limit = np.ones(periods) if row is None else limits(instance, row, periods)
        # Where the guardrail holds no more, all periods count alike.
        return replace(self, limit=limit if np.isfinite(limit).any() else np.ones(periods))

    @property
    def words(self) -> str:
        """What is equal, in words."""
        name = self.metric.replace("_", " ")
        return f"{self.kind} {name}" + (f" (guardrail {self.guardrail})" if self.guardrail else "")


def capital_measure(instance: Instance, outcome: Outcome) -> CapitalMeasure:
    """Choose what is made equal, from what the plan does on training paths.

    Of the guardrails with an upper limit on inventory value or working capital of all items it is the one that the plan uses most of. Where it holds
    in each period, its peak counts, unless the limit does not bind or the peak is the opening stock, which no
    policy decides: then it is the average, as where it is measured as an average. Without such a guardrail it is the average inventory value.
    """
    periods = outcome.world.periods
    best: tuple[float, CapitalMeasure] | None = None
    for row in instance.guardrails:
        if row.metric in METRICS and row.scope == "all":
            limit = limits(instance, row, periods)
            held = np.isfinite(limit)
            if not held.any() or limit[held].min() <= 0:
                continue  # nothing is limited, or nothing may be tied up at all
            kind: Kind = "average" if row.measured == "average" else "peak"
            measure = CapitalMeasure(row.metric, kind, row.guardrail, limit)
            used = float(measure.of(outcome).mean()) / measure.allowed
            if best is None or used > best[0]:
                best = used, measure
    everywhere = np.ones(periods)
    if best is None:
        return CapitalMeasure("inventory_value", "average", "", everywhere)
    used, measure = best
    if measure.kind == "peak":
        held = np.flatnonzero(np.isfinite(measure.limit))
        first = (outcome.metric(measure.metric)[:, held] / measure.limit[held]).argmax(axis=1) + held[0] == 0
        if used < BINDING_SHARE or first.mean() > 0.5:
            return CapitalMeasure(measure.metric, "average", measure.guardrail, measure.limit)
    return measure


def limits(instance: Instance, row: Guardrail, periods: int) -> Array:
    """Upper limit of a guardrail by period [periods], infinite where it does not hold."""
    limit = np.full(periods, np.inf)
    if row.measured == "total":
        return limit  # a sum over periods is no capital
    held = slice(row.first_period, min(row.last_period + 1, periods))
    if row.upper is not None:
        limit[held] = row.upper
    for changed in instance.guardrail_limits:
        if changed.guardrail == row.guardrail and changed.upper is not None and changed.period < periods:
            limit[changed.period] = changed.upper
    if row.measured == "quarter ends":
        ends = np.zeros(periods, dtype=bool)
        ends[: len(instance.quarter_ends)] = instance.quarter_ends[:periods]
        limit[~ends] = np.inf
    return limit
