"""How cells of grids are read, and how edits are undone: the scripts themselves, run in the browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

NUMBER = {"field": "n", "type": "number"}


@pytest.fixture(scope="module")
def page(browser: Browser, demonstration_address: str) -> Iterator[Page]:
    """A page to run scripts in."""
    opened = browser.new_page()
    opened.goto(f"{demonstration_address}/?parts=none")
    for name in ("values", "edits"):
        opened.evaluate(
            f"() => import('/static/grid_{name}.js').then(module => {{ window.{name} = module; }})"
        )
    yield opened
    opened.close()


def _parse(page: Page, text: str, column: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("([text, column]) => values.parse(text, column)", [text, column])
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        (" 12.50 ", 12.5),
        ("1,234", 1234),
        ("1,234,567.8", 1234567.8),
        ("1 234.5", 1234.5),
        ("1\u00a0234", 1234),
        ("1'234", 1234),
        ("\u22123", -3),  # the minus sign that reports write
        (".5", 0.5),
        ("1e3", 1000),
        ("", None),
        ("–", None),  # a dash is how missing is written
    ],
)
def test_numbers_that_mean_one_thing_are_read(page: Page, text: str, value: float | None) -> None:
    """Thousands may be separated by commas, spaces or apostrophes; empty and a dash are missing, not zero."""
    assert _parse(page, text, NUMBER) == {"value": value}


@pytest.mark.parametrize(
    "text",
    [
        "1,5",
        "12,34",
        "1.234,5",
        "1,23,456",
        "1 23",
        "12%",
        "EUR 5",
        "(5)",
        "0x10",
        "Infinity",
        "1e999",
        "--1",
    ],
)
def test_numbers_that_could_mean_two_things_are_refused(page: Page, text: str) -> None:
    """Decimal commas, percents, currencies, accountants' brackets: a message, no value."""
    found = _parse(page, text, NUMBER)
    assert "value" not in found and text in found["message"]


@pytest.mark.parametrize(
    ("column", "text", "value", "message"),
    [
        ({"type": "number", "minimum": 0, "maximum": 1}, "1", 1, None),
        ({"type": "number", "minimum": 0, "maximum": 1}, "1.01", None, "1.01: allowed is 0 to 1."),
        ({"type": "number", "maximum": 5}, "6", None, "6: allowed is 5 or less."),
        ({"type": "number", "whole": True}, "2.5", None, "2.5: whole numbers only."),
        ({"type": "number", "required": True}, " ", None, "May not be empty."),
        ({"type": "choice", "choices": ["A", "B"]}, "b", "B", None),
        ({"type": "choice", "choices": ["A", "B"]}, "C", None, "C: allowed is A, B."),
        ({"type": "date"}, "2028-02-29", "2028-02-29", None),
        ({"type": "date"}, "2027-02-29", None, "2027-02-29: write dates as year-month-day (2026-01-31)."),
        ({"type": "date"}, "2026-01-31 00:00:00", "2026-01-31", None),  # as spreadsheets' exports write
        ({"type": "date"}, "31/01/2026", None, "31/01/2026: write dates as year-month-day (2026-01-31)."),
        ({"type": "date", "minimum": "2026-06-01"}, "2026-05-31", None, "2026-05-31: allowed is 2026-06-01 or more."),
        ({"type": "flag"}, "TRUE", True, None),
        ({"type": "flag"}, "maybe", None, "maybe: allowed is yes or no."),
    ],
)  # fmt: skip
def test_what_a_column_allows(
    page: Page, column: dict[str, Any], text: str, value: Any, message: str | None
) -> None:
    """Ranges, whole numbers, choices, days that exist."""
    expected = {"message": message} if message else {"value": value}
    assert _parse(page, text, {"field": "x", **column}) == expected


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_numbers_survive_being_copied_and_pasted(page: Page, numbers: list[float]) -> None:
    """What a cell gives to a clipboard is read back as the same number, to the last digit."""
    read = page.evaluate(
        "([numbers, column]) => numbers.map(one => values.parse(values.raw(one, column), column).value)",
        [numbers, NUMBER],
    )
    assert [float(one) for one in read] == numbers


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.text(alphabet='ab1\t\n"\u00e9, ', max_size=6), min_size=2, max_size=2),
        min_size=1,
        max_size=4,
    )
)
def test_blocks_survive_being_copied_and_pasted(page: Page, rows: list[list[str]]) -> None:
    """Tabs, quotes and line breaks in cells come back as they were."""
    found = page.evaluate("rows => values.block(rows.map(values.tsvLine).join('\\r\\n'))", rows)
    assert found == rows


_CELL = st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from(["a", "b"]), st.integers(0, 2))
_ACTIONS = st.lists(st.one_of(st.lists(_CELL, max_size=3), st.just("undo"), st.just("redo")), max_size=14)


@settings(max_examples=40, deadline=None)
@given(_ACTIONS)
def test_undo_and_redo_walk_along_the_states(page: Page, actions: list[Any]) -> None:
    """After any steps, undos and redos the cells are those of a plain list of states, and the changes are what differs from the first."""
    states = [{("r1", "a"): 0, ("r1", "b"): 0, ("r2", "a"): 0, ("r2", "b"): 0}]
    at = 0
    for action in actions:
        if action == "undo":
            at = max(0, at - 1)
        elif action == "redo":
            at = min(len(states) - 1, at + 1)
        else:
            # Cells of one step count with what they hold when it begins; the last of several for a cell wins.
            after = states[at] | {
                (row, column): value for row, column, value in action if value != states[at][row, column]
            }
            if after != states[at]:
                states[at + 1 :] = [after]
                at += 1
    found = page.evaluate(
        """actions => {
            const rows = new Map([["r1", {a: 0, b: 0}], ["r2", {a: 0, b: 0}]]);
            const made = new edits.Edits(rows);
            for (const action of actions) {
                if (action === "undo" || action === "redo") made[action]();
                else made.apply(action.map(([row, column, value]) => ({row, column, value})));
            }
            return {
                rows: Object.fromEntries(rows), changes: made.changes(), count: made.count,
                canUndo: made.canUndo, canRedo: made.canRedo,
            };
        }""",
        actions,
    )
    now = {(row, column): found["rows"][row][column] for row, column in states[0]}
    assert now == states[at]
    changed = {(one["row"], one["column"]): (one["before"], one["value"]) for one in found["changes"]}
    assert changed == {cell: (0, value) for cell, value in now.items() if value != 0}
    assert found["count"] == len(changed)
    assert (found["canUndo"], found["canRedo"]) == (at > 0, at < len(states) - 1)


def test_csv_does_not_run_in_a_spreadsheet(page: Page) -> None:
    """A text that begins like a formula gets an apostrophe; numbers do not; quotes are doubled."""
    line = page.evaluate(
        "line => values.csvLine(line)",
        ["=SUM(A1)", -5, "-5", '6" pipe, steel', None, "@x"],
    )
    assert line == '\'=SUM(A1),-5,-5,"6"" pipe, steel",,\'@x'
