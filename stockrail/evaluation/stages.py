"""What is known at each re-planning of a backtest: a forecast from the history so far, and the tree that is made of its errors."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stockrail.evaluation.baselines import safety_units
from stockrail.evaluation.demand_facts import DemandFacts
from stockrail.evaluation.history_window import HistoryWindow
from stockrail.evaluation.one_path import mean_of
from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Guardrail, GuardrailLimit, OpenOrder
from stockrail.model.tables import Tables
from stockrail.model.tree import ScenarioTree
from stockrail.simulation.remaining import remaining_instance
from stockrail.simulation.state import State
from stockrail.trees.history import History, Method, forecast_history
from stockrail.trees.path_source import ModelSource
from stockrail.trees.path_tree import make_tree
from stockrail.trees.path_tree_tables import tree_tables

TREE_PATHS = 500
"""Sample paths that a tree is made of."""


@dataclass(frozen=True)
class Forecasting:
    """How forecasts and trees are made in a backtest.

    Attributes
    ----------
    horizon : periods that are planned ahead at each re-planning; the first one looks to the end of what is played back at least.
    widths : branches at each branching of the tree.
    method : how history is forecast, see `stockrail.trees.history`.
    origins : points in the past from which errors are measured.
    """

    horizon: int
    widths: tuple[int, ...] = (3, 3, 3)
    method: Method = "level"
    origins: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Stage:
    """What is known when it is planned again.

    Attributes
    ----------
    period : of those played back, 0 the first.
    tables : parameters of the instance on the tree that the history so far gives; its root is this period.
    source : draws paths of the same errors.
    """

    period: int
    tables: Tables = field(repr=False)
    source: ModelSource = field(repr=False)

    @property
    def tree(self) -> ScenarioTree:
        """The tree."""
        return self.tables.tree


def make_stage(instance: Instance, window: HistoryWindow, period: int, how: Forecasting) -> Stage:
    """Forecast from what is known before a period, and make a tree of the errors that such forecasts made.

    Parameters
    ----------
    instance : as `at_horizon` makes it.
    """
    forecast = forecast_history(
        instance, History(window.known(period)), method=how.method, origins=how.origins
    )
    source = ModelSource(forecast.model)
    sample = source.draw(TREE_PATHS, how.seed + period, "tree")
    widths = how.widths[: max(how.horizon - 1, 0)]
    tree = make_tree(instance, sample, widths, seed=how.seed)
    return Stage(period, tree_tables(instance, tree), source)


def make_stages(
    instance: Instance,
    window: HistoryWindow,
    every: int,
    how: Forecasting,
    on_progress: Callable[[int, int, str], None],
) -> list[Stage]:
    """One stage for each re-planning, the first in period 0."""
    periods = range(0, window.periods, every)
    stages = []
    for k, period in enumerate(periods):
        on_progress(k, len(periods), f"forecasting from {window.date(window.first + period)}")
        # The first one makes the paths that baselines are scaled on, so it reaches to the end.
        horizon = how.horizon if period else max(how.horizon, window.periods)
        stages.append(
            make_stage(at_horizon(instance, horizon), window, period, replace(how, horizon=horizon))
        )
    return stages


def moved(instance: Instance, start: dt.date, periods: int) -> Instance:
    """The instance from another day on, for some periods: no orders under way or fixed, no scenarios, demand not yet known.

    Guardrails that end in the last period of the horizon end in the last one again; the others keep their periods.
    """
    shape = (len(instance.items), periods)
    days = (start - instance.settings.start).days // instance.settings.period_length_days
    base = replace(
        instance,
        settings=instance.settings.model_copy(update={"start": start, "frozen_periods": 0, "tree": "table"}),
        suppliers=tuple(
            row.model_copy(
                update={
                    "order_offset_periods": (row.order_offset_periods - days) % row.order_interval_periods
                }
            )
            for row in instance.suppliers
        ),
        open_orders=() if days else instance.open_orders,
        order_overrides=(),
        funded_builds=(),
        scenarios=(),
        scenario_demand=(),
        scenario_suppliers=(),
        scenario_warehouses=(),
        source=None,
    )
    return replace(at_horizon(base, periods), mean_demand=np.zeros(shape), sigma=np.zeros(shape))


def at_horizon(instance: Instance, periods: int) -> Instance:
    """The instance with another horizon: demand and error beyond it are those of the last period, guardrails that end with it move."""
    now = instance.settings.periods
    at = np.minimum(np.arange(periods), now - 1)
    return replace(
        instance,
        settings=instance.settings.model_copy(update={"periods": periods}),
        mean_demand=instance.mean_demand[:, at],
        sigma=instance.sigma[:, at],
        open_orders=tuple(row for row in instance.open_orders if row.due_period < periods),
        guardrails=tuple(_guardrails(instance.guardrails, now, periods)),
        guardrail_limits=_limits(instance.guardrail_limits, periods),
    )


def _guardrails(rows: Sequence[Guardrail], now: int, periods: int) -> list[Guardrail]:
    return [
        row.model_copy(
            update={
                "last_period": periods - 1
                if row.last_period >= now - 1
                else min(row.last_period, periods - 1)
            }
        )
        for row in rows
        if row.first_period < periods
    ]


def _limits(rows: Sequence[GuardrailLimit], periods: int) -> tuple[GuardrailLimit, ...]:
    return tuple(row for row in rows if row.period < periods)


def steady_opening(instance: Instance, stage: Stage) -> Instance:
    """The instance where each lead time's demand is under way, and stock is that of a review and the safety stock of one service level.

    A start that favours nobody: what a business in a steady state has.
    """
    facts = DemandFacts.of(stage.tables)
    mean = mean_of(stage.tables).demand
    items, orders = [], []
    safety = safety_units(facts)
    for i, row in enumerate(instance.items):
        on_hand = facts.review_periods[i] * mean[i, 0] + safety[i]
        items.append(row.model_copy(update={"opening_stock_units": float(np.ceil(on_hand))}))
        orders += [
            OpenOrder.model_construct(item=row.item, due_period=t, units=float(mean[i, t]))
            for t in range(1, min(int(facts.lead_time_periods[i]), instance.settings.periods))
            if mean[i, t] > 0
        ]
    return replace(instance, items=tuple(items), open_orders=tuple(orders))


def with_forecast(instance: Instance, stage: Stage) -> Instance:
    """The instance with the stage's mean demand and error, as far as its horizon goes."""
    periods = instance.settings.periods
    mean: Array = mean_of(stage.tables).demand
    return replace(instance, mean_demand=mean[:, :periods], sigma=stage.tables.instance.sigma[:, :periods])


def state_tables(state: State, stage: Stage) -> Tables:
    """Parameters from the state of one path on, on the tree of a stage whose root has the demand that is known by now."""
    left = at_horizon(remaining_instance(state), stage.tree.periods)
    demand = stage.tree.demand.copy()
    demand[:, 0] = state.demand[0]
    sigma = stage.tables.instance.sigma.copy()
    sigma[:, 0] = 0.0
    mean = stage.tables.instance.mean_demand.copy()
    mean[:, 0] = state.demand[0]
    settings = left.settings.model_copy(update={"tree": "table"})
    return Tables.build(
        replace(left, settings=settings, mean_demand=mean, sigma=sigma), replace(stage.tree, demand=demand)
    )
