"""Rules on the output of a plan: what breaks them, what is at stake, and by when it must be decided."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.model import WhatIf, apply, load
from stockrail.model.ledger import Ledger
from stockrail.order_rows import OrderRows, placed_orders
from stockrail.planning import plan as make_plan
from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.rules import Facts, breaches, broken_rules
from stockrail.workbench.governance.service import item_service
from tests.random_instances import random_instance, random_plan, tables_of
from tests.stockrail.workbench.governance.files import governance_with, plan_files, rule

THREE_ITEMS = Path(__file__).resolve().parents[4] / "instances" / "three-items"
MONDAY = dt.date(2027, 1, 4)


def broken(settings: dict[str, Any], plan: PlanFiles) -> list[Breach]:
    """Breaches of one rule, of the plan of three-items where an instance is needed."""
    stated = governance_with([settings]).document.rules[0]
    return breaches(stated, Facts(plan, lambda: load(THREE_ITEMS)))


def balance(*means: float, metric: str = "inventory_value") -> list[dict[str, Any]]:
    return [
        {"metric": metric, "period": t, "date": f"2027-01-{4 + 7 * t:02d}", "mean": mean, "max": mean + 10}
        for t, mean in enumerate(means)
    ]


@pytest.mark.parametrize(
    ("band", "money", "periods"),
    [
        ({"upper": 100}, 30, [1, 3]),  # 130 in period 1, 120 in period 3
        ({"lower": 95}, 15, [0]),  # 80 in period 0
        ({"lower": 95, "upper": 125}, 15, [0, 1]),  # 15 below and 5 above
        ({"upper": 100, "first_period": 2}, 20, [3]),
        ({"upper": 100, "last_period": 0}, None, []),
        ({"upper": 130, "lower": 80}, None, []),  # at the limits is within
        ({"upper": 130, "statistic": "max"}, 10, [1]),  # 130 + 10
    ],
)
def test_inventory_band(band: dict[str, Any], money: float | None, periods: list[int]) -> None:
    """Balances of 80, 130, 100 and 120: the largest amount outside is at stake."""
    plan = plan_files(projection=[*balance(80, 130, 100, 120), *balance(999, metric="cash")])
    found = broken(rule("inventory_band", **band), plan)
    assert [one.money for one in found] == ([] if money is None else [money])
    assert [row["period"] for one in found for row in one.evidence["periods"]] == periods


def test_a_band_that_the_plan_does_not_reach_is_not_kept() -> None:
    """What cannot be judged is not in order: the plan has no such periods."""
    found = broken(rule("inventory_band", upper=100, first_period=9), plan_files(projection=balance(80)))
    assert [(one.money, list(one.evidence)) for one in found] == [(None, ["not_judged"])]


def test_expedite_and_gap() -> None:
    """Expediting of 120 against 100: 20 beyond. A gap of 4% against 3%: a better plan could earn 104 - 100 more."""
    plan = plan_files(
        certificate={"margin_parts": {"expedite": 120.0}, "gap": 0.04, "bound": 104.0, "objective": 100.0}
    )
    assert [one.money for one in broken(rule("expedite_budget", most_money=100), plan)] == [20]
    assert broken(rule("expedite_budget", most_money=120), plan) == []
    assert [one.money for one in broken(rule("gap", most_gap=0.03), plan)] == [4]
    assert broken(rule("gap", most_gap=0.04), plan) == []


@pytest.mark.parametrize("certificate", [{"gap": None}, {"bound": None}])
def test_a_plan_without_a_bound_has_not_reached_the_gap(certificate: dict[str, Any]) -> None:
    """plan.json has null where there is no number; that is no gap of 0."""
    found = broken(rule("gap", most_gap=0.03), plan_files(certificate=certificate))
    assert [one.evidence for one in found] == [{"not_judged": "the plan has no bound"}]


def guardrail(
    name: str, metric: str, limit: float, worst: float, slack: float, side: str = "upper"
) -> dict[str, Any]:
    return {"name": name, "side": side, "metric": metric, "limit": limit, "worst": worst, "slack": slack}


def test_guardrails_kept() -> None:
    """Money beyond a limit is at stake; of units and shares it is not known; kept limits and soft capacities are no break."""
    plan = plan_files(
        guardrails=[
            guardrail("cap", "inventory_value", 500, 540, -40),
            guardrail("service", "fill_rate", 0.95, 0.9, -0.05, side="lower"),
            guardrail("cash", "cash", 100, 250, 150, side="lower"),
            guardrail("almost", "cash", 100, 100, -1e-6, side="lower"),
            guardrail("capacity:works", "ordered_units", 10, 12, -2),
        ]
    )
    found = broken(rule("guardrail"), plan)
    assert [(one.subject, one.money) for one in found] == [
        ("guardrail cap, upper limit", 40),
        ("guardrail service, lower limit", None),
    ]
    named = broken(rule("guardrail", guardrails=["capacity:works", "cash", "gone"]), plan)
    assert [(one.subject, one.money) for one in named] == [
        ("guardrail capacity:works, upper limit", None),
        ("guardrail gone", None),
    ]


def test_a_loosened_guardrail_is_not_kept() -> None:
    """Loosened by 30 and 12 of money in two periods: 42 is at stake, although the plan keeps the limit as loosened."""
    loosened = [
        {
            "guardrail": "cap",
            "side": "upper",
            "period": t,
            "amount": money,
            "limit_change": money,
            "money": money,
        }
        for t, money in ((1, 30.0), (2, 12.0))
    ]
    plan = plan_files(
        certificate={"relaxations": loosened}, guardrails=[guardrail("cap", "inventory_value", 530, 530, 0)]
    )
    assert [(one.money, one.evidence["loosened"]) for one in broken(rule("guardrail"), plan)] == [(42, True)]


def test_a_plan_that_was_made_by_loosening(tmp_path: Path) -> None:
    """Three items under EUR 5 of stock. The filter's opening stock alone is 10 * G(0) = 3.98942 units at 5 after the first
    period: EUR 19.947, so the cheapest relaxation, with which there is a plan, is 14.947. plan.json and guardrails.csv agree.
    """
    tight = WhatIf.model_validate(
        {"name": "tight", "changes": [{"table": "guardrails", "column": "upper", "set": 5}]}
    )
    made = make_plan(apply(load(THREE_ITEMS), tight), gap=0.0, relax=True, prices="none")
    [found] = broken(rule("guardrail"), PlanFiles.read(made.write(tmp_path)))
    assert found.money == pytest.approx(50 * 0.3989423 - 5, abs=1e-3)
    assert (found.evidence["limit"], found.evidence["loosened"]) == (5, True)


# The filter of three-items ends its three periods at a net inventory of 20, 10 and 0, with a standard deviation of 10: see
# instances/three-items/README.md. G(0) = 0.398942, G(1) = 0.083315, G(2) = 0.008491, G(3) = 0.000382. Short in a period is
# backlog at its end less backlog before its demand of 10: 10 * (G(2) - G(3)) + 10 * (G(1) - G(2)) + 10 * (G(0) - G(1))
# = 10 * (G(0) - G(3)) = 3.9856 of 30 units. So the fill rate is 0.867147. A unit earns 10 - 5.
FILL_RATE = 1 - 10 * (0.398942 - 0.000382) / 30
FILTERS = [
    {
        "item": "filter",
        "node": "now",
        "period": 0,
        "date": "2027-01-04",
        "probability": 1.0,
        "lots": 2,
        "units": 20.0,
        "value": 100.0,
    }
]


def test_service_of_an_item() -> None:
    """From the orders of the plan, by the ledger; nothing else of the plan is asked."""
    plan = plan_files(orders=FILTERS)
    service = item_service(load(THREE_ITEMS), plan.orders, "filter")
    assert service.fill_rate == pytest.approx(FILL_RATE, abs=1e-6)
    assert [service.demand_units, service.demand_margin] == pytest.approx([30, 150])
    found = broken(rule("service_commitment", item="filter", least_fill_rate=0.95), plan)
    assert [one.money for one in found] == [pytest.approx((0.95 - FILL_RATE) * 150, abs=1e-3)]
    assert broken(rule("service_commitment", item="filter", least_fill_rate=0.86), plan) == []


@pytest.mark.parametrize("seed", range(8))
def test_service_of_an_item_alone_is_that_in_the_plan(seed: int) -> None:
    """With delays, frozen periods and all else that random instances have: the item alone gives what the whole ledger gives."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, items=3)
    tables = tables_of(instance)
    ledger = Ledger(tables, random_plan(rng, tables))
    orders = OrderRows.together(instance, tables.tree, [placed_orders(ledger)]).frame()
    found = [item_service(instance, orders, row.item).fill_rate for row in instance.items]
    assert found == pytest.approx(ledger.fill_rate)


def test_service_of_a_segment_and_of_all() -> None:
    """All demand: 30 kettles at 10, 45 fans at 20 (10 + (10 + 30) / 2 + (20 + 10) / 2), 30 filters at 5: EUR 1,350."""
    plan = plan_files(certificate={"fill_rate": 0.9}, segments=[{"segment": "noisy", "fill_rate": FILL_RATE}])
    segment = broken(rule("service_commitment", segment="noisy", least_fill_rate=0.95), plan)
    assert [one.money for one in segment] == [pytest.approx((0.95 - FILL_RATE) * 150)]
    everything = broken(rule("service_commitment", least_fill_rate=0.92), plan)
    assert [one.subject for one in everything] == ["all items"]
    assert [one.money for one in everything] == [pytest.approx(0.02 * 1350)]


@pytest.mark.parametrize("of", [{"item": "toaster"}, {"segment": "gone"}])
def test_a_commitment_to_nobody_is_not_kept(of: dict[str, str]) -> None:
    """A name that the plan does not have: somebody has to look at it."""
    found = broken(rule("service_commitment", least_fill_rate=0.5, **of), plan_files())
    assert [list(one.evidence) for one in found] == [["not_judged"]]


def test_owner_due_date_and_what_it_waits_for() -> None:
    """Found on Monday the 4th: three working days later is Thursday; the next close after it is Friday the 29th."""
    closes = {
        "events": [
            {"event": "close", "kind": "close", "owner": "finance", "every": "month", "working_day": -1}
        ]
    }
    rules = [
        rule("gap", most_gap=0.0),
        {
            **rule("expedite_budget", most_money=0, owner="supply_planning", is_blocking="no"),
            "due_working_days": None,
            "due_event": "close",
        },
    ]
    plan = plan_files(certificate={"gap": 0.1, "bound": 110.0, "margin_parts": {"expedite": 7.0}})
    found = broken_rules(governance_with(rules, closes), Facts(plan, lambda: load(THREE_ITEMS)), MONDAY)
    assert [
        (one.rule, one.owner_role, one.owner, one.due.day, one.is_blocking, one.money) for one in found
    ] == [
        ("gap", "finance", "carla, carl, otto, paula", 7, True, 10),
        ("expedite_budget", "supply_planning", "ben, otto, paula", 29, False, 7),
    ]
    assert {one.waits_for for one in found} == {"a decision"}
    assert found[0].evidence["kind"] == "gap"
