"""Metrics over quarters: those of every quarter with actual demand, each with the plan of its time."""

import datetime as dt
from dataclasses import dataclass

from stockrail.workbench.errors import StateError
from stockrail.workbench.monitoring.actuals import summary
from stockrail.workbench.scorecard.of_store import OnStep, scorecard
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.quarter_facts import AGED_DAYS
from stockrail.workbench.scorecard.score import Score
from stockrail.workbench.store import Store

MOST_QUARTERS = 8
"""Quarters that a trend looks back on."""


@dataclass(frozen=True)
class QuarterScores:
    """What became of one quarter.

    Attributes
    ----------
    first_day, last_day : of what is known of it.
    run_id : of the plan; None where it had none.
    scores : by metric, of all items together.
    """

    quarter: Quarter
    first_day: dt.date
    last_day: dt.date
    run_id: int | None
    scores: dict[str, Score]


def quarters_with_demand(store: Store, like: Quarter, most: int = MOST_QUARTERS) -> list[Quarter]:
    """Quarters in which some actual demand was imported, the latest first.

    Parameters
    ----------
    like : any quarter, which says when fiscal quarters begin.
    """
    with store.read() as session:
        days = next(((first, last) for kind, _, first, last in summary(session) if kind == "demand"), None)
    if days is None:
        return []
    quarter = like
    while quarter.last_day < days[1]:
        quarter = quarter.after
    while quarter.first_day > days[1]:
        quarter = quarter.before
    found: list[Quarter] = []
    while quarter.last_day >= days[0] and len(found) < most:
        found.append(quarter)
        quarter = quarter.before
    return found


def trend(
    store: Store,
    like: Quarter,
    *,
    aged_days: float = AGED_DAYS,
    most: int = MOST_QUARTERS,
    on_step: OnStep = lambda words: None,
) -> list[QuarterScores]:
    """Metrics of the latest quarters with actual demand, the earliest first; quarters that no plan can be held against are left out.

    Parameters
    ----------
    like, most : as `quarters_with_demand`.
    """
    found: dict[Quarter, QuarterScores] = {}
    for quarter in quarters_with_demand(store, like, most):
        if quarter in found:
            continue
        on_step(f"the quarter {quarter}")
        try:
            card = scorecard(store, day=quarter.first_day, aged_days=aged_days)
        except StateError:
            continue  # no plan reaches into it, or no period of it ends with demand
        # A scorecard has the quarter before as well.
        for one, facts in ((card.quarter, card.now), (card.quarter.before, card.last)):
            if facts is None or one in found:
                continue
            of_all = {
                row.metric.name: score
                for row in card.rows
                if not row.now.scope and (score := row.now if facts is card.now else row.last) is not None
            }
            found[one] = QuarterScores(one, facts.first_day, facts.last_day, facts.run_id, of_all)
    return [found[one] for one in sorted(found, key=lambda quarter: quarter.first_day)][-most:]
