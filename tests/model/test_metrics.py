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
    with_amounts = {name for name in metric_names() if METRICS[name].constant(tables).any()}
    assert with_amounts == {"receivables", "payables", "working_capital", "cash"}


def test_unknown_part_is_refused() -> None:
    """A misspelt part of the margin is an error, not zero."""
    with pytest.raises(KeyError, match="landedcost"):
        part_terms(tables_of(make_instance()), "landedcost")
