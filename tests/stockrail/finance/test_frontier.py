"""The frontier: by hand, against cold plans, infeasible limits, the knee, and what the files and the page say."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import stockrail as sr
from stockrail.cli import app
from stockrail.commands.common import EXIT_BAD_INPUT, EXIT_OK
from stockrail.finance.finance_display import knee_sentence
from stockrail.finance.frontier import Frontier, frontier
from stockrail.finance.frontier_knee import concave_hull, find_knee
from stockrail.finance.frontier_point import INFEASIBLE
from stockrail.finance.limits import LimitError, change_limit
from stockrail.generation import generate
from stockrail.model.schema import GuardrailLimit
from tests.builders import Changes, make_instance

ONE_ORDER: Changes = {"suppliers": {"order_interval_periods": 2}, "segments": {"lost_share": 1.0}}
"""Two periods of demand 10, one order in period 0, what is short is lost: a unit of stock left after period 0, worth 6,
earns 4 in period 1, up to 10 units."""

RUN = CliRunner()


def one_order(upper: float, **columns: object) -> sr.Instance:
    return make_instance(demand=(10, 10), guardrails={"upper": upper, **columns}, **ONE_ORDER)


def test_frontier_by_hand() -> None:
    """Limits of 0, 30, 60 and 90 leave room for 0, 5, 10 and 10 units that earn 4 on top of the 40 of period 0."""
    result = frontier(one_order(60), "G", [90, 0, 60, 30], gap=0.0)
    assert [point.limit for point in result.points] == [90, 0, 60, 30]
    assert [point.expected_margin for point in result.points] == pytest.approx([80, 40, 80, 60])
    assert [point.bound for point in result.points] == pytest.approx([80, 40, 80, 60])
    # 20, 10, 20 and 15 of 20 units are served; 10, 0, 10 and 5 units of 6 are left after period 0, none after period 1.
    assert [point.fill_rate for point in result.points] == pytest.approx([1.0, 0.5, 1.0, 0.75])
    assert [point.peak_inventory_value for point in result.points] == pytest.approx([60, 0, 60, 30])
    assert [point.mean_inventory_value for point in result.points] == pytest.approx([30, 0, 30, 15])
    assert result.is_complete
    # The chord from (0, 40) to (90, 80) is at 66.7 over a limit of 60.
    assert result.knee is not None
    assert [result.knee.limit, result.knee.objective] == pytest.approx([60, 80])
    assert result.knee.above_chord == pytest.approx(80 - (40 + 40 * 60 / 90))
    assert [result.knee.slope_before, result.knee.slope_after] == pytest.approx([40 / 60, 0.0])


def test_knee_in_words() -> None:
    """The sentence names the knee and what a unit of limit earns on both sides of it."""
    words = knee_sentence(frontier(one_order(60), "G", [0, 30, 60, 90], gap=0.0))
    assert words == (
        "The knee is at EUR 60.00: up to it EUR 1 of limit more earns 0.667 of margin on average, from there on 0."
    )
    assert "no knee" in knee_sentence(frontier(one_order(60), "G", [0, 30, 60], gap=0.0))


def test_infeasible_limits_do_not_end_the_sweep() -> None:
    """Opening stock of 10 units is worth 60 whatever is done: a limit of 40 has to give way by 20."""
    instance = make_instance(demand=(0, 0), items={"opening_stock_units": 10}, guardrails={"upper": 100})
    result = frontier(instance, "G", [40, 60, 80])
    assert [point.status for point in result.points] == [INFEASIBLE, "proven", "proven"]
    first = result.points[0]
    assert first.relaxation == pytest.approx(20.0)
    assert math.isnan(first.expected_margin)
    assert "'G' (upper)" in first.reason
    assert result.is_complete


def test_lower_limits_sweep_from_the_highest() -> None:
    """Purchases of at least 72, 90 and 108 in period 1, where demand is 12: 0, 3 and 6 of 15 units wait, at 1 each.

    All 27 units are sold, which earns 108.
    """
    instance = make_instance(
        demand=(15, 12),
        guardrails={"metric": "purchases", "lower": 90, "first_period": 1},
        segments={"backorder_cost_share_of_price_per_period": 0.1},
    )
    seen: list[int] = []
    result = frontier(
        instance,
        "G",
        [72, 90, 108],
        side="lower",
        gap=0.0,
        on_progress=lambda done, progress: seen.append(done),
    )
    assert [point.bound for point in result.points] == pytest.approx([108, 105, 102])
    assert seen == sorted(seen)


def test_frontier_agrees_with_cold_plans() -> None:
    """Each point's margin and bound enclose the value that a plan of its own encloses, and gaps are as asked."""
    instance = generate(70, 8, (2, 2), seed=5, guardrail_share=0.9)
    stated = instance.guardrails[-1].upper
    assert stated is not None
    limits = [stated * share for share in (1.1, 1.0, 1.05)]
    result = frontier(instance, "inventory-cap", limits)
    for point in result.points:
        alone = sr.plan(change_limit(instance, "inventory-cap", "upper", point.limit), solver="decomposition")
        assert point.status == "proven"
        assert point.gap <= 0.003
        assert point.objective <= alone.certificate["bound"] * (1 + 1e-9)
        assert alone.certificate["expected_margin"] <= point.bound * (1 + 1e-9)
    by_limit = sorted(result.points, key=lambda point: point.limit)
    assert all(tight.objective <= loose.objective for tight, loose in pairwise(by_limit))
    assert all(tight.bound <= loose.bound for tight, loose in pairwise(by_limit))


def test_cancelled_frontier_keeps_its_points() -> None:
    """Told to stop when the second point begins: the first is proven, and its plan, worth 60, holds for the looser limit.

    Of that one it is known that no plan earns more than 80.
    """
    begun: set[int] = set()
    result = frontier(
        one_order(60),
        "G",
        [30, 90],
        gap=0.0,
        on_progress=lambda done, progress: begun.add(done),
        is_cancelled=lambda: 1 in begun,
    )
    first, second = result.points
    assert first.status == "proven"
    assert second.objective >= first.objective
    assert second.bound >= 80 - 1e-9
    nothing = frontier(one_order(60), "G", [30, 90], is_cancelled=lambda: True)
    assert [point.status for point in nothing.points] == ["none", "none"]
    assert not nothing.is_complete


POINTS = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50)),
    min_size=1,
    max_size=12,
    unique_by=lambda point: point[0],
)


@given(POINTS)
def test_hull_is_concave_and_above(points: list[tuple[int, int]]) -> None:
    """No point lies above the hull, and its slopes fall."""
    hull = concave_hull([x for x, _ in points], [y for _, y in points])
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(hull)]
    assert all(second < first for first, second in pairwise(slopes))
    for x, y in points:
        if len(hull) == 1:
            assert (x, y) == hull[0]
            continue
        (x0, y0), (x1, y1) = next((a, b) for a, b in pairwise(hull) if a[0] <= x <= b[0])
        assert y <= y0 + (y1 - y0) * (x - x0) / (x1 - x0) + 1e-9


@given(POINTS, st.integers(1, 9), st.integers(1, 9))
def test_knee_does_not_depend_on_units(points: list[tuple[int, int]], x_scale: int, y_scale: int) -> None:
    """Other units on the axes scale the bend and leave the knee where it is, unless two points bend alike."""
    limits, objectives = [x for x, _ in points], [y for _, y in points]
    knee = find_knee(limits, objectives)
    scaled = find_knee([x_scale * x for x in limits], [y_scale * y for y in objectives])
    assert (knee is None) == (scaled is None)
    if knee is not None and scaled is not None:
        assert scaled.above_chord == pytest.approx(y_scale * knee.above_chord)


def test_change_limit_takes_single_periods_along() -> None:
    """Twice the limit is twice the limit of period 1, too; the other side stays."""
    instance = make_instance(
        demand=(1, 1),
        guardrails={"upper": 100, "lower": 5},
        guardrail_limits=[{"period": 1, "upper": 40, "lower": 8}],
    )
    changed = change_limit(instance, "G", "upper", 200)
    assert (changed.guardrails[0].upper, changed.guardrails[0].lower) == (200, 5)
    assert changed.guardrail_limits == (GuardrailLimit(guardrail="G", period=1, lower=8, upper=80),)
    assert change_limit(changed, "G", "upper", 100) == instance


def test_change_limit_of_capacities() -> None:
    """Capacities of suppliers and warehouses change by name."""
    instance = make_instance(
        suppliers={"capacity_units_per_period": 8}, warehouses={"capacity_space": 5}, items={"warehouse": "H"}
    )
    assert change_limit(instance, "capacity:V", "upper", 9).suppliers[0].capacity_units_per_period == 9
    assert change_limit(instance, "warehouse:H", "upper", 6).warehouses[0].capacity_space == 6
    with pytest.raises(LimitError, match="from 0 on"):
        change_limit(instance, "capacity:V", "upper", -1)


@pytest.mark.parametrize(
    ("name", "side", "value", "words"),
    [
        ("X", "upper", 1.0, r"no guardrail 'X'.*Limits there are: G \(upper\)"),
        ("G", "lower", 1.0, r"no lower limit"),
        ("G", "upper", math.nan, r"expected a number"),
        ("capacity:V", "upper", 1.0, r"no upper limit"),
        ("capacity:W", "upper", 1.0, r"There is no 'capacity:W'"),
    ],
)
def test_change_limit_refuses(name: str, side: str, value: float, words: str) -> None:
    """Unknown names, sides without a limit and values that are none are named, with what there is."""
    with pytest.raises(LimitError, match=words):
        change_limit(one_order(60), name, side, value)  # type: ignore[arg-type]


def test_limits_do_not_cross() -> None:
    """An upper limit below the lower one is refused."""
    instance = make_instance(guardrails={"upper": 100, "lower": 50})
    with pytest.raises(LimitError, match="cross"):
        change_limit(instance, "G", "upper", 40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance on disk."""
    sr.write(one_order(60), tmp_path / "instance")
    return tmp_path / "instance"


def test_command_writes_every_file(folder: Path, tmp_path: Path) -> None:
    """JSON, CSV and HTML have every point; the page loads nothing from elsewhere."""
    files = [tmp_path / name for name in ("f.json", "f.csv", "f.html")]
    arguments = [
        "frontier",
        str(folder),
        "--guardrail",
        "G",
        "--from",
        "0",
        "--to",
        "90",
        "--points",
        "4",
        "--gap",
        "0",
    ]
    answer = RUN.invoke(
        app, [*arguments, "--json", str(files[0]), "--csv", str(files[1]), "--html", str(files[2])]
    )
    assert answer.exit_code == EXIT_OK, answer.output
    record = json.loads(files[0].read_text(encoding="utf-8"))
    assert [point["limit"] for point in record["points"]] == [0, 30, 60, 90]
    assert [point["expected_margin"] for point in record["points"]] == pytest.approx([40, 60, 80, 80])
    assert record["knee"]["limit"] == 60
    assert record["seconds"] > 0
    assert len(files[1].read_text(encoding="utf-8").splitlines()) == 5
    page = files[2].read_text(encoding="utf-8")
    assert "The knee is at EUR 60.00" in page
    assert 'id="chart-margin"' in page
    assert "<script src" not in page
    assert "The knee is at EUR 60.00" in answer.output


def test_command_refuses_an_unknown_limit(folder: Path) -> None:
    """The message says which limits there are."""
    answer = RUN.invoke(app, ["frontier", str(folder), "--guardrail", "X", "--from", "0", "--to", "90"])
    assert answer.exit_code == EXIT_BAD_INPUT
    assert "G (upper)" in answer.output


def test_frontier_without_plans_has_no_knee() -> None:
    """Nothing is made up where there is nothing."""
    empty = Frontier("x", "EUR", "G", "inventory_value", "EUR", "upper", 60.0, 0.003, (), 0.0, {})
    assert empty.knee is None
