"""Tests of the Python interface: from an instance to a plan that is plain data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stockrail as sr
from stockrail.finance.relaxing import SPARE
from stockrail.reports.report import COLUMNS
from stockrail.solvers import Progress
from stockrail.verification.verify import verify

THREE_ITEMS = Path(__file__).resolve().parents[2] / "instances" / "three-items"

WHOLE = {"period", "lots", "due_period", "items", "first_period", "last_period"}
DAYS = {"date", "due_date", "pay_date"}
WORDS = {
    "item", "description", "segment", "supplier", "decision", "node", "metric", "name", "scope", "scope_value", "side",
    "holds", "measured", "owner", "price_holds",
}  # fmt: skip
OTHER = {"binding_periods", "hard"}


@pytest.fixture(scope="module")
def plan() -> sr.Plan:
    """Return the best plan of three-items."""
    return sr.plan(sr.load(THREE_ITEMS), gap=0.0)


@pytest.mark.parametrize("name", COLUMNS)
def test_frames_have_their_columns(plan: sr.Plan, name: str) -> None:
    """Every frame has the columns that the report and the documentation name, in their order and with their types."""
    frame: pd.DataFrame = getattr(plan, name)
    assert list(frame.columns) == COLUMNS[name]
    assert len(frame) > 0
    for column in frame:
        kind = frame[column].dtype
        if column in WHOLE:
            assert pd.api.types.is_integer_dtype(kind), column
        elif column in DAYS:
            assert pd.api.types.is_datetime64_dtype(kind), column
        elif column in WORDS:
            assert pd.api.types.is_string_dtype(frame[column]), column
        elif column not in OTHER:
            assert pd.api.types.is_float_dtype(kind), column
    assert plan.guardrails["hard"].dtype == bool


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_documented(name: str) -> None:
    """The class says which columns each frame has."""
    documentation = " ".join((sr.Plan.__doc__ or "").split())
    assert f"{name} : {', '.join(COLUMNS[name])}." in documentation


def test_certificate(plan: sr.Plan) -> None:
    """The numbers of the README of three-items, and that they are proven."""
    certificate = plan.certificate
    assert certificate["expected_margin"] == pytest.approx(1549.81, abs=0.005)
    assert certificate["status"] == "proven"
    assert certificate["termination_reason"] == "optimal"
    assert certificate["gap"] == pytest.approx(0.0, abs=1e-9)
    assert certificate["currency"] == "EUR"
    assert certificate["solver"] == "extensive"
    # Short are 3.9856 filters of 105 units demanded in all: 30 kettles, 45 fans, 30 filters.
    assert certificate["fill_rate"] == pytest.approx(1 - 3.9856 / 105, abs=1e-5)
    # Nothing is expedited or lost here, so nothing is netted.
    assert certificate["physical_margin"] == pytest.approx(certificate["expected_margin"])
    assert plan.is_gap_met


def test_penalty_of_soft_guardrails_is_subtracted(tmp_path: Path) -> None:
    """A soft cap of 500 at 0.01 per unit and period is cheaper to break than to keep.

    54.17 too much in `cool` with probability 1/2 cost 0.27, less than the 1 that keeping it costs: 1550.81 - 0.27.
    """
    instance = sr.load(THREE_ITEMS)
    (cap,) = instance.guardrails
    sr.write(instance, tmp_path / "instance")
    table = pd.read_csv(tmp_path / "instance" / "guardrails.csv", dtype=str)
    table["soft_price"] = "0.01"
    table.to_csv(tmp_path / "instance" / "guardrails.csv", index=False)
    plan = sr.plan(sr.load(tmp_path / "instance"), gap=0.0)
    penalty = plan.certificate["margin_parts"]["guardrail_penalty"]
    assert penalty == pytest.approx(0.01 * 54.17 / 2, abs=1e-4)
    assert plan.certificate["expected_margin"] == pytest.approx(1550.81 - penalty, abs=0.005)
    assert plan.segments["expected_margin"].sum() == pytest.approx(1550.81, abs=0.005)
    assert "Guardrail penalty" in plan.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert cap.soft_price is None


def test_it_prints_as_a_summary(plan: sr.Plan) -> None:
    """A plan shows its margin, its proof and what to order now, in a terminal as in a notebook."""
    for text in (repr(plan), plan._repr_html_()):
        assert "EUR 1,550" in text
        assert "proven (optimal)" in text
        assert "3, EUR 900.00" in text
    assert "<table" in plan._repr_html_()
    assert plan.summary().name == "three-items"


def test_report(plan: sr.Plan, tmp_path: Path) -> None:
    """The report is written where asked, given as text or path, and the path is returned."""
    for target in (tmp_path / "one.html", str(tmp_path / "two.html")):
        written = plan.report(target)
        assert written == Path(target)
        text = written.read_text(encoding="utf-8")
        assert "three-items" in text
        assert "3 orders to place now" in text


def test_written_frames_read_back(plan: sr.Plan, tmp_path: Path) -> None:
    """The CSV files hold the frames, and what is not a number is empty there and null in the JSON."""
    folder = plan.write(tmp_path / "plan")
    orders = pd.read_csv(folder / "orders.csv", parse_dates=["date", "due_date", "pay_date"])
    pd.testing.assert_frame_equal(orders, plan.orders, check_dtype=False)
    segments = pd.read_csv(folder / "segments.csv")
    pd.testing.assert_frame_equal(segments, plan.segments, check_dtype=False)
    certificate = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    # Without forecast error there is no z.
    assert {row["segment"]: row["implied_z"] for row in certificate["segments"]}["steady"] is None


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_progress_is_reported(solver: Any) -> None:
    """Whoever asks sees bounds that never fall below the best margin known by then."""
    seen: list[Progress] = []
    sr.plan(sr.load(THREE_ITEMS), gap=0.0, solver=solver, on_progress=seen.append)
    assert seen
    assert all(moment.bound >= moment.incumbent - 1e-6 for moment in seen)


def test_both_solvers_agree() -> None:
    """The decomposition's plan earns no more than the optimum, and its bound is no less."""
    optimum = sr.plan(sr.load(THREE_ITEMS), gap=0.0, solver="extensive").certificate["expected_margin"]
    found = sr.plan(sr.load(THREE_ITEMS), gap=0.0, solver="decomposition").certificate
    assert found["expected_margin"] <= optimum + 1e-6
    assert found["bound"] >= optimum - 1e-6


def test_no_plan_in_time() -> None:
    """The extensive form without time has no plan, and the error says what to do."""
    with pytest.raises(sr.NoPlanError, match="Allow more time"):
        sr.plan(sr.load(THREE_ITEMS), solver="extensive", time_limit=0.0)


def test_cancelled_at_once() -> None:
    """A cancelled search says so, with the best plan so far or without one."""
    try:
        plan = sr.plan(sr.load(THREE_ITEMS), solver="decomposition", gap=0.0, is_cancelled=lambda: True)
    except sr.NoPlanError as error:
        assert "cancelled" in str(error)
    else:
        assert plan.certificate["termination_reason"] == "cancelled"
        assert not plan.is_gap_met


def capped(folder: Path, limit: float) -> sr.Instance:
    """Return three-items with another limit on inventory, read from a folder."""
    sr.write(sr.load(THREE_ITEMS), folder)
    table = pd.read_csv(folder / "guardrails.csv", dtype=str)
    table["upper"] = str(limit)
    table.to_csv(folder / "guardrails.csv", index=False)
    return sr.load(folder)


# Without orders kettles and fans keep no stock. Filters have a net inventory of 0 now and of -10 in period 1, both with noise
# of 10: on hand are 10 * G(0) = 3.98942 and -10 + 10 * G(-1) = 0.83315, worth 5 each, against a cap of 1.
LEAST = (5 * 3.98942 - 1, 5 * 0.83315 - 1)


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_infeasible(tmp_path: Path, solver: Any) -> None:
    """A cap of 1 cannot be kept; the error says by how much it must give way in which period, as text and as data."""
    with pytest.raises(sr.InfeasibleError, match="inventory-cap") as caught:
        sr.plan(capped(tmp_path / "instance", 1), gap=0.0, solver=solver)
    diagnosis = caught.value.diagnosis
    assert diagnosis.conflict == (("inventory-cap", "upper"),)
    assert [row.period for row in diagnosis.relaxations] == [0, 1]
    assert [row.amount for row in diagnosis.relaxations] == pytest.approx(LEAST, abs=1e-3)
    assert diagnosis.money == pytest.approx(sum(LEAST), abs=2e-3)


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_relaxed(tmp_path: Path, solver: Any) -> None:
    """With relax the same cap gives way by just that much, the plan says so, and the independent checker agrees.

    Decomposition has a thousandth of the limit, which is 1, to spare.
    """
    plan = sr.plan(capped(tmp_path / "instance", 1), gap=0.0, solver=solver, relax=True)
    relaxations = plan.certificate["relaxations"]
    assert [(row["guardrail"], row["side"], row["period"]) for row in relaxations] == [
        ("inventory-cap", "upper", 0),
        ("inventory-cap", "upper", 1),
    ]
    spare = SPARE if solver == "decomposition" else 0.0
    assert [row["amount"] - spare for row in relaxations] == pytest.approx(LEAST, abs=1e-3)
    assert "inventory-cap were loosened" in plan.certificate["notes"][-1]
    assert plan.summary()["limits loosened"] == "2, worth EUR 22.11"
    # The tables tell the plan against the limits as stated.
    assert plan.guardrails["limit"][0] == 1.0
    assert plan.guardrails["slack"][0] == pytest.approx(-LEAST[0], abs=1e-3)
    verification = verify(plan.write(tmp_path / "plan"))
    assert verification.passed, verification.summary()


def test_relax_changes_nothing_where_a_plan_exists(plan: sr.Plan) -> None:
    """Where the guardrails can hold, relax gives the plan that there is without it."""
    relaxed = sr.plan(sr.load(THREE_ITEMS), gap=0.0, relax=True)
    assert relaxed.certificate["relaxations"] == plan.certificate["relaxations"] == []
    pd.testing.assert_frame_equal(relaxed.orders, plan.orders)


def test_objective_with_cvar() -> None:
    """At a weight of 1 and alpha of 1/2 the objective is the margin of the worse of two equally likely scenarios.

    The tail's mean is no more than the mean, and the objective no more than that of the plan best on average.
    """
    settings = {"margin_cvar_weight": 1.0, "margin_cvar_alpha": 0.5}
    instance = sr.load(THREE_ITEMS)
    risk = replace(instance, settings=instance.settings.model_copy(update=settings))
    certificate = sr.plan(risk, gap=0.0).certificate
    assert certificate["objective"] == pytest.approx(certificate["cvar_margin"])
    assert certificate["cvar_margin"] <= certificate["expected_margin"] <= 1549.81 + 0.005
    assert certificate["gap"] == pytest.approx(0.0, abs=1e-6)


def test_summary_names_the_objective_only_where_it_differs(plan: sr.Plan) -> None:
    """Without CVaR the objective is the expected margin and has no line of its own."""
    assert not [line for line in plan.summary().index if "objective" in line or "worst" in line]
    blended = {"margin_cvar_weight": 0.5, "margin_cvar_alpha": 0.9, "cvar_margin": 900.0, "objective": 1224.9}
    summary = replace(plan, certificate=plan.certificate | blended).summary()
    assert summary["margin in the worst 10%"] == "EUR 900.00"
    assert summary["objective, both weighed"] == "EUR 1,225"


def test_unknown_names_are_refused() -> None:
    """A name that the package does not have is an AttributeError like in any module."""
    with pytest.raises(AttributeError, match="no attribute 'optimise'"):
        _ = sr.optimise
