"""The measures as data frames."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stockrail.measures.mean_plan import MeanPlan
from stockrail.measures.ranged import Ranged
from stockrail.measures.solving import INFEASIBLE, NOT_SOLVED, SOLVED

if TYPE_CHECKING:
    from stockrail.measures.measures import Measures

BEST, MEAN, VSS = "best plan", "mean plan where the mean happens", "value of the stochastic solution"
VARIABILITY, WAIT, EVPI = "cost of variability", "wait and see", "value of perfect information"
POLICY_GAP, FIRST_GAP = "statistical gap as a policy", "statistical gap of orders now"

CERTAIN, WITH_ERROR = "certain mean", "mean with error"
DOES_NOT_VARY = "does not vary on the tree"

Row = tuple[str, str, str, Ranged, str]


def measures_frame(measures: "Measures") -> pd.DataFrame:
    """All measures, one row each: measure, detail, status, value, least, most, note.

    `least` and `most` are what the solves prove; of a statistical gap, `most` is the end of its one-sided interval.
    """
    rows: list[Row] = [(BEST, "", SOLVED, measures.optimum, "")]
    for mean in measures.mean_plans:
        note = f"no plan keeps {', '.join(mean.solved.broken)}" if mean.solved.status == INFEASIBLE else ""
        rows.append((MEAN, kind_of(mean), mean.solved.status, mean.solved.optimum, note))
    for mean in measures.mean_plans:
        rows += _values_of(measures, mean)
    if measures.mean_plans:
        status = measures.mean_plans[0].solved.status
        rows.append((VARIABILITY, "in all", status, measures.cost_of_variability(), ""))
    if len(measures.mean_plans) > 1:
        in_all, on_tree = measures.mean_plans[0].solved, measures.mean_plans[1].solved
        error = in_all.optimum.less(on_tree.optimum)
        rows.append(
            (VARIABILITY, "of it by forecast error", _worse(in_all.status, on_tree.status), error, "")
        )
    known = measures.wait_and_see
    rows.append((WAIT, "", known.status, known.optimum, ""))
    rows.append((EVPI, "all", known.status, measures.expected_value_of_perfect_information(), ""))
    for driver, information in measures.drivers.items():
        value = measures.expected_value_of_perfect_information(driver)
        status = SOLVED if information is None else information.status
        note = DOES_NOT_VARY if information is None else f"{len(information.groups)} different futures"
        rows.append((EVPI, driver, status, value, note))
    if (found := measures.replications) is not None:
        for name, gap in ((FIRST_GAP, found.first_orders_gap), (POLICY_GAP, found.policy_gap)):
            status = SOLVED if gap.is_known else NOT_SOLVED
            rows.append((name, f"{len(found.trees)} trees", status, Ranged(gap.value, np.nan, gap.most), ""))
    cells = [
        [name, detail, status, value.value, value.least, value.most, note]
        for name, detail, status, value, note in rows
    ]
    return pd.DataFrame(cells, columns=["measure", "detail", "status", "value", "least", "most", "note"])


def kind_of(mean: MeanPlan) -> str:
    """Which mean a plan is for."""
    return WITH_ERROR if mean.has_error else CERTAIN


def _values_of(measures: "Measures", mean: MeanPlan) -> list[Row]:
    if not mean.held:
        return [(VSS, kind_of(mean), mean.solved.status, Ranged.unknown(), "the mean has no plan")]
    rows: list[Row] = []
    for held in mean.held:
        note = f"the mean plan breaks {', '.join(held.broken)}" if held.status == INFEASIBLE else ""
        how = "anew at each stage" if held.through_period is None else f"kept to period {held.through_period}"
        detail = f"{kind_of(mean)}, {how}"
        rows.append((VSS, detail, held.status, held.value_of_stochastic_solution(measures.optimum), note))
    return rows


def _worse(*statuses: str) -> str:
    return next((status for status in (INFEASIBLE, NOT_SOLVED) if status in statuses), SOLVED)


def scenarios_frame(measures: "Measures") -> pd.DataFrame:
    """Wait and see by scenario: scenario, probability, status, wait_and_see, bound, plan, missed.

    `wait_and_see` and `bound` are the best margin found for the scenario alone and what no plan exceeds there; `plan` is what the best
    plan of the tree earns in the scenario, `missed` the difference of both.
    """
    tree = measures.tables.tree
    rows = []
    for group in measures.wait_and_see.groups:
        best = group.free.optimum
        rows.append(
            [
                tree.names[int(group.leaves[0])],
                group.probability,
                group.status,
                best.value,
                best.most,
                group.plan_objective,
                best.value - group.plan_objective,
            ]
        )
    names = ["scenario", "probability", "status", "wait_and_see", "bound", "plan", "missed"]
    return pd.DataFrame(rows, columns=names)
