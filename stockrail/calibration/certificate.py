"""The certificate of a calibration, as in `calibration.json`: what was chosen, what is proven of it, and what was checked."""

import datetime as dt
import math
from typing import Any

import pandas as pd

from stockrail.calibration.infeasible import infeasible_words
from stockrail.calibration.since import Compared
from stockrail.calibration.solve import Strategies
from stockrail.calibration.values import Valued
from stockrail.model.policy import Option
from stockrail.model.reader import digest
from stockrail.model.tables import Tables
from stockrail.verification.verify import Verification


def plan_record(verification: Verification) -> dict[str, Any]:
    """What the independent checker found, as plain data."""
    return {
        "passed": verification.passed,
        "checks": len(verification.checks),
        "failed": [{"name": check.name, "detail": check.detail} for check in verification.failed],
    }


def calibration_certificate(
    tables: Tables,
    found: Strategies,
    chosen: Valued,
    now: Valued | None,
    values: pd.DataFrame,
    by_segment: list[Option | None],
    verified: dict[str, dict[str, Any] | None],
    compared: Compared,
    facts: dict[str, Any],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The numbers of `calibration.json`.

    `status` is "proven" where every strategy asked for has a plan within the gap, "feasible" where the targets keep the hard
    guardrails, "infeasible" where no choice of options does. Both certificates of each strategy are there: the solver's gap with its bound in
    `values`, the statistical gap, null where it was not computed, in `statistical_gap`.
    """
    instance, settings = tables.instance, tables.instance.settings
    asked = ("rule",) if facts["strategy"] == "rule" else ("rule", "band", "free")
    is_proven = all(name in found.results and found.results[name].gap <= facts["gap"] for name in asked)
    status = "infeasible" if not found.rule.is_feasible else "proven" if is_proven else "feasible"
    return {
        "instance": None if instance.source is None else str(instance.source.resolve()),
        "instance_digest": None if instance.source is None else digest(instance.source),
        "instance_name": settings.name,
        "currency": settings.currency,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "start": settings.start.isoformat(),
        "period_length_days": settings.period_length_days,
        "periods": tables.tree.periods,
        "scenarios": len(tables.tree.leaves),
        "items": len(instance.items),
        "status": status,
        **facts,
        **compared.record(),
        "departures": len(found.rule.departures),
        "options": [
            {
                "segment": row.segment,
                "option": option.name,
                "safety_factor": option.safety_factor,
                "cover_periods": option.cover_periods,
                "review_periods": option.review_periods,
            }
            for row, option in zip(instance.segments, by_segment, strict=True)
            if option is not None
        ],
        "values": values.to_dict("records"),
        "missing": found.missing,
        "infeasible_because": _because(found, chosen) if status == "infeasible" else None,
        "change": None if now is None or status == "infeasible" else _change(chosen, now),
        "verification": verified,
        "notes": [*([compared.note] if compared.note else []), *_notes(found, now, verified, facts)],
        "seconds": seconds["total"],
        "seconds_by_phase": {
            "solve": seconds["solve"],
            **{f"rule:{k}": v for k, v in found.rule.seconds.items()},
        },
    }


def _change(chosen: Valued, now: Valued) -> dict[str, Any]:
    """The money of all changes: items' own margins, less overtime and penalties, which belong to no item."""
    items = chosen.ledger.expected_margin - now.ledger.expected_margin
    total = chosen.earnings.expected_margin - now.earnings.expected_margin
    return {
        "items_margin": items,
        "overtime_and_penalties": total - items,
        "expected_margin": total,
        "objective": chosen.earnings.objective - now.earnings.objective,
        "current_breaks": list(now.broken),
    }


def _because(found: Strategies, chosen: Valued) -> str:
    holds: dict[str, bool | None] = {}
    for name in ("band", "free"):
        holds[name] = True if name in found.results else False if name in found.infeasible else None
    return infeasible_words(chosen.broken, holds)


def _notes(
    found: Strategies, now: Valued | None, verified: dict[str, dict[str, Any] | None], facts: dict[str, Any]
) -> list[str]:
    """Sentences that a reader must know."""
    notes = []
    for name, reason in found.missing.items():
        if name != "rule":
            notes.append(f"There is no {name} plan: {reason.splitlines()[0]}")
    for name, result in found.results.items():
        if math.isfinite(result.gap) and result.gap > facts["gap"]:
            notes.append(
                f"The gap of {name} is {result.gap:.2%} and not {facts['gap']:.2%} ({result.termination_reason}): allow more time, "
                "or a larger gap."
            )
    if now is not None and now.broken:
        notes.append(
            "Today's targets break hard guardrails, so that part of the change in money is the price of keeping them: "
            + "; ".join(now.broken)
            + "."
        )
    for name, record in verified.items():
        if record is None:
            notes.append(f"The {name} plan was not checked: `stockrail verify` with its folder does it.")
        elif not record["passed"]:
            failed = ", ".join(row["name"] for row in record["failed"])
            notes.append(f"The independent checker does not confirm the {name} plan: {failed}.")
    return notes
