"""Metrics on three periods of 30 days, with terms of payment that are not whole periods, derived by hand.

Demand is 10 a period at a price of 10; 15, 5 and 10 units are ordered at 6 and arrive at once; each order costs 4.

    period                  0       1       2
    revenue               100     100     100
    landed cost            90      30      60
    stock at the end        5       0       0      worth 6 each
"""

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS, metric_names, part_terms, path_window, unpaid_window
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import random_instance, tables_of

SETTINGS: Changes = {
    "period_length_days": 30,
    "cost_of_capital_rate_per_year": 0.73,
    "storage_rate_per_year": 0.365,  # 0.365 * 30 / 365 = 0.03 a period
    "receivable_days": 45,
    "opening_cash": 200,
    "opening_receivables": 90,
    "opening_payables": 50,
    "fixed_payments_per_period": 7,
}


def example() -> Ledger:
    tables = tables_of(
        make_instance(settings=SETTINGS, items={"order_cost": 4}, suppliers={"payment_days": 75})
    )
    return Ledger(tables, np.array([[15, 20, 30]]))


def test_inventory_value_and_purchases() -> None:
    """5 units at 6 are left in period 0; purchases are the orders at landed cost."""
    ledger = example()
    np.testing.assert_allclose(ledger.metric_total("inventory_value"), [30, 0, 0])
    np.testing.assert_allclose(ledger.metric_total("purchases"), [90, 30, 60])
    np.testing.assert_allclose(ledger.metric_total("ordered_units"), [15, 5, 10])


def test_receivables() -> None:
    """45 days are 1.5 periods: all of this period's revenue and half of the last one's is unpaid.

    Of 90 opening receivables 1 - 30/45 = 1/3 is open after 30 days, nothing after 60.
    """
    ledger = example()
    np.testing.assert_allclose(ledger.metric("receivables"), [[100, 150, 150]])
    np.testing.assert_allclose(ledger.metric_total("receivables"), [130, 150, 150])


def test_payables() -> None:
    """75 days are 2.5 periods: 90, 30 + 90, then 60 + 30 + 90 / 2 = 135.

    Of 50 opening payables 1 - 30/75 = 60% is open after 30 days, 20% after 60 and nothing after 90.
    """
    ledger = example()
    np.testing.assert_allclose(ledger.metric("payables"), [[90, 120, 135]])
    np.testing.assert_allclose(ledger.metric_total("payables"), [120, 130, 135])


def test_working_capital() -> None:
    """Inventory value + receivables - payables: 30 + 130 - 120, 0 + 150 - 130, 0 + 150 - 135."""
    np.testing.assert_allclose(example().metric_total("working_capital"), [40, 20, 15])


def test_cash() -> None:
    """Opening cash and what has been collected, less what has been paid.

    collected   60 of the opening 90; then the other 30 and 50 of period 0's revenue; then 50 + 50     60, 140, 240
    paid        20, 40, 50 of the opening 50, and of the landed cost 0, 0, 45                          20, 40, 95
    at once     4 for each order, 3% of 30 for storage, 7 fixed                                11.9, 22.9, 33.9
    """
    expected = [200 + 60 - 20 - 11.9, 200 + 140 - 40 - 22.9, 200 + 240 - 95 - 33.9]
    np.testing.assert_allclose(example().metric_total("cash"), expected)


def test_flows() -> None:
    """10 units are served at a time. Margin: revenue - landed cost - 4 an order, and 0.09 * 30 of holding in period 0.

    Capital and storage cost 0.73 + 0.365 a year, 0.09 a period.
    """
    ledger = example()
    np.testing.assert_allclose(ledger.metric_total("served_units"), [10, 10, 10])
    np.testing.assert_allclose(ledger.metric_total("margin"), [6 - 2.7, 66, 36])
    for name in ("expedite_spend", "write_offs", "overtime_spend"):
        np.testing.assert_allclose(ledger.metric_total(name), 0.0)


def test_expedite_spend_and_write_offs() -> None:
    """A: 6 of 10 units are short and expedited at 0.5; without demand nothing is newly short. B: 5 of 20 units are sold.

    The other 15 are older than a period in period 1, and a quarter of 6 each is written off: 22.5.
    """
    tables = tables_of(
        make_instance(
            demand=((10, 0), (5, 0)),
            items=[
                {"opening_stock_units": 4, "expedite_share": 1, "expedite_premium": 0.5},
                {"opening_stock_units": 20, "shelf_life_periods": 1, "write_off_share": 0.25},
            ],
            segments={"lost_share": 1},
        )
    )
    ledger = Ledger(tables, np.zeros((2, 2), dtype=np.int64))
    np.testing.assert_allclose(ledger.metric_total("expedite_spend"), [3, 0])
    np.testing.assert_allclose(ledger.metric_total("write_offs"), [0, 22.5])


def test_cash_ends_at_margin_and_opening_balances() -> None:
    """Without terms of payment cash grows by the margin, capital cost and the value of the last stock aside.

    Margin 300 - 180 - 12 = 108 less 0.09 * 30 = 2.7 for holding, of which 0.03 * 30 = 0.9 is paid and 1.8 is not.
    """
    settings = {**SETTINGS, "receivable_days": 0, "opening_receivables": 0, "opening_payables": 0}
    tables = tables_of(make_instance(settings=settings, items={"order_cost": 4}))
    ledger = Ledger(tables, np.array([[15, 20, 30]]))
    assert ledger.expected_margin == pytest.approx(108 - 2.7)
    assert ledger.metric_total("cash")[-1] == pytest.approx(200 + 108 - 0.9 - 3 * 7)


def test_opening_balances_without_terms_are_settled_at_once() -> None:
    """With 0 days of credit nothing of the opening balances is open at the end of period 0."""
    tables = tables_of(make_instance(settings={"opening_receivables": 90, "opening_payables": 50}))
    ledger = Ledger(tables, np.array([[10, 20, 30]]))
    np.testing.assert_allclose(ledger.metric_total("receivables"), 0.0)
    np.testing.assert_allclose(ledger.metric_total("payables"), 0.0)
    # Each period sells 10 units at 10 and pays 60 for them; 90 - 50 comes on top.
    np.testing.assert_allclose(ledger.metric_total("cash"), [80, 120, 160])


def test_opening_payables_run_off_over_the_average_terms_of_items() -> None:
    """Terms of 30 days for one item and 90 for two average 70: of 70 opening, 40 is open after 30 days, 10 after 60."""
    tables = tables_of(
        make_instance(
            demand=((0, 0, 0),) * 3,
            settings={"period_length_days": 30, "opening_payables": 70},
            items=[{}, {"supplier": "W"}, {"supplier": "W"}],
            suppliers=[{"payment_days": 30}, {"supplier": "W", "payment_days": 90}],
        )
    )
    ledger = Ledger(tables, np.zeros((3, 3), dtype=np.int64))
    np.testing.assert_allclose(ledger.metric_total("payables"), [40, 10, 0], atol=1e-12)
    np.testing.assert_allclose(ledger.metric_total("working_capital"), [-40, -10, 0], atol=1e-12)


@pytest.mark.parametrize(("ownership", "expected"), [("receipt", [0, 0, 12]), ("shipment", [78, 78, 12])])
def test_pipeline_stock_counts_where_ownership_passes_at_shipment(
    ownership: str, expected: list[float]
) -> None:
    """An open order of 3 due in period 2 and 10 units ordered now with lead time 2: 13 * 6 = 78 until period 1.

    In period 2 they arrive and 11 are sold; 2 are left.
    """
    tables = tables_of(
        make_instance(
            demand=(0, 0, 11),
            items={"lead_time_periods": 2},
            suppliers={"ownership": ownership},
            open_orders={"due_period": 2, "units": 3},
        )
    )
    ledger = Ledger(tables, np.array([[10, 10, 10]]))
    np.testing.assert_allclose(ledger.metric_total("inventory_value"), expected)


def test_payables_are_the_cost_of_the_order_when_goods_arrive() -> None:
    """Ordered in period 0 at 6 * 1.5 = 9 a unit, received in period 1: purchases are 90 in 0, payables 90 from 1 on."""
    tables = tables_of(
        make_instance(
            demand=(0, 10, 0),
            items={"lead_time_periods": 1},
            suppliers={"payment_days": 730},
            scenarios=path_of_nodes(3),
            scenario_suppliers=[{"node": "n0", "cost_factor": 1.5}],
        )
    )
    ledger = Ledger(tables, np.array([[10, 10, 10]]))
    np.testing.assert_allclose(ledger.metric_total("purchases"), [90, 0, 0])
    np.testing.assert_allclose(ledger.metric_total("payables"), [0, 90, 90])


def test_open_commitments() -> None:
    """10 units ordered now at 6 * 1.5 with lead time 2, and 3 on order at standard value 6: 90 + 18 until they arrive."""
    tables = tables_of(
        make_instance(
            items={"lead_time_periods": 2},
            open_orders={"due_period": 2, "units": 3},
            scenarios=path_of_nodes(3),
            scenario_suppliers=[{"node": "n0", "cost_factor": 1.5}],
        )
    )
    ledger = Ledger(tables, np.array([[10, 10, 10]]))
    np.testing.assert_allclose(ledger.metric_total("open_commitments"), [108, 108, 0])


def test_deposits_are_paid_with_the_order() -> None:
    """Of 90 ordered in period 0 and received in period 1 a quarter is paid at once, the rest after the horizon.

    Payables are -22.5 while the goods are in transit, then 67.5. Cash: -22.5, and 100 of revenue in period 1.
    """
    tables = tables_of(
        make_instance(
            demand=(0, 10, 0),
            items={"lead_time_periods": 1},
            suppliers={"payment_days": 730, "deposit_share": 0.25},
            scenarios=path_of_nodes(3),
            scenario_suppliers=[{"node": "n0", "cost_factor": 1.5}],
        )
    )
    ledger = Ledger(tables, np.array([[10, 10, 10]]))
    np.testing.assert_allclose(ledger.metric_total("payables"), [-22.5, 67.5, 67.5])
    np.testing.assert_allclose(ledger.metric_total("working_capital"), [22.5, -67.5, -67.5])
    np.testing.assert_allclose(ledger.metric_total("cash"), [-22.5, 77.5, 77.5])


def test_purchases_and_payables_are_net_of_quantity_breaks() -> None:
    """15 units from 12 on at 5 rather than 6, 50% dearer at `n0`: 1.5 * 75 = 112.5; 5 units at 6 are 30, 10 are 60."""
    tables = tables_of(
        make_instance(
            suppliers={"payment_days": 365},
            quantity_breaks={"from_units": 12, "unit_cost": 5},
            scenarios=path_of_nodes(3),
            scenario_suppliers=[{"node": "n0", "cost_factor": 1.5}],
        )
    )
    ledger = Ledger(tables, np.array([[15, 20, 30]]))
    np.testing.assert_allclose(ledger.metric_total("purchases"), [112.5, 30, 60])
    np.testing.assert_allclose(ledger.metric_total("payables"), [112.5, 30, 60])


def test_excess_exposure_counts_excess_and_obsolete_stock() -> None:
    """30 units, demand 5 a period and cover of one period; after one period stock is obsolete. Each unit is worth 6.

    Stock at the end    25   20   15
    beyond 5 units      20   15   10
    aged                 0   20   15    what is left of the 30 of period 0
    """
    tables = tables_of(
        make_instance(
            demand=(5, 5, 5),
            settings={"forward_cover_days": 365},
            items={"opening_stock_units": 30, "shelf_life_periods": 1},
        )
    )
    ledger = Ledger(tables, np.zeros((1, 3), dtype=np.int64))
    np.testing.assert_allclose(ledger.line("beyond_cover"), [[20, 15, 10]])
    np.testing.assert_allclose(ledger.metric_total("excess_exposure"), [6 * 20, 6 * 35, 6 * 25])


def test_excess_under_noise_is_expected() -> None:
    """With an error of 2 units around exactly the cover, 2 / sqrt(2 pi) units are beyond it in expectation."""
    tables = tables_of(
        make_instance(
            demand=(5, 5), sigma=2, settings={"forward_cover_days": 365}, items={"opening_stock_units": 10}
        )
    )
    ledger = Ledger(tables, np.zeros((1, 2), dtype=np.int64))
    assert ledger.line("beyond_cover")[0, 0] == pytest.approx(2 * 0.3989422804014327)


def test_storage_space() -> None:
    """5 units of 2.5 each are left in period 0."""
    tables = tables_of(make_instance(items={"space_per_unit": 2.5}))
    ledger = Ledger(tables, np.array([[15, 20, 30]]))
    np.testing.assert_allclose(ledger.metric_total("storage_space"), [12.5, 0, 0])


def test_a_window_longer_than_the_horizon_holds_everything() -> None:
    """Ten years of credit leave all revenue unpaid: 100, 200, 300, and cash is what is left without it."""
    tables = tables_of(make_instance(settings={"receivable_days": 3650}))
    ledger = Ledger(tables, np.array([[10, 20, 30]]))
    np.testing.assert_allclose(ledger.metric_total("receivables"), [100, 200, 300])
    np.testing.assert_allclose(ledger.metric_total("cash"), [-60, -120, -180])


@pytest.mark.parametrize("seed", range(4))
def test_windows_transpose(seed: int) -> None:
    """The transposed window is the adjoint, for each item's own terms and for the whole path."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, items=3))
    terms = tables.instance.supplier_column("payment_days")
    for window in (unpaid_window(tables, terms), path_window(tables)):
        values, weight = rng.normal(size=(2, *tables.demand.shape))
        forward = (weight * window.apply(values)).sum(axis=1)
        backward = (window.apply(weight, is_transposed=True) * values).sum(axis=1)
        np.testing.assert_allclose(forward, backward)


def test_only_balances_and_cash_have_instance_wide_amounts() -> None:
    """A metric that sums over items alone has none, whatever the settings say."""
    tables = tables_of(make_instance(settings=SETTINGS, suppliers={"payment_days": 75}))
    with_amounts = {
        name for name in metric_names() if METRICS[name].constant(tables.instance, tables.tree).any()
    }
    assert with_amounts == {"receivables", "payables", "working_capital", "cash"}


def test_unknown_part_is_refused() -> None:
    """A misspelt part of the margin is an error, not zero."""
    with pytest.raises(KeyError, match="landedcost"):
        part_terms(tables_of(make_instance()), "landedcost")


def test_units_of_metrics() -> None:
    """Money unless it counts units, space, or money a year; only overtime spend belongs to no item."""
    other = {name: METRICS[name].unit for name in METRICS if METRICS[name].unit != "money"}
    assert other == {
        "ordered_units": "units",
        "served_units": "units",
        "fill_rate": "units",
        "on_time_in_full": "units",
        "storage_space": "space",
        "turns": "money per year",
    }
    assert [name for name in METRICS if METRICS[name].is_shared] == ["overtime_spend"]
