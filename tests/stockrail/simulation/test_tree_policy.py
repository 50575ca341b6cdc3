"""Following a plan through a tree: which node a path is at, and what is made up for."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema_settings import Branching, Factor, TreeSpecification
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.simulation.following import GivenNodes, TreeFollower
from stockrail.simulation.paths import DemandPaths, drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.state import State
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from stockrail.trees.errors import CommonFactors, ErrorModel
from stockrail.trees.path_source import ModelSource
from stockrail.trees.path_tree import make_tree
from stockrail.trees.path_tree_tables import tree_tables
from stockrail.trees.policy import follow_plan, path_tables
from tests.builders import Changes, make_instance
from tests.random_instances import random_plan

LOW_AND_HIGH: tuple[Changes, ...] = (
    {"node": "now", "period": 0, "probability": 1},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 1.5},
    {"node": "low2", "parent": "low", "period": 2, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high2", "parent": "high", "period": 2, "probability": 0.5, "demand_factor": 1.5},
)


class Watcher:
    """Orders nothing, and remembers at which nodes paths were, in the periods that it asks in."""

    def __init__(self, follower: TreeFollower, periods: tuple[int, ...]) -> None:
        self.follower, self.periods = follower, periods
        self.nodes: dict[int, list[int]] = {}

    def orders(self, state: State) -> IntArray:
        """None."""
        if state.period in self.periods:
            self.nodes[state.period] = self.follower.node(state).tolist()
        return np.zeros(state.on_hand.shape, dtype=np.int64)


def nodes_of(instance: Instance, paths: DemandPaths, *periods: int) -> dict[int, list[int]]:
    """Where the follower takes paths to be."""
    watcher = Watcher(TreeFollower(build_tree(instance)), periods)
    simulate(World.of(instance), paths, watcher)
    return watcher.nodes


def test_the_nearest_branch_is_followed_to_its_end() -> None:
    """Demand so far decides where the tree branches: 10 + 7 is nearer to 10 + 5, though period 2 then is high.

    It makes no difference whether the follower is asked in each period or only at the end.
    """
    instance = make_instance(demand=(10, 10, 10), scenarios=LOW_AND_HIGH)
    demand = np.array([[10.0, 7.0, 15.0], [10.0, 12.0, 5.0]])[:, None, :]
    paths = DemandPaths.of_demand(instance, demand)
    expected = {0: [0, 0], 1: [1, 2], 2: [3, 4]}
    assert nodes_of(instance, paths, 0, 1, 2) == expected
    assert nodes_of(instance, paths, 2) == {2: expected[2]}


def test_a_late_supplier_tells_branches_apart_before_demand_does() -> None:
    """The high branch has the delay, so a path with one is there even if it sells like the low one."""
    instance = make_instance(
        demand=(10, 10, 10),
        scenarios=LOW_AND_HIGH,
        scenario_suppliers=[{"node": "high", "delay_periods": 1}],
    )
    paths = DemandPaths.of_demand(instance, np.full((2, 1, 3), 5.0))
    paths.delay_periods[1, 0, 1] = 1
    assert nodes_of(instance, paths, 1) == {1: [1, 2]}


def test_paths_of_the_tree_are_where_they_were_drawn() -> None:
    """A scenario's path is at its nodes, by what is given and by what is observed."""
    instance = make_instance(demand=(10, 10, 10), scenarios=LOW_AND_HIGH)
    tree = build_tree(instance)
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    assert nodes_of(instance, paths, 1, 2) == {1: [1, 2], 2: [3, 4]}
    assert nodes_of(instance, replace(paths, node=None), 1, 2) == {1: [1, 2], 2: [3, 4]}


def path_tree_case(seed: int, segment: Changes) -> tuple[Instance, ModelSource]:
    """Two items with a common market."""
    instance = make_instance(
        demand=[[30.0] * 6, [12.0] * 6],
        sigma=[[9.0] * 6, [4.0] * 6],
        items=(
            {"lead_time_periods": 1, "lot_size": 7, "opening_stock_units": 55},
            {"lead_time_periods": 2, "lot_size": 3, "opening_stock_units": 40, "minimum_order_units": 9},
        ),
        segments=segment,
        suppliers={"order_interval_periods": 1 + seed % 2},
    )
    factors = CommonFactors(market_share=0.7, market_persistence=0.95)
    return instance, ModelSource(ErrorModel.of_instance(instance, factors))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lost_share", [0.0, 1.0])
def test_following_is_that_of_section_11(seed: int, lost_share: float) -> None:
    """Told to order lost units again, as the ledger takes for granted, orders are those of `stockrail.trees`, written by other hands."""
    instance, source = path_tree_case(seed, {"lost_share": lost_share})
    tree = make_tree(instance, source.draw(300, seed, "tree"), [3, 2], seed=seed)
    tables = tree_tables(instance, tree)
    plan = random_plan(np.random.default_rng(seed), tables)
    samples = source.draw(20, seed, "test")
    node = tree.follow(samples)
    planned = replace(instance, sigma=tree.sigma)
    policy = TreePolicy(tables.tree, plan, follower=GivenNodes(node), is_unserved_left_out=False)
    outcome = simulate(World.of(planned), DemandPaths.of_samples(planned, samples), policy)
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tables.tree.parent[1:]]
    for path, nodes in enumerate(node):
        expected = follow_plan(
            path_tables(tables, nodes),
            lots[:, nodes],
            samples.demand[path : path + 1],
            tables.sigma[:, nodes],
        )
        assert np.array_equal(outcome.orders[path], expected[0])
    assert outcome.repairs.total == 0


def test_what_is_observed_leads_to_the_node_that_a_path_was_drawn_at() -> None:
    """Levels of the nine scenarios differ by far more than the noise, so at least 19 of 20 paths are found in the right one."""
    instance = make_instance(
        demand=[[40.0] * 6, [25.0] * 6],
        sigma=2,
        settings={
            "tree": TreeSpecification(
                branchings=(Branching(period=1, width=3), Branching(period=3, width=3)),
                market=Factor(volatility=0.4, persistence=1.0),
            )
        },
    )
    tree = build_tree(instance)
    paths = drawn(instance, tree, 400, seed=3)
    assert paths.node is not None
    found = nodes_of(instance, replace(paths, node=None), 5)[5]
    assert (np.array(found) == paths.node[:, 5]).mean() >= 0.95


def surprised(demand: Array, lost_share: float, is_unserved_left_out: bool) -> list[int]:
    """Lots on a path that sells more than its plan, 10 each period, ordered one period before."""
    instance = make_instance(
        demand=(10, 10, 10, 10),
        items={"lead_time_periods": 1, "opening_stock_units": 10},
        segments={"lost_share": lost_share},
    )
    tree: ScenarioTree = build_tree(instance)
    policy = TreePolicy(tree, np.array([[10, 20, 30, 30]]), is_unserved_left_out=is_unserved_left_out)
    paths = DemandPaths.of_demand(instance, demand.reshape(1, 1, -1))
    return [int(lots) for lots in simulate(World.of(instance), paths, policy).orders[0, 0]]


def test_surprise_is_made_up_for_but_not_what_is_gone() -> None:
    """14 are demanded of 10 in period 0: who waits gets the 4 with the next order, who is lost needs none.

    In period 1 7 are demanded where 10 were expected: the next order is 3 smaller.
    """
    demand = np.array([14.0, 7.0, 10.0, 10.0])
    assert surprised(demand, 0.0, True) == [14, 7, 10, 0]
    assert surprised(demand, 1.0, True) == [10, 7, 10, 0]
    assert surprised(demand, 1.0, False) == [14, 7, 10, 0]


def test_a_plan_must_be_one_of_the_tree() -> None:
    """Three nodes of a plan on a tree of two."""
    tree = build_tree(make_instance(demand=(1, 1)))
    with pytest.raises(ValueError, match="Expected a plan of"):
        TreePolicy(tree, np.zeros((1, 3), dtype=np.int64))
