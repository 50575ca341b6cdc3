"""One item of a plan: what may be asked for, what is in stock, what is ordered, and why there is safety stock."""

import datetime as dt

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.inventory.inventory_split import PURPOSES, InventorySplit
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import MONEY_PARTS
from stockrail.model.tree import Array, IntArray
from stockrail.order_rows import OrderRows, first_days, placed_orders
from stockrail.tabulate import spread
from stockrail.web import files
from stockrail.web.views.item_reasons import ReasonsView, limits_on, reasons_of
from stockrail.web.views.item_targets import ItemTargetsView, targets_of
from stockrail.web.views.planned import Planned, planned_of
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run


class SpreadView(BaseModel):
    """A number over the scenarios of a period, in units."""

    model_config = ConfigDict(frozen=True)

    mean: float
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    min: float
    max: float


class PeriodView(BaseModel):
    """A period of the item. Units are the item's."""

    model_config = ConfigDict(frozen=True)

    period: int
    date: dt.date
    demand: SpreadView
    on_hand: SpreadView = Field(description="At the end of the period.")
    order_probability: float = Field(description="That something is ordered.")
    ordered: float = Field(
        description="Expected units, those that are not ordered in some scenarios included."
    )
    ordered_value: float = Field(description="Expected money.")
    received: float = Field(description="Expected units.")
    short: float = Field(description="Expected units that are not served on time.")
    purposes: dict[str, float] = Field(
        description="Expected units by purpose: on hand, and pipeline in transit."
    )


class OrderView(BaseModel):
    """An order of the plan at a node of the tree. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    decision: str = Field(description="now, planned, or fixed.")
    period: int
    date: dt.date
    node: str
    probability: float
    units: float
    value: float
    due_date: dt.date


class OpenOrderView(BaseModel):
    """Units already on order."""

    model_config = ConfigDict(frozen=True)

    date: dt.date
    units: float


class FactsView(BaseModel):
    """What the baseline says of the item. Money in its currency."""

    model_config = ConfigDict(frozen=True)

    item: str
    description: str
    segment: str
    product_group: str
    supplier: str
    unit_price: float
    unit_cost: float
    landed_cost: float = Field(description="With freight and duty.")
    order_cost: float
    lot_size: float
    minimum_order_units: float
    maximum_order_units: float | None = Field(description="Null for no maximum.")
    lead_time_periods: int
    lead_time_days: int
    order_interval_periods: int = Field(description="How often the supplier takes orders.")
    opening_stock_units: float
    shelf_life_periods: int | None = Field(description="Null where stock does not age.")
    payment_days: float


class ItemView(BaseModel):
    """An item of a run's plan. Money in the baseline's currency, units are the item's."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    currency: str
    period_length_days: int
    facts: FactsView
    fill_rate: float = Field(description="Share of units served on time that the plan expects.")
    inventory_value: float = Field(description="Expected stock, mean over the horizon, in money.")
    days_of_stock: float | None
    turns: float | None = Field(description="Per year.")
    safety_stock_units: float | None = Field(
        description="Mean before receipts; null where nothing is received."
    )
    safety_stock_value: float | None
    implied_z: float | None = Field(description="That in standard deviations of the forecast error.")
    expected_margin: float = Field(description="Over the horizon.")
    money: dict[str, float] = Field(description="Parts of the margin: revenue and so on as positive amounts.")
    periods: tuple[PeriodView, ...]
    open_orders: tuple[OpenOrderView, ...]
    orders: tuple[OrderView, ...] = Field(description="Now and planned, by node of the tree.")
    targets: ItemTargetsView
    reasons: ReasonsView


def view(store: Store, run_id: int, item: str) -> ItemView:
    """An item of a run.

    Raises
    ------
    NotFoundError
        There is no such run or item, or the run has no plan.
    """
    run = get(store, run_id)
    planned = planned_of(store, run)
    place = planned.place_of(item)
    ledger = planned.ledger(np.array([place]))
    instance = planned.instance
    split = InventorySplit.of(ledger)
    safety_units, implied_z = (float(values[0]) for values in ledger.safety_stock)
    stock = float(ledger.expected(ledger.metric("inventory_value")).mean(axis=1)[0])
    served = float((ledger.line("served") @ ledger.tables.tree.probability)[0] * ledger.tables.unit_value[0])
    days = instance.settings.periods * instance.settings.period_length_days
    return ItemView(
        run_id=run_id,
        currency=instance.settings.currency,
        period_length_days=instance.settings.period_length_days,
        facts=_facts(planned, place),
        fill_rate=float(ledger.fill_rate[0]),
        inventory_value=stock,
        days_of_stock=stock * days / served if served > 0 else None,
        turns=served * 365.0 / days / stock if stock > 0 else None,
        safety_stock_units=finite(safety_units),
        safety_stock_value=finite(safety_units * float(ledger.tables.unit_value[0])),
        implied_z=finite(implied_z),
        expected_margin=float(ledger.item_margin[0]),
        money={name: float(ledger.item_parts[name][0]) for name in MONEY_PARTS},
        periods=_periods(ledger, split),
        open_orders=tuple(
            OpenOrderView(
                date=first_days(instance.settings, np.array([row.due_period]))[0].date(), units=row.units
            )
            for row in sorted(instance.open_orders, key=lambda row: row.due_period)
            if row.item == item
        ),
        orders=_orders(planned, ledger),
        targets=targets_of(store, instance, item),
        reasons=reasons_of(ledger, limits_on(_guardrails(store, run), instance.items[place])),
    )


def _guardrails(store: Store, run: Run) -> pd.DataFrame:
    name = "guardrails.csv"  # of a calibration that of all its options, with the prices that made the choice
    return files.table_of(store, run, name) if files.has_file(run, name) else pd.DataFrame()


def _facts(planned: Planned, place: int) -> FactsView:
    instance = planned.instance
    row = instance.items[place]
    supplier = instance.suppliers[instance.item_supplier[place]]
    return FactsView(
        **{name: getattr(row, name) for name in FactsView.model_fields if hasattr(row, name)},
        landed_cost=float(row.unit_cost * instance.landed_rate[place]),
        lead_time_days=row.lead_time_periods * instance.settings.period_length_days,
        order_interval_periods=supplier.order_interval_periods,
        payment_days=supplier.payment_days,
    )


def _periods(ledger: Ledger, split: InventorySplit) -> tuple[PeriodView, ...]:
    tree = ledger.tables.tree
    is_order = (ledger.line("is_order") > 0.5).astype(np.float64)
    lines = {
        "order_probability": is_order,
        "ordered": ledger.line("ordered"),
        "ordered_value": ledger.line("ordered_value"),
        "received": ledger.line("received"),
        "short": ledger.line("short"),
    }
    expected = {name: ledger.expected(values)[0] for name, values in lines.items()}
    purposes = {purpose: ledger.expected(getattr(split, purpose))[0] for purpose in PURPOSES}
    dates = first_days(ledger.tables.instance.settings, np.arange(tree.periods))
    found = []
    for period in range(tree.periods):
        nodes = np.flatnonzero(tree.period == period)

        def over(values: Array, nodes: IntArray = nodes) -> SpreadView:
            return SpreadView(**spread(values[0, nodes], tree.probability[nodes]))

        found.append(
            PeriodView(
                period=period,
                date=dates[period].date(),
                demand=over(ledger.tables.demand),
                on_hand=over(ledger.line("on_hand")),
                purposes={purpose: float(units[period]) for purpose, units in purposes.items()},
                **{name: float(values[period]) for name, values in expected.items()},
            )
        )
    return tuple(found)


def _orders(planned: Planned, ledger: Ledger) -> tuple[OrderView, ...]:
    rows = OrderRows.together(ledger.tables.instance, planned.tree, [placed_orders(ledger)]).frame()
    return tuple(
        OrderView(
            decision=str(row["decision"]),
            period=int(row["period"]),
            date=row["date"].date(),
            node=str(row["node"]),
            probability=float(row["probability"]),
            units=float(row["units"]),
            value=float(row["value"]),
            due_date=row["due_date"].date(),
        )
        for row in rows.to_dict("records")
    )
