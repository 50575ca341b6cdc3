"""A scenario tree as stages of decisions: periods between branchings belong together, as what is known is the same.

Plain data; the names are those that mpi-sppy asks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stockrail.model.tree import IntArray, ScenarioTree

ROOT = "ROOT"


@dataclass(frozen=True)
class StageNode:
    """Nodes of the tree that one scenario passes between two branchings.

    Attributes
    ----------
    name : "ROOT", or the parent's name with the place among its children, such as "ROOT_1_0".
    parent : name of the node before, None at the root.
    stage : 1 at the root.
    conditional_probability : given the node before.
    nodes : of the scenario tree, one for each period of the stage.
    """

    name: str
    parent: str | None
    stage: int
    conditional_probability: float
    nodes: IntArray


@dataclass(frozen=True)
class StageTree:
    """The tree by stages.

    Attributes
    ----------
    leaves : the leaf of each scenario, so that scenarios with a common past stand together.
    stage_starts : first period of each stage; further ones begin where any node branches.
    """

    tree: ScenarioTree
    leaves: IntArray
    stage_starts: tuple[int, ...]

    @staticmethod
    def of(tree: ScenarioTree) -> "StageTree":
        """Find the stages of a tree.

        Examples
        --------
        >>> import stockrail as sr
        >>> from stockrail.model.scenarios import build_tree
        >>> stages = StageTree.of(build_tree(sr.generate(1, 6, (2, 2), 0)))
        >>> stages.stage_starts, stages.nodenames
        ((0, 1, 3), ['ROOT', 'ROOT_0', 'ROOT_0_0', 'ROOT_0_1', 'ROOT_1', 'ROOT_1_0', 'ROOT_1_1'])
        """
        children = np.bincount(tree.parent[1:], minlength=len(tree))
        branching = np.unique(tree.period[children > 1])
        ordered = sorted(tree.leaves.tolist(), key=lambda leaf: tree.path(leaf).tolist())
        return StageTree(tree, np.array(ordered), (0, *(int(t) + 1 for t in branching)))

    @property
    def scenario_names(self) -> list[str]:
        """Scenarios in the order of `leaves`: "scenario0", "scenario1" and so on."""
        return [f"scenario{k}" for k in range(len(self.leaves))]

    @property
    def decided_periods(self) -> int:
        """Periods in which several scenarios may share a decision: all before the last branching."""
        return self.stage_starts[-1] if len(self.stage_starts) > 1 else self.tree.periods

    @property
    def nodenames(self) -> list[str]:
        """All nodes by depth, those of the last stage among them where there are more than two stages."""
        if len(self.stage_starts) <= 2:
            return [ROOT]
        return sorted(set(self._names.values()), key=lambda name: [int(k) for k in name.split("_")[1:]])

    def path_of(self, scenario: int) -> Iterator[StageNode]:
        """What a scenario passes, without the last stage, in which it is alone; a single scenario has its whole path."""
        tree, path = self.tree, self.tree.path(int(self.leaves[scenario]))
        ends = (*self.stage_starts[1:], tree.periods)[: max(len(self.stage_starts) - 1, 1)]
        before: int | None = None
        for stage, (first, end) in enumerate(zip(self.stage_starts, ends, strict=False), start=1):
            here = int(path[first])
            likely = 1.0 if before is None else float(tree.probability[here] / tree.probability[before])
            parent = None if before is None else self._names[before]
            yield StageNode(self._names[here], parent, stage, likely, path[first:end])
            before = here

    @cached_property
    def _names(self) -> dict[int, str]:
        """Name of the stage that begins at a node of the tree."""
        names: dict[int, str] = {0: ROOT}
        children: dict[int, int] = {}
        for leaf in self.leaves:
            path = self.tree.path(int(leaf))
            for first, start in zip(self.stage_starts, self.stage_starts[1:], strict=False):
                before, here = int(path[first]), int(path[start])
                if here not in names:
                    names[here] = f"{names[before]}_{children.get(before, 0)}"
                    children[before] = children.get(before, 0) + 1
        return names
