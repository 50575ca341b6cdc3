"""The items of a calibration with their old and new targets."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.calibration.targets import TARGETS
from stockrail.formats import finite
from stockrail.web import files
from stockrail.web.views.calibration import calibration_run, table_of
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store


class ItemChangesView(BaseModel):
    """All items of a calibration with old and new targets, the largest change of worth first."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    currency: str
    segment: str | None = Field(description="Null for all items.")
    items: tuple[dict[str, Any], ...] = Field(
        description="Columns of changes.csv, or of targets.csv where today's targets are not known."
    )
    knows_today: bool


def view(store: Store, run_id: int, segment: str | None = None) -> ItemChangesView:
    """Items with old and new targets, all of them or those of a segment.

    Raises
    ------
    NotFoundError
        There is no such run, it is a plan or has no targets, or there is no such segment.
    """
    run = calibration_run(store, run_id)
    changes = table_of(store, run, "changes")
    frame = files.table_of(store, run, TARGETS) if changes.empty else changes
    if segment is not None:
        frame = frame[frame["segment"] == segment]
        if frame.empty:
            raise NotFoundError(f"Calibration {run_id} has no segment {segment!r}.")
    if not changes.empty:
        frame = frame.loc[frame["worth_change"].abs().sort_values(ascending=False, kind="stable").index]
    return ItemChangesView(
        run_id=run_id,
        currency=files.currency_of(store, run.baseline_id),
        segment=segment,
        items=tuple(
            {str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")
        ),
        knows_today=not changes.empty,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    number = finite(value)
    return None if number is None else number
