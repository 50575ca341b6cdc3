"""Where a plan expects to be short and who would get what, as data frames, gone over some items at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.allocation.claim_shortages import ClaimShortages
from stockrail.allocation.claims import PlanClaims
from stockrail.allocation.expected import ItemShortages
from stockrail.allocation.totals import LEAST_PROBABILITY, AllocationTotals, in_order
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.tree import IntArray
from stockrail.order_rows import first_days

MOST_LISTED = 10_000
"""Items and periods that are listed; where there are more, those with the most money."""

LEAST_UNITS = 1e-9
"""Expected units below which there are none but rounding."""

SHORTAGE_COLUMNS = (
    "item", "description", "segment", "period", "date", "probability", "asked_units", "short_units", "expedited_units",
    "left_units", "short_when_short", "worst_short_units", "money", "commitment_broken_probability",
)  # fmt: skip

ALLOCATION_COLUMNS = (
    "item", "period", "date", "customer", "customer_segment", "priority", "committed_share", "short_probability",
    "asked_units", "given_units", "left_units", "asked_when_short", "given_when_short", "committed_units",
    "below_commitment_units", "below_commitment_money", "commitment_broken_probability", "money", "message",
)  # fmt: skip


def shortages_in_groups(
    groups: ItemGroups, cumulative_lots: IntArray, on_progress: Callable[[], None] = lambda: None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Shortages that a plan [items, nodes] expects, and how the allocation rules share what is there.

    Units are expected over scenarios and forecast errors, money is undiscounted.

    Parameters
    ----------
    on_progress : called before each group.

    Returns
    -------
    shortages : one row for each item and period with a `probability` of at least `LEAST_PROBABILITY`, most money first:
        `SHORTAGE_COLUMNS`. `short_units` are not served from stock at once; of them `expedited_units` are expedited and `left_units` lost
        or waiting. `short_when_short` is `short_units` given that there is a shortage, `worst_short_units` those of the worst node.
        `commitment_broken_probability` is the largest of those of its customers, NaN where nothing was promised.
    allocation : the same by customer that asks for the item: `ALLOCATION_COLUMNS`. A blank customer stands for all that are not listed.
        `given_units` are what a customer gets at once, from stock or expedited, `given_when_short` and `asked_when_short` the
        same given that there is a shortage. `money` is what the units left cost, `below_commitment_money` those below the commitment.
    allocation_totals : by customer and terms over all items and periods, those that are not listed too: `TOTAL_COLUMNS` of
        `stockrail.allocation.totals`.
        `commitments_at_risk` are items and periods whose commitment is broken with a probability of at least `LEAST_PROBABILITY`.
    """
    claims = PlanClaims.of(groups.instance)
    listed = _Listed(groups, claims)
    totals = AllocationTotals(claims)
    for members, tables in groups.each():
        on_progress()
        found = ItemShortages.of(Ledger(tables, cumulative_lots[members]), claims.step_share[:, members])
        own = ClaimShortages.of(claims, members, found)
        totals.add(own, found)
        listed.add(own, found, members)
    return listed.shortages(), listed.allocation(), totals.frame()


def shortages_of(ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """`shortages_in_groups` of a plan whose ledger is known."""
    return shortages_in_groups(ItemGroups.of(ledger.tables), ledger.cumulative_lots)


@dataclass
class _Listed:
    """Items and periods that are listed, the ones with the most money of all groups so far."""

    groups: ItemGroups
    claims: PlanClaims
    _shortages: pd.DataFrame = field(default_factory=pd.DataFrame)
    _allocation: pd.DataFrame = field(default_factory=pd.DataFrame)

    def add(self, own: ClaimShortages, found: ItemShortages, members: IntArray) -> None:
        item, period = np.nonzero((found.probability >= LEAST_PROBABILITY) & (found.short > LEAST_UNITS))
        order = np.argsort(-found.money[item, period], kind="stable")[:MOST_LISTED]
        item, period = item[order], period[order]
        place = np.full(found.asked.shape, -1)
        place[item, period] = np.arange(len(item))
        claim, when = np.nonzero(place[own.item] >= 0)
        allocation = self._allocation_rows(own, found, claim, when)
        broken = pd.Series(np.nan, index=range(len(item)))
        worst = allocation["commitment_broken_probability"].groupby(place[own.item[claim], when]).max()
        broken.update(worst)
        probability, short = found.probability[item, period], found.short[item, period]
        rows = [self.groups.instance.items[i] for i in members[item]]
        shortages = pd.DataFrame(
            {
                "item": [row.item for row in rows],
                "description": [row.description for row in rows],
                "segment": [row.segment for row in rows],
                "period": period,
                "date": first_days(self.groups.instance.settings, period),
                "probability": probability,
                "asked_units": found.asked[item, period],
                "short_units": short,
                "expedited_units": found.expedited[item, period],
                "left_units": found.left[item, period],
                "short_when_short": short / probability,
                "worst_short_units": found.worst_short[item, period],
                "money": found.money[item, period],
                "commitment_broken_probability": broken.to_numpy(),
            },
            columns=list(SHORTAGE_COLUMNS),
        )
        self._shortages = _together(self._shortages, shortages)
        self._allocation = _together(self._allocation, allocation)
        if len(self._shortages) > MOST_LISTED:
            self._cut()

    def shortages(self) -> pd.DataFrame:
        """One row for each item and period."""
        return self._shortages.sort_values(
            ["money", "item", "period"], ascending=[False, True, True], kind="stable", ignore_index=True
        )

    def allocation(self) -> pd.DataFrame:
        """One row for each of them and customer, in the order of `shortages`, and of priorities within."""
        ranked = self.shortages()[["item", "period"]].reset_index(names="rank")
        table = self._allocation.merge(ranked, on=["item", "period"], how="inner")
        table = in_order(table, "rank", "priority")
        return table[list(ALLOCATION_COLUMNS)]

    def _cut(self) -> None:
        self._shortages = self.shortages().head(MOST_LISTED)
        kept = self._shortages[["item", "period"]]
        self._allocation = self._allocation.merge(kept, on=["item", "period"], how="inner")

    def _allocation_rows(
        self, own: ClaimShortages, found: ItemShortages, claim: IntArray, when: IntArray
    ) -> pd.DataFrame:
        claims, item = self.claims, own.item[claim]
        place = own.place[claim]
        share, parties = claims.share[place], [claims.parties[who] for who in claims.who[place]]
        asked, left = share * found.asked[item, when], own.left[claim, when]
        probability = found.probability[item, when]
        asked_when_short = share * found.asked_when_short[item, when] / probability
        committed_share = claims.committed_share[place]
        return pd.DataFrame(
            {
                "item": [self.groups.instance.items[i].item for i in claims.item[place]],
                "period": when,
                "date": first_days(self.groups.instance.settings, when),
                "customer": [customer for customer, _, _ in parties],
                "customer_segment": [segment for _, segment, _ in parties],
                "priority": [terms.priority for _, _, terms in parties],
                "committed_share": committed_share,
                "short_probability": probability,
                "asked_units": asked,
                "given_units": asked - left,
                "left_units": left,
                "asked_when_short": asked_when_short,
                "given_when_short": asked_when_short - left / probability,
                "committed_units": asked * committed_share,
                "below_commitment_units": own.below[claim, when],
                "below_commitment_money": own.below_money[claim, when],
                "commitment_broken_probability": own.broken[claim, when],
                "money": own.money[claim, when],
                "message": [terms.message for _, _, terms in parties],
            },
            columns=list(ALLOCATION_COLUMNS),
        )


def _together(before: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Rows of both; frames of no rows would decide about the types of columns."""
    parts = [frame for frame in (before, more) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else more
