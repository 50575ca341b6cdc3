"""Service for profit: by hand on one item, against plans made one by one, and its files."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.generation import generate
from stockrail.model import InstanceError, write
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.service.curve import AMOUNTS, Move, Point, efficient
from stockrail.service.display import shown_steps
from stockrail.service.tables import ServiceForProfit, service_for_profit
from stockrail.service.verdict import KEEP, LESS, MORE
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.rule_choice import solve_rule
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.stockrail.stock_cases import newsvendor

LOSS = (0.398942, 0.083315, 0.008491, 0.000382)
"""The normal loss function at 0, 1, 2 and 3."""

GUARDED = generate(24, 8, (2, 2), 3, guardrail_share=0.8)


@pytest.fixture(scope="module")
def guarded() -> ServiceForProfit:
    """The study of a generated instance with a guardrail that matters."""
    return service_for_profit(GUARDED)


def point(stock: float, gain: float) -> Point:
    """A point of a curve with holding at nothing."""
    return Point(dict.fromkeys(AMOUNTS, 0.0) | {"inventory_value": stock, "expected_margin": gain})


def test_curve_by_hand() -> None:
    """Stock is worth 6 * 20 * (z + G(z)); of 5 * 20 * G(z) short units half cost 3 each, and half lose 4 each."""
    curve = service_for_profit(newsvendor(), gap=0.0).curve
    for z, (loss, row) in enumerate(zip(LOSS, curve.to_dict("records"), strict=True)):
        assert row["inventory_value"] == pytest.approx(120 * (z + loss), abs=0.01)
        assert row["holding"] == pytest.approx(0.2 * 120 * (z + loss), abs=0.01)
        assert (row["expedite"], row["lost_margin"]) == pytest.approx((150 * loss, 200 * loss), abs=0.01)
        assert row["lost_sales"] == pytest.approx(500 * loss, abs=0.03)
        assert row["fill_rate"] == pytest.approx(1 - 0.2 * loss, abs=1e-5)
        # 500 units earn 4 each, less what shortages and stock cost.
        assert row["expected_margin"] == pytest.approx(2000 - 350 * loss - 24 * (z + loss), abs=0.02)
    assert curve["is_efficient"].all()
    assert curve["is_baseline"].tolist() == [False, False, True, False]


def test_steps_by_hand() -> None:
    """From z to z + 1: 350 * (G(z) - G(z + 1)) earned on 120 * (1 + G(z + 1) - G(z)) of stock, at 20 % a year."""
    steps = service_for_profit(newsvendor(), gap=0.0).steps
    for (before, after), row in zip(pairwise(LOSS), steps.to_dict("records"), strict=True):
        gain, stock = 350 * (before - after), 120 * (1 + after - before)
        # Half of 5 * 20 * (G(z) - G(z + 1)) units are no longer lost, at 10 each.
        assert row["retained_sales"] == pytest.approx(500 * (before - after), abs=0.01)
        assert row["break_even_rate_per_year"] == pytest.approx(gain / stock, abs=1e-4)
        assert row["cost_rate_per_year"] == pytest.approx(0.2)
        assert row["pays"] == (gain > 0.2 * stock)
    assert steps["pays"].tolist() == [True, True, False]


@pytest.mark.parametrize(("z", "verdict"), [(1, MORE), (3, LESS)])
def test_verdict_on_todays_settings(z: int, verdict: str) -> None:
    """The best safety stock is near 40 units: 20 are too few, 60 too many."""
    instance = newsvendor({"item": "lamp", "safety_stock_units": 20 * z, "cover_periods": 0})
    result = service_for_profit(instance, baseline="current", gap=0.0)
    assert result.trade_off["verdict"].tolist() == [verdict]
    current = result.curve[result.curve["is_baseline"]].iloc[0]
    assert current["inventory_value"] == pytest.approx(120 * (z + LOSS[z]), abs=0.01)


def test_verdict_on_the_best_options() -> None:
    """The best option is left alone: one more earns 2.84 on 119.03 in a year, one less gives up 26.19 on 111.02."""
    (row,) = service_for_profit(newsvendor(), gap=0.0).trade_off.to_dict("records")
    assert (row["option"], row["more_option"], row["less_option"]) == ("z2", "z3", "z1")
    assert (row["gain_rate"], row["less_gain_rate"]) == pytest.approx(
        (2.838 / 119.03, 26.19 / 111.02), abs=1e-4
    )
    assert row["verdict"] == KEEP
    assert "costs 0.20 a year and earns 0.02; EUR 1 less saves 0.20 and gives up 0.24" in row["sentence"]


def test_current_needs_targets() -> None:
    """Without a row for an item its settings are not known."""
    with pytest.raises(InstanceError, match="a row for each item"):
        service_for_profit(newsvendor(), baseline="current")


def test_curve_is_that_of_swapped_plans(guarded: ServiceForProfit) -> None:
    """`plan_margin` and `keeps_limits` of each row are those of the ledger of the plan with that one segment changed."""
    tables = tables_of(GUARDED)
    guardrails = Guardrails.build(tables)
    choice = solve_rule(tables, SolveOptions(gap=0.003))
    segments = {row.segment: s for s, row in enumerate(GUARDED.segments)}
    places = {option.name: k for k, option in enumerate(choice.plans.options)}
    for row in guarded.curve.iloc[::7].to_dict("records"):
        by_item = choice.by_item.copy()
        by_item[GUARDED.item_segment == segments[row["segment"]]] = places[row["option"]]
        ledger = Ledger(tables, choice.plans.plan(by_item).astype(np.int64))
        assert row["plan_margin"] == pytest.approx(ledger.expected_margin)
        over = guardrails.assess(guardrails.usage(guardrails.metric_values(ledger.stock))[0])
        assert row["keeps_limits"] == (not over.any())
    baseline = guarded.curve[guarded.curve["is_baseline"]]
    assert baseline["plan_margin"].tolist() == pytest.approx([guarded.expected_margin] * len(baseline))


def test_no_move_of_one_segment_beats_a_proven_choice(guarded: ServiceForProfit) -> None:
    """Options that keep the limits earn no more than the choice and its gap; so no verdict asks for more than that."""
    possible = guarded.curve[guarded.curve["keeps_limits"]]
    most = guarded.expected_margin * (1 + max(guarded.gap, 1e-12))
    assert possible["plan_margin"].max() <= most + 1e-6
    assert (~guarded.curve["keeps_limits"]).any()


def test_steps_add_up(guarded: ServiceForProfit) -> None:
    """Gains are the sum of their parts, costs of theirs, and break-even falls from step to step of a segment."""
    steps = guarded.steps
    parts = [
        "retained_margin",
        "saved_expedite",
        "saved_stockout",
        "saved_order_cost",
        "saved_end_loss",
        "other",
    ]
    assert steps["gain"].tolist() == pytest.approx(steps[parts].sum(axis=1).tolist())
    assert steps["net"].tolist() == pytest.approx((steps["gain"] - steps["cost"]).tolist())
    for _, of_segment in steps.groupby("segment"):
        assert (np.diff(of_segment["break_even_rate_per_year"]) < 0).all()
    curve = guarded.curve.set_index(["segment", "option"])
    worth = curve["expected_margin"] - curve["guardrail_charge"]
    for row in steps.to_dict("records"):
        earned = worth[(row["segment"], row["to_option"])] - worth[(row["segment"], row["from_option"])]
        assert row["net"] == pytest.approx(earned)


def test_a_terminal_shows_the_steps_next_to_the_baseline(guarded: ServiceForProfit) -> None:
    """At most three of each segment, one after the other; with the first step beyond its stock, where there is one."""
    shown = shown_steps(guarded)
    assert list(shown["segment"].unique()) == list(guarded.steps["segment"].unique())
    for segment, steps in shown.groupby("segment"):
        assert len(steps) <= 3
        assert steps["to_option"].tolist()[:-1] == steps["from_option"].tolist()[1:]
        curve = guarded.curve[guarded.curve["segment"] == segment].set_index("option")
        baseline = curve[curve["is_baseline"]]["inventory_value"].iloc[0]
        every = guarded.steps[guarded.steps["segment"] == segment]["to_option"]
        beyond = [option for option in every if curve["inventory_value"][option] > baseline]
        assert not beyond or beyond[0] in set(steps["to_option"])


def test_cost_to_serve_is_that_of_the_baseline(guarded: ServiceForProfit) -> None:
    """The total of the cost to serve has the margin of the study."""
    assert guarded.cost_to_serve["expected_margin"].iloc[-1] == pytest.approx(guarded.expected_margin)


@given(
    points=st.lists(
        st.builds(point, st.integers(0, 20).map(float), st.integers(0, 20).map(float)),
        min_size=1,
        max_size=12,
    )
)
def test_efficient_options_are_the_best_at_some_cost_of_stock(points: list[Point]) -> None:
    """At any cost of stock the best option earns no more than the best efficient one, and slopes fall."""
    hull = efficient(points)
    for rate in np.linspace(0, 25, 26):
        net = [one.gain - rate * one["inventory_value"] for one in points]
        assert max(net[k] for k in hull) == pytest.approx(max(net))
    rates = [
        Move(points[a], points[b]).gain / Move(points[a], points[b]).added_inventory
        for a, b in pairwise(hull)
    ]
    assert all(first > last > 0 for first, last in pairwise(rates)) or len(rates) < 2


def test_command(tmp_path: Path) -> None:
    """The command prints the verdict and the cost to serve and writes every file; a wrong baseline is bad input."""
    folder = tmp_path / "lamp"
    write(newsvendor(), folder)
    runner = CliRunner()
    done = runner.invoke(app, ["service", str(folder), "--out", str(tmp_path / "out"), "--gap", "0"])
    assert done.exit_code == 0, done.output
    assert "home: as it is" in done.output
    assert "Cost to serve, in EUR" in done.output
    # The steps of `test_steps_by_hand`: 82 of stock keep 158 of sales and save 47 of expediting.
    assert ["to", "z1", "82", "158", "47", "110", "16", "yes"] in map(str.split, done.output.splitlines())
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "service.json", "service.html", "service_curve.csv", "service_steps.csv", "service_trade_off.csv", "cost_to_serve.csv",
    }  # fmt: skip
    assert len(pd.read_csv(tmp_path / "out" / "service_curve.csv")) == 4
    page = (tmp_path / "out" / "service.html").read_text(encoding="utf-8")
    assert 'id="chart-curve-0"' in page and 'id="chart-costs"' in page
    wrong = runner.invoke(app, ["service", str(folder), "--baseline", "current"])
    assert wrong.exit_code == 2


def test_where_no_choice_keeps_the_limits() -> None:
    """Then limits have no price, and the study says so rather than charge for a relaxation."""
    tight = make_instance(demand=(100,) * 5, guardrails={"upper": 1}).guardrails
    result = service_for_profit(replace(newsvendor(), guardrails=tight), gap=0.0)
    assert "No choice of options keeps the hard limits" in result.notes[0]
    assert not result.curve["keeps_limits"].any()
    assert result.curve["guardrail_charge"].tolist() == [0.0] * 4


@pytest.mark.parametrize(("share", "words"), [(0.5, "more shortages"), (0.9, "more expediting")])
def test_what_comes_with_less_stock(share: float, words: str) -> None:
    """Of a short unit, a share costs 3 to expedite and the rest loses 4: the larger part of the two gives its name."""
    instance = newsvendor({"item": "lamp", "safety_stock_units": 60, "cover_periods": 0})
    items = tuple(row.model_copy(update={"expedite_share": share}) for row in instance.items)
    result = service_for_profit(replace(instance, items=items), baseline="current", gap=0.0)
    assert f"less safety stock and {words}: EUR 1 less saves 0.20" in result.trade_off["sentence"].iloc[0]
