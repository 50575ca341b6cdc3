"""The targets that a calibration proposes for one segment: old and new, what they earn and why, and what was decided."""

import datetime as dt
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.calibration.changes import SOURCES
from stockrail.formats import finite
from stockrail.web.stale import seen_of
from stockrail.workbench.store.tables import Decision

MOST_REASONS = 4
"""Items of a segment whose reasons are shown, those with the largest worth first; the list of items has all."""

UNCHANGED = "Nothing changes."
"""Reason of an item whose targets stay as they are, as `changes.csv` has it."""


class MeasuresView(BaseModel):
    """What targets of a segment mean. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    safety_stock_value: float | None
    fill_rate: float | None = Field(description="Share of units served on time that the rule's plan expects.")
    inventory_value: float | None = Field(description="Expected stock, mean over the horizon.")
    expected_margin: float | None = Field(description="Of its items, over the horizon.")


class ItemReason(BaseModel):
    """What changes for an item, and why. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    item: str
    segment: str
    margin_change: float | None
    worth_change: float | None = Field(
        description="With what its use of guardrails is worth at their prices."
    )
    reason: str


class NeighbourView(BaseModel):
    """What the next safety factor of the menu would change. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    direction: str = Field(description="higher or lower.")
    option: str
    service_level: float
    fill_rate: float | None
    worth_change: float
    inventory_value_change: float


class DecisionView(BaseModel):
    """What was decided on a segment's targets."""

    model_config = ConfigDict(frozen=True)

    number: int
    verdict: str = Field(description="accepted or rejected.")
    by: str
    role: str
    at: dt.datetime
    reason: str


class ProposedSegment(BaseModel):
    """The targets that are proposed for a segment. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    segment: str
    items: int
    departures: int
    option: str
    safety_factor: float
    cover_periods: float
    review_periods: int
    service_level: float = Field(
        description="Share of order cycles without shortage that the factor implies."
    )
    safety_stock_days: float | None
    new: MeasuresView
    old: MeasuresView = Field(description="Under today's targets; null where those are not known.")
    margin_change: float | None = Field(description="Of the segment's own items, new less old.")
    worth_change: float | None = Field(
        description="With what their use of guardrails is worth at their prices."
    )
    sources: dict[str, float] = Field(description="Where the worth comes from; they add up to it.")
    changed_items: int
    reasons: tuple[ItemReason, ...] = Field(description="Of the items with the largest change of worth.")
    neighbours: tuple[NeighbourView, ...]
    decision: DecisionView | None = Field(description="Null while nobody has decided.")
    replaces: DecisionView | None = Field(
        description="The acceptance that is in force, of an earlier calibration; null for none."
    )
    seen: str = Field(description="Send it back with the decision.")


def seen_of_segment(run_id: int, newest: int) -> str:
    """What somebody who decides on a segment's targets has looked at: the latest decision on its targets, of any calibration."""
    return seen_of("calibration", run_id, newest)


def proposed(
    row: dict[Any, Any],
    changes: pd.DataFrame,
    neighbours: pd.DataFrame,
    decision: Decision | None,
    in_force: Decision | None,
    seen: str,
) -> ProposedSegment:
    """A segment's targets.

    Parameters
    ----------
    row : of `segments.csv`.
    changes, neighbours : `changes.csv` and `service_costs.csv`, of all segments; may be empty.
    decision : on these targets.
    in_force : the latest acceptance for the segment, of any calibration.
    """
    segment = str(row["segment"])
    own = changes[changes["segment"] == segment] if not changes.empty else changes
    moved = own[own["reason"] != UNCHANGED] if not own.empty else own
    new, old = _measures(row, ""), _measures(row, "current_")
    other = in_force if decision is None or in_force is None or in_force.id != decision.id else None
    return ProposedSegment(
        segment=segment,
        **{name: row[name] for name in ("items", "departures", "option", "safety_factor", "cover_periods")},
        review_periods=int(row["review_periods"]),
        service_level=float(row["service_level"]),
        safety_stock_days=finite(row["safety_stock_days"]),
        new=new,
        old=old,
        margin_change=_less(new.expected_margin, old.expected_margin),
        worth_change=None if own.empty else float(own["worth_change"].sum()),
        sources={} if own.empty else {name: float(own[name].sum()) for name in SOURCES},
        changed_items=len(moved),
        reasons=tuple(_reason(one) for one in _largest(moved)),
        neighbours=tuple(
            _neighbour(one)
            for one in (neighbours.to_dict("records") if not neighbours.empty else ())
            if one["segment"] == segment
        ),
        decision=None if decision is None else decision_view(decision),
        replaces=None if other is None else decision_view(other),
        seen=seen,
    )


def decision_view(decision: Decision) -> DecisionView:
    """A decision for a page."""
    return DecisionView(
        number=decision.id,
        **{name: getattr(decision, name) for name in ("verdict", "by", "role", "at", "reason")},
    )


def _measures(row: dict[Any, Any], prefix: str) -> MeasuresView:
    return MeasuresView(**{name: finite(row.get(f"{prefix}{name}")) for name in MeasuresView.model_fields})


def _largest(moved: pd.DataFrame) -> list[dict[Any, Any]]:
    if moved.empty:
        return []
    order = moved["worth_change"].abs().sort_values(ascending=False, kind="stable").index[:MOST_REASONS]
    rows: list[dict[Any, Any]] = moved.loc[order].to_dict("records")
    return rows


def _reason(row: dict[Any, Any]) -> ItemReason:
    return ItemReason(
        item=str(row["item"]),
        segment=str(row["segment"]),
        margin_change=finite(row["margin_change"]),
        worth_change=finite(row["worth_change"]),
        reason=str(row["reason"]),
    )


def _neighbour(row: dict[Any, Any]) -> NeighbourView:
    return NeighbourView(
        direction=str(row["direction"]),
        option=str(row["to_option"]),
        service_level=float(row["to_service_level"]),
        fill_rate=finite(row["to_fill_rate"]),
        worth_change=float(row["worth_change"]),
        inventory_value_change=float(row["inventory_value_change"]),
    )


def _less(new: float | None, old: float | None) -> float | None:
    return None if new is None or old is None else new - old
