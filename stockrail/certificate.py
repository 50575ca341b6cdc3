"""The certificate of a plan, as in `plan.json`: what it earns, what is proven of it, and how it stands to its guardrails."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import tail_mean
from stockrail.model.ledger import Ledger
from stockrail.model.reader import digest
from stockrail.model.tree import Array
from stockrail.order_changes import change_summary
from stockrail.solvers.result import Diagnosis, Relaxation, SolveResult


@dataclass(frozen=True)
class Earnings:
    """What a plan earns, in money (docs/formulation.md, section 5).

    Attributes
    ----------
    parts : the parts of the expected margin, with `overtime` and `guardrail_penalty`.
    expected_margin : the parts with their signs.
    cvar_margin : mean of the lowest `1 - margin_cvar_alpha` share of the scenario margins, before the two shared parts.
    objective : what the plan is best at.
    physical_margin : the expected margin of the same orders replayed without netting.
    """

    parts: dict[str, float]
    expected_margin: float
    cvar_margin: float
    objective: float
    physical_margin: float

    @staticmethod
    def of(ledger: Ledger, guardrails: Guardrails) -> "Earnings":
        """Read them from a plan's ledger."""
        settings, tree = ledger.tables.instance.settings, ledger.tables.tree
        shared = guardrails.costs(ledger.stock)
        cost = sum(shared.values())
        worst = tail_mean(
            -scenario_margins(ledger), tree.probability[tree.leaves], settings.margin_cvar_alpha
        )
        weight = settings.margin_cvar_weight
        return Earnings(
            parts={**ledger.margin_parts, **shared},
            expected_margin=ledger.expected_margin - cost,
            cvar_margin=-worst,
            objective=(1.0 - weight) * ledger.expected_margin - weight * worst - cost,
            physical_margin=ledger.physical_margin - cost,
        )


def scenario_margins(ledger: Ledger) -> Array:
    """Discounted margin of all items along each path, before overtime and penalties [leaves]."""
    tree = ledger.tables.tree
    margin = ledger.metric("margin").sum(axis=0) * ledger.tables.discount
    for node in range(1, len(tree)):
        margin[node] += margin[tree.parent[node]]
    return np.asarray(margin[tree.leaves])


def relaxation_records(relaxations: Sequence[Relaxation]) -> list[dict[str, Any]]:
    """Relaxations as plain data."""
    return [asdict(row) for row in relaxations]


def infeasible_certificate(diagnosis: Diagnosis) -> dict[str, Any]:
    """What is known where no plan keeps the guardrails, as plain data."""
    return {
        "status": "infeasible",
        "conflict": [{"guardrail": name, "side": side} for name, side in diagnosis.conflict],
        "conflict_is_minimal": diagnosis.is_minimal,
        "relaxations": relaxation_records(diagnosis.relaxations),
        "money": diagnosis.money,
        "least_money": diagnosis.least_money,
        "items": [{"item": item, "share": share} for item, share in diagnosis.items],
    }


def certificate(
    ledger: Ledger,
    earnings: Earnings,
    result: SolveResult,
    *,
    solver: str,
    seed: int,
    seconds: float,
    seconds_by_phase: dict[str, float],
    relaxations: Sequence[Relaxation],
    more_notes: Sequence[str] = (),
) -> dict[str, Any]:
    """The numbers of `plan.json`, without its tables of guardrails and segments."""
    tables = ledger.tables
    instance, tree, settings = tables.instance, tables.tree, tables.instance.settings
    short = float((ledger.line("short") @ tree.probability).sum())
    demand = float((tables.demand @ tree.probability).sum())
    return {
        "instance": None if instance.source is None else str(instance.source.resolve()),
        "instance_digest": None if instance.source is None else digest(instance.source),
        "instance_name": settings.name,
        "currency": settings.currency,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "start": settings.start.isoformat(),
        "period_length_days": settings.period_length_days,
        "periods": tree.periods,
        "scenarios": len(tree.leaves),
        "items": len(instance.items),
        "nodes": len(tree),
        "solver": solver,
        "seed": seed,
        "status": str(result.solution_status),
        "termination_reason": str(result.termination_reason),
        "objective": earnings.objective,
        "expected_margin": earnings.expected_margin,
        "cvar_margin": earnings.cvar_margin,
        "margin_cvar_weight": settings.margin_cvar_weight,
        "margin_cvar_alpha": settings.margin_cvar_alpha,
        "bound": result.bound,
        "gap": (result.bound - earnings.objective) / max(abs(earnings.objective), 1.0),
        "statistical_gap": None,  # `stockrail measures --plan` fills it in
        "physical_margin": earnings.physical_margin,
        "fill_rate": 1.0 - short / demand if demand > 0 else 1.0,
        "seconds": seconds,
        "seconds_by_phase": seconds_by_phase,
        "notes": [*result.notes, *more_notes, *_notes(relaxations, settings.currency)],
        "margin_parts": earnings.parts,
        "order_changes": change_summary(ledger),
        "announced_from": None,
        "relaxations": relaxation_records(relaxations),
    }


def _notes(relaxations: Sequence[Relaxation], currency: str) -> list[str]:
    if not relaxations:
        return []
    names = list(dict.fromkeys(row.guardrail for row in relaxations))
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
    money = sum(row.money for row in relaxations)
    note = (
        f"No plan keeps all hard limits as stated. Limits of {listed} were loosened, worth {currency} {money:,.2f} in all; "
        "bound and gap are those under the loosened limits."
    )
    return [note]
