"""Tests of the report's words on what is proven, and of its steps from revenue to margin."""

from pathlib import Path

from stockrail.formats import NO_BREAK
from stockrail.reports.margin import margin_steps
from stockrail.reports.text import STOPPED, certificate
from stockrail.solvers.result import TerminationReason
from tests.stockrail.report_demo import demo, write


def test_an_objective_that_weighs_the_worst_scenarios(tmp_path: Path) -> None:
    """The certificate is that of the objective, and says what the two parts of it are."""
    arguments = demo()
    arguments["summary"] |= {
        "margin_cvar_weight": 0.3,
        "objective": 1_600_000.0,
        "cvar_margin": 1_443_166.0,
        "bound": 1_604_000.0,
        "gap": 0.0025,
    }
    page = write(arguments, tmp_path)
    assert (
        "No plan can reach more than EUR 1,604,000; this one reaches EUR 1,600,000, a gap of 0.25%."
        in page.text
    )
    assert (
        "70% expected margin and 30% the mean margin of the worst 10% of scenarios (CVaR): this plan is expected to "
        "earn EUR 1,667,210, and EUR 1,443,166 in the worst 10% of scenarios." in page.text
    )
    assert "CVaR of the margin" not in write(demo(), tmp_path).text


def test_every_reason_to_stop_has_its_sentence() -> None:
    """The reasons are those of the solvers, no more and no less."""
    assert set(STOPPED) == {str(reason) for reason in TerminationReason}


def test_certificate_without_a_bound() -> None:
    """Without a bound nothing is claimed."""
    said = certificate(
        {"currency": "EUR", "expected_margin": 5000.0, "bound": None, "termination_reason": "time_limit"}
    )
    assert said[0].startswith(f"This plan earns EUR{NO_BREAK}5,000. No bound was computed")
    assert said[1].startswith("The search ended because its time was up")


def test_certificate_with_a_margin_above_the_bound() -> None:
    """A plan that earns more than the bound is an error, and the page says so instead of rounding it away."""
    said = certificate({"currency": "EUR", "expected_margin": 5000.0, "bound": 4000.0, "gap": -0.2})
    assert "check the plan before using it" in said[0]


def test_margin_steps_add_up() -> None:
    """The bars lead from zero to the expected margin: 100 - 60 - 5 + 10 = 45."""
    parts = {"revenue": 100.0, "landed_cost": 60.0, "holding": 5.0, "terminal_value": 10.0}
    steps = margin_steps({"expected_margin": 45.0, "margin_parts": parts})
    assert steps[-1].name == "Expected margin"
    assert steps[-2].end == steps[-1].end == 45.0
    assert [step.name for step in steps if step.kind == "total"] == ["Expected margin"]


def test_margin_steps_with_a_penalty() -> None:
    """The expected margin is after the penalty: 100 - 5 = 95."""
    parts = {"revenue": 100.0, "guardrail_penalty": 5.0}
    steps = margin_steps({"expected_margin": 95.0, "margin_parts": parts})
    assert [(step.name, step.value) for step in steps[-2:]] == [
        ("Guardrail penalty", -5.0),
        ("Expected margin", 95.0),
    ]
    assert steps[-2].end == 95.0


def test_margin_steps_with_overtime() -> None:
    """Overtime is a step before the penalty: 100 - 7 - 5 = 88."""
    parts = {"revenue": 100.0, "overtime": 7.0, "guardrail_penalty": 5.0}
    steps = margin_steps({"expected_margin": 88.0, "margin_parts": parts})
    assert [(step.name, step.value) for step in steps[-3:]] == [
        ("Overtime", -7.0),
        ("Guardrail penalty", -5.0),
        ("Expected margin", 88.0),
    ]


def test_margin_steps_show_what_is_not_explained() -> None:
    """Parts of 100 and a margin of 90 leave a bar of -10."""
    steps = margin_steps({"expected_margin": 90.0, "margin_parts": {"revenue": 100.0}})
    assert [(step.name, step.value) for step in steps[-2:]] == [
        ("Not explained by the parts", -10.0),
        ("Expected margin", 90.0),
    ]
