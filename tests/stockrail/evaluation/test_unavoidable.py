"""Limits that stock under way exceeds already."""

import numpy as np
import pytest

from stockrail.evaluation.unavoidable import loosened_where_unavoidable
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers import SolveOptions, solve
from tests.builders import make_instance


def _tables(upper: float) -> Tables:
    """Ten in stock, 20 under way for period 1, 5 sold a period, 6 each: 30, 120, 90 of stock without any order."""
    instance = make_instance(
        demand=(5, 5, 5),
        items={"opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 20},
        guardrails={"metric": "inventory_value", "upper": upper},
    )
    return Tables.build(instance, build_tree(instance))


def test_only_the_periods_in_question_give_way() -> None:
    """Of a limit of 100 only period 1 is raised, to 120; then there is a plan, which there was none before."""
    tables, is_loosened = loosened_where_unavoidable(_tables(100))
    assert is_loosened
    (row,) = tables.instance.guardrail_limits
    assert (row.period, row.lower) == (1, None)
    assert row.upper == pytest.approx(120.0, rel=1e-5)
    _, result = solve(tables, SolveOptions(workers=1))
    assert result.cumulative_lots is not None
    assert (
        np.asarray(Ledger(tables, result.cumulative_lots).metric_total("inventory_value")).max() <= row.upper
    )
    assert len(Guardrails.build(tables)) == 3


def test_nothing_changes_where_limits_can_hold() -> None:
    """A limit of 130 holds without orders: the parameters stay the same object."""
    tables = _tables(130)
    found, is_loosened = loosened_where_unavoidable(tables)
    assert found is tables and not is_loosened
