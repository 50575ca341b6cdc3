"""`compare`: what-ifs side by side as data, and the files of a comparison."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.comparisons.buy_differences import buys_that_differ
from stockrail.comparisons.margin_bridge import bridges
from stockrail.comparisons.outcome import Outcome
from stockrail.comparisons.regret import COLUMNS as REGRET_COLUMNS
from stockrail.comparisons.regret import regret_table
from stockrail.comparisons.what_if_solve import INFEASIBLE, SolvedWhatIf, solve_what_ifs
from stockrail.finance.plan_prices import PlanPrices
from stockrail.held import standings
from stockrail.measures.statistical_gap import statistical_gaps
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.what_if import FILE, WhatIf
from stockrail.model.what_if import what_ifs as read_what_ifs
from stockrail.solvers.result import SolutionStatus, SolveOptions
from stockrail.tabulate_guardrails import guardrails_table


@dataclass(frozen=True)
class Comparison:
    """What-ifs side by side; the first one is what the others are compared with.

    Attributes
    ----------
    outcomes : one per what-if, in the order asked for.
    guardrails : what_if, name, metric, side, holds, limit, worst, slack, binding_periods, hard, owner: one row per what-if and side.
    buys : items whose first-period buys differ, see `buys_that_differ`.
    bridge : margin bridges between any two, see `stockrail.comparisons.margin_bridge.bridge`.
    regret : see `stockrail.comparisons.regret.regret_table`; without rows where it was not asked for.
    statistical_gaps : of the plans, by what-if, as `stockrail.measures.statistical_gap.gap_record` has them; None where not computed.
    seconds : of the whole comparison, and of the regret in it.
    """

    instance_name: str
    currency: str
    gap: float
    what_ifs: tuple[WhatIf, ...]
    outcomes: tuple[Outcome, ...]
    guardrails: pd.DataFrame = field(repr=False)
    buys: pd.DataFrame = field(repr=False)
    bridge: pd.DataFrame = field(repr=False)
    regret: pd.DataFrame = field(repr=False)
    statistical_gaps: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict, repr=False)
    seconds: float = 0.0
    regret_seconds: float = 0.0

    @staticmethod
    def of(
        solved: Sequence[SolvedWhatIf],
        *,
        instance_name: str,
        currency: str,
        gap: float,
        regret: pd.DataFrame | None = None,
        statistical_gaps: Mapping[str, Mapping[str, Any] | None] | None = None,
        seconds: float = 0.0,
        regret_seconds: float = 0.0,
    ) -> "Comparison":
        """Set what-ifs side by side that are solved, wherever that was; nothing is solved here.

        Parameters
        ----------
        solved : the first one is what the others are compared with.
        gap : relative gap that was asked for.
        regret : None where it was not asked for.
        """
        gaps = dict(statistical_gaps or {})
        rails = {row.name: _guardrails(row) for row in solved}
        filled = [frame for frame in rails.values() if len(frame)]
        return Comparison(
            instance_name=instance_name,
            currency=currency,
            gap=gap,
            what_ifs=tuple(row.what_if for row in solved),
            outcomes=tuple(Outcome.of(row, rails[row.name], solved[0], gaps.get(row.name)) for row in solved),
            guardrails=pd.concat(filled, ignore_index=True) if filled else next(iter(rails.values())),
            buys=buys_that_differ(solved),
            bridge=bridges(solved),
            regret=pd.DataFrame(columns=REGRET_COLUMNS) if regret is None else regret,
            statistical_gaps=gaps,
            seconds=seconds,
            regret_seconds=regret_seconds,
        )

    @property
    def is_complete(self) -> bool:
        """Whether each what-if is proven within the gap or proven infeasible."""
        return all(row.status in {SolutionStatus.PROVEN, INFEASIBLE} for row in self.outcomes)

    def frame(self) -> pd.DataFrame:
        """One row per what-if, one column per attribute of `Outcome`."""
        return pd.DataFrame([asdict(row) for row in self.outcomes], columns=[f.name for f in fields(Outcome)])

    def bridge_between(self, origin: str, target: str) -> pd.DataFrame:
        """The margin bridge from one what-if to another: step, part, amount."""
        rows = self.bridge[(self.bridge["from"] == origin) & (self.bridge["to"] == target)]
        return rows[["step", "part", "amount"]].reset_index(drop=True)

    def record(self) -> dict[str, Any]:
        """Plain data for a JSON file: all that the CSV files hold, tables as lists of rows."""
        return {
            "instance_name": self.instance_name,
            "currency": self.currency,
            "gap": self.gap,
            "seconds": self.seconds,
            "regret_seconds": self.regret_seconds,
            "what_ifs": [
                {
                    **asdict(outcome),
                    "statistical_gap": self.statistical_gaps.get(outcome.name),
                    "why": what_if.reason,
                }
                for what_if, outcome in zip(self.what_ifs, self.outcomes, strict=True)
            ],
            **{
                name: [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
                for name, frame in (
                    ("guardrails", self.guardrails),
                    ("buys_that_differ", self.buys),
                    ("bridge", self.bridge),
                    ("regret", self.regret),
                )
            },
        }

    def brief(self) -> str:
        """The decision brief in Markdown."""
        from stockrail.comparisons.brief import markdown

        return markdown(self)

    def write(self, folder: Path | str) -> Path:
        """Write comparison.csv, comparison.json, guardrails.csv, buys_that_differ.csv, bridge.csv, brief.html, brief.md, regret.csv."""
        from stockrail.comparisons.brief import write_brief
        from stockrail.files import write_csv, write_json

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {
            "comparison": self.frame(),
            "guardrails": self.guardrails,
            "buys_that_differ": self.buys,
            "bridge": self.bridge,
            "regret": self.regret,
        }
        for name, frame in frames.items():
            if len(frame.columns):
                write_csv(frame, target / f"{name}.csv")
        write_json(self.record(), target / "comparison.json")
        (target / "brief.md").write_text(self.brief(), encoding="utf-8", newline="\n")
        write_brief(self, target / "brief.html")
        return target


def compare(
    instance: Instance | Path | str,
    what_ifs: Sequence[str | WhatIf] = (),
    *,
    gap: float = 0.003,
    time_limit: float = 300.0,
    seed: int = 0,
    workers: int | None = None,
    regret: bool = False,
    replications: int = 0,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Solve what-ifs and set them side by side.

    Parameters
    ----------
    instance : the baseline, or where it is; `scenarios.yaml` lies with it.
    what_ifs : names in that file or what-ifs made in code, the first one what the others are compared with. None given: all of
        the file.
    gap : relative gap at which each may stop. What differs by less than two gaps is not resolved: a smaller one resolves more.
    time_limit : seconds for each what-if.
    regret : also what it costs to hold the first buys of each when another one happens; one more solve per pair.
    replications : fresh trees for the statistical gap of each plan, drawn from the what-if's own scenarios; 0 for none.
    on_progress : called with solves done, solves in all, and what runs.

    Raises
    ------
    InstanceError
        The instance, the file, a name or a change is wrong; every problem of all chosen what-ifs at once.
    """
    began = time.perf_counter()
    baseline = instance if isinstance(instance, Instance) else load(instance)
    chosen = _chosen(baseline, what_ifs)
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        is_cancelled=is_cancelled,
    )
    pairs = len(chosen) * (len(chosen) - 1) if regret else 0
    total = len(chosen) * (1 + replications) + pairs
    solved = solve_what_ifs(baseline, chosen, options, lambda done, name: on_progress(done, total, name))
    solve_seconds = time.perf_counter() - began
    table = pd.DataFrame(columns=REGRET_COLUMNS)
    if regret:
        table = regret_table(
            solved, options, lambda done, _, name: on_progress(len(chosen) + done, total, name)
        )
    spent_on_regret = time.perf_counter() - began - solve_seconds
    gaps = _statistical_gaps(
        solved,
        replications,
        options,
        lambda done, name: on_progress(len(chosen) + pairs + done, total, name),
    )
    return Comparison.of(
        solved,
        instance_name=baseline.settings.name,
        currency=baseline.settings.currency,
        gap=gap,
        regret=table,
        statistical_gaps=gaps,
        seconds=time.perf_counter() - began,
        regret_seconds=spent_on_regret,
    )


def _statistical_gaps(
    solved: Sequence[SolvedWhatIf],
    count: int,
    options: SolveOptions,
    on_tree: Callable[[int, str], None],
) -> dict[str, dict[str, Any] | None]:
    """The statistical gap of each plan on trees of its own what-if; `on_tree` is called with trees done, and what comes."""
    found: dict[str, dict[str, Any] | None] = {}
    for place, row in enumerate(solved):

        def tell(k: int, place: int = place, name: str = row.name) -> None:
            on_tree(place * count + k, f"{name}, fresh tree {k + 1} of {count}")

        plans = {} if row.plan is None else {row.name: row.plan.ledger.cumulative_lots}
        found[row.name] = statistical_gaps(row.tables, plans, count, options, tell).get(row.name)
    return found


def _chosen(baseline: Instance, wanted: Sequence[str | WhatIf]) -> list[WhatIf]:
    """The what-ifs asked for; names are looked up in the file of the baseline."""
    names = [one for one in wanted if isinstance(one, str)]
    known: dict[str, WhatIf] = {}
    if names or not wanted:
        if baseline.source is None:
            raise InstanceError(
                [Problem(FILE, None, None, None, "what-ifs beside an instance that was read")]
            )
        known = {row.name: row for row in read_what_ifs(baseline.source)}
    wrong = [
        Problem(FILE, None, "name", name, f"one of: {', '.join(known)}")
        for name in names
        if name not in known
    ]
    if wrong:
        raise InstanceError(wrong)
    chosen = [known[one] if isinstance(one, str) else one for one in wanted] or list(known.values())
    every = [row.name for row in chosen]
    if len(set(every)) < len(every):
        twice = sorted({name for name in every if every.count(name) > 1})
        raise InstanceError([Problem(FILE, None, "name", name, "each what-if once") for name in twice])
    return chosen


def _guardrails(solved: SolvedWhatIf) -> pd.DataFrame:
    columns = [
        "name",
        "metric",
        "side",
        "holds",
        "limit",
        "worst",
        "slack",
        "binding_periods",
        "hard",
        "owner",
    ]
    if solved.plan is None:
        return pd.DataFrame(columns=["what_if", *columns])
    table = guardrails_table(standings(solved.plan.ledger, solved.guardrails), PlanPrices())[columns]
    table.insert(0, "what_if", solved.name)
    return table
