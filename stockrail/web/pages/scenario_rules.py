"""Changes of many rows of a scenario, and new rows: add one, take one away."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web.access import Changing, StoreDep
from stockrail.web.render import see
from stockrail.web.row_number import MOST
from stockrail.web.scenario_changes import ScenarioChanges
from stockrail.web.stale import Seen
from stockrail.web.views.grid_table import require_table
from stockrail.web.views.scenario import FIRST_TABLE
from stockrail.web.views.scenario_form import instance_of_draft
from stockrail.web.views.scenarios import path_of
from stockrail.workbench.scenario_editing.bulk_changes import Action, Condition, bulk_change, new_row

router = APIRouter(prefix="/scenarios/{name}/draft")

Word = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=2000)]

CELL = "cell."
"""Beginning of the fields of a new row."""


@router.post("/rules")
def add(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    table: Word,
    action: Annotated[Action, Form()],
    column: Word = "",
    value: Text = "",
    where_column: Annotated[list[str] | None, Form(max_length=10)] = None,
    where_value: Annotated[list[str] | None, Form(max_length=10)] = None,
    seen: Seen = "",
) -> Response:
    """Change a column of many rows, or remove rows."""
    changes = ScenarioChanges(store, visitor.name)
    changes.require_seen_draft(name, seen)
    require_table(table)
    conditions = [
        Condition(one, text) for one, text in zip(where_column or [], where_value or [], strict=False)
    ]
    instance = instance_of_draft(store, visitor.name, name)
    changes.add_rule(name, bulk_change(instance, table, column, action, value, conditions), seen)
    return see(request, _path(name, table))


async def _fields(request: Request) -> dict[str, str]:
    """All fields of a form, whatever their names."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.post("/rows")
def add_row(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    fields: Annotated[dict[str, str], Depends(_fields)],
) -> Response:
    """Add a row to a table; each field `cell.COLUMN` is a cell of it."""
    table, seen = fields.get("table", ""), fields.get("seen", "")
    changes = ScenarioChanges(store, visitor.name)
    changes.require_seen_draft(name, seen)
    require_table(table)
    cells = {key.removeprefix(CELL): value for key, value in fields.items() if key.startswith(CELL)}
    changes.add_rule(name, new_row(table, cells), seen)
    return see(request, _path(name, table))


@router.post("/rules/{number}/remove")
def remove(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    number: Annotated[int, Path(ge=0, le=MOST)],
    table: Word = FIRST_TABLE,
    seen: Seen = "",
) -> Response:
    """Take a change away."""
    ScenarioChanges(store, visitor.name).remove_rule(name, number, seen)
    return see(request, _path(name, table))


def _path(name: str, table: str) -> str:
    return f"{path_of(name)}?table={quote(table, safe='')}"
