"""The unattended calibration: done once per set of inputs, stale inputs refused, reasons for a review, exit codes."""

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scripts.quarterly_calibration import app
from stockrail.calibration.archive import last_run, runs
from stockrail.model.writer import write
from stockrail.verification.verify import verify
from tests.stockrail.calibration_case import two_items

TODAY = "2024-01-05"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an instance of the day before."""
    write(two_items(upper=45), tmp_path / "instance")
    touch(tmp_path / "instance", dt.date(2024, 1, 4))
    return tmp_path


def touch(folder: Path, day: dt.date) -> None:
    """Make all files of a folder as if last changed at noon of a day."""
    at = dt.datetime(day.year, day.month, day.day, 12).timestamp()
    for file in folder.iterdir():
        os.utime(file, (at, at))


def run(place: Path, *arguments: str, today: str = TODAY) -> Result:
    options = [
        str(place / "instance"),
        "--archive",
        str(place / "archive"),
        "--today",
        today,
        "--gap",
        "0.05",
    ]
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, [*options, *arguments])


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time of change and bytes of every file."""
    return {
        str(file.relative_to(folder)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_inputs_are_done_once(place: Path) -> None:
    """A dated folder with targets and inputs; the second run, even on another day, rewrites nothing."""
    first = run(place)
    assert first.exit_code == 0, first.output
    (done,) = runs(place / "archive")
    assert done.folder.name.startswith("2024-01-05-")
    assert (done.folder / "targets.csv").is_file()
    assert verify(done.folder / "rule").passed
    before = snapshot(place / "archive")
    second = run(place, today="2024-01-06")
    assert second.exit_code == 0
    assert "Nothing was rewritten." in " ".join(second.output.split())
    assert snapshot(place / "archive") == before
    # Other options are other inputs.
    assert run(place, "--seed", "1").exit_code == 0
    assert len(runs(place / "archive")) == 2


def test_stale_inputs_are_refused(place: Path) -> None:
    """A start too far away and files too old are both named; nothing is written; limits can be moved."""
    result = run(place, today="2024-02-10")
    assert result.exit_code == 4
    # Instances start on 2024-01-01, files are of 2024-01-04.
    assert "starts on 2024-01-01, 40 days before 2024-02-10; allowed: 14 days" in " ".join(
        result.output.split()
    )
    assert "items.csv was last changed on 2024-01-04, 37 days ago; allowed: 31 days" in " ".join(
        result.output.split()
    )
    assert not (place / "archive").exists()
    allowed = run(place, "--max-start-days", "40", "--max-age-days", "37", today="2024-02-10")
    assert allowed.exit_code == 0


def test_review(place: Path) -> None:
    """Due without any calibration; not due after one; due with the reason when a cost has moved."""
    none = run(place, "--due")
    assert (none.exit_code, "has none" in none.output) == (5, True)
    run(place)
    assert run(place, "--due").exit_code == 0
    items = place / "instance" / "items.csv"
    items.write_text(items.read_text().replace(",10,6,0,", ",10,7,0,"))
    touch(place / "instance", dt.date(2024, 1, 4))
    moved = run(place, "--due")
    assert moved.exit_code == 5
    assert "cost: The landed cost of 2 items with 100% of revenue has moved" in " ".join(moved.output.split())
    assert run(place, "--due", "--cost-share", "0.5").exit_code == 0


def test_actuals(place: Path) -> None:
    """Demand that came is held against the last calibration; it is of no use without --due."""
    run(place)
    sales = place / "sales.csv"
    rows = [f"{item},{year}-06-01,20" for item in "AB" for year in range(2024, 2028)]
    sales.write_text("\n".join(["item,date,units", *rows]) + "\n")
    result = run(place, "--due", "--actuals", str(sales))
    assert result.exit_code == 5
    assert "bias: Demand of segment S was above forecast" in " ".join(result.output.split())
    assert run(place, "--actuals", str(sales)).exit_code == 2


def test_deliveries(place: Path) -> None:
    """A supplier that is 400 days late in each of three years and 401, with a 29 February, in the last; of no use without --due."""
    run(place)
    supplier = two_items().suppliers[0].supplier
    came = place / "deliveries.csv"
    rows = [f"{supplier},{year}-06-01,{year + 1}-07-06" for year in range(2024, 2028)]
    came.write_text("\n".join(["supplier,promised,delivered", *rows]) + "\n")
    result = run(place, "--due", "--deliveries", str(came))
    assert result.exit_code == 5
    assert f"delivery: {supplier} delivers 400.2 days later" in " ".join(result.output.split())
    assert run(place, "--due", "--deliveries", str(came), "--delivery-days", "500").exit_code == 0
    few = run(place, "--due", "--deliveries", str(came), "--delivery-periods", "5")
    assert "Deliveries in fewer than 5 periods" in few.output
    assert run(place, "--deliveries", str(came)).exit_code == 2


def test_the_last_run_is_compared(place: Path) -> None:
    """Without current_targets the last targets are today's; an item that moved is told, with the run it is held against."""
    (place / "instance" / "current_targets.csv").unlink()
    first = run(place, "--strategy", "rule")
    assert "There is no table current_targets" in first.output
    items = place / "instance" / "items.csv"
    items.write_text(items.read_text().replace("A,,S,", "A,,T,"))
    touch(place / "instance", dt.date(2024, 1, 4))
    assert run(place, "--strategy", "rule", today="2024-01-06").exit_code == 0
    one, two = runs(place / "archive")
    record = json.loads((two.folder / "calibration.json").read_text())
    assert record["since"] == str(one.folder)
    assert record["current_targets_from"] == str(one.folder / "targets.csv")
    assert "A,S,T,moved" in (two.folder / "segment_moves.csv").read_text()
    assert (two.folder / "changes.csv").is_file()


def test_infeasible_leaves_no_targets(place: Path) -> None:
    """A limit that nothing keeps: exit code 3, the run is kept, but it is not the last calibration.

    In the first year 10 units are there and 10 are wanted: with an error of 4, 4 * G(0) = 1.6 units are left, whatever is ordered.
    """
    guardrails = place / "instance" / "guardrails.csv"
    guardrails.write_text(guardrails.read_text().replace(",1,5,,45,", ",0,5,,0.5,"))
    touch(place / "instance", dt.date(2024, 1, 4))
    result = run(place)
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert last_run(place / "archive") is None
    assert run(place).exit_code == 3  # the same inputs, the same answer


def test_bad_input(place: Path) -> None:
    """Options that mean nothing are named."""
    assert run(place, today="tomorrow").exit_code == 2
    assert run(place, "--strategy", "wild").exit_code == 2
