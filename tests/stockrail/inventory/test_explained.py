"""Inventory explained: drivers by hand, sums that are exact, bias, just in case, and the command."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.generation import generate
from stockrail.inventory.bias import read_bias
from stockrail.inventory.display import notes
from stockrail.inventory.explained import INTERACTION, TOTAL, InventoryExplained, explain_inventory
from stockrail.inventory.measures import MEASURES
from stockrail.inventory.physical import PhysicalLedger
from stockrail.inventory.plans import NothingHoldsError
from stockrail.model import InstanceError, write
from stockrail.model.ledger import Ledger
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of
from tests.stockrail.stock_cases import biased, late_suppliers, launch, lots_and_calendar


@pytest.fixture(scope="module")
def generated() -> InventoryExplained:
    """A generated instance with a guardrail, and a bias."""
    return explain_inventory(generate(16, 8, (2, 2), 3, guardrail_share=0.97), bias=0.05, gap=0.005)


def test_two_drivers_that_each_force_the_same_stock() -> None:
    """Lots and calendar alone add nothing, together 30 of stock and 3 a year, 18 in six years: all of it is interaction."""
    result = explain_inventory(lots_and_calendar(), gap=0.0)
    for measure, amount in (
        ("stock_value", 30),
        ("cycle_value", 30),
        ("holding", 18),
        ("expected_margin", -18),
    ):
        effects = [result.effect(name, measure) for name in ("lots", "order_calendar", INTERACTION, TOTAL)]
        assert effects == pytest.approx([0, 0, amount, amount], abs=1e-9), measure
    assert result.is_complete
    assert set(result.solves[~result.solves["is_here"]]["driver"]) >= {"forecast_error", "lead_time"}


def test_demand_below_the_forecast() -> None:
    """Ten are bought and eight sold in each year: 2, 4, 6, 8 units are left, 5 on average, worth 30, for 3 a year."""
    result = explain_inventory(biased(), bias=-0.2, gap=0.0)
    assert result.by_item["stock_units"].tolist() == pytest.approx([2, 4, 6, 8])
    found = [result.effect("forecast_bias", name) for name in ("stock_value", "holding", "expected_margin")]
    assert found == pytest.approx([30, 12, -12])
    assert result.effect(TOTAL, "stock_value") == pytest.approx(30)


def test_demand_above_the_forecast() -> None:
    """Ten are bought, twelve wanted: two are lost in each year, at 4 each. Nothing piles up, as it would if orders were netted."""
    result = explain_inventory(biased(), bias=0.2, gap=0.0)
    assert result.effect("forecast_bias", "lost_margin") == pytest.approx(4 * 2 * 4)
    assert result.effect("forecast_bias", "expected_margin") == pytest.approx(-4 * 2 * 4)


def test_bias_to_expedite_spend() -> None:
    """The same with everything short expedited at 1 a unit: the bias costs 8 in four years."""
    instance = make_instance(
        demand=(10,) * 4, segments={"lost_share": 1}, items={"expedite_share": 1, "expedite_premium": 1}
    )
    result = explain_inventory(instance, bias=0.2, gap=0.0)
    assert result.effect("forecast_bias", "expedite") == pytest.approx(8)
    assert result.effect("forecast_bias", "expected_margin") == pytest.approx(-8)


def test_late_deliveries_to_safety_stock() -> None:
    """Of ten units before a receipt in half of the cases, 5 on average, worth 30; 10 and then 5 are held for 0.6 a year each: 9."""
    result = explain_inventory(late_suppliers(), gap=0.0)
    names = ("safety_stock_value", "holding", "lost_margin", "expected_margin")
    found = [result.effect("lead_time_variability", name) for name in names]
    assert found == pytest.approx([30, 9, 0, -9], abs=1e-9)


def test_life_cycle_in_money() -> None:
    """The launch needs 15, 30, 15, 0 units in advance, 15 on average, worth 90, for 36; the same sales spread evenly need none."""
    result = explain_inventory(launch(), gap=0.0)
    assert result.by_item["stock_value"].tolist() == pytest.approx([90, 180, 90, 0])
    names = ("stock_value", "holding", "expected_margin")
    found = [result.effect("life_cycle", name) for name in names]
    assert found == pytest.approx([90, 36, -36], abs=1e-9)


def test_sums_are_exact(generated: InventoryExplained) -> None:
    """Drivers and interaction add up to the total, for every measure, of the whole and of each segment."""
    for frame in (generated.drivers, *(rows for _, rows in generated.drivers_by_segment.groupby("segment"))):
        table = frame.pivot(index="measure", columns="driver", values="effect")
        total = table.pop(TOTAL)
        assert set(table.index) == set(MEASURES)
        assert table.sum(axis=1).tolist() == pytest.approx(total.tolist(), rel=1e-12, abs=1e-6)
    with_all = generated.drivers.groupby("measure")["with_driver"].agg(
        lambda values: values.dropna().nunique()
    )
    assert (with_all == 1).all()


def test_segments_add_up(generated: InventoryExplained) -> None:
    """Effects on stock and cost by segment add up to those of the whole."""
    summed = generated.drivers_by_segment.groupby(["driver", "measure"])["effect"].sum()
    for row in generated.drivers.to_dict("records"):
        assert summed[(row["driver"], row["measure"])] == pytest.approx(row["effect"], abs=1e-6)


def test_purposes_are_those_of_the_drivers(generated: InventoryExplained) -> None:
    """The split of the plan has the same mean value by purpose as the table of drivers says it has with all of them."""
    periods = generated.by_segment["period"].nunique()
    rows = generated.drivers[generated.drivers["driver"] == TOTAL].set_index("measure")["with_driver"]
    for name in (
        "stock_value",
        "cycle_value",
        "safety_value",
        "pipeline_value",
        "build_value",
        "excess_value",
    ):
        assert generated.by_segment[name].sum() / periods == pytest.approx(rows[name])


def test_just_in_case() -> None:
    """50 units of safety stock where nothing is uncertain: all of it, worth 300, is just in case; targets below are left alone."""
    instance = make_instance(
        demand=(10, 10),
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 1},
        policy_options={"option": "lean", "safety_factor": 0, "cover_periods": 0},
        current_targets={"safety_stock_units": 50, "cover_periods": 0},
    )
    result = explain_inventory(instance, gap=0.0)
    assert result.effect("just_in_case", "stock_value") == pytest.approx(300)
    assert result.effect("just_in_case", "expected_margin") == pytest.approx(-2 * 30)
    assert "just_in_case" not in set(result.drivers["driver"])


def test_physical_ledger() -> None:
    """Its margin is the ledger's own `physical_margin`; without expediting and lost units nothing differs."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        tables = tables_of(random_instance(rng, items=2))
        plan = random_plan(rng, tables)
        assert PhysicalLedger(tables, plan).expected_margin == pytest.approx(
            Ledger(tables, plan).physical_margin
        )
    instance = make_instance(demand=(5, 5, 5), items={"lead_time_periods": 1, "opening_stock_units": 2})
    tables, plan = tables_of(instance), np.array([[6, 6, 9]])
    plain, physical = Ledger(tables, plan), PhysicalLedger(tables, plan)
    assert physical.line("on_hand") == pytest.approx(plain.line("on_hand"))
    assert physical.safety_stock[0] == pytest.approx(plain.safety_stock[0])


def test_nothing_to_explain() -> None:
    """Where no plan keeps the limits there is no stock to explain, and the message says how to go on."""
    instance = make_instance(demand=(10, 10), guardrails={"metric": "served_units", "lower": 1000})
    with pytest.raises(NothingHoldsError, match="--relax"):
        explain_inventory(instance)


def test_bias_table(tmp_path: Path) -> None:
    """An item before its group, a group before everything else."""
    instance = make_instance(
        demand=[(1, 1)] * 3, items=[{"product_group": "P"}, {"product_group": "P"}, {"product_group": "Q"}]
    )
    file = tmp_path / "bias.csv"
    file.write_text("item,product_group,bias_share\nA,,-0.5\n,P,0.2\n,,0.1\n", encoding="utf-8")
    assert read_bias(file, instance).tolist() == [-0.5, 0.2, 0.1]
    file.write_text("product_group,bias_share\nP,0.2\n", encoding="utf-8")
    assert read_bias(file, instance).tolist() == [0.2, 0.2, 0.0]


def test_every_mistake_of_a_bias_table(tmp_path: Path) -> None:
    """Five mistakes are five problems, each with its line."""
    file = tmp_path / "bias.csv"
    rows = ["A,P,0.1", "X,,0.1", ",X,0.1", "A,,0.1", "A,,0.2"]
    file.write_text("\n".join(["item,product_group,bias_share", *rows]), encoding="utf-8")
    with pytest.raises(InstanceError) as caught:
        read_bias(file, make_instance())
    assert [problem.row for problem in caught.value.problems] == [2, 3, 4, 6]
    file.write_text("item,bias_share\nA,-2\n", encoding="utf-8")
    with pytest.raises(InstanceError, match="-2"):
        read_bias(file, make_instance())


def test_command(tmp_path: Path) -> None:
    """The command prints purposes and drivers and writes every file."""
    folder = tmp_path / "example"
    write(lots_and_calendar(), folder)
    runner = CliRunner()
    done = runner.invoke(app, ["explain", str(folder), "--out", str(tmp_path / "out"), "--gap", "0"])
    assert done.exit_code == 0, done.output
    assert "Together only" in done.output and "Not in this instance: Forecast error" in done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "inventory.json", "inventory.html", "inventory_by_item.csv", "inventory_by_segment.csv", "inventory_drivers.csv",
        "inventory_drivers_by_segment.csv", "inventory_just_in_case.csv", "inventory_solves.csv",
    }  # fmt: skip
    assert len(pd.read_csv(tmp_path / "out" / "inventory_by_item.csv")) == 6
    page = (tmp_path / "out" / "inventory.html").read_text(encoding="utf-8")
    assert 'id="chart-purposes"' in page and 'id="chart-stock_value"' in page
    both = runner.invoke(app, ["explain", str(folder), "--bias", "0.1", "--bias-table", "x.csv"])
    assert both.exit_code == 2


def test_stopped_after_the_first_plan() -> None:
    """What is done is kept: the plan and its split. Drivers that were not begun have no effect, and that is said."""
    done = [0]
    result = explain_inventory(
        lots_and_calendar(),
        gap=0.0,
        workers=1,
        on_progress=lambda count, total, name: done.append(count),
        is_cancelled=lambda: done[-1] >= 1,
    )
    assert result.by_item["stock_units"].tolist() == pytest.approx([10, 0, 10, 0, 10, 0])
    assert np.isnan(result.effect("lots", "stock_value"))
    assert not result.is_complete
    assert any("Lots and minimum orders: not solved" in note for note in notes(result))


@pytest.mark.parametrize("seed", range(8))
def test_looser_order_rules_never_cost(seed: int) -> None:
    """Single units and an open calendar leave every plan possible, so that the best one earns no less (solved to the end)."""
    instance = replace(random_instance(np.random.default_rng(seed), items=1), quantity_breaks=())
    result = explain_inventory(instance, gap=0.0)
    here = set(result.drivers["driver"]) & {"lots", "order_calendar"}
    for name in here:
        assert result.effect(name, "expected_margin") <= 1e-6, name
