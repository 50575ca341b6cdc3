"""governance.yaml: the packaged one is valid, and a wrong one is refused with everything that is wrong with it."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.workbench.governance import Governance, GovernanceError
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.schema import Document
from stockrail.workbench.permissions import Permission
from tests.stockrail.workbench.governance.files import governance_text
from tests.stockrail.workbench.governance.runs import RULES

CALENDAR = {
    "holidays": ["2027-01-01"],
    "events": [
        {"event": "close", "kind": "close", "owner": "finance", "every": "month", "working_day": -1},
        {
            "event": "lock",
            "kind": "promotion_lock",
            "owner": "finance",
            "dates": ["2027-02-01"],
            "scope": "item",
            "scope_value": "a",
        },
    ],
}

WRONG = """\
people: {anna: [demand], ben: supply}
roles:
  finance: {permissions: [plan.aprove], own: x}
ownership: {finance: [demnd, rest, items.foo, demand, demand], sales: [items]}
rules:
- {rule: a, kind: inventory_band, owner: fin, waits_for: "", due_working_days: -1, is_blocking: maybe, lower: 5, upper: 3}
- {rule: a, kind: service_commitment, owner: finance, waits_for: x, is_blocking: yes, least_fill_rate: 1.2, segment: s, item: i}
- {rule: b, kind: gapp}
calendar:
  working_days: []
  events:
  - {event: e, kind: close, owner: finance, every: month, working_day: 20, lasts_days: 0}
  - {event: f, kind: close, owner: finance, every: week, dates: [2027-01-01]}
  - {event: g, kind: supply_freeze, owner: finance, dates: [2027-01-01], scope: segment}
runs: {at_once: 0}
extra: 1
"""

KINDS = (
    "customer_commitment, expedite_budget, gap, guardrail, inventory_band, plan_change, service_commitment"
)

PROBLEMS = """\
row 1, column people.anna.0: found 'demand'; allowed: one of the roles: finance
row 1, column people.ben: found 'supply'; allowed: a list
row 3, column roles.finance.own: found 'x'; allowed: one of: owns, permissions
row 4, column ownership.finance.0: found 'demnd'; allowed: a table, table.column, settings.NAME, or the word rest
row 4, column ownership.finance.2: found 'items.foo'; allowed: a table, table.column, settings.NAME, or the word rest
row 4, column ownership.finance.4: found 'demand'; allowed: each once; finance owns it already
row 4, column ownership.sales: found 'sales'; allowed: one of the roles: finance
row 6, column rules.0.due_working_days: found '-1'; allowed: a whole number >= 0 and <= 250, or blank
row 6, column rules.0.is_blocking: found 'maybe'; allowed: one of: yes, no
row 6, column rules.0.owner: found 'fin'; allowed: one of the roles: finance
row 6, column rules.0.upper: found '3'; allowed: a number >= 5, the lower limit
row 6, column rules.0.waits_for: found ''; allowed: text of 1 to 400 characters
row 7, column rules.1: blank; allowed: exactly one of due_working_days and due_event
row 7, column rules.1.item: found 'i'; allowed: a segment or an item, not both
row 7, column rules.1.least_fill_rate: found '1.2'; allowed: a number >= 0 and <= 1
row 7, column rules.1.rule: found 'a'; allowed: each rule once
row 8, column rules.2: blank; allowed: exactly one of due_working_days and due_event
row 10, column calendar.working_days: found '[]'; allowed: at least one
row 12, column calendar.events.0.lasts_days: found '0'; allowed: a whole number >= 1 and <= 366
row 12, column calendar.events.0.working_day: found '20'; allowed: a whole number from 1 to 15, or from -1 to -15
row 13, column calendar.events.1: found 'dates and every: week'; allowed: either dates or every
row 13, column calendar.events.1.weekday: blank; allowed: a weekday, as it is every week
row 14, column calendar.events.2.scope_value: blank; allowed: a segment
row 15, column runs.at_once: found '0'; allowed: a whole number >= 1 and <= 64
row 16, column extra: found '1'; allowed: one of: {sections}
""".replace("{sections}", ", ".join(Document.model_fields))


def refused(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a file, without its name."""
    file = tmp_path / "governance.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GovernanceError) as refusal:
        Governance.read(file)
    return [str(problem).removeprefix("governance.yaml, ") for problem in refusal.value.problems]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Line, place, value and what is allowed, also of entries that contradict one another while others are not valid."""
    found = refused(tmp_path, WRONG)
    permissions = ", ".join(Permission)
    assert (
        f"row 3, column roles.finance.permissions.0: found 'plan.aprove'; allowed: one of: {permissions}"
        in found
    )
    assert f"row 8, column rules.2: found 'a group'; allowed: a rule with a kind, one of: {KINDS}" in found
    assert set(PROBLEMS.splitlines()) <= set(found)
    assert len(found) == len(PROBLEMS.splitlines()) + 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("people: [", "row 1: found"),
        ("just words", "row 1: found 'just words'; allowed: lines of the form name: value"),
        ("people: {}\npeople: {}", "row 2, column people: found 'people'; allowed: each name once"),
        (
            "calendar: {holidays: [2027-13-01]}",
            "row 1: found '2027-13-01'; allowed: a date such as 2027-01-04",
        ),
    ],
)
def test_files_that_are_no_governance(tmp_path: Path, text: str, problem: str) -> None:
    """What is no YAML, or no list of names, or has a name twice, or a day that does not exist."""
    assert any(found.startswith(problem) for found in refused(tmp_path, text))


ANYTHING = st.recursive(
    st.none() | st.integers(-3, 400) | st.floats(allow_nan=True) | st.dates() | st.text(max_size=5) | st.sampled_from(["rest", "finance", "close"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(data=st.data(), value=ANYTHING)
def test_whatever_stands_somewhere_is_accepted_or_refused_with_its_place(
    data: st.DataObject, value: Any
) -> None:
    """Anything in place of any entry of a valid file: nothing else than a list of problems comes of it."""
    document = yaml.safe_load(governance_text(RULES, CALENDAR))
    entry: Any = document
    while True:
        keys = list(entry) if isinstance(entry, dict) else list(range(len(entry)))
        key = data.draw(st.sampled_from(keys))
        inner = entry[key]
        if not (isinstance(inner, dict | list) and inner) or data.draw(st.booleans()):
            break
        entry = inner
    entry[key] = value
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "governance.yaml"
        file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        try:
            Governance.read(file)
        except GovernanceError as refusal:
            assert all(problem.allowed and problem.file == "governance.yaml" for problem in refusal.problems)


def test_packaged_file_has_roles_and_nobody() -> None:
    """Without a file of its own a store has rules, and nobody may change anything."""
    governance = Governance.read()
    assert governance.document.people == {}
    assert set(governance.document.roles) == {
        "demand_planning",
        "supply_planning",
        "finance",
        "executive",
        "auditor",
    }
    assert not any(governance.allows("anybody", permission) for permission in Permission)
    for permission in Permission:
        assert governance.roles_with(permission), permission  # there is somebody to ask for each


def test_default_text_takes_people(tmp_path: Path) -> None:
    """People are put into the packaged file, and nothing else in it changes."""
    people = {"anna": ("demand_planning",), "Öz Ümit": ("finance", "auditor")}
    text = default_text(people)
    named = yaml.safe_load(text)
    assert named.pop("people") == {name: list(roles) for name, roles in people.items()}
    plain = yaml.safe_load(default_text())
    assert plain.pop("people") == {}
    assert named == plain
