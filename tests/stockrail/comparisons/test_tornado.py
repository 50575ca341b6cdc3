"""Tornados: bars by hand, the what-ifs behind them, limits, what cannot be, and what is kept when it is stopped."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stockrail.comparisons.tornado import tornado
from stockrail.comparisons.tornado_drivers import drivers
from stockrail.comparisons.tornado_record import known_of, of_record
from stockrail.comparisons.tornado_result import CANNOT_MOVE, NOT_ALLOWED, SIDES, Bar, Found, Tornado
from stockrail.comparisons.what_if_solve import INFEASIBLE, NOT_SOLVED
from stockrail.files import plain
from stockrail.generation import generate
from stockrail.model import apply, load
from stockrail.model.problems import InstanceError
from stockrail.model.what_if import what_ifs_in
from stockrail.planning import plan
from stockrail.solvers.result import InfeasibleError
from tests.builders import make_instance

THREE_ITEMS = Path(__file__).resolve().parents[3] / "instances" / "three-items"

SELLING = make_instance(demand=(10,), segments={"lost_share": 1})
"""One period, ten units asked for at 10 and bought at 6; what is not there is lost. Margin 40."""


def amounts(made: Tornado) -> dict[str, list[float | None]]:
    """Differences of both sides by driver."""
    return {
        bar.driver: [None if side.difference is None else side.difference.amount for side in bar.sides]
        for bar in made.bars
    }


def test_bars_by_hand() -> None:
    """Price 9 or 11: 10 each way; cost 5.4 or 6.6: 6; a unit of demand: 4."""
    made = tornado(SELLING, ["demand", "price", "unit-cost"], gap=0.0)
    assert made.base.objective == pytest.approx(40)
    assert amounts(made) == {
        "price": pytest.approx([-10, 10]),
        "unit-cost": pytest.approx([6, -6]),
        "demand": pytest.approx([-4, 4]),
    }
    assert [bar.driver for bar in made.bars] == ["price", "unit-cost", "demand"]
    assert [bar.size for bar in made.bars] == pytest.approx([20, 12, 8])
    assert made.is_complete
    assert made.objective_name == "expected margin"


def test_orders_of_three_items() -> None:
    """The plan of the README orders the kettle twice at 5 and the fan once, in `hot` twice, at 4: 10 + 4 + 2 = 16, a tenth 1.60."""
    made = tornado(THREE_ITEMS, ["order-cost"], gap=0.0)
    assert amounts(made)["order-cost"] == pytest.approx([1.6, -1.6])
    assert made.base.objective == pytest.approx(1549.81, abs=0.005)


def test_every_bar_is_a_what_if(tmp_path: Path) -> None:
    """The file of what-ifs has the bars' sides, and a plan of each earns what the bar says."""
    made = tornado(THREE_ITEMS, ["lead-time", "demand-uncertainty", "limit:inventory-cap"], gap=0.0)
    made.write(tmp_path)
    listed = {row.name: row for row in what_ifs_in(tmp_path / "scenarios.yaml")}
    table = pd.read_csv(tmp_path / "tornado.csv")
    assert len(table) == 6
    instance = load(THREE_ITEMS)
    for row in table.to_dict("records"):
        changed = apply(instance, listed[f"{row['driver']}-{row['side']}"])
        solved = plan(changed, solver="extensive", gap=0.0)
        assert solved.certificate["objective"] == pytest.approx(row["objective"], abs=1e-6)
        assert row["difference"] == pytest.approx(row["objective"] - made.base.objective)
    assert (tmp_path / "tornado.html").read_text(encoding="utf-8").count("<tr><td>") == 6
    record = json.loads((tmp_path / "tornado.json").read_text(encoding="utf-8"))
    assert [row["driver"] for row in record["sides"]] == table["driver"].tolist()


def test_a_record_is_the_tornado_again() -> None:
    """Through JSON and back nothing is lost."""
    made = tornado(THREE_ITEMS, ["lead-time", "end-value"], gap=0.0)
    again = of_record(json.loads(json.dumps(plain(made.record()), allow_nan=False)))
    assert plain(again.record()) == plain(made.record())


def test_a_looser_limit_never_costs() -> None:
    """Bounds of the looser side bound the tighter ones as well, and what earns more under a tighter limit does so under a looser."""
    instance = generate(20, 8, (2, 2), 3, guardrail_share=0.8)
    made = tornado(instance, ["limit:inventory-cap"], gap=0.01)
    (bar,) = made.bars
    low, high, base = bar.low.found, bar.high.found, made.base
    assert low.objective <= base.objective <= high.objective
    assert low.bound <= base.bound <= high.bound
    for side in bar.sides:
        difference = side.difference
        assert difference is not None
        assert difference.least <= difference.amount <= difference.most
        assert side.found.objective <= side.found.bound + 1e-9


def test_what_the_bounds_leave_open_is_marked() -> None:
    """100 found of at most 110, and 95 of at most 99: between -15 and -1, which two plans 10 and 4 short of the best show by chance.

    80 of at most 99 is 20 less, and 10 and 19 are open: still chance; 70 of at most 72 is a finding.
    """
    (driver,) = drivers(SELLING, ["price"])
    base = Found("feasible", 100.0, 100.0, 110.0, 0.1)

    def bar(low: Found) -> Bar:
        return Bar.of(driver, base, low, Found(NOT_SOLVED), 0.003)

    chance = bar(Found("feasible", 95.0, 95.0, 99.0, 0.04))
    difference = chance.low.difference
    assert difference is not None
    assert (difference.amount, difference.least, difference.most) == (-5, -15, -1)
    assert chance.is_within_gap
    assert bar(Found("feasible", 80.0, 80.0, 99.0, 0.24)).is_within_gap
    finding = bar(Found("feasible", 70.0, 70.0, 72.0, 0.03))
    assert not finding.is_within_gap
    assert finding.rank < chance.rank


def test_a_side_without_a_plan_comes_first() -> None:
    """Four units of stock at 6 that nobody wants are 24; a tenth less than 25 is 22.5, which no plan keeps."""
    instance = make_instance(
        demand=(10,),
        items={"opening_stock_units": 14},
        segments={"lost_share": 1},
        guardrails=[{"upper": 25.0}],
    )
    made = tornado(instance, ["price", "limit:G"], gap=0.0)
    first = made.bars[0]
    assert (first.driver, first.low.found.status, first.is_infeasible) == ("limit:G", INFEASIBLE, True)
    assert "G" in first.low.found.reason
    assert first.high.difference is not None
    assert made.is_complete


def test_what_no_instance_can_have() -> None:
    """A share of 0.95 a tenth higher is more than everything; lead times of 0 cannot be shorter. Both are settled, and said."""
    instance = make_instance(demand=(10, 10), settings={"terminal_stock_share": 0.95})
    made = tornado(instance, ["end-value", "lead-time"], gap=0.0)
    by_name = {bar.driver: bar for bar in made.bars}
    assert by_name["end-value"].high.found.status == NOT_ALLOWED
    assert "1.045" in by_name["end-value"].high.found.reason
    assert by_name["lead-time"].low.found.status == CANNOT_MOVE
    assert made.is_complete
    assert [row.name for row in made.what_ifs()].count("lead-time-low") == 0


def test_a_baseline_without_a_plan() -> None:
    """There is nothing to compare with: the limits in conflict are told."""
    instance = make_instance(
        demand=(10,),
        items={"opening_stock_units": 14},
        guardrails=[{"upper": 1.0}],
        segments={"lost_share": 1},
    )
    with pytest.raises(InfeasibleError, match="G"):
        tornado(instance, ["price"])


def test_stopped_early_keeps_what_is_done() -> None:
    """After two of four sides: two are there, two say so; going on solves those two only, and ends with the same bars."""
    solved: list[int] = []

    def found(so_far: Tornado) -> None:
        solved.append(4 - so_far.not_solved)

    made = tornado(
        SELLING,
        ["price", "demand"],
        gap=0.0,
        on_found=found,
        is_cancelled=lambda: bool(solved) and solved[-1] >= 2,
    )
    assert solved == [0, 1, 2, 2, 2]
    assert made.not_solved == 2
    assert not made.is_complete
    assert {side.found.status for bar in made.bars for side in bar.sides} == {"proven", NOT_SOLVED}
    asked: list[str] = []
    whole = tornado(
        SELLING,
        ["price", "demand"],
        gap=0.0,
        known=known_of(made.record()),
        on_progress=lambda done, total, name: asked.append(name),
    )
    assert asked == ["the baseline", "demand -10%", "demand +10%", "price -10%", "price +10%"]
    assert amounts(whole) == amounts(tornado(SELLING, ["price", "demand"], gap=0.0))


def test_stopped_before_it_began() -> None:
    """Nothing is known, and that is said."""
    made = tornado(SELLING, is_cancelled=lambda: True)
    assert made.base.status == NOT_SOLVED
    assert all(side.found.status == NOT_SOLVED for bar in made.bars for side in bar.sides)
    assert not made.is_complete


def test_another_currency_scales_every_bar() -> None:
    """All money ten times as much: all bars are ten times as long, in the same order."""
    settings = {"cost_of_capital_rate_per_year": 0.1, "terminal_stock_share": 0.5}
    items = {"order_cost": 3, "lot_size": 4, "opening_stock_units": 2}
    one = make_instance(demand=(10, 14), items=items, settings=settings, segments={"lost_share": 0.5})
    ten = make_instance(
        demand=(10, 14),
        items={**items, "order_cost": 30, "unit_price": 100, "unit_cost": 60},
        settings=settings,
        segments={"lost_share": 0.5},
    )
    small, large = tornado(one, gap=0.0), tornado(ten, gap=0.0)
    assert [bar.driver for bar in small.bars] == [bar.driver for bar in large.bars]
    for mine, other in zip(small.bars, large.bars, strict=True):
        for side in SIDES:
            low, high = getattr(mine, side).difference, getattr(other, side).difference
            assert (low is None) == (high is None)
            if low is not None:
                assert 10 * low.amount == pytest.approx(high.amount, abs=1e-6)


def test_a_what_if_that_is_wrong_is_refused_when_written_by_hand() -> None:
    """The same change as the bar's, put into an instance by hand, is refused with the same words."""
    instance = make_instance(demand=(10,), settings={"terminal_stock_share": 0.95})
    (bar,) = tornado(instance, ["end-value"], gap=0.0).bars
    with pytest.raises(InstanceError) as caught:
        apply(instance, bar.high.what_if)
    assert str(caught.value.problems[0]) in bar.high.found.reason
