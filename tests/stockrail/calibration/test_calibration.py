"""Calibration: targets by hand, money that adds up, values in order, and what is written."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stockrail as sr
from stockrail.calibration.calibration import Calibration, calibrate
from stockrail.calibration.changes import SOURCES
from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.policy import Policy, menu
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.model.schema import CurrentTarget
from stockrail.solvers.result import NoPlanError, Progress
from stockrail.verification.verify import verify
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.stockrail.calibration_case import lamp, two_items

THREE_ITEMS = Path(__file__).resolve().parents[3] / "instances" / "three-items"


def ledger_of(instance: Instance, *names: str) -> Ledger:
    """The plan of the rule where each item follows the option of that name."""
    tables = tables_of(instance)
    options = [
        next(option for option in menu(instance)[row.segment] if option.name == name)
        for row, name in zip(instance.items, names, strict=True)
    ]
    targets = PolicyTargets.of(tables, Forecast.of(tables), Policy.of(instance, options))
    return Ledger(tables, rule_plan(tables, targets))


def worth(result: Calibration, strategy: str, column: str = "objective") -> float:
    """A number of a strategy."""
    row = next(row for row in result.values.to_dict("records") if row["strategy"] == strategy)
    return float(row[column])


def test_targets_by_hand() -> None:
    """The lamp of docs/strategies.md, with one option on its menu.

    Error over 2 + 1 weeks: 20 * sqrt(3) = 34.641, so safety stock 1.65 * 34.641 = 57.158. Reorder point: + 2 weeks = 257.158;
    order-up-to: + 2 weeks of cover = 457.158. Orders in weeks 0 and 3, 6 lots of 50. A safety stock of 57.158 lasts 4.001 days
    at 100 a week; a unit is worth 6, so 342.95. cdf(1.65) = 0.950529.
    """
    only = {"option": "standard", "safety_factor": 1.65, "cover_periods": 2, "review_periods": 1}
    row = calibrate(lamp(policy_options=only), strategy="rule").targets.iloc[0]
    assert row["option"] == "standard"
    assert row["safety_stock_units"] == pytest.approx(57.158, abs=1e-3)
    assert row["safety_stock_value"] == pytest.approx(342.95, abs=0.01)
    assert row["safety_stock_days"] == pytest.approx(4.0, abs=0.01)
    assert row["reorder_point_units"] == pytest.approx(257.158, abs=1e-3)
    assert row["order_up_to_units"] == pytest.approx(457.158, abs=1e-3)
    assert row["service_level"] == pytest.approx(0.950529, abs=1e-6)
    assert [
        str(row[name])[:10] for name in ("next_review_date", "next_order_date", "following_order_date")
    ] == [
        "2024-01-01",
        "2024-01-01",
        "2024-01-22",
    ]
    assert row["next_order_units"] == 300
    # The forecast is the same all along, so that means over the horizon are those of now but for the ends.
    assert row["mean_safety_stock_units"] <= row["safety_stock_units"] + 1e-9


def test_without_an_order_dates_are_missing() -> None:
    """With stock for all weeks nothing is ordered: no date and no units, rather than wrong ones."""
    rich = make_instance(demand=(10, 10), items={"opening_stock_units": 100})
    row = calibrate(rich, strategy="rule").targets.iloc[0]
    assert pd.isna(row["next_order_date"])
    assert pd.isna(row["next_order_units"])


def test_changes_add_up() -> None:
    """Own margins are those of two ledgers and add up to the total; worth is the sum of its sources."""
    instance = two_items(upper=45)
    result = calibrate(instance, gap=0.0, strategy="rule")
    changes = result.changes
    chosen = ledger_of(instance, *result.targets["option"])
    tables = tables_of(instance)
    today = PolicyTargets.of(tables, Forecast.of(tables), Policy.current(instance))
    now = Ledger(tables, rule_plan(tables, today))
    np.testing.assert_allclose(changes["margin_change"], chosen.item_margin - now.item_margin, atol=1e-9)
    change = result.certificate["change"]
    assert changes["margin_change"].sum() == pytest.approx(change["items_margin"])
    assert change["items_margin"] + change["overtime_and_penalties"] == pytest.approx(
        change["expected_margin"]
    )
    np.testing.assert_allclose(changes[list(SOURCES)].sum(axis=1), changes["worth_change"], atol=1e-9)


def test_sources_by_hand() -> None:
    """One item, one period, no error: 10 wanted, 1 held against nothing today, 0 chosen.

    Today 11 are ordered, and 1 is left: it costs 6, is worth 3 at the end (half), and holding it is 0.1 * 6 = 0.6. The chosen rule
    orders 10. So goods save 3, holding 0.6, and nothing else moves: 3.6 in all.
    """
    instance = make_instance(
        demand=(10,),
        settings={"storage_rate_per_year": 0.1, "terminal_stock_share": 0.5},
        policy_options={"option": "none", "safety_factor": 0, "cover_periods": 0},
        current_targets={"safety_stock_units": 1, "cover_periods": 0, "review_periods": 1},
    )
    row = calibrate(instance, strategy="rule").changes.iloc[0]
    assert row["from_goods"] == pytest.approx(3.0)
    assert row["from_holding"] == pytest.approx(0.6)
    nothing = [row[name] for name in ("from_service", "from_order_cost", "from_guardrails")]
    assert nothing == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert [row["margin_change"], row["worth_change"]] == pytest.approx([3.6, 3.6])
    assert row["reason"] == (
        "Safety stock 1 to 0; order-up-to 1 to 0. Shortage is cheaper than stock: less stock, held and left over, saves EUR 3.60."
    )


def test_dear_capital_is_the_reason() -> None:
    """Under a limit that binds, what the change saves of it at its price is a source, and the reason names the guardrail."""
    today = tuple(
        CurrentTarget(item=name, safety_stock_units=8, cover_periods=0, review_periods=1) for name in "AB"
    )
    instance = replace(two_items(upper=45), current_targets=today)
    result = calibrate(instance, strategy="rule", gap=0.0)
    assert (result.changes["from_guardrails"] > 0).all()
    assert result.changes["reason"].str.contains("stock-cap").any()
    assert result.guardrails.iloc[0]["looser_earns"] > 0


def test_a_promise_of_service_has_its_price() -> None:
    """A lower limit on fill rate that makes the choice hold more: its price is per percentage point, and a looser one earns."""
    free = calibrate(two_items(), strategy="rule", gap=0.0)
    promised = {"guardrail": "promise", "metric": "fill_rate", "lower": 0.97, "holds": "expected"}
    guardrail = make_instance(demand=(10,) * 6, guardrails=promised).guardrails
    result = calibrate(replace(two_items(), guardrails=guardrail), strategy="rule", gap=0.0)
    (row,) = result.guardrails.to_dict("records")
    assert free.values["fill_rate"].iloc[-1] < 0.97 <= result.values["fill_rate"].iloc[-1]
    assert row["worst"] >= row["limit"] == 0.97
    assert row["per"] == "percentage point"
    assert row["looser_earns"] > 0
    assert row["price"] == pytest.approx(-100 * row["looser_earns"])


def test_a_point_of_service_by_two_methods() -> None:
    """Without guardrails, the margin of the next option is that of a ledger in which the segment follows it and no other does."""
    instance = two_items()
    result = calibrate(instance, strategy="rule", gap=0.0)
    chosen = dict(zip("AB", result.targets["option"], strict=True))
    before = ledger_of(instance, *chosen.values()).expected_margin
    item_of = {"S": "A", "T": "B"}
    assert len(result.service_costs) >= 2
    for row in result.service_costs.to_dict("records"):
        moved = chosen | {item_of[str(row["segment"])]: str(row["to_option"])}
        change = ledger_of(instance, *moved.values()).expected_margin - before
        assert row["margin_change"] == pytest.approx(change, abs=1e-9)
        assert row["worth_change"] == pytest.approx(change, abs=1e-9)
        points = 100 * (row["to_service_level"] - row["service_level"])
        assert row["worth_per_point"] == pytest.approx(change / points)
        # The chosen options are best, so that both neighbours earn less.
        assert change <= 1e-9


def test_values_are_ordered_and_confirmed() -> None:
    """Rule <= band <= free with bounds above each of them, and the independent checker confirms every plan."""
    result = calibrate(sr.load(THREE_ITEMS), gap=0.0)
    order = ("rule", "within_rule", "band", "free")
    earned = [worth(result, name) for name in order]
    assert earned == sorted(earned)
    # By hand (README of the instance, with the guardrail): the best plan earns 1549.81.
    assert earned[-1] == pytest.approx(1549.81, abs=0.01)
    bounds = [worth(result, name, "bound") for name in order]
    assert all(bound >= amount - 1e-6 for bound, amount in zip(bounds, earned, strict=True))
    assert bounds[0] <= bounds[2] <= bounds[3]
    assert worth(result, "rule", "to_next") == pytest.approx(earned[2] - earned[0])
    assert {name: row["passed"] for name, row in result.certificate["verification"].items()} == {
        "rule": True,
        "band": True,
        "free": True,
    }


@settings(max_examples=5, deadline=None)
@given(st.floats(15, 60), st.integers(0, 1))
def test_a_tighter_limit_never_raises_the_rule(upper: float, departures: int) -> None:
    """The choice under a tighter limit is one under the looser limit, too; the same with fewer departures."""
    tight = calibrate(two_items(upper), strategy="rule", gap=0.0, most_departures=departures)
    loose = calibrate(two_items(upper + 20), strategy="rule", gap=0.0, most_departures=departures)
    if tight.is_feasible:
        assert loose.is_feasible
        assert worth(tight, "rule") <= worth(loose, "rule") + 1e-6


def test_departures() -> None:
    """Two items share a segment. An order of A costs 50, one of B nothing, and a unit held 1.2 a year.

    A wants to order every 4 years, B every year. One may depart, and earns by it.
    """
    instance = make_instance(
        demand=[(10,) * 8] * 2,
        settings={"storage_rate_per_year": 0.2, "terminal_stock_share": 1},
        items=[{"order_cost": 50}, {}],
        segments={"backorder_cost_share_of_price_per_period": 0.5},
        policy_options=[
            {"option": "each-year", "safety_factor": 0, "cover_periods": 0},
            {"option": "long", "safety_factor": 0, "cover_periods": 3},
        ],
    )
    shared = calibrate(instance, strategy="rule", gap=0.0)
    result = calibrate(instance, strategy="rule", gap=0.0, most_departures=1)
    assert shared.departures.empty
    for row in result.departures.to_dict("records"):
        assert row["worth_change"] > 0
        assert row["option"] != row["segment_option"]
    own = dict(zip("AB", result.targets["option"], strict=True))
    assert own == {"A": "long", "B": "each-year"}
    assert worth(result, "rule") > worth(shared, "rule")
    assert (result.targets["departs"] == "yes").sum() == len(result.departures)


def test_no_choice_keeps_the_limit(tmp_path: Path) -> None:
    """A limit below what any option needs: in words which and by how much, targets under a name that no import takes."""
    good = calibrate(two_items(upper=200), strategy="rule")
    good.write(tmp_path)
    assert (tmp_path / TARGETS).is_file()
    result = calibrate(two_items(upper=1), strategy="rule")
    assert not result.is_feasible
    assert result.holds_nothing
    because = result.certificate["infeasible_because"]
    assert "stock-cap: inventory EUR" in because
    assert "exceeded by EUR" in because
    assert "`stockrail plan` tells" in because
    result.write(tmp_path)
    assert not (tmp_path / TARGETS).exists()
    assert (tmp_path / BROKEN_TARGETS).is_file()
    assert not (tmp_path / "rule").exists()
    assert not (tmp_path / "changes.csv").exists()


def test_free_holds_where_rules_do_not() -> None:
    """Without free stock a rule still orders a whole lot; a plan that orders nothing keeps the limit, and the words say so."""
    instance = make_instance(
        demand=(10, 10),
        items={"lot_size": 40, "opening_stock_units": 5},
        guardrails={"guardrail": "stock-cap", "upper": 60},
        policy_options={"option": "only", "safety_factor": 0, "cover_periods": 0},
    )
    result = calibrate(instance)
    assert not result.is_feasible
    assert not result.holds_nothing
    assert "free" in result.plans
    assert "does keep them" in result.certificate["infeasible_because"]


def test_written_folder(tmp_path: Path) -> None:
    """Plain CSV with ISO dates, one row per item; plans that `verify` confirms; a report without outside addresses."""
    sr.calibrate(sr.load(THREE_ITEMS), gap=0.001).write(tmp_path)
    targets = pd.read_csv(tmp_path / TARGETS)
    assert targets["item"].tolist() == ["kettle", "fan", "filter"]
    assert targets["next_review_date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    for name in ("rule", "band", "free"):
        assert verify(tmp_path / name, THREE_ITEMS).passed
    record = json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8"))
    assert record["status"] == "proven"
    assert [row["strategy"] for row in record["values"]] == ["rule", "within_rule", "band", "free"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.split('<script type="application/json"')[0]
    assert "The chosen targets are worth" in page


def test_cancel_keeps_what_there_is() -> None:
    """Asked to stop when the band begins: the rule's targets stay, the rest says that it was not reached."""
    seen: list[str] = []

    def note(progress: Progress) -> None:
        seen.append(progress.phase)

    def is_cancelled() -> bool:
        return any(phase.startswith("band") for phase in seen)

    result = calibrate(two_items(upper=120), on_progress=note, is_cancelled=is_cancelled, gap=0.0)
    assert "rule: choosing options" in seen
    assert result.is_feasible
    assert not result.is_gap_met
    assert result.values["status"].tolist()[:2] == ["given", "proven"]


def test_no_time_for_anything() -> None:
    """Cancelled before the choice: an error that says what to do, no traceback of something else."""
    with pytest.raises(NoPlanError):
        calibrate(two_items(upper=120), is_cancelled=lambda: True)


def test_current_targets_need_every_item() -> None:
    """Today's targets of one of two items are no plan: missing is not zero."""
    instance = two_items()
    with pytest.raises(sr.InstanceError, match="1 item without one: B"):
        calibrate(replace(instance, current_targets=instance.current_targets[:1]))
