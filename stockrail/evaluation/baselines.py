"""What people use today, each with one multiplier that says how much working capital it ties up (docs/evaluation.md)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stockrail.evaluation.demand_facts import DemandFacts
from stockrail.evaluation.levels import (
    CLASS_LEVELS,
    ONE_LEVEL,
    class_factors,
    min_max_levels,
    newsvendor_levels,
    one_factor,
    textbook_levels,
)
from stockrail.evaluation.one_path import held_back, mean_of, solve_path
from stockrail.evaluation.rules import FollowedPlan, LevelRule
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.simulation.following import Follower, TreeFollower
from stockrail.simulation.forecasts import TreeForecast
from stockrail.simulation.policies import Policy
from stockrail.simulation.rule_policy import RulePolicy
from stockrail.simulation.world import World

FORESIGHT = "foresight"
"""Name of the ceiling, which is no baseline: nobody can do it."""

NAMES = ("textbook", "one-level", "min-max", "newsvendor", "mean-plan", "current")
"""Baselines, in the order in which they are told."""

PATH_GAP = 0.001
"""Gap at which a plan of one path may stop: far less than what baselines differ by."""


@dataclass(frozen=True)
class Baseline:
    """A way to order that needs no scenarios.

    Attributes
    ----------
    name : one of `NAMES`.
    words : what it is, in a sentence without an end.
    start : the multiplier with which it is as textbooks state it.
    policy : the policy for a multiplier; more of it ties up more capital.
    told : what a multiplier means, in words.
    """

    name: str
    words: str
    start: float
    policy: Callable[[float], Policy]
    told: Callable[[float], str]


@dataclass(frozen=True)
class Budget:
    """What the engine may spend on the plan of one path."""

    seconds: float = 60.0
    seed: int = 0
    workers: int = 1


def baselines(
    tables: Tables,
    world: World,
    names: tuple[str, ...] = NAMES,
    budget: Budget | None = None,
    follower: Follower | None = None,
) -> list[Baseline]:
    """Make the baselines of an instance, those that it has the data for.

    All of them see the forecast that the plan sees: what the tree expects at the node where a path is.

    Parameters
    ----------
    follower : says at which node a path is, by default `TreeFollower`.

    Raises
    ------
    ValueError
        A name is none of `NAMES`.
    """
    if unknown := [name for name in names if name not in NAMES]:
        raise ValueError(f"{', '.join(unknown)}: no such baseline. There are {', '.join(NAMES)}.")
    facts, follower = DemandFacts.of(tables), follower or TreeFollower(tables.tree)
    makers: dict[str, Callable[[], Baseline | None]] = {
        "textbook": lambda: _textbook(facts, follower),
        "one-level": lambda: _one_level(facts, follower),
        "min-max": lambda: _min_max(facts, follower),
        "newsvendor": lambda: _newsvendor(facts, follower),
        "mean-plan": lambda: _mean_plan(facts, world, budget or Budget()),
        "current": lambda: _current(tables, world, follower),
    }
    made = [makers[name]() for name in NAMES if name in names]
    return [baseline for baseline in made if baseline is not None]


def _textbook(facts: DemandFacts, follower: Follower) -> Baseline:
    factor = class_factors(facts)
    levels = ", ".join(f"{name} {level:.0%}" for name, level in CLASS_LEVELS.items())
    return Baseline(
        "textbook",
        f"safety stock z * sigma * sqrt(L + R) by ABC class ({levels}), economic lots",
        2.0,
        lambda scale: LevelRule(textbook_levels(facts, factor, scale), follower),
        _told_safety,
    )


def _one_level(facts: DemandFacts, follower: Follower) -> Baseline:
    factor = one_factor(facts)
    return Baseline(
        "one-level",
        f"the same with one service level of {ONE_LEVEL:.0%} for all items",
        2.0,
        lambda scale: LevelRule(textbook_levels(facts, factor, scale), follower),
        _told_safety,
    )


def _min_max(facts: DemandFacts, follower: Follower) -> Baseline:
    return Baseline(
        "min-max",
        "(s, S) by cost: economic lots above a reorder point at the critical ratio of a cycle",
        1.0,
        lambda scale: LevelRule(min_max_levels(facts, scale), follower),
        _told_charge,
    )


def _newsvendor(facts: DemandFacts, follower: Follower) -> Baseline:
    return Baseline(
        "newsvendor",
        "base stock at each item's critical ratio",
        1.0,
        lambda scale: LevelRule(newsvendor_levels(facts, scale), follower),
        _told_charge,
    )


def _mean_plan(facts: DemandFacts, world: World, budget: Budget) -> Baseline:
    """The engine on what is expected, with safety stock held back, followed as a plan."""
    mean = mean_of(facts.tables)
    nominal = safety_units(facts)
    opening = world.opening_stock + world.scheduled.sum(axis=1)

    def policy(scale: float) -> Policy:
        plan = solve_path(
            held_back(mean, scale * nominal), PATH_GAP, budget.seconds, budget.seed, budget.workers
        )
        return FollowedPlan.of(opening, mean.demand, plan.lots, world.lot_size)

    return Baseline(
        "mean-plan",
        f"the best plan for mean demand, with safety stock for {ONE_LEVEL:.0%}, followed as a plan",
        1.0,
        policy,
        lambda scale: f"safety stock x {scale:.2f}",
    )


def _current(tables: Tables, world: World, follower: Follower) -> Baseline | None:
    """Today's settings; None where the instance does not have them for every item."""
    rows = {row.item: row for row in tables.instance.current_targets}
    if any(row.item not in rows for row in tables.instance.items):
        return None
    targets = [rows[row.item] for row in tables.instance.items]
    safety = np.array([row.safety_stock_units for row in targets])
    cover = np.array([row.cover_periods for row in targets])
    review = np.array([row.review_periods for row in targets], dtype=np.int64)
    forecast = TreeForecast(tables.tree, follower)
    return Baseline(
        "current",
        "today's settings of the ERP (current_targets)",
        1.0,
        lambda scale: RulePolicy(
            world,
            safety_stock_units=scale * safety,
            cover_periods=np.asarray(min(scale, 1.0) * cover),
            review_periods=review,
            forecast=forecast,
        ),
        lambda scale: f"safety stock x {scale:.2f}" + (f", cover x {scale:.2f}" if scale < 1.0 else ""),
    )


def safety_units(facts: DemandFacts) -> Array:
    """Safety stock of the textbook at one service level [items], units."""
    span = np.sqrt(facts.lead_time_periods + facts.review_periods)
    return np.asarray(one_factor(facts) * facts.sd_units * span)


def _told_safety(scale: float) -> str:
    if scale >= 1.0:
        return f"safety stock x {scale - 1.0:.2f}"
    return f"no safety stock, lots and lead-time demand x {scale:.2f}"


def _told_charge(scale: float) -> str:
    return f"holding cost x {1.0 / scale:.2f}"
