"""Reviews that are overdue become exceptions, once, and go away with the review."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.governance import Governance, GovernanceError, exceptions
from stockrail.workbench.governance.schema import Document
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import Decision, PlanException
from stockrail.workbench.tradeoffs import records
from stockrail.workbench.tradeoffs.overdue import open_overdue
from stockrail.workbench.tradeoffs.roles import role_for
from tests.stockrail.workbench.governance.files import governance_text
from tests.stockrail.workbench.tradeoffs.records import TODAY, at, complete

DUE = dt.date(2027, 3, 1)
"""Of the review, a Monday."""


@pytest.fixture
def ready(store: Store) -> Store:
    """A funded build and a cash posture, both to be reviewed on 1 March, and one that is reviewed later."""
    at(store, TODAY)
    records.add(store, "carla", complete())
    records.add(store, "dora", complete(kind="cash_posture", name="lean", owner="dora", expected_money=None))
    records.add(store, "carla", complete(name="autumn", review_date=dt.date(2027, 9, 1)))
    return store


def open_ones(store: Store) -> list[PlanException]:
    with store.read() as session:
        return [row for row in exceptions.listed(session) if row.state == "open"]


def test_the_day_itself_is_in_time(ready: Store) -> None:
    """On the day of the review there is still time; on the next one it is overdue, and due within three working days."""
    at(ready, DUE)
    assert open_overdue(ready, "ben") == []
    at(ready, DUE + dt.timedelta(days=1))
    opened = open_overdue(ready, "ben")
    assert [(row.subject, row.owner_role, row.owner, row.money, row.due) for row in opened] == [
        ("trade-off 1, spring", "finance", "carla", 1200, dt.date(2027, 3, 5)),
        ("trade-off 2, lean", "executive", "dora", None, dt.date(2027, 3, 5)),
    ]
    assert not any(row.is_blocking for row in opened)
    assert opened[0].evidence["exit_plan"] == "markdown: What is left in May is sold at 30% off."


def test_they_are_opened_once(ready: Store) -> None:
    """Looked at again a week later they are the same, with the same due date."""
    at(ready, DUE + dt.timedelta(days=1))
    first = open_overdue(ready, "ben")
    at(ready, DUE + dt.timedelta(days=8))
    again = open_overdue(ready, "carla")
    assert [(row.id, row.due) for row in again] == [(row.id, row.due) for row in first]
    assert len(open_ones(ready)) == 2


def test_a_review_and_an_end_close_them(ready: Store) -> None:
    """Each in the same transaction as the decision, which the exception names."""
    at(ready, DUE + dt.timedelta(days=1))
    build, posture = open_overdue(ready, "ben")
    records.review(ready, "carl", 1, "Half is sold.", dt.date(2027, 5, 3))
    assert [row.id for row in open_ones(ready)] == [posture.id]
    records.close(ready, "dora", 2, "Over.")
    assert open_ones(ready) == []
    with ready.read() as session:
        row = session.get_one(PlanException, build.id)
        decision = session.get_one(Decision, row.decision_id)
    assert (row.state, row.closed_by, decision.reason, decision.role) == (
        "resolved",
        "carl",
        "Half is sold.",
        "finance",
    )
    assert open_overdue(ready, "ben") == []
    assert audit.verify(ready).passed


def test_deciding_on_the_exception_is_no_review(ready: Store) -> None:
    """Resolved without a review it comes back as a new one, until somebody has looked at the record."""
    at(ready, DUE + dt.timedelta(days=1))
    build, _ = open_overdue(ready, "ben")
    exceptions.resolve(ready, "carla", build.id, "Later.")
    [again] = [row for row in open_overdue(ready, "ben") if row.subject == build.subject]
    assert again.id != build.id


def test_roles_are_held_by_the_library(ready: Store) -> None:
    """Edna may look only. Anna may not edit trade-offs, and brings in actuals: what monitoring does in her name sees to it."""
    at(ready, DUE + dt.timedelta(days=1))
    with pytest.raises(NotAllowedError, match=r"tradeoff\.edit"):
        open_overdue(ready, "edna")
    assert open_ones(ready) == []
    assert len(open_overdue(ready, "anna")) == 2


def test_governance_says_who_answers(ready: Store) -> None:
    """With builds given to supply planning and five working days, Ben's role has the exception until the 9th."""
    document = yaml.safe_load(governance_text())
    document["tradeoffs"] |= {"funded_build": "supply_planning", "due_working_days": 5}
    ready.governance_file.write_text(yaml.safe_dump(document))
    at(ready, DUE + dt.timedelta(days=1))
    build = next(row for row in open_overdue(ready, "ben") if row.owner == "carla")
    assert (build.owner_role, build.due) == ("supply_planning", dt.date(2027, 3, 9))


def test_roles_of_other_names_still_answer() -> None:
    """Where the file says nothing and nobody is called finance, the first role that may edit trade-offs answers."""
    roles = {"planner": {"permissions": ["run.start"]}, "chief": {"permissions": ["tradeoff.edit"]}}
    document = Document.model_validate({"people": {}, "roles": roles, "ownership": {"chief": ["rest"]}})
    assert role_for(Governance(document, Path("governance.yaml")), "funded_build") == "chief"


def test_a_role_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Named in the section it must be one of the file's roles."""
    document = yaml.safe_load(governance_text())
    document["tradeoffs"]["cash_posture"] = "treasury"
    file = tmp_path / "governance.yaml"
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(
        GovernanceError, match=r"tradeoffs\.cash_posture: found 'treasury'; allowed: one of the roles"
    ):
        Governance.read(file)
