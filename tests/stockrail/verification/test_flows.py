"""The checker's own simulation against numbers derived by hand, order by order."""

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.verification.flows import Flows, simulate
from tests.builders import make_instance, path_of_nodes


def flows_of(instance: Instance, lots: list[list[int]]) -> Flows:
    """Simulate lots by node, of all items as one scope."""
    everything = np.ones(len(instance.items), dtype=bool)
    return simulate(instance, build_tree(instance), np.array(lots), [everything])


def test_orders_do_not_overtake() -> None:
    """An order delayed to period 3 holds the next one back, and payables start when both arrive."""
    # Placed in period 0 with lead time 1 and a delay of 2: due in 3. Placed in period 1: due in 2, so it waits until 3.
    instance = make_instance(
        demand=(0, 0, 0, 0),
        items={"lead_time_periods": 1},
        suppliers={"payment_days": 365, "ownership": "shipment"},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": "n0", "delay_periods": 2, "cost_factor": 2}],
    )
    flows = flows_of(instance, [[1], [1], [0], [0]])
    # One unit for 12, one for 6. Ours when shipped, at the standard value of 6.
    assert flows.metrics["purchases"][0].tolist() == [12, 6, 0, 0]
    assert flows.metrics["payables"][0].tolist() == [0, 0, 0, 18]
    assert flows.metrics["inventory_value"][0].tolist() == [6, 12, 12, 12]
    assert flows.parts["landed_cost"].tolist() == [18]
    assert flows.imbalance == 0


def test_stock_is_written_down_once_when_it_passes_its_shelf_life() -> None:
    """Of 10 units of opening stock 6 are left when they are one period old, 4 later; only the 6 are written down."""
    # Open orders of 5 arrive in period 1. First in, first out: they are one period old, all 5, in period 2.
    instance = make_instance(
        demand=(2, 2, 2, 2),
        items={"opening_stock_units": 10, "shelf_life_periods": 1, "write_off_share": 0.5},
        open_orders={"due_period": 1, "units": 5},
    )
    flows = flows_of(instance, [[0], [0], [0], [0]])
    assert flows.parts["write_off"].tolist() == [0.5 * 6 * (6 + 5)]
    assert flows.parts["landed_cost"].tolist() == [30]  # open orders at standard value
    assert flows.imbalance == 0


def test_expedited_and_lost_units_are_netted_from_the_next_receipt() -> None:
    """Of 10 short units half are expedited and the rest is lost; the next 10 received only replace them."""
    # Losing a unit costs 10 - 6, so a premium of 1 is worthwhile. Period 0: net -10, 5 expedited, 5 lost, served 5,
    # landed 5 * 6, premium 5. Period 1: 12 received, all 10 owed are netted, 2 served: landed (12 - 10) * 6.
    instance = make_instance(
        demand=(10, 2),
        items={"lead_time_periods": 1, "expedite_premium": 1, "expedite_share": 0.5},
        segments={"lost_share": 1},
    )
    flows = flows_of(instance, [[12], [0]])
    assert flows.parts["revenue"].tolist() == [70]
    assert flows.parts["landed_cost"].tolist() == [42]
    assert flows.parts["expedite"].tolist() == [5]
    assert flows.short.tolist() == [10]
    # Cash: 50 - 30 - 5, then 20 - 12 more.
    assert flows.metrics["cash"][0].tolist() == [15, 23]
    assert flows.imbalance == 0


def test_expediting_that_costs_more_than_the_shortage_is_not_done() -> None:
    """With a premium of 4, what losing a unit costs, nothing is expedited."""
    instance = make_instance(
        demand=(10,), items={"expedite_premium": 4, "expedite_share": 1}, segments={"lost_share": 1}
    )
    assert flows_of(instance, [[0]]).parts["expedite"].tolist() == [0]


def test_noise_leaves_stock_and_backlog_at_once() -> None:
    """With net inventory 0 and sigma 5 both on hand and backlog are 5 * pdf(0)."""
    # One period of sigma 3 and one of 4 accumulate to 5 over the protection interval. The premium of 0 buys nothing,
    # as waiting costs nothing.
    instance = make_instance(
        demand=(0, 10), sigma=(3, 4), items={"lead_time_periods": 1, "opening_stock_units": 10}
    )
    flows = flows_of(instance, [[0], [0]])
    assert flows.metrics["inventory_value"][0, 1] == pytest.approx(6 * 5 / np.sqrt(2 * np.pi))
    assert flows.imbalance < 1e-12


def test_discount_takes_money_to_now() -> None:
    """Revenue of 10 now and 10 in a year at a rate of 25% is worth 18."""
    instance = make_instance(
        demand=(1, 1), items={"opening_stock_units": 2}, settings={"discount_rate_per_year": 0.25}
    )
    assert flows_of(instance, [[0], [0]]).parts["revenue"].tolist() == [18]


def test_deposits_are_paid_with_the_order_and_the_rest_when_it_is_due() -> None:
    """Of 12 ordered 30% are paid at once, the rest a year after arrival; a deposit on goods under way is a claim."""
    instance = make_instance(
        demand=(0, 0, 0),
        items={"lead_time_periods": 1},
        suppliers={"payment_days": 365, "deposit_share": 0.3},
    )
    flows = flows_of(instance, [[2], [0], [0]])
    assert flows.metrics["open_commitments"][0].tolist() == [12, 0, 0]
    # Now -0.3 * 12, on arrival 0.7 * 12 is owed, a year later nothing.
    assert flows.metrics["payables"][0] == pytest.approx([-3.6, 8.4, 0])
    assert flows.metrics["cash"][0] == pytest.approx([-3.6, -3.6, -12])


def test_quantity_breaks_lower_the_value_of_the_order_that_arrives() -> None:
    """10 units at 12 cost 120 less 2 * 20 saved at a cost factor of 2: ordered, in transit, received."""
    instance = make_instance(
        demand=(0, 0),
        items={"lead_time_periods": 1},
        quantity_breaks={"from_units": 10, "unit_cost": 4},
        scenarios=path_of_nodes(2),
        scenario_suppliers=[{"node": "n0", "cost_factor": 2}],
    )
    flows = flows_of(instance, [[10], [0]])
    assert flows.metrics["purchases"][0].tolist() == [80, 0]
    assert flows.metrics["open_commitments"][0].tolist() == [80, 0]
    assert flows.parts["landed_cost"].tolist() == [80]
    # Stock stays at its standard value.
    assert flows.metrics["inventory_value"][0].tolist() == [0, 60]


def test_open_orders_are_commitments_at_standard_value() -> None:
    """5 units due in period 1 are committed for 5 * 6 until then."""
    instance = make_instance(demand=(0, 0), open_orders={"due_period": 1, "units": 5})
    assert flows_of(instance, [[0], [0]]).metrics["open_commitments"][0].tolist() == [30, 0]


def test_excess_and_obsolete_stock_adds_up() -> None:
    """10 units with demand of 2 a year: what exceeds a year's demand, plus what is older than a year, at 6 each."""
    instance = make_instance(
        demand=(2, 2, 2),
        items={"opening_stock_units": 10, "shelf_life_periods": 1, "write_off_share": 0.5},
        settings={"forward_cover_days": 365},
    )
    flows = flows_of(instance, [[0], [0], [0]])
    # Stock 8, 6, 4, so 6, 4, 2 are beyond cover; all of it is a year old from period 1 on.
    assert flows.metrics["excess_exposure"][0].tolist() == [6 * 6, 6 * (4 + 6), 6 * (2 + 4)]
    # Written down once, when 6 are left.
    assert flows.metrics["write_offs"][0].tolist() == [0, 0.5 * 6 * 6, 0]


def test_noise_counts_in_excess_as_in_stock() -> None:
    """With net inventory at exactly the cover, what is beyond is sigma * pdf(0), as stock is with net inventory 0."""
    instance = make_instance(
        demand=(10,), sigma=(5,), items={"opening_stock_units": 20}, settings={"forward_cover_days": 365}
    )
    exposure = flows_of(instance, [[0]]).metrics["excess_exposure"][0]
    assert exposure == pytest.approx([6 * 5 / np.sqrt(2 * np.pi)])


def test_fill_rate_and_on_time_in_full() -> None:
    """3 short of 10: 70% of the units, and not in full; the year before, with nothing left but nothing owed, in full."""
    instance = make_instance(demand=(5, 10), items={"opening_stock_units": 12})
    flows = flows_of(instance, [[0], [0]])
    assert flows.metrics["fill_rate"][0].tolist() == [5, 7]
    assert flows.metrics["on_time_in_full"][0].tolist() == [5, 0]
    assert flows.denominators["fill_rate"][0].tolist() == [5, 10]
    exact = flows_of(make_instance(demand=(5,), items={"opening_stock_units": 5}), [[0]])
    assert exact.metrics["on_time_in_full"][0].tolist() == [5]


def test_noise_makes_in_full_a_probability() -> None:
    """Net inventory of one standard deviation is enough with the probability cdf(1)."""
    instance = make_instance(demand=(10,), sigma=(4,), items={"opening_stock_units": 14})
    flows = flows_of(instance, [[0]])
    assert flows.metrics["on_time_in_full"][0] == pytest.approx([10 * 0.8413447460685429])


def test_turns_and_cash_conversion_cycle_at_cost() -> None:
    """3 served a year at a cost of 6 from a stock of 10; customers pay after a year."""
    instance = make_instance(
        demand=(3, 3), items={"opening_stock_units": 10}, settings={"receivable_days": 365}
    )
    flows = flows_of(instance, [[0], [0]])
    assert flows.metrics["turns"][0].tolist() == [18, 18]
    assert flows.denominators["turns"][0].tolist() == [42, 24]
    # Stock 42 and 24, receivables at cost 18 each, nothing owed to suppliers.
    assert flows.metrics["cash_conversion_cycle"][0].tolist() == [60, 42]
    assert flows.denominators["cash_conversion_cycle"][0] == pytest.approx([18 / 365, 18 / 365])


def test_margin_and_scenario_margins() -> None:
    """The metric is undiscounted, a scenario's margin is discounted and summed along its path."""
    # Each unit served earns 10 and was in stock: 40 now; 80 or 20 in a year, worth 64 or 16 now.
    instance = make_instance(
        demand=(4, 8),
        items={"opening_stock_units": 12},
        settings={"discount_rate_per_year": 0.25},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.25},
        ],
    )
    flows = flows_of(instance, [[0], [0], [0]])
    assert flows.metrics["margin"][0].tolist() == [40, 80, 20]
    assert flows.scenario_margin == pytest.approx([40 + 64, 40 + 16])


def test_storage_space() -> None:
    """7 units of half a cubic metre need 3.5."""
    instance = make_instance(demand=(3,), items={"opening_stock_units": 10, "space_per_unit": 0.5})
    assert flows_of(instance, [[0]]).metrics["storage_space"][0].tolist() == [3.5]
