"""Rows of the benchmark as a line, as CSV, as JSON, and as a page with the machine and the versions."""

import csv
import datetime as dt
import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.cases import BUILDERS, ENGINES, Case, Outcome
else:
    from cases import BUILDERS, ENGINES, Case, Outcome

DISTRIBUTIONS = (
    "stockrail",
    "numpy",
    "numba",
    "highspy",
    "pyomo",
    "pyscipopt",
    "mpi-sppy",
    "mpi4py",
    "mpich",
    "linopy",
)


HEAD = f"{'instance':>18} {'engine':>10} {'build s':>8} {'solve s':>8} {'gap':>8} {'peak GB':>8}  outcome"
"""Above the lines of rows."""


@dataclass(frozen=True)
class Row:
    """One engine on one instance: the case, the nodes of its tree, what came out."""

    case: Case
    nodes: int
    outcome: Outcome

    @property
    def line(self) -> str:
        """One line for a terminal."""
        widths = (18, 10, 8, 8, 8, 8)
        cells = (self.case.instance, *self.cells)
        columns = [f"{text:>{width}}" for text, width in zip(cells, widths, strict=False)]
        return f"{' '.join(columns)}  {cells[-1]}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Engine, seconds of building and of the solve, gap, memory, outcome in words."""
        found = self.outcome
        return (
            self.case.engine,
            _number(found.build_seconds, "{:.1f}"),
            _number(found.seconds, "{:.1f}"),
            _number(found.gap, "{:.3%}"),
            _number(found.peak_gigabytes, "{:.2f}"),
            found.outcome,
        )


def machine() -> dict[str, str]:
    """What it ran on: processors, memory, system, versions. No names of machines."""
    try:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"
    except (ValueError, OSError, AttributeError):
        memory = "unknown"
    facts = {
        "date": dt.date.today().isoformat(),
        "processors": str(os.cpu_count()),
        "architecture": platform.machine(),
        "memory": memory,
        "system": platform.system(),
        "Python": platform.python_version(),
    }
    for name in DISTRIBUTIONS:
        try:
            facts[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            facts[name] = "not installed"
    return facts


def write_results(rows: Sequence[Row], folder: Path, gap: float, time_limit: float, memory: float) -> None:
    """Write results.csv, results.json and results.md."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [_record(row) for row in rows]
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    limits = {"gap": gap, "time_limit": time_limit, "memory_gigabytes": memory}
    contents = {"machine": machine(), "limits": limits, "rows": records}
    (folder / "results.json").write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(markdown(rows), encoding="utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """The machine, a table of solves and one of model building."""
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    lines = [f"Run on: {facts}.", ""]
    solves = [row for row in rows if row.case.engine not in BUILDERS]
    builds = [row for row in rows if row.case.engine in BUILDERS]
    head = (
        "items",
        "scenarios",
        "forecast error",
        "engine",
        "build s",
        "solve s",
        "gap",
        "peak GB",
        "outcome",
    )
    lines += _table(head, solves)
    if builds:
        lines += ["", *_table((*head[:-1], "outcome"), builds)]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Row]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for _, group in groupby(rows, key=lambda row: row.case.folder):
        for row in group:
            case = row.case
            facts = (f"{case.items:,}", str(case.scenarios), "yes" if case.has_forecast_error else "no")
            lines.append("| " + " | ".join((*facts, ENGINES[case.engine], *row.cells[1:])) + " |")
    return lines


def _record(row: Row) -> dict[str, object]:
    case = asdict(row.case)
    del case["folder"]
    case["gap_asked"] = case.pop("gap")
    return {"instance": row.case.instance, "nodes": row.nodes, **case, **asdict(row.outcome)}


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
