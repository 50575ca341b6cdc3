"""Whether an exception had pointed to a miss in time, and whether it was decided as the rules say."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stockrail.workbench.governance.exceptions import REPLACED
from stockrail.workbench.root_cause.classification import Decided, Shown
from stockrail.workbench.root_cause.escalation import Raised, deadline, decided, escalation
from stockrail.workbench.root_cause.miss import FoundMiss
from stockrail.workbench.root_cause.related import is_about
from stockrail.workbench.store.tables import Decision, PlanException
from tests.stockrail.workbench.root_cause.cases import case, day, three_items

CASE = case(demand={"kettle": [10, 10, 10]})
TODAY = day(3)

BEGINNING, BEFORE = day(0), day(-0.5)


def miss(kind: str = "stockout", item: str = "fan", period: int = 1, **evidence: Any) -> FoundMiss:
    """A miss of an item, or of several where the item is blank."""
    where = three_items().item_index.get(item)
    return FoundMiss(
        kind=kind,  # type: ignore[arg-type]
        item=item,
        segment="",
        subject=f"item {item}",
        period=period,
        date=day(period + 1) - dt.timedelta(days=1),
        units=None,
        money=None,
        members=np.array([where]) if where is not None else np.arange(3),
        demand_direction=1,
        supply_direction=-1,
        evidence={"periods": 1, **evidence},
    )


def raised(
    on: dt.date = BEFORE,
    subject: str = "item fan",
    *,
    due: dt.date | None = BEGINNING,
    state: str = "open",
    by: tuple[str, dt.date] | None = None,
    number: int = 1,
    evidence: Mapping[str, Any] | None = None,
) -> Raised:
    """An exception of supply planning, and the role and day of its decision."""
    row = PlanException(
        id=number, rule="a rule", subject=subject, owner_role="supply_planning", owner="ben", due=due, state=state,
        opened_at=dt.datetime.combine(on, dt.time(9), dt.UTC), evidence=dict(evidence or {}),
    )  # fmt: skip
    decision = None
    if by is not None:
        at = dt.datetime.combine(by[1], dt.time(9), dt.UTC)
        decision = Decision(role=by[0], at=at, verdict=state)
    return Raised(row, decision)


RESOLVED = raised(state="resolved", by=("supply_planning", day(0)))
"""Decided by its owner's role on the day on which it was due."""


def test_it_takes_the_lead_time_to_help() -> None:
    """Fans take a period: what is missing in period 1 had to be known when period 0 began; kettles come at once."""
    assert deadline(CASE, miss(item="fan")) == day(0)
    assert deadline(CASE, miss(item="kettle")) == day(1)
    assert deadline(CASE, miss("breach", "")) == day(1)


@pytest.mark.parametrize(
    ("on", "shown"),
    [
        (day(-1), Shown.IN_TIME),
        (day(0), Shown.IN_TIME),
        (day(0) + dt.timedelta(days=1), Shown.LATE),
        (day(2) - dt.timedelta(days=1), Shown.LATE),
        (day(2), Shown.NEVER),
    ],
)
def test_in_time_late_or_never(on: dt.date, shown: Shown) -> None:
    """Raised by the first day of period 0 it could be acted on, until the end of period 1 it was late, after it it showed nothing."""
    found = escalation(CASE, miss(), [raised(on)], TODAY)
    assert found.shown == shown
    assert found.needed_by == day(0)
    assert found.numbers == (() if shown == Shown.NEVER else (1,))
    if shown != Shown.IN_TIME:
        assert found.decided == Decided.NOTHING


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (raised(due=day(0)), Decided.NEVER),
        (raised(due=TODAY), Decided.WAITING),
        (raised(due=None), Decided.WAITING),
        (RESOLVED, Decided.AS_RULED),
        (raised(state="resolved", by=("supply_planning", day(0) + dt.timedelta(days=1))), Decided.LATE),
        (raised(state="resolved", by=("finance", day(0))), Decided.BY_OTHERS),
        (raised(state="waived", by=("executive", day(0))), Decided.AS_RULED),
        (raised(state="waived", by=("executive", day(1))), Decided.LATE),
    ],
)
def test_how_it_was_decided(one: Raised, answer: Decided) -> None:
    """By the owner's role or waived by who may, until its due date; open past that it was never decided."""
    assert decided(one, TODAY) == answer
    assert escalation(CASE, miss(), [one], TODAY).decided == answer


def test_the_worst_of_several_counts() -> None:
    """One decided in time, one never: that one could have been acted on. One that came too late does not count for it."""
    open_one = raised(number=2)
    too_late = raised(day(1), number=3)
    assert escalation(CASE, miss(), [RESOLVED, too_late], TODAY).decided == Decided.AS_RULED
    found = escalation(CASE, miss(), [open_one, RESOLVED, too_late], TODAY)
    assert (found.decided, found.numbers) == (Decided.NEVER, (1, 2, 3))


def test_another_plan_had_been_meant() -> None:
    """What was closed because another plan was approved had pointed to that other plan."""
    replaced = raised(state="resolved", by=("supply_planning", day(0)), evidence={REPLACED: 2})
    assert escalation(CASE, miss(), [replaced], TODAY).shown == Shown.NEVER


@pytest.mark.parametrize(
    ("subject", "evidence", "answer"),
    [
        ("item fan", {}, True),
        ("item fan, demand", {}, True),
        ("item fan heater", {}, False),
        ("item kettle", {}, False),
        ("segment seasonal", {}, True),
        ("segment steady", {}, False),
        ("supplier importer", {}, True),
        ("product group climate", {}, True),
        ("all items", {}, False),
        ("forecast", {"item": "fan"}, True),
        ("forecast", {"item": "kettle", "supplier": "importer"}, False),
        ("lead time", {"supplier": "importer"}, True),
        ("lead time", {"supplier": "works"}, False),
        ("customer big", {"commitments": [{"item": "kettle"}, {"item": "fan"}]}, True),
        ("customer big", {"commitments": [{"item": "kettle"}]}, False),
    ],
)
def test_which_exceptions_are_about_an_item(subject: str, evidence: dict[str, Any], answer: bool) -> None:
    """The item itself, its segment, its product group or its supplier; another item of the same supplier is not it."""
    assert is_about(raised(subject=subject, evidence=evidence).exception, three_items(), miss()) is answer


def test_which_exceptions_are_about_several_items() -> None:
    """A breach: the guardrail or the band of its metric. Expediting: its budget, or its account."""
    breach = miss("breach", "", guardrail="cap", metric="inventory_value")
    spike = miss("expedite_spike", "")
    rows: list[tuple[str, dict[str, str], bool, bool]] = [
        ("guardrail cap, upper limit", {"guardrail": "cap"}, True, False),
        ("guardrail cap 2, upper limit", {"guardrail": "cap 2"}, False, False),
        ("inventory_value, max", {}, True, False),
        ("expediting", {}, False, True),
        ("spend", {"account": "premium_freight"}, False, True),
        ("item fan", {}, False, False),
    ]
    for subject, evidence, of_breach, of_spike in rows:
        row = raised(subject=subject, evidence=evidence).exception
        assert is_about(row, three_items(), breach) is of_breach
        assert is_about(row, three_items(), spike) is of_spike


@pytest.mark.parametrize(
    ("evidence", "of_stockout", "of_excess"),
    [
        ({"kind": "outside_fan", "item": "fan", "side": "above"}, True, False),
        ({"kind": "outside_fan", "item": "fan", "side": "below"}, False, True),
        ({"kind": "bias", "segment": "seasonal", "tracking_signal": 5.0}, True, False),
        ({"kind": "bias", "segment": "seasonal", "tracking_signal": -5.0}, False, True),
        ({"kind": "forecast_error", "segment": "seasonal", "tracking_signal": 5.0}, True, True),
        ({"kind": "lead_time", "supplier": "importer", "drift_days": 4.0}, True, False),
        ({"kind": "lead_time", "supplier": "importer", "drift_days": -4.0}, False, True),
        ({"kind": "supplier_on_time", "supplier": "importer", "drift_days": None}, True, False),
        ({"kind": "inventory", "segment": "seasonal", "side": "below"}, True, False),
        ({"kind": "inventory", "segment": "seasonal", "side": "above"}, False, True),
    ],
)
def test_monitoring_points_one_way(evidence: dict[str, Any], of_stockout: bool, of_excess: bool) -> None:
    """Demand below its fan had not pointed to a stockout, and late suppliers not to an excess."""
    row = raised(subject="seen", evidence=evidence).exception
    stockout, excess = miss(), replace(miss("excess"), demand_direction=-1, supply_direction=1)
    assert is_about(row, three_items(), stockout) is of_stockout
    assert is_about(row, three_items(), excess) is of_excess
