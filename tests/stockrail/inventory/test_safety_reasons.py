"""Why there is safety stock: the steps of what is needed, by hand, and that they add up whatever the instance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from stockrail.inventory.safety_reasons import SafetyReasons
from stockrail.inventory.stock_outlook import Outlook
from stockrail.model import load
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from tests.random_instances import random_instance, random_plan, tables_of
from tests.stockrail.workbench.folders import ROOT, THREE_ITEMS


def test_filter_of_three_items() -> None:
    """Two lots now, then none: what is short costs 0.3 * 10 = 3, what is held 0.02 * 5 a period for 3, 2 and 1 periods, 0.2 on average.

    So 3 / 3.2 = 93.75 % of cycles should end without shortage. The lead time is 0 and all scenarios have the same demand, so only the
    forecast error of 10 units counts.
    """
    instance = load(THREE_ITEMS)
    tables = Tables.build(instance, build_tree(instance))
    lots = np.zeros(tables.demand.shape, dtype=np.int64)
    at = instance.item_index["filter"]
    lots[at] = 2
    found = SafetyReasons.of(Ledger(tables, lots))
    assert found.shortage_cost[at] == pytest.approx(3)
    assert found.holding_cost[at] == pytest.approx(0.2)
    assert found.critical_ratio[at] == pytest.approx(0.9375)
    z = norm.ppf(0.9375)
    assert found.safety_factor[at] == pytest.approx(z)
    assert found.forecast_error[at] == pytest.approx(10 * z)
    assert found.scenarios[at] == pytest.approx(0)
    assert found.lead_time[at] == pytest.approx(0)
    # Stock of 20.085, 10.833 and 3.989 (instances/three-items/README.md); up to 20 are called cycle stock, a lot and a period's demand.
    assert found.held[at] == pytest.approx(0.085 / 3, abs=1e-4)


def test_the_page_has_these_numbers() -> None:
    """docs/service-and-inventory.md tells the steps of the filter, with the numbers of the test above."""
    page = (ROOT / "docs" / "service-and-inventory.md").read_text(encoding="utf-8")
    section = page.split("### Why an item has safety stock")[1].split("\n### ")[0]
    numbers = [line.split("|")[2].strip() for line in section.splitlines() if line.startswith("| ")][1:]
    z = norm.ppf(0.9375)
    assert numbers == ["3.00", "0.20", "93.75 %", f"{z:.2f}", f"{10 * z:.2f} units", "0", "0"]
    assert f"holds {0.085 / 3:.2f} units" in section


def test_fan_of_three_items() -> None:
    """Without forecast error: period 1 has 10 or 30, so a deviation of 10 before it; later demand is known, given the case."""
    instance = load(THREE_ITEMS)
    tables = Tables.build(instance, build_tree(instance))
    lots = np.zeros(tables.demand.shape, dtype=np.int64)
    at = instance.item_index["fan"]
    lots[at] = 3
    found = SafetyReasons.of(Ledger(tables, lots))
    z = found.safety_factor[at]
    assert z > 0
    assert found.forecast_error[at] == 0
    # At `now`, the next period's demand is 10 or 30; at the later nodes it is certain. The mean over three periods is 10 / 3.
    assert found.scenarios[at] == pytest.approx(z * 10 / 3)
    # With lead time 1 the next two periods count: 10 + 20 = 30 or 30 + 10 = 40, so a deviation of 5 and not of 10: less.
    assert found.needed[at] == pytest.approx(z * 5 / 3)
    assert found.lead_time[at] == pytest.approx(-z * 5 / 3)


@given(seed=st.integers(0, 2**31 - 1))
def test_steps_add_up(seed: int) -> None:
    """The three causes make up what is needed; never more is held than that."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng))
    ledger = Ledger(tables, random_plan(rng, tables))
    found = SafetyReasons.of(ledger)
    assert found.forecast_error + found.scenarios + found.lead_time == pytest.approx(found.needed)
    outlook = Outlook(ledger)
    whole = ledger.expected(outlook.safety_factor[:, None] * outlook.sigma_total).mean(axis=1)
    assert found.needed == pytest.approx(whole)
    assert (found.held <= found.needed + 1e-9).all()
    assert ((found.critical_ratio >= 0) & (found.critical_ratio <= 1)).all()
