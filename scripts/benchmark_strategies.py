"""Benchmark of targets for the ERP: the best option for eight segments, and what rule, band and free earn. See benchmark.py.

python scripts/benchmark.py --only calibrate            a thousand items, and the distributor: some minutes on two cores
python scripts/benchmark.py --only calibrate --quick    a hundred items, and the distributor in less time
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import stockrail as sr
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers import SolveOptions
from stockrail.solvers.band_search import solve_band
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.rule_result import RuleResult

# A script finds its neighbours beside it; the type checker knows them by the folder they are in.
if TYPE_CHECKING:
    from scripts.benchmark_finance import Measure
    from scripts.benchmark_process import BRANCHINGS, PERIODS
else:
    from benchmark_finance import Measure
    from benchmark_process import BRANCHINGS, PERIODS

SEED = 1
ITEMS, FEW_ITEMS = 1000, 100
SEGMENTS_SPLIT = 2
"""Of the generator's six segments, so that there are eight, each with the 40 options of the usual menu."""

DEPARTURES = 20
"""Items that may have an option of their own."""

SHARE_OF_PEAK = 0.85
"""Limit on inventory value in every scenario, relative to the peak of the best rule without it."""

DISTRIBUTOR = Path(__file__).parents[1] / "instances" / "distributor"


def calibrate(*, is_quick: bool) -> list[Measure]:
    """Both cases."""
    return [*rule_of_many_items(is_quick=is_quick), *values_of_distributor(is_quick=is_quick)]


def rule_of_many_items(*, is_quick: bool) -> list[Measure]:
    """The best options of eight segments under a limit on inventory value in every scenario; without and with departures."""
    items = FEW_ITEMS if is_quick else ITEMS
    instance = with_eight_segments(sr.generate(items, PERIODS, BRANCHINGS, SEED))
    free, _ = _solve_rule(instance, 0)
    capped = with_inventory_cap(instance, free)
    rule, seconds = _solve_rule(capped, 0)
    departed, longer = _solve_rule(capped, DEPARTURES)
    case = f"{items} items, {len(capped.segments)} segments, {len(rule.plans.options)} options each"
    return [
        Measure(case, "rule: seconds", f"{seconds:.1f}", "60"),
        *(Measure(case, f"  of which {phase}", f"{spent:.1f}") for phase, spent in rule.seconds.items()),
        Measure(case, "  gap", f"{rule.gap:.2%}", "0.5%"),
        *end_to_end(case, capped),
        Measure(case, "  margin lost to the limit", f"{1.0 - rule.objective / free.objective:.2%}"),
        Measure(case, f"up to {DEPARTURES} departures: seconds", f"{longer:.1f}"),
        Measure(case, "  gap", f"{departed.gap:.2%}"),
        Measure(case, "  margin more", f"{departed.objective / rule.objective - 1.0:.2%}"),
    ]


def end_to_end(case: str, instance: Instance) -> list[Measure]:
    """What `stockrail calibrate --strategy rule --out FOLDER` takes: load, choose, lay out, check as by default, and write."""
    with tempfile.TemporaryDirectory() as temporary:
        source, target = Path(temporary) / "instance", Path(temporary) / "targets"
        sr.write(instance, source)
        began = time.perf_counter()
        loaded = sr.load(source)
        loading = time.perf_counter() - began
        result = sr.calibrate(loaded, strategy="rule", time_limit=300.0, gap=0.005, seed=SEED)
        calibrated = time.perf_counter() - began
        result.write(target)
        total = time.perf_counter() - began
    solving = float(result.certificate["seconds_by_phase"]["solve"])
    gap = result.plans["rule"].certificate["gap"]
    parts = {
        "loading": loading,
        "tables and choosing": solving,
        "laying out": calibrated - loading - solving,
        "writing": total - calibrated,
    }
    return [
        Measure(case, "calibrate --strategy rule, files to files: seconds", f"{total:.1f}", "60"),
        *(Measure(case, f"  of which {part}", f"{seconds:.1f}") for part, seconds in parts.items()),
        Measure(case, "  gap", f"{float(gap):.2%}", "0.5%"),
    ]


def values_of_distributor(*, is_quick: bool) -> list[Measure]:
    """What rule, band and free earn, each from the plan of the one before."""
    tables = _tables(sr.load(DISTRIBUTOR))
    case = f"distributor, {len(tables.instance.items)} items"
    options = SolveOptions(time_limit=20.0 if is_quick else 120.0, gap=0.003, seed=SEED)
    began = time.perf_counter()
    rule = solve_rule(tables, options)
    lines = [_earned(case, "rule", rule.objective, rule.gap, began)]
    began = time.perf_counter()
    band = solve_band(tables, options, rule)
    result = band.result
    within = band.within_rule
    lines += [
        Measure(case, "band, rule's options", f"{within.objective:,.0f}, gap {within.gap:.2%}"),
        _earned(case, "band", result.objective, result.gap, began),
    ]
    began = time.perf_counter()
    with open_session(tables, options) as session:
        if result.cumulative_lots is not None:
            session.incumbents.append(result.cumulative_lots.astype(np.int32))
        best = solve_in(session, session.guardrails, options)
    return [*lines, _earned(case, "free", best.objective, best.gap, began)]


def with_eight_segments(instance: Instance) -> Instance:
    """The generator's segments, the first two of them split in halves, item by item."""
    first = [row.segment for row in instance.segments[:SEGMENTS_SPLIT]]
    twins = tuple(
        row.model_copy(update={"segment": f"{row.segment}-2"}) for row in instance.segments[:SEGMENTS_SPLIT]
    )
    rows = list(instance.items)
    for segment in first:
        members = [k for k, row in enumerate(rows) if row.segment == segment]
        for k in members[::2]:
            rows[k] = rows[k].model_copy(update={"segment": f"{segment}-2"})
    return replace(instance, items=tuple(rows), segments=(*instance.segments, *twins))


def with_inventory_cap(instance: Instance, free: RuleResult) -> Instance:
    """The instance with a limit below what its best rule holds at most."""
    ledger = Ledger(free.plans.guardrails.tables, free.plan.astype(np.int64))
    peak = float(np.max(ledger.metric_total("inventory_value")))
    cap = Guardrail.model_validate(
        {
            "guardrail": "inventory-cap",
            "metric": "inventory_value",
            "scope": "all",
            "first_period": 0,
            "last_period": instance.settings.periods - 1,
            "lower": None,
            "upper": round(SHARE_OF_PEAK * peak, 2),
            "holds": "every scenario",
            "soft_price": None,
        }
    )
    return replace(instance, guardrails=(*instance.guardrails, cap))


def _solve_rule(instance: Instance, departures: int) -> tuple[RuleResult, float]:
    tables = _tables(instance)
    began = time.perf_counter()
    options = SolveOptions(time_limit=300.0, gap=0.005, seed=SEED)
    rule = solve_rule(tables, options, most_departures=departures)
    return rule, time.perf_counter() - began


def _earned(case: str, strategy: str, objective: float, gap: float, began: float) -> Measure:
    seconds = time.perf_counter() - began
    return Measure(case, strategy, f"{objective:,.0f}, gap {gap:.2%}, {seconds:.1f} s")


def _tables(instance: Instance) -> Tables:
    return Tables.build(instance, build_tree(instance))
