"""What the pages of guardrails say, with numbers by hand.

Three items: inventory of at most 500 in periods 0 to 2, of 73 days from 4 January 2027. The plan of run 1 uses up to 454.17 of it.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stockrail.files import plain
from stockrail.finance.frontier import Frontier
from stockrail.finance.frontier_point import FrontierPoint
from stockrail.model import load
from stockrail.web.views import guardrail_least, guardrail_version, guardrail_versions, guardrails
from stockrail.web.views.guardrail_limits import builds_of, limits_of
from stockrail.web.views.guardrail_prices import prices_of
from stockrail.workbench import guardrail_versions as library
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.governance.approvals import approve
from stockrail.workbench.runs.sweeps import SWEEP
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.builders import make_instance
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.tradeoffs.records import at

BUILD = (
    "guardrail inventory-cap, scope item, scope_value fan, amount 120, first_period 0, last_period 0, exit_date 2027-06-01, "
    "reason launch, owner finance"
)

JANUARY, FEBRUARY, MARCH = (dt.date(2027, month, 1) for month in (1, 2, 3))


def tighter(folder: Path) -> Path:
    """A folder with 480 in place of 500, 450 in period 1, and room of 120 for fans that runs off from period 1 on."""
    made = three_items(folder, ("guardrails.csv", ",500,", ",480,"))
    (made / "guardrail_limits.csv").write_text("guardrail,period,lower,upper\ninventory-cap,1,,450\n")
    (made / "funded_builds.csv").write_text(
        "build,guardrail,scope,scope_value,amount,first_period,last_period,exit_date,reason,owner\n"
        "spring,inventory-cap,item,fan,120,0,0,2027-06-01,launch,finance\n"
    )
    return made


def test_limits_by_period(tmp_path: Path) -> None:
    """The room is 120 in period 0; of the two periods until 1 June, in period 2, half is left in period 1: 450 + 60. Then 480."""
    instance = load(tighter(tmp_path / "in"))
    (limit,) = limits_of(instance)
    assert [(row.period, row.upper, row.room, row.lower) for row in limit.by_period] == [
        (0, 600, 120, None),
        (1, 510, 60, None),
        (2, 480, 0, None),
    ]
    assert [row.date for row in limit.by_period] == [
        dt.date(2027, 1, 4),
        dt.date(2027, 3, 18),
        dt.date(2027, 5, 30),
    ]
    assert (limit.label, limit.scope, limit.is_hard, limit.holds) == (
        "Inventory",
        "all items",
        True,
        "in every scenario",
    )
    assert (limit.is_stepped, limit.is_over_time, limit.sides) == (True, True, ("upper",))
    (build,) = builds_of(instance)
    assert (build.metric, build.scope, build.amount, build.room) == (
        "inventory_value",
        "item fan",
        120,
        (120, 60, 0),
    )


def test_limits_at_quarter_ends_and_in_total() -> None:
    """Periods of 46 days from 1 January 2024: only the second has a quarter's last day. A total has one limit."""
    instance = make_instance(
        demand=(5, 5, 5),
        settings={"period_length_days": 46},
        guardrails=[
            {"upper": 20, "measured": "quarter ends"},
            {"guardrail": "T", "upper": 20, "measured": "total", "soft_price": 2},
        ],
    )
    ends, total = limits_of(instance)
    assert [row.period for row in ends.by_period] == [1]
    assert (total.is_over_time, total.is_hard, total.soft_price) == (False, False, 2)


def test_in_force_with_the_plan(planned_store: Store) -> None:
    """The baseline's limit, the latest plan under it, its use and price: half of a fan's 2 per 100 of stock, 0.01 for one more."""
    view = guardrails.view(planned_store, "carla")
    assert view is not None
    assert (view.in_force, view.currency, view.problems, view.infeasible) == (None, "EUR", (), None)
    assert [limit.upper for limit in view.limits] == [500]
    assert view.plan is not None
    assert (view.plan.run_id, view.plan.is_under_these) == (2, True)
    (price,) = view.prices
    assert (price.limit, price.used) == pytest.approx((500, 454.17), abs=0.01)
    assert (price.step, price.is_kept, price.binding_periods, price.can_be_tighter) == (10, True, (), True)
    assert [row.id for row in view.versions] == [1]
    assert (view.may_propose, view.seen) == (True, "limits.1.-.1proposed")
    charts = guardrails.charts(planned_store, view)
    assert list(charts) == ["inventory-cap"]
    assert "454.1658" in str(charts["inventory-cap"].specification)


def test_a_plan_that_is_asked_for(planned_store: Store) -> None:
    """Run 1 in place of the latest; one that is not there is refused."""
    view = guardrails.view(planned_store, "carla", 1)
    assert view is not None and view.plan is not None and view.plan.run_id == 1
    with pytest.raises(NotFoundError, match="Run 9"):
        guardrails.view(planned_store, "carla", 9)


def test_before_there_is_anything(tmp_path: Path, store: Store) -> None:
    """Without a baseline there is no view, without a plan no price; the chart has the limits alone."""
    with Store.create(tmp_path / "empty") as empty:
        assert guardrails.view(empty, "carla") is None
    view = guardrails.view(store, "edna")
    assert view is not None
    assert (view.plan, view.prices, view.may_propose) == (None, (), False)
    assert "500.0" in str(guardrails.charts(store, view)["inventory-cap"].specification)


def test_versions_take_over(planned_store: Store, tmp_path: Path) -> None:
    """From February on version 2 holds, from March on, when it ends, the baseline's limits; version 1 is proposed only."""
    library.propose(
        planned_store, "carla", tighter(tmp_path / "in"), FEBRUARY, "A covenant.", dt.date(2027, 2, 28)
    )
    library.approve(planned_store, "carl", 2, "Yes.")
    at(planned_store, JANUARY)
    view = guardrails.view(planned_store, "carl")
    assert view is not None and view.in_force is None and view.next_change is not None
    assert (view.next_change.day, view.next_change.version_id) == (FEBRUARY, 2)
    at(planned_store, FEBRUARY)
    view = guardrails.view(planned_store, "carl")
    assert view is not None and view.in_force is not None and view.next_change is not None
    assert (view.in_force.id, view.next_change.day, view.next_change.version_id) == (2, MARCH, None)
    assert [limit.upper for limit in view.limits] == [480]
    assert view.plan is not None and not view.plan.is_under_these


def test_what_the_visitor_may_do(planned_store: Store) -> None:
    """Carla proposed version 1: she may take it back, Carl decides; Ben may propose and not decide."""
    (of_carla,) = guardrail_versions.versions_of(planned_store, "carla")
    assert (of_carla.may_decide, of_carla.may_withdraw) == (False, True)
    assert of_carla.refusal == "You proposed this version: somebody else decides."
    (of_carl,) = guardrail_versions.versions_of(planned_store, "carl")
    assert (of_carl.may_decide, of_carl.may_withdraw, of_carl.refusal) == (True, False, None)
    (of_ben,) = guardrail_versions.versions_of(planned_store, "ben")
    assert (of_ben.may_decide, of_ben.may_withdraw, of_ben.refusal) == (False, False, None)


def test_a_version_and_what_differs(planned_store: Store, tmp_path: Path) -> None:
    """One cell changed, one row of a single period and one build added, each once."""
    library.propose(planned_store, "carla", tighter(tmp_path / "in"), FEBRUARY, "A covenant.")
    view = guardrail_version.view(planned_store, "carl", 2)
    assert view.compared_with is None
    assert [(one.table, one.row, one.column, one.before, one.after, one.change) for one in view.changes] == [
        ("guardrails", "inventory-cap", "upper", 500, 480, "changed"),
        ("guardrail_limits", "inventory-cap | 1", "", None, "upper 450", "added"),
        (
            "funded_builds",
            "spring",
            "",
            None,
            BUILD,
            "added",
        ),
    ]
    assert view.tables["guardrail_limits"] == (
        {"guardrail": "inventory-cap", "period": 1, "lower": None, "upper": 450},
    )
    assert guardrail_version.view(planned_store, "carl", 1).changes == ()


def row_of(**changes: Any) -> pd.DataFrame:
    """A row of guardrails.csv: an upper limit of 1,000,000 on inventory, used up, of which one more earns 0.02 over a year."""
    return pd.DataFrame(
        [
            {
                "name": "cap", "metric": "inventory_value", "scope": "all", "scope_value": "", "side": "upper",
                "holds": "every scenario", "alpha": float("nan"), "measured": "each period", "first_period": 0, "last_period": 9,
                "limit": 1_000_000.0, "worst": 1_000_000.0, "slack": 0.0, "price": 0.02, "price_up": 0.02, "price_down": 0.02,
                "range_from": 900_000.0, "range_to": 1_200_000.0, "return_per_year": 0.02, "return_up_per_year": 0.02,
                "return_down_per_year": 0.02, "price_holds": "from 900,000 to 1,200,000", "binding_periods": "[3, 4]",
                "hard": True, "owner": "finance", **changes,
            }
        ]
    )  # fmt: skip


def test_what_a_looser_limit_earns() -> None:
    """A step is the power of ten up to 5 %: 10,000, which earns 200. Of a lower limit looser is less: -0.02 a unit earns as well."""
    (price,) = prices_of(row_of(), {"currency": "EUR"})
    assert (price.step, price.looser_earns, price.tighter_costs) == (10_000, 200, 200)
    assert (price.range_from, price.range_to, price.binding_periods) == (900_000, 1_200_000, (3, 4))
    assert price.sentence == (
        "A limit higher by EUR\xa010,000 in all periods earns EUR\xa0200.00, 2.0% a year on it."
    )
    lower = row_of(side="lower", price=-0.02, price_up=-0.02, price_down=-0.02)
    (price,) = prices_of(lower, {"currency": "EUR"})
    assert (price.looser_earns, price.tighter_costs) == (200, 200)
    assert price.sentence.startswith("A limit lower by EUR\xa010,000")


def test_kinks_and_limits_that_cannot_be_tighter() -> None:
    """Two prices at a kink; an infinite one says that no plan keeps a tighter limit; one that is not known is no zero."""
    nan, inf = float("nan"), float("inf")
    (price,) = prices_of(row_of(price=nan, price_up=0.01, price_down=inf), {"currency": "EUR"})
    assert (price.looser_earns, price.tighter_costs, price.can_be_tighter) == (100, None, False)
    assert price.sentence.endswith("No plan keeps a tighter one.")
    unknown = row_of(
        price=nan, price_up=nan, price_down=nan, return_per_year=nan, range_from=nan, range_to=nan
    )
    (price,) = prices_of(unknown, {"currency": "EUR"})
    assert (price.looser_earns, price.range_from) == (None, None)
    assert "is not known" in price.sentence


def test_least_feasible_limit(planned_store: Store) -> None:
    """Whatever is ordered 19.95 of stock are there, in period 2; the plans there are use 454.17. What lies between a frontier finds."""
    view = guardrail_least.view(planned_store, "ben")
    assert view is not None
    (row,) = view.limits
    assert (row.by_itself, row.not_kept, row.kept) == pytest.approx((19.95, 19.95, 454.17), abs=0.01)
    assert (row.not_kept_run, row.kept_run, row.may_narrow) == (None, 1, True)
    edna = guardrail_least.view(planned_store, "edna")
    assert edna is not None and not edna.limits[0].may_narrow


def swept(store: Store, infeasible: float, kept: float, overlay: list[Any] | None = None) -> int:
    """A frontier of the cap that found no plan at one limit, and one at another."""
    points = (
        FrontierPoint(infeasible, "infeasible"),
        FrontierPoint(kept, "proven", 100.0, 100.0, 100.0, 0.0),
    )
    made = Frontier(
        "three-items",
        "EUR",
        "inventory-cap",
        "inventory_value",
        "EUR",
        "upper",
        500.0,
        0.01,
        points,
        1.0,
        {},
    )
    with store.write("ben", "run.submit", "run") as change:
        run = Run(
            kind="frontier",
            inputs_hash="f" * 64,
            baseline_id=1,
            state="finished",
            requested_by="ben",
            requested_at=change.at,
            overlay=overlay or [],
            certificate={SWEEP: plain(made.record())},
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    return run.id


def test_frontiers_narrow_it_down(planned_store: Store) -> None:
    """No plan at 40 and one at 60, then none at 50 and one at 50.01: there is no more to find. One of a scenario says nothing."""
    first = swept(planned_store, 40, 60)
    swept(planned_store, 59, 59.5, [{"table": "demand", "column": "mean_units", "multiply": 2}])
    view = guardrail_least.view(planned_store, "ben")
    assert view is not None
    (row,) = view.limits
    assert (row.not_kept, row.not_kept_run, row.kept, row.kept_run, row.may_narrow) == (
        40,
        first,
        60,
        first,
        True,
    )
    second = swept(planned_store, 50, 50.01)
    view = guardrail_least.view(planned_store, "ben")
    assert view is not None
    (row,) = view.limits
    assert (row.not_kept, row.not_kept_run, row.kept, row.kept_run, row.may_narrow) == (
        50,
        second,
        50.01,
        second,
        False,
    )


@pytest.mark.parametrize(("scenario_id", "is_told"), [(None, True), (1, False)])
def test_limits_that_no_plan_keeps(planned_store: Store, scenario_id: int | None, is_told: bool) -> None:
    """What a run of the baseline has found is told; that a scenario cannot keep the limits says nothing of them."""
    found = {
        "status": "infeasible",
        "conflict": [{"guardrail": "inventory-cap", "side": "upper"}],
        **dict.fromkeys(("conflict_is_minimal", "conflict_is_unavoidable", "relaxations_are_enough"), True),
        **{name: [] for name in ("relaxations", "items")},
        **dict.fromkeys(("money", "least_money")),
    }
    with planned_store.write("ben", "run.submit", "run") as change:
        run = Run(
            kind="plan",
            inputs_hash="e" * 64,
            baseline_id=1,
            scenario_id=scenario_id,
            state="finished",
            requested_by="ben",
            requested_at=change.at,
            overlay=[],
            certificate=found,
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    view = guardrails.view(planned_store, "carla")
    assert view is not None
    assert (view.infeasible is not None) == is_told


def test_a_plan_that_is_approved_changes_nothing_of_limits(planned_store: Store) -> None:
    """The tag of a proposal is about limits alone."""
    before = guardrails.seen(planned_store)
    approve(planned_store, "dora", 2, "Go.")
    assert guardrails.seen(planned_store) == before
    with planned_store.read() as session:
        assert session.get_one(Run, 2).approved_state == "approved"
