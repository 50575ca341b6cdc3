"""What was imported, and what an import came to."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.web.views import actuals
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.monitoring.actuals_files import ActualsError, CorrectionsError
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened


def test_what_there_is(store: Store, tmp_path: Path) -> None:
    """Rows, first and last days by kind (docs/scorecard.md); who imported them; which columns the files have."""
    what_happened.import_texts(store, tmp_path / "in", what_happened.quarter_files())
    view = actuals.view(store, "anna")
    assert [(one.kind, one.rows, one.first) for one in view.kinds] == [
        ("demand", 6, dt.date(2027, 1, 4)),
        ("receipts", 3, dt.date(2027, 1, 4)),
        ("stock", 6, dt.date(2027, 3, 17)),
        ("spend", 2, dt.date(2027, 1, 4)),
    ]
    assert view.kinds[1].columns == ("item", "supplier", "date", "units", "money", "ordered_on")
    assert view.kinds[1].optional == ("money", "ordered_on")
    [made] = view.imports
    assert (made.by, made.added) == ("anna", {"demand": 6, "receipts": 3, "stock": 6, "spend": 2})
    assert view.may_import and not actuals.view(store, "dora").may_import


def test_corrections_are_told_from_errors(store: Store, tmp_path: Path) -> None:
    """Another value of a known row can be asked for; a wrong cell cannot."""
    files = {"demand.csv": "item,date,units\nfan,2027-01-04,10\n"}
    what_happened.import_texts(store, tmp_path / "first", files)
    for name, text in (("second", "fan,2027-01-04,12"), ("third", "fan,2027-01-40,12")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "demand.csv").write_text(f"item,date,units\n{text}\n", encoding="utf-8")
    with pytest.raises(CorrectionsError) as corrections:
        import_actuals(store, "anna", tmp_path / "second")
    view = actuals.of_refusal(corrections.value)
    assert view.are_corrections
    [problem] = view.problems
    assert (problem.place, problem.row, problem.column, problem.value, problem.allowed) == (
        "demand.csv", 2, "units", "12", "10, as imported before",
    )  # fmt: skip
    with pytest.raises(ActualsError) as wrong:
        import_actuals(store, "anna", tmp_path / "third")
    assert not actuals.of_refusal(wrong.value).are_corrections
