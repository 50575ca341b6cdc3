"""Plans that are made again in a backtest, from the state that the earlier ones led to, and how much they change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from stockrail.evaluation.baselines import Baseline, Budget, baselines
from stockrail.evaluation.capital import CapitalMeasure, capital_measure
from stockrail.evaluation.contest import Training
from stockrail.evaluation.equal_capital import Scaled
from stockrail.evaluation.rules import FollowedPlan
from stockrail.evaluation.stages import Stage, at_horizon, state_tables
from stockrail.finance.relaxing import relaxed_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.simulation.following import TreeFollower
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import Opening, simulate
from stockrail.simulation.policies import Policy
from stockrail.simulation.state import State
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from stockrail.solvers.result import NoPlanError, SolveOptions


@dataclass
class Announcements:
    """What consecutive plans announce, and how much of it the next one changes.

    Attributes
    ----------
    value : [items], money per unit, what orders are weighed with.
    every : periods between two plans.
    changed, announced : by re-planning, money at standard value: what was cut of the orders announced before for the periods until the
        next re-planning, by less or by moving it elsewhere, and what was announced.
    """

    value: Array
    every: int
    changed: list[float] = field(default_factory=list)
    announced: list[float] = field(default_factory=list)
    _last: Array | None = None
    _period: int = -1

    def add(self, period: int, units: Array) -> None:
        """Add a plan of a period: expected units to be ordered from then on [items, periods ahead]."""
        if self._last is not None and period > self._period:
            before = self._last[:, period - self._period :][:, : self.every]
            now = units[:, : before.shape[1]]
            self.changed.append(float(self.value @ np.maximum(before - now, 0.0).sum(axis=1)))
            self.announced.append(float(self.value @ before.sum(axis=1)))
        self._last, self._period = units, period

    @property
    def nervousness(self) -> float:
        """Share of what was announced that changed; NaN where nothing was."""
        total = sum(self.announced)
        return sum(self.changed) / total if total > 0 else float("nan")


@dataclass(frozen=True)
class Rehearsal:
    """Paths of the forecast's errors at a stage, on which capital is measured before anything is ordered.

    Attributes
    ----------
    periods : how far they reach: until orders of the next re-planning arrive.
    paths : their number.
    """

    periods: int
    paths: int
    seed: int

    def training(
        self, tables: Tables, stage: Stage, capital: CapitalMeasure | None, target: float
    ) -> Training:
        """Where baselines are scaled at a stage, from the state that the tables begin with.

        Parameters
        ----------
        tables : as `state_tables` makes them; negative opening stock are customers who wait.
        capital : None to measure inventory value, where the measure is not chosen yet.
        """
        periods = min(self.periods, tables.tree.periods)
        instance = at_horizon(tables.instance, periods)
        net = instance.item_column("opening_stock_units")
        demand = stage.source.draw(self.paths, self.seed + stage.period, "test").demand[:, :, :periods]
        demand[:, :, 0] = tables.demand[:, 0]
        measure = (
            capital.over(instance, periods)
            if capital is not None
            else CapitalMeasure("inventory_value", "average", "", np.ones(periods))
        )
        return Training(
            World.of(instance),
            measure,
            DemandPaths.of_demand(instance, demand),
            target,
            Opening(np.maximum(net, 0.0), np.maximum(-net, 0.0)),
        )


@dataclass
class EngineReplanner:
    """Plans with the engine on the tree of each stage, from where the simulated path is; for `RollingPolicy`.

    Every plan looks as far ahead as the stages do, also beyond the last period that is played back, so that no plan runs stock down for an end
    that the business does not have.

    Attributes
    ----------
    capital : what is made equal, chosen by what the first plan does; None before it.
    targets : capital that each stage's plan uses on the paths of its rehearsal, by period, money.
    plans, relaxed, without : plans asked for; those with limits loosened, as nothing kept them from where the path was; those that were not
        found in time, so that the one before was followed on.
    largest_gap : of all plans.
    """

    stages: Mapping[int, Stage]
    options: SolveOptions
    rehearsal: Rehearsal
    announcements: Announcements
    on_plan: Callable[[int], None] = lambda period: None
    capital: CapitalMeasure | None = None
    targets: dict[int, float] = field(default_factory=dict)
    plans: int = 0
    relaxed: int = 0
    without: int = 0
    largest_gap: float = 0.0

    def __call__(self, state: State, period: int) -> Policy:
        """The policy to follow from now on: the new plan, or where there is none in time the one before."""
        stage = self.stages[period]
        self.on_plan(period)
        tables = state_tables(state, stage)
        lots = self._solve(tables)
        if lots is None:
            self.without += 1
            before: Policy | None = state.memory.get("engine plan")
            if before is None:
                raise NoPlanError("The first plan was not found in time: allow more.")
            return before
        self.announcements.add(period, expected_orders(tables, lots))
        self._rehearse(tables, stage, lots)
        follower = TreeFollower(tables.tree, first_period=period, is_drawn=False)
        policy = TreePolicy(tables.tree, lots, follower=follower, first_period=period)
        state.memory["engine plan"] = policy
        return policy

    def _rehearse(self, tables: Tables, stage: Stage, lots: IntArray) -> None:
        """Keep the capital that the plan uses on paths of its forecast's errors."""
        training = self.rehearsal.training(tables, stage, self.capital, 1.0)
        policy = TreePolicy(tables.tree, lots, follower=TreeFollower(tables.tree, is_drawn=False))
        outcome = simulate(training.world, training.paths, policy, opening=training.opening)
        measure = training.capital
        if self.capital is None:
            measure = self.capital = capital_measure(training.world.instance, outcome)
        self.targets[stage.period] = float(measure.of(outcome).mean())

    def _solve(self, tables: Tables) -> IntArray | None:
        """The plan, with hard limits loosened where nothing keeps them from here."""
        self.plans += 1
        relaxed, _ = relaxed_plan(tables, self.options)
        self.relaxed += bool(relaxed.relaxations)
        lots = relaxed.result.cumulative_lots
        if lots is not None:
            self.largest_gap = max(self.largest_gap, relaxed.result.gap)
        return lots


@dataclass
class BaselineReplanner:
    """A baseline that is estimated and scaled anew at each stage, to the capital of that stage's plan; for `RollingPolicy`.

    Attributes
    ----------
    scaled, told : by stage, what the search for equal capital found and what that means.
    """

    name: str
    stages: Mapping[int, Stage]
    engine: EngineReplanner
    budget: Budget
    announcements: Announcements
    scaled: list[Scaled] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    words: str = ""

    def __call__(self, state: State, period: int) -> Policy:
        """The policy to follow from now on."""
        stage = self.stages[period]
        tables = state_tables(state, stage)
        # A stage without a plan of its own follows on with the capital of the one before.
        target = self.engine.targets[max(t for t in self.engine.targets if t <= period)]
        training = self.engine.rehearsal.training(tables, stage, self.engine.capital, target)
        rehearsed = self._baseline(tables, stage, training.world, 0)
        scaled = training.scale(rehearsed)
        self.scaled.append(scaled)
        self.told.append(rehearsed.told(scaled.scale))
        self.words = rehearsed.words
        if self.name == "mean-plan":
            policy = rehearsed.policy(scaled.scale)
            assert isinstance(policy, FollowedPlan)
            self.announcements.add(period, policy.lots * state.world.lot_size[:, None])
            return replace(policy, first_period=period)
        return self._baseline(tables, stage, state.world, period).policy(scaled.scale)

    def _baseline(self, tables: Tables, stage: Stage, world: World, first_period: int) -> Baseline:
        """The baseline for a simulation in which the stage is `first_period`."""
        follower = TreeFollower(tables.tree, first_period=first_period, is_drawn=False)
        # Stock matters to plans only; levels see the forecast as it was before this period was known.
        seen = tables if self.name == "mean-plan" else stage.tables
        return baselines(seen, world, (self.name,), self.budget, follower)[0]


def expected_orders(tables: Tables, cumulative_lots: IntArray) -> Array:
    """Units that a plan is expected to order in each period [items, periods]."""
    tree = tables.tree
    lots = cumulative_lots.copy()
    lots[:, 1:] -= cumulative_lots[:, tree.parent[1:]]
    to_period = np.zeros((len(tree), tree.periods))
    to_period[np.arange(len(tree)), tree.period] = tree.probability
    return np.asarray((lots @ to_period) * tables.lot_size[:, None])
