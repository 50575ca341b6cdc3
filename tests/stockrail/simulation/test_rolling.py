"""The engine in a rolling horizon: where nothing is new, planning again changes nothing; and what is left of an instance."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.simulation.paths import DemandPaths, drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import BaseStockPolicy, PlannedOrders
from stockrail.simulation.remaining import remaining_instance, remaining_tree
from stockrail.simulation.rolling import CancelledError, EngineReplan
from stockrail.simulation.rolling_policy import RollingPolicy
from stockrail.simulation.state import State
from stockrail.simulation.world import World
from stockrail.solvers import solve
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance, path_of_nodes
from tests.random_instances import random_instance, random_plan, tables_of

OPTIONS = SolveOptions(gap=1e-9, time_limit=20, workers=1)


def calm(instance: Instance) -> Instance:
    """Without what a state cannot tell: noise, netting, the age of stock, orders that overtake."""
    return replace(
        instance,
        sigma=np.zeros_like(instance.sigma),
        items=tuple(
            row.model_copy(update={"expedite_share": 0.0, "shelf_life_periods": None})
            for row in instance.items
        ),
        segments=tuple(row.model_copy(update={"lost_share": 0.0}) for row in instance.segments),
        scenario_suppliers=tuple(
            row.model_copy(update={"delay_periods": 0}) for row in instance.scenario_suppliers
        ),
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("every", [1, 2])
def test_planning_again_where_nothing_is_new_earns_what_the_plan_earns(seed: int, every: int) -> None:
    """On the scenarios of its own tree the best plan stays best at every node, so re-planning earns the optimum, too."""
    made = calm(random_instance(np.random.default_rng(seed), items=2))
    # Where stock is worth much at the end, `cumulative_lots_limit` binds, and it is another one for the rest of an instance.
    settings = made.settings.model_copy(update={"terminal_stock_share": 0.2})
    instance = replace(made, settings=settings)
    tree = build_tree(instance)
    _, result = solve(Tables.build(instance, tree), OPTIONS)
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    replan = EngineReplan(tree, OPTIONS)
    outcome = simulate(World.of(instance), paths, RollingPolicy(replan, every))
    assert tree.probability[tree.leaves] @ outcome.margin == pytest.approx(result.objective, rel=1e-6)
    assert replan.record.plans == len(paths) * -(-tree.periods // every)
    assert replan.record.relaxed == replan.record.without == 0


class Asking:
    """Follows a plan, and hands the state of a period to a question."""

    def __init__(self, lots: IntArray, period: int, ask: Callable[[State], None]) -> None:
        self.lots, self.period, self.ask = PlannedOrders(lots), period, ask

    def orders(self, state: State) -> IntArray:
        """The plan's orders."""
        if state.period == self.period:
            self.ask(state)
        return self.lots.orders(state)


@pytest.mark.parametrize("seed", range(8))
def test_the_rest_of_a_plan_means_the_same_in_the_rest_of_the_instance(seed: int) -> None:
    """Stock, cash and purchases of the periods left are the same, whether the ledger starts in period 0 or 2.

    Everything is paid at once here, so that no balance has to run off; lots are the plan's along each path.
    """
    random = np.random.default_rng(seed)
    made = calm(random_instance(random, items=2))
    instance = replace(
        made,
        settings=made.settings.model_copy(
            update={"receivable_days": 0.0, "opening_receivables": 0.0, "opening_payables": 0.0}
        ),
        suppliers=tuple(
            row.model_copy(update={"payment_days": 0.0, "deposit_share": 0.0}) for row in made.suppliers
        ),
        quantity_breaks=(),
    )
    tables = tables_of(instance)
    plan, tree = random_plan(random, tables), tables.tree
    ledger = Ledger(tables, plan)
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tree.parent[1:]]
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    assert paths.node is not None
    compared = []

    def compare(state: State) -> None:
        for path, node in enumerate(paths.node[:, 2]):  # type: ignore[index]
            below, nodes = remaining_tree(state.only(path), tree, int(node))
            own = lots[:, nodes]
            for n in range(1, len(nodes)):
                own[:, n] += own[:, below.parent[n]]
            rest = Ledger(Tables.build(remaining_instance(state.only(path)), below), own)
            for metric in ("inventory_value", "purchases", "cash"):
                expected = ledger.metric_total(metric)[nodes]
                if metric == "cash":
                    # What is under way counts at its standard value; what it cost more or less is known by the receipts.
                    late = rest.part("landed_cost").sum(axis=0) - ledger.part("landed_cost")[:, nodes].sum(
                        axis=0
                    )
                    for n in range(1, len(nodes)):
                        late[n] += late[below.parent[n]]
                    expected = expected - late
                assert rest.metric_total(metric) == pytest.approx(expected, abs=1e-8)
            compared.append(path)

    simulate(World.of(instance), paths, Asking(lots[:, paths.node].transpose(1, 0, 2), 2, compare))
    assert len(compared) == len(paths)


def test_what_is_left_of_guardrails_orders_and_calendars() -> None:
    """From period 2 of 5 on: periods move by 2, a total less what has been bought, an open order and one under way."""
    instance = make_instance(
        demand=(1, 1, 1, 1, 1),
        items={"lead_time_periods": 2, "opening_stock_units": 4},
        suppliers={"order_interval_periods": 3, "order_offset_periods": 1},
        open_orders={"due_period": 3, "units": 7},
        order_overrides=({"period": 1, "lots": 5}, {"period": 4, "lots": 0}),
        announced_orders=({"period": 1, "units": 5}, {"period": 3, "units": 6}),
        settings={"change_price_periods": 3},
        guardrails=(
            {"guardrail": "ends", "upper": 9, "last_period": 1},
            {"guardrail": "stays", "upper": 9, "first_period": 1, "last_period": 4},
            {"guardrail": "total", "metric": "purchases", "measured": "total", "upper": 100},
            {"guardrail": "mean", "metric": "purchases", "measured": "average", "upper": 10},
        ),
        guardrail_limits=(
            {"guardrail": "stays", "period": 1, "upper": 5},
            {"guardrail": "stays", "period": 3, "upper": 6},
        ),
        scenarios=path_of_nodes(5),
    )
    tree = build_tree(instance)
    paths = DemandPaths.of_demand(instance, np.array([[[6.0, 1.0, 3.0, 1.0, 1.0]]]))
    seen: list[Instance] = []

    def keep(state: State) -> None:
        seen.append(remaining_instance(state))
        below, nodes = remaining_tree(state, tree, 2)
        assert nodes.tolist() == [2, 3, 4]
        assert below.demand[0].tolist() == [3, 1, 1] and below.period.tolist() == [0, 1, 2]

    simulate(World.of(instance), paths, Asking(np.zeros((1, 5), dtype=np.int64), 2, keep))
    (rest,) = seen
    assert rest.settings.periods == 3 and (rest.settings.start - instance.settings.start).days == 730
    # 4 - 6 - 1: three customers wait. The override's 5 units come in period 3, with the open order's 7.
    assert rest.items[0].opening_stock_units == -3
    assert [(row.due_period, row.units) for row in rest.open_orders] == [(1, 12)]
    assert [(row.period, row.lots) for row in rest.order_overrides] == [(2, 0)]
    assert [(row.period, row.units) for row in rest.announced_orders] == [(1, 6)]
    assert rest.settings.change_price_periods == 1
    # The supplier takes orders in periods 1 and 4, of which 2 is left.
    assert rest.suppliers[0].order_offset_periods == 2
    kept = {row.guardrail: row for row in rest.guardrails}
    assert set(kept) == {"stays", "total", "mean"}
    assert (kept["stays"].first_period, kept["stays"].last_period) == (0, 2)
    # 5 units at 6 have been bought: 70 are left of 100, and of an average of 10 over 5 periods 20 over 3.
    assert kept["total"].upper == 70
    assert kept["mean"].upper == pytest.approx(20 / 3)
    assert [(row.period, row.upper) for row in rest.guardrail_limits] == [(1, 6)]


def test_limits_give_way_where_nothing_keeps_them() -> None:
    """Stock of 10 and no demand: the limit of 30 cannot hold, and the plan is made with what has to give."""
    instance = make_instance(demand=(5, 5), items={"opening_stock_units": 10}, guardrails={"upper": 30})
    paths = DemandPaths.of_demand(instance, np.zeros((1, 1, 2)))
    replan = EngineReplan(build_tree(instance), OPTIONS)
    outcome = simulate(World.of(instance), paths, RollingPolicy(replan, 1))
    assert replan.record.relaxed >= 1 and not outcome.orders.any()


def test_a_plan_of_orders_is_followed_until_the_next() -> None:
    """Any policy can be what re-planning gives; here levels of 3, then from period 2 on of 9."""
    instance = make_instance(demand=(1, 1, 1, 1))
    asked = []

    def replan(state: State, period: int) -> BaseStockPolicy:
        asked.append(period)
        return BaseStockPolicy(np.array([9.0 if period else 3.0]))

    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 4)))
    outcome = simulate(World.of(instance), paths, RollingPolicy(replan, 2))
    assert asked == [0, 2]
    assert outcome.orders[0, 0].tolist() == [4, 1, 7, 1]
    with pytest.raises(ValueError, match="every 1 or more periods"):
        RollingPolicy(replan, 0)


def test_a_cancel_ends_it() -> None:
    """Half of a simulation is no outcome, so the cancel is an error that the caller sees."""
    instance = make_instance(demand=(5, 5), sigma=1)
    tree = build_tree(instance)
    replan = EngineReplan(tree, replace(OPTIONS, is_cancelled=lambda: True))
    with pytest.raises(CancelledError, match="Stopped in period 0"):
        simulate(World.of(instance), drawn(instance, tree, 2, 0), RollingPolicy(replan, 1))
