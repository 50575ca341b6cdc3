"""`service_for_profit`: for each segment what more stock costs and earns, against expediting and lost sales."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.model.policy import Policy, menu
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.service.cost_to_serve import cost_to_serve
from stockrail.service.study import Study
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.rule_choice import solve_rule

Baseline = Literal["chosen", "current"]


@dataclass(frozen=True)
class ServiceForProfit:
    """What more stock costs and earns, segment by segment. Money is in `currency`, expected and discounted over the horizon.

    Attributes
    ----------
    baseline : "chosen" (the best option for each segment) or "current" (today's settings): what all other segments follow.
    expected_margin : of the whole baseline, after overtime and penalties.
    objective, bound, gap : of the best options: what they reach, what no choice of options exceeds, and the relative difference.
    curve : one row per segment and option, see `CURVE_COLUMNS` of the study: what the segment gets with that option; `plan_margin` is that of the
        whole plan, `keeps_limits` whether it keeps all hard limits.
    steps : one row per step between efficient options of a segment, least stock first, see `STEP_COLUMNS` there. `retained_sales` is
        revenue, and its margin `retained_margin` a part of the gain. `break_even_rate_per_year`
        is the gain over the added inventory and years: the step pays while stock costs less than that a year.
    trade_off : one row per segment: one more unit of money in stock against expediting and lost margin, see `stockrail.service.verdict.TradeOff`.
    cost_to_serve : see `stockrail.service.cost_to_serve.cost_to_serve`.
    notes : what to know when reading the tables.
    """

    instance_name: str
    currency: str
    baseline: Baseline
    expected_margin: float
    objective: float
    bound: float
    gap: float
    curve: pd.DataFrame = field(repr=False)
    steps: pd.DataFrame = field(repr=False)
    trade_off: pd.DataFrame = field(repr=False)
    cost_to_serve: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def segments(self) -> list[str]:
        """Segments with items, in the order of the instance."""
        return [str(name) for name in self.trade_off["segment"]]

    def record(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return {
            "instance_name": self.instance_name,
            "currency": self.currency,
            "baseline": self.baseline,
            "expected_margin": self.expected_margin,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "statistical_gap": None,  # `stockrail calibrate` computes it
            "notes": list(self.notes),
            "seconds": self.seconds,
            "trade_off": [{str(k): v for k, v in row.items()} for row in self.trade_off.to_dict("records")],
        }

    def write(self, folder: Path | str) -> Path:
        """Write service.json, service_curve.csv, service_steps.csv, service_trade_off.csv, cost_to_serve.csv, service.html."""
        from stockrail.files import write_json, write_tables
        from stockrail.service.report import write_report

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {
            "service_curve": self.curve,
            "service_steps": self.steps,
            "service_trade_off": self.trade_off,
            "cost_to_serve": self.cost_to_serve,
        }
        write_tables(frames, target)
        write_json(self.record(), target / "service.json")
        write_report(self, target / "service.html")
        return target


def service_for_profit(
    instance: Instance,
    *,
    baseline: Baseline = "chosen",
    gap: float = 0.003,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> ServiceForProfit:
    """What more stock costs and earns in each segment, under the strategy `rule`.

    Parameters
    ----------
    baseline : what the other segments follow: "chosen", the best option of each, or "current", the settings in `current_targets`.
    gap, time_limit : of the choice of options, in seconds.
    on_progress : called with steps done, steps in all and what runs.

    Raises
    ------
    InstanceError
        The baseline is "current" and an item has no row in `current_targets`.
    NoPlanError
        No choice of options was found in time.
    """
    began = time.perf_counter()
    current = Policy.current(instance) if baseline == "current" else None
    options_of_all = {option for offered in menu(instance).values() for option in offered}
    # Choosing runs every rule and takes about as long as valuing all of them.
    count, total = len(options_of_all), 2 * len(options_of_all) + 1
    on_progress(0, total, "choosing options")
    tables = Tables.build(instance, build_tree(instance))
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    choice = solve_rule(tables, options)

    def valued(done: int) -> None:
        on_progress(count + done, total, "valuing every option")

    valued(0)
    study = Study(tables, choice, current, options.workers, valued)
    on_progress(total - 1, total, "moving along the curves")
    curve, steps, trade_off = study.frames()
    return ServiceForProfit(
        instance_name=instance.settings.name,
        currency=instance.settings.currency,
        baseline=baseline,
        expected_margin=study.ledger.expected_margin - sum(study.shared.values()),
        objective=choice.objective,
        bound=choice.bound,
        gap=choice.gap,
        curve=curve,
        steps=steps,
        trade_off=trade_off,
        cost_to_serve=cost_to_serve(study.ledger, study.shared),
        notes=study.notes(),
        seconds=time.perf_counter() - began,
    )
