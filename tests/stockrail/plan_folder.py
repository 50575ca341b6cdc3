"""The folder of a plan as data that tests can tamper with before it is written."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass
class PlanFolder:
    """`plan.json` as a dict, and each table by name, such as `orders` for `orders.csv`, as a list of rows."""

    plan: Record
    tables: dict[str, list[Record]]

    def write(self, folder: Path) -> None:
        """Write all files; a table without rows has a header as long as its first row ever had one."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(self.plan), encoding="utf-8")
        for name, rows in self.tables.items():
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else ["item", "node"])
                writer.writeheader()
                writer.writerows(rows)


Tamper = Callable[[PlanFolder], None]


def row_of(table: str, position: int, **changes: Any) -> Tamper:
    """Change columns of one row of a table."""
    return lambda folder: folder.tables[table][position].update(changes)


def plan_number(name: str, by: float) -> Tamper:
    """Add to a number of plan.json; dots lead into parts and rows."""

    def tamper(folder: PlanFolder) -> None:
        *path, last = name.split(".")
        place: Any = folder.plan
        for step in path:
            place = place[int(step) if step.isdigit() else step]
        place[last] += by

    return tamper
