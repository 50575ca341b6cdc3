"""What differs in the inputs of two runs: cells of the instances, and in words what each run was asked to change."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from stockrail.comparisons.brief_words import change_words
from stockrail.model.what_if import Change
from stockrail.workbench.comparisons.planned_run import PlannedRun
from stockrail.workbench.instance_diff import Difference, differences

MOST_CELLS = 2_000
"""Cells that are listed; all are counted."""

NO_RESULT = ("time_limit", "workers")
"""Options that decide how long a run takes, and not what it is about."""

_CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(tuple[Change, ...])


@dataclass(frozen=True)
class InputDifferences:
    """What a run was planned with, against another one.

    Attributes
    ----------
    counts : cells that differ, by table.
    cells : the first of them.
    options : name of each option that differs to what the first run had and what this one has.
    """

    counts: Mapping[str, int]
    cells: tuple[Difference, ...]
    options: Mapping[str, tuple[object, object]]

    @staticmethod
    def between(first: PlannedRun, other: PlannedRun) -> "InputDifferences":
        """Hold the instances and the options of two runs against each other."""
        counts: Counter[str] = Counter()
        cells: list[Difference] = []
        for cell in differences(first.instance, other.instance):
            counts[cell.table] += 1
            if len(cells) < MOST_CELLS:
                cells.append(cell)
        before, after = first.run.options, other.run.options
        names = [name for name in dict.fromkeys([*before, *after]) if name not in NO_RESULT]
        options = {
            name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
        }
        return InputDifferences(dict(counts), tuple(cells), options)


def overlay_words(planned: PlannedRun) -> list[str]:
    """The changes of the scenario that a run was planned with, one sentence each.

    They are those of the moment in which the run was asked for; the scenario may have changed since.
    """
    return [change_words(change) for change in _CHANGES.validate_python(planned.run.overlay)]
