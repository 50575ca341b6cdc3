"""Metrics over quarters: those of every quarter with actual demand, each with the plan of its time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from stockrail.model.schema_settings import Settings
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


def quarters_with_demand(store: Store, settings: Settings, most: int = MOST_QUARTERS) -> list[Quarter]:
    """Quarters in which a period ends that has some actual demand, and those between them; the latest first.

    Parameters
    ----------
    settings : of a plan, which say when periods and fiscal quarters begin.
    """
    with store.read() as session:
        days = next(((first, last) for kind, _, first, last in summary(session) if kind == "demand"), None)
    if days is None:
        return []
    first, last = (Quarter.of(settings, _end_of_period(settings, day)) for day in days)
    found = [last]
    while found[-1].first_day > first.first_day and len(found) < most:
        found.append(found[-1].before)
    return found


def _end_of_period(settings: Settings, day: dt.date) -> dt.date:
    """Last day of the period that contains a day; it may lie outside of the horizon."""
    length = settings.period_length_days
    days = ((day - settings.start).days // length + 1) * length - 1
    return settings.start + dt.timedelta(days=min(days, (dt.date.max - settings.start).days))


def trend(
    store: Store,
    quarters: Sequence[Quarter],
    *,
    aged_days: float = AGED_DAYS,
    on_step: OnStep = lambda words: None,
) -> list[QuarterScores]:
    """Metrics of quarters, the earliest first; those that no plan can be held against are left out.

    Parameters
    ----------
    quarters : the latest first.
    """
    found: dict[Quarter, QuarterScores] = {}
    for quarter in quarters:
        if quarter in found:
            continue
        on_step(f"the quarter {quarter}")
        try:
            card = scorecard(store, day=quarter.first_day, aged_days=aged_days)
        except StateError:
            continue  # no plan reaches into it, or no period of it ends with demand
        # A scorecard has the quarter before as well.
        for one, facts in ((card.quarter, card.now), (card.quarter.before, card.last)):
            if facts is None or one in found or one not in quarters:
                continue
            of_all = {
                row.metric.name: score
                for row in card.rows
                if not row.now.scope and (score := row.now if facts is card.now else row.last) is not None
            }
            found[one] = QuarterScores(one, facts.first_day, facts.last_day, facts.run_id, of_all)
    return [found[one] for one in sorted(found, key=lambda quarter: quarter.first_day)]
