"""Reasons for a review: each shift is found at its threshold and not below it; bias and errors by hand."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.calibration.actuals import Actuals, outcomes, read_actuals
from stockrail.calibration.finding import Thresholds
from stockrail.calibration.review import review
from stockrail.model import InstanceError
from stockrail.model.instance import Instance
from tests.builders import make_instance

START = dt.date(2024, 1, 1)
WEEKLY: dict[str, Any] = {"period_length_days": 7}


def base(**items: Any) -> Instance:
    """A and B, 10 and 30 a week for 8 weeks at a price of 10 each, with errors of 2."""
    return make_instance(
        demand=[(10,) * 8, (30,) * 8], sigma=2, settings=WEEKLY, items=[{"lead_time_periods": 2, **items}, {}]
    )


def kinds(now: Instance, *, before: Instance | None = None, actuals: Any = None, **limits: Any) -> list[str]:
    """Kinds of findings on the day that the calibration was for."""
    told = None if actuals is None else Actuals(np.array(actuals, dtype=np.float64))
    return [finding.kind for finding in review(before or base(), now, START, Thresholds(**limits), told)]


def test_nothing_has_moved() -> None:
    """The same instance calls for nothing."""
    assert kinds(base()) == []


def test_regular() -> None:
    """After 91 days the next calibration is due, after 90 it is not."""
    for days, expected in ((90, []), (91, ["regular"])):
        found = review(base(), base(), START + dt.timedelta(days=days), Thresholds())
        assert [finding.kind for finding in found] == expected


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"lead_time_periods": 3}, "lead time"),  # 7 days more
        ({"unit_cost": 6.3}, "cost"),  # 5 % more
        ({"unit_price": 9.5}, "cost"),  # 5 % less
    ],
)
def test_shifts_of_items(change: dict[str, Any], kind: str) -> None:
    """A's facts at their threshold; A has a quarter of the revenue."""
    assert kinds(base(**change)) == [kind]
    # With more revenue asked for than A has, it is no reason.
    assert kinds(base(**change), revenue_share=0.26) == []


def test_below_the_threshold() -> None:
    """4 % more cost and 19 % more demand are no reason."""
    assert kinds(base(unit_cost=6.24)) == []
    now = base()
    more = replace(now, mean_demand=now.mean_demand * 1.19)
    assert kinds(more) == []


def test_demand_promotion_and_error() -> None:
    """A fifth more demand everywhere; one week of A with one and a half times its demand; errors a quarter larger."""
    now = base()
    assert kinds(replace(now, mean_demand=now.mean_demand * 1.2)) == ["demand"]
    peak = now.mean_demand.copy()
    peak[0, 5] = 15
    (finding,) = review(base(), replace(now, mean_demand=peak), START, Thresholds())
    assert finding.kind == "promotion"
    assert finding.items == ("A",)
    assert "from 2024-02-05 on" in finding.sentence  # week 5
    assert kinds(replace(now, sigma=now.sigma * 1.25)) == ["error"]


def test_periods_are_matched_by_their_dates() -> None:
    """Two weeks later, a season that the last calibration had foreseen is no news."""
    season = [(10, 10, 10, 40, 10, 10, 10, 10), (30,) * 8]
    before = make_instance(demand=season, settings=WEEKLY)
    later = make_instance(
        demand=[(10, 40, 10, 10, 10, 10, 10, 10), (30,) * 8],
        settings={**WEEKLY, "start": START + dt.timedelta(days=14)},
    )
    assert kinds(later, before=before) == []


def test_limits() -> None:
    """A limit that is new, gone or moved by a twentieth; by less it is no reason."""
    limited = {
        upper: replace(base(), guardrails=make_instance(guardrails={"upper": upper}).guardrails)
        for upper in (100.0, 104.0, 105.0)
    }
    assert kinds(limited[105.0], before=limited[100.0]) == ["guardrail"]
    assert kinds(limited[104.0], before=limited[100.0]) == []
    assert kinds(limited[100.0]) == ["guardrail"]
    assert kinds(base(), before=limited[100.0]) == ["guardrail"]


def test_launch() -> None:
    """An item without targets always counts."""
    now = make_instance(
        demand=[(10,) * 8, (30,) * 8, (0.01,) * 8],
        sigma=2,
        settings=WEEKLY,
        items=[{"lead_time_periods": 2}, {}, {}],
    )
    (finding,) = review(base(), now, START, Thresholds())
    assert finding.kind == "launch"
    assert finding.items == ("C",)


def test_bias_and_error_by_hand() -> None:
    """B sells 36 in place of 30 for four weeks: 20 % above, 24 units in all, against a noise of sqrt(4) * 2 = 4.

    Its segment is judged first, in money and with A as forecast: 60 a week over 400, 15 %. Errors of the segment are
    60 a week against sqrt(20^2 + 20^2) = 28.28: 2.12 times.
    """
    nothing = [np.nan] * 4
    actuals = [[10] * 4 + nothing, [36] * 4 + nothing]
    found = review(base(), base(), START, Thresholds(), Actuals(np.array(actuals, dtype=np.float64)))
    assert [finding.kind for finding in found] == ["bias", "error"]
    assert "above forecast in each of the last 4 periods, by 15% in all" in found[0].sentence
    assert "2.1 times as large" in found[1].sentence
    segment, first, second = outcomes(base(), Actuals(np.array(actuals, dtype=np.float64)))
    assert segment.error_ratio == pytest.approx(60 / np.sqrt(800))
    assert first.bias_share(4) == 0.0
    assert second.bias_share(4) == pytest.approx(0.2)


def test_bias_needs_every_period_and_more_than_luck() -> None:
    """Three periods, or one that lies on the other side, are no sustained bias; nor is one within the noise."""
    nothing = [np.nan]
    assert "bias" not in kinds(base(), actuals=[nothing * 8, [36] * 3 + nothing * 5], error_ratio=99)
    assert "bias" not in kinds(base(), actuals=[nothing * 8, [36, 36, 29, 36] + nothing * 4], error_ratio=99)
    loud = make_instance(demand=[(30,) * 8], sigma=20, settings=WEEKLY)
    assert kinds(loud, before=loud, actuals=[[36] * 4 + nothing * 4]) == []


def test_missing_is_not_zero(tmp_path: Path) -> None:
    """A period without a row is not one without demand; rows of one period add up; others are left unread."""
    path = tmp_path / "sales.csv"
    path.write_text("item,date,units\nA,2024-01-01,4\nA,2024-01-03,5\nX,2024-01-01,7\nA,2023-12-31,9\n")
    actuals = read_actuals(path, base())
    assert actuals.units[0, 0] == 9
    assert np.isnan(actuals.units).sum() == 15
    path.write_text("item,date,units\nX,2024-01-01,4\n")
    with pytest.raises(InstanceError, match="dated from 2024-01-01 on"):
        read_actuals(path, base())
