"""Finished runs side by side."""

from pathlib import Path

import pytest

from stockrail.comparisons.comparison import compare
from stockrail.comparisons.margin_bridge import DECISIONS, FACTS
from stockrail.workbench.comparisons.of_runs import compare_runs
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store import Store
from tests.stockrail.what_if_cases import one_order as as_what_ifs
from tests.stockrail.workbench.comparisons.runs import (
    DOUBLED,
    add_baseline,
    add_run,
    base_and_high,
    one_order,
)


def test_runs_compare_as_what_ifs_do(sqlite_store: Store, tmp_path: Path) -> None:
    """The numbers are those that `compare` solves for (docs/what-ifs.md): 40 and 80, orders of 10 and 20."""
    found = compare_runs(sqlite_store, base_and_high(sqlite_store, tmp_path / "in"))
    instance, what_ifs = as_what_ifs()
    solved = compare(instance, what_ifs, gap=0.0)
    columns = ["expected_margin", "revenue", "fill_rate", "orders_now", "buys_now", "peak_inventory_value"]
    assert found.comparison.frame()[columns].equals(solved.frame()[columns])
    assert found.scenarios == ("base", "high")
    assert found.notes == ()


def test_bridge_of_runs_by_hand(sqlite_store: Store, tmp_path: Path) -> None:
    """Ten under twice the demand still earn 40; ten more bring 100 and cost 60. The way back is another one."""
    runs = base_and_high(sqlite_store, tmp_path / "in")
    comparison = compare_runs(sqlite_store, runs).comparison

    def parts(origin: int, target: int) -> dict[tuple[str, str], float]:
        names = [row.name for row in comparison.outcomes]
        rows = comparison.bridge_between(names[origin], names[target]).to_dict("records")
        return {(row["step"], row["part"]): row["amount"] for row in rows if abs(row["amount"]) > 1e-9}

    assert parts(0, 1) == pytest.approx({(DECISIONS, "revenue"): 100, (DECISIONS, "landed_cost"): -60})
    assert parts(1, 0) == pytest.approx({(FACTS, "revenue"): -100, (DECISIONS, "landed_cost"): 60})


@pytest.mark.parametrize(
    ("bound", "least", "is_within_gap"),
    [
        (40.0, 40.0, False),  # both proven: the difference is 40
        (79.0, 1.0, False),  # base may earn 39 more: high earns at least 1 more
        (81.0, -1.0, True),  # base may earn 41 more: base could be the better one
    ],
)
def test_difference_and_what_the_bounds_say(
    sqlite_store: Store, tmp_path: Path, bound: float, least: float, is_within_gap: bool
) -> None:
    """Of 80 to 40 with a bound of base: at the least 80 less that bound, at the most 80 less 40."""
    runs = base_and_high(sqlite_store, tmp_path / "in", bound=bound)
    first, second = compare_runs(sqlite_store, runs).differences
    assert (first.amount, first.least, first.most, first.is_within_gap) == (0, 0, 0, False)
    assert (second.amount, second.least, second.most) == pytest.approx((40, least, 40))
    assert second.is_within_gap is is_within_gap


def test_items_of_other_baselines(sqlite_store: Store, tmp_path: Path) -> None:
    """The second baseline has an item B as well, of which 5 are bought for 30: nobody decided that the first one buys none."""
    first = add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "one"))
    two = one_order(demand=((10,), (5,)))
    second = add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "two", two))
    buys = compare_runs(sqlite_store, (first, second)).comparison.buys
    [row] = buys.to_dict("records")
    assert (row["item"], row["spread"], row["base, run 2_units"]) == ("B", 30, 5)
    assert row["base, run 1_units"] != row["base, run 1_units"]  # not a number: blank
    back = compare_runs(sqlite_store, (second, first)).comparison.buys
    assert back["item"].tolist() == ["B"]


def test_what_differs_in_the_inputs(sqlite_store: Store, tmp_path: Path) -> None:
    """One cell of demand, in words and as a cell; nothing of the first run."""
    found = compare_runs(sqlite_store, base_and_high(sqlite_store, tmp_path / "in"))
    assert found.overlays == ((), ("demand: mean_units times 2",))
    assert dict(found.inputs[0].counts) == {}
    assert dict(found.inputs[1].counts) == {"demand": 1}
    [cell] = found.inputs[1].cells
    assert (cell.row, cell.before, cell.after) == ("A | 0", 10, 20)


def test_notes_say_what_makes_numbers_differ(sqlite_store: Store, tmp_path: Path) -> None:
    """Other periods, limits that were loosened, and a margin that today's engine does not find."""
    first = add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "one"), expected_margin=45.0)
    longer = add_baseline(sqlite_store, tmp_path / "two", one_order(demand=(10, 10)))
    second = add_run(sqlite_store, longer, relaxations=[{"guardrail": "cap"}])
    notes = compare_runs(sqlite_store, (first, second)).notes
    assert [note.split(":")[0].split(" that ")[0] for note in notes] == [
        "The plans do not have the same periods",
        "Run 1 said",
        "Run 2 loosened limits to have a plan at all (--relax)",
    ]


def test_who_cannot_be_compared(sqlite_store: Store, tmp_path: Path) -> None:
    """One run, five, one twice, none that there is, other currencies."""
    first, second = base_and_high(sqlite_store, tmp_path / "in")
    for runs, why in (
        ((first,), "Choose 2 to 4 runs; 1 are chosen"),
        ((1, 2, 3, 4, 5), "5 are chosen"),
        ((first, first), "each run once"),
    ):
        with pytest.raises(StateError, match=why):
            compare_runs(sqlite_store, runs)
    with pytest.raises(NotFoundError, match="no run 7"):
        compare_runs(sqlite_store, (first, 7))
    usd = {"currency": "USD"}
    dollars = add_baseline(sqlite_store, tmp_path / "usd", one_order(settings=usd, items=usd, suppliers=usd))
    with pytest.raises(StateError, match="EUR and USD"):
        compare_runs(sqlite_store, (second, add_run(sqlite_store, dollars, DOUBLED)))
