"""How tight limits can be at all, by themselves."""

from typing import Any

import pytest

from stockrail.finance.least_limits import least_limits
from stockrail.finance.limits import change_limit
from stockrail.model.instance import Instance
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.result import InfeasibleError, SolveOptions
from tests.builders import make_instance
from tests.random_instances import tables_of

OPTIONS = SolveOptions(time_limit=30.0, gap=0.0, workers=1)


def stocked(*guardrails: Any) -> Instance:
    """10 in stock, 20 more due in period 1, 5 sold a period, 6 each: 30, 120 and 90 in stock whatever is ordered."""
    return make_instance(
        demand=(5, 5, 5),
        settings={"period_length_days": 46},
        items={"opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 20},
        guardrails=list(guardrails),
    )


def told(instance: Instance) -> list[tuple[str, str, float, float]]:
    """Guardrail, side, limit as stated, least limit, without what is lost in rounding."""
    return [
        (row.guardrail, row.side, row.stated, round(row.limit, 9))
        for row in least_limits(tables_of(instance))
    ]


@pytest.mark.parametrize(
    ("measured", "limit"), [("each period", 120), ("quarter ends", 120), ("average", 80), ("total", 240)]
)
@pytest.mark.parametrize("upper", [20, 500])
def test_stock_that_is_there_is_the_least_limit(measured: str, limit: float, upper: float) -> None:
    """The largest of 30, 120 and 90; at the quarter's end in period 1; 240 / 3; 240: however the limit stands now."""
    instance = stocked({"upper": upper, "measured": measured})
    assert told(instance) == [("G", "upper", upper, limit)]


def test_periods_move_together() -> None:
    """With 30 and 100 in periods 0 and 1 and 200 in period 2 room is 0, -20 and 110: all must be looser by 20, the tightest, 30, is then 50."""
    instance = make_instance(
        demand=(5, 5, 5),
        items={"opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 20},
        guardrails=[{"upper": 200}],
        guardrail_limits=[
            {"guardrail": "G", "period": 0, "lower": None, "upper": 30},
            {"guardrail": "G", "period": 1, "lower": None, "upper": 100},
        ],
    )
    assert told(instance) == [("G", "upper", 30, 50)]


def test_soft_limits_and_ratios_of_plans_have_none() -> None:
    """A soft one may be violated by every plan; nothing is certain of turns before a plan is known."""
    soft = {"upper": 20, "soft_price": 1}
    turns = {"guardrail": "turnover", "metric": "turns", "lower": 1, "upper": None}
    assert least_limits(tables_of(stocked(soft, turns))) == ()


def test_a_plan_exists_at_it_and_none_below() -> None:
    """The search agrees: 120 can be kept, 119 cannot."""
    instance = stocked({"upper": 500})
    (least,) = least_limits(tables_of(instance))
    solve_decomposition(tables_of(change_limit(instance, "G", "upper", least.limit)), OPTIONS)
    with pytest.raises(InfeasibleError):
        solve_decomposition(tables_of(change_limit(instance, "G", "upper", least.limit - 1.0)), OPTIONS)
