"""Expediting far beyond the plan's."""

from collections.abc import Iterator

import numpy as np

from stockrail.model.instance import Array
from stockrail.workbench.governance.breach import CENT
from stockrail.workbench.root_cause.case import EXPEDITING, Case
from stockrail.workbench.root_cause.miss import FoundMiss


def spikes(case: Case) -> Iterator[FoundMiss]:
    """Periods in which more was spent on expediting than the plan had expected, by a share and an amount."""
    spent = case.expediting
    if np.isnan(spent).all():
        return
    planned = planned_expediting(case)[: len(spent)]
    beyond = spent - planned
    is_spike = (beyond > case.rules.spike_share * planned + CENT) & (beyond >= case.rules.least_spike_money)
    for first, last in case.episodes(is_spike):
        money = float(beyond[first : last + 1].sum())
        yield FoundMiss(
            kind="expedite_spike",
            item="",
            segment="",
            subject="expediting",
            period=first,
            date=case.last_day(first).date(),
            units=None,
            money=money,
            members=np.arange(len(case.instance.items)),
            demand_direction=1,
            supply_direction=-1,
            evidence={
                "spent": float(spent[first : last + 1].sum()),
                "planned": float(planned[first : last + 1].sum()),
                "accounts": [name for name in EXPEDITING if name in case.observed.spend],
                "periods": last - first + 1,
                "last_date": case.last_day(last).date().isoformat(),
            },
        )


def planned_expediting(case: Case) -> Array:
    """What the plan expected to spend on expediting [periods], money, undiscounted."""
    return np.asarray(case.ledger.expected(case.ledger.metric("expedite_spend")).sum(axis=0))
