"""The engine in a rolling horizon: re-planned from where each path is (docs/formulation.md, section 15).

This is the only part of the simulator that knows the engine. It plans; what the plan then does is simulated like anything else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from stockrail.finance.relaxing import relaxed_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.simulation.following import Follower, TreeFollower
from stockrail.simulation.policies import PlannedOrders, Policy
from stockrail.simulation.remaining import remaining_instance, remaining_tree
from stockrail.simulation.rolling_policy import PolicyByPath
from stockrail.simulation.state import State
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.warm_start import WarmStart


@dataclass
class Replanning:
    """What re-planning took and gave.

    Attributes
    ----------
    plans : number of plans made; `relaxed` of them had limits loosened, as nothing kept them from where the path was, and for
        `without` there was no plan at all, so that nothing was ordered.
    gaps : largest gap of each period's plans, by period.
    """

    plans: int = 0
    relaxed: int = 0
    without: int = 0
    gaps: dict[int, float] = field(default_factory=dict)


class CancelledError(Exception):
    """The options said to stop in the middle of a simulation: what there is of it is no outcome."""


class EngineReplan:
    """Plans anew for every path, for `RollingPolicy`.

    Each plan is made for the rest of the horizon, on the tree below the node where the path is, with what the path has in stock and
    under way. A path costs a solve each time: this is for tens of paths, not thousands.

    Parameters
    ----------
    tree : the tree of all periods.
    options : time limit, gap, seed and threads of each solve.
    follower : says at which node of the tree a path is, by default `TreeFollower`.
    on_plan : called with the period and the number of paths planned for in it.

    Raises
    ------
    CancelledError
        `is_cancelled` of the options answers True between two plans.
    """

    def __init__(
        self,
        tree: ScenarioTree,
        options: SolveOptions,
        *,
        follower: Follower | None = None,
        on_plan: Callable[[int, int], None] = lambda period, done: None,
    ) -> None:
        self._tree, self._options, self._on_plan = tree, options, on_plan
        self._follower = follower or TreeFollower(tree)
        self.record = Replanning()

    def __call__(self, state: State, period: int) -> Policy:
        """A policy for each path, to be followed from now on."""
        node = self._follower.node(state)
        policies: list[Policy] = []
        warm: dict[int, WarmStart] = {}
        for path in range(len(state)):
            if self._options.is_cancelled():
                raise CancelledError(f"Stopped in period {period}, before all paths were planned for.")
            policies.append(self._plan(state.only(path), int(node[path]), warm))
            self._on_plan(period, path + 1)
        return PolicyByPath(policies)

    def _plan(self, state: State, node: int, warm: dict[int, WarmStart]) -> Policy:
        tree, nodes = remaining_tree(state, self._tree, node)
        tables = Tables.build(remaining_instance(state), tree)
        lots = self._solve(tables, state.period, node, warm)
        if lots is None:
            self.record.without += 1
            return PlannedOrders(np.zeros((state.world.items, state.world.periods), dtype=np.int64))
        place = np.full(len(self._tree), -1)
        place[nodes] = np.arange(len(nodes))
        return TreePolicy(tree, lots, follower=_Below(self._follower, place), first_period=state.period)

    def _solve(self, tables: Tables, period: int, node: int, warm: dict[int, WarmStart]) -> IntArray | None:
        """The plan, with hard limits loosened where nothing keeps them from here."""
        self.record.plans += 1
        relaxed, found = relaxed_plan(tables, self._options, warm.get(node))
        if found is not None:
            warm[node] = found
        self.record.relaxed += bool(relaxed.relaxations)
        if relaxed.result.cumulative_lots is not None:
            self.record.gaps[period] = max(self.record.gaps.get(period, 0.0), relaxed.result.gap)
        return relaxed.result.cumulative_lots


class _Below:
    """Nodes of a part of a tree, for paths that are followed through all of it."""

    def __init__(self, follower: Follower, place: IntArray) -> None:
        self._follower, self._place = follower, place

    def node(self, state: State) -> IntArray:
        """Place of each path's node in the part."""
        return np.asarray(self._place[self._follower.node(state)])
