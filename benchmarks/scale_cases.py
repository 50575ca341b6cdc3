"""What the benchmark of scale runs, what comes out of it, and what is asked for: data that goes between processes as JSON."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stockrail.solvers.result import relative_gap

AGREES = 1e-8
"""Relative difference of two objectives that adding up in another order explains; a cent always does."""


@dataclass(frozen=True)
class Target:
    """What is asked for at some number of items: a proven gap, seconds of the solve, gigabytes of all processes (None: any)."""

    items: int
    gap: float
    seconds: float
    gigabytes: float | None

    @property
    def words(self) -> str:
        """In words."""
        memory = "" if self.gigabytes is None else f", {self.gigabytes:g} GB"
        return f"{self.gap:.2%} in {self.seconds:,.0f} s{memory}"


TARGETS = (
    Target(1_000, 0.001, 60.0, None),
    Target(10_000, 0.002, 300.0, 8.0),
    Target(100_000, 0.005, 2700.0, 16.0),
)


def target_of(items: int) -> Target:
    """What is asked for at that number of items, or else at the next larger one."""
    return next((target for target in TARGETS if items <= target.items), TARGETS[-1])


@dataclass(frozen=True)
class ScaleCase:
    """One number of items.

    Attributes
    ----------
    gap, time_limit : at which the solve stops; seconds.
    solver : "auto", "decomposition" or "blocks".
    workers : threads, or processes of blocks.
    checkpoint : file that a solve in blocks is kept in, and goes on from; blank for none.
    """

    items: int
    gap: float
    time_limit: float
    solver: str = "auto"
    workers: int = 2
    seed: int = 1
    checkpoint: str = ""

    @staticmethod
    def read(path: Path) -> "ScaleCase":
        """Read it from JSON."""
        return ScaleCase(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class ScaleOutcome:
    """What a case gave so far; None where there is nothing yet, or nothing.

    Attributes
    ----------
    stage : what it was doing when this was written; "done" at the end.
    nodes : of the scenario tree.
    engine : "decomposition" or "blocks".
    is_resumed : whether the solve went on from an earlier one, whose seconds are then not among `solve_seconds`.
    generate_seconds, solve_seconds, check_seconds : making the instance and its tree; from these to the plan; the checker.
    objective, bound, termination_reason, notes : as the engine claims.
    checked_objective : the plan's value by the independent checker.
    largest_excess, broken : by the same, the most that a row of the limit is exceeded by, money, negative where all have room; laws
        and limits that the plan breaks, in words.
    peak_gigabytes_main, peak_gigabytes : the most resident memory of the main process, and of all processes at one time.
    """

    stage: str = "starting"
    nodes: int | None = None
    engine: str = ""
    is_resumed: bool = False
    generate_seconds: float | None = None
    solve_seconds: float | None = None
    check_seconds: float | None = None
    objective: float | None = None
    bound: float | None = None
    termination_reason: str = ""
    notes: tuple[str, ...] = ()
    checked_objective: float | None = None
    largest_excess: float | None = None
    broken: tuple[str, ...] = ()
    peak_gigabytes_main: float | None = None
    peak_gigabytes: float | None = None

    @property
    def gap(self) -> float | None:
        """Of the bound and the plan's value by the checker, by the engine where that has not been computed."""
        value = self.objective if self.checked_objective is None else self.checked_objective
        return None if value is None or self.bound is None else relative_gap(value, self.bound)

    @property
    def agrees(self) -> bool:
        """Whether engine and checker give the plan the same value."""
        if self.objective is None or self.checked_objective is None:
            return False
        return abs(self.objective - self.checked_objective) <= max(0.01, AGREES * abs(self.checked_objective))

    def write(self, path: Path) -> None:
        """Write it as JSON; one that is killed meanwhile leaves the one before."""
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(beside, path)

    @staticmethod
    def read(path: Path) -> "ScaleOutcome":
        """Read it back; nothing where there is no file."""
        if not path.exists():
            return ScaleOutcome()
        found = ScaleOutcome(**json.loads(path.read_text(encoding="utf-8")))
        return replace(found, notes=tuple(found.notes), broken=tuple(found.broken))


def own_file(checkpoint: Path, items: int) -> Path:
    """The checkpoint of one size: run.npz becomes run-10000.npz."""
    return checkpoint.absolute().with_name(f"{checkpoint.stem}-{items}{checkpoint.suffix}")


def numbers(text: str) -> list[int]:
    """Numbers from a list with commas."""
    return [int(part.replace("_", "")) for part in text.split(",") if part.strip()]
