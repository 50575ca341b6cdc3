"""What a plan buys: by item or segment and period as a heat map, and its orders."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.plan_contents import PlanContents

By = Literal["items", "segments"]
Decision = Literal["now", "planned", "fixed"]

MOST_ROWS = 40
"""Rows of the heat map: those that buy most; the rest is a row of its own."""

MOST_ORDERS = 2_000
"""Orders that are listed at a time; orders.csv has all."""

SHADES = 9
"""Shades of the heat map, from 1; 0 is nothing."""

REST = "all others"


class HeatCell(BaseModel):
    """What is bought of a row in a period: expected value in money."""

    model_config = ConfigDict(frozen=True)

    value: float
    shade: int = Field(description="0 for nothing, 1 to 9 by value.")


class HeatRow(BaseModel):
    """An item or a segment, with a cell for each period."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    segment: str
    cells: tuple[HeatCell, ...]
    total: float


class HeatPeriod(BaseModel):
    """A column of the heat map."""

    model_config = ConfigDict(frozen=True)

    period: int
    date: str = Field(description="Its first day.")
    total: float


class HeatMap(BaseModel):
    """Expected value of orders by row and period, in money: orders of now, and later ones by their probability."""

    model_config = ConfigDict(frozen=True)

    by: By
    periods: tuple[HeatPeriod, ...] = Field(description="Those in which anything is bought.")
    rows: tuple[HeatRow, ...] = Field(description="The largest first, the rest joined in the last one.")
    count: int = Field(description="How many items or segments are bought.")
    most: float = Field(description="Value of the darkest shade.")
    total: float


class OrderRow(BaseModel):
    """An order. Of a later one each node of the scenario tree has its own."""

    model_config = ConfigDict(frozen=True)

    item: str
    description: str
    segment: str
    supplier: str
    decision: Decision
    period: int
    date: str = Field(description="Day to order on.")
    node: str = Field(description="Of the scenario tree, in which it is placed.")
    probability: float
    lots: float
    units: float
    value: float = Field(description="Landed cost, in money.")
    deposit: float = Field(description="Paid with the order, in money.")
    due_date: str | None = Field(description="When the goods should arrive.")
    pay_date: str | None = Field(description="When the rest is to be paid.")


class OrdersView(BaseModel):
    """Orders of one decision, or of all."""

    model_config = ConfigDict(frozen=True)

    decision: Decision | None = Field(description="Null for all.")
    item: str | None
    counts: dict[Decision, int]
    count: int = Field(description="How many there are; `rows` has at most 2,000 of them.")
    value: float = Field(description="Expected value of all of them, in money.")
    rows: tuple[OrderRow, ...]


def heat_map(plan: PlanContents, by: By = "items", most: int = MOST_ROWS) -> HeatMap:
    """Expected value of orders by item or segment and period."""
    orders = plan.orders
    key = "item" if by == "items" else "segment"
    expected = orders["value"].astype(float) * orders["probability"].astype(float)
    table = (
        expected.groupby([orders[key], orders["period"]], observed=True).sum().unstack("period", fill_value=0)
    )
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    first = orders.drop_duplicates(key)
    described = zip(first["item"], first["description"], first["segment"], strict=True)
    told = {str(item): (str(description), str(segment)) for item, description, segment in described}
    shown = table.iloc[:most]
    largest = float(shown.to_numpy().max()) if len(shown) else 0.0
    rows = []
    for name, values in shown.iterrows():
        description, segment = told[str(name)] if by == "items" else ("", str(name))
        rows.append(_row(str(name), description, segment, values.to_list(), largest))
    if len(table) > most:
        rest = table.iloc[most:].sum()
        rows.append(_row(REST, f"{len(table) - most} more", "", rest.to_list(), 0.0))
    days = orders.drop_duplicates("period")
    dates = dict(zip(days["period"].astype(int), days["date"].astype(str), strict=True))
    totals = zip(table.columns.astype(int), table.sum(), strict=True)
    return HeatMap(
        by=by,
        periods=tuple(
            HeatPeriod(period=int(period), date=dates[int(period)][:10], total=float(total))
            for period, total in totals
        ),
        rows=tuple(rows),
        count=len(table),
        most=largest,
        total=float(table.to_numpy().sum()),
    )


def orders_view(plan: PlanContents, decision: Decision | None = "now", item: str | None = None) -> OrdersView:
    """Orders, the soonest first.

    Parameters
    ----------
    decision : "now" to place, "fixed" beforehand, "planned" later ones that depend on what happens until then; None for all.
    item : only those of this item.
    """
    orders = plan.orders
    decisions: tuple[Decision, ...] = ("now", "planned", "fixed")
    counts: dict[Decision, int] = {one: int((orders["decision"] == one).sum()) for one in decisions}
    chosen = orders if decision is None else orders[orders["decision"] == decision]
    if item is not None:
        chosen = chosen[chosen["item"] == item]
    shown = chosen.sort_values(["period", "supplier", "item", "node"], kind="stable").head(MOST_ORDERS)
    weighted = chosen["value"].astype(float) * chosen["probability"].astype(float)
    return OrdersView(
        decision=decision,
        item=item,
        counts=counts,
        count=len(chosen),
        value=float(weighted.sum()),
        rows=tuple(_order(row) for row in shown.to_dict("records")),
    )


def _row(name: str, description: str, segment: str, values: list[float], most: float) -> HeatRow:
    cells = tuple(HeatCell(value=float(value), shade=_shade(float(value), most)) for value in values)
    return HeatRow(name=name, description=description, segment=segment, cells=cells, total=float(sum(values)))


def _shade(value: float, most: float) -> int:
    """From 1 for the least to `SHADES` for the most; a row of many others has none."""
    if value <= 0.0 or most <= 0.0:
        return 0
    return min(SHADES, 1 + int(SHADES * value / most))


def _order(row: Mapping[Any, Any]) -> OrderRow:
    told = {str(name): None if _is_missing(value) else value for name, value in row.items()}
    texts = ("item", "description", "segment", "supplier", "node")
    named = {name: str(told[name] if told[name] is not None else "") for name in texts}
    days = {name: _day(told[name]) for name in ("due_date", "pay_date")}
    return OrderRow.model_validate({**told, **named, **days, "date": str(told["date"])[:10]}, strict=False)


def _day(value: object) -> str | None:
    return None if value is None or value == "" else str(value)[:10]


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT
