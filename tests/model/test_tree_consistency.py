"""Laws of scenario trees: each has a tree that breaks it, and the problem that is reported."""

from typing import Any

import pytest

from stockrail.model.consistency import inconsistencies, inconsistencies_of
from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_settings import Branching, SupplierEvent, TreeSpecification, WarehouseEvent
from tests.builders import make_instance, path_of_nodes

NOW = {"node": "now", "period": 0, "probability": 1}


def only_problem(instance: Instance) -> Problem:
    """Find the one problem there is."""
    (problem,) = inconsistencies_of(instance)
    return problem


def node(name: str, parent: str, period: int, probability: float = 1) -> dict[str, Any]:
    """A node of a table of scenarios."""
    return {"node": name, "parent": parent, "period": period, "probability": probability}


def test_probabilities_may_be_rounded() -> None:
    """Thirds as a table has them add up."""
    tree = [NOW, node("a", "now", 1, 0.3333333), node("b", "now", 1, 0.6666667)]
    assert inconsistencies_of(make_instance(demand=(1, 2), scenarios=tree)) == []


def test_delay_within_horizon() -> None:
    """With its longest lead time, a late supplier delivers within the length of the horizon."""
    allowed = "a whole number <= 1: with the longest lead time of the supplier, 1, less than the 3 periods of the horizon"
    items = {"lead_time_periods": 1}
    late = [{"node": "n0", "delay_periods": 1}, {"node": "n1", "delay_periods": 2}]
    table = make_instance(items=items, scenarios=path_of_nodes(3), scenario_suppliers=late)
    assert only_problem(table) == Problem("scenario_suppliers.csv", 3, "delay_periods", "2", allowed)
    event = SupplierEvent(period=1, branch=0, supplier="V", duration_periods=1, delay_periods=2)
    tree = TreeSpecification(branchings=(Branching(period=1, width=2),), events=(event,))
    specified = make_instance(items=items, settings={"tree": tree})
    assert only_problem(specified) == Problem(
        "instance.yaml", None, "tree.events.0.delay_periods", "2", allowed
    )


@pytest.mark.parametrize(
    ("branchings", "event", "name", "value", "allowed"),
    [
        ((1, 3), None, "branchings.1.period", "3", "a period of the horizon, 1 to 2"),
        ((1, 1), None, "branchings.1.period", "1", "each period once"),
        ((1,), {"supplier": "X"}, "events.0.supplier", "X", "a name in the table suppliers"),
        ((1, 2), {"branch": 2}, "events.0.branch", "2", "a branch of that branching, 0 to 1"),
        ((2,), {}, "events.0.period", "1", "a period with a branching: 2"),
        ((), {}, "events.0.period", "1", "a period with a branching: there is none"),
    ],
)
def test_specified_tree(
    branchings: tuple[int, ...], event: dict[str, Any] | None, name: str, value: str, allowed: str
) -> None:
    """Branchings are distinct periods of the horizon; events belong to one of their branches."""
    defaults = {"period": 1, "branch": 0, "supplier": "V", "duration_periods": 1}
    tree = TreeSpecification(
        branchings=tuple(Branching(period=t, width=2) for t in branchings),
        events=() if event is None else (SupplierEvent(**{**defaults, **event}),),
    )
    assert only_problem(make_instance(settings={"tree": tree})) == Problem(
        "instance.yaml", None, f"tree.{name}", value, allowed
    )


@pytest.mark.parametrize(
    ("event", "name", "value", "allowed"),
    [
        ({"warehouse": "X"}, "warehouse", "X", "a name in the table warehouses"),
        ({"branch": 3}, "branch", "3", "a branch of that branching, 0 to 2"),
        ({"period": 1}, "period", "1", "a period with a branching: 2"),
    ],
)
def test_events_of_warehouses(event: dict[str, Any], name: str, value: str, allowed: str) -> None:
    """A warehouse loses room on a branch of a branching, like a supplier is late there."""
    whole = {"period": 2, "branch": 2, "warehouse": "H", "duration_periods": 5, "capacity_factor": 0}

    def specified(*events: dict[str, Any]) -> Instance:
        tree = TreeSpecification(
            branchings=(Branching(period=2, width=3),),
            warehouse_events=tuple(WarehouseEvent(**row) for row in events),
        )
        return make_instance(settings={"tree": tree}, warehouses={"capacity_space": 1})

    assert inconsistencies_of(specified(whole, whole)) == []
    assert only_problem(specified(whole, {**whole, **event})) == Problem(
        "instance.yaml", None, f"tree.warehouse_events.1.{name}", value, allowed
    )


def test_a_warehouse_needs_the_table() -> None:
    """A supplier that can be told from its table is told, also where the warehouses could not be read."""
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=2),),
        events=(SupplierEvent(period=1, branch=0, supplier="X", duration_periods=1),),
        warehouse_events=(
            WarehouseEvent(period=1, branch=2, warehouse="Y", duration_periods=1, capacity_factor=1),
        ),
    )
    draft = Draft.of(make_instance(settings={"tree": tree}))
    del draft.rows["warehouses"]
    assert [p.column for p in inconsistencies(draft)] == [
        "tree.warehouse_events.0.branch",
        "tree.events.0.supplier",
    ]


def test_one_tree() -> None:
    """A tree is specified or given, not both and not neither."""
    both = make_instance(scenarios=path_of_nodes(3), settings={"tree": TreeSpecification()})
    allowed = "no rows, as the settings specify the tree; or tree: table"
    assert only_problem(both) == Problem("scenarios.csv", None, None, "3 rows", allowed)
    rooms = [{"node": "n1", "capacity_factor": 0.5}]
    both = make_instance(
        scenarios=path_of_nodes(3),
        scenario_warehouses=rooms,
        warehouses={"capacity_space": 1},
        settings={"tree": TreeSpecification()},
    )
    assert Problem("scenario_warehouses.csv", None, None, "1 rows", allowed) in inconsistencies_of(both)
    neither = make_instance(settings={"tree": "table"})
    allowed = "the nodes of the tree, as the settings say tree: table"
    assert only_problem(neither) == Problem("scenarios.csv", None, None, None, allowed)


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        (
            [node("a", "", 0), node("b", "a", 1), node("c", "", 0)],
            (4, "parent", None, "a parent; only one node, the root, has none"),
        ),
        ([node("a", "b", 0), node("b", "a", 1)], (None, "parent", None, "one blank: the root of the tree")),
        ([node("a", "", 1), node("b", "a", 1)], (2, "period", "1", "0, as this node is the root")),
        ([NOW, node("b", "now", 1), node("c", "x", 1)], (4, "parent", "x", "a node of this table")),
        ([NOW, node("b", "now", 0)], (3, "period", "0", "one period after its parent, 1")),
        ([NOW], (2, "node", "now", "a node with children, as the last period is 1")),
        (
            [NOW, node("b", "now", 1, 0.6)],
            (2, "probability", "1.0", "the sum of its children's probabilities, 0.6"),
        ),
        (
            [NOW, node("b", "now", 1, 0.6)],
            (None, "probability", "0.6 in period 1", "1 for the nodes of one period together"),
        ),
    ],
)
def test_given_tree(nodes: list[dict[str, Any]], problem: tuple[int | None, str, str | None, str]) -> None:
    """A table of scenarios has one root, complete paths to the last period and probabilities that add up."""
    instance = make_instance(demand=(1, 1), scenarios=nodes)
    assert Problem("scenarios.csv", *problem) in inconsistencies_of(instance)


def test_children_share_the_probability_of_their_parent() -> None:
    """Periods that add up to 1 are not enough."""
    nodes = [
        NOW,
        node("a", "now", 1, 0.5),
        node("b", "now", 1, 0.5),
        node("aa", "a", 2, 0.7),
        node("bb", "b", 2, 0.3),
    ]
    found = inconsistencies_of(make_instance(scenarios=nodes))
    assert [(p.row, p.value, p.allowed) for p in found] == [
        (3, "0.5", "the sum of its children's probabilities, 0.7"),
        (4, "0.5", "the sum of its children's probabilities, 0.3"),
    ]
