"""Cells that a grid or a script sends."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stockrail.model.problems import InstanceError, Problem
from stockrail.workbench.scenario_editing.cell_edits import GivenCell

MOST_CELLS = 200_000
LONGEST_NAME, LONGEST_TEXT = 1_000, 5_000


class CellBody(BaseModel):
    """A cell and what it should hold."""

    model_config = ConfigDict(strict=True)

    row: Annotated[
        str, Field(max_length=LONGEST_NAME, description="Name of the row: its `row` in the table.")
    ]
    column: Annotated[str, Field(max_length=LONGEST_NAME)]
    value: Annotated[
        int | float | Annotated[str, Field(max_length=LONGEST_TEXT)] | None,
        Field(description="Null is blank."),
    ] = None


Cells = Annotated[list[CellBody], Field(max_length=MOST_CELLS)]

_ADAPTER: TypeAdapter[list[CellBody]] = TypeAdapter(Cells)


def cells_in(text: str) -> list[GivenCell]:
    """The cells in the field of a form, as static/grid.js writes them.

    Raises
    ------
    InstanceError
        The text is something else.
    """
    if not text:
        return []
    try:
        return given(_ADAPTER.validate_json(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or None
        problem = Problem(
            "changes", None, place, None, f"a list of cells with row, column and value: {first['msg']}"
        )
        raise InstanceError([problem]) from error


def given(cells: Sequence[CellBody]) -> list[GivenCell]:
    """The cells for the draft."""
    return [GivenCell(cell.row, cell.column, cell.value) for cell in cells]
