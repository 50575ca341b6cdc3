"""A large instance through Excel and back: seconds to write the workbook, to read it, and to accept many changes in it.

    python -m benchmarks.excel [--items 2000] [--periods 26] [--changes 1000]

The usual size has 2,000 items and two tables of 52,000 rows each. The edited workbook shows other demand in as many cells as `--changes`
says, each another value, spread over the table. Lossless means: the unedited workbook has no change, the edited one exactly those.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from stockrail.generation import generate
from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.excel.import_ import accepted, import_workbook
from stockrail.workbench.excel.snapshot import Snapshot

T = TypeVar("T")


def measure(items: int, periods: int, changes: int, folder: Path) -> dict[str, Any]:
    """Seconds of each step, and whether nothing was lost on the way."""
    instance = generate(items, periods, (2,), seed=1)
    seconds: dict[str, float] = {}
    book = folder / "book.xlsx"
    timed(seconds, "export", lambda: export_workbook(instance, book))
    found = timed(seconds, "import", lambda: import_workbook(book, instance))
    is_lossless = not (found.changes or found.problems)

    shown = with_other_demand(instance, changes)
    edited = folder / "edited.xlsx"
    export_workbook(shown, edited, made_from=instance)
    found = timed(seconds, "import_changes", lambda: import_workbook(edited, instance))
    what_if = timed(seconds, "accept", lambda: accepted(found, instance, "edited"))
    made = timed(seconds, "apply", lambda: apply(instance, what_if))
    is_lossless &= len(found.changes) == changes and Snapshot.of(made) == Snapshot.of(shown)
    return {
        "items": items,
        "rows": items * (1 + 2 * periods),
        "megabytes": round(book.stat().st_size / 1e6, 1),
        "changes": changes,
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "is_lossless": bool(is_lossless),
    }


def with_other_demand(instance: Instance, changes: int) -> Instance:
    """The instance with one more unit and a fraction of its own in so many cells of demand."""
    demand = instance.mean_demand.copy()
    cells = demand.reshape(-1)
    step = cells.size // changes
    for number in range(changes):
        cells[number * step] = round(cells[number * step] + 1 + number / 1024, 6)
    return replace(instance, mean_demand=demand)


def timed(seconds: dict[str, float], name: str, step: Callable[[], T]) -> T:
    """Take the time of a step."""
    began = time.perf_counter()
    result = step()
    seconds[name] = time.perf_counter() - began
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where something was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--periods", type=int, default=26)
    parser.add_argument("--changes", type=int, default=1000)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(given.items, given.periods, given.changes, Path(folder))
    print(json.dumps(result, indent=2))
    return int(not result["is_lossless"])


if __name__ == "__main__":
    raise SystemExit(main())
