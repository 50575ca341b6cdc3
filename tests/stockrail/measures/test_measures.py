"""All measures of an instance: hand-derived values, order of the values, what is said where there is none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stockrail.measures.display import measure_lines
from stockrail.measures.measures import Measures, measure
from stockrail.measures.rows import EVPI, VSS
from stockrail.measures.solving import INFEASIBLE
from stockrail.solvers.result import InfeasibleError
from tests.builders import make_instance
from tests.random_instances import random_instance
from tests.stockrail.measures import newsvendor as case


def values(measures: Measures, name: str) -> list[float]:
    frame = measures.frame()
    return [float(value) for value in frame.loc[frame["measure"] == name, "value"]]


def test_newsvendor() -> None:
    """Every measure of the newsvendor is the one derived by hand, and its range is a point, as small solves are exact."""
    found = measure(case.newsvendor(), gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(case.RP)
    assert found.mean_plans[0].solved.optimum.value == pytest.approx(case.EV)
    assert [held.optimum.value for held in found.mean_plans[0].held] == pytest.approx([case.EEV] * 3)
    assert values(found, VSS) == pytest.approx([case.VSS] * 3)
    assert found.wait_and_see.optimum.value == pytest.approx(case.WS)
    evpi = found.expected_value_of_perfect_information()
    assert (evpi.value, evpi.least, evpi.most) == pytest.approx((case.EVPI,) * 3)
    assert found.cost_of_variability().value == pytest.approx(case.VARIABILITY)
    # Demand is all that varies, so to know it is to know everything; the other drivers are worth exactly nothing.
    assert values(found, EVPI) == [pytest.approx(case.EVPI), pytest.approx(case.EVPI), 0.0, 0.0, 0.0]
    scenarios = found.scenarios().set_index("scenario")
    # The plan orders 100: in the low scenario 110 - 300 = -190, in the high one 230.
    assert scenarios["wait_and_see"].to_dict() == pytest.approx({"low": 0.0, "high": 230.0})
    assert scenarios["plan"].to_dict() == pytest.approx({"low": -190.0, "high": 230.0})


def test_drivers_apart() -> None:
    """Knowing demand only, or prices only, is worth what is derived by hand, less than both."""
    found = measure(case.newsvendor_with_prices(), gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(60.0)
    assert values(found, EVPI) == pytest.approx([80.0, 45.0, 0.0, 35.0, 0.0])


def test_mean_planned_anew() -> None:
    """Orders that arrive at once, of a demand that is known by then: who plans the mean anew loses nothing, who keeps its orders does.

    Storing a unit costs 0.6 a period, so the mean plan orders nothing now and 70 in period 1. Kept, that earns 400 - 420 + 3 * 30 -
    0.6 * 30 = 52 at a demand of 40 and 280 at one of 100, 166 on average. The best plan orders what is demanded: 4 * 70 = 280.
    """
    base = case.newsvendor(order_cost=0.0)
    instance = replace(
        base,
        items=tuple(row.model_copy(update={"lead_time_periods": 0}) for row in base.items),
        settings=base.settings.model_copy(update={"storage_rate_per_year": 0.1}),
    )
    found = measure(instance, gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(280.0)
    held = found.mean_plans[0].held
    assert [row.through_period for row in held] == [0, 1, None]
    assert values(found, VSS) == pytest.approx([0.0, 114.0, 0.0], abs=1e-6)


def test_mean_plan_that_breaks_a_limit() -> None:
    """With at most 150 of stock the mean plan's 70 leave 30 units, worth 180, in the low scenario: its value is not finite.

    The best plan orders 60 and leaves 20, worth 120: 0.5 * 60 + 140 = 170 without a cost of ordering.
    """
    limit = {"metric": "inventory_value", "first_period": 1, "upper": 150}
    found = measure(case.newsvendor(order_cost=0.0, guardrails=limit), gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(170.0)
    assert values(found, VSS) == [np.inf] * 3
    frame = found.frame().set_index("measure").loc[VSS]
    assert set(frame["status"]) == {INFEASIBLE}
    assert set(frame["note"]) == {"the mean plan breaks G (upper)"}


def test_limit_on_an_expectation_leaves_a_range() -> None:
    """Expected stock of at least 60 in value is 10 units: kept in each scenario alone they cost 3 each, without the limit nothing.

    So wait and see is between 280 - 30 = 250 found and 280 proven.
    """
    limit = {"metric": "inventory_value", "first_period": 1, "lower": 60, "holds": "expected"}
    found = measure(case.newsvendor(order_cost=0.0, guardrails=limit), gap=0.0, replications=0)
    known = found.wait_and_see.optimum
    assert known.value == pytest.approx(250.0)
    assert known.most == pytest.approx(280.0)


def test_tail_in_the_objective() -> None:
    """Half the weight on the worst half: RP 80 at an order of 40, and wait and see is the blend over scenarios.

    Without a cost of ordering the low scenario earns 280 - 3 Q and the high one 4 Q, so the blend 0.5 * (140 + 0.5 Q) + 0.5 * (280 - 3 Q)
    falls with Q from 40 on: 0.5 * 160 + 0.5 * 160. Known, they earn 160 and 400: 0.5 * 280 + 0.5 * 160 = 220, bounded by the mean 280.
    """
    instance = case.newsvendor(order_cost=0.0)
    settings = instance.settings.model_copy(update={"margin_cvar_weight": 0.5, "margin_cvar_alpha": 0.5})
    found = measure(replace(instance, settings=settings), gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(160.0)
    assert found.wait_and_see.optimum.value == pytest.approx(220.0)
    assert found.wait_and_see.optimum.most == pytest.approx(280.0)


@pytest.mark.parametrize("seed", range(6))
def test_order_of_values(seed: int) -> None:
    """Wait and see >= one driver known >= best plan >= mean plan's first orders >= all its orders, within the gaps."""
    rng = np.random.default_rng(seed)
    limit = {"metric": "inventory_value", "upper": 400, "soft_price": 0.5}
    instance = random_instance(rng, items=2, most_nodes=6, guardrails=(limit,) if seed % 2 else ())
    found = measure(instance, gap=0.0, replications=0, time_limit=20)
    open_money = found.optimum.most - found.optimum.value
    evpi = found.expected_value_of_perfect_information()
    assert evpi.most >= -1e-6
    assert evpi.value >= -open_money - 1e-6
    for driver, known in found.drivers.items():
        value = found.expected_value_of_perfect_information(driver)
        slack = sum(group.kept.optimum.most - group.kept.optimum.value for group in found.wait_and_see.groups)
        assert value.value <= evpi.value + slack + 1e-6
        if known is None:
            assert value == type(value).exactly(0.0)
        else:
            assert value.value >= -open_money - 1e-6
    for mean in found.mean_plans:
        worth = [held.value_of_stochastic_solution(found.optimum).most for held in mean.held]
        assert all(amount >= -1e-6 for amount in worth)


def test_negative_values_stay() -> None:
    """A cost of variability below 0 is written as it is: here uncertainty is a chance.

    Nothing sells at the price of 10 that a unit costs, and at 0 or 20, equally likely and known before the order, half of the time 10 units
    bring 100: the tree earns 50, the mean 0.
    """
    instance = make_instance(
        demand=(0, 10),
        items={"unit_price": 10, "unit_cost": 10},
        segments={"lost_share": 1},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "cheap", "parent": "now", "period": 1, "probability": 0.5, "price_factor": 0.01},
            {"node": "dear", "parent": "now", "period": 1, "probability": 0.5, "price_factor": 1.99},
        ],
    )
    found = measure(instance, gap=0.0, replications=0)
    # 0.5 * 10 * (19.9 - 10)
    assert found.optimum.value == pytest.approx(49.5)
    assert found.cost_of_variability().value == pytest.approx(-49.5)
    assert any("-49.50" in line for line in measure_lines(found))


def test_a_cancel_keeps_what_is_done() -> None:
    """Cancelled after the mean plan, scenarios are not solved, and that is said; what is done stays."""
    begun: list[str] = []

    def note(done: int, total: int, name: str) -> None:
        begun.append(name)

    found = measure(
        case.newsvendor(),
        gap=0.0,
        replications=3,
        on_progress=note,
        is_cancelled=lambda: "scenario known, 1 of 2" in begun,
    )
    assert not found.is_complete
    assert values(found, VSS) == pytest.approx([case.VSS] * 3)
    assert np.isnan(found.expected_value_of_perfect_information().value)
    assert set(found.scenarios()["status"]) == {"not solved"}
    assert found.replications is not None and found.replications.trees == ()


def test_no_plan_at_all() -> None:
    """Where no plan keeps the limits there is nothing to measure."""
    limit = {"metric": "inventory_value", "lower": 90_000}
    with pytest.raises(InfeasibleError):
        measure(case.newsvendor(guardrails=limit), replications=0)


def test_a_plan_that_breaks_limits_is_refused() -> None:
    """A plan to judge has to keep the hard limits: 100 units leave 60 in the low scenario, worth 360."""
    limit = {"metric": "inventory_value", "first_period": 1, "upper": 150}
    with pytest.raises(ValueError, match=r"G \(upper\)"):
        measure(case.newsvendor(guardrails=limit), plan=np.full((1, 3), 10), replications=0)


def test_files(tmp_path: Path) -> None:
    """Tables and numbers are written; what is not finite is null in JSON."""
    limit = {"metric": "inventory_value", "first_period": 1, "upper": 150}
    found = measure(case.newsvendor(order_cost=0.0, guardrails=limit), gap=0.0, replications=2)
    found.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "measures.json",
        "measures.csv",
        "wait_and_see.csv",
        "replications.csv",
    }
    record = json.loads((tmp_path / "measures.json").read_text(encoding="utf-8"))
    rows = [row for row in record["measures"] if row["measure"] == VSS]
    assert [row["value"] for row in rows] == [None] * 3
    assert record["statistical_gap"]["trees"] == 2
