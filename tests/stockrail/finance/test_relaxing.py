"""Tests of loosened limits: as wider rows, as a changed instance, and that a plan with them passes the checker."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stockrail as sr
from stockrail.finance import relaxing
from stockrail.finance.loosened_instance import loosen
from stockrail.finance.loosened_rows import ROUNDING, LoosenedGuardrails
from stockrail.finance.relaxing import SPARE, relaxed_plan
from stockrail.generation import generate
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers import single_limits
from stockrail.solvers.result import Relaxation, SolveOptions
from stockrail.verification.verify import verify
from tests.builders import make_instance, path_of_nodes


def relaxation(guardrail: str, side: str, period: int, amount: float) -> Relaxation:
    """A relaxation of a limit whose rows count as the limit does."""
    return Relaxation(guardrail, side, period, amount, amount, amount)


def tables_of(instance: Instance) -> Tables:
    """Tables of an instance on its tree."""
    return Tables.build(instance, build_tree(instance))


def limit_of(instance: Instance, name: str, side: str) -> list[float]:
    """Limits of a guardrail's rows."""
    for block in Guardrails.build(tables_of(instance)).blocks:
        if (block.name, block.side) == (name, side):
            return [float(limit) for limit in block.limit]
    raise KeyError(name)


def test_only_the_period_and_side_give_way() -> None:
    """An upper limit of 40 becomes 45 in period 1; the lower one, in the same row of the table, stays."""
    instance = make_instance(
        guardrails={"lower": 10, "upper": 50}, guardrail_limits={"period": 1, "lower": 20, "upper": 40}
    )
    loosened = loosen(tables_of(instance), [relaxation("G", "upper", 1, 5.0)])
    assert limit_of(loosened, "G", "upper") == pytest.approx([50, 45, 50], rel=ROUNDING)
    assert limit_of(loosened, "G", "lower") == [10, 20, 10]


def test_lower_limits_fall() -> None:
    """A lower limit of 10 becomes 7 in period 2."""
    instance = make_instance(guardrails={"lower": 10})
    loosened = loosen(tables_of(instance), [relaxation("G", "lower", 2, 3.0)])
    assert limit_of(loosened, "G", "lower") == pytest.approx([10, 10, 7], rel=ROUNDING)


def test_an_average_has_one_limit() -> None:
    """The limit of an average is the guardrail's own."""
    instance = make_instance(guardrails={"upper": 50, "measured": "average"})
    loosened = loosen(tables_of(instance), [relaxation("G", "upper", 2, 4.0)])
    assert limit_of(loosened, "G", "upper") == pytest.approx([54], rel=ROUNDING)


def test_capacities_give_way_after_their_factor() -> None:
    """A capacity of 8 at a factor of 1/2 is 4; to become 5 it is 10 before the factor."""
    instance = make_instance(
        suppliers={"capacity_units_per_period": 8},
        scenarios=path_of_nodes(3),
        scenario_suppliers=[{"node": "n1", "capacity_factor": 0.5}],
    )
    loosened = loosen(tables_of(instance), [relaxation("capacity:V", "upper", 1, 1.0)])
    assert limit_of(loosened, "capacity:V", "upper") == pytest.approx([8, 5, 8], rel=ROUNDING)


def test_rows_of_builds_give_way_too() -> None:
    """What a funded build leaves to the other items is loosened with the guardrail: 50 + 20 for all, 50 for others."""
    instance = make_instance(
        demand=[[5, 5, 5], [5, 5, 5]],
        guardrails={"upper": 50},
        funded_builds={
            "scope": "item", "scope_value": "A", "amount": 20, "first_period": 1, "last_period": 1,
            "exit_date": "2026-12-01",
        },
    )  # fmt: skip
    stated = Guardrails.build(tables_of(instance))
    wider = LoosenedGuardrails.of(stated, [relaxation("G", "upper", 1, 5.0)])
    change = (wider.limits - stated.limits).tolist()
    assert stated.limits.tolist() == [50, 70, 50, 50]
    assert change == pytest.approx([0, 5, 0, 5], rel=2 * ROUNDING)


def guarded(**suppliers: Any) -> Instance:
    """Two items, two scenarios, a service level that the limit on stock does not allow."""
    return make_instance(
        demand=[[10, 10, 10, 10], [6, 6, 6, 6]],
        sigma=2,
        items=[{"lead_time_periods": 1, "opening_stock_units": 12}, {"opening_stock_units": 8}],
        suppliers=suppliers,
        guardrails=[
            {"upper": 30, "holds": "cvar", "alpha": 0.3},
            {"guardrail": "F", "metric": "fill_rate", "lower": 0.98, "holds": "expected", "first_period": 1},
        ],
        scenarios=[
            {"node": "r", "period": 0, "probability": 1},
            *(
                {
                    "node": f"{name}{period}",
                    "parent": "r" if period == 1 else f"{name}{period - 1}",
                    "period": period,
                    "probability": probability,
                    "demand_factor": factor,
                }
                for period in (1, 2, 3)
                for name, probability, factor in (("a", 0.4, 0.7), ("b", 0.6, 1.2))
            ),
        ],
    )


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_a_ratio_and_a_tail_give_way(tmp_path: Path, solver: Any) -> None:
    """Both ways to loosen limits give a plan that keeps the stated ones but for the relaxations it names."""
    sr.write(guarded(), tmp_path / "instance")
    instance = sr.load(tmp_path / "instance")
    with pytest.raises(sr.InfeasibleError) as caught:
        sr.plan(instance, solver=solver)
    plan = sr.plan(instance, solver=solver, relax=True)
    relaxations = plan.certificate["relaxations"]
    assert relaxations
    assert {row["guardrail"] for row in relaxations} <= {"G", "F"}
    # No change of limits can be worth less than what was proven to be needed.
    assert sum(row["money"] for row in relaxations) >= caught.value.diagnosis.least_money * (1 - 1e-6)
    verification = verify(plan.write(tmp_path / "plan"))
    assert verification.passed, verification.summary()


def test_certificate_says_by_how_much_a_ratio_gives_way(tmp_path: Path) -> None:
    """The change of a fill rate's limit is the amount short over the units demanded: what the plan's table shows too."""
    sr.write(guarded(), tmp_path / "instance")
    plan = sr.plan(sr.load(tmp_path / "instance"), solver="decomposition", relax=True)
    periods = plan.guardrail_periods.set_index(["name", "period"])
    changes = {
        row["period"]: row["limit_change"]
        for row in plan.certificate["relaxations"]
        if row["guardrail"] == "F"
    }
    assert changes
    for period, change in changes.items():
        assert 0.98 - periods.loc[("F", period), "worst"] == pytest.approx(change, abs=1e-9) or change == 0.0
    assert np.isfinite(list(changes.values())).all()


def overstocked(*guardrails: Any) -> Tables:
    """10 in stock, 20 under way for period 1, for a demand of 5, 5 and 30: 30, 120 and 0 in stock without any order."""
    return tables_of(
        make_instance(
            demand=(5, 5, 30),
            items={"opening_stock_units": 10},
            open_orders={"due_period": 1, "units": 20},
            guardrails=[{"upper": 100}, *guardrails],
        )
    )


SERVICE = {"guardrail": "service", "metric": "fill_rate", "lower": 1, "first_period": 2}


@pytest.mark.parametrize("guardrails", [(), (SERVICE,)])
@pytest.mark.parametrize("explained_size", [0, 100])
@pytest.mark.parametrize("size", [0, 100])
def test_planning_goes_on_where_stock_is_beyond_a_limit(
    monkeypatch: pytest.MonkeyPatch, guardrails: tuple[Any, ...], explained_size: int, size: int
) -> None:
    """Only period 1 gives way, by 20, by either solver, and whether or not it is known at once that this is enough.

    Without orders 10 of 30 units are short in period 2: where service forbids that, another plan has to be found.
    """
    monkeypatch.setattr(single_limits, "EXPLAINED_SIZE", explained_size)
    monkeypatch.setattr(relaxing, "EXTENSIVE_SIZE", size)
    tables = overstocked(*guardrails)
    relaxed, warm = relaxed_plan(tables, SolveOptions(time_limit=20.0, gap=1e-6, workers=1))
    assert (warm is None) == (size > 0)
    (relaxation,) = relaxed.relaxations
    assert (relaxation.guardrail, relaxation.side, relaxation.period) == ("G", "upper", 1)
    # What cannot be avoided is known at once; then there is a thousandth of the limit to spare.
    assert 20 * (1 - 1e-5) <= relaxation.amount <= (20 + 100 * SPARE) * (1 + 1e-5)
    assert relaxed.result.cumulative_lots is not None
    stock = Ledger(tables, relaxed.result.cumulative_lots).metric_total("inventory_value")
    assert stock.max() <= (120 + 100 * SPARE) * (1 + 1e-5)


def test_what_cannot_be_avoided_leaves_something_to_plan_with() -> None:
    """Stock under way takes 320 more than the limit in one period; what is planned then earns what can be earned.

    With limits at exactly what no plan can avoid, the search ended at a third of that, with a gap of 197%.
    """
    cap = Guardrail(
        guardrail="cap",
        metric="inventory_value",
        scope="all",
        first_period=3,
        last_period=3,
        lower=None,
        upper=21000.0,
        holds="every scenario",
        soft_price=None,
        owner="finance",
    )
    instance = replace(generate(60, 12, (3, 3), 2), guardrails=(cap,))
    tables = Tables.build(instance, build_tree(instance))
    relaxed, _ = relaxed_plan(tables, SolveOptions(gap=0.005, time_limit=60.0, workers=1))
    (relaxation,) = relaxed.relaxations
    assert relaxation.amount == pytest.approx(320.098 + 21000 * SPARE, abs=0.01)
    assert relaxed.result.gap <= 0.02


def test_nothing_gives_way_where_limits_can_hold() -> None:
    """A limit of 130 is kept."""
    tables = tables_of(make_instance(items={"opening_stock_units": 10}, guardrails={"upper": 130}))
    relaxed, _ = relaxed_plan(tables, SolveOptions(time_limit=20.0, workers=1))
    assert relaxed.relaxations == ()
    assert relaxed.result.cumulative_lots is not None
