"""`tornado`: which assumptions of an instance move the expected margin most.

The baseline is solved from nothing. Each driver is then made lower and higher, by itself, and solved from what the baseline found.
One instance at a time is in memory: of a side nothing is kept but its numbers.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stockrail.comparisons.plan_comparison import comparable
from stockrail.comparisons.tornado_drivers import Driver, Sizes, drivers
from stockrail.comparisons.tornado_result import CANNOT_MOVE, NOT_ALLOWED, Bar, Found, Tornado, sorted_bars
from stockrail.comparisons.what_if_solve import (
    NOT_SOLVED,
    SolvedWhatIf,
    best_of,
    solve_one,
    solve_or_raise,
    tables_of,
)
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.model.problems import InstanceError
from stockrail.model.reader import load
from stockrail.model.what_if import BASELINE
from stockrail.solvers.result import SolveOptions

Side = tuple[str, str]
"""Name of a driver, and `low` or `high`."""


def tornado(
    instance: Instance | Path | str,
    wanted: Sequence[str] = (),
    *,
    sizes: Sizes | None = None,
    gap: float = 0.003,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    known: Mapping[Side, Found] | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    on_found: Callable[[Tornado], None] = lambda so_far: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Tornado:
    """Make each driver lower and higher, one at a time, and say what the best plan then earns.

    Parameters
    ----------
    instance : the baseline, or where it is.
    wanted : names of drivers, see `stockrail.comparisons.tornado_drivers.drivers`; none given: all that the instance has.
    sizes : by how much they move; a tenth of each unless given, and lead times by a period.
    gap : relative gap at which each solve may stop. Sides are solved as closely as the baseline was.
    time_limit : seconds for each solve.
    known : what earlier attempts have found, by driver and side; only those that are settled are taken over.
    on_progress : called with solves done, solves in all, and what is solved next.
    on_found : called with all that is known after each solve.
    is_cancelled : asked all the time; what is done by then is kept.

    Raises
    ------
    DriverError
        An unknown driver, or a size that it cannot have.
    InfeasibleError
        No plan keeps the limits of the baseline.
    """
    baseline = instance if isinstance(instance, Instance) else load(instance)
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    sweep = _Sweep(baseline, drivers(baseline, wanted, sizes), options, dict(known or {}))
    total = 1 + 2 * len(sweep.drivers)
    on_progress(0, total, "the baseline")
    sweep.solve_base()
    on_found(sweep.result())
    for done, (driver, side) in enumerate(
        ((driver, side) for driver in sweep.drivers for side in ("low", "high")), start=1
    ):
        words = driver.low_words if side == "low" else driver.high_words
        on_progress(done, total, f"{driver.words} {words}")
        sweep.solve_side(driver, side)
        on_found(sweep.result())
    return sweep.result()


@dataclass
class _Sweep:
    """The baseline and what is known of the sides so far."""

    baseline: Instance
    drivers: tuple[Driver, ...]
    options: SolveOptions
    found: dict[Side, Found]
    base: SolvedWhatIf | None = None
    asked: SolveOptions = field(init=False)
    began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.asked = self.options
        self.found = {side: found for side, found in self.found.items() if found.is_settled}

    def solve_base(self) -> None:
        """Solve the baseline from nothing: its plan and prices are what every side begins with."""
        if self.options.is_cancelled():
            return
        rows = Guardrails.build(tables_of(self.baseline))
        self.base = solve_or_raise(BASELINE, rows, self.options)
        if self.base.plan is not None:
            # A search that starts from the baseline's plan would else stop at it, and nothing would seem to depend on drivers.
            self.asked = comparable(self.options, self.base.plan)

    def solve_side(self, driver: Driver, side: str) -> None:
        """Solve one side, unless it is known."""
        key = (driver.name, side)
        if key in self.found:
            return
        base = self.base
        if base is None or base.plan is None or self.options.is_cancelled():
            self.found[key] = Found(NOT_SOLVED, reason="stopped before it began")
            return
        what_if = driver.what_if(side)
        if not what_if.changes:
            self.found[key] = Found(CANNOT_MOVE, reason=f"the {driver.words} of no item can be lower")
            return
        try:
            rows = Guardrails.build(tables_of(apply(self.baseline, what_if)))
        except InstanceError as error:
            self.found[key] = Found(NOT_ALLOWED, reason="\n".join(map(str, error.problems)))
            return
        solved = best_of(solve_one(what_if, rows, self.asked, base.warm), [base.plan], self.asked.gap)
        if solved.plan is not None:
            self.base = best_of(base, [solved.plan], self.options.gap)
        self.found[key] = Found.of(solved)

    def result(self) -> Tornado:
        """All that is known so far."""
        settings = self.baseline.settings
        base = Found(NOT_SOLVED) if self.base is None else Found.of(self.base)
        missing = Found(NOT_SOLVED, reason="stopped before it began")
        low_ones, high_ones = (
            [self.found.get((driver.name, side), missing) for driver in self.drivers]
            for side in ("low", "high")
        )
        pairs = list(zip(self.drivers, low_ones, high_ones, strict=True))
        for driver, low, high in pairs:
            if driver.loosens is not None:
                base = base.with_bound((high if driver.loosens == "high" else low).bound, self.options.gap)
        bars = [Bar.of(driver, base, low, high, self.options.gap) for driver, low, high in pairs]
        return Tornado(
            instance_name=settings.name,
            currency=settings.currency,
            gap=self.options.gap,
            base=base,
            bars=sorted_bars(bars),
            seconds=time.perf_counter() - self.began,
        )
