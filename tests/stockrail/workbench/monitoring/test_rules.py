"""Rules of monitoring: what breaks them, and what is at stake."""

from typing import Any

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.reading import GovernanceError
from stockrail.workbench.governance.schema_monitoring import DEFAULT_RULES, MonitoringRule
from stockrail.workbench.monitoring.rules import breaches, broken_rules, longest_row
from stockrail.workbench.monitoring.seen import Seen
from tests.stockrail.workbench.governance.files import governance_with, plan_files
from tests.stockrail.workbench.monitoring.cases import day, seen_by_week, weekly

WEEKS = 6
NOISY = weekly(
    demand=[10] * WEEKS, sigma=2, items={"lead_time_periods": 1, "opening_stock_units": 60, "unit_price": 3}
)
"""10 units a week with a deviation of 2: the fan ends at 6.7 and 13.3. Stock of 60 units is enough; nothing is ordered."""


def rule(kind: str, **settings: Any) -> MonitoringRule:
    """A rule of finance."""
    usual = {
        "rule": kind,
        "owner": "finance",
        "waits_for": "a word",
        "due_working_days": 3,
        "is_blocking": "no",
    }
    return MonitoringRule.model_validate({**usual, "kind": kind, **settings})


def seen(units: list[float | None], instance: Instance = NOISY, **rows: Any) -> Seen:
    """What was seen of a plan without orders."""
    return Seen.of(instance, plan_files(), seen_by_week(instance, {"A": units}, **rows))


def broken(one: MonitoringRule, what: Seen) -> list[Breach]:
    """Where a rule is broken."""
    return list(breaches(one, what))


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ("", (0, 0)),
        ("..", (0, 0)),
        ("x", (0, 1)),
        (".xx.", (1, 2)),
        ("xx.xx", (3, 2)),
        ("xxx.x", (0, 3)),
        ("x.xxx", (2, 3)),
    ],
)
def test_longest_row(values: str, row: tuple[int, int]) -> None:
    """Of two that are as long the later one."""
    assert longest_row(np.array([value == "x" for value in values], dtype=bool)) == row


def test_periods_in_a_row_on_the_same_side() -> None:
    """14, 15, 14 are above three times: 43 for 30 expected, 13 more at 3 each. Two above, one below and two above are no three."""
    [found] = broken(rule("outside_fan", level="item", limit=3), seen([10, 14, 15, 14, 10, 14]))
    assert found.subject == "item A"
    assert found.money == pytest.approx(39)
    assert found.evidence["why"] == "above the fan for 3 periods in a row, 43 units where 30 were expected"
    assert (found.evidence["item"], found.evidence["first_period"], found.evidence["last_period"]) == (
        "A",
        1,
        3,
    )
    assert broken(rule("outside_fan", level="item", limit=3), seen([14, 14, 6, 14, 14, 10])) == []
    [below] = broken(rule("outside_fan", level="item", limit=2), seen([10, 5, 4]))
    assert below.evidence["side"] == "below"
    assert below.money == pytest.approx(33)


def test_bias_needs_a_signal_that_is_no_luck() -> None:
    """13 six times: signal 6, and 18 of a deviation of 2 sqrt(6) = 4.9 are no luck. 10.5 six times: signal 6 as well, 3 of 4.9 are."""
    bias = rule("bias", level="item", limit=4, least_observations=6)
    [found] = broken(bias, seen([13] * 6))
    assert (found.subject, found.evidence["tracking_signal"]) == ("item A", 6)
    assert found.money == pytest.approx(54)
    assert broken(bias, seen([10.5] * 6)) == []
    assert broken(bias, seen([13] * 5)) == []  # not enough periods
    assert broken(rule("bias", level="all", limit=4), seen([13] * 6))[0].subject == "all items"
    assert broken(rule("bias", level="item", limit=6), seen([13] * 6)) == []  # no more than the limit


def test_error_against_the_one_counted_on() -> None:
    """Counted on are 2 sqrt(2 / pi) = 1.596 of 10. Errors of 2.4 of 10: one and a half times as much, and not more than twice."""
    for limit, count in ((1.4, 1), (1.6, 0)):
        found = broken(rule("forecast_error", level="item", limit=limit), seen([12.4, 7.6] * 3))
        assert len(found) == count
    assert "where the plan counts on 16.0%" in broken(
        rule("forecast_error", level="item", limit=1.4), seen([12.4, 7.6] * 3)
    )[0].evidence["why"]  # fmt: skip


RECEIPTS = [("A", "V", day(k + 2), 10, None, day(k)) for k in range(4)]
"""Four shipments, a week late each."""


def test_suppliers() -> None:
    """All late: 14 days where 7 are planned. At stake is what came, 40 units at 6, all of which was late."""
    what = seen([10] * 6, receipts=RECEIPTS)
    [drift] = broken(rule("lead_time", limit=3, least_observations=4), what)
    assert (drift.subject, drift.money, drift.evidence["supplier"]) == ("supplier V", 240, "V")
    assert drift.evidence["why"] == "lead time longer by 7.0 days (+7.0 to +7.0) over 4 shipments"
    [late] = broken(rule("supplier_on_time", limit=0.9, least_observations=4), what)
    assert (late.money, late.evidence["why"]) == (240, "0% of 4 receipts on time")
    assert broken(rule("lead_time", limit=7), what) == []
    assert broken(rule("supplier_on_time", limit=0.9, least_observations=5), what) == []


def test_spend_and_stock() -> None:
    """The plan expedites nothing and has 60 - 10 - 20 = 30 units of 6 in stock after week 2; 45 were counted."""
    booked = [("expedite", day(2), 80.0, "", "")]
    what = seen([10, 10, 10], spend=booked, stock=[("A", day(2.9), 45, None)])
    [spend] = broken(rule("spend", account="expedite", limit=0.5), what)
    assert (spend.subject, spend.money, spend.evidence["account"]) == ("account expedite", 80, "expedite")
    assert broken(rule("spend", account="freight", limit=0.5), what) == []
    [stock] = broken(rule("inventory", level="all", limit=0.4), what)
    assert stock.money == pytest.approx(90, abs=0.05)  # demand is noisy: a little is expected to be missing
    assert stock.evidence["why"] == "270 where the plan has 180 at the end of period 2"
    [segment] = broken(rule("inventory", level="segment", limit=0.4), what)
    assert (segment.subject, segment.evidence["segment"]) == ("segment S", "S")
    assert broken(rule("inventory", level="all", limit=0.6), what) == []


def test_broken_rules_have_owner_and_due_date() -> None:
    """Of one rule the largest first, and nothing below `least_money`; due are the working days of the calendar."""
    governance = governance_with()
    [one] = broken_rules(governance, seen([14, 15, 14]), day(3))
    assert (one.rule, one.owner_role, one.owner, one.is_blocking) == (
        "demand outside the fan", "demand_planning", "anna, otto, paula", False,
    )  # fmt: skip
    assert (one.due.isoformat(), one.evidence["kind"]) == (
        "2027-01-27",
        "outside_fan",
    )  # a Monday, and two days


def test_least_money() -> None:
    """39 are at stake: a rule from 40 on says nothing."""
    for least, count in ((39, 1), (40, 0)):
        governance = governance_with(
            monitoring={
                "rules": [
                    rule("outside_fan", level="item", limit=3, least_money=least).model_dump(
                        exclude_none=True
                    )
                ]
            }
        )
        assert len(broken_rules(governance, seen([14, 15, 14]), day(3))) == count


def test_packaged_rules_are_the_defaults() -> None:
    """A governance file without the section has the rules that the packaged one writes down."""
    assert governance_with().document.monitoring.rules == DEFAULT_RULES
    assert governance_with(monitoring={}).document.monitoring.rules == DEFAULT_RULES
    assert governance_with(monitoring={"rules": []}).document.monitoring.rules == ()


def test_contradictions_are_refused() -> None:
    """All at once, with the line and what is allowed."""
    usual = {"owner": "finance", "waits_for": "a word", "due_working_days": 3, "is_blocking": "no"}
    rules = [
        {"rule": "a", "kind": "outside_fan", "level": "all", "limit": 1.5, **usual},
        {"rule": "a", "kind": "spend", "limit": 1, **usual, "owner": "nobody"},
        {
            "rule": "guardrails kept",
            "kind": "supplier_on_time",
            "level": "item",
            "limit": 2,
            "account": "freight",
            **usual,
        },
        {"rule": "c", "kind": "inventory", "limit": 1, **usual, "due_event": "close"},
    ]
    with pytest.raises(GovernanceError) as caught:
        governance_with(monitoring={"rules": rules})
    found = [(one.column, one.value) for one in caught.value.problems]
    assert sorted(found, key=str) == sorted(
        [
            ("monitoring.rules.0.level", "all"),
            ("monitoring.rules.0.limit", "1.5"),
            ("monitoring.rules.1.rule", "a"),
            ("monitoring.rules.1.account", None),
            ("monitoring.rules.1.owner", "nobody"),
            ("monitoring.rules.2.rule", "guardrails kept"),
            ("monitoring.rules.2.level", "item"),
            ("monitoring.rules.2.limit", "2"),
            ("monitoring.rules.2.account", "freight"),
            ("monitoring.rules.3.level", None),
            ("monitoring.rules.3", "due_working_days and due_event"),
        ],
        key=str,
    )
