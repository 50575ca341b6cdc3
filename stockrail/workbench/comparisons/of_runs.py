"""Two to four finished plan runs side by side: the comparison of what-ifs, and what differs in their inputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stockrail.comparisons.comparison import Comparison
from stockrail.comparisons.plan_comparison import Difference
from stockrail.workbench.comparisons.input_differences import InputDifferences, overlay_words
from stockrail.workbench.comparisons.planned_run import PlannedRun
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.exceptions import run_with_plan
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

FEWEST, MOST = 2, 4
"""Runs that are compared at once."""

NOTHING = Difference(0.0, 0.0, 0.0, is_within_gap=False)
"""Of the first run to itself."""


@dataclass(frozen=True)
class RunComparison:
    """Runs side by side; the first one is what the others are compared with.

    Attributes
    ----------
    scenarios, overlays : name of each run's scenario, and its changes in words.
    differences : what each run earns more than the first one; of the first one nothing.
    inputs : what each run was planned with, against the first one.
    notes : what a reader has to know.
    """

    comparison: Comparison
    runs: tuple[Run, ...]
    scenarios: tuple[str, ...]
    overlays: tuple[tuple[str, ...], ...]
    differences: tuple[Difference, ...]
    inputs: tuple[InputDifferences, ...]
    notes: tuple[str, ...]


def runs_to_compare(store: Store, run_ids: Sequence[int]) -> list[Run]:
    """The runs of these numbers.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        They are too few or too many, one is named twice, or is no finished plan.
    """
    if not FEWEST <= len(run_ids) <= MOST:
        raise StateError(f"Choose {FEWEST} to {MOST} runs; {len(run_ids)} are chosen.")
    if len(set(run_ids)) < len(run_ids):
        raise StateError("Choose each run once.")
    with store.read() as session:
        return [run_with_plan(session, number) for number in run_ids]


def compare_runs(
    store: Store, run_ids: Sequence[int], on_step: Callable[[str], None] = lambda words: None
) -> RunComparison:
    """Set finished plan runs side by side, from what they left behind: nothing is solved again.

    Parameters
    ----------
    run_ids : two to four, the first one what the others are compared with.
    on_step : called before each step that may take long.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        They are too few or too many, one is no finished plan, or their currencies differ.
    """
    planned = []
    for run in runs_to_compare(store, run_ids):
        on_step(f"run {run.id}")
        planned.append(PlannedRun.of(store, run))
    currencies = {one.instance.settings.currency for one in planned}
    if len(currencies) > 1:
        raise StateError(
            f"The plans are in {' and '.join(sorted(currencies))}: plans of one currency can be compared."
        )
    on_step("comparing")
    first = planned[0]
    comparison = Comparison.of(
        [one.solved for one in planned],
        instance_name=first.instance.settings.name,
        currency=first.instance.settings.currency,
        gap=max(float(one.run.options.get("gap") or 0.0) for one in planned),
    )
    on_step("what differs in their inputs")
    proven = [one.solved.plan for one in planned if one.solved.plan is not None]
    return RunComparison(
        comparison,
        tuple(one.run for one in planned),
        tuple(one.scenario for one in planned),
        tuple(tuple(overlay_words(one)) for one in planned),
        (NOTHING, *(Difference.between(plan, proven[0]) for plan in proven[1:])),
        tuple(InputDifferences.between(first, one) for one in planned),
        tuple(_notes(planned)),
    )


def _notes(planned: Sequence[PlannedRun]) -> list[str]:
    notes = []
    horizons = {
        (one.instance.settings.start, one.instance.settings.periods, one.instance.settings.period_length_days)
        for one in planned
    }
    if len(horizons) > 1:
        notes.append(
            "The plans do not have the same periods: sums over the horizon are of other days, and differences say little."
        )
    notes += [
        f"Run {one.run.id} said that its plan earns {one.unexplained:+,.2f} more than its orders do by today's engine: run it again."
        for one in planned
        if one.unexplained
    ]
    notes += [
        f"Run {one.run.id} loosened limits to have a plan at all (--relax): it is no plan under the limits as stated."
        for one in planned
        if (one.run.certificate or {}).get("relaxations")
    ]
    return notes
