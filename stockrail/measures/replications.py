"""The statistical gap of a plan: how much better any policy could be where the tree's scenarios are only a sample.

Multiple replications (Mak, Morton and Wood 1999): the bounds of fresh trees are, on average, at least the best value there is, and the plan
followed as a policy on the same trees reaches, on average, what it is worth. See docs/formulation.md, section 17.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from stockrail.measures.sampled_trees import SampledTree, TreeSource
from stockrail.measures.solving import Evaluation, solve_one
from stockrail.measures.sub_tree import lots_of, with_orders_held
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.result import SolveOptions
from stockrail.trees.policy import follow_plan, path_tables

CONFIDENCE = 0.95
"""Of the one-sided interval."""


@dataclass(frozen=True)
class Replication:
    """One fresh tree.

    Attributes
    ----------
    objective, bound : of the best plan for it, in money; NaN and infinite where there is none.
    policy : what the plan reaches on it, followed as a policy.
    broken : hard limits that it does not keep there.
    first_orders : what the plan's orders to place now reach on it, with the best of orders later; NaN where there are none.
    status : of the solve.
    """

    objective: float
    bound: float
    policy: float
    broken: tuple[str, ...]
    first_orders: float
    status: str


@dataclass(frozen=True)
class StatisticalGap:
    """What could be reached more, estimated from fresh trees, in money.

    Attributes
    ----------
    value : mean over trees; may be negative.
    most : upper end of the one-sided interval: it is no more than this, with 95% confidence.
    """

    value: float
    most: float

    @staticmethod
    def of(gaps: Sequence[float]) -> "StatisticalGap":
        """From independent trees; NaN where there are fewer than two, or one of them has no gap."""
        if len(gaps) < 2 or not np.isfinite(gaps).all():
            return StatisticalGap(np.nan, np.nan)
        quantile = float(student.ppf(CONFIDENCE, len(gaps) - 1))
        half = quantile * float(np.std(gaps, ddof=1)) / float(np.sqrt(len(gaps)))
        return StatisticalGap(float(np.mean(gaps)), float(np.mean(gaps)) + half)

    @property
    def is_known(self) -> bool:
        """Whether there is an estimate."""
        return bool(np.isfinite(self.value))


@dataclass(frozen=True)
class Replications:
    """All fresh trees of a plan.

    Attributes
    ----------
    trees : those that are done, fewer than asked for where it was cancelled.
    words : what they were drawn from.
    """

    trees: tuple[Replication, ...]
    words: str

    @property
    def policy_gap(self) -> StatisticalGap:
        """How much more than the plan, followed as a policy, any policy could reach."""
        return StatisticalGap.of([tree.bound - tree.policy for tree in self.trees])

    @property
    def first_orders_gap(self) -> StatisticalGap:
        """How much more could be reached with other orders to place now, where all later ones are the best on each tree."""
        return StatisticalGap.of([tree.bound - tree.first_orders for tree in self.trees])

    @property
    def solver_gap(self) -> float:
        """Part of both gaps that the solves of the trees leave open, in money; NaN where there is no tree."""
        return self._mean("bound") - self._mean("objective")

    @property
    def policy(self) -> float:
        """Estimated value of the plan as a policy; NaN where there is no tree."""
        return self._mean("policy")

    @property
    def broken(self) -> dict[str, int]:
        """Hard limits that the policy does not keep, with the number of trees."""
        names = [name for tree in self.trees for name in tree.broken]
        return {name: names.count(name) for name in dict.fromkeys(names)}

    def share(self, amount: float) -> float:
        """An amount relative to what the policy reaches, as for the solver's gap."""
        return amount / max(abs(self.policy), 1.0)

    def frame(self) -> pd.DataFrame:
        """tree, status, objective, bound, policy, first_orders, broken."""
        rows = [
            [k, row.status, row.objective, row.bound, row.policy, row.first_orders, ", ".join(row.broken)]
            for k, row in enumerate(self.trees)
        ]
        names = ["tree", "status", "objective", "bound", "policy", "first_orders", "broken"]
        return pd.DataFrame(rows, columns=names)

    def _mean(self, name: str) -> float:
        return float(np.mean([getattr(tree, name) for tree in self.trees])) if self.trees else np.nan


def replicate(
    tables: Tables,
    plan: IntArray,
    source: TreeSource,
    count: int,
    seed: int,
    options: SolveOptions,
    on_solve: Callable[[int], None] = lambda tree: None,
) -> Replications:
    """Draw trees, solve each and follow the plan on it. A cancel keeps the trees that are done.

    Parameters
    ----------
    plan : int [items, nodes], the plan to judge.
    """
    return replicate_all(tables, {"plan": plan}, source, count, seed, options, on_solve)["plan"]


def replicate_all(
    tables: Tables,
    plans: Mapping[str, IntArray],
    source: TreeSource,
    count: int,
    seed: int,
    options: SolveOptions,
    on_solve: Callable[[int], None] = lambda tree: None,
) -> dict[str, Replications]:
    """The same for several plans of one tree, by name, on the same fresh trees, each of which is solved once.

    Parameters
    ----------
    plans : each int [items, nodes].
    """
    policies = {name: TreePolicy(tables, plan) for name, plan in plans.items()}
    done: dict[str, list[Replication]] = {name: [] for name in plans}
    for k in range(count):
        on_solve(k)
        if options.is_cancelled():
            break
        drawn = source.draw(np.random.default_rng([seed, k, 17]))
        own = Tables.build(tables.instance, drawn.tree)
        followed = {name: policy.follow(drawn) for name, policy in policies.items()}
        solved = solve_one(own, options, list(followed.values()))
        found: dict[str, Replication] = {}
        for name, lots in followed.items():
            kept = solve_one(with_orders_held(own, plans[name][:, :1], 0), options, [lots])
            value = Evaluation.of(own, lots)
            found[name] = Replication(
                objective=solved.optimum.value,
                bound=solved.optimum.most,
                policy=value.objective,
                broken=value.broken,
                first_orders=kept.optimum.value,
                status=solved.status,
            )
        if options.is_cancelled():
            break
        for name, row in found.items():
            done[name].append(row)
    return {name: Replications(tuple(rows), source.words) for name, rows in done.items()}


class TreePolicy:
    """A plan as a policy on trees of the same shape, as in docs/formulation.md, section 11, "Following"."""

    def __init__(self, tables: Tables, plan: IntArray) -> None:
        self._tables, self._lots = tables, lots_of(tables, plan)
        self._paths: dict[int, Tables] = {}

    def follow(self, drawn: SampledTree) -> IntArray:
        """Cumulative lots [items, nodes] on a drawn tree. What is done at a node depends on what is known there only."""
        leaves = drawn.tree.leaves
        nodes = np.stack([drawn.tree.path(int(leaf)) for leaf in leaves])
        cumulative = np.zeros(drawn.tree.demand.shape, dtype=np.int64)
        for place in np.unique(drawn.place[leaves]):
            members = nodes[drawn.place[leaves] == place]
            own = self._tables.tree.path(int(place))
            demand: Array = np.moveaxis(drawn.tree.demand[:, members], 0, 1)
            tables = self._paths.setdefault(int(place), path_tables(self._tables, own))
            lots = follow_plan(tables, self._lots[:, own], demand, self._tables.sigma[:, own])
            for path, ordered in zip(members, lots, strict=True):
                cumulative[:, path] = np.cumsum(ordered, axis=1)
        return cumulative
