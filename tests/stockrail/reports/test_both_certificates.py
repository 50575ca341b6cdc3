"""Both certificates are on every report: the solver's gap, and the statistical gap as it is, or what computes it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stockrail.calibration.calibration import Calibration, calibrate
from stockrail.calibration.display import calibration_lines
from stockrail.comparisons.comparison import Comparison, compare
from stockrail.comparisons.display import comparison_lines
from stockrail.evaluation.display import evaluation_lines
from stockrail.evaluation.evaluate import evaluate
from stockrail.evaluation.evaluation import Evaluation
from stockrail.finance.finance_display import frontier_lines, price_lines
from stockrail.finance.frontier import frontier
from stockrail.finance.prices import prices
from stockrail.inventory.display import inventory_lines
from stockrail.inventory.explained import explain_inventory
from stockrail.measures.statistical_gap import MEASURE, REPLICATE, gap_columns
from stockrail.service.display import service_lines
from stockrail.service.tables import service_for_profit
from tests.builders import make_instance
from tests.stockrail.calibration_case import lamp
from tests.stockrail.gap_records import COMPUTED, NEGATIVE
from tests.stockrail.stock_cases import newsvendor
from tests.stockrail.what_if_cases import one_order

NOT_COMPUTED = "Statistical gap: not computed: "

Record = dict[str, Any]

RECORDS = pytest.mark.parametrize("record", [COMPUTED, NEGATIVE], ids=["computed", "negative"])


@pytest.fixture(scope="module")
def evaluated() -> Evaluation:
    """One order of 20 for two periods, on paths that are all alike."""
    instance = make_instance(
        demand=(10, 10), suppliers={"order_interval_periods": 2}, segments={"lost_share": 1}
    )
    return evaluate(
        instance, paths=2, training_paths=2, foresight_paths=0, names=("one-level",), gap=0.0, workers=1
    )


@pytest.fixture(scope="module")
def calibrated() -> Calibration:
    return calibrate(lamp(), strategy="rule", workers=1)


@pytest.fixture(scope="module")
def compared() -> Comparison:
    instance, what_ifs = one_order()
    return compare(instance, what_ifs, gap=0.0, workers=1)


def page(folder: Path, name: str) -> str:
    """A file as one line."""
    return " ".join((folder / name).read_text(encoding="utf-8").replace("&#39;", "'").split())


def data(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def shares(record: Record) -> list[str]:
    """The estimates and the ends of their intervals in percent: "0.20%", "1.00%", or below zero "-0.20%", "-1.00%"."""
    return [f"{100 * share:.2f}%" for share in gap_columns(record).values()]


def test_evaluation_not_computed(evaluated: Evaluation, tmp_path: Path) -> None:
    """Incumbent, bound and gap, and the option that computes the other one: 20 units earn 4 each."""
    evaluated.write(tmp_path)
    for text in ("\n".join(evaluation_lines(evaluated)), page(tmp_path, "evaluation.html")):
        assert "the plan reaches EUR 80.00 and no plan more than EUR 80.00, a gap of" in text
        assert f"{NOT_COMPUTED}{REPLICATE}." in text
    plan = data(tmp_path, "evaluation.json")["plan"]
    assert (plan["objective"], plan["bound"], plan["statistical_gap"]) == (
        pytest.approx(80),
        pytest.approx(80),
        None,
    )


@RECORDS
def test_evaluation(evaluated: Evaluation, tmp_path: Path, record: Record) -> None:
    """Terminal, page and file have the estimate and its interval."""
    plan = {**evaluated.facts["plan"], "statistical_gap": record}
    result = replace(evaluated, facts={**evaluated.facts, "plan": plan})
    result.write(tmp_path)
    for text in ("\n".join(evaluation_lines(result)), page(tmp_path, "evaluation.html")):
        assert "Solver's gap: " in text and NOT_COMPUTED not in text
        assert all(f"({share})" in text for share in shares(record))
        assert ("below zero is printed as it is" in text) == (record is NEGATIVE)
    assert data(tmp_path, "evaluation.json")["plan"]["statistical_gap"] == record


def test_backtest(evaluated: Evaluation, tmp_path: Path) -> None:
    """Many plans: the largest solver's gap, and how to compute the other one for a tree."""
    facts = {name: value for name, value in evaluated.facts.items() if name != "plan"}
    facts |= {"from": "2026-01-01", "to": "2026-02-01", "trained_periods": 9, "every": 4}
    facts |= {"plans": 3, "largest_gap": 0.0123, "statistical_gap": None}
    result = replace(evaluated, facts=facts)
    result.write(tmp_path, "backtest")
    for text in ("\n".join(evaluation_lines(result)), page(tmp_path, "backtest.html")):
        assert "the largest of 3 plans, each on the tree of its moment, is 1.230%" in text
        assert NOT_COMPUTED in text and "stockrail tree build" in text


def test_calibration_not_computed(calibrated: Calibration, tmp_path: Path) -> None:
    """Worth, bound and gap are in the table; under it there is the option."""
    calibrated.write(tmp_path)
    for text in ("\n".join(calibration_lines(calibrated)), page(tmp_path, "report.html")):
        assert "gap" in text and f"{NOT_COMPUTED}{REPLICATE}." in text
    assert data(tmp_path, "calibration.json")["statistical_gap"] == {"rule": None}
    assert data(tmp_path / "rule", "plan.json")["statistical_gap"] is None


@RECORDS
def test_calibration(calibrated: Calibration, tmp_path: Path, record: Record) -> None:
    """A table of its own, on the terminal and on the page."""
    certificate = {**calibrated.certificate, "statistical_gap": {"rule": record}}
    result = replace(calibrated, certificate=certificate)
    result.write(tmp_path)
    lines = calibration_lines(result)
    row = next(line for line in lines if line.startswith(" rule") and line.count("%") == 4)
    assert row.split()[1:] == shares(record)
    html = page(tmp_path, "report.html")
    assert "".join(f'<td class="n">{share}</td>' for share in shares(record)) in html
    for text in (" ".join(lines), html):
        assert "from 2 fresh trees" in text and "below zero are printed as they are" in text
        assert ("rule (cap (upper) on 2)" in text) == (record is NEGATIVE)
        assert "what rules and bands cost is part of it" in text
    assert data(tmp_path, "calibration.json")["statistical_gap"] == {"rule": record}


def test_comparison_not_computed(compared: Comparison, tmp_path: Path) -> None:
    """Bound and solver's gap are rows of the table; the option is in a sentence."""
    compared.write(tmp_path)
    for text in ("\n".join(comparison_lines(compared)), page(tmp_path, "brief.html"), compared.brief()):
        assert "solver's gap" in text.lower() and f"{NOT_COMPUTED}{REPLICATE}." in text
    assert [row["statistical_gap"] for row in data(tmp_path, "comparison.json")["what_ifs"]] == [None, None]


@RECORDS
def test_comparison(compared: Comparison, tmp_path: Path, record: Record) -> None:
    """Rows for estimates and ends of intervals; the what-if that was not reached has a dash."""
    base, high = compared.outcomes
    outcomes = (replace(base, **gap_columns(record)), high)  # type: ignore[arg-type]  # columns are floats
    result = replace(compared, outcomes=outcomes, statistical_gaps={"base": record, "high": None})
    result.write(tmp_path)
    lines = comparison_lines(result)
    rows = [line.split() for line in lines if line.startswith((" stat. gap", "   at most"))]
    assert [row[-2] for row in rows] == shares(record)
    assert {row[-1] for row in rows} == {"–"}
    for text in (" ".join(lines), page(tmp_path, "brief.html"), result.brief()):
        assert "from 2 fresh trees" in text
        assert all(share in text for share in shares(record))
    assert data(tmp_path, "comparison.json")["what_ifs"][0]["statistical_gap"] == record


def test_frontier(tmp_path: Path) -> None:
    """Each point has its bound and gap; for one that is chosen the other gap can be computed."""
    limited = make_instance(demand=(10, 10), guardrails={"upper": 60}, segments={"lost_share": 1})
    result = frontier(limited, "G", [30, 60], gap=0.0, workers=1)
    result.write_html(tmp_path / "frontier.html")
    for text in ("\n".join(frontier_lines(result)), page(tmp_path, "frontier.html")):
        assert "Solver's gap: each point has its own" in text
        assert NOT_COMPUTED in text and "`stockrail measures`" in text
    assert result.record()["statistical_gap"] is None


def test_prices() -> None:
    """Prices are of no plan."""
    limited = make_instance(demand=(10, 10), guardrails={"upper": 60}, segments={"lost_share": 1})
    text = "\n".join(price_lines(prices(limited, workers=1), "EUR"))
    assert "Solver's gap: none" in text and f"{NOT_COMPUTED}{MEASURE}." in text


def test_service_and_inventory(tmp_path: Path) -> None:
    """The choice of options has a bound, and each plan without a driver a gap."""
    service, inventory = service_for_profit(newsvendor(), gap=0.0), explain_inventory(newsvendor())
    service.write(tmp_path)
    inventory.write(tmp_path)
    for lines, name in ((service_lines(service), "service"), (inventory_lines(inventory), "inventory")):
        for text in ("\n".join(lines), page(tmp_path, f"{name}.html")):
            assert "Solver's gap: " in text and NOT_COMPUTED in text
        assert data(tmp_path, f"{name}.json")["statistical_gap"] is None
    assert service.bound >= service.objective - 1e-6
