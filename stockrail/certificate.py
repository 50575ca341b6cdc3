"""The certificate of a plan, as in `plan.json`: what it earns, what is proven of it, and how it stands to its guardrails."""

import datetime as dt
import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import tail_mean
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.reader import digest
from stockrail.model.schema_settings import Settings
from stockrail.model.tree import Array, ScenarioTree
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
        earned = Earned.of(ledger)
        return Earnings.of_sums(
            earned, guardrails.instance.settings, guardrails.tree, guardrails.costs(ledger.stock)
        )

    @staticmethod
    def of_sums(
        earned: "Earned", settings: Settings, tree: ScenarioTree, shared: dict[str, float]
    ) -> "Earnings":
        """Read them from what all items earned and what limits cost: `overtime` and `guardrail_penalty`."""
        cost = sum(shared.values())
        worst = tail_mean(
            -along_paths(earned.margin, tree), tree.probability[tree.leaves], settings.margin_cvar_alpha
        )
        weight, items = settings.margin_cvar_weight, float(earned.item_margin.sum())
        return Earnings(
            parts={**{name: float(amount.sum()) for name, amount in earned.item_parts.items()}, **shared},
            expected_margin=items - cost,
            cvar_margin=-worst,
            objective=(1.0 - weight) * items - weight * worst - cost,
            physical_margin=earned.physical_margin - cost,
        )


@dataclass(frozen=True)
class Earned:
    """What items earn before what limits cost, in money.

    Attributes
    ----------
    item_parts, item_margin : expected parts of the margin, and the margin, by item [items].
    margin : discounted, of all items at each node [nodes].
    physical_margin : of all items, see `Earnings`.
    """

    item_parts: dict[str, Array]
    item_margin: Array
    margin: Array
    physical_margin: float

    @staticmethod
    def of(ledger: Ledger) -> "Earned":
        """Read them from a plan's ledger."""
        margin = ledger.metric("margin").sum(axis=0) * ledger.tables.discount
        return Earned(ledger.item_parts, ledger.item_margin, margin, ledger.physical_margin)

    @staticmethod
    def together(parts: "Sequence[Earned]") -> "Earned":
        """Of groups of items one after the other."""
        return Earned(
            {name: np.concatenate([part.item_parts[name] for part in parts]) for name in parts[0].item_parts},
            np.concatenate([part.item_margin for part in parts]),
            np.asarray(reduce(operator.add, [part.margin for part in parts])),
            reduce(operator.add, [part.physical_margin for part in parts]),
        )


def scenario_margins(ledger: Ledger) -> Array:
    """Discounted margin of all items along each path, before overtime and penalties [leaves]."""
    return along_paths(ledger.metric("margin").sum(axis=0) * ledger.tables.discount, ledger.tables.tree)


def along_paths(amount: Array, tree: ScenarioTree) -> Array:
    """Sum of amounts [nodes] along the path to each leaf [leaves]."""
    margin = amount.copy()
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
        "conflict_is_unavoidable": diagnosis.is_unavoidable,
        "relaxations": relaxation_records(diagnosis.relaxations),
        "relaxations_are_enough": diagnosis.is_enough,
        "money": diagnosis.money,
        "least_money": diagnosis.least_money,
        "items": [{"item": item, "share": share} for item, share in diagnosis.items],
    }


def certificate(
    instance: Instance,
    tree: ScenarioTree,
    earnings: Earnings,
    result: SolveResult,
    *,
    fill_rate: float,
    order_changes: dict[str, Any] | None,
    solver: str,
    seed: int,
    seconds: float,
    seconds_by_phase: dict[str, float],
    relaxations: Sequence[Relaxation],
    more_notes: Sequence[str] = (),
) -> dict[str, Any]:
    """The numbers of `plan.json`, without its tables of guardrails and segments."""
    settings = instance.settings
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
        "fill_rate": fill_rate,
        "seconds": seconds,
        "seconds_by_phase": seconds_by_phase,
        "notes": [*result.notes, *more_notes, *_notes(relaxations, settings.currency)],
        "margin_parts": earnings.parts,
        "order_changes": order_changes,
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
