"""A finished plan run as a solved what-if: its orders valued under its own facts, its proof from its certificate. Nothing is solved."""

from dataclasses import dataclass

from stockrail.announced import Announced, AnnouncedError
from stockrail.comparisons.margin_bridge import margin_parts
from stockrail.comparisons.plan_comparison import ProvenPlan
from stockrail.comparisons.what_if_solve import SolvedWhatIf, tables_of
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.what_if import BASE, WhatIf
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.exceptions import files_of
from stockrail.workbench.runs.inputs import announced_folder, instance_of
from stockrail.workbench.runs.kept_plan import UnfitPlanError, cumulative_lots_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, Scenario

MOST_VALUED = 2_000_000
"""Items times nodes up to which a plan is valued again: some seconds, and half a gigabyte."""

MOST_NAMED = 90
"""Letters of a scenario's name that are shown beside the number of its run."""

TOLERANCE = 1e-6
"""Share of a plan's revenue that its value may differ by from what the run said."""


@dataclass(frozen=True)
class PlannedRun:
    """A run and its plan.

    Attributes
    ----------
    scenario : name of its scenario; the word for the baseline itself where it has none.
    unexplained : how much more the run said that its plan earns than it does by the ledger of today, in money; 0 but for rounding
        unless the engine has changed since.
    """

    run: Run
    scenario: str
    solved: SolvedWhatIf
    unexplained: float

    @property
    def instance(self) -> Instance:
        """What was planned."""
        return self.solved.tables.instance

    @property
    def name(self) -> str:
        """What it is called beside others."""
        return self.solved.name

    @staticmethod
    def of(store: Store, run: Run) -> "PlannedRun":
        """Read a finished run of a plan.

        Raises
        ------
        StateError
            Its plan does not fit its instance, or is too large to be valued here.
        """
        numbers = run.certificate or {}
        if int(numbers["items"]) * int(numbers["nodes"]) > MOST_VALUED:
            raise StateError(
                f"The plan of run {run.id} has {numbers['items']:,} items in {numbers['nodes']:,} nodes, too many to be valued here: "
                "look at the runs one by one, or compare their files (stockrail run show RUN --out FOLDER)."
            )
        instance = _with_announced(store, run)
        scenario = _scenario_name(store, run)
        guardrails = Guardrails.build(tables_of(instance))
        try:
            lots = cumulative_lots_of(files_of(store, run).orders, instance, guardrails.tree)
        except UnfitPlanError as error:
            raise StateError(
                f"The plan of run {run.id} does not fit its inputs any more: run it again."
            ) from error
        ledger = Ledger(guardrails.tables, lots)
        margin = float(numbers["expected_margin"])
        plan = ProvenPlan(ledger, float(numbers["objective"]), float(numbers["bound"]), margin)
        what_if = WhatIf.model_validate(
            {
                "name": f"{scenario[:MOST_NAMED]}, run {run.id}",
                "reason": run.reason or "",
                "changes": run.overlay,
            }
        )
        solved = SolvedWhatIf(
            what_if, guardrails, plan, str(numbers["status"]), seconds=float(numbers.get("seconds") or 0.0)
        )
        difference = margin - sum(margin_parts(guardrails, ledger).values())
        size = max(1.0, ledger.margin_parts["revenue"])
        return PlannedRun(run, scenario, solved, difference if abs(difference) > TOLERANCE * size else 0.0)


def _scenario_name(store: Store, run: Run) -> str:
    if run.scenario_id is None:
        return BASE
    with store.read() as session:
        scenario = session.get(Scenario, run.scenario_id)
    return BASE if scenario is None else scenario.name


def _with_announced(store: Store, run: Run) -> Instance:
    """The instance as it was planned, with the orders that an earlier run announced."""
    instance = instance_of(store, run)
    with announced_folder(store, run.options.get("announced")) as folder:
        if folder is None:
            return instance
        try:
            return Announced.read(folder, instance).instance
        except AnnouncedError as error:
            raise StateError(str(error)) from error
