"""Data health: each check finds what it is for, with the rows and the money that follow from the numbers.

three-items has 3 periods of 73 days, a fifth of a year: demand of a year is 5 times the mean of a period. kettle: 10 a period, so 50 a
year, price 20, cost 10. fan: 10, 20, 15, mean 15, so 75 a year, price 40, cost 20. filter: 10, so 50 a year, price 10, cost 5; stock 10.
"""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from stockrail.model import Instance, load
from stockrail.model.schema import OpenOrder, Supplier, Warehouse
from stockrail.workbench.data_health.finding import Finding
from stockrail.workbench.data_health.health import contents, findings
from tests.stockrail.workbench.folders import ROOT, THREE_ITEMS


@pytest.fixture(scope="module")
def three() -> Instance:
    """The instance three-items."""
    return load(THREE_ITEMS)


def changed(instance: Instance, item: str, **values: object) -> Instance:
    """The instance with other values of an item."""
    rows = tuple(row.model_copy(update=values) if row.item == item else row for row in instance.items)
    return replace(instance, items=rows)


def found(instance: Instance, key: str) -> Finding:
    """The finding of a check."""
    return next(one for one in findings(instance) if one.key == key)


def keys(instance: Instance) -> set[str]:
    """Checks that find something."""
    return {one.key for one in findings(instance)}


def test_three_items_as_they_are(three: Instance) -> None:
    """Kettle and fan have no forecast error: 50 * 20 + 75 * 40 = 4000. kettle and filter no lead time: 50 * 10 + 50 * 5 = 750.

    filter's orders cost nothing: 50 * 5 = 250. The most money first, and what has none last.
    """
    assert [(one.key, one.count, one.of, one.money) for one in findings(three)] == [
        ("without_error", 2, 3, 4000.0),
        ("without_lead_time", 2, 3, 750.0),
        ("without_order_cost", 1, 3, 250.0),
        ("items_without_targets", 3, 3, None),
    ]
    assert [one.row for one in found(three, "without_error").examples] == ["fan", "kettle"]  # by money


def test_contents(three: Instance) -> None:
    """Stock 10 fans at 20 and 10 filters at 5; revenue 30 * 20 + 45 * 40 + 30 * 10; 219 days from 2027-01-04."""
    made = contents(replace(three, open_orders=(OpenOrder(item="kettle", due_period=1, units=3.0),)))
    assert (made.stock_value, made.revenue, made.on_order_value) == (250.0, 2700.0, 30.0)
    assert made.last_day == dt.date(2027, 1, 4) + dt.timedelta(days=218)


def test_sold_at_a_loss(three: Instance) -> None:
    """A kettle costs 25 and brings 20: 5 on each of 50 a year; landed cost counts, not the supplier's price alone."""
    assert found(changed(three, "kettle", unit_cost=25.0), "sold_at_a_loss").money == pytest.approx(250.0)
    at_cost = changed(three, "kettle", unit_cost=20.0)
    assert "sold_at_a_loss" not in keys(at_cost)
    freight = tuple(row.model_copy(update={"freight_rate": 0.1}) for row in three.suppliers)
    assert found(replace(at_cost, suppliers=freight), "sold_at_a_loss").money == pytest.approx(2.0 * 50)


def test_without_demand(three: Instance) -> None:
    """The stock of 10 filters at 5 stays; it does not count as stock for more than a year as well."""
    demand = three.mean_demand.copy()
    demand[2] = 0.0
    one = found(replace(three, mean_demand=demand), "without_demand")
    assert (one.count, one.money, one.examples[0].row) == (1, 50.0, "filter")
    assert "too_much_stock" not in keys(replace(three, mean_demand=demand))


def test_too_much_stock(three: Instance) -> None:
    """40 in stock and 30 on order, of 50 a year: 20 too many at 10 each; 50 are just a year."""
    stocked = changed(three, "kettle", opening_stock_units=40.0)
    with_order = replace(stocked, open_orders=(OpenOrder(item="kettle", due_period=1, units=30.0),))
    assert found(with_order, "too_much_stock").money == pytest.approx(200.0)
    assert "too_much_stock" not in keys(changed(three, "kettle", opening_stock_units=50.0))


def test_demand_beyond_the_life_of_an_item(three: Instance) -> None:
    """Periods begin on 2027-01-04, 03-18 and 05-30. A fan that ends on 03-18 has 15 in period 2 too many, at 40 each."""
    assert found(changed(three, "fan", end_date=dt.date(2027, 3, 18)), "ended_with_demand").money == 600.0
    launched = changed(three, "fan", launch_date=dt.date(2027, 3, 18))
    assert found(launched, "ended_with_demand").money == 400.0  # 10 in period 0
    assert "ended_with_demand" not in keys(changed(three, "fan", end_date=dt.date(2027, 5, 30)))


def test_lot_of_years(three: Instance) -> None:
    """A lot of 60 kettles, of 50 a year: 10 too many at 10 each; a minimum order counts as well; a lot of 50 is fine."""
    assert found(changed(three, "kettle", lot_size=60.0), "lot_of_years").money == pytest.approx(100.0)
    assert found(changed(three, "kettle", minimum_order_units=70.0), "lot_of_years").money == pytest.approx(
        200.0
    )
    assert "lot_of_years" not in keys(changed(three, "kettle", lot_size=50.0))


def test_lot_beyond_shelf_life(three: Instance) -> None:
    """In two periods 20 kettles are sold: of a lot of 30 ten get too old, at 10 each; items without shelf life never do."""
    aged = changed(three, "kettle", lot_size=30.0, shelf_life_periods=2)
    assert found(aged, "lot_beyond_shelf_life").money == pytest.approx(100.0)
    assert "lot_beyond_shelf_life" not in keys(changed(three, "kettle", lot_size=20.0, shelf_life_periods=2))


def test_demand_outliers(three: Instance) -> None:
    """100 kettles in period 1 where 10 are usual: 90 more at 20 each; 99 are not ten times as much."""
    demand = three.mean_demand.copy()
    demand[0, 1] = 100.0
    one = found(replace(three, mean_demand=demand), "demand_outliers")
    assert (one.count, one.of, one.money) == (1, 9, 1800.0)
    assert (one.examples[0].row, one.examples[0].words) == ("kettle | 1", "100, usually 10")
    demand[0, 1] = 99.0
    assert "demand_outliers" not in keys(replace(three, mean_demand=demand))


def test_wild_error(three: Instance) -> None:
    """filter: sigma of 31 a period where 10 are expected; its revenue of a year is 500."""
    sigma = three.sigma.copy()
    sigma[2] = 31.0
    assert found(replace(three, sigma=sigma), "wild_error").money == 500.0
    sigma[2] = 30.0
    assert "wild_error" not in keys(replace(three, sigma=sigma))


def test_what_nothing_refers_to(three: Instance) -> None:
    """A supplier and a warehouse that no item names; items without a warehouse where there is one; a limit that is not there."""
    spare = Supplier(**{**three.suppliers[0].model_dump(), "supplier": "spare"})
    hall = Warehouse(warehouse="hall", capacity_space=100.0)
    odd = replace(three, suppliers=(*three.suppliers, spare), warehouses=(hall,), guardrails=())
    assert keys(odd) - keys(three) == {
        "unused_suppliers",
        "unused_warehouses",
        "items_without_warehouse",
        "no_guardrails",
    }
    assert [example.row for example in found(odd, "unused_suppliers").examples] == ["spare"]
    assert found(odd, "items_without_warehouse").count == 3
    fewer = replace(three, items=three.items[:2], mean_demand=three.mean_demand[:2], sigma=three.sigma[:2])
    assert [example.row for example in found(fewer, "unused_segments").examples] == ["noisy"]


def test_repeated_orders(three: Instance) -> None:
    """Two orders of the same units in the same period; other units are another order."""
    order = OpenOrder(item="kettle", due_period=1, units=3.0)
    other = OpenOrder(item="kettle", due_period=1, units=4.0)
    assert found(replace(three, open_orders=(order, other, order)), "repeated_orders").count == 1
    assert "repeated_orders" not in keys(replace(three, open_orders=(order, other)))


def test_items_without_history(three: Instance) -> None:
    """Only where the demand of some items is known at all."""
    one = next(one for one in findings(three, {"kettle"}) if one.key == "without_history")
    assert [example.row for example in one.examples] == ["fan", "filter"]
    assert "without_history" not in keys(three)
    assert "without_history" not in {one.key for one in findings(three, {"kettle", "fan", "filter"})}


def test_generated_instance_has_nothing_but_missing_targets() -> None:
    """Distributor is made by rules that leave no such thing, so that a finding is one of its data."""
    assert keys(load(ROOT / "instances" / "distributor")) == {"items_without_targets"}


def test_money_scales_with_the_currency(three: Instance) -> None:
    """All prices and costs times 3: every amount times 3, and the same rows."""
    tripled = replace(
        three,
        items=tuple(
            row.model_copy(
                update={name: getattr(row, name) * 3 for name in ("unit_price", "unit_cost", "order_cost")}
            )
            for row in three.items
        ),
    )
    before, after = findings(three), findings(tripled)
    assert [(one.key, one.count) for one in before] == [(one.key, one.count) for one in after]
    money = [(one.money, other.money) for one, other in zip(before, after, strict=True)]
    known = [(was, now) for was, now in money if was is not None and now is not None]
    assert len(known) == 3
    assert np.allclose([3 * was for was, _ in known], [now for _, now in known])
