"""Receipts by item, each with the day on which the plan had expected it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from stockrail.model.schema import OpenOrder
from stockrail.workbench.root_cause.receipts import UNKNOWN, Receipts
from tests.stockrail.workbench.root_cause.cases import DAYS, received, three_items

FAN = 1
"""Place of the fan, which takes one period."""


def test_receipts_are_expected_a_lead_time_after_the_order() -> None:
    """Ordered on day 7 the fan is expected on day 80, the kettle at once; without a day of order nothing is known."""
    rows = pd.DataFrame(
        [
            received("fan", 0.1, 1.2, 20),
            received("kettle", 1.0, 1.5, 5),
            {**received("fan", 0.0, 2.0, 7), "ordered_on": None},
            {**received("fan", 0.0, 2.0, 7), "item": "toaster"},
            received("filter", 1.0, 1.1, 0),
        ]
    )
    found = Receipts.of(three_items(), rows)
    # Toasters are no item of the instance, and nothing of filters came.
    assert found.item.tolist() == [0, FAN, FAN]
    assert found.expected_day.tolist() == [DAYS, 7 + DAYS, UNKNOWN]
    assert found.is_dated.tolist() == [True, True, False]
    assert found.arrived_period.tolist() == [1, 1, 2]
    assert found.due_period[:2].tolist() == [1, 1]
    assert found.at(np.array([FAN])).tolist() == [1, 2]
    assert found.at(np.array([0, 2])).tolist() == [0]


def test_what_was_on_order_comes_in_the_order_in_which_it_is_due() -> None:
    """10 due in period 0 and 10 in period 2: 5 and 5 came for the first, 10 for the second, 3 more had been ordered beside.

    What was ordered in period 0 has nothing to do with it.
    """
    open_orders = (
        OpenOrder(item="fan", due_period=2, units=10),
        OpenOrder(item="fan", due_period=0, units=10),
    )
    rows = pd.DataFrame(
        [
            received("fan", -1.0, 1.5, 10),
            received("fan", -1.0, 0.2, 5),
            received("fan", 0.0, 0.3, 4),
            received("fan", -1.0, 0.4, 5),
            received("fan", -1.0, 1.6, 3),
        ]
    )
    found = Receipts.of(replace(three_items(), open_orders=open_orders), rows)
    assert found.units.tolist() == [5, 4, 5, 10, 3]
    assert found.expected_day.tolist() == [0, DAYS, 0, 2 * DAYS, 0]
