"""Tests of the horizon check: what the end of the horizon does to first-period buys, and the longer instance itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.comparisons.plan_comparison import ProvenPlan
from stockrail.finance.horizon_check import CONTROL, LONGER, NO_TERMINAL_VALUE, added_periods, horizon_check
from stockrail.finance.longer_horizon import longer
from stockrail.model.consistency import inconsistencies_of
from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance, path_of_nodes
from tests.random_instances import random_instance

OPTIONS = SolveOptions(gap=0.0, workers=1, time_limit=30.0)


def solved(instance: Instance) -> ProvenPlan:
    with open_session(Tables.build(instance, build_tree(instance)), OPTIONS) as session:
        return ProvenPlan.of(session.guardrails, solve_in(session, session.guardrails, OPTIONS))


def bought_once(**changes: Any) -> Instance:
    """Demand of 10 in each of two periods; lots of 15 units at 6 each, ordered in period 0 only, sold at 10.

    One lot earns 15 * 10 - 90 = 60. Two earn 200 - 180 = 20, and with terminal value 10 * 6 more: 80, less holding of 0.06
    per unit and period, which keeps a third lot from being free.
    """
    return make_instance(
        demand=changes.pop("demand", (10, 10)),
        settings={"terminal_stock_share": 1, "cost_of_capital_rate_per_year": 0.01},
        items={"lot_size": 15, "opening_stock_units": changes.pop("opening", 0)},
        segments={"lost_share": 1},
        suppliers={"order_interval_periods": 99},
        **changes,
    )


def test_first_buys_that_hang_on_the_end_of_the_horizon() -> None:
    """Two lots are bought: one without terminal value, four where demand goes on for four more periods."""
    plan = solved(bought_once())
    frame, items = horizon_check(plan, OPTIONS)
    rows = frame.set_index("variant").to_dict("index")
    bare, long, control = (rows[name] for name in (NO_TERMINAL_VALUE, LONGER, CONTROL))
    # A lot is 90 money. Six periods with demand of 10 need four lots.
    assert (bare["value"], bare["value_in_variant"], bare["changed_share"]) == (180, 90, 0.5)
    assert (long["added_periods"], long["value_in_variant"], long["changed_share"]) == (4, 360, 1)
    assert (control["value_in_variant"], control["changed_share"]) == (180, 0)
    assert (bare["is_warning"], long["is_warning"], control["is_warning"]) == (True, True, False)
    assert items.set_index("variant")["difference"].to_dict() == {NO_TERMINAL_VALUE: -90, LONGER: 180}
    assert bare["sentence"] == (
        "without terminal value: changes 50.0% of the value of first-period buys, more than 10%: the end of the horizon "
        "decides what is bought now; most: A."
    )


def test_warning_only_above_the_share() -> None:
    """Half of the buys change without terminal value: no warning where 60 % may."""
    frame, _ = horizon_check(solved(bought_once()), OPTIONS, warn_above=0.6)
    assert frame.set_index("variant")["is_warning"].to_dict() == {
        NO_TERMINAL_VALUE: False,
        LONGER: True,
        CONTROL: False,
    }


def test_first_buys_that_do_not() -> None:
    """Orders in every period of just what is sold: nothing hangs on the end."""
    plan = solved(make_instance(segments={"lost_share": 1}, settings={"cost_of_capital_rate_per_year": 0.1}))
    frame, items = horizon_check(plan, OPTIONS)
    assert frame["changed_share"].tolist() == [0, 0, 0]
    assert not frame["is_warning"].any()
    assert items.empty


def test_buying_from_nothing_is_a_warning() -> None:
    """Stock of 20 covers both periods; a longer horizon buys at once what nothing can be compared with."""
    frame, _ = horizon_check(solved(bought_once(opening=20)), OPTIONS)
    row = frame.set_index("variant").to_dict("index")[LONGER]
    assert (row["value"], row["changed_share"], row["is_warning"]) == (0, np.inf, True)


def test_a_variant_without_a_plan_says_so() -> None:
    """Cash runs out in the added periods whatever is ordered: that variant has no plan, the others have."""
    instance = make_instance(
        segments={"lost_share": 1},
        settings={"fixed_payments_per_period": 100, "opening_cash": 400},
        guardrails={"metric": "cash", "lower": 0},
    )
    # Margin of 40 a period against payments of 100: 400 - 3 * 60 = 220 is left, after four more periods 220 - 240 < 0.
    frame, _ = horizon_check(solved(instance), OPTIONS)
    rows = frame.set_index("variant").to_dict("index")
    assert np.isnan(rows[LONGER]["changed_share"])
    assert rows[LONGER]["sentence"] == (
        "longer horizon: no plan keeps the guardrails there, so nothing can be compared."
    )
    assert rows[CONTROL]["changed_share"] == 0


@pytest.mark.parametrize(("lead_time", "added"), [(0, 4), (3, 4), (4, 5)])
def test_added_periods(lead_time: int, added: int) -> None:
    """At least four, and enough for an order at the old end to arrive and be sold."""
    assert added_periods(make_instance(items={"lead_time_periods": lead_time}, demand=[10.0] * 9)) == added


def test_demand_goes_on_as_the_mean_of_a_quarter() -> None:
    """Weekly periods: a quarter is 13 of them; the mean of the last 13 of 20 goes on, of demand and of forecast error."""
    demand = np.arange(20.0)
    instance = make_instance(
        demand=demand.tolist(), sigma=(demand / 10).tolist(), settings={"period_length_days": 7}
    )
    changed = longer(instance, 2)
    # Periods 7 to 19 have a mean of 13.
    assert changed.mean_demand[0].tolist() == [*demand, 13, 13]
    assert changed.sigma[0, 20:] == pytest.approx([1.3, 1.3])
    assert changed.settings.periods == 22


def test_a_horizon_shorter_than_a_quarter_counts_as_a_whole() -> None:
    """Three weeks have the mean of three weeks."""
    instance = make_instance(demand=(1, 2, 6), settings={"period_length_days": 7})
    assert longer(instance, 1).mean_demand[0].tolist() == [1, 2, 6, 3]


def test_guardrails_to_the_end_go_on() -> None:
    """Those that end earlier stay, and so does a total, which would get tighter."""
    instance = make_instance(
        guardrails=[
            {"guardrail": "to the end", "upper": 1},
            {"guardrail": "earlier", "upper": 1, "last_period": 1},
            {"guardrail": "average", "measured": "average", "upper": 1},
            {"guardrail": "total", "measured": "total", "upper": 1},
        ]
    )
    assert [row.last_period for row in longer(instance, 2).guardrails] == [4, 1, 4, 2]


def test_a_given_tree_goes_on_as_one_path_per_leaf() -> None:
    """Each leaf's factors, suppliers' facts and demand in proportion to the mean go on in the nodes behind it."""
    instance = make_instance(
        demand=[(10, 20), (10, 20)],
        warehouses={"capacity_space": 100},
        scenarios=[
            {"node": "root", "period": 0, "probability": 1},
            {"node": "low", "parent": "root", "period": 1, "probability": 0.25, "demand_factor": 0.5},
            {"node": "high", "parent": "root", "period": 1, "probability": 0.75, "price_factor": 1.1},
        ],
        scenario_demand=[{"node": "high", "item": "B", "units": 30}],
        scenario_suppliers=[{"node": "low", "cost_factor": 1.5}, {"node": "root", "cost_factor": 2}],
        scenario_warehouses=[{"node": "high", "capacity_factor": 0.5}],
    )
    tree = build_tree(longer(instance, 2))
    assert tree.names == ("root", "low", "high", "low+1", "high+1", "low+2", "high+2")
    assert tree.parent.tolist() == [-1, 0, 0, 1, 2, 3, 4]
    assert tree.probability.tolist() == [1, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75]
    # Two periods of a year: a quarter is one of them, the last, with a mean of 20. B's 30 in "high" are 1.5 of that.
    assert tree.demand[:, 3:].tolist() == [[10, 20, 10, 20], [10, 30, 10, 30]]
    assert tree.price_factor[3:].tolist() == [1, 1.1, 1, 1.1]
    assert tree.cost_factor[0].tolist() == [2, 1.5, 1, 1.5, 1, 1.5, 1]
    assert tree.warehouse_factor[0].tolist() == [1, 1, 0.5, 1, 0.5, 1, 0.5]


def test_new_names_are_free() -> None:
    """A node whose name has a plus sign does not collide with those behind other leaves."""
    nodes = [
        {"node": "a", "period": 0, "probability": 1},
        {"node": "b", "parent": "a", "period": 1, "probability": 0.5},
        {"node": "b+1", "parent": "a", "period": 1, "probability": 0.5},
    ]
    assert build_tree(longer(make_instance(demand=(1, 1), scenarios=nodes), 1)).names == (
        *("a", "b", "b+1", "b++1", "b+1++1"),
    )


def test_a_path_stays_a_path() -> None:
    """The extension of one scenario is one scenario."""
    assert len(build_tree(longer(make_instance(scenarios=path_of_nodes(3)), 4))) == 7


def test_the_old_horizon_stays_as_it_was() -> None:
    """A generated instance stays valid, and up to its old end the tree has the same nodes and the same facts."""
    instance = generate(5, 8, (2, 3), seed=4)
    end = Guardrail(
        guardrail="G", metric="inventory_value", scope="all", first_period=0, last_period=7, lower=None, upper=1e9,
        holds="every scenario", soft_price=None,
    )  # fmt: skip
    changed = longer(replace(instance, guardrails=(end,)), 5)
    assert inconsistencies_of(changed) == []
    before, after = build_tree(instance), build_tree(changed)
    old = len(before)
    assert after.period.max() == 12
    assert (after.parent[:old] == before.parent).all()
    assert after.demand[:, :old] == pytest.approx(before.demand)
    assert (after.cost_factor[:, :old] == before.cost_factor).all()
    assert len(after.leaves) == len(before.leaves)


@given(seed=st.integers(0, 10_000), periods=st.integers(1, 4))
def test_a_longer_instance_is_valid_and_begins_the_same(seed: int, periods: int) -> None:
    """Given trees with every feature: nothing contradicts itself, and the old nodes keep their facts."""
    instance = random_instance(np.random.default_rng(seed), items=2, has_capacity=True)
    known = {str(problem) for problem in inconsistencies_of(instance)}
    changed = longer(instance, periods)
    assert {str(problem) for problem in inconsistencies_of(changed)} <= known
    before, after = build_tree(instance), build_tree(changed)
    assert after.names[: len(before)] == before.names
    assert (after.demand[:, : len(before)] == before.demand).all()
    assert len(after) == len(before) + periods * len(before.leaves)


def test_nothing_to_add_is_refused() -> None:
    """A horizon cannot get longer by no period."""
    with pytest.raises(ValueError, match="positive number of periods"):
        longer(make_instance(), 0)
