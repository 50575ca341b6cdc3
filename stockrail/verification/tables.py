"""The checker's verdict on tables by period: balances in `projection.csv`, guardrails in `guardrail_periods.csv`.

Part of the independent checker. Means must agree; percentiles must lie where any usual definition of a weighted
percentile puts them.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import ScenarioTree
from stockrail.verification.check import CENT, Check, Fault, law, number
from stockrail.verification.claims import tightest_difference
from stockrail.verification.guardrails import Rows
from stockrail.verification.holds import is_positive

PROJECTED = ("inventory_value", "working_capital", "cash", "purchases", "receivables", "payables")
"""Metrics that `projection.csv` must hold, for every period."""

PERCENTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


def check_projection(path: Path, totals: Mapping[str, Array], tree: ScenarioTree) -> Iterator[Check]:
    """Mean and percentiles of balances over scenarios, by metric and period.

    Parameters
    ----------
    totals : [nodes] by metric, of all items with instance-wide amounts.
    """
    if not path.exists():
        yield Check("projection_listed", math.nan, 0.0, f"{path.name} is missing")
        return
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    means: dict[str, list[Fault]] = {metric: [] for metric in PROJECTED}
    percentiles: dict[str, list[Fault]] = {metric: [] for metric in PROJECTED}
    missing = {(metric, str(period)) for metric in PROJECTED for period in range(tree.periods)}
    unknown = []
    for row in rows:
        metric, period = str(row.get("metric")), str(row.get("period"))
        if metric not in totals or period not in map(str, range(tree.periods)):
            unknown.append(Fault(1, f"{metric} in period {period} is unknown"))
            continue
        missing.discard((metric, period))
        nodes = tree.period == int(period)
        values, weights = totals[metric][nodes], tree.probability[nodes]
        mean = float(weights @ values)
        claimed = number(row.get("mean"))
        text = f"period {period}: {claimed:,.2f}, recomputed {mean:,.2f}"
        means.setdefault(metric, []).append(Fault(abs(claimed - mean), text))
        for column, share in PERCENTILES.items():
            claimed = number(row.get(column))
            excess = _outside_percentile(claimed, share, values, weights)
            text = f"period {period}: {column} is {claimed:,.2f}"
            percentiles.setdefault(metric, []).append(Fault(excess, text))
    gaps = [Fault(1, f"{metric} in period {period} is missing") for metric, period in sorted(missing)]
    yield law("projection_listed", gaps + unknown, kept=f"{len(rows)} rows")
    for metric, faults in means.items():
        yield law(f"projection_mean:{metric}", faults, CENT, kept=f"{len(faults)} periods")
        yield law(
            f"projection_percentiles:{metric}", percentiles[metric], CENT, kept=f"{len(faults)} periods"
        )


def check_guardrail_periods(path: Path, measured: Sequence[Rows]) -> Iterator[Check]:
    """Tightest row, mean and percentiles of each guardrail side in each period."""
    if not path.exists():
        yield Check("guardrail_periods_listed", math.nan, 0.0, f"{path.name} is missing")
        return
    with path.open(newline="", encoding="utf-8") as file:
        records: list[Mapping[str, str]] = list(csv.DictReader(file))
    claimed: dict[tuple[str, str, str], list[Mapping[str, str]]] = defaultdict(list)
    for record in records:
        claimed[str(record.get("name")), str(record.get("side")), str(record.get("period"))].append(record)
    listed = []
    for rows in measured:
        if rows.limit.outside_of:
            continue
        faults: list[Fault] = []
        for t in np.unique(rows.period):
            found = claimed.pop((*rows.limit.key, str(t)), [])
            # Where a denominator is 0 in all of a period, there is nothing to show.
            if len(found) != 1 and (found or is_positive(rows.denominator[rows.amount_period == t]).any()):
                listed.append(Fault(1, f"{':'.join(rows.limit.key)} in period {t} {len(found)} times"))
            for record in found:
                faults += _period_faults(record, rows, int(t), path.name)
        name = f"guardrail_periods:{':'.join(rows.limit.key)}"
        yield law(name, faults, rows.claim_tolerance, kept=f"{len(faults)} numbers")
    listed += [Fault(1, f"{':'.join(key)} is unknown") for key in claimed]
    yield law("guardrail_periods_listed", listed, kept=f"{len(records)} rows")


def _period_faults(record: Mapping[str, str], rows: Rows, period: int, source: str) -> Iterator[Fault]:
    difference, detail = tightest_difference(record, rows, rows.period == period, source)
    yield Fault(difference, f"period {period}: {detail}")
    if record.get("metric") != rows.limit.metric:
        yield Fault(math.inf, f"period {period}: metric is {record.get('metric')}")
    in_period = rows.amount_period == period
    here = in_period & is_positive(rows.denominator)
    if not here.any():
        is_blank = math.isnan(number(record.get("mean")))
        yield Fault(
            0.0 if is_blank else math.inf, f"period {period}: mean is {record.get('mean')}, not blank"
        )
        return
    numerator, denominator, weight = rows.numerator[here], rows.denominator[here], rows.weight[here]
    # All of the period's nodes count in the ratio of the means, also those whose own ratio does not exist.
    mean = float(rows.weight[in_period] @ rows.numerator[in_period]) / float(weight @ denominator)
    claimed = number(record.get("mean"))
    yield Fault(
        float(rows.off(claimed, mean)), f"period {period}: mean is {claimed:,.6g}, recomputed {mean:,.6g}"
    )
    for column in ("p05", "p95"):
        claimed = number(record.get(column))
        share = PERCENTILES[column]
        excess = _outside_percentile(claimed, share, numerator / denominator, weight / weight.sum())
        excess /= max(1.0, abs(claimed)) if rows.is_ratio else 1.0
        yield Fault(excess, f"period {period}: {column} is {claimed:,.6g}")


def _outside_percentile(claimed: float, share: float, values: Array, weights: Array) -> float:
    """How far a percentile is outside the values next to it in the sorted distribution.

    Definitions differ in whether and how they interpolate, but none leaves the two values around `share`, give or take
    one value.
    """
    order = np.argsort(values)
    ranked, mass = values[order], np.cumsum(weights[order])
    at = int(np.searchsorted(mass, share))
    low, high = ranked[max(0, at - 1)], ranked[min(len(ranked) - 1, at + 1)]
    return float(np.maximum(low - claimed, claimed - high))
