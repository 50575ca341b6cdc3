"""Who asks for an item in a plan: its customers with their share of the demand, and the terms that hold for each."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stockrail.allocation.terms import OTHERS, Terms, TermsBook
from stockrail.model.instance import Instance
from stockrail.model.tree import Array, IntArray

LEAST_SHARE = 1e-6
"""A smaller part of an item's demand that no customer is named for is rounding of the shares."""

SHARE_DIGITS = 12
"""Digits of such a part: what 0.7 and 0.2 leave is 0.1."""


@dataclass(frozen=True)
class PlanClaims:
    """Claims on items as arrays [claims], by item in the order of the instance.

    Every item has at least one: what of its demand belongs to no customer listed is a claim of `OTHERS`.

    Attributes
    ----------
    item : place in the instance.
    who : place in `parties`.
    share : of the item's demand; those of an item add up to 1.
    parties : customer, customer's segment and terms of every claim that differs in one of these.
    item_count : items of the instance.
    """

    item: IntArray
    who: IntArray
    share: Array
    parties: tuple[tuple[str, str, Terms], ...]
    item_count: int

    @staticmethod
    def of(instance: Instance) -> "PlanClaims":
        """The claims on all items of an instance."""
        book = TermsBook.of(instance)
        buyers: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for bought in instance.customer_shares:
            if bought.demand_share > 0:
                buyers[bought.item].append((bought.customer, bought.demand_share))
        places: dict[tuple[str, str, Terms], int] = {}
        found: list[tuple[int, int, float]] = []
        for i, row in enumerate(instance.items):
            listed = buyers[row.item]
            total = sum(share for _, share in listed)
            if 1.0 - total > LEAST_SHARE:
                listed = [*listed, (OTHERS, round(1.0 - total, ndigits=SHARE_DIGITS))]
                total = 1.0
            for customer, share in listed:
                segment = book.customer_segments.get(customer, "")
                party = (customer, segment, book.terms(customer, row.item, row.segment))
                found.append((i, places.setdefault(party, len(places)), share / total))
        return PlanClaims(
            np.array([i for i, _, _ in found], dtype=np.int64),
            np.array([who for _, who, _ in found], dtype=np.int64),
            np.array([part for _, _, part in found], dtype=np.float64),
            tuple(places),
            len(instance.items),
        )

    @cached_property
    def has_customers(self) -> bool:
        """Whether any customer is listed."""
        return any(customer != OTHERS for customer, _, _ in self.parties)

    @cached_property
    def committed_share(self) -> Array:
        """Of what is asked so much was promised [claims]."""
        return self._of_party([terms.committed_share for _, _, terms in self.parties])

    @cached_property
    def steps(self) -> int:
        """Steps of the rule: two for each priority, first what was promised, then the rest."""
        return 2 * len(self._priorities)

    @cached_property
    def committed_step(self) -> IntArray:
        """The step in which each claim gets what it was promised [claims], counted from 0, the first one served."""
        level = {priority: k for k, priority in enumerate(self._priorities)}
        return np.array([level[terms.priority] for _, _, terms in self.parties], dtype=np.int64)[self.who]

    @cached_property
    def rest_step(self) -> IntArray:
        """The step in which each claim gets the rest [claims]."""
        return self.committed_step + len(self._priorities)

    @cached_property
    def step_share(self) -> Array:
        """Share of an item's demand that is wanted in each step [steps, items]; the steps of an item add up to 1."""
        wanted = np.zeros((self.steps, self.item_count))
        np.add.at(wanted, (self.committed_step, self.item), self.share * self.committed_share)
        np.add.at(wanted, (self.rest_step, self.item), self.share * (1.0 - self.committed_share))
        return wanted

    def part_of_step(self, step: IntArray, wanted: Array) -> Array:
        """What part of a step is the claim's [claims], given the step and the share of demand it wants in it."""
        total = self.step_share[step, self.item]
        return np.asarray(np.divide(wanted, total, out=np.zeros_like(wanted), where=total > 0))

    @cached_property
    def committed_part(self) -> Array:
        """Part of `committed_step` that is the claim's [claims]."""
        return self.part_of_step(self.committed_step, self.share * self.committed_share)

    @cached_property
    def rest_part(self) -> Array:
        """Part of `rest_step` that is the claim's [claims]."""
        return self.part_of_step(self.rest_step, self.share * (1.0 - self.committed_share))

    def of_items(self, items: NDArray[np.int64]) -> IntArray:
        """Places of the claims on some items, given by their places in ascending order."""
        first, last = np.searchsorted(self.item, [items[0], items[-1] + 1])
        return np.arange(first, last)

    @cached_property
    def _priorities(self) -> list[int]:
        return sorted({terms.priority for _, _, terms in self.parties})

    def _of_party(self, values: list[float]) -> Array:
        return np.array(values, dtype=np.float64)[self.who]
