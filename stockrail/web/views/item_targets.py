"""The targets of one item: what the ERP has today, and what a calibration proposes or had accepted."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.model.instance import Instance
from stockrail.web import files
from stockrail.workbench.calibrations import decisions
from stockrail.workbench.calibrations.proposal import KIND
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

MOST_LOOKED_AT = 20
"""Latest calibrations of which one with targets is looked for."""

_TARGETS, _CHANGES = "targets.csv", "changes.csv"


class CalibratedView(BaseModel):
    """What a calibration says of the item. Units are the item's, money is in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    state: str = Field(description="accepted, rejected, or open.")
    option: str
    safety_factor: float | None = Field(description="Standard deviations.")
    safety_stock_units: float | None
    reorder_point_units: float | None
    order_up_to_units: float | None
    service_level: float | None = Field(
        description="Share of order cycles without shortage that the factor implies."
    )
    fill_rate: float | None = Field(description="Share of units served on time that the rule's plan expects.")
    margin_change: float | None = Field(
        description="Against today's targets; null where those are not known."
    )
    reason: str = Field(description="What changes and why; blank where today's targets are not known.")


class ItemTargetsView(BaseModel):
    """Targets of an item."""

    model_config = ConfigDict(frozen=True)

    today_units: float | None = Field(description="Safety stock in the table current_targets.")
    today_cover_periods: float | None = Field(description="How long an order lasts, today.")
    calibrated: CalibratedView | None = Field(
        description="Of the calibration whose targets were accepted last for its segment, otherwise of the latest; null for none."
    )


def targets_of(store: Store, instance: Instance, item: str) -> ItemTargetsView:
    """The targets of an item of an instance."""
    today = next((row for row in instance.current_targets if row.item == item), None)
    run, state = _calibration(store, instance.items[instance.item_index[item]].segment)
    return ItemTargetsView(
        today_units=None if today is None else today.safety_stock_units,
        today_cover_periods=None if today is None else today.cover_periods,
        calibrated=None if run is None else _calibrated(store, run, state, item),
    )


def _calibration(store: Store, segment: str) -> tuple[Run | None, str]:
    """The calibration whose targets are in force for a segment, otherwise the latest that has some, and what was decided on it."""
    with store.read() as session:
        decided = decisions.of_segment(session, segment)
        accepted = next((row for row in reversed(decided) if row.verdict == "accepted"), None)
        if accepted is not None:
            return session.get(Run, accepted.subject_id), "accepted"
        latest = session.scalars(
            sa.select(Run).where(Run.kind == KIND).order_by(Run.id.desc()).limit(MOST_LOOKED_AT)
        )
        run = next((run for run in latest if files.has_file(run, _TARGETS)), None)
    own = next((row for row in decided if run is not None and row.subject_id == run.id), None)
    return run, "open" if own is None else own.verdict


def _calibrated(store: Store, run: Run, state: str, item: str) -> CalibratedView | None:
    row = _row_of(files.table_of(store, run, _TARGETS), item)
    if row is None:
        return None
    changes = files.table_of(store, run, _CHANGES) if files.has_file(run, _CHANGES) else pd.DataFrame()
    change = _row_of(changes, item) or {}
    numbers = ("safety_factor", "safety_stock_units", "reorder_point_units", "order_up_to_units")
    return CalibratedView(
        run_id=run.id,
        state=state,
        option=str(row["option"]),
        **{name: finite(row[name]) for name in (*numbers, "service_level", "fill_rate")},
        margin_change=finite(change.get("margin_change")),
        reason=str(change.get("reason", "")),
    )


def _row_of(frame: pd.DataFrame, item: str) -> dict[Any, Any] | None:
    if frame.empty:
        return None
    found = frame[frame["item"] == item]
    return None if found.empty else found.iloc[0].to_dict()
