"""Delivery histories: delays by supplier, and the disruptions that stand for them."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stockrail.model.problems import InstanceError
from stockrail.trees.deliveries import (
    Delivery,
    DeliveryColumns,
    delay_disruptions,
    delay_distributions,
    delays_frame,
    read_deliveries,
)
from stockrail.trees.disruptions import read_disruptions
from tests.builders import make_instance

REAL = Path(__file__).parents[4] / "shared/data/supplier_deliveries"
DUE = dt.date(2027, 1, 4)


def _deliveries(supplier: str, days_late: list[int]) -> list[Delivery]:
    return [
        Delivery(supplier=supplier, promised=DUE, delivered=DUE + dt.timedelta(days=days))
        for days in days_late
    ]


def test_delays_by_hand() -> None:
    """In weeks: 3 days are none, 4 days one, 24 days three; early is punctual.

    Of ten deliveries four are late, by 1, 1, 3 and 3 weeks: the median of the late is 1, nine of ten are at most 3 late.
    """
    (found,) = delay_distributions(_deliveries("V", [-9, 0, 0, 0, 2, 3, 4, 7, 21, 24]), 7)
    assert found.share == {0: 0.6, 1: 0.2, 3: 0.2}
    assert found.late_share == pytest.approx(0.4)
    assert found.delay_periods == 1
    assert found.quantile(0.9) == 3
    assert found.mean_delay_periods == pytest.approx(0.8)
    assert delays_frame([found]).loc[0, "most_delay_periods"] == 3


def test_disruption_makes_up_the_late_share() -> None:
    """Late in 10% of deliveries over 20 weeks: 5 weeks of delay, a quarter of the horizon, with probability 0.1 * 20 / 5."""
    instance = make_instance(demand=[10.0] * 20, settings={"period_length_days": 7})
    rows = _deliveries("V", [0] * 27 + [14] * 3) + _deliveries("W", [70] * 30)
    (row,) = delay_disruptions(delay_distributions(rows, 7), instance)
    assert (row.supplier, row.period, row.duration_periods, row.delay_periods) == ("V", 1, 5, 2)
    assert row.probability == pytest.approx(0.4)


def test_few_or_punctual_deliveries_are_no_disruption() -> None:
    """Nineteen deliveries say too little, and who is punctual is none."""
    instance = make_instance(demand=[10.0] * 20, settings={"period_length_days": 7})
    for rows in (_deliveries("V", [14] * 19), _deliveries("V", [0] * 50)):
        assert delay_disruptions(delay_distributions(rows, 7), instance) == ()


def test_delay_within_the_horizon() -> None:
    """A delay of ten weeks with a lead time of two leaves an order of week 0 of six weeks the last one: 5 - 2 = 3."""
    instance = make_instance(
        demand=[10.0] * 6, items={"lead_time_periods": 2}, settings={"period_length_days": 7}
    )
    (row,) = delay_disruptions(delay_distributions(_deliveries("V", [0] * 20 + [70] * 2), 7), instance)
    assert row.delay_periods == 3


def test_problems_of_a_file(tmp_path: Path) -> None:
    """Days that are none are named with their row and the form that is expected; a missing column says which there are."""
    file = tmp_path / "deliveries.csv"
    file.write_text("supplier,promised,delivered\nV,2027-01-04,soon\n,2027-01-04,2027-01-05\n")
    with pytest.raises(InstanceError) as caught:
        read_deliveries(file)
    assert [str(problem) for problem in caught.value.problems] == [
        "deliveries.csv, row 2, column delivered: found 'soon'; allowed: a day of the form %Y-%m-%d, such as 2027-01-04",
        "deliveries.csv, row 3, column supplier: blank; allowed: the name of a supplier",
    ]
    with pytest.raises(InstanceError, match=r"column vendor: blank; .*found: supplier, promised, delivered"):
        read_deliveries(file, DeliveryColumns(supplier="vendor"))


def test_disruptions_have_to_fit_the_instance(tmp_path: Path) -> None:
    """Unknown suppliers, names twice, periods beyond the horizon, probabilities of one."""
    file = tmp_path / "disruptions.csv"
    header = "disruption,supplier,probability,period,duration_periods\n"
    file.write_text(header + "a,V,0.5,1,2\na,W,0.5,9,2\n")
    with pytest.raises(InstanceError) as caught:
        read_disruptions(file, make_instance())
    assert [problem.column for problem in caught.value.problems] == ["disruption", "supplier", "period"]
    file.write_text(header + "a,V,1,1,2\n")
    with pytest.raises(InstanceError, match="probability: found '1'; allowed: a number > 0 and < 1"):
        read_disruptions(file, make_instance())


@pytest.mark.skipif(not REAL.is_dir(), reason="The published data are not part of the repository.")
def test_real_deliveries_agree_with_their_summary() -> None:
    """Punctual shares of the real suppliers are those of the summary that comes with the data.

    Counted in days, where the summary counts as many deliveries of a supplier as there are, which is most of them.
    """
    columns = DeliveryColumns("Vendor", "Scheduled Delivery Date", "Delivered to Client Date", "%d-%b-%y")
    found = {
        row.supplier: row
        for row in delay_distributions(
            read_deliveries(REAL / "scms_delivery_history_utf8.csv", columns), period_length_days=1
        )
    }
    summary = pd.read_csv(REAL / "derived_vendor_leadtimes.csv").set_index("Vendor")
    known = [
        name for name in summary.index if name in found and found[name].deliveries == summary.loc[name, "n"]
    ]
    assert len(known) >= 3
    on_time = np.array([1 - found[name].late_share for name in known])
    assert on_time == pytest.approx(summary.loc[known, "on_time"].to_numpy(), abs=1e-9)
