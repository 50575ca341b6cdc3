"""What the page of a plan shows, part by part."""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.views import compared
from stockrail.web.views.plan_approval import ApprovalView
from stockrail.web.views.plan_buys import HeatMap
from stockrail.web.views.runs import Verification


class KeyFigures(BaseModel):
    """What people ask first. Money in the plan's currency, expected over all scenarios unless said otherwise."""

    model_config = ConfigDict(frozen=True)

    objective: float | None = Field(description="What the plan is best at.")
    expected_margin: float | None
    bound: float | None = Field(description="No plan reaches a larger objective.")
    gap: float | None = Field(description="Of the bound, as a share of the objective.")
    status: str = Field(description="proven within the gap asked for, or feasible.")
    orders_now: int = Field(description="Orders to place now.")
    value_now: float = Field(description="Their landed cost.")
    suppliers_now: int
    mean_inventory: float | None = Field(description="Mean over scenarios and periods, at standard value.")
    fill_rate: float | None = Field(description="Units served at once, of units demanded.")
    guardrails: int
    guardrails_kept: int
    guardrails_earning: int = Field(description="Limits that would earn margin if they were looser.")


class FanLimit(BaseModel):
    """A limit in the chart of a balance."""

    model_config = ConfigDict(frozen=True)

    name: str
    side: str
    way: str | None = Field(description="How it holds, where not in every scenario.")
    is_outside: bool = Field(description="Too far from the values to be drawn.")


class FanRow(BaseModel):
    """A balance at the end of a period over all scenarios, in money."""

    model_config = ConfigDict(frozen=True)

    period: int
    date: str
    min: float | None
    p05: float | None
    p25: float | None
    p50: float | None
    p75: float | None
    p95: float | None
    max: float | None
    mean: float | None
    limits: tuple[float, ...]


class Fan(BaseModel):
    """A balance over all scenarios against its limits."""

    model_config = ConfigDict(frozen=True)

    metric: str
    label: str
    chart: str = Field(description="Key of its chart.")
    limits: tuple[FanLimit, ...]
    rows: tuple[FanRow, ...]


class GuardrailRow(BaseModel):
    """A limit: whether it holds, and what a looser one earns. Amounts in the unit of the metric."""

    model_config = ConfigDict(frozen=True)

    name: str
    side: str
    metric: str
    limited: str = Field(description="What it limits, in words.")
    limit: float | None = Field(description="The tightest.")
    worst: float | None = Field(description="What counts against it.")
    slack: float | None = Field(description="Room left; negative where it is broken.")
    is_kept: bool | None
    is_loosened: bool
    binding_periods: str
    is_binding: bool = Field(description="It binds somewhere, or a looser one would earn margin.")
    rule: str
    owner: str
    earns: str = Field(description="What a looser limit earns, in words.")
    costs: str = Field(description="What a tighter limit costs, in words.")
    return_looser: float | None = Field(description="A year, on the capital it grants.")
    price: float | None = Field(description="Of one unit of the limit; null where there is no single one.")
    price_holds: str | None = Field(description="For which limits the price holds.")


class SupplierRow(BaseModel):
    """Orders to place now with a supplier."""

    model_config = ConfigDict(frozen=True)

    supplier: str
    orders: int
    value: float
    due: str
    pay: str


class SplitRow(BaseModel):
    """Mean stock over all periods by purpose, in money at standard value."""

    model_config = ConfigDict(frozen=True)

    segment: str
    safety: float
    cycle: float
    build: float
    excess: float
    on_hand: float


class ExcessRow(BaseModel):
    """An item with stock that nothing explains."""

    model_config = ConfigDict(frozen=True)

    item: str
    segment: str
    mean_units: float
    mean_value: float
    holding_cost_per_year: float
    reason: str


class MarginStep(BaseModel):
    """A part of the expected margin, costs negative; the last one is the margin."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float


class OtherPlan(BaseModel):
    """Another finished plan that this one can be held against."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    scenario: str
    expected_margin: float | None


class PlanView(BaseModel):
    """The plan of a run. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    run_state: str
    requested_by: str
    finished_at: dt.datetime | None
    scenario: str
    scenario_version: int | None
    baseline_id: int
    instance: str = Field(description="Name of what was planned.")
    currency: str
    start: str = Field(description="First day.")
    periods: int
    period_days: float
    items: int
    scenarios: int
    figures: KeyFigures
    certificate: tuple[str, ...] = Field(description="What has been proven, in sentences.")
    verdict: tuple[str, ...] = Field(description="Whether the limits hold, in sentences.")
    relaxation: str | None = Field(description="Which limits were loosened because no plan keeps them.")
    verification: Verification | None
    notes: tuple[str, ...]
    held: tuple[str, ...] = Field(description="Orders that a freeze or a lock holds.")
    fans: tuple[Fan, ...]
    guardrails: tuple[GuardrailRow, ...] = Field(description="Those that bind first.")
    suppliers: tuple[SupplierRow, ...]
    buys: HeatMap
    split: tuple[SplitRow, ...]
    excess: tuple[ExcessRow, ...]
    steps: tuple[MarginStep, ...]
    against: compared.Bridge | None = Field(
        description="The way from the margin of another plan to this one."
    )
    others: tuple[OtherPlan, ...]
    checks: tuple[str, ...] = Field(description="What the finance checks found, in sentences.")
    approval: ApprovalView
    files: tuple[str, ...]
    charts: tuple[str, ...] = Field(description="Keys; /api/runs/{run}/charts/{key} has each.")
