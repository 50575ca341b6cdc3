"""Stages of a tree: periods between branchings belong together, scenarios with a common past stand together."""

import pytest

from stockrail.interop.stages import StageTree
from stockrail.model.generator import generate
from stockrail.model.scenarios import build_tree
from tests.builders import make_instance


def test_one_branching() -> None:
    """Periods 0 and 1 are the first stage; in the second every scenario is alone and has no node to share."""
    nodes = [
        {"node": "a", "period": 0, "probability": 1},
        {"node": "b", "parent": "a", "period": 1, "probability": 1},
    ]
    nodes += [{"node": x, "parent": "b", "period": 2, "probability": 0.5} for x in "cd"]
    stages = StageTree.of(build_tree(make_instance(demand=(1, 1, 1), scenarios=nodes)))
    assert stages.stage_starts == (0, 2)
    assert stages.nodenames == ["ROOT"]
    assert [node.nodes.tolist() for node in stages.path_of(1)] == [[0, 1]]


def test_branchings_that_differ_by_branch() -> None:
    """Where only one branch branches again, the other has a stage node with a single child, and scenarios go by depth.

    now -> p (0.4) -> p1 (0.1), p2 (0.3); now -> q (0.6) -> q1. Given p, p1 has a probability of 0.1 / 0.4.
    """
    nodes = [{"node": "now", "period": 0, "probability": 1}]
    nodes += [
        {"node": n, "parent": "now", "period": 1, "probability": w} for n, w in (("p", 0.4), ("q", 0.6))
    ]
    nodes += [
        {"node": n, "parent": p, "period": 2, "probability": w}
        for n, p, w in (("q1", "q", 0.6), ("p1", "p", 0.1), ("p2", "p", 0.3))
    ]
    nodes += [
        {"node": f"{n}-end", "parent": n, "period": 3, "probability": w}
        for n, w in (("q1", 0.6), ("p1", 0.1), ("p2", 0.3))
    ]
    stages = StageTree.of(build_tree(make_instance(demand=(1,) * 4, scenarios=nodes)))
    tree = stages.tree
    assert stages.stage_starts == (0, 1, 2)
    assert sorted(stages.nodenames) == sorted(
        ["ROOT", "ROOT_0", "ROOT_1", "ROOT_0_0", "ROOT_0_1", "ROOT_1_0"]
    )
    assert sorted(tree.names[leaf] for leaf in stages.leaves) == ["p1-end", "p2-end", "q1-end"]
    for scenario, leaf in enumerate(stages.leaves):
        root, second = stages.path_of(scenario)
        assert (root.name, root.parent, second.parent) == ("ROOT", None, "ROOT")
        likely = 0.4 if tree.names[leaf].startswith("p") else 0.6
        assert second.conditional_probability == pytest.approx(likely)


@pytest.mark.parametrize("branchings", [(2,), (2, 3), (3, 2, 2)])
def test_names_are_those_of_branching_factors(branchings: tuple[int, ...]) -> None:
    """A regular tree has the names that mpi-sppy gives by branching factors: 1 + b1 + b1 * b2 ... of them, by depth."""
    stages = StageTree.of(build_tree(generate(1, 8, branchings, 0)))
    names = [["ROOT"]]
    for width in branchings:
        names.append([f"{name}_{k}" for name in names[-1] for k in range(width)])
    expected = [name for level in names for name in level] if len(branchings) > 1 else ["ROOT"]
    assert sorted(stages.nodenames) == sorted(expected)
    assert len(stages.scenario_names) == len(names[-1])
