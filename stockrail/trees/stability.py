"""How much of a plan's value is due to the tree: several trees of each size, and paths that none of them has seen.

Definitions are in docs/formulation.md, section 11.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np
from scipy.stats import t as student

from stockrail.model.instance import Array, Instance
from stockrail.model.ledger import Ledger
from stockrail.solvers import solve
from stockrail.solvers.result import SolveOptions
from stockrail.trees.control_variate import controlled, demand_worth, expected_worth
from stockrail.trees.path_limits import Limit, LimitOnPaths, excess_by_limit, limits_on_paths
from stockrail.trees.path_source import PathSource
from stockrail.trees.path_tree import PathTree, make_tree
from stockrail.trees.path_tree_tables import tree_tables
from stockrail.trees.policy import PathPolicy
from stockrail.trees.quality import TreeQuality, tree_quality
from stockrail.trees.stability_report import CONFIDENCE, Stability, TreeSize

TOLERANCE = 0.005
"""Share of the value that it may differ by from tree to tree, as a standard deviation."""

QUANTILE = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
"""Standard deviations to each side of the mean that hold so much of a normal variable."""

BATCH = 500
"""Fresh paths that are in memory at once."""


@dataclass
class _Trial:
    """A tree of one size, what it keeps of its paths, its plan and what that is worth."""

    tree: PathTree
    quality: TreeQuality
    policy: PathPolicy
    in_sample: float
    gap: float
    seconds: float
    margins: Array = field(default_factory=lambda: np.zeros(0))


def stability(
    instance: Instance,
    source: PathSource,
    sizes: Sequence[Sequence[int]],
    *,
    trees: int = 4,
    paths: int = 1000,
    test_paths: int = 300,
    fresh_paths: int = 2000,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    options: SolveOptions | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Stability:
    """Plan on several trees of each size and test the plans on paths that no tree has seen.

    Parameters
    ----------
    sizes : branches of each branching, for each size to try.
    trees : of each size, at least 2.
    paths, test_paths, fresh_paths : that a tree is made of; that all plans are tested on; that the chosen plan is tested on
        once more, after its interval is known.
    tolerance : standard deviation over trees, as a share of value, that counts as stable.
    options : of each solve. Cancelling keeps the sizes that are done.
    on_progress : trees done, trees in all, what is next.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails on a tree.
    """
    if trees < 2 or min(paths, test_paths, fresh_paths) < 2:
        raise ValueError("Expected at least 2 trees and 2 paths of each kind.")
    options = options or SolveOptions()
    expected = expected_worth(instance, source.mean)
    tests = source.draw(test_paths, seed, "test")
    done: list[TreeSize] = []
    first: dict[tuple[int, ...], _Trial] = {}
    order = sorted((tuple(widths) for widths in sizes), key=lambda widths: (np.prod(widths), widths))
    for k, widths in enumerate(order):
        trials = []
        for m in range(trees):
            on_progress(k * trees + m, len(order) * trees, f"{_named(widths)}, tree {m + 1}")
            if not options.is_cancelled():
                trials.append(_trial(instance, source, widths, paths, seed * 1000 + m, options))
                trials[-1].margins = trials[-1].policy.margins(tests)
        if len(trials) < trees or options.is_cancelled():
            break
        done.append(_size(widths, trials, demand_worth(instance, tests), expected, fresh_paths, tolerance))
        first[widths] = trials[0]
    if not done:
        raise ValueError("It was cancelled before one size was done.")
    result = Stability(
        tuple(done), _recommended(done), float("nan"), 0, trees, paths, test_paths, tolerance,
        len(done) == len(order),
    )  # fmt: skip
    if options.is_cancelled():
        return replace(result, is_complete=False)
    on_progress(len(order) * trees, len(order) * trees, f"{fresh_paths} fresh paths")
    policy = first[result.chosen.widths].policy
    fresh, limits = _fresh(instance, source, policy, fresh_paths, seed, expected)
    return replace(result, fresh_value=fresh, fresh_paths=fresh_paths, limits=limits)


def _trial(
    instance: Instance,
    source: PathSource,
    widths: tuple[int, ...],
    paths: int,
    seed: int,
    options: SolveOptions,
) -> _Trial:
    began = time.perf_counter()
    tree = make_tree(instance, source.draw(paths, seed, "tree"), widths, seed=seed)
    quality = tree_quality(instance, tree)
    tables = tree_tables(instance, tree)
    _, result = solve(tables, options)
    if result.cumulative_lots is None:
        raise ValueError(
            f"No plan was found on a tree with {_named(widths)} in time; allow more time for each solve."
        )
    return _Trial(
        tree=tree,
        quality=quality,
        policy=PathPolicy(tree, tables, result.cumulative_lots),
        in_sample=Ledger(tables, result.cumulative_lots).expected_margin,
        gap=result.gap,
        seconds=time.perf_counter() - began,
    )


def _size(
    widths: tuple[int, ...],
    trials: list[_Trial],
    control: Array,
    expected: float,
    fresh_paths: int,
    tolerance: float,
) -> TreeSize:
    in_sample = np.array([trial.in_sample for trial in trials])
    tested = [controlled(trial.margins, control, expected) for trial in trials]
    values = [mean.value for mean in tested]
    value, between = float(np.mean(values)), float(np.std(values, ddof=1))
    # All trees meet the same test paths, so what chance does there does not average out over trees.
    by_chance = np.mean([mean.variance + mean.path_variance / fresh_paths for mean in tested])
    quantile = float(student.ppf(0.5 + CONFIDENCE / 2.0, max(len(control) - 2, 1)))
    half = quantile * float(np.sqrt(between**2 * (1.0 + 1.0 / len(trials)) + by_chance))
    sd = float(in_sample.std(ddof=1))
    return TreeSize(
        widths=widths,
        scenarios=float(np.mean([trial.tree.scenarios for trial in trials])),
        nodes=float(np.mean([len(trial.tree) for trial in trials])),
        in_sample=float(in_sample.mean()),
        in_sample_sd=sd,
        out_of_sample=value,
        out_of_sample_sd=between,
        lower=value - half,
        upper=value + half,
        optimism_share=(float(in_sample.mean()) - value) / max(abs(value), 1.0),
        gap=max(trial.gap for trial in trials),
        seconds=float(np.mean([trial.seconds for trial in trials])),
        is_stable=max(sd, between) <= tolerance * abs(value),
        qualities=tuple(trial.quality for trial in trials),
    )


def _recommended(sizes: Sequence[TreeSize]) -> TreeSize | None:
    """The smallest stable size that earns less than the best one only by what trees and the solver's gap explain.

    All plans are tested on the same paths, so what these do by chance they do to all.
    """
    stable = [size for size in sizes if size.is_stable]
    if not stable:
        return None
    best = max(stable, key=lambda size: size.out_of_sample)
    value = abs(best.out_of_sample)
    return next(
        size
        for size in stable
        if best.out_of_sample - size.out_of_sample
        <= QUANTILE * np.hypot(best.out_of_sample_sd, size.out_of_sample_sd) + max(best.gap, size.gap) * value
    )


def _fresh(
    instance: Instance, source: PathSource, policy: PathPolicy, count: int, seed: int, expected: float
) -> tuple[float, tuple[LimitOnPaths, ...]]:
    margins: list[float] = []
    excess: list[dict[Limit, float]] = []
    controls = []
    for k, first in enumerate(range(0, count, BATCH)):
        fresh = source.draw(min(BATCH, count - first), seed + 1 + k, "test")
        worth = demand_worth(instance, fresh)
        for path, ledger in policy.ledgers(fresh):
            margins.append(ledger.expected_margin)
            excess.append(excess_by_limit(ledger))
            controls.append(worth[path])
    value = controlled(np.array(margins), np.array(controls), expected).value
    return value, limits_on_paths(excess)


def _named(widths: tuple[int, ...]) -> str:
    return f"branches {','.join(map(str, widths))}" if widths else "no branches"
