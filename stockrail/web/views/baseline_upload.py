"""What an upload would be as a baseline, before it is imported."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.views.baseline_diff import MOST_SHOWN, DiffCellView
from stockrail.web.views.baselines import seen_latest
from stockrail.web.views.grid_table import shown_value
from stockrail.workbench.data_health.health import contents
from stockrail.workbench.excel.column import plain
from stockrail.workbench.store import Store
from stockrail.workbench.uploads.preview import Preview


class OwnedView(BaseModel):
    """What of the differences belongs to a role."""

    model_config = ConfigDict(frozen=True)

    role: str
    names: tuple[str, ...] = Field(description="Tables, and columns as table.column.")
    people: tuple[str, ...] = Field(description="Who has the role.")
    is_mine: bool = Field(description="Whether the visitor has it.")


class UploadView(BaseModel):
    """An upload that is right and could be imported. Nothing has been imported yet."""

    model_config = ConfigDict(frozen=True)

    digest: str = Field(description="Send it back to import the upload.")
    name: str = Field(description="Name of the instance.")
    currency: str
    files: tuple[str, ...]
    items: int
    periods: int
    parent_id: int | None = Field(
        description="The latest version, which it is compared with; null where there is none."
    )
    same_as: int | None = Field(
        description="The version that has the same files; importing it changes nothing."
    )
    total: int = Field(description="Cells that differ from the latest version.")
    by_table: dict[str, int]
    cells: tuple[DiffCellView, ...] = Field(description=f"The first {MOST_SHOWN:,} of them.")
    owned: tuple[OwnedView, ...]
    is_allowed: bool = Field(description="Whether all that differs belongs to the visitor's roles.")
    notes: tuple[str, ...]
    seen: str = Field(description="Send it back to import the upload.")


def upload_view(store: Store, found: Preview) -> UploadView:
    """What was found in an upload."""
    made = contents(found.instance)
    return UploadView(
        digest=found.digest,
        name=found.instance.settings.name,
        currency=found.instance.settings.currency,
        files=tuple(sorted(found.files)),
        items=made.items,
        periods=made.periods,
        parent_id=None if found.parent is None else found.parent.id,
        same_as=found.same_as,
        total=len(found.cells),
        by_table=found.by_table,
        cells=tuple(_cell(cell) for cell in found.cells[:MOST_SHOWN]),
        owned=tuple(OwnedView.model_validate(vars(part)) for part in found.owned),
        is_allowed=found.is_allowed,
        notes=found.notes,
        seen=seen_latest(store),
    )


def _cell(cell: Any) -> DiffCellView:
    return DiffCellView(
        table=cell.table,
        row=cell.row,
        column=cell.column,
        before=shown_value(plain(cell.before)),
        after=shown_value(plain(cell.after)),
        change=cell.change,
    )
