"""Compare: runs to choose from, side by side, and what was decided (docs/what-ifs.md has the numbers)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stockrail.web.views import compare, comparison_decisions
from stockrail.web.views.compared import ComparedView
from stockrail.workbench.comparisons import decisions
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store import Store
from tests.stockrail.workbench.comparisons.runs import add_run, base_and_high
from tests.stockrail.workbench.people import write_people


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with people and nothing else."""
    with Store.create(tmp_path / "store") as made:
        write_people(made)
        yield made


@pytest.fixture
def runs(store: Store, tmp_path: Path) -> tuple[int, int]:
    """Base earns 40 and high 80, both proven."""
    return base_and_high(store, tmp_path / "in")


def side_by_side(store: Store, run_ids: tuple[int, ...]) -> ComparedView:
    """The comparison of the page."""
    found = compare.view(store, "ben", run_ids).compared
    assert found is not None
    return found


def test_choices_are_finished_plans(store: Store, runs: tuple[int, int]) -> None:
    """The latest first, with what each earns; nothing is compared before two are chosen."""
    view = compare.view(store, "ben", runs[:1])
    assert [(one.run_id, one.scenario, one.is_chosen) for one in view.choices] == [
        (2, "high", False), (1, "base", True),
    ]  # fmt: skip
    assert [one.expected_margin for one in view.choices] == pytest.approx([80, 40])
    assert view.compared is None
    assert view.may_decide and not compare.view(store, "anna").may_decide


def test_figures_with_differences_to_the_first(store: Store, runs: tuple[int, int]) -> None:
    """40 and 80, revenue 100 and 200, orders worth 60 and 120; of what is proven no difference is shown."""
    figures = {one.name: one for one in side_by_side(store, runs).figures}
    assert figures["expected_margin"].values == pytest.approx((40, 80))
    assert [figures[name].differences[0] for name in ("expected_margin", "revenue")] == [None, None]
    assert figures["expected_margin"].differences[1] == pytest.approx(40)
    assert figures["revenue"].differences[1] == pytest.approx(100)
    assert figures["buys_now"].values == pytest.approx((60, 120))
    assert figures["bound"].differences == (None, None)
    assert not any(figure.may_be_chance[1] for figure in figures.values())
    view = side_by_side(store, runs)
    assert (view.best, view.worst, view.spread_is_within_gap) == (1, 0, False)
    assert view.spread == pytest.approx(40)
    other_way = {one.name: one for one in side_by_side(store, runs[::-1]).figures}
    assert other_way["expected_margin"].differences[1] == pytest.approx(-40)


def test_what_lies_within_the_gaps_is_marked(store: Store, tmp_path: Path) -> None:
    """Where base may earn 41 more, 40 are within the gap: what differs then may do so by chance, and what does not differ not.

    The bounds say between 80 - 81 and 80 - 40. With a bound of 79 the difference is beyond the gap, and high earns more for certain.
    """
    view = side_by_side(store, base_and_high(store, tmp_path / "in", bound=81.0))
    high = view.runs[1]
    assert (high.is_within_gap, high.is_sign_known) == (True, False)
    assert (high.least, high.most) == pytest.approx((-1, 40))
    chance = {one.name for one in view.figures if one.may_be_chance[1]}
    assert {"expected_margin", "revenue", "buys_now"} <= chance
    assert "fill_rate" not in chance  # both serve everybody
    baseline = 1
    closer = add_run(store, baseline, bound=79.0)
    high = side_by_side(store, (closer, 2)).runs[1]
    assert (high.is_within_gap, high.is_sign_known) == (False, True)
    assert high.least == pytest.approx(1)


def test_bridge_and_its_chart(store: Store, runs: tuple[int, int]) -> None:
    """Facts 0, decisions 100 of revenue and -60 of landed cost; the way back takes 100 and saves 60."""
    [bridge] = side_by_side(store, runs).bridges
    assert [(one.part, one.facts, one.decisions, one.total) for one in bridge.parts] == [
        ("revenue", 0, 100, 100), ("landed_cost", 0, -60, -60),
    ]  # fmt: skip
    assert (bridge.facts, bridge.decisions, bridge.total) == pytest.approx((0, 40, 40))
    [back] = side_by_side(store, runs[::-1]).bridges
    assert (back.facts, back.decisions, back.total) == pytest.approx((-100, 60, -40))
    charts = compare.charts(store, runs)
    assert [chart.key for chart in charts] == ["margin", "bridge-2"]
    assert charts[1].description == "From the margin of base, run 1 to that of high, run 2, one bar per part."


def test_buys_and_inputs_that_differ(store: Store, runs: tuple[int, int]) -> None:
    """Ten more of the item for 60; the change in words and as a cell."""
    view = side_by_side(store, runs)
    [buy] = view.buys
    assert (buy.item, buy.spread, buy.units, buy.values) == ("A", 60, (10, 20), (60, 120))
    assert view.inputs[1].overlay == ("demand: mean_units times 2",)
    assert view.inputs[1].n_cells == 1
    [cell] = view.inputs[1].cells
    assert (cell.table, cell.row, cell.before, cell.after) == ("demand", "A | 0", "10", "20")
    assert view.inputs[0].cells == ()


def test_three_runs(store: Store, runs: tuple[int, int]) -> None:
    """The third has the plan of the first: nothing differs, and no bridge is drawn to it."""
    again = add_run(store, 1)
    view = side_by_side(store, (*runs, again))
    assert [run.is_same_plan for run in view.runs] == [False, False, True]
    assert view.bridges[1].parts == ()
    assert [chart.key for chart in compare.charts(store, (*runs, again))] == ["margin", "bridge-2"]


def test_a_comparison_is_kept(store: Store, runs: tuple[int, int]) -> None:
    """Finished runs do not change, so the second page reads nothing."""
    assert not compare.is_ready(store, runs)
    first = compare.comparison_of(store, runs)
    assert compare.is_ready(store, runs)
    assert compare.comparison_of(store, runs) is first
    assert compare.comparison_of(store, runs[::-1]) is not first


def test_who_cannot_be_compared(store: Store, runs: tuple[int, int]) -> None:
    """The library says why."""
    with pytest.raises(StateError, match="each run once"):
        compare.view(store, "ben", (1, 1))
    with pytest.raises(NotFoundError):
        compare.view(store, "ben", (1, 99))


def test_decision_as_it_was_recorded(store: Store, runs: tuple[int, int]) -> None:
    """Its numbers, its list, its document; the tag of the page is another one afterwards."""
    before = compare.seen(store, runs)
    made = decisions.record(
        store, "dora", compare.comparison_of(store, runs), 2, "They | signed.\nAll of them.", None
    )
    view = comparison_decisions.view(store, made.id)
    assert (view.by, view.role, view.chosen, view.currency) == ("dora", "executive", 2, "EUR")
    assert [run.is_chosen for run in view.runs] == [False, True]
    assert [run.expected_margin for run in view.runs] == pytest.approx([40, 80])
    assert (view.runs[1].difference, view.runs[1].least) == pytest.approx((40, 40))
    assert compare.seen(store, runs) != before
    assert [one.decision_id for one in compare.view(store, "ben", runs).decisions] == [made.id]
    assert [one.decision_id for one in compare.view(store, "ben").decisions] == [made.id]
    text = comparison_decisions.markdown(store, made.id)
    assert text.startswith(f"# Decision {made.id}: run 2, high\n")
    assert "> They | signed.\n> All of them." in text
    assert "| Expected margin | 40 | 80 |" in text
    assert "| More than the first | – | 40 (40 to 40) |" in text
    assert "| Changes | none | demand: mean_units times 2 |" in text
