"""The checker's verdict on guardrails: are the hard ones kept, and is what the plan says of each of them true?

Part of the independent checker: docs/formulation.md, section 7, is its only source.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.verification.check import CENT, Check, Fault, law, number
from stockrail.verification.facts import Mask
from stockrail.verification.guardrails import Limit, Rows

Key = tuple[str, str]
"""Guardrail and side."""

Relaxations = Mapping[tuple[str, str, int], float]
"""Amount by guardrail, side and period."""

TIGHTEST = ("limit", "worst", "slack")
"""The numbers that describe a guardrail's tightest row."""


def check_guardrails(plan: Mapping[str, Any], table: Path, measured: Sequence[Rows]) -> Iterator[Check]:
    """Every hard limit is kept, allowing for the plan's relaxations, and what the plan says about each limit is true.

    Parameters
    ----------
    plan : `plan.json`, with `guardrails` and `relaxations`.
    table : `guardrails.csv`, which must say the same.
    """
    relaxations, relaxation_check = read_relaxations(plan.get("relaxations") or [], measured)
    yield relaxation_check
    of_key: dict[Key, list[Rows]] = defaultdict(list)
    for rows in measured:
        of_key[rows.limit.key].append(rows)
    for key, group in of_key.items():
        if group[0].limit.soft_price is None:
            yield _kept(f"guardrail_kept:{':'.join(key)}", group, relaxations)
    stated = [rows for rows in measured if not rows.limit.outside_of]
    yield from _claims(
        "guardrail_claim", "guardrails_listed", plan.get("guardrails", []), stated, "plan.json"
    )
    if not table.exists():
        yield Check("guardrails_table_listed", math.nan, 0.0, f"{table.name} is missing")
        return
    with table.open(newline="", encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    yield from _claims("guardrail_table", "guardrails_table_listed", records, stated, table.name)


def read_relaxations(
    entries: Sequence[Mapping[str, Any]], measured: Sequence[Rows]
) -> tuple[Relaxations, Check]:
    """Amounts by guardrail, side and period, and a check that each belongs to a hard guardrail's row and is one."""
    rows_of: dict[tuple[str, str, int], bool] = {}
    for rows in measured:
        for period in rows.period:
            rows_of[(*rows.limit.key, int(period))] = rows.limit.soft_price is None
    amounts: dict[tuple[str, str, int], float] = {}
    faults = []
    for entry in entries:
        period, amount = number(entry.get("period")), number(entry.get("amount"))
        name, side = str(entry.get("guardrail")), str(entry.get("side"))
        text = f"{name}:{side} in period {entry.get('period')}"
        key = (name, side, int(period) if math.isfinite(period) else -1)
        if key in amounts:
            faults.append(Fault(1, f"{text} is relaxed twice"))
        elif not rows_of.get(key, False):
            faults.append(Fault(1, f"{text} is no row of a hard guardrail"))
        elif not (amount >= 0 and math.isfinite(amount)):
            faults.append(Fault(1, f"{text} is relaxed by {amount:g}"))
        else:
            amounts[key] = amount
    return amounts, law("relaxations", faults, kept=f"{len(amounts)} relaxations")


def _kept(name: str, group: Sequence[Rows], relaxations: Relaxations) -> Check:
    faults = []
    for rows in group:
        limit = rows.limit
        loosened = np.array([relaxations.get((*limit.key, int(t)), 0.0) for t in rows.period])
        excess = rows.excess - loosened
        # What rounding explains in one limit would be a breach in another, so each is judged by its own tolerance.
        for k in np.flatnonzero(~(excess <= rows.tolerance)):
            text = f"{rows.where[k]}: {rows.value[k]:,.6g}, {limit.side} limit {rows.level[k]:,.6g}"
            faults.append(Fault(float(excess[k]), text))
    count = sum(len(rows.where) for rows in group)
    return law(name, faults, CENT, kept=f"{count} rows")


def _claims(
    prefix: str, listed: str, claims: Sequence[Mapping[str, Any]], stated: Sequence[Rows], source: str
) -> Iterator[Check]:
    claimed: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for claim in claims:
        claimed[str(claim.get("name")), str(claim.get("side"))].append(claim)
    faults = []
    for rows in stated:
        found = claimed.pop(rows.limit.key, [])
        name = ":".join(rows.limit.key)
        if len(found) == 1:
            yield _as_claimed(f"{prefix}:{name}", found[0], rows, source)
        else:
            faults.append(Fault(1, f"{source} lists {name} {len(found)} times"))
    faults += [
        Fault(1, f"{source} lists {':'.join(key)}, which the instance does not have") for key in claimed
    ]
    yield law(listed, faults, kept=f"{len(stated)} limits")


def _as_claimed(name: str, claim: Mapping[str, Any], rows: Rows, source: str) -> Check:
    """Compare how the limit is stated, and its tightest row."""
    wrong = [
        f"{column} is {claim.get(column)}, not {value}"
        for column, value in _stated(rows.limit).items()
        if str(claim.get(column)) != value
    ]
    alpha, expected = number(claim.get("alpha")), rows.limit.alpha
    is_alpha = math.isnan(alpha) if expected is None else abs(alpha - expected) <= 1e-9
    if not is_alpha:
        wrong.append(f"alpha is {claim.get('alpha')}, not {expected}")
    difference, detail = tightest_difference(claim, rows, np.ones(len(rows.where), dtype=bool), source)
    if wrong:
        return Check(name, math.inf, rows.claim_tolerance, f"{source}: {', '.join(wrong)}")
    return Check(name, difference, rows.claim_tolerance, detail)


def _stated(limit: Limit) -> dict[str, str]:
    """What the plan's files repeat from the instance, as text."""
    return {
        "metric": limit.metric,
        "scope": limit.scope_kind,
        "scope_value": limit.scope_value,
        "holds": limit.holds,
        "measured": limit.measured,
        "hard": str(limit.soft_price is None),
    }


def tightest_difference(
    claim: Mapping[str, Any], rows: Rows, selected: Mask, source: str
) -> tuple[float, str]:
    """How far limit, worst value and slack are from the selected row with the least slack, and the text of it.

    Only those of the three that the claim's table has as columns count. Where the metric has no value in any row
    (denominators of 0), the claim must have none either; nor a finite one where it is endless.
    """
    columns = [column for column in TIGHTEST if column in claim or column != "slack"]
    said = {column: number(claim.get(column)) for column in columns}
    claims = ", ".join(f"{column} {said[column]:,.6g}" for column in columns)
    there = np.flatnonzero(selected & ~np.isnan(rows.slack))
    if len(there) == 0:
        difference = 0.0 if math.isnan(said["worst"]) and np.isfinite(rows.numerator).all() else math.inf
        return difference, f"{source} says {claims}; recomputed no value"
    tightest = there[np.argmin(rows.slack[there])]
    if np.isinf(rows.slack[tightest]):
        # JSON has no infinite numbers, so that the two files write it differently.
        difference = math.inf if math.isfinite(said["worst"]) else 0.0
        return difference, f"{source} says {claims}; recomputed slack {rows.slack[tightest]}"
    # A capacity differs from node to node, so several rows with the least slack may show different values.
    ties = there[rows.off(rows.slack[there], rows.slack[tightest]) <= rows.claim_tolerance]
    off = rows.off(said["worst"], rows.value[ties]) + rows.off(said["limit"], rows.level[ties])
    difference = float(off.min())
    if "slack" in said:
        difference += float(rows.off(said["slack"], rows.slack[tightest]))
    detail = (
        f"{source} says {claims}; recomputed worst {rows.limit.metric} {rows.value[tightest]:,.6g}, limit "
        f"{rows.level[tightest]:,.6g}, slack {rows.slack[tightest]:,.6g} at {rows.where[tightest]}"
    )
    return difference, detail
