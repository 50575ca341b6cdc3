"""docs/allocation.md: its tables are read, its commands run, its numbers are those of a plan and follow by hand."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from scipy.stats import norm
from typer.testing import CliRunner

import stockrail as sr
from stockrail.allocation.plan_tables import MOST_LISTED
from stockrail.allocation.totals import LEAST_PROBABILITY
from stockrail.cli import app
from stockrail.workbench.governance.commitment_rule import commitments_broken
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import CustomerCommitment

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "allocation.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instance of the page, and the file of who asks."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "instances" / "three-items", "short")
    for name, body in re.findall(r"```csv (\S+)\n(.*?)```", PAGE, flags=re.DOTALL):
        folder = tmp_path if name == "asked.csv" else tmp_path / "short"
        (folder / name).write_text(body, encoding="utf-8")
    return tmp_path


def test_today(example: Path) -> None:
    """Both commands print what the page shows, in 80 columns."""
    page = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    text = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    parts = re.split(r"^\$ stockrail ", text, flags=re.MULTILINE)[1:]
    assert len(parts) == 2
    for part in parts:
        command, shown = part.split("\n", 1)
        result = CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))
        assert (result.exit_code, result.output.strip()) == (0, shown.split("\nstockrail plan")[0].strip())


def test_in_the_plan(example: Path) -> None:
    """The filter ends at 0 with an error of 10; what the page says of it, from the plan and from the loss function.

    With G(z) = pdf(z) - z (1 - cdf(z)), what lies beyond a shortage of s is 10 G(s / 10). The others lose the first unit, trade the next
    two (South three quarters of it), North one, trade two more, North the last four.
    """
    made = sr.plan(sr.load(example / "short"), gap=0.0, prices="none")
    shortages, allocation = made.checks["shortages"], made.checks["allocation"]
    (case,) = shortages[(shortages["item"] == "filter") & (shortages["period"] == 2)].to_dict("records")
    assert case["probability"] == pytest.approx(0.5)
    assert f"{case['short_units']:.1f} of 10 units are short" in PAGE
    assert f"{case['short_when_short']:.1f} when it comes to it" in PAGE

    def beyond(short: float) -> float:
        z = short / 10
        return float(10 * (norm.pdf(z) - z * norm.sf(z)))

    promised_trade, rest_trade = beyond(4) - beyond(6), beyond(1) - beyond(3)
    left = {
        "north": beyond(6) - beyond(10) + beyond(3) - beyond(4),
        "south": 0.75 * (promised_trade + rest_trade),
        "east": 0.25 * (promised_trade + rest_trade),
        "": beyond(0) - beyond(1),
    }
    broken = {"north": norm.sf(0.6), "south": norm.sf(0.4), "east": norm.sf(0.4)}
    rows = allocation[(allocation["item"] == "filter") & (allocation["period"] == 2)]
    assert len(rows) == 4
    for row in rows.to_dict("records"):
        name = row["customer"]
        assert row["left_units"] == pytest.approx(left[name], abs=1e-9)
        cells = [
            name or "others",
            f"{row['asked_units']:g}",
            f"{row['left_units']:.2f}",
            f"{row['given_when_short']:.2f}",
            f"{row['committed_units']:g}",
            "",
        ]
        if name:
            assert row["commitment_broken_probability"] == pytest.approx(broken[name], abs=1e-9)
            cells[-1] = f"{broken[name]:.1%}".replace("%", " %")
        assert f"| {' | '.join(cells)} |".replace("|  |", "| |") in PAGE
    plan = PlanFiles.read(made.write(example / "plan"))
    (stated,) = yaml.safe_load(
        re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[0].replace(": yes", ": 'yes'")
    )
    (breach,) = commitments_broken(CustomerCommitment(**stated), plan)
    # North's 0.854 units below the promise of the last period, each waits for one period at 0.3 of the price of 10.
    assert breach.subject == "customers in key"
    assert breach.money == pytest.approx(3 * (beyond(6) - beyond(10)))
    assert f"expected to cost, 0.3 of the price of 10 each: EUR {breach.money:.2f}." in PAGE
    assert [row["period"] for row in breach.evidence["commitments"]] == [2]


def test_limits_of_the_lists_are_those_of_the_page() -> None:
    """From which probability, and how many."""
    assert f"from a probability of {LEAST_PROBABILITY:.0%}".replace("%", " %") in PAGE
    assert f"at most {MOST_LISTED:,} of them" in PAGE
