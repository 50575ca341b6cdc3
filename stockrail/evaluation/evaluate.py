"""`evaluate`: does a plan earn more, out of sample, than what people use today? As data (docs/evaluation.md)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from stockrail.evaluation.baselines import NAMES, Budget, baselines
from stockrail.evaluation.capital import capital_measure
from stockrail.evaluation.contest import Arena, Contestant, OnProgress, Training, run_contest
from stockrail.evaluation.evaluation import PLAN, Evaluation, lay_out
from stockrail.evaluation.measures import simulate_measured
from stockrail.evaluation.plan_source import GivenPlan, make_plan, read_plan
from stockrail.formats import money_plain, percent
from stockrail.measures.statistical_gap import statistical_gaps
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.simulation.guardrails import not_simulated
from stockrail.simulation.paths import drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from stockrail.solvers.result import Progress, SolveOptions

TRAINING_SEED = 2_000_003
"""Added to the seed of the paths that baselines are scaled on, so that none of them is a test path."""

TRAINING_PATHS = 100
"""Paths that baselines are scaled on."""

Target = Literal["plan", "limit"]


def evaluate(
    instance: Instance,
    *,
    paths: int = 400,
    training_paths: int = TRAINING_PATHS,
    seed: int = 0,
    plan_folder: Path | None = None,
    names: tuple[str, ...] = NAMES,
    foresight_paths: int = 20,
    target: Target = "plan",
    gap: float = 0.003,
    time_limit: float = 120.0,
    replications: int = 0,
    workers: int | None = None,
    on_solve: Callable[[Progress], None] = lambda progress: None,
    on_progress: OnProgress = lambda done, total, name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Evaluation:
    """Compare a plan with baselines on fresh paths, all at the plan's working capital.

    Parameters
    ----------
    paths, training_paths : fresh paths to compare on, at least 2; other ones to scale baselines on.
    seed : the same seed gives the same paths and the same plan.
    plan_folder : what `stockrail plan --out` wrote; by default a plan is made.
    names : baselines, of `NAMES`; those without data are left out.
    foresight_paths : paths that perfect foresight is computed on; 0 for none.
    target : working capital to reach, what the plan uses or what the guardrail allows.
    gap, time_limit : of the plan, where one is made; seconds. Of each solve of a fresh tree as well.
    replications : fresh trees for the plan's statistical gap; 0 for none, so that only one that a plan folder has is told.

    Raises
    ------
    ValueError
        A name is no baseline, fewer than 2 paths are asked for, or the target is a limit where there is none.
    InfeasibleError, NoPlanError, InstanceError
        There is no plan to evaluate.
    """
    if paths < 2 or training_paths < 2:
        raise ValueError(
            f"At least 2 paths are needed to judge chance; {min(paths, training_paths)} asked for."
        )
    threads = workers or os.cpu_count() or 1
    tables, world = Tables.build(instance, build_tree(instance)), World.of(instance)
    budget = Budget(seed=seed, workers=threads)
    contenders = baselines(tables, world, names, budget)
    given = (
        read_plan(plan_folder, tables)
        if plan_folder
        else make_plan(
            tables,
            gap=gap,
            time_limit=time_limit,
            seed=seed,
            workers=threads,
            on_progress=on_solve,
            is_cancelled=is_cancelled,
        )
    )
    on_progress(0, len(contenders) + 1, "drawing paths")
    policy = TreePolicy(tables.tree, given.cumulative_lots)
    training = drawn(instance, tables.tree, training_paths, seed + TRAINING_SEED)
    on_training = simulate(world, training, policy)
    capital = capital_measure(instance, on_training)
    if target == "limit" and not np.isfinite(capital.allowed):
        raise ValueError(
            "No guardrail limits inventory value or working capital of all items, so there is no limit to scale baselines "
            "to. Scale them to what the plan uses."
        )
    aim = capital.allowed if target == "limit" else float(capital.of(on_training).mean())
    arena = Arena(Training(world, capital, training, aim), drawn(instance, tables.tree, paths, seed))
    plan = Contestant(
        PLAN,
        "the engine's plan, followed through its tree",
        simulate_measured(world, arena.test, policy, capital),
    )
    found = run_contest(
        arena,
        plan,
        contenders,
        min(foresight_paths, paths),
        budget,
        on_progress,
        is_cancelled,
    )
    gaps = statistical_gaps(
        tables,
        {PLAN: given.cumulative_lots},
        replications,
        SolveOptions(time_limit, gap, seed, threads, is_cancelled=is_cancelled),
        lambda k: on_progress(k, replications, f"fresh tree {k + 1} of {replications}"),
    )
    facts: dict[str, Any] = {
        "instance_name": instance.settings.name,
        "currency": instance.settings.currency,
        "periods": instance.settings.periods,
        "items": len(instance.items),
        "seed": seed,
        "paths": paths,
        "training_paths": training_paths,
        "capital_kind": capital.kind,
        "capital_metric": capital.metric,
        "capital_guardrail": capital.guardrail,
        "capital_allowed": capital.allowed,
        "target": target,
        "plan": {
            **given.certificate,
            "statistical_gap": gaps[PLAN] or given.certificate["statistical_gap"],
        },
    }
    missing = [name for name in names if name not in {one.name for one in found}]
    return lay_out(capital, aim, found, facts, _notes(instance, given, plan, missing, not_simulated(world)))


def _notes(
    instance: Instance, given: GivenPlan, plan: Contestant, missing: list[str], left_out: list[str]
) -> list[str]:
    """What a reader must know: what the plan promised, what was not done, what is not looked at."""
    currency = instance.settings.currency
    notes = []
    promised, earned = given.certificate["objective"], float(plan.simulated.measures["margin"].mean())
    if promised is not None and abs(promised) >= 1.0:
        notes.append(
            f"On its own tree the plan promises {money_plain(promised, currency)}; on fresh paths it earned "
            f"{money_plain(earned, currency)}, {percent(abs(earned / promised - 1.0))} {'more' if earned > promised else 'less'}."
        )
    if "current" in missing:
        missing = [name for name in missing if name != "current"]
        if not instance.current_targets:
            notes.append("Today's settings are not compared: the instance has no table current_targets.")
        else:
            notes.append("Today's settings are not compared: current_targets does not have every item.")
    if missing:
        notes.append(f"Ended early, without {', '.join(missing)}.")
    if left_out:
        notes.append(f"Not looked at on paths: {', '.join(left_out)}.")
    return notes
