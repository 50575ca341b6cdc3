"""docs/notebook.ipynb runs from top to bottom, and its results are what its text says of them."""

import json
import os
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"

RESULTS = """
import json

print(json.dumps({
    "certificate": {name: plan.certificate[name] for name in ("expected_margin", "bound", "gap")},
    "orders_now": now[["period", "lots", "value"]].to_dict("records"),
    "guardrails": plan.guardrails.set_index("name")[["slack", "price_up", "price_down"]].T.to_dict(),
    "purposes": split[purposes].sum().sum(),
    "on_hand": split["on_hand_value"].sum(),
    "outcomes": outcomes.set_index("name")[["expected_margin", "objective", "bound", "peak_working_capital"]].T.to_dict(),
    "bridge": comparison.bridge_between("base", "tighter-credit").groupby("step")["amount"].sum().to_dict(),
    "frontier": points[["limit", "objective", "bound"]].to_dict("records"),
    "knee": vars(curve.knee) if curve.knee else None,
    "views": revenue.set_index("segment").T.to_dict(),
    "strategies": values[["objective", "bound"]].T.to_dict(),
    "items": len(calibration.targets),
    "safety_stock_units": calibration.targets["safety_stock_units"].min(),
    "worth": changes["worth_change"].tolist(),
    "worth_by_source": changes[sources].sum(axis=1).tolist(),
}))
"""
"""A last cell that hands over what the notebook has found."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the notebook as it is, in a kernel of its own, and return its variables as `RESULTS` reads them.

    No cell may print, so a warning in the kernel fails, too.
    """
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # What the libraries that run notebooks are about to change is not for this project to mend.
        warnings.simplefilter("ignore")
        import nbformat
        from nbclient import NotebookClient

        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, os.fspath(tmp_path_factory.mktemp(name.lower())))
        book = nbformat.read(DOCS / "notebook.ipynb", as_version=4)
        last = nbformat.v4.new_code_cell(RESULTS)
        book.cells.append(last)
        NotebookClient(book, timeout=600, resources={"metadata": {"path": os.fspath(DOCS)}}).execute()
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    printed = [
        (cell.id, output.text) for cell in code for output in cell.outputs if output.output_type == "stream"
    ]
    assert [cell for cell, _ in printed] == [last.id], printed
    return json.loads(printed[0][1])


def test_nothing_is_stored() -> None:
    """The file has no results of an earlier run, so that it is small and never older than the code."""
    cells = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    assert all(cell["outputs"] == [] for cell in cells if cell["cell_type"] == "code")
    assert all(cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


def test_planner(results: Any) -> None:
    """The plan lies below its bound, orders of now are in the first period, and stock by purpose adds up to all stock."""
    found = results["certificate"]
    assert found["expected_margin"] <= found["bound"]
    assert found["gap"] == pytest.approx(
        (found["bound"] - found["expected_margin"]) / found["bound"], rel=0.02
    )
    assert results["orders_now"]
    assert all(row["period"] == 0 and row["lots"] >= 1 and row["value"] > 0 for row in results["orders_now"])
    assert results["purposes"] == pytest.approx(results["on_hand"])


def test_what_ifs(results: Any) -> None:
    """Less room or a worse supplier cannot be proven to earn more, and the smaller credit line is kept."""
    base, tighter, disruption = (
        results["outcomes"][name] for name in ("base", "tighter-credit", "supplier-disruption")
    )
    assert all(row["objective"] <= row["bound"] for row in (base, tighter, disruption))
    assert tighter["objective"] <= base["bound"]
    assert disruption["objective"] <= base["bound"]
    assert base["peak_working_capital"] <= 2_600_000 + 1e-3
    assert tighter["peak_working_capital"] <= 2_350_000 + 1e-3


def test_bridge(results: Any) -> None:
    """Only a limit changes, so the facts add nothing, and both steps add up to the difference of the margins."""
    base, tighter = (results["outcomes"][name]["expected_margin"] for name in ("base", "tighter-credit"))
    assert results["bridge"]["changed facts"] == pytest.approx(0, abs=1e-3)
    assert sum(results["bridge"].values()) == pytest.approx(tighter - base, abs=1e-3)


def test_prices(results: Any) -> None:
    """The limit that binds has a positive price, dearer downwards than upwards; cash is left over and has none."""
    binding, cash = results["guardrails"]["working-capital"], results["guardrails"]["minimum-cash"]
    assert 0 < binding["price_up"] <= binding["price_down"]
    assert cash["slack"] > 0
    assert cash["price_up"] == cash["price_down"] == 0


def test_frontier(results: Any) -> None:
    """More room never earns less, in plans and in bounds, and after the knee a euro of it earns less than before."""
    points = results["frontier"]
    for tight, loose in pairwise(points):
        assert tight["limit"] < loose["limit"]
        assert tight["objective"] <= loose["objective"] + 1e-6
        assert tight["bound"] <= loose["bound"] + 1e-6
    assert results["knee"]["slope_before"] > results["knee"]["slope_after"] >= 0


def test_views(results: Any) -> None:
    """Commit <= most likely <= stretch; means of segments add up, and a target above the median is missed more often than not."""
    whole = results["views"].pop("all")
    assert all(row["commit"] <= row["most_likely"] <= row["stretch"] for row in results["views"].values())
    assert sum(row["mean"] for row in results["views"].values()) == pytest.approx(whole["mean"])
    assert whole["gap"] == pytest.approx(11_200_000 - whole["most_likely"])
    assert whole["gap"] > 0
    assert 0 < whole["chance"] < 0.5


def test_calibration(results: Any) -> None:
    """A rule earns no more than a band, a band no more than free; every item has a target, and worth adds up from its sources."""
    rule, band, free = (results["strategies"][name] for name in ("rule", "band", "free"))
    assert rule["objective"] <= band["objective"] <= free["objective"]
    assert all(row["objective"] <= row["bound"] for row in (rule, band, free))
    assert results["items"] == 200
    assert results["safety_stock_units"] >= 0
    assert results["worth"] == pytest.approx(results["worth_by_source"], abs=1e-6)
