"""The numbers of docs/plan-stability.md are those of the code."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import stockrail as sr
from stockrail.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "plan-stability.md").read_text(encoding="utf-8")
THREE_ITEMS = ROOT / "instances" / "three-items"


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of Monday's plan."""
    folder = tmp_path_factory.mktemp("plans") / "monday"
    return sr.plan(sr.load(THREE_ITEMS), gap=0.0, prices="none", checks=()).write(folder)


@pytest.fixture
def tuesday(tmp_path: Path) -> Path:
    """Return a copy of the instance with a fifth more demand."""
    folder = tmp_path / "three-items"
    shutil.copytree(THREE_ITEMS, folder)
    demand = folder / "demand.csv"
    text = re.sub(
        r"(\d+)$", lambda found: f"{float(found[1]) * 1.2:g}", demand.read_text(), flags=re.MULTILINE
    )
    demand.write_text(text)
    return folder


def test_table(monday: Path, tuesday: Path) -> None:
    """Margins and units of each price, and the sentence about what the first price gives up and saves."""
    instance = sr.load(tuesday)
    rows = [
        [float(cell.strip().rstrip("%")) for cell in line.split("|")[1:-1]]
        for line in PAGE.splitlines()
        if re.match(r"\| \d", line)
    ]
    assert [row[0] for row in rows] == [0, 0.05, 0.2, 0.5]
    for share, *numbers in rows:
        settings = instance.settings.model_copy(update={"change_price_share_of_cost": share})
        made = sr.plan(
            dataclasses.replace(instance, settings=settings),
            gap=0.0,
            prices="none",
            checks=(),
            announced=monday,
        )
        changes, margin = made.certificate["order_changes"], made.certificate["expected_margin"]
        assert numbers == pytest.approx(
            [
                round(margin + changes["cost"], 2),
                round(changes["cost"], 2),
                round(margin, 2),
                changes["kept_units"],
                changes["added_units"],
                changes["cancelled_units"],
                round(100 * changes["changed_share"], 1),
            ],
            abs=0.0051,
        )
    # 1654.98 - 1650.93, and 35 - 15 units; 1643.28 - 1603.68 for the last 5.
    assert "gives up EUR 4.05 of margin and leaves 20 of 35 changed units" in PAGE
    assert "gives up EUR 39.60 more" in PAGE
    assert rows[0][1] - rows[1][1] == pytest.approx(4.05)
    assert rows[2][1] - rows[3][1] == pytest.approx(39.60)


def test_terminal(monday: Path, tuesday: Path, tmp_path: Path) -> None:
    """The lines of the page are printed as they stand there; the report and the tables show the same changes."""
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        app,
        ["plan", str(tuesday), "--gap", "0", "--no-prices", "--announced", str(monday), "--out", str(out)],
    )
    assert ran.exit_code == 0, ran.output
    for label, value in (
        ("announced orders changed", "35 of 90 units, 38.9%"),
        ("cost of changes", "EUR 0, as change_price_share_of_cost is 0"),
    ):
        assert any(line.startswith(label) and line.endswith(value) for line in ran.output.splitlines())
        assert re.search(f"{label} +{re.escape(value)}\n", PAGE)
    report = (out / "report.html").read_text(encoding="utf-8")
    assert (
        "Suppliers were told to expect 90 units. 75 of them are kept and 15 cancelled, 20 are added" in report
    )
    assert (out / "order_changes.csv").is_file()


def test_a_plan_of_other_periods_is_refused(monday: Path, tuesday: Path) -> None:
    """The message of the page, for an instance that starts between two periods of the plan."""
    file = tuesday / "instance.yaml"
    file.write_text(file.read_text().replace("2027-01-04", "2027-02-01"))
    ran = CliRunner().invoke(app, ["plan", str(tuesday), "--announced", str(monday)])
    assert ran.exit_code == 2
    message = next(line.strip() for line in PAGE.splitlines() if line.startswith("    The plan in"))
    assert message.replace("plans/monday", str(monday)) in " ".join(ran.output.split())
