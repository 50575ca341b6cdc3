"""Records: complete or refused with everything that is missing, reviewed and closed by the role that answers for them."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import Decision, Tradeoff
from stockrail.workbench.tradeoffs import records
from stockrail.workbench.tradeoffs.fields import TradeoffError, TradeoffFields, read_record
from tests.stockrail.workbench.tradeoffs.records import TODAY, at, complete


@pytest.fixture(autouse=True)
def _today(store: Store) -> None:
    at(store, TODAY)


def problems(store: Store, given: dict[str, object]) -> list[tuple[str | None, str | None]]:
    """Field and value of everything that is wrong with a record."""
    with pytest.raises(TradeoffError) as refused:
        records.add(store, "carla", given)
    return sorted((one.column, one.value) for one in refused.value.problems)


def test_a_complete_record_is_kept(store: Store) -> None:
    """It is open, with who added it, and the log has it."""
    row = records.add(store, "ben", complete())
    with store.read() as session:
        kept = session.get_one(Tradeoff, row.id)
    assert (kept.name, kept.owner, kept.state, kept.created_by) == ("spring", "carla", "open", "ben")
    assert (kept.review_date, kept.expected_money, kept.exit_kind) == (
        dt.date(2027, 3, 1),
        1200.0,
        "markdown",
    )
    assert audit.verify(store).passed


def test_everything_that_is_missing_is_refused_together(store: Store) -> None:
    """An empty record names each required field, a blank text counts as missing; nothing is kept."""
    required = sorted(name for name, field in TradeoffFields.model_fields.items() if field.is_required())
    assert len(required) == 10
    assert problems(store, {}) == [(name, None) for name in required]
    assert problems(store, complete(exit_plan="  ", allocation_rule=None, customer_message="")) == [
        ("allocation_rule", None),
        ("customer_message", None),
        ("exit_plan", None),
    ]
    with store.read() as session:
        assert records.listed(session) == []


def test_what_is_wrong_is_refused_together(store: Store) -> None:
    """Unknown words and fields, a number for a day, which would be seconds since 1970, and an owner without the role."""
    wrong = complete(kind="bet", exit_kind="hope", review_date=20270301, expected_money="much", until="May")
    assert problems(store, wrong) == [
        ("exit_kind", "hope"),
        ("expected_money", "much"),
        ("kind", "bet"),
        ("review_date", "20270301"),
        ("until", "until"),
    ]
    assert problems(store, complete(owner="dora", reason=None)) == [("owner", "dora"), ("reason", None)]


def test_what_does_not_fit_the_store_is_refused_together(store: Store) -> None:
    """Finance owns funded builds and Dora is an executive; a review is ahead; run 7 is not there; one open record for a build."""
    records.add(store, "carla", complete())
    wrong = complete(owner="dora", review_date="2027-01-04", run=7)
    assert problems(store, wrong) == [
        ("name", "spring"),
        ("owner", "dora"),
        ("review_date", "2027-01-04"),
        ("run", "7"),
    ]
    message = "a name that no open record has; trade-off 1 has it"
    with pytest.raises(TradeoffError, match=message):
        records.add(store, "carla", wrong)


def test_executives_own_the_others(store: Store) -> None:
    """A change of service or a cash posture belongs to an executive, as the packaged rules say."""
    for kind in ("service_change", "cash_posture"):
        assert problems(store, complete(kind=kind)) == [("owner", "carla")]
        assert records.add(store, "ben", complete(kind=kind, owner="dora")).state == "open"


def test_roles_are_held_by_the_library(store: Store) -> None:
    """Anna and Edna may not edit trade-offs; Ben may, and does not answer for funded builds; Carla and Carl do."""
    for somebody in ("anna", "edna", "nobody"):
        with pytest.raises(NotAllowedError, match=r"tradeoff\.edit"):
            records.add(store, somebody, complete())
    row = records.add(store, "ben", complete())
    april = dt.date(2027, 4, 1)
    with pytest.raises(NotAllowedError, match=r"tradeoff\.edit"):
        records.close(store, "anna", row.id, "Over.")
    with pytest.raises(NotAllowedError, match=r"tradeoff\.edit"):
        records.review(store, "anna", row.id, "Fine.", april)
    with pytest.raises(NotAllowedError, match=r"belongs to finance.*carla \(finance\), carl"):
        records.close(store, "ben", row.id, "Over.")
    with pytest.raises(NotAllowedError, match=r"belongs to finance.*carla \(finance\), carl"):
        records.review(store, "ben", row.id, "Fine.", april)
    assert records.close(store, "carl", row.id, "Over.").closed_by == "carl"


def test_a_review_moves_the_date_and_is_kept(store: Store) -> None:
    """Held on 1 March, due that day, next in May; the decision says as what and why."""
    row = records.add(store, "carla", complete())
    at(store, dt.date(2027, 3, 1))
    kept = records.review(store, "carl", row.id, "Sales came; half is left.", dt.date(2027, 5, 3))
    assert kept.review_date == dt.date(2027, 5, 3)
    assert kept.data["reviews"] == [
        {"at": "2027-03-01", "by": "carl", "result": "Sales came; half is left.", "was_due": "2027-03-01"}
    ]
    with store.read() as session:
        decision = session.query(Decision).one()
    assert (decision.kind, decision.verdict, decision.by, decision.role) == (
        "tradeoff",
        "kept",
        "carl",
        "finance",
    )
    with pytest.raises(StateError, match="to be after today, 2027-03-01"):
        records.review(store, "carl", row.id, "Again.", dt.date(2027, 3, 1))
    with pytest.raises(StateError, match="Say what came of it"):
        records.review(store, "carl", row.id, " ", dt.date(2027, 6, 1))
    assert audit.verify(store).passed


def test_a_closed_record_is_closed(store: Store) -> None:
    """It keeps what it brought next to what was expected, nobody decides on it again, and its name is free again."""
    row = records.add(store, "carla", complete())
    closed = records.close(store, "carla", row.id, "All sold.", 900.0)
    assert (closed.state, closed.close_reason, closed.data["result_money"]) == ("closed", "All sold.", 900.0)
    with pytest.raises(StateError, match="closed already, by carla at 2027-01-04 12:00"):
        records.close(store, "carla", row.id, "Again.")
    again = records.add(store, "carla", complete())
    with store.read() as session:
        assert [one.id for one in records.listed(session)] == [again.id, row.id]
        assert [one.id for one in records.listed(session, is_open_only=True)] == [again.id]
    with pytest.raises(NotFoundError, match="tradeoff list --all"):
        records.close(store, "carla", 7, "x")


def test_a_file_states_a_record(tmp_path: Path, store: Store) -> None:
    """Fields as lines; a problem names the line; a field that is there twice is refused, and a list is no record."""
    file = tmp_path / "spring.yaml"
    file.write_text(
        "kind: funded_build\nname: spring\nowner: carla\nreview_date: 2027-03-01\nexit_kind: hope\n"
    )
    given, lines = read_record(file)
    assert given["review_date"] == dt.date(2027, 3, 1)
    with pytest.raises(TradeoffError, match=r"spring\.yaml, row 5, column exit_kind: found 'hope'"):
        records.add(store, "carla", given, source=file.name, lines=lines)
    for text, message in (
        ("kind: a\nkind: b\n", r"row 2, column kind: found 'kind'; allowed: each field once"),
        ("- a\n", "lines of the form name: value"),
        ("a: [\n", "valid YAML"),
        ("", "lines of the form name: value"),
    ):
        file.write_text(text)
        with pytest.raises(TradeoffError, match=message):
            read_record(file)
