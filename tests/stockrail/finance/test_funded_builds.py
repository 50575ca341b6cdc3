"""Tests of the report on funded builds: room used, what it enables, and the exit, on instances that are solved by hand.

Demand is 10 units in each of three periods, a unit costs 6 and sells at 10. Orders can be placed in period 0 only, so stock at
the end of period 0 is what later periods can sell. The guardrail allows stock of 60 money: 10 units.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stockrail.comparisons.plan_comparison import Difference, ProvenPlan
from stockrail.finance.build_room import build_periods, used_room
from stockrail.finance.funded_builds import funded_builds
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers import solve
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.session import Session
from tests.builders import Changes, make_instance

OPTIONS = SolveOptions(gap=0.0, workers=1, time_limit=30.0)

BUILD: Changes = {"amount": 60, "first_period": 0, "last_period": 0, "exit_date": "2025-01-01"}
"""Room of 60 in period 0, and none in period 1, the year 2025."""


def limited(**changes: Any) -> Instance:
    return make_instance(
        demand=changes.pop("demand", (10, 10, 10)),
        segments={"lost_share": 1},
        suppliers={"order_interval_periods": 5},
        guardrails={"upper": 60, **changes.pop("guardrail", {})},
        funded_builds=changes.pop("builds", BUILD),
        **changes,
    )


@contextmanager
def solved(instance: Instance) -> Iterator[tuple[Session, ProvenPlan]]:
    """A session that knows the best plan."""
    with open_session(Tables.build(instance, build_tree(instance)), OPTIONS) as session:
        yield session, ProvenPlan.of(session.guardrails, solve_in(session, session.guardrails, OPTIONS))


def ledger_of(instance: Instance, first_orders: list[int]) -> Ledger:
    """The ledger of lots by item ordered at the root, and none later."""
    tables = Tables.build(instance, build_tree(instance))
    return Ledger(tables, np.repeat(np.array(first_orders)[:, None], len(tables.tree), axis=1))


def test_what_the_room_enables() -> None:
    """Without the room 20 units can be bought and sold, with it 30: revenue 100 and margin 40 more."""
    with solved(limited()) as (session, plan):
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    # Stock at the end of period 0 may be 10 units, or 20 with the room; at the end of period 1 it is 10 units, within the band.
    assert (row["granted"], row["used"], row["used_share"], row["used_worst"]) == (60, 60, 1, 60)
    assert (row["objective"], row["objective_without"]) == (pytest.approx(120), pytest.approx(80))
    assert (row["gap"], row["gap_without"]) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert row["revenue_enabled"] == pytest.approx(100)
    assert row["margin_enabled"] == row["objective_enabled"] == pytest.approx(40)
    assert (row["enabled_least"], row["enabled_most"]) == (pytest.approx(40), pytest.approx(40))
    assert row["is_within_gap"] is False
    assert (row["exit_period"], row["is_back"], row["probability_back"], row["write_off_left"]) == (
        1,
        True,
        1,
        0,
    )
    assert row["sentence"] == (
        "B: 100% of the room is used; it enabled revenue of EUR 100.00 and EUR 40.00 of the objective; "
        "stock is back inside the band by the exit in every scenario."
    )


def test_room_runs_off_by_period() -> None:
    """Room of 60 in period 0 runs off over the next period, to nothing in period 2."""
    instance = limited(builds={**BUILD, "exit_date": "2026-01-01"})
    frame = build_periods(ledger_of(instance, [25]))
    # Stock is 15, 5 and 0 units: 90 and 30 money against 60, so 30 of 60 are used, and nothing of 30.
    assert frame[["period", "granted", "used_mean", "used_worst", "used_share"]].to_numpy().tolist() == [
        [0, 60, 30, 30, 0.5],
        [1, 30, 0, 0, 0],
    ]


def test_use_is_at_most_the_room() -> None:
    """A soft guardrail can be exceeded by more than the room; the room itself is used in full."""
    ledger = ledger_of(limited(guardrail={"soft_price": 0.01}), [40])
    # Stock of 30 units is 180: 120 above the limit.
    assert used_room(ledger, ledger.tables.instance.funded_builds[0]).tolist() == [60, 0, 0]


def test_use_differs_between_scenarios() -> None:
    """Demand of 5 or 15 in period 1 leaves stock of 105 or 45 against 60."""
    instance = limited(
        demand=(10, 10),
        builds={**BUILD, "first_period": 1, "last_period": 1, "exit_date": "2027-01-01"},
        scenarios=[
            {"node": "root", "period": 0, "probability": 1},
            {"node": "low", "parent": "root", "period": 1, "probability": 0.25, "demand_factor": 0.5},
            {"node": "high", "parent": "root", "period": 1, "probability": 0.75, "demand_factor": 1.5},
        ],
    )
    # 32.5 units ordered as 65 lots of half a unit: 22.5 left at first, then 17.5 (105) or 7.5 (45).
    ledger = ledger_of(make_half_lots(instance), [65])
    frame = build_periods(ledger)
    assert frame["period"].tolist() == [1]
    assert (frame["used_mean"][0], frame["used_worst"][0]) == (pytest.approx(0.25 * 45), pytest.approx(45))


def make_half_lots(instance: Instance) -> Instance:
    return replace(instance, items=tuple(row.model_copy(update={"lot_size": 0.5}) for row in instance.items))


def test_builds_of_one_guardrail_share_what_is_used() -> None:
    """Rooms of 60 and 30 share an excess of 30 as two to one, so that nothing is counted twice."""
    instance = limited(builds=[BUILD, {**BUILD, "build": "C", "amount": 30}])
    ledger = ledger_of(instance, [25])  # stock of 15 units, 90 money, in period 0
    first, second = (used_room(ledger, build)[0] for build in instance.funded_builds)
    assert (first, second) == (pytest.approx(20), pytest.approx(10))


@pytest.mark.parametrize(("write_off_share", "left"), [(0, 0), (0.5, 30)])
def test_stock_still_above_the_band_at_the_exit(write_off_share: float, left: float) -> None:
    """40 units bought leave 20 at the end of the exit period: 120 money, 60 above the band."""
    instance = limited(guardrail={"soft_price": 0.01}, items={"write_off_share": write_off_share})
    with solved(instance) as (session, _):
        ledger = Ledger(session.tables, np.full((1, 3), 40))
        plan = ProvenPlan(ledger, objective=50, bound=120, expected_margin=50)
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert (row["probability_back"], row["is_back"]) == (0, False)
    assert row["write_off_left"] == pytest.approx(left)
    assert "with a probability of 0% only" in row["sentence"]


def test_write_off_counts_funded_items_only() -> None:
    """Two items are above the band together; the build is for one of them, whose share of write-off counts."""
    instance = limited(
        demand=[(10, 10, 10)] * 2,
        items=[{"write_off_share": 0.5}, {"write_off_share": 1}],
        guardrail={"soft_price": 0.01},
        builds={**BUILD, "scope": "item", "scope_value": "A"},
    )
    with solved(instance) as (session, _):
        # At the end of period 1: 20 and 15 units, 210 money, 150 above the band. A has 120 of stock, all of it above.
        ledger = Ledger(session.tables, np.array([[40] * 3, [35] * 3]))
        plan = ProvenPlan(ledger, objective=0, bound=240, expected_margin=0)
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert row["write_off_left"] == pytest.approx(0.5 * 120)


def test_without_room_is_the_instance_without_the_build() -> None:
    """For two items, room for one of them: the warm solve brackets the optimum that the extensive form finds without it."""
    instance = limited(
        demand=[(10, 9, 8), (10, 12, 7)],
        items=[{"unit_price": 11}, {}],
        guardrail={"upper": 120},
        builds={**BUILD, "scope": "item", "scope_value": "A"},
    )
    bare = replace(instance, funded_builds=())
    _, optimum = solve(Tables.build(bare, build_tree(bare)), SolveOptions(gap=0.0), "extensive")
    with solved(instance) as (session, plan):
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert row["objective_without"] - 1e-6 <= optimum.objective <= row["bound_without"] + 1e-6
    assert plan.objective > optimum.objective


def test_exit_beyond_the_horizon() -> None:
    """Whether stock is back in 2040 is not known, and the sentence says so."""
    with solved(limited(builds={**BUILD, "exit_date": "2040-06-01"})) as (session, plan):
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert row["is_back"] is None
    assert np.isnan(row["probability_back"]) and np.isnan(row["write_off_left"])
    assert row["sentence"].endswith("lies beyond the horizon.")


def test_a_better_plan_without_the_room() -> None:
    """A plan of 10 units, 40 of a possible 120, is worse than the 80 without room: the sentence says what is wrong."""
    with solved(limited()) as (session, _):
        ledger = Ledger(session.tables, np.full((1, 3), 10))
        plan = ProvenPlan(ledger, objective=40, bound=120, expected_margin=40)
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert row["objective_enabled"] == pytest.approx(-40)
    assert row["is_within_gap"] is True
    assert "a plan without it earns EUR 40.00 more (within the solver's gap)" in row["sentence"]


def test_no_plan_without_the_room() -> None:
    """Opening stock of 25 leaves 15 units at first, 90 money: without the room no plan keeps the limit of 60."""
    with solved(limited(items={"opening_stock_units": 25})) as (session, plan):
        (row,) = funded_builds(session, plan, OPTIONS).to_dict("records")
    assert np.isnan(row["objective_without"]) and row["is_within_gap"] is None
    assert "without it no plan keeps the other limits" in row["sentence"]


def test_difference_within_the_gap() -> None:
    """A difference of 3 is nothing sure where the plans may be 2 and 1 from the best; one of 3.5 is."""
    ledger = ledger_of(limited(), [0])

    def plan(objective: float, bound: float) -> ProvenPlan:
        return ProvenPlan(ledger, objective, bound, objective)

    difference = Difference.of_loosening(plan(100, 102), plan(97, 98))
    assert (difference.amount, difference.least, difference.most) == (3, 2, 5)
    assert difference.is_within_gap
    assert difference.words("EUR") == "EUR 3.00 (within the solver's gap)"
    assert not Difference.of_loosening(plan(100.5, 102.5), plan(97, 98)).is_within_gap


def test_a_bound_of_the_looser_limits_bounds_the_tighter_ones() -> None:
    """The tighter plan's own bound of 110 says less than the looser one's of 102, which holds for it as well."""
    ledger = ledger_of(limited(), [0])
    difference = Difference.of_loosening(ProvenPlan(ledger, 100, 102, 100), ProvenPlan(ledger, 97, 110, 97))
    assert difference.least == 100 - 102
