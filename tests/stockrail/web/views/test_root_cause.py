"""Misses by cause and one by one, with the numbers of docs/root-cause.md."""

from pathlib import Path

import pytest

from stockrail.web.views import miss, root_cause
from stockrail.web.views.root_cause import Filters
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.root_cause.find import find
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened


@pytest.fixture
def searched(store: Store, tmp_path: Path) -> Store:
    """The example: 20 fans late, 15 kettles shown and not decided, 80 filters bought where the plan has 10."""
    what_happened.missed(store, tmp_path / "actuals")
    find(store, "anna")
    return store


def test_causes_and_misses_with_the_most_money_first(searched: Store) -> None:
    """EUR 400.00, 338.36 and 150.00."""
    view = root_cause.view(searched, "anna", Filters())
    assert [(one.cause, one.misses, round(one.money or 0, 2)) for one in view.causes] == [
        ("lead time outside the fan", 1, 400.0),
        ("plan not carried out", 1, 338.36),
        ("shown, not decided", 1, 150.0),
    ]
    assert [(one.subject, one.kind, one.units) for one in view.misses] == [
        ("item fan", "stockout", 20), ("item filter", "excess", pytest.approx(67.67, abs=0.01)), ("item kettle", "stockout", 15),
    ]  # fmt: skip
    assert view.causes[0].next == "Correct the lead time, or plan with a delay."
    assert view.currency == "EUR"
    assert view.may_find and not root_cause.view(searched, "edna", Filters()).may_find


@pytest.mark.parametrize(
    ("filters", "items"),
    [
        ({"cause": "shown, not decided"}, {"kettle"}),
        ({"kind": "excess"}, {"filter"}),
        ({"segment": "seasonal"}, {"fan"}),
        ({"item": "fan", "kind": "stockout"}, {"fan"}),
        ({"item": "fan", "kind": "excess"}, set()),
        ({"run": 7}, set()),
    ],
)
def test_filters(searched: Store, filters: dict[str, str | int], items: set[str]) -> None:
    """All of them must fit; what can be chosen stays what there is without them."""
    view = root_cause.view(searched, "anna", Filters.model_validate(filters))
    assert {one.item for one in view.misses} == items
    assert view.all_misses == 3
    assert view.kinds == ("excess", "stockout")


def test_charts(searched: Store) -> None:
    """Money by cause, and counts by period: misses began in two periods."""
    assert set(root_cause.charts(searched, Filters())) == {"causes", "periods"}
    assert set(root_cause.charts(searched, Filters(item="fan"))) == {"causes"}
    assert root_cause.charts(searched, Filters(item="none")) == {}


def test_one_miss_with_its_evidence(searched: Store) -> None:
    """Fans: 147 days where 73 were assumed, nobody was told; row 6 of the table."""
    found = {one.item: one.miss_id for one in root_cause.view(searched, "anna", Filters()).misses}
    view = miss.view(searched, found["fan"])
    assert (view.cause, view.row, view.shown, view.hindsight) == (
        "lead time outside the fan", 6, "never", "holds",
    )  # fmt: skip
    [at_fault] = [one for one in view.assumptions if one.is_at_fault]
    assert at_fault.assumption == "lead time"
    assert (at_fault.evidence["days"], at_fault.evidence["assumed_days"]) == (147, 73)
    assert view.exceptions == ()
    assert "73 were assumed, and no scenario has a delay" in view.explanation


def test_escalation_of_a_miss(searched: Store) -> None:
    """Kettles: exception 1 had pointed to them and was due on 11 March; it is still open."""
    found = {one.item: one.miss_id for one in root_cause.view(searched, "anna", Filters()).misses}
    view = miss.view(searched, found["kettle"])
    [exception] = view.exceptions
    assert (exception.exception_id, exception.owner_role, str(exception.due), exception.state) == (
        1, "supply_planning", "2027-03-11", "open",
    )  # fmt: skip
    assert exception.decided_by is None
    assert (view.shown, view.decided) == ("in time", "never")


def test_unknown_miss(store: Store) -> None:
    """There is none yet."""
    with pytest.raises(NotFoundError, match="no miss 1"):
        miss.view(store, 1)
    assert root_cause.view(store, "anna", Filters()).all_misses == 0
