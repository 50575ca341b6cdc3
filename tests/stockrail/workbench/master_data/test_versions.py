"""Drift between versions. Mean demand of the horizon is 30 kettles, 45 fans and 30 filters in 219 days."""

from dataclasses import replace

import pytest

from stockrail.model import Instance, load
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data.versions import between
from tests.stockrail.workbench.folders import THREE_ITEMS
from tests.stockrail.workbench.master_data.samples import changed, three_items

RULES = MasterDataRules()


def drifts(before: Instance, after: Instance, rules: MasterDataRules = RULES) -> list[tuple[object, ...]]:
    """Check, subject, stated, found, money, whether it is beyond."""
    return [
        (one.check.name, one.subject, one.stated, one.found, one.money, one.is_beyond)
        for one in between(before, after, rules, "1 to 2").drifts
    ]


def test_nothing_drifts_from_a_version_to_itself() -> None:
    """No check finds anything."""
    assert drifts(three_items(), three_items()) == []


@pytest.mark.parametrize(
    ("table", "name", "values", "expected"),
    [
        # 1 more for each of 45 fans, with 10 % on top.
        ("items", "fan", {"unit_cost": 21.0}, ("unit_cost", "fan", 20.0, 21.0, 49.5, True)),
        # One period more of 15 fans, each worth 22.
        ("items", "fan", {"lead_time_periods": 2}, ("lead_time_days", "fan", 73.0, 146.0, 330.0, True)),
        # Half of two units more, each worth 22.
        ("items", "fan", {"lot_size": 12.0}, ("lot_size", "fan", 10.0, 12.0, 22.0, True)),
        # 30 kettles of 20 each.
        ("items", "kettle", {"segment": "noisy"}, ("segment", "kettle", "steady", "noisy", 600.0, True)),
        # 30 kettles of 10 with 10 % freight and duty, where there was none.
        (
            "items",
            "kettle",
            {"supplier": "importer"},
            ("supplier", "kettle", "works", "importer", 30.0, True),
        ),
        # 45 fans of 20, 2 % of it.
        (
            "suppliers",
            "importer",
            {"freight_rate": 0.07},
            ("freight_rate", "importer", 0.05, 0.07, 18.0, True),
        ),
        # 45 fans of 22 are 990 in 219 days: payables of 14.6 days less are 66 more of our money.
        (
            "suppliers",
            "importer",
            {"payment_days": 21.9},
            ("payment_days", "importer", 36.5, 21.9, 66.0, True),
        ),
    ],
)
def test_each_kind_of_drift(
    table: str, name: str, values: dict[str, object], expected: tuple[object, ...]
) -> None:
    """What was stated, what is found, and the money it means."""
    (found,) = drifts(three_items(), changed(three_items(), table, name, **values))
    assert found == (*expected[:4], pytest.approx(expected[4]), expected[5])


def test_within_tolerance() -> None:
    """2 % of 20 is 0.4: a unit cost of 20.4 is within tolerance and is shown, one of 20.41 is beyond."""
    for cost, is_beyond in ((20.4, False), (20.41, True), (19.6, False), (19.59, True)):
        (found,) = drifts(three_items(), changed(three_items(), "items", "fan", unit_cost=cost))
        assert (found[3], found[5]) == (cost, is_beyond)


def test_little_money_is_no_exception() -> None:
    """The fan's 49.50 is beyond a least money of 49.49, and not of 49.51."""
    after = changed(three_items(), "items", "fan", unit_cost=21.0)
    for least, is_beyond in ((49.49, True), (49.51, False)):
        assert drifts(three_items(), after, MasterDataRules(least_money=least))[0][5] is is_beyond


def test_half_of_a_deposit_is_paid_before() -> None:
    """Of the 66 above only the half that is not paid with the order waits for the invoice."""
    before = changed(three_items(), "suppliers", "importer", deposit_share=0.5)
    after = changed(before, "suppliers", "importer", payment_days=21.9)
    assert drifts(before, after)[0][4] == pytest.approx(33.0)


def test_lead_times_are_compared_in_days() -> None:
    """The same lead time in shorter periods is no drift: 2 periods of 73 days are 146, 2 of 36 days are 72."""
    before = changed(three_items(), "items", "fan", lead_time_periods=2)
    shorter = before.settings.model_copy(update={"period_length_days": 36})
    (found,) = drifts(before, replace(before, settings=shorter))
    assert found[:4] == ("lead_time_days", "fan", 146.0, 72.0)
    same = changed(replace(before, settings=shorter), "items", "fan", lead_time_periods=4)
    assert drifts(before, same)[0][3] == 144.0
    assert drifts(before, same)[0][5] is False  # half a period are 18 days


def test_items_that_one_version_has_are_said() -> None:
    """They did not drift; the report says that they are there."""
    before = three_items()
    after = replace(
        before, items=before.items[:2], mean_demand=before.mean_demand[:2], sigma=before.sigma[:2]
    )
    report = between(before, after, RULES, "1 to 2")
    assert report.drifts == ()
    assert [one.reason for one in report.not_checked] == [
        "1 item is in the earlier version only; stockrail diff lists what was added and removed"
    ]


def test_the_most_money_comes_first() -> None:
    """Within a check; a saving of much counts as much."""
    after = changed(three_items(), "items", "kettle", unit_cost=9.0)  # 30 less
    after = changed(after, "items", "filter", unit_cost=5.5)  # 15 more
    after = changed(after, "items", "fan", unit_cost=21.0)  # 49.5 more
    assert [one[1] for one in drifts(three_items(), after)] == ["fan", "kettle", "filter"]


def test_nothing_is_converted() -> None:
    """Versions in two currencies are refused."""
    plain = load(THREE_ITEMS)
    dollars = replace(plain, settings=plain.settings.model_copy(update={"currency": "USD"}))
    with pytest.raises(ValueError, match="nothing is converted"):
        between(plain, dollars, RULES, "1 to 2")
