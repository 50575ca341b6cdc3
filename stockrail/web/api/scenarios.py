"""Scenarios for scripts: make and replace them, or go on with one's draft of the page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.given_cells import Cells, given
from stockrail.web.row_number import MOST
from stockrail.web.scenario_changes import ScenarioChanges
from stockrail.web.views import scenario, scenario_conflict, scenario_table, scenarios
from stockrail.workbench.store.tables import RunState

router = APIRouter(prefix="/scenarios", tags=["scenarios"])

MOST_CHANGES = 10_000

BaselineId = Annotated[int | None, Field(ge=1, le=MOST)]
Overlay = Annotated[
    list[dict[str, Any]], Field(max_length=MOST_CHANGES, description="Changes as in scenarios.yaml.")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seen: Annotated[str, Field(max_length=400, description="`seen` of what was looked at.")]


class SeenBody(_Body):
    """What was looked at."""


class NewScenarioBody(_Body):
    """A scenario that is made. `seen` is that of all scenarios."""

    name: Annotated[str, Field(max_length=200)]
    baseline_id: BaselineId = Field(default=None, description="Null for the latest, or that of `like`.")
    like: Annotated[
        str | None, Field(max_length=200, description="Scenario whose changes it begins with.")
    ] = None
    changes: Overlay = []


class ReplaceBody(_Body):
    """Changes in place of those that a scenario has. `seen` is `seen_saved` of the scenario."""

    changes: Overlay
    baseline_id: BaselineId = Field(default=None, description="Null for the one that it changes.")


class CellsBody(_Body):
    """Cells of a table that differ from the scenario as it is saved: all of them."""

    table: Annotated[str, Field(max_length=200)]
    cells: Cells


class OptimizeBody(_Body):
    """How to optimize."""

    options: dict[str, Any] = Field(
        default_factory=dict, description="Of a plan; those left out have their usual values."
    )


class CellProblemView(BaseModel):
    """What is wrong with a cell."""

    row: str
    column: str
    found: str
    allowed: str


class DraftView(BaseModel):
    """The scenario after cells were put into the draft."""

    scenario: scenario.ScenarioView
    problems: list[CellProblemView]


class StartedView(BaseModel):
    """The run that was asked for, or the one that the same inputs have had already."""

    id: int
    state: RunState


@router.get("")
def all_scenarios(
    store: StoreDep, visitor: Signed, archived: Annotated[bool, Query()] = False
) -> scenarios.ScenariosView:
    """The scenarios by name."""
    return scenarios.view(store, visitor.name, with_archived=archived)


@router.post("", status_code=201)
def create(store: StoreDep, visitor: Changing, body: NewScenarioBody) -> scenario.ScenarioView:
    """Make a scenario."""
    made = ScenarioChanges(store, visitor.name).create(
        body.name, body.seen, body.baseline_id, body.like, body.changes
    )
    return scenario.view(store, visitor.name, made.name)


@router.get("/{name}")
def one(store: StoreDep, visitor: Signed, name: str) -> scenario.ScenarioView:
    """A scenario with your draft of it."""
    return scenario.view(store, visitor.name, name)


@router.put("/{name}")
def replace(store: StoreDep, visitor: Changing, name: str, body: ReplaceBody) -> scenario.ScenarioView:
    """Save other changes in place of those that the scenario has, past any draft."""
    ScenarioChanges(store, visitor.name).replace(name, body.changes, body.seen, body.baseline_id)
    return scenario.view(store, visitor.name, name)


@router.delete("/{name}")
def archive(store: StoreDep, visitor: Changing, name: str, body: SeenBody) -> scenarios.ScenariosView:
    """Take a scenario off the list; `seen` is `seen_saved` of the scenario. Saving it again brings it back."""
    ScenarioChanges(store, visitor.name).archive(name, body.seen)
    return scenarios.view(store, visitor.name)


@router.get("/{name}/tables/{table}")
def table(store: StoreDep, visitor: Signed, name: str, table: str) -> scenario_table.EditedTableView:
    """A table of the scenario, with the cells of your draft."""
    return scenario_table.table_view(store, visitor.name, name, table)


@router.get("/{name}/conflict")
def conflict(store: StoreDep, visitor: Signed, name: str) -> scenario_conflict.ConflictView:
    """What somebody else has saved since your draft was begun."""
    return scenario_conflict.view(store, visitor.name, name)


@router.put("/{name}/draft/cells")
def put_cells(store: StoreDep, visitor: Changing, name: str, body: CellsBody) -> DraftView:
    """Keep the cells of a table in your draft; what is wrong with any of them is in the answer."""
    changes = ScenarioChanges(store, visitor.name)
    _, problems = changes.put_cells(name, body.table, given(body.cells), body.seen)
    return DraftView(
        scenario=scenario.view(store, visitor.name, name),
        problems=[
            CellProblemView(row=one.row, column=one.column, found=one.found, allowed=one.allowed)
            for one in problems
        ],
    )


@router.post("/{name}/draft/save")
def save(store: StoreDep, visitor: Changing, name: str, body: SeenBody) -> scenario.ScenarioView:
    """Save your draft."""
    ScenarioChanges(store, visitor.name).save(name, body.seen)
    return scenario.view(store, visitor.name, name)


@router.post("/{name}/draft/merge")
def merge(store: StoreDep, visitor: Changing, name: str, body: SeenBody) -> scenario.ScenarioView:
    """Make your changes again on what is saved now; `seen` is that of the conflict."""
    ScenarioChanges(store, visitor.name).merge(name, body.seen)
    return scenario.view(store, visitor.name, name)


@router.delete("/{name}/draft")
def discard(store: StoreDep, visitor: Changing, name: str, body: SeenBody) -> scenario.ScenarioView:
    """Forget your draft."""
    ScenarioChanges(store, visitor.name).discard(name, body.seen)
    return scenario.view(store, visitor.name, name)


@router.post("/{name}/optimize", status_code=202)
def optimize(store: StoreDep, visitor: Changing, name: str, body: OptimizeBody) -> StartedView:
    """Save your draft where there is something to save, and start a run."""
    run = ScenarioChanges(store, visitor.name).optimize(name, body.seen, body.options)
    return StartedView(id=run.id, state=run.state)
