"""A tornado as data: what each driver moves when it is lower and higher, with what the bounds allow, and its files."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stockrail.comparisons.plan_comparison import Difference
from stockrail.comparisons.tornado_drivers import Driver
from stockrail.comparisons.what_if_solve import INFEASIBLE, NOT_SOLVED, SolvedWhatIf
from stockrail.model.what_if import FILE, WhatIf
from stockrail.solvers.result import SolutionStatus, relative_gap

NAN = float("nan")

NOT_ALLOWED, CANNOT_MOVE = "not allowed", "cannot move"
"""Of a side that no instance can have, such as a share above 1, and of one that is the baseline itself."""

SIDES = ("low", "high")


@dataclass(frozen=True)
class Found:
    """What was found of the baseline, or of one side of a driver. Money in the instance's currency, NaN where there is no plan.

    Attributes
    ----------
    status : "proven" within the gap asked for, "feasible" where that was not reached, "infeasible", "none" where the time was up
        before there was a plan, "not solved", "not allowed" or "cannot move"; `reason` says why.
    expected_margin, objective : of the plan; the two differ only where the instance weighs the worst scenarios.
    bound : no plan reaches a larger objective.
    gap : relative gap between them.
    """

    status: str
    expected_margin: float = NAN
    objective: float = NAN
    bound: float = NAN
    gap: float = NAN
    reason: str = ""
    seconds: float = 0.0

    @staticmethod
    def of(solved: SolvedWhatIf) -> "Found":
        """What a solve has found."""
        plan = solved.plan
        if plan is None:
            return Found(solved.status, reason=solved.reason, seconds=solved.seconds)
        return Found(
            solved.status, plan.expected_margin, plan.objective, plan.bound, plan.gap, "", solved.seconds
        )

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan."""
        return math.isfinite(self.objective)

    @property
    def is_settled(self) -> bool:
        """Whether more time would change nothing: proven, or shown to be impossible."""
        return self.status in {SolutionStatus.PROVEN, INFEASIBLE, NOT_ALLOWED, CANNOT_MOVE}

    @property
    def open_money(self) -> float:
        """What a better plan could still earn more, in money; rounding below 0 is none."""
        return max(self.bound - self.objective, 0.0)

    def with_bound(self, bound: float, gap: float) -> "Found":
        """The same with a bound that was proven elsewhere, where it is lower; `gap` is the one asked for."""
        if not self.has_plan or not bound < self.bound:
            return self
        reached = relative_gap(self.objective, bound)
        status = str(SolutionStatus.PROVEN) if reached <= gap else self.status
        return replace(self, bound=bound, gap=reached, status=status)


@dataclass(frozen=True)
class TornadoSide:
    """One side of a driver.

    Attributes
    ----------
    change : by how much the driver moves, in words.
    what_if : the changes, as scenarios.yaml has them.
    difference : what its plan earns more than the baseline's; None where either has none.
    """

    side: str
    change: str
    what_if: WhatIf
    found: Found
    difference: Difference | None


@dataclass(frozen=True)
class Bar:
    """A driver with both sides. `driver` is its name, `words` what people call it."""

    driver: str
    words: str
    low: TornadoSide
    high: TornadoSide

    @staticmethod
    def of(driver: Driver, base: Found, low: Found, high: Found, gap: float) -> "Bar":
        """Both sides held against the baseline."""
        if driver.loosens is not None:
            loose, tight = (high, low) if driver.loosens == "high" else (low, high)
            # What bounds every plan under the looser limit bounds those under the tighter one as well.
            base = base.with_bound(loose.bound, gap)
            tight = tight.with_bound(base.bound, gap)
            low, high = (tight, loose) if driver.loosens == "high" else (loose, tight)
        low_side, high_side = (
            TornadoSide(side, words, driver.what_if(side), found, _difference(found, base))
            for side, words, found in (
                ("low", driver.low_words, low),
                ("high", driver.high_words, high),
            )
        )
        return Bar(driver.name, driver.words, low_side, high_side)

    @property
    def sides(self) -> tuple[TornadoSide, TornadoSide]:
        """Low, then high."""
        return self.low, self.high

    @property
    def size(self) -> float:
        """Money from the worst to the best of low, baseline and high, as far as there are plans."""
        amounts = [side.difference.amount for side in self.sides if side.difference is not None]
        return max([0.0, *amounts]) - min([0.0, *amounts])

    @property
    def is_infeasible(self) -> bool:
        """Whether one side leaves no plan that keeps the limits."""
        return any(side.found.status == INFEASIBLE for side in self.sides)

    @property
    def is_within_gap(self) -> bool:
        """Whether two equally good plans could show as much: the bar is then no finding."""
        differences = [side.difference for side in self.sides if side.difference is not None]
        return not self.is_infeasible and bool(differences) and all(one.is_within_gap for one in differences)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What bars are sorted by: those that leave no plan, then the largest, and last what was not solved."""
        has_any = any(side.difference is not None for side in self.sides)
        return (not self.is_infeasible, not has_any, -self.size)


@dataclass(frozen=True)
class Tornado:
    """Which assumptions move the expected margin most.

    Attributes
    ----------
    gap : relative gap asked for; sides are solved as closely as the baseline was, where that is closer.
    base : the baseline's plan.
    bars : the one that moves most first.
    seconds : of all solves.
    """

    instance_name: str
    currency: str
    gap: float
    base: Found
    bars: tuple[Bar, ...]
    seconds: float = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether the baseline and every side is proven within the gap or shown to be impossible."""
        return self.base.is_settled and all(side.found.is_settled for bar in self.bars for side in bar.sides)

    @property
    def objective_name(self) -> str:
        """What bars are about: the expected margin, unless worst scenarios weigh in."""
        found = [self.base, *(side.found for bar in self.bars for side in bar.sides)]
        is_margin = all(
            abs(one.objective - one.expected_margin) <= 1e-6 * max(abs(one.objective), 1.0)
            for one in found
            if one.has_plan
        )
        return "expected margin" if is_margin else "objective"

    @property
    def largest_gap(self) -> float:
        """The largest relative gap of all plans; NaN where there is none."""
        found = [self.base, *(side.found for bar in self.bars for side in bar.sides)]
        return max((one.gap for one in found if one.has_plan), default=NAN)

    @property
    def not_solved(self) -> int:
        """Sides that were not solved, as there was no time or it was stopped."""
        return sum(
            side.found.status in {NOT_SOLVED, SolutionStatus.NONE} for bar in self.bars for side in bar.sides
        )

    def what_ifs(self) -> list[WhatIf]:
        """Every side as a what-if, in the order of the bars, without those that change nothing."""
        return [side.what_if for bar in self.bars for side in bar.sides if side.what_if.changes]

    def frame(self) -> pd.DataFrame:
        """One row per side, the bars in their order.

        Returns
        -------
        rank, driver, words, side, change, the attributes of `Found`, difference, least, most (what the bounds leave possible),
        is_within_gap, bar_size.
        """
        rows = [row_of(rank, bar, side) for rank, bar in enumerate(self.bars, start=1) for side in bar.sides]
        return pd.DataFrame(rows, columns=COLUMNS)

    def record(self) -> dict[str, Any]:
        """Plain data for a JSON file, see `stockrail.comparisons.tornado_record`."""
        from stockrail.comparisons.tornado_record import record

        return record(self)

    def write(self, folder: Path | str) -> Path:
        """Write tornado.csv, tornado.json, tornado.html and scenarios.yaml, whose what-ifs give the same numbers again."""
        from stockrail.comparisons.tornado_chart import write_tornado
        from stockrail.files import write_csv, write_json

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write_csv(self.frame(), target / "tornado.csv")
        write_json(self.record(), target / "tornado.json")
        (target / FILE).write_text(self.scenarios_yaml(), encoding="utf-8", newline="\n")
        write_tornado(self, target / "tornado.html")
        return target

    def scenarios_yaml(self) -> str:
        """The what-ifs as the file `scenarios.yaml`."""
        rows = [
            {"name": one.name, "kind": one.kind, "reason": one.reason, "changes": changes_of(one)}
            for one in self.what_ifs()
        ]
        return yaml.safe_dump({"what_ifs": rows}, sort_keys=False, allow_unicode=True, width=120)


COLUMNS = [
    "rank", "driver", "words", "side", "change", "status", "expected_margin", "objective", "bound", "gap", "difference", "least",
    "most", "is_within_gap", "bar_size", "reason", "seconds",
]  # fmt: skip


def sorted_bars(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Bars in the order in which they are shown."""
    return tuple(sorted(bars, key=lambda bar: bar.rank))


def changes_of(what_if: WhatIf) -> list[dict[str, Any]]:
    """Changes as scenarios.yaml has them."""
    rows = [change.model_dump(mode="json", exclude_unset=True) for change in what_if.changes]
    return [{name: value for name, value in row.items() if value != {}} for row in rows]


def _difference(found: Found, base: Found) -> Difference | None:
    return Difference.between(found, base) if found.has_plan and base.has_plan else None


def row_of(rank: int, bar: Bar, side: TornadoSide) -> dict[str, Any]:
    """One row of `Tornado.frame`."""
    difference = side.difference
    return {
        "rank": rank,
        "driver": bar.driver,
        "words": bar.words,
        "side": side.side,
        "change": side.change,
        **asdict(side.found),
        "difference": NAN if difference is None else difference.amount,
        "least": NAN if difference is None else difference.least,
        "most": NAN if difference is None else difference.most,
        "is_within_gap": None if difference is None else difference.is_within_gap,
        "bar_size": bar.size,
    }
