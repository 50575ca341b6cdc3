"""docs/benchmarks.md has a table in which nothing contradicts anything, and the machine that it was measured on."""

import re
from pathlib import Path

from benchmarks.scale_cases import TARGETS, ScaleCase, ScaleOutcome
from benchmarks.scale_rows import ScaleRow

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
PEERS, SCALE = PAGE.split("## Scale")


def cells(line: str) -> list[str]:
    """Cells of a line of a table."""
    return [cell.strip() for cell in line.split("|")[1:-1]]


ROWS = [cells(line) for line in PEERS.splitlines() if re.match(r"\| [\d,]+ \|", line)]


def test_machine_and_versions_are_there() -> None:
    """Processors, memory and the version of every engine."""
    facts = next(line for line in PAGE.splitlines() if line.startswith("Run on:"))
    for name in ("processors", "memory", "highspy", "pyomo", "pyscipopt", "mpi-sppy", "linopy"):
        assert re.search(rf"\b{name} \d", facts), name


def test_every_engine_is_in_the_table() -> None:
    """All engines, with and without forecast error, of 1 to 1,000 items; none contradicts another."""
    assert {row[3].split(",")[0] for row in ROWS} == {
        "Stockrail",
        "HiGHS",
        "SCIP",
        "mpi-sppy",
        "Pyomo",
        "linopy",
    }
    assert {row[0] for row in ROWS} == {"1", "10", "100", "1,000"}
    assert {row[2] for row in ROWS} == {"yes", "no"}
    assert not any("another engine" in row[-1] for row in ROWS)


def test_words_and_gaps_agree() -> None:
    """A gap that was asked for, 0.1%, is one that was reached."""
    for row in ROWS:
        if "%" in row[6]:
            assert (float(row[6].rstrip("%")) <= 0.1) == ("gap reached" in row[-1])


def test_the_table_of_scale_is_the_one_that_is_printed() -> None:
    """Columns as the runner prints them, a row for each target, none of which is said to be reached beyond it."""
    head, _, *rows = [cells(line) for line in SCALE.splitlines() if line.startswith("|")]
    printed = ScaleRow(ScaleCase(items=1_000, gap=0.001, time_limit=60.0), ScaleOutcome(), "finished").cells
    assert head == list(printed)
    assert [(row[0], row[head.index("target")]) for row in rows] == [
        (f"{target.items:,}", target.words) for target in TARGETS
    ]
    for row, target in zip(rows, TARGETS, strict=True):
        if row[-1].startswith("reached"):
            gap, seconds = row[head.index("gap")], row[head.index("solve s")]
            assert float(gap.rstrip("%")) / 100.0 <= target.gap
            assert float(seconds.replace(",", "")) <= target.seconds
