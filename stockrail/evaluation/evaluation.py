"""`Evaluation`: a plan against baselines out of sample, as plain data (docs/evaluation.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.evaluation.capital import CapitalMeasure
from stockrail.evaluation.contest import Contestant
from stockrail.evaluation.measures import MEASURES
from stockrail.evaluation.paired import PairedDifference, paired_difference
from stockrail.evaluation.verdict import Verdict, overall, verdict
from stockrail.files import write_csv, write_json

PLAN = "plan"
"""Name of the plan in the contest."""


@dataclass(frozen=True)
class Evaluation:
    """What a contest gave.

    Attributes
    ----------
    facts : instance_name, currency, seed, paths, training_paths, capital (what is made equal, in words), capital_target, what else the
        command wants to keep of how it came about, all plain.
    table : one row per contestant, the plan first: name, words, multiplier, told, equal_capital (yes, no, blank for the plan and the
        ceiling), training_capital, pairs, the mean of each of `MEASURES`, and of each its difference, plan less contestant on the same paths:
        `..._difference`, `..._lower`, `..._upper`.
    breaches : contestant and the columns of `stockrail.simulation.guardrails.breach_frame`.
    paths : contestant, path, `MEASURES`.
    verdicts : contestant, measure (margin, margin_full_stock), kind, words.
    summary : the verdicts on the margin in one sentence.
    notes : what a reader must know.
    """

    facts: dict[str, Any]
    table: pd.DataFrame = field(repr=False)
    breaches: pd.DataFrame = field(repr=False)
    paths: pd.DataFrame = field(repr=False)
    verdicts: pd.DataFrame = field(repr=False)
    summary: str
    notes: tuple[str, ...]

    @property
    def currency(self) -> str:
        """Currency of the instance."""
        return str(self.facts["currency"])

    def write(self, folder: Path | str, name: str = "evaluation") -> Path:
        """Write evaluation.json, evaluation.csv, evaluation_paths.csv, evaluation_breaches.csv and evaluation.html."""
        from stockrail.evaluation.report import write_report

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        self.write_json(target / f"{name}.json")
        write_csv(self.table, target / f"{name}.csv")
        write_csv(self.paths, target / f"{name}_paths.csv")
        write_csv(self.breaches, target / f"{name}_breaches.csv")
        write_report(self, target / f"{name}.html")
        return target

    def write_json(self, path: Path | str) -> Path:
        """Write all but the single paths as JSON; what is not a number there is null."""
        return write_json(
            self.facts
            | {
                "summary": self.summary,
                "verdicts": self.verdicts.to_dict("records"),
                "table": self.table.to_dict("records"),
                "breaches": self.breaches.to_dict("records"),
                "notes": list(self.notes),
            },
            path,
        )


def lay_out(
    capital: CapitalMeasure,
    target: float,
    contestants: Sequence[Contestant],
    facts: dict[str, Any],
    notes: Sequence[str],
) -> Evaluation:
    """A contest as data; the plan is the first contestant, `target` the capital that the others were brought to."""
    plan, seed = contestants[0], int(facts["seed"])
    currency = str(facts["currency"])
    told: list[tuple[Contestant, str, Verdict]] = [
        (contestant, measure, _verdict(plan, contestant, measure, currency, seed))
        for contestant in contestants[1:]
        for measure in ("margin", "margin_full_stock")
    ]
    return Evaluation(
        facts={**facts, "capital": capital.words, "capital_target": target},
        table=pd.DataFrame([_row(plan, contestant, seed) for contestant in contestants]),
        breaches=pd.concat(
            [c.simulated.breaches.assign(contestant=c.name) for c in contestants], ignore_index=True
        ),
        paths=pd.concat(
            [
                c.simulated.measures.assign(contestant=c.name, path=np.arange(len(c.simulated.measures)))
                for c in contestants
            ],
            ignore_index=True,
        )[["contestant", "path", *MEASURES]],
        verdicts=pd.DataFrame(
            [
                {"contestant": who.name, "measure": measure, "kind": found.kind, "words": found.words}
                for who, measure, found in told
            ],
            columns=["contestant", "measure", "kind", "words"],
        ),
        summary=_summary(told),
        notes=(*notes, *_capital_notes(contestants)),
    )


def _summary(told: Sequence[tuple[Contestant, str, Verdict]]) -> str:
    """How many baselines the plan is shown to earn more than, and whether stock left at the end decides it."""

    def count(measure: str) -> str:
        return overall(
            "the plan", [found for who, name, found in told if name == measure and not who.is_ceiling]
        )

    stated, full = count("margin"), count("margin_full_stock")
    if not stated:
        return ""
    if stated != full:
        stated += f" With the stock that is left at its full value, {full[0].lower()}{full[1:]}"
    return f"{stated} Each interval holds 95 times in 100 by itself, not all of them at once."


def _row(plan: Contestant, contestant: Contestant, seed: int) -> dict[str, Any]:
    own = contestant.simulated.measures
    pairs = len(own)
    scaled = contestant.scaled
    row: dict[str, Any] = {
        "name": contestant.name,
        "words": contestant.words,
        "multiplier": np.nan if scaled is None else scaled.scale,
        "told": contestant.told,
        "equal_capital": "" if scaled is None else ("yes" if scaled.is_reached else "no"),
        "training_capital": np.nan if scaled is None else scaled.capital,
        "pairs": pairs,
    }
    for measure in MEASURES:
        values = own[measure].to_numpy(dtype=np.float64)
        row[measure] = float(values.mean()) if np.isfinite(values).any() else np.nan
        difference = difference_in(plan, contestant, measure, seed)
        row[f"{measure}_difference"] = difference.mean
        row[f"{measure}_lower"], row[f"{measure}_upper"] = difference.lower, difference.upper
    return row


def difference_in(plan: Contestant, contestant: Contestant, measure: str, seed: int) -> PairedDifference:
    """Plan less contestant: over paths, or, of a margin on a single path, over its items, as a total."""
    ours, theirs = plan.simulated, contestant.simulated
    if ours.by_item is not None and theirs.by_item is not None and measure in ours.by_item:
        found = paired_difference(
            ours.by_item[measure].to_numpy(dtype=np.float64),
            theirs.by_item[measure].to_numpy(dtype=np.float64),
            seed,
        )
        count = len(ours.by_item)
        return PairedDifference(found.mean * count, found.lower * count, found.upper * count, found.pairs)
    values = theirs.measures[measure].to_numpy(dtype=np.float64)
    return paired_difference(ours.measures[measure].to_numpy(dtype=np.float64)[: len(values)], values, seed)


def _verdict(plan: Contestant, contestant: Contestant, measure: str, currency: str, seed: int) -> Verdict:
    base = float(contestant.simulated.measures[measure].mean())
    over = "paths" if contestant.simulated.by_item is None else "items"
    return verdict(
        "the plan", contestant.name, difference_in(plan, contestant, measure, seed), base, currency, over
    )


def _capital_notes(contestants: Sequence[Contestant]) -> list[str]:
    """Baselines whose capital could not be made equal."""
    notes = []
    for contestant in contestants:
        scaled = contestant.scaled
        if scaled is not None and not scaled.is_reached:
            share = scaled.capital / scaled.target - 1.0
            direction = "more" if share > 0 else "less"
            notes.append(
                f"{contestant.name} could not be brought to the plan's working capital: with {contestant.told} it still ties up "
                f"{abs(share):.1%} {direction} on the training paths, so its row is not at equal capital."
            )
    return notes
