"""`backtest`: history itself as the path, planned again and again from where the simulation then is (docs/evaluation.md)."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stockrail.evaluation.baselines import FORESIGHT, NAMES, Budget
from stockrail.evaluation.contest import Contestant, OnProgress, run_foresight
from stockrail.evaluation.equal_capital import Scaled
from stockrail.evaluation.evaluation import PLAN, Evaluation, lay_out
from stockrail.evaluation.history_window import HistoryWindow
from stockrail.evaluation.measures import Simulated, measured
from stockrail.evaluation.replanning import Announcements, BaselineReplanner, EngineReplanner, Rehearsal
from stockrail.evaluation.stages import (
    Forecasting,
    Stage,
    make_stages,
    moved,
    steady_opening,
    with_forecast,
)
from stockrail.formats import percent
from stockrail.model.instance import Instance
from stockrail.simulation.guardrails import not_simulated
from stockrail.simulation.paths import DemandPaths, from_history
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import Policy
from stockrail.simulation.rolling_policy import RollingPolicy
from stockrail.simulation.world import World
from stockrail.solvers.result import SolveOptions

TRAINING_PATHS = 60
"""Paths of each forecast's errors that baselines are scaled on."""


@dataclass(frozen=True)
class BacktestOptions:
    """What a backtest may be told.

    Attributes
    ----------
    every : periods between two re-plannings.
    names : baselines, of `stockrail.evaluation.baselines.NAMES`.
    is_steady : whether it starts in a steady state in place of the instance's opening stock and open orders.
    gap, time_limit : of each plan; seconds.
    """

    every: int
    forecasting: Forecasting
    names: tuple[str, ...] = NAMES
    is_steady: bool = True
    has_foresight: bool = True
    training_paths: int = TRAINING_PATHS
    gap: float = 0.003
    time_limit: float = 120.0
    seed: int = 0
    workers: int | None = None
    on_progress: OnProgress = field(default=lambda done, total, name: None)
    is_cancelled: Callable[[], bool] = field(default=lambda: False)

    @property
    def threads(self) -> int:
        """Threads of each plan."""
        return self.workers or os.cpu_count() or 1

    @property
    def budget(self) -> Budget:
        """What a plan of one path may take."""
        return Budget(seed=self.seed, workers=self.threads)


def backtest(instance: Instance, window: HistoryWindow, options: BacktestOptions) -> Evaluation:
    """Play history back: every so many periods forecast from what is known, plan, and let both plan and baselines order.

    All start from the same stock and see the same forecasts. At each re-planning baselines are estimated anew and scaled to the working capital
    of that moment's plan, on paths that the forecast's errors make, never on what came.

    Raises
    ------
    ValueError
        Fewer than 1 period between re-plannings, or a baseline without that name.
    InfeasibleError, NoPlanError
        There is no first plan.
    """
    if options.every < 1:
        raise ValueError(f"Expected to plan again every 1 or more periods, got {options.every}.")
    if unknown := [name for name in options.names if name not in NAMES]:
        raise ValueError(f"{', '.join(unknown)}: no such baseline. There are {', '.join(NAMES)}.")
    contest = _Playback.of(instance, window, options)
    found = [contest.run_plan()]
    names = [name for name in NAMES if name in options.names and contest.has_data_for(name)]
    for k, name in enumerate(names):
        if options.is_cancelled():
            break
        options.on_progress(k, len(names) + 1, f"baseline {name}")
        found.append(contest.run_baseline(name))
    capital, target = contest.engine.capital, contest.engine.targets[0]
    assert capital is not None
    if options.has_foresight and not options.is_cancelled():
        options.on_progress(len(names), len(names) + 1, "perfect foresight")
        whole = capital.over(contest.world.instance, contest.world.periods)
        found.append(run_foresight(contest.world, whole, contest.paths, 1, options.budget))
    return lay_out(capital, target, found, contest.facts(), contest.notes({one.name for one in found}))


@dataclass(frozen=True)
class _Playback:
    """A backtest that is set up: the world, what came, what is known at each re-planning, and the engine that plans."""

    window: HistoryWindow
    options: BacktestOptions
    world: World
    paths: DemandPaths
    stages: dict[int, Stage]
    engine: EngineReplanner

    @staticmethod
    def of(instance: Instance, window: HistoryWindow, options: BacktestOptions) -> "_Playback":
        base = moved(instance, window.date(window.first), window.periods)
        stages = make_stages(base, window, options.every, options.forecasting, options.on_progress)
        if options.is_steady:
            base = steady_opening(base, stages[0])
        base = with_forecast(base, stages[0])
        world = World.of(base)
        by_period = {stage.period: stage for stage in stages}

        def tell(period: int) -> None:
            day = window.date(window.first + period)
            options.on_progress(period // options.every, len(stages), f"planning from {day}")

        engine = EngineReplanner(
            stages=by_period,
            options=SolveOptions(
                time_limit=options.time_limit,
                gap=options.gap,
                seed=options.seed,
                workers=options.threads,
                is_cancelled=options.is_cancelled,
            ),
            # Until what is ordered by the next re-planning has arrived.
            rehearsal=Rehearsal(
                options.every + int(world.lead_time_periods.max(initial=0)),
                options.training_paths,
                options.seed,
            ),
            announcements=Announcements(world.unit_value, options.every),
            on_plan=tell,
        )
        return _Playback(window, options, world, from_history(base, window.played), by_period, engine)

    def has_data_for(self, name: str) -> bool:
        """Whether the instance has what a baseline needs."""
        if name != "current":
            return True
        known = {row.item for row in self.world.instance.current_targets}
        return all(row.item in known for row in self.world.instance.items)

    def run_plan(self) -> Contestant:
        """The engine, planned again at each stage."""
        words = f"the engine, planned again every {self.options.every} periods"
        return Contestant(PLAN, words, self._play(self.engine, self.engine.announcements))

    def run_baseline(self, name: str) -> Contestant:
        """A baseline, estimated and scaled again at each stage."""
        announced = Announcements(self.world.unit_value, self.options.every)
        replan = BaselineReplanner(name, self.stages, self.engine, self.options.budget, announced)
        simulated = self._play(replan, announced)
        told = list(dict.fromkeys(replan.told))
        words = told[0] if len(told) == 1 else f"{told[0]} at first, {told[-1]} at last"
        return Contestant(name, replan.words, simulated, _worst(replan.scaled), words)

    def _play(self, replan: EngineReplanner | BaselineReplanner, announced: Announcements) -> Simulated:
        policy: Policy = RollingPolicy(replan, self.options.every)
        outcome = simulate(self.world, self.paths, policy)
        assert self.engine.capital is not None
        whole = self.engine.capital.over(self.world.instance, self.world.periods)
        simulated = measured(outcome, self.paths, whole)
        share = np.full(len(simulated.measures), announced.nervousness)
        return replace(simulated, measures=simulated.measures.assign(nervousness=share))

    def facts(self) -> dict[str, Any]:
        """What the evaluation keeps of how it came about."""
        settings, how, window = self.world.instance.settings, self.options.forecasting, self.window
        capital, engine = self.engine.capital, self.engine
        assert capital is not None
        return {
            "instance_name": settings.name,
            "currency": settings.currency,
            "periods": window.periods,
            "items": self.world.items,
            "seed": self.options.seed,
            "paths": 1,
            "training_paths": self.options.training_paths,
            "capital_kind": capital.kind,
            "capital_metric": capital.metric,
            "capital_guardrail": capital.guardrail,
            "capital_allowed": capital.allowed,
            "capital_targets": [engine.targets[period] for period in sorted(engine.targets)],
            "target": "plan",
            "from": window.date(window.first).isoformat(),
            "to": window.date(window.last).isoformat(),
            "trained_periods": window.first,
            "every": self.options.every,
            "horizon": how.horizon,
            "method": how.method,
            "plans": engine.plans,
            "plans_with_loosened_limits": engine.relaxed,
            "plans_not_found": engine.without,
            "largest_gap": engine.largest_gap,
            "statistical_gap": None,
        }

    def notes(self, done: set[str]) -> list[str]:
        """What a reader must know."""
        engine = self.engine
        once = (
            f"History happened once: intervals are over its {self.world.items} items, as if each were drawn by itself. What items have in "
            "common, such as a season that nobody foresaw, is not in them."
        )
        notes = [once]
        if self.options.is_steady:
            notes.append(
                "All start alike: each lead time's demand under way, a review's and the safety stock of one service level on hand."
            )
        if engine.relaxed:
            notes.append(
                f"{engine.relaxed} of {engine.plans} plans had limits loosened, as nothing kept them from where the path was."
            )
        if engine.largest_gap > self.options.gap:
            notes.append(
                f"The largest gap of a plan is {percent(engine.largest_gap)}: allow more time for closer ones."
            )
        if engine.without:
            notes.append(
                f"{engine.without} of {engine.plans} plans were not found in time; the one before was followed on. Allow more time."
            )
        missing = [name for name in self.options.names if name not in done and self.has_data_for(name)]
        if not self.has_data_for("current") and "current" in self.options.names:
            notes.append("Today's settings are not compared: current_targets does not have every item.")
        if self.options.has_foresight and FORESIGHT not in done:
            missing.append(FORESIGHT)
        if missing:
            notes.append(f"Ended early, without {', '.join(missing)}.")
        if left_out := not_simulated(self.world):
            notes.append(f"Not looked at on paths: {', '.join(left_out)}.")
        return notes


def _worst(scaled: list[Scaled]) -> Scaled:
    """The first search for equal capital, or where one did not reach it the one that is farthest off."""
    missed = [one for one in scaled if not one.is_reached]
    return max(missed, key=lambda one: abs(one.capital / one.target - 1.0)) if missed else scaled[0]
