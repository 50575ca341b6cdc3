"""Recorded choices among plans: as they were recorded, with the numbers of that moment."""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from stockrail import formats
from stockrail.comparisons.plan_comparison import WITHIN_GAP
from stockrail.workbench.comparisons import decisions
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision


class DecidedRun(BaseModel):
    """One of the plans that were compared, as it was then. Money in `currency` of the decision."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    scenario: str
    is_chosen: bool
    changes: tuple[str, ...] = Field(description="What its scenario changed, in words.")
    status: str = Field(description="proven within the gap asked for, or feasible.")
    expected_margin: float
    bound: float = Field(description="No plan of its inputs earns more.")
    gap: float = Field(description="Of the bound, as a share.")
    fill_rate: float
    mean_inventory_value: float
    peak_working_capital: float
    lowest_cash: float
    buys_now: float = Field(description="Value of the orders to place at once.")
    difference: float = Field(description="What it earns more than the first run.")
    least: float = Field(description="What it earns more at the least, by the bounds of both.")
    most: float
    is_within_gap: bool = Field(description="The difference is no larger than both gaps together.")


class DecisionView(BaseModel):
    """A recorded choice among plans."""

    model_config = ConfigDict(frozen=True)

    decision_id: int
    by: str
    role: str
    at: dt.datetime
    chosen: int = Field(description="Number of the run.")
    reason: str
    currency: str
    summary: str
    notes: tuple[str, ...]
    buys_that_differ: int = Field(description="Items bought differently at once, depending on the plan.")
    runs: tuple[DecidedRun, ...] = Field(description="The first one is what the others were compared with.")


_OF_OUTCOME = (
    "status", "expected_margin", "bound", "gap", "fill_rate", "mean_inventory_value", "peak_working_capital", "lowest_cash",
    "buys_now",
)  # fmt: skip


def of_decision(row: Decision) -> DecisionView:
    """A decision as it was recorded."""
    return DecisionView(
        decision_id=row.id,
        by=row.by,
        role=row.role,
        at=row.at,
        chosen=row.subject_id or 0,
        reason=row.reason,
        currency=row.data["currency"],
        summary=row.data["summary"],
        notes=tuple(row.data["notes"]),
        buys_that_differ=row.data["buys_that_differ"],
        runs=tuple(
            DecidedRun(
                run_id=one["run_id"],
                scenario=one["scenario"],
                is_chosen=one["run_id"] == row.subject_id,
                changes=tuple(one["changes"]),
                difference=one["difference"]["amount"],
                **{name: one["outcome"][name] for name in _OF_OUTCOME},
                **{name: one["difference"][name] for name in ("least", "most", "is_within_gap")},
            )
            for one in row.data[decisions.RUNS]
        ),
    )


def view(store: Store, decision_id: int) -> DecisionView:
    """One decision.

    Raises
    ------
    NotFoundError
        There is no such decision among plans.
    """
    with store.read() as session:
        return of_decision(decisions.get(session, decision_id))


def all_of(store: Store) -> tuple[DecisionView, ...]:
    """All decisions among plans, the latest first."""
    with store.read() as session:
        return tuple(of_decision(row) for row in decisions.decisions(session))


def markdown(store: Store, decision_id: int) -> str:
    """A decision as a document: what was compared, what was chosen and why. Raises what `view` raises."""
    made = view(store, decision_id)
    chosen = next(one for one in made.runs if one.is_chosen)
    rows = [
        ("Scenario", [_cell(one.scenario) for one in made.runs]),
        ("Changes", [_cell("; ".join(one.changes) or "none") for one in made.runs]),
        ("Expected margin", [formats.amount(one.expected_margin) for one in made.runs]),
        ("No plan above", [formats.amount(one.bound) for one in made.runs]),
        ("Solver's gap", [formats.percent(one.gap, 2) for one in made.runs]),
        ("More than the first", [_difference(one, made) for one in made.runs]),
        ("Fill rate", [formats.percent(one.fill_rate, 2) for one in made.runs]),
        ("Mean inventory", [formats.amount(one.mean_inventory_value) for one in made.runs]),
        ("Peak working capital", [formats.amount(one.peak_working_capital) for one in made.runs]),
        ("Lowest cash", [formats.amount(one.lowest_cash) for one in made.runs]),
        ("Orders now, value", [formats.amount(one.buys_now) for one in made.runs]),
    ]
    lines = [
        f"# Decision {made.decision_id}: run {chosen.run_id}, {_cell(chosen.scenario)}",
        "",
        f"{made.by}, {made.role}, {made.at:%Y-%m-%d %H:%M} UTC.",
        "",
        *(f"> {line}" for line in made.reason.splitlines()),
        "",
        made.summary,
        "",
        f"| {made.currency} | {' | '.join(f'run {one.run_id}' for one in made.runs)} |",
        f"|---{'|---:' * len(made.runs)}|",
        *(f"| {title} | {' | '.join(cells)} |" for title, cells in rows),
        "",
        *made.notes,
    ]
    return "\n".join(lines).replace(formats.NO_BREAK, " ").rstrip() + "\n"


def _difference(one: DecidedRun, made: DecisionView) -> str:
    if one is made.runs[0]:
        return formats.MISSING
    within = f", {WITHIN_GAP}" if one.is_within_gap else ""
    return f"{formats.amount(one.difference)} ({formats.amount(one.least)} to {formats.amount(one.most)}{within})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
