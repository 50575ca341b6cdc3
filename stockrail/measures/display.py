"""What a person sees of the measures on a terminal of 80 columns."""

import math
from typing import Any

from rich import box
from rich.table import Table

from stockrail.finance.finance_display import as_lines
from stockrail.formats import MISSING, amount, decimals_for, duration, finite, percent
from stockrail.measures.information import DRIVERS
from stockrail.measures.mean_plan import MeanPlan
from stockrail.measures.measures import Measures
from stockrail.measures.rows import EVPI, FIRST_GAP, POLICY_GAP, VARIABILITY, VSS, kind_of
from stockrail.measures.solving import INFEASIBLE, NOT_SOLVED
from stockrail.measures.statistical_gap import gap_record, gap_sentences, solver_gap_sentence
from stockrail.solvers.result import relative_gap

MOST_SCENARIOS = 12
"""Scenarios that a terminal lists; the file has all."""

RESOLUTION = 0.005
"""Amounts of money below this are none."""


def measure_lines(measures: Measures) -> list[str]:
    """Tables and sentences; lines of a table begin with a blank."""
    lines = [*_measures(measures), *_scenarios(measures), *_certificates(measures)]
    for mean in measures.mean_plans:
        lines += _about(measures, mean)
    if measures.tables.tree.leaves.size == 1:
        lines.append(
            "The tree is a single path: nothing on it is uncertain, so information and scenarios are worth nothing."
        )
    if not measures.is_complete:
        lines.append("Stopped before everything was done; a dash is what is missing.")
    lines.append(f"Measured in {duration(measures.seconds)}.")
    return lines


def _measures(measures: Measures) -> list[str]:
    frame = measures.frame()
    frame = frame[~frame["measure"].isin([FIRST_GAP, POLICY_GAP])]
    differences = frame[frame["measure"].isin([VSS, VARIABILITY, EVPI])]
    decimals = decimals_for(finite(value) for value in differences["value"])
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    table.add_column(f"in {measures.currency}", overflow="fold")
    for name in ("value", "at least", "at most"):
        table.add_column(name, justify="right", no_wrap=True)
    for measure, rows in frame.groupby("measure", sort=False):
        if rows["detail"].any():
            table.add_row(str(measure))
        for row in rows.to_dict("records"):
            detail = str(row["detail"])
            label = f"  {detail} alone" if detail in DRIVERS else f"  {detail}" if detail else str(measure)
            table.add_row(label, *_cells({str(key): value for key, value in row.items()}, decimals))
    return as_lines(table)


def _cells(row: dict[str, Any], decimals: int) -> list[str]:
    if row["status"] == INFEASIBLE:
        return ["not finite" if row["measure"] == VSS and math.isinf(row["value"]) else "no plan", "", ""]
    if row["status"] == NOT_SOLVED and row["measure"] != VSS and not math.isfinite(row["most"]):
        return [MISSING, "", ""]
    return [_amount(row[name], decimals) for name in ("value", "least", "most")]


def _amount(value: float, decimals: int) -> str:
    rounded = 0.0 if abs(value) < RESOLUTION else value
    return amount(rounded, decimals)


def _scenarios(measures: Measures) -> list[str]:
    frame = measures.scenarios()
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    table.add_column("if it were known: scenario", no_wrap=True)
    for name in ("probability", "best margin", "the plan there", "missed"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = frame.sort_values("missed", ascending=False, kind="stable").head(MOST_SCENARIOS)
    decimals = decimals_for(finite(value) for value in frame[["wait_and_see", "plan"]].to_numpy().ravel())
    for row in shown.to_dict("records"):
        best = row["status"] if row["status"] == INFEASIBLE else _amount(row["wait_and_see"], decimals)
        table.add_row(
            str(row["scenario"]),
            percent(row["probability"]),
            best,
            _amount(row["plan"], decimals),
            _amount(row["missed"], decimals),
        )
    left = len(frame) - len(shown)
    more = f" {left} more scenarios, which miss less; --out writes them all."
    return [*as_lines(table), *([more] if left > 0 else [])]


def _certificates(measures: Measures) -> list[str]:
    lines = [
        solver_gap_sentence(measures.plan_objective, measures.optimum.most, measures.gap, measures.currency)
    ]
    if not measures.is_proven(measures.optimum):
        lines.append(
            "That is wider than asked for, and so are all ranges. Allow more time for each solve with --time-limit."
        )
    if measures.replications is None:
        return [*lines, "Statistical gap: not asked for (--replications)."]
    lines += gap_sentences(gap_record(measures.replications, measures.instance), measures.currency)
    return lines


def _about(measures: Measures, mean: MeanPlan) -> list[str]:
    """What the mean plan breaks, and how far to trust it, in sentences."""
    name = f"the plan for the {kind_of(mean)}"
    if mean.solved.status == INFEASIBLE:
        return [
            f"Not even for the mean of everything does a plan keep {', '.join(mean.solved.broken)}: no mean plan, no value."
        ]
    lines: list[str] = []
    if mean.held and not measures.is_proven(mean.solved.optimum):
        optimum = mean.solved.optimum
        lines.append(
            f"{name.capitalize()} is proven to {percent(relative_gap(optimum.value, optimum.most), 2)} only. Its values are those of the "
            "plan found, and a better one may be worth more. Allow more time for each solve with --time-limit."
        )
    said: set[tuple[str, bool]] = set()
    for held in mean.held:
        is_anew = held.through_period is None
        when = "Planned anew at each stage" if is_anew else f"Kept to period {held.through_period}"
        if (held.status, is_anew) in said:
            continue  # what breaks first is enough
        said.add((held.status, is_anew))
        if held.status == INFEASIBLE:
            lines.append(
                f"{when}, {name} breaks {', '.join(held.broken)}: its orders are not allowed here, so no amount of money says what the "
                "scenarios are worth."
            )
        if held.status == NOT_SOLVED:
            lines.append(
                f"{when}, {name} was not shown to keep the limits, nor to break them: what is known is 'at least'. Allow more time for "
                "each solve with --time-limit."
            )
    return lines
