"""Runs side by side as a page shows them: figures with differences, bridges, buys, inputs."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stockrail.comparisons.brief import shown_numbers
from stockrail.comparisons.brief_words import bottom_line, is_resolved
from stockrail.comparisons.margin_bridge import BOTH, DECISIONS, FACTS
from stockrail.formats import finite
from stockrail.reports.margin import MARGIN_PARTS, SHARED_PARTS
from stockrail.workbench.comparisons.input_differences import InputDifferences
from stockrail.workbench.comparisons.of_runs import RunComparison

_PROOF = ("bound", "gap", "first_orders_gap", "first_orders_gap_most", "policy_gap", "policy_gap_most")
"""What is proven of a plan, and no figure of it: a difference would say nothing."""

_DECIMALS = 2


class ComparedRun(BaseModel):
    """A run among those compared. Money in the comparison's currency."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    name: str = Field(description="Scenario and number of the run.")
    scenario: str
    status: str = Field(description="proven within the gap asked for, or feasible.")
    difference: float = Field(
        description="What it earns more than the first run, by what the plan is best at."
    )
    least: float = Field(
        description="What the best plan of its inputs earns more at the least, by both bounds."
    )
    most: float = Field(description="The same at the most.")
    is_within_gap: bool = Field(description="The difference is no larger than both gaps together.")
    is_sign_known: bool = Field(description="Whatever better plans there are, it earns more, or less.")
    is_same_plan: bool = Field(description="It has the orders of the first run.")


class Figure(BaseModel):
    """A key figure of each run, and what it differs by from that of the first one."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    kind: Literal["money", "percent", "count"]
    values: tuple[float | None, ...]
    differences: tuple[float | None, ...] = Field(description="To the first run; its own is null.")
    may_be_chance: tuple[bool, ...] = Field(
        description="The margins of both runs are not told apart, so this may differ by chance."
    )


class BridgePart(BaseModel):
    """What a part of the margin adds to the difference between two runs."""

    model_config = ConfigDict(frozen=True)

    part: str
    title: str
    facts: float | None = Field(
        description="By changed facts at the same orders; null where the runs do not share their scenarios."
    )
    decisions: float | None = Field(description="By new orders under the same facts; null where `facts` is.")
    total: float


class Bridge(BaseModel):
    """The way from the margin of the first run to that of another one."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    name: str
    parts: tuple[BridgePart, ...]
    facts: float | None
    decisions: float | None
    total: float


class Buy(BaseModel):
    """An item that is bought differently at once. Null where a run does not have the item."""

    model_config = ConfigDict(frozen=True)

    item: str
    description: str
    supplier: str
    segment: str
    spread: float = Field(description="Largest less smallest value of the orders, in money.")
    units: tuple[float | None, ...]
    values: tuple[float | None, ...]


class Cell(BaseModel):
    """A cell of the inputs that differs from the first run's."""

    model_config = ConfigDict(frozen=True)

    table: str
    row: str
    column: str
    before: str | None
    after: str | None


class ChangedOption(BaseModel):
    """An option of a run that differs from the first run's."""

    model_config = ConfigDict(frozen=True)

    option: str
    before: str
    after: str


class Inputs(BaseModel):
    """What a run was planned with, and what of it differs from the first run."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    name: str
    baseline_id: int
    scenario_version: int | None
    guardrail_version_id: int | None
    overlay: tuple[str, ...] = Field(description="Changes of its scenario, in words.")
    counts: dict[str, int] = Field(description="Cells that differ, by table of the instance format.")
    cells: tuple[Cell, ...] = Field(description="The first of them.")
    options: tuple[ChangedOption, ...]

    @property
    def n_cells(self) -> int:
        """How many cells differ."""
        return sum(self.counts.values())


class ComparedView(BaseModel):
    """Runs side by side. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    currency: str
    summary: str
    notes: tuple[str, ...]
    best: int = Field(description="Place among the runs of the one that earns most.")
    worst: int
    spread: float = Field(description="What the best earns more than the worst.")
    spread_is_within_gap: bool = Field(description="The two are not told apart.")
    runs: tuple[ComparedRun, ...]
    figures: tuple[Figure, ...]
    bridges: tuple[Bridge, ...] = Field(description="From the first run to each of the others.")
    buys: tuple[Buy, ...] = Field(description="Ranked by money.")
    inputs: tuple[Inputs, ...]


def of_comparison(compared: RunComparison) -> ComparedView:
    """What is shown of runs side by side."""
    comparison = compared.comparison
    outcomes = comparison.outcomes
    margins = [row.expected_margin for row in outcomes]
    best, worst = margins.index(max(margins)), margins.index(min(margins))
    return ComparedView(
        currency=comparison.currency,
        summary=bottom_line(comparison),
        notes=compared.notes,
        best=best,
        worst=worst,
        spread=margins[best] - margins[worst],
        spread_is_within_gap=not is_resolved(outcomes[best], outcomes[worst]),
        runs=tuple(
            ComparedRun(
                run_id=run.id,
                name=outcome.name,
                scenario=scenario,
                status=outcome.status,
                difference=difference.amount,
                least=difference.least,
                most=difference.most,
                is_within_gap=difference.is_within_gap,
                is_sign_known=difference.least > 0 or difference.most < 0,
                is_same_plan=outcome.is_same_plan,
            )
            for run, scenario, outcome, difference in zip(
                compared.runs, compared.scenarios, outcomes, compared.differences, strict=True
            )
        ),
        figures=tuple(_figure(compared, *row) for row in shown_numbers(comparison)),
        bridges=tuple(_bridge(compared, k) for k in range(1, len(outcomes))),
        buys=_buys(compared),
        inputs=tuple(_inputs(compared, k, one) for k, one in enumerate(compared.inputs)),
    )


def _figure(compared: RunComparison, title: str, name: str, kind: Any) -> Figure:
    outcomes = compared.comparison.outcomes
    first = outcomes[0]
    values = [finite(getattr(row, name)) for row in outcomes]
    differences = [
        None if k == 0 or name in _PROOF or value is None or values[0] is None else value - values[0]
        for k, value in enumerate(values)
    ]
    return Figure(
        name=name,
        title=title.strip().replace("work. ", "working "),
        kind=kind,
        values=tuple(values),
        differences=tuple(differences),
        may_be_chance=tuple(
            row is not first and bool(differences[k]) and not row.is_same_plan and not is_resolved(row, first)
            for k, row in enumerate(outcomes)
        ),
    )


def _bridge(compared: RunComparison, place: int) -> Bridge:
    comparison = compared.comparison
    origin, target = comparison.outcomes[0].name, comparison.outcomes[place].name
    rows = comparison.bridge_between(origin, target)
    titles = {name: title for name, (title, _) in MARGIN_PARTS.items()} | SHARED_PARTS
    by_part: dict[str, dict[str, float]] = {}
    for step, part, amount in rows[["step", "part", "amount"]].itertuples(index=False):
        by_part.setdefault(str(part), {})[str(step)] = float(amount)
    parts = tuple(
        BridgePart(
            part=part,
            title=titles[part],
            facts=steps.get(FACTS),
            decisions=steps.get(DECISIONS),
            total=sum(steps.values()),
        )
        for part, steps in by_part.items()
        if any(abs(amount) >= 10**-_DECIMALS / 2 for amount in steps.values())
    )
    is_split = BOTH not in set(rows["step"])
    by_step = rows.groupby("step")["amount"].sum()
    return Bridge(
        run_id=compared.runs[place].id,
        name=target,
        parts=parts,
        facts=float(by_step[FACTS]) if is_split else None,
        decisions=float(by_step[DECISIONS]) if is_split else None,
        total=float(rows["amount"].sum()),
    )


def _buys(compared: RunComparison) -> tuple[Buy, ...]:
    frame = compared.comparison.buys
    names = [row.name for row in compared.comparison.outcomes]
    return tuple(
        Buy(
            **{str(name): row[name] for name in ("item", "description", "supplier", "segment", "spread")},
            units=tuple(finite(row[f"{name}_units"]) for name in names),
            values=tuple(finite(row[f"{name}_value"]) for name in names),
        )
        for row in frame.to_dict("records")
    )


def _inputs(compared: RunComparison, place: int, found: InputDifferences) -> Inputs:
    run = compared.runs[place]
    return Inputs(
        run_id=run.id,
        name=compared.comparison.outcomes[place].name,
        baseline_id=run.baseline_id,
        scenario_version=run.scenario_version,
        guardrail_version_id=run.guardrail_version_id,
        overlay=compared.overlays[place],
        counts=dict(found.counts),
        cells=tuple(
            Cell(
                table=cell.table,
                row=cell.row,
                column=cell.column,
                before=_text(cell.before),
                after=_text(cell.after),
            )
            for cell in found.cells
        ),
        options=tuple(
            ChangedOption(option=name, before=_text(before) or "none", after=_text(after) or "none")
            for name, (before, after) in found.options.items()
        ),
    )


def _text(value: object) -> str | None:
    if value is None:
        return None
    return f"{value:.12g}" if isinstance(value, float) else str(value)
