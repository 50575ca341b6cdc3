"""What the extensive form says of an instance without a plan, on cases solved by hand."""

import pytest

from stockrail.model.instance import Instance
from stockrail.solvers.result import Diagnosis, InfeasibleError
from tests.builders import Changes, make_instance
from tests.solvers.extensive_cases import LOST, one_order_two_futures, solve

BUY: Changes = {"guardrail": "buy", "metric": "ordered_units", "lower": 8}
SPEND: Changes = {"guardrail": "spend", "metric": "purchases", "upper": 30}
STOCK: Changes = {"guardrail": "stock", "metric": "inventory_value", "upper": 1000}


def diagnose(instance: Instance) -> tuple[str, Diagnosis]:
    with pytest.raises(InfeasibleError) as caught:
        solve(instance)
    return str(caught.value), caught.value.diagnosis


@pytest.mark.parametrize(
    ("unit_price", "gives_way", "amount", "money"),
    [(10, ("spend", "upper"), 18, 18), (5, ("buy", "lower"), 3, 15)],
)
def test_the_cheaper_guardrail_gives_way(
    unit_price: float, gives_way: tuple[str, str], amount: float, money: float
) -> None:
    """8 units cost 48, and 30 are allowed: 18 of money, or 3 units at the price of a unit. The third rail has no part."""
    items = {"unit_price": unit_price}
    message, diagnosis = diagnose(make_instance(demand=(10,), items=items, guardrails=[STOCK, BUY, SPEND]))
    assert set(diagnosis.conflict) == {("buy", "lower"), ("spend", "upper")}
    (relaxation,) = diagnosis.relaxations
    assert (relaxation.guardrail, relaxation.side) == gives_way
    assert relaxation.period == 0
    assert relaxation.amount == pytest.approx(amount)
    assert relaxation.limit_change == pytest.approx(amount)
    assert relaxation.money == pytest.approx(money)
    assert diagnosis.money == pytest.approx(money)
    assert diagnosis.least_money == pytest.approx(money)
    assert "'buy'" in message
    assert "'spend'" in message
    assert "--relax" in message


def test_a_ratio_says_what_its_limit_must_be() -> None:
    """5 units for 30 of money serve half of demand, not 0.9: 4 units short at 5 each are cheaper than 24 of money."""
    floor = {"guardrail": "service", "metric": "fill_rate", "lower": 0.9}
    _, diagnosis = diagnose(
        make_instance(demand=(10,), items={"unit_price": 5}, segments=LOST, guardrails=[floor, SPEND])
    )
    (relaxation,) = diagnosis.relaxations
    assert relaxation.amount == pytest.approx(4)
    assert relaxation.limit_change == pytest.approx(0.4)
    assert relaxation.money == pytest.approx(20)


def test_capacities_can_conflict_and_give_way() -> None:
    """8 units of a capacity of 5; soft guardrails and soft capacities do not enter, whatever they cost."""
    soft = {**STOCK, "upper": 0, "soft_price": 1000}
    _, diagnosis = diagnose(
        make_instance(demand=(10,), suppliers={"capacity_units_per_period": 5}, guardrails=[BUY, soft])
    )
    assert set(diagnosis.conflict) == {("buy", "lower"), ("capacity:V", "upper")}
    assert diagnosis.money == pytest.approx(30)


def test_one_amount_relaxes_all_scenarios_of_a_period() -> None:
    """Opening stock of 20 leaves 10 or 18 units, worth 60 or 108: a limit of 48 gives way by 60, not by 12 + 60.

    In expectation 84 are 36 too much; of the worst half it is 60 again, and a chance of one half must let the low demand off.
    """
    for holds, alpha, amount in (
        ("every scenario", None, 60),
        ("expected", None, 36),
        ("cvar", 0.5, 60),
        ("chance", 0.5, 12),
    ):
        rail = {"first_period": 1, "upper": 48, "holds": holds, "alpha": alpha}
        _, diagnosis = diagnose(one_order_two_futures(items={"opening_stock_units": 20}, guardrails=rail))
        (relaxation,) = diagnosis.relaxations
        assert relaxation.amount == pytest.approx(amount), holds
        assert relaxation.limit_change == pytest.approx(amount), holds
        assert diagnosis.conflict == (("G", "upper"),)
        assert diagnosis.items == (("A", 1.0),)
