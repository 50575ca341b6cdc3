"""What a benchmark runs, one engine on one instance, and what comes out of it. Plain data that goes between processes as JSON."""

import json
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path

ENGINES = {
    "stockrail": "Stockrail",
    "highs": "HiGHS, extensive form",
    "scip": "SCIP, extensive form",
    "mpi-sppy": "mpi-sppy, progressive hedging",
    "pyomo": "Pyomo, model building",
    "linopy": "linopy, model building",
}
"""Engines by name, in the order in which they run. The last two only build the model."""

BUILDERS = ("pyomo", "linopy")

GIGABYTES_PER_MILLION = {
    "highs": (5.5, 1.8),
    "scip": (9.0, 2.5),
    "mpi-sppy": (5.5, 1.5),
    "pyomo": (5.5, 1.3),
    "linopy": (0.4, 0.4),
}
"""Peak memory per million columns of the extensive form, of variables by item and node and of binaries of levels: of Pyomo, of SCIP
without levels and of linopy as measured on this family, the rest after them. It only decides what is not even tried."""


@dataclass(frozen=True)
class Case:
    """One engine on one instance.

    Attributes
    ----------
    folder : the instance.
    gap : relative gap at which the engine may stop.
    time_limit : seconds of its solve; building the model comes on top and is shown by itself.
    """

    engine: str
    folder: str
    items: int
    scenarios: int
    has_forecast_error: bool
    gap: float
    time_limit: float

    @property
    def instance(self) -> str:
        """Name of the instance."""
        return Path(self.folder).name


@dataclass(frozen=True)
class Outcome:
    """What a case gave. None where there is nothing.

    Attributes
    ----------
    outcome : in words: "gap reached", "time limit", "no plan in 60 s", "out of memory", "too large to build (...)" and so on.
    build_seconds, seconds : building the model, and the solve.
    objective, bound : of the maximised objective of section 5, money.
    gap : `(bound - objective) / max(|objective|, 1)`.
    columns : of the extensive form.
    peak_gigabytes : most memory that all processes of the case had at one time.
    """

    outcome: str
    build_seconds: float | None = None
    seconds: float | None = None
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    columns: int | None = None
    peak_gigabytes: float | None = None

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @staticmethod
    def read(path: Path) -> "Outcome":
        """Read it back."""
        return Outcome(**json.loads(path.read_text(encoding="utf-8")))


def held_against(outcome: Outcome, best: tuple[float, float]) -> tuple[Outcome, tuple[float, float]]:
    """An outcome held against the best plan and bound of other engines, and the two with it.

    Plans and bounds of all engines are about one number, so none may contradict another; where one does, the outcome says so and
    does not count.
    """
    plan, bound = best
    room = 1e-6 * max(1.0, *(abs(value) if isfinite(value) else 0.0 for value in best))
    words = []
    if outcome.objective is not None and outcome.objective > bound + room:
        words.append("plan above the bound of another engine")
    if outcome.bound is not None and outcome.bound < plan - room:
        words.append("bound below the plan of another engine")
    if words:
        return replace(outcome, outcome="; ".join([outcome.outcome, *words])), best
    if outcome.objective is not None:
        plan = max(plan, outcome.objective)
    return outcome, (plan, bound if outcome.bound is None else min(bound, outcome.bound))
