"""Segments: the targets of each, old and new, what the plan of a run means for it, and its items."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.model.instance import Instance
from stockrail.web import files
from stockrail.web.views.planned import folder_of, items_of
from stockrail.workbench.calibrations import decisions
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision

DAYS_PER_YEAR = 365.0

_NUMBERS = (
    "fill_rate", "safety_stock_units", "safety_stock_value", "inventory_value", "days_of_stock", "turns", "expected_margin",
)  # fmt: skip


class TargetView(BaseModel):
    """A target of safety stock for a segment. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    option: str = Field(
        description="Policy option that its items follow; blank where units are given item by item."
    )
    safety_factor: float | None = Field(
        description="Standard deviations, mean of the items by demand at standard value."
    )
    safety_stock_value: float | None = Field(description="Money at standard value.")
    safety_stock_days: float | None = Field(description="Of a day's mean demand.")


class AcceptedView(BaseModel):
    """Which calibration the new target is of, and who accepted it."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    by: str
    at: dt.datetime


class SegmentRow(BaseModel):
    """A segment with its targets and what the plan means for it. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    segment: str
    items: int
    old: TargetView | None = Field(
        description="Of today, from the table current_targets; null where it is not known."
    )
    new: TargetView | None = Field(
        description="Accepted last of a calibration; null where nothing was accepted."
    )
    accepted: AcceptedView | None
    planned: TargetView = Field(description="What the plan holds on average before receipts.")
    fill_rate: float = Field(description="Share of units served on time that the plan expects.")
    inventory_value: float = Field(description="Expected stock, mean over the horizon, in money.")
    days_of_stock: float | None = Field(description="That stock in days of what is served.")
    turns: float | None = Field(description="Per year.")
    expected_margin: float = Field(description="Of its items over the horizon, in money.")


class SegmentsView(BaseModel):
    """The segments of a run's plan."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    kind: str
    instance_name: str
    currency: str
    segments: tuple[SegmentRow, ...]
    items: int
    inventory_value: float = Field(description="Of all segments, in money.")
    expected_margin: float = Field(description="Of all items, in money; without what belongs to no item.")
    turns: float | None = Field(description="Of all segments, per year.")
    days_of_stock: float | None


class ItemRow(BaseModel):
    """An item of the list. Money in the baseline's currency, units are the item's."""

    model_config = ConfigDict(frozen=True)

    item: str
    description: str
    segment: str
    supplier: str
    inventory_value: float = Field(description="Expected stock, mean over the horizon.")
    days_of_stock: float | None
    turns: float | None
    fill_rate: float
    safety_stock_units: float | None = Field(
        description="Mean before receipts; null where nothing is received."
    )
    safety_stock_value: float | None
    today_units: float | None = Field(description="Safety stock of today, from current_targets.")
    expected_margin: float


class SegmentItemsView(BaseModel):
    """Items of a segment, or all of them, the most money in stock first."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    kind: str
    segment: str | None = Field(description="Null for all items.")
    currency: str
    items: tuple[ItemRow, ...]


def view(store: Store, run_id: int) -> SegmentsView:
    """The segments of a run.

    Raises
    ------
    NotFoundError
        There is no such run, or it has no plan.
    """
    run = get(store, run_id)
    planned = files.table_of(store, run, f"{folder_of(run)}segments.csv")
    instance = files.instance_of_run(store, run)
    today = _today(instance)
    with store.read() as session:
        in_force = decisions.in_force(session)
    rows = tuple(
        _row(row, today.get(str(row["segment"])), in_force.get(str(row["segment"])))
        for row in planned.to_dict("records")
    )
    stock = sum(row.inventory_value for row in rows)
    # Of a segment without stock it is not known how much it serves, so neither is it of all.
    each = [None if row.turns is None else row.turns * row.inventory_value for row in rows]
    served = [value for value in each if value is not None]
    turns = sum(served) / stock if stock > 0 and len(served) == len(rows) else None
    return SegmentsView(
        run_id=run_id,
        kind=run.kind,
        instance_name=instance.settings.name,
        currency=instance.settings.currency,
        segments=rows,
        items=sum(row.items for row in rows),
        inventory_value=stock,
        expected_margin=sum(row.expected_margin for row in rows),
        turns=turns,
        days_of_stock=DAYS_PER_YEAR / turns if turns else None,
    )


def items_view(store: Store, run_id: int, segment: str | None = None) -> SegmentItemsView:
    """Items of a segment, or all of them; the first time it takes as long as valuing the plan.

    Raises
    ------
    NotFoundError
        There is no such run, it has no plan, or no such segment.
    """
    run = get(store, run_id)
    instance = files.instance_of_run(store, run)
    frame = items_of(store, run)
    if segment is not None:
        frame = frame[frame["segment"] == segment]
        if frame.empty:
            listed = ", ".join(dict.fromkeys(row.segment for row in instance.items))
            raise NotFoundError(f"Run {run_id} has no items in a segment {segment!r}: there are {listed}.")
    order = np.argsort(-frame["inventory_value"].to_numpy(), kind="stable")
    today = {row.item: row.safety_stock_units for row in instance.current_targets}
    return SegmentItemsView(
        run_id=run_id,
        kind=run.kind,
        segment=segment,
        currency=instance.settings.currency,
        items=tuple(
            ItemRow.model_validate(
                {
                    **{name: row[name] for name in ("item", "description", "segment", "supplier")},
                    **{name: finite(row[name]) for name in _NUMBERS},
                    "today_units": today.get(str(row["item"])),
                }
            )
            for row in frame.iloc[order].to_dict("records")
        ),
    )


def _row(row: dict[Any, Any], today: TargetView | None, decision: Decision | None) -> SegmentRow:
    turns = finite(row["turns"])
    return SegmentRow(
        segment=str(row["segment"]),
        items=int(row["items"]),
        old=today,
        new=None if decision is None else accepted_target(decision),
        accepted=None if decision is None else accepted_by(decision),
        planned=TargetView(
            option="",
            safety_factor=finite(row["implied_z"]),
            safety_stock_value=finite(row["safety_stock_value"]),
            safety_stock_days=finite(row["safety_stock_days"]),
        ),
        fill_rate=float(row["fill_rate"]),
        inventory_value=float(row["inventory_value"]),
        days_of_stock=DAYS_PER_YEAR / turns if turns else None,
        turns=turns,
        expected_margin=float(row["expected_margin"]),
    )


def accepted_target(decision: Decision) -> TargetView:
    """The target that was accepted, as the decision keeps it."""
    target = decision.data.get("target", {})
    return TargetView(
        option=str(target.get("option") or ""),
        safety_factor=finite(target.get("safety_factor")),
        safety_stock_value=finite(target.get("safety_stock_value")),
        safety_stock_days=finite(target.get("safety_stock_days")),
    )


def accepted_by(decision: Decision) -> AcceptedView:
    """Who accepted it."""
    return AcceptedView(run_id=decision.subject_id or 0, by=decision.by, at=decision.at)


def _today(instance: Instance) -> dict[str, TargetView]:
    """What `current_targets` says by segment; segments with an item that it lacks are left out."""
    if not instance.current_targets:
        return {}
    units_of = {row.item: row.safety_stock_units for row in instance.current_targets}
    settings = instance.settings
    unit_value = instance.item_column("unit_cost") * instance.landed_rate
    units = np.array([units_of.get(row.item, np.nan) for row in instance.items])
    per_day = instance.mean_demand.sum(axis=1) * unit_value / (settings.periods * settings.period_length_days)
    lead_time = instance.item_column("lead_time_periods").astype(np.int64)
    at = np.minimum(lead_time, settings.periods - 1)
    sigma = instance.sigma[np.arange(len(units)), at]
    factor = np.divide(units, sigma, out=np.full(len(units), np.nan), where=sigma > 0)
    frame = pd.DataFrame(
        {
            "segment": [row.segment for row in instance.items],
            "value": units * unit_value,
            "per_day": per_day,
            "weight": np.where(np.isfinite(factor), per_day, 0.0),
            "weighted": np.where(np.isfinite(factor), per_day * factor, 0.0),
        }
    )
    found = {}
    for segment, rows in frame.groupby("segment"):
        total = rows[["value", "per_day", "weight", "weighted"]].sum(skipna=False)
        if np.isfinite(total["value"]):
            found[str(segment)] = TargetView(
                option="",
                safety_factor=finite(total["weighted"] / total["weight"]) if total["weight"] > 0 else None,
                safety_stock_value=float(total["value"]),
                safety_stock_days=float(total["value"] / total["per_day"]) if total["per_day"] > 0 else None,
            )
    return found
