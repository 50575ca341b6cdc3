"""Who gets what over a whole plan."""

import numpy as np
import pandas as pd

from stockrail.allocation.claim_shortages import ClaimShortages
from stockrail.allocation.claims import PlanClaims
from stockrail.allocation.expected import ItemShortages
from stockrail.allocation.terms import OTHERS

LEAST_PROBABILITY = 0.05
"""An item is listed as short in a period from this probability on. Totals have the others, too."""

TOTAL_COLUMNS = (
    "customer", "customer_segment", "priority", "committed_share", "items", "asked_units", "given_units", "left_units",
    "given_share", "committed_units", "below_commitment_units", "below_commitment_money", "commitments_at_risk", "money",
    "message",
)  # fmt: skip


class AllocationTotals:
    """What each customer gets over all items and periods, by terms; added up over groups of items."""

    def __init__(self, claims: PlanClaims) -> None:
        self._claims = claims
        names = ("items", "asked", "left", "committed", "below", "below_money", "at_risk", "money")
        self._sums = {name: np.zeros(len(claims.parties)) for name in names}

    def add(self, own: ClaimShortages, found: ItemShortages) -> None:
        """Add the claims on a group of items."""
        claims, place = self._claims, own.place
        asked = claims.share[place] * found.asked.sum(axis=1)[own.item]
        for name, amount in {
            "items": np.ones(len(place)),
            "asked": asked,
            "left": own.left.sum(axis=1),
            "committed": asked * claims.committed_share[place],
            "below": own.below.sum(axis=1),
            "below_money": own.below_money.sum(axis=1),
            "at_risk": (np.nan_to_num(own.broken) >= LEAST_PROBABILITY).sum(axis=1),
            "money": own.money.sum(axis=1),
        }.items():
            np.add.at(self._sums[name], claims.who[place], amount)

    def frame(self) -> pd.DataFrame:
        """One row for each customer and terms: `TOTAL_COLUMNS`, by priority."""
        sums, parties = self._sums, self._claims.parties
        given = sums["asked"] - sums["left"]
        share = np.divide(given, sums["asked"], out=np.full(len(given), np.nan), where=sums["asked"] > 0)
        table = pd.DataFrame(
            {
                "customer": [customer for customer, _, _ in parties],
                "customer_segment": [segment for _, segment, _ in parties],
                "priority": [terms.priority for _, _, terms in parties],
                "committed_share": [terms.committed_share for _, _, terms in parties],
                "items": sums["items"].astype(np.int64),
                "asked_units": sums["asked"],
                "given_units": given,
                "left_units": sums["left"],
                "given_share": share,
                "committed_units": sums["committed"],
                "below_commitment_units": sums["below"],
                "below_commitment_money": sums["below_money"],
                "commitments_at_risk": sums["at_risk"].astype(np.int64),
                "money": sums["money"],
                "message": [terms.message for _, _, terms in parties],
            },
            columns=list(TOTAL_COLUMNS),
        )
        return in_order(table, "priority")


def in_order(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Rows by some columns, then by customer, those that are not listed last."""
    ranked = table.assign(_is_last=table["customer"] == OTHERS)
    ranked = ranked.sort_values([*columns, "_is_last", "customer"], kind="stable", ignore_index=True)
    return ranked.drop(columns="_is_last")
