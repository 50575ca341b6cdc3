"""docs/calibration.md works: its command prints what it says, its numbers and columns are those of the files."""

import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from scripts.quarterly_calibration import EXIT_DUE, EXIT_STALE, USUAL
from stockrail.cli import app
from stockrail.measures.statistical_gap import GAP_COLUMNS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
COMMAND = "stockrail calibrate instances/calibration-example --gap 0.003 --out targets"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the page's command prints and writes."""
    folder = tmp_path_factory.mktemp("calibration") / "targets"
    arguments = [
        "calibrate",
        str(ROOT / "instances" / "calibration-example"),
        "--gap",
        "0.003",
        "--out",
        str(folder),
    ]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout, folder


def test_the_page_shows_what_is_printed(written: tuple[str, Path]) -> None:
    """All but the last lines, which have seconds and paths."""
    block = PAGE.split(f"    $ {COMMAND}\n")[1].split("\n\n")[0]
    shown = [line[4:] for line in block.splitlines()]
    printed = written[0].splitlines()
    assert printed[: len(shown)] == shown
    assert printed[len(shown)].startswith("Confirmed by the independent checker: rule, band, free.")


def test_statistical_gap_of_the_example() -> None:
    """The table that `--replications 2` shows, and the names of its columns in the file."""
    arguments = ["calibrate", str(ROOT / "instances" / "calibration-example"), "--gap", "0.003", "--no-check"]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*arguments, "--replications", "2"])
    assert result.exit_code == 0, result.output
    block = PAGE.split("`--replications 2` shows\n\n")[1].split("\n\n")[0]
    shown = [line[4:] for line in block.splitlines()]
    printed = result.stdout.splitlines()
    start = printed.index(shown[0])
    assert printed[start : start + len(shown)] == shown
    assert all(f"`{name}`" in PAGE for name in GAP_COLUMNS)


def test_values(written: tuple[str, Path]) -> None:
    """The table of strategies, and what rules cost."""
    values = pd.read_csv(written[1] / "values.csv").set_index("strategy")
    for name in ("rule", "band", "free"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
        worth, bound = (float(cell.replace(",", "")) for cell in row.split("|")[2:4])
        assert values["objective"][name] == pytest.approx(worth, abs=0.006)
        assert values["bound"][name] == pytest.approx(bound, abs=0.006)
    found = re.search(r"fixed rules cost \*\*([\d.]+)\*\*, and between ([\d.]+) and ([\d.]+)", PAGE)
    assert found is not None
    steps = [values[name]["rule"] for name in ("to_next", "to_next_least", "to_next_most")]
    assert [float(number) for number in found.groups()] == pytest.approx(steps, abs=0.006)


def test_targets(written: tuple[str, Path]) -> None:
    """Rows of targets.csv, and every column has its line."""
    targets = pd.read_csv(written[1] / "targets.csv", dtype=str).set_index("item")
    header, _, *rows = PAGE.split("Of the example:\n\n")[1].split("\n\n")[0].splitlines()
    columns = [cell.strip(" `") for cell in header.split("|")[1:-1]]
    assert len(rows) == len(targets)
    for row in rows:
        item, *cells = (cell.strip() for cell in row.split("|")[1:-1])
        for column, cell in zip(columns[1:], cells, strict=True):
            found = targets[column][item]
            if column.endswith("_units"):
                assert float(found) == float(cell)
            else:
                assert found == cell
    section = PAGE.split("## The columns of targets.csv")[1].split("\n## ")[0]
    described = set(re.findall(r"`(\w+)`", section)) | {"safety_stock_value", "safety_stock_days"}
    assert {"item", *targets.columns} <= described


def test_segments(written: tuple[str, Path]) -> None:
    """Rows of segments.csv, and every column has its line."""
    segments = pd.read_csv(written[1] / "segments.csv", dtype=str).set_index("segment")
    section = PAGE.split("## The columns of segments.csv")[1].split("\n## ")[0]
    header, _, *rows = section.split("Of the example:\n\n")[1].split("\n\n")[0].splitlines()
    columns = [cell.strip(" `") for cell in header.split("|")[1:-1]]
    assert len(rows) == len(segments)
    for row in rows:
        segment, *cells = (cell.strip() for cell in row.split("|")[1:-1])
        for column, cell in zip(columns[1:], cells, strict=True):
            found = segments[column][segment]
            if column in {"option", "next_review_date"}:
                assert found == cell
            else:
                assert float(found) == pytest.approx(float(cell), abs=0.006)
    assert {"segment", *segments.columns} <= set(re.findall(r"`(\w+)`", section))


def test_worth_has_five_sources(written: tuple[str, Path]) -> None:
    """Sources add up to the worth of each change, and margins to the total that the page shows."""
    changes = pd.read_csv(written[1] / "changes.csv")
    section = PAGE.split("## The columns of changes.csv")[1].split("\n## ")[0]
    sources = re.findall(r"^\| `(from_\w+)` \|", section, re.MULTILINE)
    assert changes[sources].sum(axis=1).tolist() == pytest.approx(changes["worth_change"].tolist(), abs=1e-9)
    assert changes["margin_change"].sum() == pytest.approx(223.95, abs=0.006)
    lamp = changes.set_index("item").loc["lamp"]
    assert (lamp["margin_change"], lamp["from_guardrails"]) == pytest.approx((-104.72, 152.72), abs=0.006)


def test_files(written: tuple[str, Path]) -> None:
    """The table of files names what is there."""
    section = PAGE.split("## What is written")[1].split("\n## ")[0]
    named = {
        name.strip("/")
        for row in section.splitlines()
        if row.startswith("| `")
        for name in re.findall("`([^`]+)`", row.split("|")[1])
    }
    assert {file.name for file in written[1].iterdir()} == named


def test_thresholds_and_exit_codes() -> None:
    """What the page says of reviews are the defaults of the script."""
    assert (EXIT_STALE, EXIT_DUE) == (4, 5)
    for line in (
        f"the last calibration began {USUAL.interval_days} days ago",
        f"in each of the last {USUAL.bias_periods} periods, {USUAL.bias_share:.0%}".replace("%", " %"),
        f"errors {USUAL.error_ratio:g} times as large",
        f"stated errors {100 * USUAL.error_share:.0f} % larger",
        f"in common {100 * USUAL.demand_share:.0f} % higher",
        f"a single period with {USUAL.promotion_ratio:g} times",
        f"{100 * USUAL.cost_share:.0f} % higher or lower",
        f"{USUAL.lead_time_days:g} days longer or shorter",
        f"a supplier {USUAL.delivery_days:g} days later",
        f"each of the last {USUAL.delivery_periods} periods with deliveries",
        f"{100 * USUAL.revenue_share:.0f} % of expected revenue",
    ):
        assert line in PAGE, line
