"""Would the plan as made have missed, too: carried out on the demand that came, with suppliers as assumed."""

from collections.abc import Callable

import numpy as np

from stockrail.model.tree import Array
from stockrail.workbench.governance.breach import CENT, ROUNDING
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import Hindsight
from stockrail.workbench.root_cause.miss import FoundMiss
from stockrail.workbench.root_cause.spikes import planned_expediting
from stockrail.workbench.scorecard.revalue import Revalued


def hindsight(case: Case, miss: FoundMiss) -> tuple[Hindsight, str]:
    """The answer for a miss, and the reason where there is none.

    It misses too if it does so in any period of the miss, by the same measure.
    """
    last = miss.period + int(miss.evidence["periods"]) - 1
    revalued = case.revalued
    if revalued is None or not case.is_demand_known(miss.members, last):
        return Hindsight.UNKNOWN, "the demand that came is not known up to there"
    judged = JUDGES[miss.kind](case, miss, revalued)
    if judged is None:
        return (
            Hindsight.UNKNOWN,
            f"a simulated plan says nothing of {miss.evidence.get('metric', miss.subject)}",
        )
    return (Hindsight.MISSES if judged[miss.period : last + 1].any() else Hindsight.HOLDS), ""


def _runs_out(case: Case, miss: FoundMiss, revalued: Revalued) -> Array | None:
    i = miss.members[0]
    demand, short = revalued.demand[i], revalued.short[i]
    return np.asarray(short > (1.0 - case.rules.least_fill_rate) * demand + ROUNDING)


def _is_beyond_cover(case: Case, miss: FoundMiss, revalued: Revalued) -> Array | None:
    i = miss.members[0]
    limit = case.cover.limit[i, : revalued.n_periods]
    return np.asarray(revalued.on_hand[i] > limit + ROUNDING * np.maximum(limit, 1.0))


def _breaks(case: Case, miss: FoundMiss, revalued: Revalued) -> Array | None:
    evidence = miss.evidence
    scope = (evidence["scope"], evidence["scope_value"])
    if miss.subject.endswith("outside funded builds"):
        return None
    try:
        if evidence["metric"] == "overtime_spend":
            value = revalued.overtime
        elif evidence["metric"] == "fill_rate":
            demand = revalued.metric("demand", scope)
            value = 1.0 - revalued.metric("short", scope) / np.where(demand > 0, demand, np.nan)
        else:
            value = revalued.metric(evidence["metric"], scope)
    except KeyError:
        return None
    sign = 1.0 if evidence["side"] == "upper" else -1.0
    slack = CENT if evidence["metric"] != "fill_rate" else 0.0
    return np.asarray(sign * (value - evidence["limit"]) > slack + ROUNDING * abs(evidence["limit"]))


def _spikes(case: Case, miss: FoundMiss, revalued: Revalued) -> Array | None:
    planned = planned_expediting(case)[: revalued.n_periods]
    beyond = revalued.metric("expedite_spend") - planned
    return np.asarray(
        (beyond > case.rules.spike_share * planned + CENT) & (beyond >= case.rules.least_spike_money)
    )


JUDGES: dict[str, Callable[[Case, FoundMiss, Revalued], Array | None]] = {
    "stockout": _runs_out,
    "excess": _is_beyond_cover,
    "breach": _breaks,
    "expedite_spike": _spikes,
}
"""For each kind of miss, in which periods [periods] the simulated plan has it; None where that cannot be said."""
