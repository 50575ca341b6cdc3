"""The library: instances are made again the same, and plans are worth what the manifest says."""

import csv
from pathlib import Path

import pytest

from stockrail.library import (
    Entry,
    Recipe,
    check_orders,
    content_sha256,
    read_manifest,
    write_manifest,
)

LIBRARY = Path("instances/library")
ENTRIES = read_manifest(LIBRARY / "manifest.csv")


def test_every_size_is_there() -> None:
    """One item to 100,000; each name is that of its recipe."""
    assert {entry.items for entry in ENTRIES} == {1, 10, 100, 1000, 10000, 100000}
    assert [entry.name for entry in ENTRIES] == [entry.recipe.name for entry in ENTRIES]


# Larger ones take minutes: `python scripts/library.py hashes` makes them all.
MADE = [entry for entry in ENTRIES if entry.content_sha256 and entry.items <= 1000]


@pytest.mark.parametrize("entry", MADE, ids=lambda entry: str(entry.name))
def test_the_same_instance_is_made_again(entry: Entry) -> None:
    """The hash of what is made is the one that was published."""
    assert content_sha256(entry.recipe.make()) == entry.content_sha256


def test_another_seed_has_another_hash() -> None:
    """A hash tells instances apart, down to the last cent of a limit."""
    recipe = Recipe(1, 3, 1, True, 6.0)
    others = (Recipe(1, 3, 2, True, 6.0), Recipe(1, 3, 1, False, 6.0), Recipe(1, 3, 1, True, 6.01))
    assert len({content_sha256(r.make()) for r in (recipe, *others)}) == 4


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.plan], ids=lambda entry: str(entry.name))
def test_plans_are_worth_what_is_said(entry: Entry) -> None:
    """The independent checker finds no broken law and the stated value, which is below the stated bound."""
    checked = check_orders(entry.recipe.make(), LIBRARY / entry.plan)
    assert checked.broken == ()
    assert entry.best_objective is not None
    assert entry.best_bound is not None
    assert entry.gap is not None
    assert checked.objective == pytest.approx(entry.best_objective, abs=0.01)
    assert entry.best_objective <= entry.best_bound
    assert entry.gap == pytest.approx(
        (entry.best_bound - entry.best_objective) / entry.best_objective, abs=1e-6
    )


def test_a_plan_beyond_the_limit_is_none(tmp_path: Path) -> None:
    """With ten times the lots the limit and the largest order are broken, and it is said where."""
    entry = next(e for e in ENTRIES if e.plan)
    with (LIBRARY / entry.plan).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "orders.csv").open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["item", "node", "lots"])
        writer.writeheader()
        writer.writerows({**row, "lots": 10 * int(row["lots"])} for row in rows)
    broken = " ".join(check_orders(entry.recipe.make(), tmp_path / "orders.csv").broken)
    assert "inventory-cap (upper)" in broken


def test_parts_are_worth_what_the_whole_is(tmp_path: Path) -> None:
    """Checked three items at a time, a plan has the same value; an order of an item that is not there is refused as well."""
    entry = next(e for e in ENTRIES if e.plan and e.items == 10)
    instance, plan = entry.recipe.make(), LIBRARY / entry.plan
    whole, parts = check_orders(instance, plan), check_orders(instance, plan, items_at_once=3)
    assert parts.broken == whole.broken == ()
    assert parts.objective == pytest.approx(whole.objective, abs=0.001)
    assert parts.largest_excess == pytest.approx(whole.largest_excess, abs=0.001)
    stray = tmp_path / "orders.csv"
    stray.write_text(plan.read_text(encoding="utf-8") + "nobody,0,1\n", encoding="utf-8")
    assert "nobody" in " ".join(check_orders(instance, stray, items_at_once=3).broken)


def test_scenarios_are_powers_of_three() -> None:
    """Other numbers of scenarios are refused."""
    assert Recipe(1, 729, 1, True, 6.0).branchings == (3,) * 6
    for scenarios in (1, 10, 80):
        with pytest.raises(ValueError, match="scenarios"):
            _ = Recipe(1, scenarios, 1, True, 6.0).branchings


def test_manifest_round_trip(tmp_path: Path) -> None:
    """What is written is read back, blanks included."""
    write_manifest(ENTRIES, tmp_path / "manifest.csv")
    assert read_manifest(tmp_path / "manifest.csv") == ENTRIES
    assert (tmp_path / "manifest.csv").read_bytes() == (LIBRARY / "manifest.csv").read_bytes()
