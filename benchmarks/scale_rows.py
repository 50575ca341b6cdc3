"""Rows of the benchmark of scale: numbers and a verdict as lines, as a table, and in a file that is added to size by size."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.scale_cases import ScaleCase, ScaleOutcome, target_of


@dataclass(frozen=True)
class ScaleRow:
    """A case, what it gave, and how its processes ended: "finished", "memory" or "failed"; or "running"."""

    case: ScaleCase
    outcome: ScaleOutcome
    ended: str

    @property
    def shortfalls(self) -> list[str]:
        """What keeps it from its target, in words."""
        found, target = self.outcome, target_of(self.case.items)
        if self.ended != "finished" or found.stage != "done":
            return [f"ended while {found.stage} ({self.ended})"]
        if found.gap is None:
            return ["no plan"]
        words = []
        if found.broken:
            words.append("the plan breaks a limit or a law")
        if not found.agrees:
            words.append("engine and checker value the plan differently")
        if found.gap > target.gap:
            words.append(f"gap {found.gap:.3%}")
        if (found.solve_seconds or 0.0) > target.seconds:
            words.append(f"{found.solve_seconds:,.0f} s")
        if target.gigabytes is not None and (found.peak_gigabytes or 0.0) > target.gigabytes:
            words.append(f"{found.peak_gigabytes:.1f} GB")
        return words

    @property
    def verdict(self) -> str:
        """Whether the target is reached, and if not by what."""
        if self.ended == "running":
            return f"not reached yet: {self.outcome.stage}"
        words = self.shortfalls
        resumed = " (resumed: seconds of the last run only)" if self.outcome.is_resumed else ""
        return ("reached" if not words else f"missed: {'; '.join(words)}") + resumed

    @property
    def cells(self) -> dict[str, str]:
        """Everything that is shown, by name."""
        found, items = self.outcome, self.case.items
        kept = "-"
        if found.largest_excess is not None:
            kept = "no" if found.broken else "yes"
            kept += f" ({found.largest_excess:+,.2f})"
        per_thousand = None if found.solve_seconds is None else found.solve_seconds * 1000.0 / items
        return {
            "items": f"{items:,}",
            "engine": found.engine or "-",
            "generate s": _text(found.generate_seconds, ",.1f"),
            "solve s": _text(found.solve_seconds, ",.1f"),
            "s per 1,000 items": _text(per_thousand, ",.2f"),
            "gap": _text(found.gap, ".4%"),
            "bound": _text(found.bound, ",.2f"),
            "objective": _text(found.objective, ",.2f"),
            "objective by the checker": _text(found.checked_objective, ",.2f"),
            "limits kept (largest excess)": kept,
            "check s": _text(found.check_seconds, ",.1f"),
            "peak GB, main": _text(found.peak_gigabytes_main, ".2f"),
            "peak GB, all": _text(found.peak_gigabytes, ".2f"),
            "target": target_of(items).words,
            "outcome": self.verdict,
        }

    @property
    def record(self) -> dict[str, object]:
        """It as JSON."""
        found = asdict(self.outcome) | {"gap": self.outcome.gap}
        return {"case": asdict(self.case), "ended": self.ended, "outcome": found, "verdict": self.verdict}


def markdown(rows: Sequence[ScaleRow]) -> str:
    """Rows as a table."""
    names = list(rows[0].cells)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(row.cells.values()) + " |" for row in rows]
    return "\n".join(lines)


def growth(rows: Sequence[ScaleRow]) -> str:
    """How the seconds grew from the smallest to the largest number of items that were solved, in words; blank for one row."""
    solved = [row for row in rows if row.outcome.solve_seconds]
    if len(solved) < 2:
        return ""
    first, last = min(solved, key=lambda row: row.case.items), max(solved, key=lambda row: row.case.items)
    items = last.case.items / first.case.items
    seconds = (last.outcome.solve_seconds or 0.0) / (first.outcome.solve_seconds or 1.0)
    return f"{items:,.0f} times the items took {seconds:,.1f} times as long, each to its own gap."


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def keep(row: ScaleRow, machine: Mapping[str, str], out: Path) -> None:
    """Write a row to a file of rows, in the place of an earlier one of the same size; `machine` is what it ran on."""
    earlier = json.loads(out.read_text(encoding="utf-8"))["rows"] if out.exists() else []
    others = [record for record in earlier if record["case"]["items"] != row.case.items]
    records = sorted([*others, row.record], key=lambda record: record["case"]["items"])
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(out.name + ".new")
    beside.write_text(json.dumps({"machine": machine, "rows": records}, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, out)
