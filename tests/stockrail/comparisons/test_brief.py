"""The decision brief says what is chosen, given up and gained, and does not call chance a finding."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from stockrail.comparisons.brief import bridge_steps, bridge_target, markdown, write_brief
from stockrail.comparisons.brief_words import bottom_line, change_words, options, regret_sentence
from stockrail.comparisons.comparison import Comparison, compare
from stockrail.comparisons.outcome import Outcome
from stockrail.model.what_if import Change
from tests.stockrail.what_if_cases import growing, impossible, one_order, what_if


def _compared(*, regret: bool = False) -> Comparison:
    """Base earns 40, high 80; the third has no plan."""
    instance, what_ifs = one_order()
    return compare(instance, [*what_ifs, impossible()], gap=0.0, regret=regret)


def test_what_is_given_up_and_gained() -> None:
    """High demand is an event: it brings 40 of margin and 100 of revenue; the buys now double from 60 to 120."""
    base, high, none = options(_compared())
    assert (base.heading, high.heading) == ("Choose", "If it happens")
    assert base.outcome[0] == "Expected margin EUR 40.00, fill rate 100.0%."
    assert high.outcome[:2] == (
        "EUR 40.00 of margin more (100.00%).",
        "Revenue up EUR 100.00 to EUR 200.00.",
    )
    assert high.outcome[-1] == "Now: 1 orders, EUR 120.00."
    assert none.outcome == ("No plan (infeasible).",)


def test_a_difference_within_the_gap_is_no_finding() -> None:
    """Two margins 1 apart whose bounds leave 5 open each are not told apart, and the brief says so."""
    result = _compared()
    first = replace(result.outcomes[0], bound=45.0)
    other = replace(result.outcomes[1], expected_margin=41.0, objective=41.0, bound=46.0)
    result = replace(result, outcomes=(first, other), what_ifs=result.what_ifs[:2])
    assert options(result)[1].outcome[0] == "EUR 1.00 of margin more (2.50%), within the solver's gap."
    assert "within the solver's gap" in bottom_line(result)


def test_the_same_plan_is_said_to_be_the_same() -> None:
    """A what-if that changes a price but no decision has the orders of base."""
    instance, (base, _) = one_order()
    dearer = what_if("dearer", {"table": "items", "column": "unit_price", "set": 12})
    option = options(compare(instance, [base, dearer], gap=0.0))[1]
    assert option.outcome[0].startswith("The same orders as base")


def test_bottom_line_and_regret() -> None:
    """Between 40 and 80 lie 40; one item is bought differently; holding base costs 40 at most."""
    result = _compared(regret=True)
    assert bottom_line(result) == (
        "Between high, which earns most, and base lie EUR 40.00 of expected margin. 1 item is bought differently now, "
        "depending on the plan. No plan keeps the limits of impossible."
    )
    assert "first buys of base are the safest" in regret_sentence(result)
    assert "at most EUR 40.00" in regret_sentence(result)


def test_bridge_of_the_brief_by_hand() -> None:
    """From 120 to 200: +30 by facts, then +110 of revenue and -60 of cost by orders, 80 in all."""
    instance, what_ifs = growing()
    result = compare(instance, what_ifs, gap=0.0)
    assert bridge_target(result) == "growth"
    steps = [(step.name, round(step.start, 6), round(step.end, 6)) for step in bridge_steps(result, "growth")]
    assert steps == [
        ("Revenue (facts)", 0, 30),
        ("Revenue (orders)", 30, 140),
        ("Landed cost (orders)", 140, 80),
        ("Difference", 0, 80),
    ]


def test_markdown_has_a_cell_for_each_what_if() -> None:
    """Every row of a table has as many cells as its head, also where a reason has a bar in it."""
    instance, (base, high) = one_order()
    barred = high.model_copy(update={"reason": "a | b"})
    text = markdown(compare(instance, [base, barred], gap=0.0, regret=True))
    table: list[int] = []
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if cells and table:
            assert cells == table[0]
        table = [*table, cells] if cells else []


def test_html_is_self_contained_and_escaped(tmp_path: Path) -> None:
    """No outside address but the name of a namespace, and text of the instance cannot become markup."""
    instance, (base, high) = one_order()
    evil = high.model_copy(update={"reason": "<script>alert(1)</script>"})
    page = write_brief(compare(instance, [base, evil], gap=0.0), tmp_path / "brief.html").read_text("utf-8")
    assert "<script>alert(1)" not in page
    body = page[: page.index('<script type="application/json"')]
    assert "http" not in body.replace("http-equiv", "")
    assert 'id="chart-margin"' in body and 'id="chart-waterfall"' in body


def test_nothing_has_a_plan() -> None:
    """A brief without any plan still says why."""
    instance, _ = one_order()
    text = markdown(compare(instance, [impossible()], gap=0.0))
    assert "No plan keeps the limits of impossible." in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": "items", "where": {"item": ["A", "B"]}, "column": "lot_size", "set": 2}, "items (A or B): lot_size set to 2"),
        ({"table": "demand", "where": {"period": {"first": 1, "last": 4}}, "column": "mean_units", "add": -3}, "demand (1 to 4): mean_units minus 3"),
        ({"table": "guardrails", "column": "upper", "set": None}, "guardrails: upper set to blank"),
        ({"table": "guardrails", "where": {"guardrail": "G"}, "remove": True}, "guardrails (G): removed"),
        ({"table": "order_overrides", "add_rows": [{"item": "A", "period": 0, "lots": 2}]}, "order_overrides: added item A period 0 lots 2"),
    ],
)  # fmt: skip
def test_changes_in_words(change: dict[str, object], words: str) -> None:
    """Each kind of change can be read without knowing the file."""
    assert change_words(Change.model_validate(change)) == words


def test_an_outcome_without_a_plan_has_no_numbers() -> None:
    """Missing is not zero."""
    assert not Outcome("a", "choice", "", "infeasible").has_plan
