"""What it is worth to know the future: wait-and-see by scenario, perfect information in total and about one driver alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.certificate import scenario_margins
from stockrail.measures.ranged import Ranged
from stockrail.measures.solving import INFEASIBLE, NOT_SOLVED, SOLVED, Evaluation, Solved, solve_one
from stockrail.measures.sub_tree import sub_tree
from stockrail.measures.ties import are_kept_by_groups, ties, without_ties
from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import tail_mean
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.solvers.result import SolveOptions

Facts = Callable[[ScenarioTree], Array]

DRIVERS: Mapping[str, Facts] = {
    "demand": lambda tree: tree.demand,
    "lead time": lambda tree: tree.delay_periods.astype(np.float64),
    "price": lambda tree: np.vstack([tree.price_factor[None], tree.cost_factor, tree.order_cost_factor]),
    "capacity": lambda tree: np.vstack([tree.capacity_factor, tree.warehouse_factor]),
}
"""The facts of a node by driver, each [facts, nodes]."""

SAME = 1e-9
"""Facts that differ by no more than this share are the same."""


@dataclass(frozen=True)
class Group:
    """Scenarios that are planned for together, as what is known from the start does not tell them apart.

    Attributes
    ----------
    leaves : int, nodes of the tree.
    probability : of the group.
    plan_objective : what the plan reaches on these scenarios, before limits that tie scenarios together.
    kept : the best plan for them, with all limits in the group.
    free : the same without limits that tie scenarios together; what it proves holds for every plan. The same as `kept` where there
        are none.
    """

    leaves: IntArray
    probability: float
    plan_objective: float
    kept: Solved
    free: Solved

    @property
    def status(self) -> str:
        """The status of the solve."""
        return self.kept.status


@dataclass(frozen=True)
class Information:
    """What plans reach that know something from the start.

    Attributes
    ----------
    optimum : mean over groups of the best objective.
    """

    groups: tuple[Group, ...]
    optimum: Ranged

    @property
    def status(self) -> str:
        """The worst status of a group."""
        found = {group.status for group in self.groups}
        return next((status for status in (INFEASIBLE, NOT_SOLVED) if status in found), SOLVED)


def scenarios_of(tree: ScenarioTree) -> list[IntArray]:
    """Each scenario as a group of its own: all that the tree branches on is known."""
    return [np.array([leaf]) for leaf in tree.leaves]


def groups_of(tree: ScenarioTree, facts: Array) -> list[IntArray]:
    """Scenarios with the same facts [facts, nodes] on the whole path, in the order of the tree."""
    size = np.maximum(np.abs(facts).max(axis=1, initial=0.0), 1e-300)
    whole = np.ascontiguousarray(np.rint(facts / (SAME * size[:, None])).T)
    label = np.zeros(len(tree), dtype=np.int64)
    known: dict[tuple[int, bytes], int] = {}
    for node in range(len(tree)):
        before = -1 if node == 0 else int(label[tree.parent[node]])
        label[node] = known.setdefault((before, whole[node].tobytes()), len(known))
    of_leaf = label[tree.leaves]
    return [tree.leaves[of_leaf == k] for k in dict.fromkeys(of_leaf.tolist())]


def inform(
    tables: Tables,
    groups: Sequence[IntArray],
    plan: IntArray,
    options: SolveOptions,
    on_solve: Callable[[int], None] = lambda group: None,
) -> Information:
    """Plan for each group of scenarios as if it were known from the start that one of it happens.

    Parameters
    ----------
    plan : int [items, nodes], a plan of the whole tree; each search starts from its part.
    on_solve : called before each group with its number. A cancel leaves those not begun "not solved".
    """
    has_ties = bool(ties(tables.instance))
    done = []
    for k, leaves in enumerate(groups):
        on_solve(k)
        part, nodes = sub_tree(tables, leaves)
        probability = float(tables.tree.probability[leaves].sum())
        own = plan[:, nodes]
        loose = without_ties(part) if has_ties else part
        value = Evaluation.of(loose, own).objective
        if options.is_cancelled():
            none = Solved(part, Ranged.unknown(), None, NOT_SOLVED)
            done.append(Group(leaves, probability, value, none, none))
            continue
        kept = solve_one(part, options, [own])
        free = solve_one(loose, options, [own]) if has_ties else kept
        done.append(Group(leaves, probability, value, kept, free))
    return Information(tuple(done), _optimum(tables, plan, done))


def _optimum(tables: Tables, plan: IntArray, groups: Sequence[Group]) -> Ranged:
    """The best mean objective over groups, from plans with all limits kept and bounds without those that tie scenarios.

    The mean of CVaRs is at least the CVaR of all, so bounds of groups add up to a bound also where the objective weighs tails. What the
    plan of the whole tree reaches can be reached with more knowledge, too.
    """
    weight = np.array([group.probability for group in groups])
    most = float(sum(w * group.free.optimum.most for w, group in zip(weight, groups, strict=True)))
    is_single = all(len(group.leaves) == 1 for group in groups)
    is_whole = all(group.kept.cumulative_lots is not None for group in groups)
    if not is_whole or not are_kept_by_groups(tables.instance, is_single=is_single):
        reached = Evaluation.of(tables, plan)
        return Ranged(np.nan, -np.inf if reached.broken else reached.objective, most)
    settings = tables.instance.settings
    if settings.margin_cvar_weight == 0.0:
        kept = Ranged.mean([group.kept.optimum for group in groups], weight)
        return Ranged(kept.value, kept.least, most)
    value = _blended(groups, settings.margin_cvar_weight, settings.margin_cvar_alpha)
    return Ranged(value, value, most)


def _blended(groups: Sequence[Group], tail_weight: float, alpha: float) -> float:
    """The objective of all groups' plans together, with the tail over all scenarios."""
    margins, probability, cost = [], [], 0.0
    for group in groups:
        assert group.kept.cumulative_lots is not None
        tables = group.kept.tables
        ledger = Ledger(tables, group.kept.cumulative_lots)
        margins.append(scenario_margins(ledger))
        probability.append(tables.tree.probability[tables.tree.leaves] * group.probability)
        cost += group.probability * sum(Guardrails.build(tables).costs(ledger.stock).values())
    margin, share = np.concatenate(margins), np.concatenate(probability)
    tail = -tail_mean(-margin, share, alpha)
    return float((1.0 - tail_weight) * (share @ margin) + tail_weight * tail - cost)
