"""The settings of an instance: `instance.yaml`, group by group."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import (
    Criterion,
    Currency,
    CustomerCriterion,
    Days,
    Money,
    Name,
    OwnSegment,
    Period,
    PositiveUnits,
    Rate,
    Row,
    Share,
    SignedMoney,
    TailShare,
)


class Branching(Row):
    """From `period` on, every node of the period before has `width` children."""

    period: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=2, le=50)]


class Factor(Row):
    """One layer of the demand model: at each branching a shock of standard deviation `volatility` (of the logarithm
    of demand) is added to `persistence` times the level before.
    """

    volatility: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
    persistence: Share


class SupplierEvent(Row):
    """A disruption: on branch `branch` (0-based) of the branching in `period`, for `duration_periods` periods."""

    period: Annotated[int, Field(ge=1)]
    branch: Annotated[int, Field(ge=0)]
    supplier: Name
    duration_periods: Annotated[int, Field(ge=1)]
    delay_periods: Annotated[int, Field(ge=0)] = 0
    cost_factor: PositiveUnits = 1.0
    order_cost_factor: Rate = 1.0
    capacity_factor: Rate = 1.0


class WarehouseEvent(Row):
    """Less room in a warehouse: on branch `branch` of the branching in `period`, for `duration_periods` periods."""

    period: Annotated[int, Field(ge=1)]
    branch: Annotated[int, Field(ge=0)]
    warehouse: Name
    duration_periods: Annotated[int, Field(ge=1)]
    capacity_factor: Rate


class TreeSpecification(Row):
    """How to build the scenario tree: where it branches and what moves demand there."""

    branchings: tuple[Branching, ...] = ()
    market: Factor = Factor(volatility=0.0, persistence=1.0)
    product_group: Factor = Factor(volatility=0.0, persistence=1.0)
    item: Factor = Factor(volatility=0.0, persistence=1.0)
    events: tuple[SupplierEvent, ...] = ()
    warehouse_events: tuple[WarehouseEvent, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0


class SegmentationRules(Row):
    """Which items form a segment: docs/formulation.md, section 13. Thresholds and `hysteresis` are shares, 12 % is 0.12."""

    criteria: tuple[Criterion, ...] = ("abc", "xyz")
    customer_criteria: tuple[CustomerCriterion, ...] = ("abc",)
    own_segments: tuple[OwnSegment, ...] = ()
    a_revenue_share: Share = 0.8
    b_revenue_share: Share = 0.95
    x_variation: Rate = 0.5
    y_variation: Rate = 1.0
    high_margin_rate: SignedMoney = 0.3
    new_days: Days = 180.0
    ending_days: Days = 180.0
    hysteresis: Share = 0.0


class Calibration(Row):
    """How policy options are chosen: at most `most_departures` items have another option than their segment's."""

    most_departures: Annotated[int, Field(ge=0)] = 0


class Settings(Row):
    """`instance.yaml`. Rates are per year and of inventory value; money is in `currency`."""

    name: Name
    currency: Currency
    start: dt.date
    period_length_days: Annotated[int, Field(ge=1, le=366)]
    periods: Annotated[int, Field(ge=1, le=520)]
    cost_of_capital_rate_per_year: Rate
    storage_rate_per_year: Rate
    insurance_rate_per_year: Rate
    discount_rate_per_year: Rate = 0.0
    terminal_stock_share: Share
    receivable_days: Days
    opening_cash: SignedMoney
    opening_receivables: Money
    opening_payables: Money
    fixed_payments_per_period: Money = 0.0
    frozen_periods: Period = 0
    forward_cover_days: Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)] = 90.0
    change_price_share_of_cost: Rate = 0.0
    change_price_periods: Annotated[int, Field(ge=1, le=520)] | None = None
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    margin_cvar_weight: Share = 0.0
    margin_cvar_alpha: TailShare = 0.9
    segmentation: SegmentationRules | None = None
    calibration: Calibration | None = None
    tree: TreeSpecification | Literal["table"]
