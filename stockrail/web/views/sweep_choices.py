"""What a frontier or a tornado can be started of: the limits and the drivers of a scenario or a baseline."""

from pydantic import BaseModel, ConfigDict, Field

from stockrail.comparisons.tornado_drivers import LEAD_TIME, PERIODS, SHARE, driver_names
from stockrail.comparisons.tornado_limits import Limit, limits_of
from stockrail.finance.frontier import unit_of
from stockrail.model.guardrail_blocks import WAREHOUSE
from stockrail.web.files import instance_of
from stockrail.web.views import run_start
from stockrail.web.views.run_start import BaselineChoice, ChosenView, ScenarioChoice
from stockrail.workbench import scenarios
from stockrail.workbench.store import Store

AROUND, POINTS = 0.2, 11
"""The range that is offered: a fifth below the limit to a fifth above it, in so many points."""


class LimitChoice(BaseModel):
    """A limit that can move."""

    model_config = ConfigDict(frozen=True)

    guardrail: str
    side: str = Field(description="upper or lower.")
    metric: str = Field(description="What it limits; blank for capacities.")
    unit: str
    is_money: bool
    stated: float = Field(description="As its owner states it.")
    from_limit: float = Field(description="First limit of a usual range.")
    to_limit: float = Field(description="Last limit of a usual range.")


class DriverChoice(BaseModel):
    """A driver that the instance has."""

    model_config = ConfigDict(frozen=True)

    name: str
    words: str
    usual: float = Field(description="By how much it moves: a share, of lead times a number of periods.")


class SweepChoices(BaseModel):
    """What can be started of one scenario or baseline."""

    model_config = ConfigDict(frozen=True)

    chosen: ChosenView
    baselines: tuple[BaselineChoice, ...]
    scenarios: tuple[ScenarioChoice, ...]
    currency: str
    limits: tuple[LimitChoice, ...]
    drivers: tuple[DriverChoice, ...]
    points: int = Field(description="Usual number of limits.")
    may_start: bool


def view(
    store: Store, actor: str, scenario: str | None = None, baseline_id: int | None = None
) -> SweepChoices:
    """What can be started.

    Raises
    ------
    NotFoundError
        There is no such scenario or baseline.
    StateError
        There is no baseline yet.
    InstanceError
        The scenario or the limits in force do not fit the baseline.
    """
    start = run_start.view(store, actor, scenario, baseline_id)
    chosen = start.chosen
    overlay = [] if scenario is None else list(scenarios.get(store, scenario).overlay)
    instance = instance_of(store, chosen.baseline.id, chosen.guardrail_version_id, overlay)
    currency = instance.settings.currency
    names = driver_names(instance)
    return SweepChoices(
        chosen=chosen,
        baselines=start.baselines,
        scenarios=start.scenarios,
        currency=currency,
        limits=tuple(
            _limit(one, one.stated, currency) for one in limits_of(instance) if one.stated is not None
        ),
        drivers=tuple(
            DriverChoice(name=name, words=words, usual=PERIODS if name == LEAD_TIME else SHARE)
            for name, words in names.items()
        ),
        points=POINTS,
        may_start=start.may_start,
    )


def _limit(limit: Limit, stated: float, currency: str) -> LimitChoice:
    unit = unit_of(limit.metric, currency) if limit.metric else _unit_of_capacity(limit.guardrail)
    # A share cannot be above 1: its range is one of what may be missed.
    size = AROUND * (1.0 - stated if limit.is_share else abs(stated))
    size = size or (0.01 if limit.is_share else 1.0)
    return LimitChoice(
        guardrail=limit.guardrail,
        side=limit.side,
        metric=limit.metric,
        unit=unit,
        is_money=unit == currency,
        stated=stated,
        from_limit=round(stated - size, 10),
        to_limit=round(min(stated + size, 1.0) if limit.is_share else stated + size, 10),
    )


def _unit_of_capacity(name: str) -> str:
    return "space" if name.startswith(WAREHOUSE) else "units per period"
