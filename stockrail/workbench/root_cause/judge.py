"""A miss judged: the answers, the cause they lead to, and the evidence that is kept."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stockrail.files import plain
from stockrail.workbench.root_cause.breaches import NotJudged, breaches
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import (
    Answers,
    Assumption,
    Cause,
    Finding,
    at_fault,
    classify,
)
from stockrail.workbench.root_cause.demand import demand_finding
from stockrail.workbench.root_cause.escalation import Raised, escalation
from stockrail.workbench.root_cause.explanation import explanation
from stockrail.workbench.root_cause.hindsight import hindsight
from stockrail.workbench.root_cause.item_misses import excesses, stockouts
from stockrail.workbench.root_cause.miss import FoundMiss
from stockrail.workbench.root_cause.spikes import spikes
from stockrail.workbench.root_cause.supply import cost_finding, lead_time_finding, quantity_finding


@dataclass(frozen=True)
class JudgedMiss:
    """A miss with its cause.

    Attributes
    ----------
    row : of the decision table, from 1.
    evidence : plain data: what was seen, each assumption, hindsight, process.
    """

    miss: FoundMiss
    answers: Answers
    cause: Cause
    row: int
    explanation: str
    evidence: dict[str, Any]


def judged_misses(
    case: Case,
    raised: Sequence[Raised],
    today: dt.date,
    on_progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[JudgedMiss], list[NotJudged]]:
    """Every miss of a plan in force with its cause, by date, and the guardrails that actuals cannot be held against.

    Parameters
    ----------
    raised : exceptions that could have pointed to one.
    on_progress : is told what is being worked on.
    """
    on_progress("actuals against the plan")
    broken, not_judged = breaches(case)
    found = sorted(
        [*_of_items(case), *broken, *spikes(case)], key=lambda miss: (miss.period, miss.kind, miss.subject)
    )
    judged = []
    for number, miss in enumerate(found, start=1):
        on_progress(f"miss {number} of {len(found)}")
        judged.append(judge(case, miss, raised, today))
    return judged, not_judged


def judge(case: Case, miss: FoundMiss, raised: Sequence[Raised], today: dt.date) -> JudgedMiss:
    """Ask the four questions of a miss, and look the cause up."""
    seen_again, why = hindsight(case, miss)
    findings, shown = _assumptions(case, miss)
    process = escalation(case, miss, raised, today)
    answers = Answers(process.shown, process.decided, seen_again, at_fault(findings, seen_again))
    cause, row = classify(answers)
    evidence = plain(
        {
            "seen": dict(miss.evidence),
            "hindsight": {"answer": str(seen_again), "why": why},
            "assumptions": {
                str(name): {"place": str(found.place), "money": found.money, **shown[name]}
                for name, found in findings.items()
            },
            "fault": {
                "assumption": None if answers.fault.assumption is None else str(answers.fault.assumption),
                "place": str(answers.fault.place),
            },
            "process": {
                "shown": str(process.shown),
                "decided": str(process.decided),
                "needed_by": process.needed_by.isoformat(),
                "exceptions": list(process.numbers),
            },
            "row": row,
        }
    )
    words = explanation(miss, answers, cause, evidence, case.instance.settings.currency)
    return JudgedMiss(miss, answers, cause, row, words, evidence)


def _of_items(case: Case) -> Iterator[FoundMiss]:
    yield from stockouts(case)
    yield from excesses(case)


def _assumptions(
    case: Case, miss: FoundMiss
) -> tuple[dict[Assumption, Finding], dict[Assumption, dict[str, Any]]]:
    """Each assumption held against what happened, and the numbers that show it."""
    lead_time = lead_time_finding(case, miss)
    judged = {
        Assumption.DEMAND: demand_finding(case, miss),
        Assumption.LEAD_TIME: lead_time,
        Assumption.QUANTITY: quantity_finding(case, miss, lead_time[0].money or 0.0),
        Assumption.COST: cost_finding(case, miss),
    }
    return {name: found for name, (found, _) in judged.items()}, {
        name: data for name, (_, data) in judged.items()
    }
