"""The contest itself: a plan and baselines on the same fresh paths, each baseline at the plan's working capital."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from stockrail.evaluation.baselines import FORESIGHT, PATH_GAP, Baseline, Budget
from stockrail.evaluation.capital import CapitalMeasure
from stockrail.evaluation.equal_capital import Scaled, scale_to
from stockrail.evaluation.measures import Simulated, simulate_measured
from stockrail.evaluation.one_path import path_of, solve_path
from stockrail.evaluation.rules import KnownOrders
from stockrail.model.instance import Array
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import Opening, simulate
from stockrail.simulation.policies import Policy
from stockrail.simulation.world import World

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Contestant:
    """A policy in the contest.

    Attributes
    ----------
    scaled : how its capital was made equal; None for the plan and the ceiling.
    told : what its multiplier means, in words.
    bounds : what no orders earn more than on each of its paths, as the engine counts [paths]; of the ceiling only.
    """

    name: str
    words: str
    simulated: Simulated = field(repr=False)
    scaled: Scaled | None = None
    told: str = ""
    bounds: Array | None = None

    @property
    def is_ceiling(self) -> bool:
        """Whether nobody can do this, as it knows the future."""
        return self.name == FORESIGHT


@dataclass(frozen=True)
class Training:
    """Where baselines are scaled.

    Attributes
    ----------
    paths : what may happen; never paths of the test.
    target : capital to reach, money.
    opening : where paths start, in place of the world's opening stock.
    """

    world: World
    capital: CapitalMeasure
    paths: DemandPaths = field(repr=False)
    target: float
    opening: Opening | None = field(default=None, repr=False)

    def used(self, policy: Policy) -> float:
        """Mean capital of a policy, money."""
        outcome = simulate(self.world, self.paths, policy, opening=self.opening)
        return float(self.capital.of(outcome).mean())

    def scale(self, baseline: Baseline) -> Scaled:
        """Bring a baseline to the capital aimed at."""
        return scale_to(lambda scale: self.used(baseline.policy(scale)), self.target, baseline.start)


@dataclass(frozen=True)
class Arena:
    """Where the contest takes place.

    Attributes
    ----------
    training : where baselines are scaled.
    test : fresh paths that all are compared on.
    """

    training: Training
    test: DemandPaths = field(repr=False)

    @property
    def world(self) -> World:
        """What is simulated."""
        return self.training.world

    @property
    def capital(self) -> CapitalMeasure:
        """What is made equal."""
        return self.training.capital


def run_baseline(arena: Arena, baseline: Baseline) -> Contestant:
    """Scale a baseline on the training paths, then simulate it on the test paths."""
    scaled = arena.training.scale(baseline)
    policy = baseline.policy(scaled.scale)
    return Contestant(
        baseline.name,
        baseline.words,
        simulate_measured(arena.world, arena.test, policy, arena.capital),
        scaled,
        baseline.told(scaled.scale),
    )


def run_foresight(
    world: World, capital: CapitalMeasure, test: DemandPaths, count: int, budget: Budget
) -> Contestant:
    """Plan each of the first `count` test paths as if it were known, and simulate those orders on it."""
    some = test.take(slice(0, count))
    plans = [
        solve_path(path_of(world.instance, some, k), PATH_GAP, budget.seconds, budget.seed, budget.workers)
        for k in range(len(some))
    ]
    policy = KnownOrders(np.stack([plan.lots for plan in plans]))
    return Contestant(
        FORESIGHT,
        f"the engine with each path known in advance, first {len(some)} paths: a ceiling",
        simulate_measured(world, some, policy, capital),
        bounds=np.array([plan.bound for plan in plans]),
    )


def run_contest(
    arena: Arena,
    plan: Contestant,
    baselines: Sequence[Baseline],
    foresight_paths: int,
    budget: Budget,
    on_progress: OnProgress,
    is_cancelled: Callable[[], bool],
) -> list[Contestant]:
    """All contestants, the plan first; when cancelled those that are done."""
    found, total = [plan], len(baselines) + bool(foresight_paths)
    for k, baseline in enumerate(baselines):
        if is_cancelled():
            return found
        on_progress(k, total, f"baseline {baseline.name}")
        found.append(run_baseline(arena, baseline))
    if foresight_paths and not is_cancelled():
        on_progress(total - 1, total, "perfect foresight")
        found.append(run_foresight(arena.world, arena.capital, arena.test, foresight_paths, budget))
    return found
