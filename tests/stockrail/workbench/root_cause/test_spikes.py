"""Expediting far beyond the plan's."""

import pytest

from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.root_cause.spikes import planned_expediting, spikes
from tests.stockrail.workbench.root_cause.cases import case, three_items, with_item


def test_the_plan_expects_expediting() -> None:
    """When it is hot, 10 of 30 fans are missing in period 1 and 10 again in period 2; expedited at EUR 3, each half as likely: 15."""
    instance = with_item(three_items(), "fan", expedite_share=1.0, expedite_premium=3.0)
    made = case(demand={"fan": [10, 20, 15]}, instance=instance)
    assert planned_expediting(made) == pytest.approx([0, 15, 15])


def test_a_spike_is_a_share_and_an_amount_beyond_the_plan() -> None:
    """15 expected: 22.50 are half as much again, which is no spike; 23 are one, of 8."""
    instance = with_item(three_items(), "fan", expedite_share=1.0, expedite_premium=3.0)

    def found(spent: float, least: float = 0.0) -> list[float | None]:
        rules = RootCauseRules(least_spike_money=least)
        made = case(
            demand={"fan": [10, 20]}, spend={"expedite": [0, spent - 1], "premium_freight": [0, 1]}, instance=instance, rules=rules
        )  # fmt: skip
        return [miss.money for miss in spikes(made)]

    assert found(22.5) == []
    assert found(23) == [pytest.approx(8)]
    assert found(23, least=8.01) == []


def test_no_account_is_no_spike() -> None:
    """Nothing was ever booked on expediting: it is not known."""
    assert list(spikes(case(demand={"fan": [10]}, spend={"purchases": [10]}))) == []
